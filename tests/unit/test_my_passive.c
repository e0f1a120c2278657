// SPDX-License-Identifier: Apache-2.0
/* Tests of the MariaDB plugin's parser of CREATE TABLE: what runs without having been asked for,
   and the same statement under another name. */
#include "fake_host.h"

#include "sink.h"

static const char *const harmless[] = {
    "CREATE TABLE `t` (\n  `a` int(11) DEFAULT NULL\n) ENGINE=InnoDB",
    "CREATE TABLE `a``b; DROP TABLE x` (`c--` int(10) unsigned zerofill NOT NULL INVISIBLE DEFAULT "
    "0000000003 COMMENT 'it''s \\\\ \"x\" \\n') ENGINE=Aria DEFAULT CHARSET=latin1 "
    "COLLATE=latin1_swedish_ci PAGE_CHECKSUM=1 TRANSACTIONAL=1",
    "CREATE TABLE `t` (`b` varchar(10) /*M!100301 COMPRESSED*/ CHARACTER SET cp932 COLLATE "
    "cp932_bin DEFAULT NULL)",
    "CREATE TABLE `t` (`e` enum('a''b','\\\\c','') DEFAULT 'a''b', `s` set('x','y') DEFAULT 'x,y')",
    "CREATE TABLE `t` (`j` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL CHECK "
    "(json_valid(`j`)))",
    "CREATE TABLE `t` (`m` timestamp(3) NOT NULL DEFAULT current_timestamp(3) ON UPDATE "
    "current_timestamp(3))",
    "CREATE TABLE `t` (`a` int(11) NOT NULL AUTO_INCREMENT, `n` int(11) GENERATED ALWAYS AS (`a` + "
    "1) VIRTUAL INVISIBLE, `o` varchar(10) GENERATED ALWAYS AS (concat(`c`,'x')) STORED, PRIMARY "
    "KEY (`a`) USING BTREE) AUTO_INCREMENT=7",
    "CREATE TABLE `t` (`p` uuid DEFAULT uuid(), `q` int(11) DEFAULT (`a` * 2), `r` int(11) DEFAULT "
    "nextval(`s`), `h` bit(5) DEFAULT b'101', `i` double DEFAULT -1e-10, `k` blob DEFAULT X'00')",
    "CREATE TABLE `t` (`a` int(11), UNIQUE KEY `k2` (`a`) USING HASH, KEY `k1` (`a`(10),`l` DESC) "
    "USING BTREE COMMENT 'kc', SPATIAL KEY `k4` (`d`), KEY `k5` (`l`) IGNORED, FULLTEXT KEY `k3` "
    "(`c`) KEY_BLOCK_SIZE=4)",
    "CREATE TABLE `t` (`a` int(11), CONSTRAINT `f` FOREIGN KEY (`a`, `b`) REFERENCES `p` (`x`, "
    "`y`) ON DELETE SET NULL ON UPDATE CASCADE, CONSTRAINT `c` CHECK (`l` < 5 and `b` like 'x%'))",
    "CREATE TABLE `t` (`a` int(11), `s` date NOT NULL, `e` date NOT NULL, PERIOD FOR `p` (`s`, "
    "`e`), UNIQUE KEY `a` (`a`,`p` WITHOUT OVERLAPS)) WITH SYSTEM VERSIONING",
    "CREATE TABLE `t` (`st` timestamp(6) GENERATED ALWAYS AS ROW START, `en` timestamp(6) "
    "GENERATED "
    "ALWAYS AS ROW END, `x` int(11) DEFAULT NULL WITHOUT SYSTEM VERSIONING, PERIOD FOR SYSTEM_TIME "
    "(`st`, `en`)) ENGINE=InnoDB WITH SYSTEM VERSIONING\n PARTITION BY SYSTEM_TIME LIMIT "
    "10\n(PARTITION `p1` HISTORY ENGINE = InnoDB,\n PARTITION `pc` CURRENT ENGINE = InnoDB)",
    "CREATE TABLE `t` (`b` date) ENGINE=InnoDB\n PARTITION BY RANGE (year(`b`))\nSUBPARTITION BY "
    "HASH (`a`)\nSUBPARTITIONS 2\n(PARTITION `p0` VALUES LESS THAN (2000) COMMENT = 'x' ENGINE = "
    "InnoDB,\n PARTITION `p1` VALUES LESS THAN MAXVALUE ENGINE = InnoDB)",
    "CREATE TABLE `t` (`b` int) STATS_PERSISTENT=1 `PAGE_COMPRESSED`='1' "
    "`Page_Compression_Level`='3'",
    "CREATE TABLE `t` (`b` int) `page_compressed`='1' `encrypted`=NO ROW_FORMAT=DYNAMIC "
    "MAX_ROWS=100 COMMENT='x; y'",
    "CREATE TABLE `t` (`e` varchar(20) GENERATED ALWAYS AS (case when `id` > 3 then _latin1'a' "
    "else "
    "cast(`id` as char charset latin1) end) VIRTUAL, `k` datetime GENERATED ALWAYS AS "
    "(DATE'2020-01-01' + interval `id` day) VIRTUAL, `n` int GENERATED ALWAYS AS ('a' collate "
    "utf8mb4_bin or --`id` MOD 3) VIRTUAL)",
    "CREATE TABLE `t` (`a` int(11) DEFAULT NULL /* `foo`='bar' */, KEY `k` (`a`) /* `x`=1 */) "
    "ENGINE=InnoDB `page_compressed`='1' /* `colour`='a; red' */ ROW_FORMAT=DYNAMIC /* `b`=2 */",
    "CREATE TABLE `t` (`v` vector(4) NOT NULL, VECTOR KEY `k` (`v`) COMMENT 'x' `m`='8' "
    "`distance`='cosine')",
    "ALTER TABLE `t` ADD UNIQUE KEY `k` (`a`,`b`(3) DESC)",
    "ALTER TABLE `t` ADD VECTOR KEY `k` (`a`) `M`='8'",
    "ALTER TABLE `t` ADD FULLTEXT KEY `k` (`a`) COMMENT 'x'",
};

