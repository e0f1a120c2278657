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
    ends_with 0 "$POLYDUMP" restore a "$new" --into=append --on-conflict=skip
    grep -q "restored 2 tables, 0 rows in " <<<"$stderr"
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
    complains 1 "table 't': column 'v', row with id = '3': NULL does not fit" "the column forbids NULL" -- \
        pd restore a "$new" --into=append --on-conflict=skip
    sqlite3 old.db "UPDATE t SET v = 'three', n = -3 WHERE id = 3"
    pd dump --replace old.db a
    for how in skip update; do
        complains 1 "table 't'" "2 rows were refused" "the first is row 2:" above -- \
            pd restore a "$new" --into=append --on-conflict=$how
        [[ "$stderr" != *'pd$'* && "$stderr" != *"Failing row"* ]]
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

# keyless ENGINE - tables without a key: written where the target has no row, or loses what it has.
keyless_case()
{
    sqlite3 l.db "CREATE TABLE l (v TEXT); INSERT INTO l VALUES ('a'), ('b'), ('a'), (NULL); CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1), (2)"
    target_new "$1" "CREATE TABLE l (v VARCHAR(9)); CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (2)"
    ends_with 0 "$POLYDUMP" plan l.db "$new" --into=append --on-conflict=skip
    ends_with 0 pd copy l.db "$new" --into=append --on-conflict=skip
    is "- a a b" "$(rows_of "$1" "SELECT v FROM l ORDER BY v IS NOT NULL, v")"
    is "1 2" "$(rows_of "$1" "SELECT id FROM t ORDER BY id")"
    complains 1 "table 'l' of the target has no primary or unique key" "--policy 'l=skip'" "--exclude 'l'" "--on-conflict=error" -- \
        pd copy l.db "$new" --into=append --on-conflict=skip
    ends_with 0 pd copy l.db "$new" --into=append --on-conflict=skip --policy l=skip
    is "- a a b" "$(rows_of "$1" "SELECT v FROM l ORDER BY v IS NOT NULL, v")"
    ends_with 0 pd copy l.db "$new" --into=append --on-conflict=skip --exclude l
    sqlite3 l.db "DELETE FROM l WHERE v = 'b'"
    ends_with 0 "$POLYDUMP" plan l.db "$new" --into=append --on-conflict=skip --policy l=replace
    ends_with 0 pd copy l.db "$new" --into=append --on-conflict=skip --policy l=replace
    is "- a a" "$(rows_of "$1" "SELECT v FROM l ORDER BY v IS NOT NULL, v")"
    complains 1 "table 'l' of the target has no primary key" "--on-conflict=error" -- pd copy l.db "$new" --into=append --on-conflict=update
}

@test "tables without a key where none is needed: SQLite" { keyless_case sqlite; }
@test "tables without a key where none is needed: PostgreSQL" { keyless_case postgresql; }
@test "tables without a key where none is needed: MariaDB" { keyless_case mariadb; }

# ---- What keys are like ----

