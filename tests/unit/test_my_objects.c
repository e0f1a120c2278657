// SPDX-License-Identifier: Apache-2.0
/* Tests of the MariaDB plugin: SQL as people wrote it, without the name of its own database. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "objects_inside.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static void *
host_resize(const struct pd_host *host, void *ptr, size_t size)
{
    return realloc(ptr, size);
}

static void
host_release(const struct pd_host *host, void *ptr)
{
    free(ptr);
}

static const struct pd_host host = {
    .struct_size = sizeof host, .resize = host_resize, .release = host_release};

static void
words_are_cut_by_the_mode_they_were_written_under(void **state)
{
    static const struct {
        const char *sql, *mode;
        enum word_kind kinds[6];
    } texts[] = {
        {"a `b``c` 'd''e' .", "", {WORD_PLAIN, WORD_QUOTED, WORD_STRING, WORD_MARK}},
        {"\"x\" 'y\\'z'", "", {WORD_STRING, WORD_STRING}},
        {"\"x\" 'y\\' z",
         "ANSI_QUOTES,NO_BACKSLASH_ESCAPES",
         {WORD_QUOTED, WORD_STRING, WORD_PLAIN}},
        {"/* 'a */ b -- '\n c # `\n d", "", {WORD_PLAIN, WORD_PLAIN, WORD_PLAIN}},
        {"/*!50003 a */ /*M! b*/ 1-1",
         "",
         {WORD_PLAIN, WORD_PLAIN, WORD_PLAIN, WORD_MARK, WORD_PLAIN}},
        {"'open", "", {WORD_STRING}},
        {"/* open", "", {WORD_END}},
    };

    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct text_mode mode = text_mode_of(texts[i].mode);
        const char *at = texts[i].sql;

        for (size_t k = 0; k < 6; k++) {
            assert_int_equal(text_next(&at, mode).kind, texts[i].kinds[k]);
            if (texts[i].kinds[k] == WORD_END)
                break;
        }
    }
}

static void
the_databases_own_name_is_dropped_where_it_is_nothing_else(void **state)
{
    static const struct {
        const char *sql, *mode, *stripped;
        bool fold, is_safe;
    } texts[] = {
        {"insert into shop.t values(1)", "", "insert into t values(1)", false, true},
        {"select `shop`.`t`.`a` from `shop` . `t`", "", "select `t`.`a` from  `t`", false, true},
        {"select x.shop.y, 'shop.t' /* shop.t */", "", "select x.shop.y, 'shop.t' /* shop.t */",
         false, true},
        {"select \"shop\".t from SHOPS.t", "ANSI_QUOTES", "select t from SHOPS.t", false, true},
        {"select t.a from Shop.t", "", "select t.a from t", true, true},
        /* Also a name for a table: what stands before the point may be that. */
        {"select shop.id from shops as shop", "", "select shop.id from shops as shop", false,
         false},
        {"declare shop int; update shop.t set a=1", "", "declare shop int; update shop.t set a=1",
         false, false},
        {"select shop.t from Shop.t", "", "select shop.t from Shop.t", false, false},
        {"select shop.f() from shop.shop", "", "select shop.f() from shop.shop", false, false},
        {"select i.shop, new.shop from shop.item i", "", "select i.shop, new.shop from item i",
         false, true},
        {"select other.shop from shop.t, other.shop", "",
         "select other.shop from shop.t, other.shop", false, false},
        /* Without it the next word would be something else. */
        {"select shop.md5(1), shop.t", "", "select shop.md5(1), shop.t", false, false},
        {"with t as (select 1) select * from shop.t", "",
         "with t as (select 1) select * from shop.t", false, false},
        {"select shop.t.a from shop.t, o.t where o.t.a", "",
         "select shop.t.a from shop.t, o.t where o.t.a", false, false},
        /* Nothing stands before a point, and only these words are before a database's name. */
        {"select a as shop from t order by shop", "", "select a as shop from t order by shop",
         false, true},
        {"select shop from shop", "", "select shop from shop", false, true},
        {"show tables from shop", "", "show tables from shop", false, false},
        {"alter database shop", "", "alter database shop", false, false},
        {"create definer=`shop`@localhost procedure p() select 1 from shop.t", "",
         "create definer=`shop`@localhost procedure p() select 1 from t", false, true},
        /* A routine of a package: two names alone would be a database's. */
        {"select shop.pk.f(shop.t.a), t.shop from shop.t", "",
         "select `pd$database`.pk.f(t.a), t.shop from t", false, true},
        {"begin call `shop` . other.p; shop.PK.p; end", "",
         "begin call `pd$database` . other.p; `pd$database`.PK.p; end", false, true},
        {"select shop.shop.f(1), shop.md5(1)", "", "select `pd$database`.shop.f(1), shop.md5(1)",
         false, false},
        {"create package body pk as function f() return shop.f() + shop.g(); end", "",
         "create package body pk as function f() return `pd$database`.f() + g(); end", false, true},
        {"create function f() return shop.f()", "", "create function f() return f()", false, true},
    };

    const char *natives[] = {"md5"}, *packages[] = {"pk"};

    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        const struct own_names names = {.database = "shop",
                                        .fold = texts[i].fold,
                                        .natives = natives,
                                        .n_natives = 1,
                                        .packages = packages,
                                        .n_packages = 1};
        struct pd_sql out = {.host = &host};

        assert_int_equal(text_strip(texts[i].sql, text_mode_of(texts[i].mode), &names, false, &out),
                         texts[i].is_safe);
        assert_string_equal(pd_sql_text(&out), texts[i].stripped);
        pd_sql_free(&out);
    }
}

