// SPDX-License-Identifier: Apache-2.0
/* Tests of the MariaDB plugin: types, as the server's catalogue spells them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mariadb.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static void *
host_alloc(const struct pd_host *host, size_t size)
{
    return malloc(size);
}

static void
host_release(const struct pd_host *host, void *ptr)
{
    free(ptr);
}

static const struct pd_host host = {
    .struct_size = sizeof host, .alloc = host_alloc, .release = host_release};

static struct pd_pool pool = {.host = &host};

static int
teardown(void **state)
{
    pd_pool_close(&pool);
    return 0;
}

static struct pd_type
read_type(const struct my_type_facts *facts, enum my_form *form)
{
    struct pd_type type;

    assert_int_equal(my_type_read(facts, &type, form, &pool), PD_OK);
    assert_int_equal(type.struct_size, sizeof type);
    return type;
}

static void
each_type_has_its_kind_and_form(void **state)
{
    static const struct {
        const char *type, *spelled;
        uint16_t kind;
        uint8_t form;
    } types[] = {
        {"bigint", "bigint(20)", PD_KIND_INT64, MY_FORM_INT},
        {"bigint", "bigint(20) unsigned", PD_KIND_UINT64, MY_FORM_INT},
        {"bigint", "bigint unsigned", PD_KIND_UINT64, MY_FORM_INT},
        {"binary", "binary(3)", PD_KIND_BINARY, MY_FORM_BYTES},
        {"bit", "bit(3)", PD_KIND_BIT, MY_FORM_BIT},
        {"blob", "blob /*M!100301 COMPRESSED*/", PD_KIND_BINARY, MY_FORM_BYTES},
        {"char", "char(3)", PD_KIND_CHAR, MY_FORM_TEXT},
        {"date", "date", PD_KIND_DATE, MY_FORM_DATE},
        {"datetime", "datetime(6)", PD_KIND_TIMESTAMP, MY_FORM_DATETIME},
        {"decimal", "decimal(10,2) unsigned zerofill", PD_KIND_DECIMAL, MY_FORM_DECIMAL},
        {"double", "double", PD_KIND_FLOAT64, MY_FORM_DOUBLE},
        {"float", "float(7,3)", PD_KIND_FLOAT32, MY_FORM_FLOAT},
        {"geometry", "geometry", PD_KIND_GEOMETRY, MY_FORM_GEOMETRY},
        {"inet4", "inet4", PD_KIND_INET4, MY_FORM_ADDRESS},
        {"inet6", "inet6", PD_KIND_INET6, MY_FORM_ADDRESS},
        {"int", "int(11)", PD_KIND_INT32, MY_FORM_INT},
        {"int", "int(5) unsigned zerofill", PD_KIND_UINT32, MY_FORM_INT},
        {"json", "json", PD_KIND_JSON, MY_FORM_TEXT},
        {"linestring", "linestring", PD_KIND_GEOMETRY, MY_FORM_GEOMETRY},
        {"longblob", "longblob", PD_KIND_BINARY, MY_FORM_BYTES},
        {"longtext", "longtext", PD_KIND_TEXT, MY_FORM_TEXT},
        {"mediumblob", "mediumblob", PD_KIND_BINARY, MY_FORM_BYTES},
        {"mediumint", "mediumint(8) unsigned", PD_KIND_UINT32, MY_FORM_INT},
        {"mediumtext", "mediumtext", PD_KIND_TEXT, MY_FORM_TEXT},
        {"multilinestring", "multilinestring", PD_KIND_GEOMETRY, MY_FORM_GEOMETRY},
        {"multipoint", "multipoint", PD_KIND_GEOMETRY, MY_FORM_GEOMETRY},
        {"multipolygon", "multipolygon", PD_KIND_GEOMETRY, MY_FORM_GEOMETRY},
        {"point", "point", PD_KIND_GEOMETRY, MY_FORM_GEOMETRY},
        {"polygon", "polygon", PD_KIND_GEOMETRY, MY_FORM_GEOMETRY},
        {"smallint", "smallint(6)", PD_KIND_INT16, MY_FORM_INT},
        {"smallint", "smallint(5) unsigned", PD_KIND_UINT16, MY_FORM_INT},
        {"text", "text", PD_KIND_TEXT, MY_FORM_TEXT},
        {"time", "time(3)", PD_KIND_TIME, MY_FORM_TIME},
        {"timestamp", "timestamp", PD_KIND_TIMESTAMPTZ, MY_FORM_DATETIME},
        {"tinyblob", "tinyblob", PD_KIND_BINARY, MY_FORM_BYTES},
        {"tinyint", "tinyint(1)", PD_KIND_INT8, MY_FORM_INT},
        {"tinyint", "tinyint(3) unsigned", PD_KIND_UINT8, MY_FORM_INT},
        {"tinytext", "tinytext", PD_KIND_TEXT, MY_FORM_TEXT},
        {"uuid", "uuid", PD_KIND_UUID, MY_FORM_UUID},
        {"varbinary", "varbinary(3)", PD_KIND_BINARY, MY_FORM_BYTES},
        {"vector", "vector(3)", PD_KIND_BINARY, MY_FORM_BYTES},
        {"varchar", "varchar(5) /*M!100301 COMPRESSED*/", PD_KIND_TEXT, MY_FORM_TEXT},
        {"year", "year(4)", PD_KIND_YEAR, MY_FORM_YEAR},
    };

    for (size_t i = 0; i < COUNT_OF(types); i++) {
        struct my_type_facts facts = {types[i].type, types[i].spelled, NULL, 3, 10, 2, 0, 0, 0};
        enum my_form form;

        assert_int_equal(read_type(&facts, &form).kind, types[i].kind);
        assert_int_equal(form, types[i].form);
    }
}