@test "keys of SQLite: collations, WITHOUT ROWID, expressions, partial ones, clauses of their own" {
    local tables="CREATE TABLE n (k TEXT COLLATE NOCASE PRIMARY KEY, v TEXT) WITHOUT ROWID;
CREATE TABLE m (a TEXT, b INT, v TEXT, PRIMARY KEY (a COLLATE NOCASE, b));
CREATE TABLE e (id INTEGER PRIMARY KEY, name TEXT, gone INT, g TEXT AS (upper(name)) STORED);
CREATE UNIQUE INDEX e_name ON e (lower(name)) WHERE gone = 0;
CREATE TABLE o (id INTEGER PRIMARY KEY ON CONFLICT REPLACE, u TEXT UNIQUE ON CONFLICT IGNORE, v TEXT NOT NULL ON CONFLICT REPLACE DEFAULT 'd');
CREATE TABLE \"a \"\"b\" (\"x y\" INT, \"select\" TEXT, PRIMARY KEY (\"x y\", \"select\"));
CREATE TRIGGER e_trigger BEFORE UPDATE ON e BEGIN DELETE FROM n; END;
CREATE TRIGGER n_trigger BEFORE INSERT ON n BEGIN SELECT raise(ABORT, 'no'); END;"
    database old.db <<<"$tables
DROP TRIGGER n_trigger;
INSERT INTO n VALUES ('A', 'new'), ('c', 'new');
INSERT INTO m VALUES ('A', 1, 'new'), ('A', 2, 'new'), (NULL, 1, 'new');
INSERT INTO e VALUES (1, 'Ann', 0), (2, 'BOB', 0), (3, 'bob', 1);
INSERT INTO o VALUES (1, 'a', 'new'), (2, 'b', 'new');
INSERT INTO \"a \"\"b\" VALUES (1, 's'), (2, 's');"
    pd dump old.db a
    database new.db <<<"$tables
DROP TRIGGER n_trigger;
INSERT INTO n VALUES ('a', 'old'), ('b', 'old');
CREATE TRIGGER n_trigger BEFORE INSERT ON n BEGIN SELECT raise(ABORT, 'no'); END;
INSERT INTO m VALUES ('a', 1, 'old'), (NULL, 1, 'old');
INSERT INTO e VALUES (1, 'old', 0), (7, 'Bob', 0);
INSERT INTO o VALUES (1, 'old', 'old');
INSERT INTO \"a \"\"b\" VALUES (1, 's'), (3, 's');"
    new=new.db
    cp new.db kept.db
    ends_with 0 pd restore a new.db --into=append --on-conflict=skip --no-native
    is "$(rows_of sqlite "SELECT * FROM n ORDER BY k")" "a,old b,old c,new"
    is "$(rows_of sqlite "SELECT * FROM m ORDER BY b, a, v")" "-,1,new -,1,old a,1,old A,2,new"
    # 'BOB' is there under another case, and the 'bob' that is gone does not count.
    is "$(rows_of sqlite "SELECT * FROM e ORDER BY id")" "1,old,0,OLD 3,bob,1,BOB 7,Bob,0,BOB"
    is "$(rows_of sqlite "SELECT * FROM o ORDER BY id")" "1,old,old 2,b,new"
    is "$(rows_of sqlite "SELECT * FROM \"a \"\"b\" ORDER BY 1")" "1,s 2,s 3,s"
    cp kept.db new.db
    complains 1 "table 'e'" "row 2:" "another primary key" -- \
        pd restore a new.db --into=append --on-conflict=update --no-native
    cmp kept.db new.db
    sqlite3 new.db ".dbconfig enable_trigger off" "UPDATE e SET gone = 1 WHERE id = 7"
    ends_with 0 pd restore a new.db --into=append --on-conflict=update --no-native
    is "$(rows_of sqlite "SELECT * FROM n ORDER BY k")" "a,new b,old c,new"
    is "$(rows_of sqlite "SELECT * FROM m ORDER BY b, a, v")" "-,1,new -,1,old a,1,new A,2,new"
    is "$(rows_of sqlite "SELECT * FROM e ORDER BY id")" "1,Ann,0,ANN 2,BOB,0,BOB 3,bob,1,BOB 7,Bob,1,BOB"
    is "$(rows_of sqlite "SELECT * FROM o ORDER BY id")" "1,a,new 2,b,new"
    is "$(rows_of sqlite "SELECT * FROM \"a \"\"b\" ORDER BY 1")" "1,s 2,s 3,s"
    is "$(sqlite3 new.db "PRAGMA integrity_check")" ok
}

