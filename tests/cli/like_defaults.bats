#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Defaults that are computed, through engines that say them in other words.

load polydump

teardown()
{
    my_clean
    pg_clean
}

sums()
{
    database "$1" <<'SQL'
CREATE TABLE t (k INTEGER PRIMARY KEY, a NUMERIC DEFAULT (1+2), b TEXT DEFAULT (1+2), c REAL DEFAULT (1.5*2),
    d DECIMAL(8,2) DEFAULT (-(5)), e INT DEFAULT (-(5)), f DEFAULT (-(5)), g REAL DEFAULT (1+2), h TEXT DEFAULT (-(5)),
    i DEFAULT (1.5*2), j DECIMAL(8,2) DEFAULT (1.5*2), l INT DEFAULT (1+2));
INSERT INTO t (k) VALUES (1);
SQL
}

# told URL ARCHIVE - what a user changed in between is told.
told()
{
    ends_with 3 "$POLYDUMP" dump --like old.db "$1" "$2"
    [[ "$stderr" == *"left out: default of column 'a' of 't' is "*"4"*", not (1 + 2)"* ]]
    [[ "$stderr" == *"left out: default of column 'e' of 't' is 7, not -5"* ]]
    [ "$(grep -c '^left out: ' <<<"$stderr")" = 2 ]
}

# Floats are not decimals: 1.5 * 1 is 1.5 in SQLite whatever the column, and 2 in an integer of others; 0.1 +
# 0.2 is more than 0.3, and 1 = 1 is 1.
rounded()
{
    database round.db <<'SQL'
CREATE TABLE t (k INTEGER PRIMARY KEY, a INT DEFAULT (1.5*1), b TEXT DEFAULT (1.50*2), c DECIMAL(5,2) DEFAULT (1.005*1),
    d REAL DEFAULT (0.1+0.2), e TEXT DEFAULT (1=1), f VARCHAR(2) DEFAULT (coalesce(NULL,'abc')));
INSERT INTO t VALUES (1, 1, 'a', 1.25, 1.5, 'a', 'a');
SQL
    ends_with 3 "$POLYDUMP" ddt round.db --via "$1"
    [[ "$stderr" == *"left out: default of column 'a' of table 't'"* ]]
    [[ "$stderr" == *"left out: default of column 'c' of table 't': '1.005' would not"* ]]
    [[ "$stderr" == *"left out: default of column 'f' of table 't'"* ]]
    [ "$(grep -c '^left out: ' <<<"$stderr")" = 3 ]
}

@test "defaults that PostgreSQL computes or casts are those that they were; what changed is told" {
    sums old.db
    pg_new mid
    ends_with 0 pd ddt old.db --via "$pg_url"
    pd copy old.db "$pg_url"
    pg_ask mid 'ALTER TABLE t ALTER a SET DEFAULT (1 + 4), ALTER e SET DEFAULT 7'
    told "$pg_url" out
    pg_new round
    rounded "$pg_url"
}

@test "defaults that MariaDB computes or casts are those that they were; what changed is told" {
    sums old.db
    my_new mid
    ends_with 0 pd ddt old.db --via "$my_url"
    pd copy old.db "$my_url"
    my_ask mid 'ALTER TABLE t ALTER a SET DEFAULT (1 + 4), ALTER e SET DEFAULT 7'
    told "$my_url" out
    my_new round
    rounded "$my_url"
}
