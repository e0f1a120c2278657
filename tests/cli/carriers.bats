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

@test "what SQLite computes is not rounded to its declaration" {
    database old.db <<'SQL'
CREATE TABLE t (id INTEGER PRIMARY KEY, price DECIMAL(8,2), name TEXT,
    gross DECIMAL(8,2) GENERATED ALWAYS AS (price * 1.06) STORED,
    shown VARCHAR(3) GENERATED ALWAYS AS (coalesce(name, 'none')) STORED);
INSERT INTO t (id, price, name) VALUES (1, 9.99, 'four');
SQL
    my_new a
    ends_with 0 pd copy old.db "$my_url"
    [ "$(my_ask a "SELECT gross = 10.5894, shown FROM t")" = "1	four" ]
    pg_new a
    ends_with 0 pd copy old.db "$pg_url"
    [ "$(pg_ask a "SELECT gross = 10.5894, shown FROM t")" = "t|four" ]
}
