#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What one engine has and another one would change without a word: kept, carried, or refused up front,
# wherever MariaDB is on one side. Bytes are compared inside the engines.

load polydump

teardown()
{
    my_clean
    pg_clean
}

hex()
{
    paste -sd ';' | tr 'a-f' 'A-F'
}

@test "from PostgreSQL to MariaDB: names, labels, defaults, comments" {
    pg_new a hostile.postgresql.sql
    my_new via
    ends_with 3 pd ddt --no-native --via "$my_url" "$pg_url"
    my_new b
    complains 1 names=carry -- pd copy --no-native "$pg_url" "$my_url"
    [ -z "$(my_ask b "SHOW TABLES")" ]
    ends_with 3 "$POLYDUMP" copy --no-native --names=carry "$pg_url" "$my_url"
    says "name of table 'tab 😀'" "name of column 'col😀' of table 'tab 😀'" "name of column 'A' of table 'tab 😀'" "name of sequence 's😀'" "name of key 'ix😀' of table 'c'" \
        "name of foreign key 'fk😀' of table 'ch'" "comment of column 'd'" "comment of column 'k'" "comment of table 'p'" "comment of table 'tab 😀'"
    # Rows, and what the columns' defaults make of a new one.
    my_ask b "INSERT INTO c (id) VALUES (100)"
    pg_ask a "INSERT INTO c (id) VALUES (100)" # the next is what both say
    [ "$(my_ask b "SELECT HEX(CONCAT_WS('|', id, e1, e2, e3, d, v, g, n)) FROM c ORDER BY id" | hex)" = \
        "$(pg_ask a "SELECT encode(convert_to(concat_ws('|', id, e1, e2, e3, d, v, g, n), 'UTF8'), 'hex') FROM c ORDER BY id" | hex)" ]
    [ "$(my_ask b "SELECT HEX(k) FROM p ORDER BY k" | hex)" = "$(pg_ask a "SELECT encode(convert_to(k, 'UTF8'), 'hex') FROM p ORDER BY k COLLATE \"C\"" | hex)" ]
    [ "$(my_ask b "SELECT HEX(k) FROM ch ORDER BY k" | hex)" = "$(pg_ask a "SELECT encode(convert_to(k, 'UTF8'), 'hex') FROM ch ORDER BY k COLLATE \"C\"" | hex)" ]
    [ "$(my_ask b "SELECT id FROM ci ORDER BY id" | hex)" = "-3;0" ]
    run ! my_ask b "INSERT INTO c (id, d) VALUES (101, '😀😀')"
    run ! my_ask b "INSERT INTO c (id, v) VALUES (101, 'a?')"
    run ! my_ask b "INSERT INTO c (id, e1) VALUES (101, '?')"
    run ! my_ask b "INSERT INTO p VALUES ('a ')"
    # Comments are whole, or not there.
    [ "$(my_ask b "SELECT HEX(COLUMN_COMMENT) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND COLUMN_COMMENT LIKE 'plain%'")" = \
        "$(pg_ask a "SELECT upper(encode(convert_to(col_description('c'::regclass, 6), 'UTF8'), 'hex'))")" ]
    [ "$(my_ask b "SELECT COUNT(*) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND COLUMN_COMMENT LIKE '%?%'")" = 0 ]
    [ "$(my_ask b "SELECT CHAR_LENGTH(COLUMN_COMMENT) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'p'")" = 1024 ]
}