static void
forms_that_run_nothing_are_taken(void **state)
{
    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
        if (!passive_statement(harmless[i]))
            fail_msg("refused: %s", harmless[i]);
}

static const char *const refused[] = {
    "",
    "DROP TABLE `t`",
    "CREATE TABLE `t` LIKE `u`",
    "CREATE TABLE `t` (`a` int) SELECT 1",
    "CREATE TABLE `t` (`a` int) AS SELECT 1",
    "CREATE OR REPLACE TABLE `t` (`a` int)",
    "CREATE TEMPORARY TABLE `t` (`a` int)",
    "CREATE TABLE `d`.`t` (`a` int)",
    "CREATE TABLE t (`a` int)",
    "CREATE TABLE `t` (`a` int); DROP TABLE `u`",
    "CREATE TABLE `t` (`a` int) -- x",
    "CREATE TABLE `t` (`a` int /*! , `b` int */)",
    "CREATE TABLE `t` (`a` int",
    "CREATE TABLE `t` (`a` int)) ENGINE=InnoDB",
    "CREATE TABLE `t` (`a` int DEFAULT (sleep(10)))",
    "CREATE TABLE `t` (`a` int DEFAULT sleep(10))",
    "CREATE TABLE `t` (`a` blob DEFAULT (load_file('/etc/passwd')))",
    "CREATE TABLE `t` (`a` int DEFAULT (`d`.`f`(1)))",
    "CREATE TABLE `t` (`a` int DEFAULT (f(1)))",
    "CREATE TABLE `t` (`a` int DEFAULT nextval(`d`.`s`))",
    "CREATE TABLE `t` (`a` int DEFAULT (@x := 1))",
    "CREATE TABLE `t` (`a` int DEFAULT (@@hostname))",
    "CREATE TABLE `t` (`a` int, CHECK (benchmark(1000000, 1)))",
    "CREATE TABLE `t` (`a` int, CONSTRAINT `c` CHECK ((select 1)))",
    "CREATE TABLE `t` (`a` int, CONSTRAINT `c` CHECK (get_lock('x',1)))",
    "CREATE TABLE `t` (`a` int GENERATED ALWAYS AS (f(`b`)) STORED)",
    "CREATE TABLE `t` (`a` mytype)",
    "CREATE TABLE `t` (`a` int) ENGINE=FEDERATED CONNECTION='mysql://u@h/d/t'",
    "CREATE TABLE `t` (`a` int) ENGINE=CONNECT",
    "CREATE TABLE `t` (`a` int) ENGINE=InnoDB DATA DIRECTORY='/tmp'",
    "CREATE TABLE `t` (`a` int) ENGINE=MRG_MyISAM UNION=(`x`)",
    "CREATE TABLE `t` (`a` int) `foo`='x'",
    "CREATE TABLE `t` (`a` int) AUTO_INCREMENT=2 AUTO_INCREMENT=3",
    "CREATE TABLE `t` (`a` int) PARTITION BY HASH (sleep(1))",
    "CREATE TABLE `t` (`a` int) PARTITION BY HASH (`a`) (PARTITION `p` DATA DIRECTORY = '/tmp')",
    "CREATE TABLE `t` (`a` int, KEY `k` (`a`) WITH PARSER `x`)",
    "CREATE TABLE `t` (`a` int DEFAULT 'x)",
    "ALTER TABLE `t` ADD COLUMN `a` int",
    "ALTER TABLE `t` ADD KEY `k` (`a`), DROP COLUMN `b`",
    "ALTER TABLE `d`.`t` ADD KEY `k` (`a`)",
    "ALTER TABLE `t` ADD KEY `k` ((lower(`a`)))",
};

