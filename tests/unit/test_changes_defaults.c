// SPDX-License-Identifier: Apache-2.0
/* Tests of migrate/changes: literal defaults of columns that a step gives. */
#include "changes_world.h"

struct defaulted {
    struct pd_type type;
    int tag;
    const char *text;
    const char *wanted; /* "int 5", or the error */
};
static const struct defaulted *defaulted; /* at work */

#define TYPE(of, ...)                                                                              \
    {                                                                                              \
        .struct_size = sizeof(struct pd_type), .kind = PD_KIND_##of, __VA_ARGS__                   \
    }

STEP(adds_default)
{
    struct pd_column column = COLUMN("y", INT8, .default_kind = PD_DEFAULT_LITERAL);

    column.type = defaulted->type;
    column.default_tag = (uint16_t)defaulted->tag;
    column.default_text = defaulted->text;
    column.default_size = (uint32_t)strlen(defaulted->text);
    DO(add_column(c, "city", &column, NULL, e));
    return PD_OK;
}

STEP(adds_default_in_a_table)
{
    struct pd_column column = COLUMN("y", INT8, .default_kind = PD_DEFAULT_LITERAL);
    const struct pd_table table = {.struct_size = sizeof table,
                                   .name = "city2",
                                   .columns = &column,
                                   .n_columns = 1,
                                   .column_size = sizeof column};

    column.default_tag = PD_TAG_INT;
    column.default_text = "128";
    column.default_size = 3;
    DO(add_table(c, &table, e));
    return PD_OK;
}

