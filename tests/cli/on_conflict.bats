#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# --into=append with --on-conflict: what becomes of rows whose key is there, in all three engines.

load polydump

teardown()
{
    pg_clean
    my_clean
}

# The same in every engine: an archive "a" of five rows, and a target that has two of them, under
# other values, and one that is its own. Column w does not come with the data.
archive()
{
    database old.db <<'SQL'
CREATE TABLE t (id INTEGER PRIMARY KEY, u TEXT UNIQUE, v TEXT);
INSERT INTO t VALUES (1, 'a', 'one'), (2, 'b', 'two'), (3, 'c', NULL), (4, NULL, 'four'), (5, NULL, 'five');
CREATE TABLE c (id INTEGER PRIMARY KEY, t_id INT REFERENCES t (id));
INSERT INTO c VALUES (1, 1), (2, 5);
SQL
    pd dump old.db a
}

target="CREATE TABLE t (id INTEGER PRIMARY KEY, u VARCHAR(9) UNIQUE, v VARCHAR(9), w INTEGER DEFAULT 7);
CREATE TABLE c (id INTEGER PRIMARY KEY, t_id INTEGER, FOREIGN KEY (t_id) REFERENCES t (id) ON DELETE CASCADE);
INSERT INTO t VALUES (2, 'b', 'old', 20), (3, 'x', 'old', 30), (9, 'z', 'own', 90);
INSERT INTO c VALUES (7, 2), (8, 9);"

skipped="1,a,one,7 2,b,old,20 3,x,old,30 4,-,four,7 5,-,five,7 9,z,own,90"
updated="1,a,one,7 2,b,two,20 3,c,-,30 4,-,four,7 5,-,five,7 9,z,own,90"
children="1,1 2,5 7,2 8,9"

# table_of ENGINE QUERY - rows of the target "new", columns by commas, rows by blanks.
rows_of()
{
    case $1 in
        sqlite) sqlite3 -separator , -nullvalue - new.db "$2" ;;
        postgresql) psql -XAtq -F , -P null=- -d "$(pg_name new)" -c "$2" ;;
        mariadb) my_ask new "$2" | sed 's/NULL/-/g' | tr '\t' , ;;
    esac | tr '\n' ' ' | sed 's/ $//'
}

# target_new ENGINE SQL - make the target; its URL is $new.
target_new()
{
    case $1 in
        sqlite)
            rm -f new.db
            sqlite3 -bail new.db "$2"
            new=new.db
            ;;
        postgresql)
            pg_new new
            pg_ask new "$2"
            new=$pg_url
            ;;
        mariadb)
            my_new new
            my_ask new "$2"
            new=$my_url
            ;;
    esac
}

is()
{
    [ "$1" = "$2" ] || {
        echo "# is: $1" >&2
        echo "# not: $2" >&2
        return 1
    }
}

# counts ENGINE OPTION... - restore a into the target; of t: read, written, updated, skipped.
counts()
{
    ends_with 0 pd restore a "$new" --into=append --json "$@" || return 1
    counted=$(python3 -c 'import json, sys; d = json.load(sys.stdin); t = [t for t in d["tables"] if t["table"] == "t"][0]; print(t["read"], t["written"], t["updated"], t["skipped"], d["rows_updated"], d["rows_skipped"], d["exit_status"])' <<<"$output")
}

skip_case()
{
    archive
    target_new "$1" "$target"
    counts --on-conflict=skip
    is "$counted" "5 3 0 2 0 2 0"
    is "$(rows_of "$1" "SELECT * FROM t ORDER BY id")" "$skipped"
    is "$(rows_of "$1" "SELECT * FROM c ORDER BY id")" "$children"
    # Once more: all are there.
    counts --on-conflict=skip
    is "$counted" "5 0 0 5 0 7 0"
    is "$(rows_of "$1" "SELECT * FROM t ORDER BY id")" "$skipped"
}

update_case()
{
    archive
    target_new "$1" "$target"
    counts --on-conflict=update
    is "$counted" "5 5 2 0 2 0 0"
    is "$(rows_of "$1" "SELECT * FROM t ORDER BY id")" "$updated"
    is "$(rows_of "$1" "SELECT * FROM c ORDER BY id")" "$children"
    counts --on-conflict=update
    is "$counted" "5 5 5 0 7 0 0"
    is "$(rows_of "$1" "SELECT * FROM t ORDER BY id")" "$updated"
}