static void
everything_else_is_refused(void **state)
{
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (passive_statement(refused[i]))
            fail_msg("taken: %s", refused[i]);
}

/* The statement cut anywhere is none. */
static void
of_sequences_three_statements_run_nothing(void **state)
{
    static const char *const others[] = {
        "",
        "ALTER SEQUENCE `s` AS int; DROP TABLE t",
        "ALTER SEQUENCE `t` AS int",
        "ALTER SEQUENCE `s` AS text",
        "ALTER SEQUENCE `s` AS",
        "DROP DATABASE `s`",
        "ALTER TABLE `s` ENGINE = `Aria`, ADD `a` int",
        "ALTER TABLE `t` ENGINE = `Aria`",
        "ALTER SEQUENCE `s` MINVALUE 1 MAXVALUE (SELECT 1) START WITH 2",
        "ALTER SEQUENCE `s` MINVALUE 1 MAXVALUE 5 START WITH 2 RESTART 3 COMMENT 'x'"};
    const char *type = NULL;

    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (passive_sequence(others[i], "s", &type) != PASSIVE_SEQUENCE_NONE)
            fail_msg("taken: %s", others[i]);
    assert_null(type);
    assert_int_equal(passive_sequence("ALTER TABLE `s` ENGINE = `Aria`", "s", &type),
                     PASSIVE_SEQUENCE_ENGINE);
    assert_int_equal(
        passive_sequence("ALTER SEQUENCE `s` MINVALUE -1 MAXVALUE 18446744073709551614 "
                         "START WITH 2 RESTART 18446744073709540000",
                         "s", &type),
        PASSIVE_SEQUENCE_BOUNDS);
    assert_int_equal(passive_sequence("ALTER SEQUENCE `s` AS int", "s", &type),
                     PASSIVE_SEQUENCE_TYPE);
    assert_string_equal(type, "int");
    assert_int_equal(passive_sequence("ALTER SEQUENCE `a``b` AS bigint unsigned", "a`b", &type),
                     PASSIVE_SEQUENCE_TYPE);
    assert_string_equal(type, "bigint unsigned");
}

