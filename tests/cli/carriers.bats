#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What depends on a column whose type is another one in the target: what it computes, its checks and
# its default.

load polydump

teardown()
{
    my_clean
    pg_clean
}

# A row that breaks a check is refused.
complains_of_check()
{
    local said
    if said=$("$@" 2>&1); then
        return 1
    fi
    grep -q -i "check" <<<"$said"
}

@test "what SQLite computes is not rounded to its declaration" {
    database old.db <<'SQL'
CREATE TABLE t (id INTEGER PRIMARY KEY, price DECIMAL(8,2), name TEXT,
    gross DECIMAL(8,2) GENERATED ALWAYS AS (price * 1.06) STORED,
    shown VARCHAR(3) GENERATED ALWAYS AS (coalesce(name, 'none')) STORED);
INSERT INTO t (id, price, name) VALUES (1, 9.99, 'four');
SQL
    my_new a
    # Servers would compute it with decimals, and SQLite does with doubles: it is a plain column there.
    ends_with 3 pd copy old.db "$my_url"
    [ "$(my_ask a "SELECT gross = 10.589400000000001e0, shown FROM t")" = "1	four" ]
    pg_new a
    ends_with 3 pd copy old.db "$pg_url"
    [ "$(pg_ask a "SELECT gross::float8 = 10.589400000000001, shown FROM t")" = "t|four" ]
}

# Numbers, texts and bytes in one column have letters before them, and what was compared with them is another thing.
@test "checks and defaults of columns that are carried: SQLite to the servers" {
    database old.db <<'SQL'
CREATE TABLE t (id INTEGER PRIMARY KEY,
    mixed INTEGER DEFAULT 5 CHECK (mixed > 0),
    day DATE DEFAULT '2024-01-01' CHECK (day > '2000-01-01'),
    bad TEXT DEFAULT 'x' CHECK (bad IN ('x', 'y')),
    same TEXT DEFAULT 'a' CHECK (same IN ('a', 'b')),
    CHECK (mixed IS NOT NULL OR day IS NULL));
PRAGMA ignore_check_constraints = 1;
INSERT INTO t VALUES (1, 'abc', 20240101, x'00', 'a'), (2, 7, '2024-01-02', 'x', 'b');
SQL
    my_new a
    run -3 --separate-stderr "$POLYDUMP" copy --misfit=carrier old.db "$my_url"
    [ "$(grep -c "^left out: check 'check" <<<"$stderr")" = 3 ]
    [ "$(grep -c "^left out: check 'check.*: a column of it is stored or compared otherwise here$" <<<"$stderr")" = 3 ]
    [ "$(my_ask a "INSERT INTO t (id) VALUES (3); SELECT * FROM t WHERE id = 3")" = "3	i:5	t:2024-01-01	t:x	a" ]
    complains_of_check my_ask a "INSERT INTO t (id, same) VALUES (4, 'c')"
    complains_of_check my_ask a "INSERT INTO t (id, mixed) VALUES (4, NULL)"
    pg_new a
    run -3 --separate-stderr "$POLYDUMP" copy --misfit=carrier old.db "$pg_url"
    [ "$(grep -c "^left out: check 't_check" <<<"$stderr")" = 3 ]
    [ "$(grep -c "^left out: check 't_check.*: a column of it is stored as something else here$" <<<"$stderr")" = 3 ]
    [ "$(pg_ask a "INSERT INTO t (id) VALUES (3) RETURNING *")" = "3|i:5|t:2024-01-01|t:x|a" ]
    complains_of_check pg_ask a "INSERT INTO t (id, same) VALUES (4, 'c')"
    complains_of_check pg_ask a "INSERT INTO t (id, mixed) VALUES (4, NULL)"
}

@test "checks and defaults of columns that are carried: a server to SQLite" {
    pg_new a
    pg_ask a "CREATE TABLE t (id int PRIMARY KEY, many numeric(30,10) DEFAULT 2.5 CHECK (many < 10), few numeric(10,2) DEFAULT 2.5 CHECK (few < 10),
        real8 float8 DEFAULT 0.5 CHECK (real8 < 1), clock timetz DEFAULT current_time, CHECK (many IS NOT NULL));
        CREATE INDEX part ON t (few) WHERE many > 3; INSERT INTO t VALUES (1, 9, 9, '-0', '12:00+01'), (2, 3.5, 3.5, 0.5, NULL)"
    run -3 --separate-stderr "$POLYDUMP" copy --misfit=carrier "$pg_url" new.db
    [ "$(grep "^left out: \\(check\\|index\\)" <<<"$stderr")" = "left out: check 't_many_check' of 't': SQLite stores or computes its values otherwise
left out: index 'part' on 't': SQLite stores or computes its values otherwise" ]
    sqlite3 -bail new.db "INSERT INTO t (id) VALUES (3)"
    [ "$(sqlite3 new.db "SELECT many, typeof(many), few, real8, clock GLOB '[0-2][0-9]:[0-9][0-9]:[0-9][0-9]+00' FROM t WHERE id = 3")" = "2.5000000000|text|2.5|0.5|1" ]
    sqlite3 -bail new.db "INSERT INTO t (id, many) VALUES (4, '70.0000000000')"
    complains_of_check sqlite3 -bail new.db "INSERT INTO t (id, few) VALUES (5, 70)"
    complains_of_check sqlite3 -bail new.db "INSERT INTO t (id, many) VALUES (5, NULL)"
    complains_of_check sqlite3 -bail new.db "INSERT INTO t (id, real8) VALUES (5, 2)"
    # What the default made is a value of the source's type.
    ends_with 3 pd dump --like "$pg_url" new.db back
}

@test "what SQLite's declarations promise is kept by MariaDB's types, when all values keep it" {
    local good=00112233-4455-4677-8899-aabbccddeeff odd=00112233-4455-0677-0899-aabbccddeeff
    database old.db <<SQL
CREATE TABLE good (id UUID NOT NULL PRIMARY KEY, at TIME);
CREATE TABLE kid (n INTEGER PRIMARY KEY, good UUID REFERENCES good (id));
CREATE TABLE none (id UUID, at TIME);
CREATE TABLE odd (id UUID, at TIME);
INSERT INTO good VALUES ('$good', '12:34:56.123456'), ('00000000-0000-0000-0000-000000000000', NULL);
INSERT INTO kid VALUES (1, '$good'), (2, NULL);
INSERT INTO odd VALUES ('$odd', '12:34');
SQL
    my_new a
    ends_with 0 pd copy old.db "$my_url"
    [ "$(my_ask a "SELECT TABLE_NAME, GROUP_CONCAT(COLUMN_TYPE ORDER BY ORDINAL_POSITION) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() GROUP BY 1 ORDER BY 1")" = \
        "good	uuid,time(6)
kid	bigint(20),uuid
none	uuid,time(6)
odd	longtext,longtext" ]
    my_new b
    ends_with 0 pd ddt old.db --via "$my_url"
}