# Another row has the unique key of one that comes.
other_key_case()
{
    archive
    target_new "$1" "$target"
    case $1 in
        sqlite) sqlite3 new.db "UPDATE t SET u = 'a' WHERE id = 9" ;;
        postgresql) pg_ask new "UPDATE t SET u = 'a' WHERE id = 9" ;;
        mariadb) my_ask new "UPDATE t SET u = 'a' WHERE id = 9" ;;
    esac
    complains 1 "table 't'" "1 row was refused" "the first is row 1:" "another primary key" "correct the source" -- \
        pd restore a "$new" --into=append --on-conflict=update
    is "$(rows_of "$1" "SELECT * FROM t ORDER BY id")" "2,b,old,20 3,x,old,30 9,a,own,90"
    is "$(rows_of "$1" "SELECT * FROM c ORDER BY id")" "7,2 8,9"
    # Now one of the rows that are there wants it: id 3 shall get u = 'c'.
    case $1 in
        sqlite) sqlite3 new.db "UPDATE t SET u = 'c' WHERE id = 9" ;;
        postgresql) pg_ask new "UPDATE t SET u = 'c' WHERE id = 9" ;;
        mariadb) my_ask new "UPDATE t SET u = 'c' WHERE id = 9" ;;
    esac
    complains 1 "table 't'" "1 row was refused" "the first is row 3:" "another primary key" -- \
        pd restore a "$new" --into=append --on-conflict=update
    is "$(rows_of "$1" "SELECT * FROM t ORDER BY id")" "2,b,old,20 3,x,old,30 9,c,own,90"
    # With skip any key counts.
    counts --on-conflict=skip --exclude c
    is "$counted" "5 3 0 2 0 2 0"
    is "$(rows_of "$1" "SELECT * FROM t ORDER BY id")" "1,a,one,7 2,b,old,20 3,x,old,30 4,-,four,7 5,-,five,7 9,c,own,90"
}

# The data has a key twice, which its own database let it.
double_case()
{
    database old.db <<'SQL'
CREATE TABLE t (id INT, u TEXT, v TEXT);
INSERT INTO t VALUES (1, 'a', 'one'), (2, 'b', 'two'), (2, 'c', 'again'), (3, 'a', 'three');
SQL
    pd dump old.db a
    target_new "$1" "CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, u VARCHAR(9) UNIQUE, v VARCHAR(9)); INSERT INTO t VALUES (2, 'y', 'old'), (7, 'q', 'old');"
    local how
    for how in skip update; do
        complains 1 "table 't'" "2 rows were refused" "the first is row 3:" "a row before it in the data has the same key" -- \
            pd restore a "$new" --into=append --on-conflict=$how
        is "$(rows_of "$1" "SELECT * FROM t ORDER BY id")" "2,y,old 7,q,old"
    done
}

# skip and update forgive a key and nothing else.
constraints_case()
{
    database old.db <<'SQL'
CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT, n INT);
INSERT INTO t VALUES (1, 'one', 1), (2, 'two', -2), (3, NULL, 3);
SQL
    pd dump old.db a
    target_new "$1" "CREATE TABLE t (id INTEGER PRIMARY KEY, v VARCHAR(9) NOT NULL, n INTEGER, CONSTRAINT above CHECK (n > 0)); INSERT INTO t VALUES (2, 'old', 5), (3, 'old', 5);"
    local how
    for how in skip update; do
        complains 1 "table 't'" "2 rows were refused" "the first is row 2:" -- \
            pd restore a "$new" --into=append --on-conflict=$how
        is "$(rows_of "$1" "SELECT * FROM t ORDER BY id")" "2,old,5 3,old,5"
    done
}

refusals_case()
{
    database old.db <<'SQL'
CREATE TABLE t (a INT, b TEXT);
INSERT INTO t VALUES (1, 'x'), (2, 'y');
SQL
    pd dump old.db a
    target_new "$1" "CREATE TABLE t (a INTEGER, b VARCHAR(9)); INSERT INTO t VALUES (1, 'old');"
    local how
    for how in skip update; do
        complains 1 "table 't'" "key" "--on-conflict=error" -- pd restore a "$new" --into=append --on-conflict=$how
        ends_with 1 "$POLYDUMP" plan a "$new" --into=append --on-conflict=$how
        grep -q "table 't'.*key.*--on-conflict=error" <<<"$output$stderr"
        is "$(rows_of "$1" "SELECT * FROM t ORDER BY a")" "1,old"
    done
    complains 2 "--on-conflict=skip" "--into=append" -- pd restore a "$new" --on-conflict=skip
    complains 2 "--on-conflict=update" "--into=append" -- pd restore a "$new" --into=truncate --on-conflict=update
    complains 2 "on-conflict" replace -- pd restore a "$new" --into=append --on-conflict=replace
}

@test "skip: SQLite" { skip_case sqlite; }
@test "skip: PostgreSQL" { skip_case postgresql; }
@test "skip: MariaDB" { skip_case mariadb; }
@test "update: SQLite" { update_case sqlite; }
@test "update: PostgreSQL" { update_case postgresql; }
@test "update: MariaDB" { update_case mariadb; }
@test "another row has the unique key: SQLite" { other_key_case sqlite; }
@test "another row has the unique key: PostgreSQL" { other_key_case postgresql; }
@test "another row has the unique key: MariaDB" { other_key_case mariadb; }
@test "the data has a key twice: SQLite" { double_case sqlite; }
@test "the data has a key twice: PostgreSQL" { double_case postgresql; }
@test "the data has a key twice: MariaDB" { double_case mariadb; }
@test "NOT NULL and checks stay errors: SQLite" { constraints_case sqlite; }
@test "NOT NULL and checks stay errors: PostgreSQL" { constraints_case postgresql; }
@test "NOT NULL and checks stay errors: MariaDB" { constraints_case mariadb; }
@test "tables without a key are refused, by plan too: SQLite" { refusals_case sqlite; }
@test "tables without a key are refused, by plan too: PostgreSQL" { refusals_case postgresql; }
@test "tables without a key are refused, by plan too: MariaDB" { refusals_case mariadb; }