static void
the_databases_own_name_is_seen_in_strings(void **state)
{
    static const struct {
        const char *sql, *mode;
        bool fold, has;
    } texts[] = {
        {"select 'shop'", "", false, true},
        {"select ' `shop` ', 1", "", false, true},
        {"select 'Shop'", "", false, false},
        {"select 'Shop'", "", true, true},
        {"select 'shopping', 'my shop', 'shop floor'", "", false, false},
        {"select \"from`shop` . t\"", "", false, true},
        {"select \"shop.t\"", "ANSI_QUOTES", false, false},
        {"select 'workshop.t', 'x.shop.t', 'x.`shop`.t', 'me@shop.t', '//shop.t'", "", false,
         false},
        {"select 'from\\nshop.t'", "", false, true},
        {"select 'from\\nshop.t'", "NO_BACKSLASH_ESCAPES", false, false},
        {"select 'from shop", "", false, false},
        {"select 'from shop.", "", false, true},
        {"select '", "", false, false},
        {"create function f() comment 'shop' return 1 /* 'shop' */", "", false, false},
    };

    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        const struct own_names names = {.database = "shop", .fold = texts[i].fold};

        assert_int_equal(text_has_in_string(texts[i].sql, text_mode_of(texts[i].mode), &names),
                         texts[i].has);
    }
}

static void
what_may_depend_on_the_collation_of_its_database_is_known(void **state)
{
    static const struct {
        const char *sql, *mode;
        bool uses;
    } texts[] = {
        {"CREATE FUNCTION f(a int) RETURNS int RETURN a + 1", "", false},
        {"CREATE FUNCTION f(a varchar(3)) RETURNS int RETURN a = 'A'", "", true},
        {"CREATE PROCEDURE p() BEGIN DECLARE x tinytext; END", "", true},
        {"CREATE PROCEDURE p() BEGIN DECLARE x set('a'); END", "", true},
        {"CREATE PROCEDURE p() BEGIN DECLARE x enum('a'); END", "", true},
        {"CREATE PROCEDURE p() BEGIN SET @a = 1; END", "", false},
        {"CREATE PROCEDURE p() CREATE TABLE t (a int)", "", true},
        {"CREATE PROCEDURE p() PREPARE s FROM @text", "", true},
        {"CREATE PROCEDURE p() SELECT @@character_set_database", "", true},
        {"CREATE PROCEDURE p() SELECT `varchar`, 'text' /* text */", "", false},
        {"CREATE PROCEDURE p() SELECT \"varchar\"", "ANSI_QUOTES", false},
        {"CREATE TRIGGER t BEFORE INSERT ON x FOR EACH ROW SET NEW.a = 1", "", false},
    };

    for (size_t i = 0; i < COUNT_OF(texts); i++)
        assert_int_equal(text_uses_database(texts[i].sql, text_mode_of(texts[i].mode)),
                         texts[i].uses);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_cut_by_the_mode_they_were_written_under),
        cmocka_unit_test(the_databases_own_name_is_dropped_where_it_is_nothing_else),
        cmocka_unit_test(the_databases_own_name_is_seen_in_strings),
        cmocka_unit_test(what_may_depend_on_the_collation_of_its_database_is_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