static void
no_part_of_a_statement_is_taken_for_all_of_it(void **state)
{
    static const char whole[] =
        "CREATE TABLE `t` (`a` int DEFAULT (abs('x')), CONSTRAINT `c` CHECK (`a` in (1,2)))";
    char part[sizeof whole];

    assert_true(passive_statement(whole));
    for (size_t size = 0; size + 1 < sizeof whole; size++) {
        memcpy(part, whole, size);
        part[size] = '\0';
        if (passive_statement(part))
            fail_msg("taken: %s", part);
    }
}

/* ---- The same under another name ---- */

static void
assert_rewritten(const char *sql, bool without_keys, const char *wanted)
{
    struct passive_change change = {.name = "n`w", .without_keys = without_keys};
    struct pd_sql out = {.host = &host};
    struct pd_pool pool = {.host = &host};
    struct passive p;

    assert_true(passive_read(sql, &pool, &p));
    passive_write(&p, &change, &out);
    pd_pool_close(&pool);
    assert_string_equal(pd_sql_text(&out), wanted);
    pd_sql_free(&out);
    assert_int_equal(n_live, 0);
}

static const char with_all[] =
    "CREATE TABLE `t` (\n  `a` int(11) NOT NULL AUTO_INCREMENT,\n  `b` int(11),\n  PRIMARY KEY "
    "(`b`),\n  UNIQUE KEY `u` (`a`),\n  KEY `k` (`b`,`a`),\n  FULLTEXT KEY `f` (`c`),\n  "
    "CONSTRAINT "
    "`x` FOREIGN KEY (`a`) REFERENCES `p` (`a`),\n  CONSTRAINT `y` CHECK (`a` > 0)\n) "
    "ENGINE=InnoDB AUTO_INCREMENT=12 DEFAULT CHARSET=utf8mb4";

static void
a_copy_has_another_name_and_no_foreign_keys(void **state)
{
    assert_rewritten(with_all, false,
                     "CREATE TABLE `n``w` (\n  `a` int(11) NOT NULL AUTO_INCREMENT,\n  `b` "
                     "int(11),\n  PRIMARY KEY (`b`),\n  UNIQUE KEY `u` (`a`),\n  KEY `k` "
                     "(`b`,`a`),\n  FULLTEXT KEY `f` (`c`),\n  CONSTRAINT `y` CHECK (`a` > 0)\n) "
                     "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4");
}

static void
the_key_of_auto_increment_stays(void **state)
{
    assert_rewritten(with_all, true,
                     "CREATE TABLE `n``w` (\n  `a` int(11) NOT NULL AUTO_INCREMENT,\n  `b` "
                     "int(11),\n  PRIMARY KEY (`b`),\n  UNIQUE KEY `u` (`a`),\n  CONSTRAINT `y` "
                     "CHECK (`a` > 0)\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4");
}

static const char *
other_value(void *arg, size_t column)
{
    return column == 1 ? "DEFAULT 'new'" : NULL;
}

static const char *
other_tail(void *arg, size_t column)
{
    return column == 0 ? " REF_SYSTEM_ID=4326" : NULL;
}

static void
values_types_and_the_counter_can_be_others(void **state)
{
    struct pd_pool pool = {.host = &host};
    struct pd_sql out = {.host = &host};
    struct passive p;
    const struct passive_change change = {
        .name = "n", .counter = "42", .value_of = other_value, .type_tail_of = other_tail};

    assert_true(passive_read("CREATE TABLE `t` (`d` point NOT NULL, `e` varchar(5) DEFAULT '?' "
                             "COMMENT 'c') ENGINE=InnoDB",
                             &pool, &p));
    passive_write(&p, &change, &out);
    assert_string_equal(pd_sql_text(&out),
                        "CREATE TABLE `n` (\n  `d` point REF_SYSTEM_ID=4326 NOT NULL,\n  `e` "
                        "varchar(5) DEFAULT 'new' COMMENT 'c'\n) AUTO_INCREMENT=42 ENGINE=InnoDB");
    pd_sql_free(&out);
    pd_pool_close(&pool);
    assert_int_equal(n_live, 0);
}