static void
parameters_are_read(void **state)
{
    struct my_type_facts facts = {"decimal", "decimal(65,38)", NULL, 0, 65, 38, 0, 0, 0};
    enum my_form form;
    struct pd_type type = read_type(&facts, &form);

    assert_int_equal(type.precision, 65);
    assert_int_equal(type.scale, 38);
    facts = (struct my_type_facts){"time", "time(6)", NULL, 0, 6, -1, 0, 0, 0};
    type = read_type(&facts, &form);
    assert_int_equal(type.precision, 6);
    assert_int_equal(type.flags, PD_TYPE_WIDE);
    facts = (struct my_type_facts){"datetime", "datetime", NULL, 0, 0, -1, 0, 0, 0};
    type = read_type(&facts, &form);
    assert_int_equal(type.precision, 0);
    assert_int_equal(type.flags, 0);
    facts = (struct my_type_facts){"bit", "bit(64)", NULL, 0, 64, -1, 0, 0, 0};
    assert_int_equal(read_type(&facts, &form).length, 64);
    facts = (struct my_type_facts){"varchar", "varchar(20)", "utf8mb4", 20, -1, -1, 0, 0, 0};
    assert_int_equal(read_type(&facts, &form).length, 20);
    facts = (struct my_type_facts){"text", "text", "utf8mb4", 65535, -1, -1, 0, 0, 0};
    assert_int_equal(read_type(&facts, &form).length, 0);
    facts = (struct my_type_facts){"point", "point", NULL, 0, -1, -1, 0, 0, 4326};
    type = read_type(&facts, &form);
    assert_int_equal(type.srid, 4326);
    assert_string_equal(type.native_name, "point");
    facts = (struct my_type_facts){"geomcollection", "geomcollection", NULL, 0, -1, -1, 0, 0, 0};
    assert_string_equal(read_type(&facts, &form).native_name, "geometrycollection");
}

static void
checks_tell_json_and_booleans(void **state)
{
    struct my_type_facts facts = {"longtext", "longtext", "utf8mb4", 4294967295, -1, -1, 1, 0, 0};
    enum my_form form;

    assert_int_equal(read_type(&facts, &form).kind, PD_KIND_JSON);
    assert_int_equal(form, MY_FORM_TEXT);
    facts.charset = "cp932";
    assert_int_equal(read_type(&facts, &form).kind, PD_KIND_TEXT);
    assert_int_equal(form, MY_FORM_RAW);
    facts = (struct my_type_facts){"tinyint", "tinyint(1)", NULL, 0, 3, 0, 0, 1, 0};
    assert_int_equal(read_type(&facts, &form).kind, PD_KIND_BOOL);
    facts.column_type = "tinyint(4)";
    assert_int_equal(read_type(&facts, &form).kind, PD_KIND_INT8);
}