static void
defaults_are_settled(void **state)
{
    static const char *const labels[] = {"red", "blue"};
    static const struct defaulted all[] = {
        {TYPE(INT8), PD_TAG_INT, "127", "int 127"},
        {TYPE(INT8), PD_TAG_INT, "300", "its default '300' is no 'int8': it is out of range"},
        {TYPE(INT32), PD_TAG_TEXT, "+007", "int 7"},
        {TYPE(INT32), PD_TAG_REAL, "7.00", "int 7"},
        {TYPE(INT32), PD_TAG_REAL, "7.5",
         "its default '7.5' is no 'int32': it has digits after "
         "the point"},
        {TYPE(INT32), PD_TAG_TEXT, "x", "its default 'x' is no 'int32': it is no number"},
        {TYPE(UINT8), PD_TAG_INT, "-1", "its default '-1' is no 'uint8': it is out of range"},
        {TYPE(UINT64), PD_TAG_INT, "18446744073709551615", "text 18446744073709551615"},
        {TYPE(UINT64), PD_TAG_INT, "18446744073709551616",
         "its default '18446744073709551616' is no 'uint64': it is out of range"},
        {TYPE(YEAR), PD_TAG_INT, "2024", "int 2024"},
        {TYPE(YEAR), PD_TAG_INT, "1800", "its default '1800' is no 'year': it is out of range"},
        {TYPE(DECIMAL, .precision = 10, .scale = 2), PD_TAG_REAL, "0.00", "text 0.00"},
        {TYPE(DECIMAL, .precision = 10, .scale = 2), PD_TAG_INT, "-5", "text -5.00"},
        {TYPE(DECIMAL, .precision = 10, .scale = 2), PD_TAG_REAL, "-0.0", "text 0.00"},
        {TYPE(DECIMAL, .precision = 10, .scale = 3), PD_TAG_REAL, "1.500", "text 1.500"},
        {TYPE(DECIMAL, .precision = 10, .scale = 3), PD_TAG_TEXT, ".5", "text 0.500"},
        {TYPE(DECIMAL, .precision = 30, .scale = 0), PD_TAG_REAL, "1e+21",
         "text 1000000000000000000000"},
        {TYPE(DECIMAL, .precision = 4, .scale = 2), PD_TAG_REAL, "1.005",
         "its default '1.005' is no 'decimal': it has more digits after the point"},
        {TYPE(DECIMAL, .precision = 4, .scale = 2), PD_TAG_INT, "100",
         "its default '100' is no 'decimal': it is out of range"},
        {TYPE(DECIMAL, .precision = 3, .scale = -2), PD_TAG_INT, "1200", "text 1200"},
        {TYPE(DECIMAL, .precision = 3, .scale = -2), PD_TAG_INT, "1250",
         "its default '1250' is no 'decimal': its last digits are not zeros"},
        {TYPE(DECIMAL), PD_TAG_REAL, "1.50", "text 1.50"},
        {TYPE(DECIMAL), PD_TAG_TEXT, "NaN", "text NaN"},
        {TYPE(BOOL), PD_TAG_TEXT, "true", "int 1"},
        {TYPE(BOOL), PD_TAG_INT, "2",
         "its default '2' is no 'bool': true and false are its "
         "values"},
        {TYPE(FLOAT64), PD_TAG_REAL, "1.50", "real 1.5"},
        {TYPE(FLOAT64), PD_TAG_INT, "-2", "real -2.0"},
        {TYPE(FLOAT32), PD_TAG_REAL, "0.1", "real 0.1"},
        {TYPE(FLOAT32), PD_TAG_INT, "16777217",
         "its default '16777217' is no 'float32': it cannot be had exactly"},
        {TYPE(FLOAT64), PD_TAG_TEXT, "0.5", "real 0.5"},
        {TYPE(FLOAT64), PD_TAG_TEXT, "x", "its default 'x' is no 'float64': it is no number"},
        {TYPE(NUMBER), PD_TAG_INT, "-2", "int -2"},
        {TYPE(ANY), PD_TAG_INT, "-2", "int -2"},
        {TYPE(FLOAT64), PD_TAG_REAL, "-0.00", "real -0.0"},
        {TYPE(FLOAT64), PD_TAG_REAL, "1e+300", "real 1e+300"},
        {TYPE(FLOAT64), PD_TAG_REAL, "0.1234567890123456789",
         "its default '0.1234567890123456789' is no 'float64': it cannot be had exactly"},
        {TYPE(FLOAT64), PD_TAG_INT, "9007199254740993",
         "its default '9007199254740993' is no 'float64': it cannot be had exactly"},
        {TYPE(NUMBER), PD_TAG_REAL, "2.50", "real 2.5"},
        {TYPE(NUMBER), PD_TAG_TEXT, "odd", "text odd"},
        {TYPE(TEXT, .length = 2), PD_TAG_TEXT, "ab", "text ab"},
        {TYPE(TEXT, .length = 2), PD_TAG_TEXT, "abc",
         "its default: text of 3 characters is too long for 'text' of 2"},
        {TYPE(TEXT), PD_TAG_BYTES, "abc", "its default is no 'text': bytes are no value of it"},
        {TYPE(BINARY, .length = 2), PD_TAG_BYTES, "abc",
         "its default is no 'binary': it is too long"},
        {TYPE(BINARY), PD_TAG_TEXT, "00",
         "its default '00' is no 'binary': bytes are its values, not text"},
        {TYPE(DATE), PD_TAG_TEXT, "2024-02-29", "text 2024-02-29"},
        {TYPE(DATE), PD_TAG_TEXT, "infinity", "text infinity"},
        {TYPE(DATE), PD_TAG_TEXT, "2024-02-30",
         "its default: '2024-02-30' is not the canonical text of a value of type 'date'"},
        {TYPE(TIMESTAMP, .precision = 3), PD_TAG_TEXT, "2024-01-01 00:00:00.1234",
         "its default '2024-01-01 00:00:00.1234' is no 'timestamp': it has more digits of a "
         "second"},
        {TYPE(ENUM, .labels = labels, .n_labels = 2), PD_TAG_TEXT, "blue", "text blue"},
        {TYPE(ENUM, .labels = labels, .n_labels = 2), PD_TAG_TEXT, "green",
         "its default: 'green' is not a value of type 'enum'"},
    };

    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        char text[200];

        defaulted = &all[i];
        if (strncmp(all[i].wanted, "its", 3) == 0) {
            snprintf(text, sizeof text, "column 'y' of table 'city': %s", all[i].wanted);
            refuse(adds_default, PD_CAUSE_DATA, text);
        } else {
            const struct pd_table *city = table_of(plan(adds_default), "city");
            const struct pd_column *y = &city->columns[city->n_columns - 1];

            snprintf(text, sizeof text, "%s %.*s", tag_name(y->default_tag), (int)y->default_size,
                     y->default_text);
            assert_string_equal(text, all[i].wanted);
        }
    }
    refuse(adds_default_in_a_table, PD_CAUSE_DATA,
           "column 'y' of table 'city2': its default '128' is no 'int8': it is out of range");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(defaults_are_settled)};

    return cmocka_run_group_tests(tests, world_begin, world_end);
}