@test "keys of PostgreSQL: expressions, partial ones, collations, identities, partitions" {
    local tables="CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE n (k text COLLATE ci PRIMARY KEY, v text);
CREATE TABLE m (a text, b int, v text, UNIQUE (b, a));
CREATE TABLE e (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, gone boolean, g text GENERATED ALWAYS AS (upper(name)) STORED, j json, p point, x int[]);
CREATE UNIQUE INDEX e_name ON e (lower(name), (1 + 1)) WHERE NOT gone;
CREATE TABLE p (id int, \"Day\" int, v text, PRIMARY KEY (\"Day\", id)) PARTITION BY RANGE (\"Day\");
CREATE TABLE p_1 PARTITION OF p FOR VALUES FROM (0) TO (10);
CREATE TABLE p_2 PARTITION OF p FOR VALUES FROM (10) TO (20);
CREATE FUNCTION fired() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.name = ''fired''; RETURN NEW; END';
CREATE TRIGGER e_trigger BEFORE INSERT OR UPDATE ON e FOR EACH ROW EXECUTE FUNCTION fired();"
    pg_new old
    pg_ask old "$tables
ALTER TABLE e DISABLE TRIGGER e_trigger;
INSERT INTO n VALUES ('A', 'new'), ('c', 'new');
INSERT INTO m VALUES ('A', 1, 'new'), ('A', 2, 'new'), (NULL, 1, 'new');
INSERT INTO e (id, name, gone) OVERRIDING SYSTEM VALUE VALUES (1, 'Ann', false), (2, 'BOB', false), (3, 'bob', true);
UPDATE e SET j = '{\"a\": 1}', p = '(1,2)', x = '{1,2}' WHERE id = 1;
INSERT INTO p VALUES (1, 5, 'new'), (1, 15, 'new'), (2, 15, 'new');"
    pd dump "$pg_url" a
    pg_new new
    pg_ask new "$tables
ALTER TABLE e DISABLE TRIGGER e_trigger;
INSERT INTO n VALUES ('a', 'old'), ('b', 'old');
INSERT INTO m VALUES ('A', 1, 'old'), (NULL, 1, 'old');
INSERT INTO e (id, name, gone) OVERRIDING SYSTEM VALUE VALUES (1, 'old', false), (7, 'Bob', false);
INSERT INTO p VALUES (1, 5, 'old'), (1, 15, 'old'), (3, 1, 'old');
ALTER TABLE e ENABLE TRIGGER e_trigger;"
    ends_with 0 pd restore a "$pg_url" --into=append --on-conflict=skip --no-native
    is "$(rows_of postgresql "SELECT * FROM n ORDER BY k")" "a,old b,old c,new"
    is "$(rows_of postgresql "SELECT * FROM m ORDER BY a, b, v")" "A,1,old A,2,new -,1,new -,1,old"
    is "$(rows_of postgresql "SELECT id, name, gone, g FROM e ORDER BY id")" "1,old,f,OLD 3,bob,t,BOB 7,Bob,f,BOB"
    is "$(rows_of postgresql "SELECT tableoid::regclass, id, v FROM p ORDER BY 1, 2")" "p_1,1,old p_1,3,old p_2,1,old p_2,2,new"
    is "$(pg_ask new "SELECT tgenabled FROM pg_trigger WHERE tgname = 'e_trigger'")" O
    complains 1 "table 'm'" "no primary key" -- pd restore a "$pg_url" --into=append --on-conflict=update --no-native
    complains 1 "table 'e'" "row 1:" "another primary key" "(lower(name), (1 + 1))=(bob, 2)" -- \
        pd restore a "$pg_url" --into=append --on-conflict=update --no-native --exclude m
    is "$(rows_of postgresql "SELECT v FROM n ORDER BY k")" "old old new"
    pg_ask new "ALTER TABLE e DISABLE TRIGGER e_trigger; UPDATE e SET gone = true WHERE id = 7; ALTER TABLE e ENABLE TRIGGER e_trigger"
    ends_with 0 pd restore a "$pg_url" --into=append --on-conflict=update --no-native --exclude m
    is "$(rows_of postgresql "SELECT * FROM n ORDER BY k")" "a,new b,old c,new"
    is "$(rows_of postgresql "SELECT * FROM e ORDER BY id")" "1,Ann,f,ANN,{\"a\": 1},(1,2),{1,2} 2,BOB,f,BOB,-,-,- 3,bob,t,BOB,-,-,- 7,Bob,t,BOB,-,-,-"
    is "$(rows_of postgresql "SELECT tableoid::regclass, id, v FROM p ORDER BY 1, 2")" "p_1,1,new p_1,3,old p_2,1,new p_2,2,new"
    pg_ask new "ALTER TABLE n DROP CONSTRAINT n_pkey, ADD PRIMARY KEY (k) DEFERRABLE"
    complains 1 "'n_pkey'" "'n'" deferrable -- pd restore a "$pg_url" --into=append --on-conflict=skip --no-native
    pg_ask new "ALTER TABLE e DROP CONSTRAINT e_pkey, ALTER gone SET NOT NULL, ADD PRIMARY KEY (gone, name)"
    complains 1 "'id'" "'e'" "GENERATED ALWAYS" -- pd restore a "$pg_url" --into=append --on-conflict=update --no-native --only e
}

@test "keys of MariaDB: collations, beginnings, computed columns, partitions, what the server sets by itself" {
    local tables="CREATE TABLE n (k varchar(9) COLLATE utf8mb4_general_ci PRIMARY KEY, v text, FULLTEXT (v));
CREATE TABLE m (a varchar(9), b int, v text, UNIQUE (b, a));
CREATE TABLE e (id int AUTO_INCREMENT PRIMARY KEY, name varchar(20), g varchar(20) AS (lower(name)) VIRTUAL, j json, d decimal(9,2), f float, t datetime(3), y year, b blob, UNIQUE KEY of_g (g(2)));
CREATE TABLE p (id int, d int, v text, PRIMARY KEY (d, id)) PARTITION BY RANGE (d) (PARTITION p1 VALUES LESS THAN (10), PARTITION p2 VALUES LESS THAN (20));
CREATE TABLE h (id int PRIMARY KEY, v varchar(9), w timestamp NOT NULL DEFAULT '2020-01-01' ON UPDATE current_timestamp);
CREATE TABLE \`a \`\`b\` (\`x y\` int, \`select\` varchar(9), PRIMARY KEY (\`x y\`, \`select\`));"
    my_new old
    my_ask old "$tables
ALTER TABLE h DROP COLUMN w;
INSERT INTO n VALUES ('A', 'new'), ('c', 'new');
INSERT INTO m VALUES ('A', 1, 'new'), ('A', 2, 'new'), (NULL, 1, 'new');
INSERT INTO e (id, name, j, d, f, t, y, b) VALUES (1, 'Ann', '{\"a\": 1}', 1.50, 1.1, '2024-02-29 12:00:00.125', 1999, 0xff00), (2, 'BOB', NULL, NULL, NULL, NULL, NULL, NULL), (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO p VALUES (1, 5, 'new'), (1, 15, 'new'), (2, 15, 'new');
INSERT INTO h VALUES (1, 'new'), (2, 'new');
INSERT INTO \`a \`\`b\` VALUES (1, 's'), (2, 's');"
    pd dump "$my_url" a
    my_new new
    my_ask new "$tables
INSERT INTO n VALUES ('a', 'old'), ('b', 'old');
INSERT INTO m VALUES ('a', 1, 'old'), (NULL, 1, 'old');
INSERT INTO e (id, name) VALUES (1, 'old'), (7, 'Borg');
INSERT INTO p VALUES (1, 5, 'old'), (1, 15, 'old'), (3, 1, 'old');
INSERT INTO h VALUES (1, 'old', '2021-01-01');
INSERT INTO \`a \`\`b\` VALUES (1, 's'), (3, 's');"
    ends_with 0 pd restore a "$my_url" --into=append --on-conflict=skip
    is "$(rows_of mariadb "SELECT * FROM n ORDER BY k")" "a,old b,old c,new"
    is "$(rows_of mariadb "SELECT * FROM m ORDER BY a, b, v")" "-,1,new -,1,old a,1,old A,2,new"
    is "$(rows_of mariadb "SELECT id, name, g FROM e ORDER BY id")" "1,old,old 3,-,- 7,Borg,borg"
    is "$(rows_of mariadb "SELECT * FROM p ORDER BY d, id")" "3,1,old 1,5,old 1,15,old 2,15,new"
    is "$(rows_of mariadb "SELECT * FROM h ORDER BY id")" "1,old,2021-01-01 00:00:00 2,new,2020-01-01 00:00:00"
    is "$(rows_of mariadb "SELECT * FROM \`a \`\`b\` ORDER BY 1")" "1,s 2,s 3,s"
    complains 1 "table 'm'" "no primary key" -- pd restore a "$my_url" --into=append --on-conflict=update
    complains 1 "table 'e'" "row 2:" "another primary key" of_g -- \
        pd restore a "$my_url" --into=append --on-conflict=update --exclude m
    is "$(rows_of mariadb "SELECT v FROM n ORDER BY k")" "old old new"
    my_ask new "UPDATE e SET name = 'x' WHERE id = 7"
    ends_with 0 pd restore a "$my_url" --into=append --on-conflict=update --exclude m
    is "$(rows_of mariadb "SELECT * FROM n ORDER BY k")" "a,new b,old c,new"
    is "$(rows_of mariadb "SELECT id, name, g, j, d, f, t, y, hex(b) FROM e ORDER BY id")" "1,Ann,ann,{\"a\": 1},1.50,1.1,2024-02-29 12:00:00.125,1999,FF00 2,BOB,bob,-,-,-,-,-,- 3,-,-,-,-,-,-,-,- 7,x,x,-,-,-,-,-,-"
    is "$(rows_of mariadb "SELECT * FROM p ORDER BY d, id")" "3,1,old 1,5,new 1,15,new 2,15,new"
    is "$(rows_of mariadb "SELECT * FROM h ORDER BY id")" "1,new,2021-01-01 00:00:00 2,new,2020-01-01 00:00:00"
}

# ---- Many rows, long values ----

# 40,000 rows, of which the target has every third; the data of "twice" has the first once more at its
# end, many batches later.
many()
{
    database old.db <<'SQL'
CREATE TABLE t (id INT, u INT, v TEXT);
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000) INSERT INTO t SELECT i, i * 10, 'new' || i FROM n;
SQL
    pd dump old.db a
    sqlite3 old.db "INSERT INTO t SELECT id, -1, 'twice' FROM t WHERE rowid = 1"
    pd dump old.db twice
    case $1 in
        postgresql) series="SELECT i, i * 10, 'old' FROM generate_series(3, 40000, 3) AS s(i)" ;;
        mariadb) series="SELECT seq, seq * 10, 'old' FROM seq_3_to_40000_step_3" ;;
        sqlite) series="WITH RECURSIVE n (i) AS (SELECT 3 UNION ALL SELECT i + 3 FROM n WHERE i < 39999) SELECT i, i * 10, 'old' FROM n" ;;
    esac
    target_new "$1" "CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, u INTEGER UNIQUE, v VARCHAR(20)); INSERT INTO t $series; INSERT INTO t VALUES (-7, 200000, 'own');"
    all="SELECT count(*), sum(CASE v WHEN 'old' THEN 1 ELSE 0 END), sum(CASE v WHEN $2 THEN 1 ELSE 0 END) FROM t"
}

many_case()
{
    local concat="'new' || id"
    [ "$1" != mariadb ] || concat="concat('new', id)"
    many "$1" "$concat"
    is "$(rows_of "$1" "$all")" "13334,13333,0"
    # Row 20000 has a key that a row there has under another primary key.
    complains 1 "table 't'" "1 row was refused" "the first is row 20000:" "another primary key" -- \
        pd restore a "$new" --into=append --on-conflict=update
    complains 1 "table 't'" "1 row was refused" "the first is row 40001:" "a row before it in the data" -- \
        pd restore twice "$new" --into=append --on-conflict=skip
    is "$(rows_of "$1" "$all")" "13334,13333,0"
    counts --on-conflict=skip
    is "$counted" "40000 26666 0 13334 0 13334 0"
    is "$(rows_of "$1" "$all")" "40000,13333,26666"
    case $1 in
        sqlite) sqlite3 new.db "UPDATE t SET u = -9 WHERE id = -7; DELETE FROM t WHERE id > 30000" ;;
        postgresql) pg_ask new "UPDATE t SET u = -9 WHERE id = -7; DELETE FROM t WHERE id > 30000" ;;
        mariadb) my_ask new "UPDATE t SET u = -9 WHERE id = -7; DELETE FROM t WHERE id > 30000" ;;
    esac
    counts --on-conflict=update
    is "$counted" "40000 40000 29999 0 29999 0 0"
    is "$(rows_of "$1" "$all")" "40001,0,40000"
}

@test "many rows: SQLite" { many_case sqlite; }
@test "many rows: PostgreSQL" { many_case postgresql; }
@test "many rows: MariaDB" { many_case mariadb; }

long_case()
{
    database old.db <<'SQL'
CREATE TABLE t (id INTEGER PRIMARY KEY, b BLOB, v TEXT);
INSERT INTO t VALUES (1, zeroblob(9000000), 'new'), (2, zeroblob(6000000), 'new'), (3, x'00ff', 'new');
UPDATE t SET v = hex(zeroblob(3000000)) WHERE id = 2;
SQL
    pd dump old.db a
    target_new "$1" "CREATE TABLE t (id INTEGER PRIMARY KEY, b $2, v $3); INSERT INTO t VALUES (1, '', 'old');"
    counts --on-conflict=skip
    is "$counted" "3 2 0 1 0 1 0"
    is "$(rows_of "$1" "SELECT id, length(b), length(v) FROM t ORDER BY id")" "1,0,3 2,6000000,6000000 3,2,3"
    counts --on-conflict=update
    is "$counted" "3 3 3 0 3 0 0"
    is "$(rows_of "$1" "SELECT id, length(b), length(v) FROM t ORDER BY id")" "1,9000000,3 2,6000000,6000000 3,2,3"
}

@test "long values: SQLite" { long_case sqlite BLOB TEXT; }
@test "long values: PostgreSQL" { long_case postgresql bytea text; }
@test "long values: MariaDB" { long_case mariadb longblob longtext; }

# ---- Keys that the target makes itself ----

# The number of a row does not come with the data: new rows get one, and those that are there are
# found by another key, or not at all.
numbered_case()
{
    database old.db <<'SQL'
CREATE TABLE t (k INT, v TEXT);
INSERT INTO t VALUES (4, 'new'), (5, 'new'), (6, 'new'), (NULL, 'new');
SQL
    pd dump old.db a
    target_new "$1" "CREATE TABLE t (id $2, k INTEGER UNIQUE, v VARCHAR(9), w VARCHAR(9) DEFAULT 'w'); INSERT INTO t (k, v) VALUES (4, 'old'), (1, 'old'), (NULL, 'old');"
    complains 1 "'id'" "'t'" "primary key" "does not come" -- pd restore a "$new" --into=append --on-conflict=update
    counts --on-conflict=skip
    is "$counted" "4 3 0 1 0 1 0"
    is "$(rows_of "$1" "SELECT * FROM t ORDER BY id")" "1,4,old,w 2,1,old,w 3,-,old,w 4,5,new,w 5,6,new,w 6,-,new,w"
}

@test "a key that does not come: SQLite" { numbered_case sqlite "INTEGER PRIMARY KEY"; }
@test "a key that does not come: PostgreSQL" { numbered_case postgresql "integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY"; }
@test "a key that does not come: MariaDB" { numbered_case mariadb "integer AUTO_INCREMENT PRIMARY KEY"; }

@test "rows that others point to: cascades of the server, and none that would break a key" {
    database old.db <<<"CREATE TABLE p (id INTEGER PRIMARY KEY, u INT UNIQUE); INSERT INTO p VALUES (1, 10), (2, 20);"
    pd dump old.db a
    local tables="CREATE TABLE p (id INTEGER PRIMARY KEY, u INTEGER UNIQUE); INSERT INTO p VALUES (1, 11);
CREATE TABLE c (id INTEGER PRIMARY KEY, u INTEGER, CONSTRAINT to_p FOREIGN KEY (u) REFERENCES p (u) ON UPDATE CASCADE); INSERT INTO c VALUES (1, 11);"
    target_new postgresql "$tables"
    ends_with 0 pd restore a "$new" --into=append --on-conflict=update
    is "$(rows_of postgresql "SELECT * FROM p ORDER BY 1")" "1,10 2,20"
    is "$(rows_of postgresql "SELECT * FROM c")" "1,10"
    target_new mariadb "$tables"
    complains 1 "'to_p'" "'c'" -- pd restore a "$new" --into=append --on-conflict=update
    is "$(rows_of mariadb "SELECT * FROM p ORDER BY 1")" "1,11"
    # What a trigger that may fire makes of a row is its own doing.
    my_ask new "DELETE FROM c; CREATE TRIGGER b BEFORE UPDATE ON p FOR EACH ROW SET NEW.u = NEW.u + 1000"
    complains 1 "trigger 'b' of table 'p'" "--triggers=fire" -- pd restore a "$new" --into=append --on-conflict=update
    ends_with 0 pd restore a "$new" --into=append --on-conflict=update --triggers=fire
    is "$(rows_of mariadb "SELECT * FROM p ORDER BY 1")" "1,1010 2,20"
}

# ---- Rights ----

@test "rights that are missing are named before the first row" {
    archive
    target_new mariadb "$target"
    local user="${BATS_ROOT_PID}_$BATS_SUITE_TEST_NUMBER"
    my -e "CREATE USER u_$user@localhost; GRANT SELECT, INSERT ON $(my_name new).* TO u_$user@localhost"
    local url="mariadb://u_$user@localhost/$(my_name new)?socket=$POLYDUMP_TEST_MARIADB_SOCKET"
    run --separate-stderr pd restore a "$url" --into=append --on-conflict=skip
    local said=$stderr
    my -e "GRANT CREATE TEMPORARY TABLES ON $(my_name new).* TO u_$user@localhost"
    run --separate-stderr pd restore a "$url" --into=append --on-conflict=update
    local update_said=$stderr
    run --separate-stderr pd restore a "$url" --into=append --on-conflict=skip
    my -e "DROP USER u_$user@localhost"
    [ "$said" = "polydump: --on-conflict wants temporary tables, which the user may not make here: GRANT CREATE TEMPORARY TABLES, or use --on-conflict=error" ]
    [[ "$update_said" == "polydump: table 't': while rows were written: UPDATE command denied"* ]]
    is "$status$stderr" 0
    is "$(rows_of mariadb "SELECT * FROM t ORDER BY id")" "$skipped"
    target_new postgresql "$target"
    pg_ask new "REVOKE TEMPORARY ON DATABASE $(pg_name new) FROM PUBLIC; CREATE ROLE r_$user LOGIN; GRANT SELECT, INSERT ON t, c TO r_$user"
    run --separate-stderr pd restore a "postgresql://r_$user@/$(pg_name new)?host=$PGHOST" --into=append --on-conflict=skip
    pg_clean
    psql -q -d postgres -c "DROP ROLE r_$user"
    is "$stderr" "polydump: --on-conflict wants temporary tables, which the user may not make here: GRANT TEMPORARY ON DATABASE, or use --on-conflict=error"
}

# ---- Nothing is only said ----

@test "rows that the target loses on their way end the run" {
    archive
    target_new postgresql "$target"
    pg_ask new "CREATE RULE lost AS ON UPDATE TO t DO INSTEAD NOTHING"
    complains 4 "table 't'" "of 5 rows 3 were added and 0 were there" -- pd restore a "$new" --into=append --on-conflict=update
    is "$(rows_of postgresql "SELECT * FROM t ORDER BY id")" "2,b,old,20 3,x,old,30 9,z,own,90"
    # But what a trigger that may fire makes of them is its own doing, be it a partition's.
    pg_new part
    pg_ask part "CREATE TABLE t (id integer PRIMARY KEY, u text, v text) PARTITION BY RANGE (id); CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM (0) TO (100);
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.v = ''fired''; RETURN NEW; END';
INSERT INTO t VALUES (4, 'old', 'old'); CREATE TRIGGER f BEFORE UPDATE ON t_1 FOR EACH ROW EXECUTE FUNCTION f();"
    ends_with 0 pd restore a "$pg_url" --into=append --on-conflict=update --only t --triggers=fire
    [ "$(pg_ask part "SELECT v FROM t WHERE id = 4")" = fired ]
    ends_with 0 pd restore a "$pg_url" --into=append --on-conflict=update --only t
    [ "$(pg_ask part "SELECT v FROM t WHERE id = 4")" = four ]
}