@test "from MariaDB to SQLite: keys, defaults, names, character sets" {
    my_new a hostile.mariadb.sql
    ends_with 3 pd ddt --no-native --via sqlite:via.db "$my_url"
    ends_with 3 "$POLYDUMP" copy --no-native --misfit=carrier --names=carry "$my_url" b.db
    says "name of table 't': SQLite cannot hold it beside the others, it is called 't__1'" "sequence 'seq': SQLite has none"
    local columns="HEX(k), HEX(kn), HEX(kc), HEX(kl), HEX(b), HEX(vb), HEX(ch)"
    [ "$(sqlite3 b.db "SELECT hex(k), hex(kn), hex(kc), hex(kl), hex(b), hex(vb), hex(ch) FROM kb ORDER BY hex(k)" | tr '|' '\t' | hex)" = \
        "$(my_ask a "SELECT HEX(k), HEX(kn), HEX(kc), HEX(CONVERT(kl USING utf8mb4)), HEX(b), HEX(vb), HEX(ch) FROM kb ORDER BY HEX(k)" | hex)" ]
    [ "$(sqlite3 b.db "SELECT id FROM z ORDER BY id" | hex)" = "-1;0;5" ]
    sqlite3 b.db "INSERT INTO d (id, ts) VALUES (1, '0000-00-00 00:00:00')"
    [ "$(sqlite3 b.db "SELECT e, s, b3, y, t, ts2, dec1, hex(bn), hex(vb), hex(tx), js, u, i4, i6, hex(q), hex(em), hex(l1), hex(nul), neg, bo, mi FROM d WHERE id = 1")" = \
        "$(sqlite3 b.db "SELECT e, s, b3, y, t, ts2, dec1, hex(bn), hex(vb), hex(tx), js, u, i4, i6, hex(q), hex(em), hex(l1), hex(nul), neg, bo, mi FROM d WHERE id = 0")" ]
    [ "$(sqlite3 b.db "SELECT hex(em), hex(nul), hex(q) FROM d WHERE id = 0" | hex)" = "$(my_ask a "SELECT HEX(em), HEX(nul), HEX(q) FROM d" | tr '\t' '|')" ]
}

@test "from MariaDB to PostgreSQL: keys, defaults, names, character sets" {
    my_new a hostile.mariadb.sql
    pg_new via
    ends_with 3 pd ddt --no-native --via "$pg_url" "$my_url"
    pg_new b
    ends_with 3 "$POLYDUMP" copy --no-native --misfit=carrier --names=carry "$my_url" "$pg_url"
    says "name of column 'ctid' of table 'it's \`a\` \"b\" \\ é'"
    # The text that the column has become has days that no calendar has, and their default.
    [[ "$stderr" != *"default of column 'da'"* ]]
    [ "$(pg_ask b "SELECT encode(convert_to(k, 'UTF8'), 'hex'), encode(convert_to(kn, 'UTF8'), 'hex'), encode(convert_to(kc, 'UTF8'), 'hex'), encode(convert_to(kl, 'UTF8'), 'hex'), encode(b, 'hex'), encode(vb, 'hex') FROM kb ORDER BY k COLLATE \"C\"" | hex)" = \
        "$(my_ask a "SELECT HEX(k), HEX(kn), HEX(kc), HEX(CONVERT(kl USING utf8mb4)), HEX(b), HEX(vb) FROM kb ORDER BY HEX(k)" | tr '\t' '|' | hex)" ]
    pg_ask b "INSERT INTO d (id, ts) VALUES (1, '')"
    [ "$(pg_ask b "SELECT e, s, b3, y, t, ts2, dec1, f, dd, bn, vb, tx, js, u, i4, i6, q, em, l1, nul, neg, bo, mi FROM d WHERE id = 1")" = \
        "$(pg_ask b "SELECT e, s, b3, y, t, ts2, dec1, f, dd, bn, vb, tx, js, u, i4, i6, q, em, l1, nul, neg, bo, mi FROM d WHERE id = 0")" ]
    [ "$(pg_ask b "SELECT encode(convert_to(em, 'UTF8'), 'hex'), encode(nul, 'hex'), encode(convert_to(q, 'UTF8'), 'hex') FROM d WHERE id = 0" | hex)" = "$(my_ask a "SELECT HEX(em), HEX(nul), HEX(q) FROM d" | tr '\t' '|')" ]
    # A counter that goes down.
    [ "$(pg_ask b "SELECT nextval('seq')")" = "$(my_ask a "SELECT NEXTVAL(seq)")" ]
}