static void
text_is_raw_where_its_character_set_does_not_come_back(void **state)
{
    static const char *const raw[] = {"ascii", "big5", "cp932", "gb18030", "hebrew", "tis620"};
    static const char *const plain[] = {"cp850",    "koi8u", "latin1",  "latin7",
                                        "macroman", "ucs2",  "utf8",    "utf16",
                                        "utf16le",  "utf32", "utf8mb3", "utf8mb4"};
    struct my_type_facts facts = {"char", "char(5)", NULL, 5, -1, -1, 0, 0, 0};
    enum my_form form;

    for (size_t i = 0; i < COUNT_OF(raw); i++) {
        facts.charset = raw[i];
        assert_int_equal(read_type(&facts, &form).kind, PD_KIND_CHAR);
        assert_int_equal(form, MY_FORM_RAW);
    }
    for (size_t i = 0; i < COUNT_OF(plain); i++) {
        facts.charset = plain[i];
        assert_int_equal(read_type(&facts, &form).length, 5);
        assert_int_equal(form, MY_FORM_TEXT);
    }
}

static void
labels_are_unquoted(void **state)
{
    static const char *const labels[] = {"a'b", "a\\b", "a\nb", "a,b", "x)", "é", "", " lead"};
    struct my_type_facts facts = {
        "enum",    "enum('a''b','a\\\\b','a\\nb','a,b','x)','é','',' lead')",
        "utf8mb4", 5,
        -1,        -1,
        0,         0,
        0};
    enum my_form form;
    struct pd_type type = read_type(&facts, &form);

    assert_int_equal(type.kind, PD_KIND_ENUM);
    assert_int_equal(form, MY_FORM_ENUM);
    assert_int_equal(type.n_labels, COUNT_OF(labels));
    for (size_t i = 0; i < COUNT_OF(labels); i++)
        assert_string_equal(type.labels[i], labels[i]);
    facts = (struct my_type_facts){"set", "set('x','y')", "cp932", 3, -1, -1, 0, 0, 0};
    type = read_type(&facts, &form);
    assert_int_equal(type.kind, PD_KIND_SET);
    assert_int_equal(form, MY_FORM_SET);
    assert_int_equal(type.n_labels, 2);
}

static void
labels_with_a_zero_byte_make_it_text(void **state)
{
    struct my_type_facts facts = {"enum", "enum('a\\0b')", "utf8mb4", 3, -1, -1, 0, 0, 0};
    enum my_form form;
    struct pd_type type = read_type(&facts, &form);

    assert_int_equal(type.kind, PD_KIND_TEXT);
    assert_int_equal(form, MY_FORM_TEXT);
    assert_int_equal(type.n_labels, 0);
    facts.column_type = "enum('a";
    assert_int_equal(read_type(&facts, &form).kind, PD_KIND_TEXT);
}

static void
a_type_that_is_not_known_is_opaque_text(void **state)
{
    struct my_type_facts facts = {"fancy", "fancy(3)", NULL, 0, -1, -1, 0, 0, 0};
    struct pd_type type;
    enum my_form form;

    assert_int_equal(my_type_read(&facts, &type, &form, &pool), PD_UNSUPPORTED);
    assert_int_equal(type.kind, PD_KIND_OPAQUE);
    assert_string_equal(type.native_name, "mariadb:fancy");
    assert_int_equal(form, MY_FORM_TEXT);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(each_type_has_its_kind_and_form, teardown),
        cmocka_unit_test_teardown(parameters_are_read, teardown),
        cmocka_unit_test_teardown(checks_tell_json_and_booleans, teardown),
        cmocka_unit_test_teardown(text_is_raw_where_its_character_set_does_not_come_back, teardown),
        cmocka_unit_test_teardown(labels_are_unquoted, teardown),
        cmocka_unit_test_teardown(labels_with_a_zero_byte_make_it_text, teardown),
        cmocka_unit_test_teardown(a_type_that_is_not_known_is_opaque_text, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