static void
columns_are_known_by_their_types(void **state)
{
    struct pd_pool pool = {.host = &host};
    struct passive p;

    assert_true(passive_read("CREATE TABLE `t` (`a` decimal(10,2) unsigned DEFAULT NULL, `b` "
                             "varchar(7) COLLATE cp932_bin, `c` varchar(8), `j` longtext CHECK "
                             "(json_valid(`j`)), `k` tinyint(1) CHECK (`k` in (0,1)), `g` int "
                             "GENERATED ALWAYS AS (1) STORED) DEFAULT CHARSET=latin1 "
                             "COLLATE=latin1_bin",
                             &pool, &p));
    assert_int_equal(p.n_columns, 6);
    assert_string_equal(p.columns[0].facts.column_type, "decimal(10,2) unsigned");
    assert_int_equal(p.columns[0].facts.precision, 10);
    assert_int_equal(p.columns[0].facts.scale, 2);
    assert_string_equal(p.columns[1].facts.charset, "cp932");
    assert_int_equal(p.columns[1].facts.length, 7);
    assert_string_equal(p.columns[2].facts.charset, "latin1");
    assert_string_equal(p.columns[2].collation, "latin1_bin");
    assert_true(p.columns[3].facts.is_json);
    assert_true(p.columns[4].facts.is_bool);
    assert_true(p.columns[5].is_generated);
    pd_pool_close(&pool);
}

static void
who_asked_for_it_gets_what_runs_too(void **state)
{
    static const char *const active[] = {
        "CREATE TABLE `t` (`a` int DEFAULT (`d`.`f`(1)))",
        "CREATE TABLE `t` (`a` int) ENGINE=FEDERATED CONNECTION='mysql://u@h/d/t'",
        "CREATE TABLE `t` (`a` int) ENGINE=MRG_MyISAM INSERT_METHOD=LAST UNION=(`x`,`y`)",
    };
    struct pd_pool pool = {.host = &host};
    struct passive p;

    for (size_t i = 0; i < sizeof active / sizeof *active; i++) {
        assert_true(passive_read_any(active[i], &pool, &p));
        assert_false(passive_read(active[i], &pool, &p));
    }
    assert_false(passive_read_any("CREATE TABLE `t` (`a` int /* x */)", &pool, &p));
    pd_pool_close(&pool);
}

static void
memory_that_is_short_makes_nothing_passive(void **state)
{
    struct pd_pool pool = {.host = &host};
    struct passive p;
    bool is_read = false;
    long n;

    for (n = 0; !is_read; n++) {
        n_until_out = n;
        is_read = passive_read(with_all, &pool, &p);
        n_until_out = -1;
        pd_pool_close(&pool);
        assert_int_equal(n_live, 0);
    }
    assert_true(n > 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_that_run_nothing_are_taken),
        cmocka_unit_test(everything_else_is_refused),
        cmocka_unit_test(of_sequences_three_statements_run_nothing),
        cmocka_unit_test(no_part_of_a_statement_is_taken_for_all_of_it),
        cmocka_unit_test(a_copy_has_another_name_and_no_foreign_keys),
        cmocka_unit_test(the_key_of_auto_increment_stays),
        cmocka_unit_test(values_types_and_the_counter_can_be_others),
        cmocka_unit_test(columns_are_known_by_their_types),
        cmocka_unit_test(who_asked_for_it_gets_what_runs_too),
        cmocka_unit_test(memory_that_is_short_makes_nothing_passive),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