@test "text that no other character set can name is refused or kept as its bytes, not taken for other text" {
    my_new a
    my_ask a "CREATE TABLE t (id int PRIMARY KEY, s varchar(10) CHARACTER SET sjis); INSERT INTO t VALUES (1, x'815F'), (2, x'5C')"
    complains 1 "'s'" -- pd copy --misfit=carrier "$my_url" b.db
    only_here
    pg_new b
    complains 1 "'s'" -- pd copy "$my_url" "$pg_url"
    [ "$(pg_ask b "SELECT count(*) FROM pg_class WHERE relname = 't'")" = 0 ]
    ends_with 3 pd copy --misfit=carrier "$my_url" "$pg_url"
    [ "$(pg_ask b "SELECT encode(s, 'hex') FROM t ORDER BY id" | tr '\n' ' ')" = "5c ff623a5c " ]
    my_new b
    ends_with 0 pd copy "$(my_url_of a)" "$my_url"
    [ "$(my_ask b "SELECT HEX(s) FROM t ORDER BY id" | hex)" = "815F;5C" ]
}

@test "what is computed is not rounded on the way from SQLite" {
    database a.db <<'SQL'
CREATE TABLE t (id INTEGER PRIMARY KEY, price DECIMAL(8,2), "p.q""r" INT, gross DECIMAL(8,2) AS (price * 1.06) STORED, half INT AS ("p.q""r" * 0.5), twice INT AS ("p.q""r" * 2), word TEXT AS (coalesce('1.5', 'x')));
INSERT INTO t (id, price, "p.q""r") VALUES (1, 9.99, 3);
SQL
    local plain="the target does not know it, so the column is a plain one, with the values that it has now"
    my_new b
    ends_with 3 "$POLYDUMP" copy a.db "$my_url"
    says "expression of column 'gross' of table 't': $plain" "expression of column 'half' of table 't': $plain"
    [ "$(my_ask b "SELECT gross, half, twice, word FROM t" | tr '\t' '|')" = "10.589400000000001|1.5|6|1.5" ]
    pg_new b
    ends_with 3 "$POLYDUMP" copy a.db "$pg_url"
    says "expression of column 'gross' of table 't': $plain" "expression of column 'twice' of table 't': its values are stored here"
    [ "$(pg_ask b "SELECT gross, half, twice, word FROM t")" = "10.589400000000001|1.5|6|1.5" ]
}

@test "what an engine rounds as it computes it is not computed in SQLite, and told" {
    my_new a
    my_ask a "CREATE TABLE t (id int PRIMARY KEY, price decimal(8,2), gross decimal(8,2) AS (price * 1.06) STORED, half int AS (id * 0.5), twice int AS (id * 2)); INSERT INTO t (id, price) VALUES (3, 9.99)"
    [ "$(my_ask a "SELECT gross, half FROM t" | tr '\t' '|')" = "10.59|2" ]
    ends_with 3 "$POLYDUMP" copy "$my_url" b.db
    says "expression of column 'gross' of table 't': the target does not know it, so the column is a plain one" "expression of column 'half' of table 't': the target does not know it, so the column is a plain one"
    [ "$(sqlite3 b.db "SELECT * FROM t")" = "3|9.99|10.59|2|6" ]
    pd dump "$my_url" a
    ends_with 3 "$POLYDUMP" restore a c.db
    says "generated column 'gross' of 't': SQLite would not round what it computes as the type says" "generated column 'half' of 't': SQLite would not round what it computes as the type says"
    [ "$(sqlite3 c.db "SELECT * FROM t")" = "3|9.99|6" ]
    ends_with 3 pd ddt --via sqlite:via.db "$my_url"
    pg_new b
    ends_with 3 pd copy "$my_url" "$pg_url"
    [ "$(pg_ask b "SELECT gross, half, twice FROM t")" = "10.59|2|6" ]
}
