#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Policies of tables: rows that stay behind, rows that the application makes itself under other keys,
# and rows that take the place of others; what would be lost is refused before anything is written.

load polydump

teardown()
{
    pg_clean
    my_clean
}

tables="CREATE TABLE kind (id integer PRIMARY KEY, app varchar(20) NOT NULL, name varchar(20));
CREATE TABLE thing (id integer PRIMARY KEY, kind_id integer REFERENCES kind (id), title varchar(20));
CREATE TABLE session (id integer PRIMARY KEY, data varchar(20));
CREATE TABLE visit (id integer PRIMARY KEY, session_id integer REFERENCES session (id));"
old_rows="INSERT INTO kind VALUES (1, 'a', 'x'), (2, 'a', 'y'), (3, 'b', 'x');
INSERT INTO thing VALUES (10, 1, 'one'), (20, 2, 'two'), (30, NULL, 'none'), (40, 1, 'four');
INSERT INTO session VALUES (7, 's'); INSERT INTO visit VALUES (1, NULL), (2, NULL);"
new_rows="INSERT INTO kind VALUES (5, 'b', 'x'), (6, 'a', 'y'), (7, 'a', 'x'), (8, 'c', 'z');"

# make ENGINE NAME SQL - a database; its URL is $url.
make()
{
    case $1 in
    sqlite)
        database "$2.db" <<<"$3"
        url=$2.db
        ;;
    postgresql)
        pg_new "$2"
        pg_ask "$2" "$3" >/dev/null
        url=$pg_url
        ;;
    mariadb)
        my_new "$2"
        my_ask "$2" "$3"
        url=$my_url
        ;;
    esac
}

# ask ENGINE NAME SQL - columns apart by bars, rows by spaces.
ask()
{
    case $1 in
    sqlite) sqlite3 -nullvalue NULL "$2.db" "$3" ;;
    postgresql) psql -XAtq -P null=NULL -d "$(pg_name "$2")" -c "$3" ;;
    mariadb) (set -o pipefail && my_ask "$2" "$3" | tr '\t' '|') ;;
    esac | tr '\n' ' '
}

# worlds ENGINE [SQL [SQL]] - the old database in an archive "a", whose URL is $old, and the new one at
# $url; each with some more statements.
worlds()
{
    make "$1" old "$tables $old_rows ${2-}"
    old=$url
    pd dump "$old" a
    make "$1" new "$tables $new_rows ${3-}"
}

recreate=(--policy 'kind=recreate:app,name')

@test "the example of the manual does what it says" {
    awk -f "$cli_folder/doc_example.awk" "$cli_folder/../../doc/policies.md"
    PATH=$(dirname "$POLYDUMP"):$PATH sh -e run.sh >got.txt
    diff output.txt got.txt
}

# ---- recreate ----

rows_of_kinds_are_found_again()
{
    worlds "$1"
    ends_with 0 "$POLYDUMP" restore a "$url" --into=append "${recreate[@]}" --policy session=skip
    [[ "$stderr" == *"policy recreate (--policy), table 'kind': the application makes its rows, those of the source are not written; references to it ('thing.kind_id') are looked up again by 'app', 'name': 3 rows, 0 of which the target does not have"* ]]
    [ "$(ask "$1" new "SELECT id, kind_id, title FROM thing ORDER BY id")" = "10|7|one 20|6|two 30|NULL|none 40|7|four " ]
    [ "$(ask "$1" new "SELECT id, app, name FROM kind ORDER BY id")" = "5|b|x 6|a|y 7|a|x 8|c|z " ]
    [ "$(ask "$1" new "SELECT count(*) FROM session")" = "0 " ]
}

@test "rows that SQLite has under other keys are found again" {
    rows_of_kinds_are_found_again sqlite
}

@test "rows that PostgreSQL has under other keys are found again" {
    rows_of_kinds_are_found_again postgresql
}

@test "rows that MariaDB has under other keys are found again" {
    rows_of_kinds_are_found_again mariadb
}

@test "a stream, a copy and an archive of another engine find them, too" {
    worlds sqlite
    pd dump old.db - >s
    quietly 0 pd restore - new.db --into=append "${recreate[@]}" --policy session=skip <s
    [ "$(ask sqlite new "SELECT id, kind_id FROM thing ORDER BY id")" = "10|7 20|6 30|NULL 40|7 " ]
    make postgresql other "$tables $new_rows"
    quietly 0 pd copy old.db "$url" --into=append "${recreate[@]}" --exclude session --exclude visit
    [ "$(ask postgresql other "SELECT id, kind_id FROM thing ORDER BY id")" = "10|7 20|6 30|NULL 40|7 " ]
    [ -z "$(ls "$TMPDIR")" ]
}

@test "a row that the target does not have is refused where something refers to it, and before anything is written" {
    local engine
    for engine in sqlite postgresql mariadb; do
        rm -rf a old.db new.db
        worlds $engine "" "DELETE FROM kind WHERE id = 7"
        complains 1 "table 'thing', row with id = '10' and 1 more row: column 'kind_id' refers to " \
            '(app, name) = ["a","x"] of table '"'kind', which the target does not have (policy recreate, --policy): let the application make it there" \
            -- pd restore a "$url" --into=append "${recreate[@]}" --exclude session --exclude visit
        [ "$(ask $engine new "SELECT count(*) FROM thing")" = "0 " ]
        complains 1 '["a","x"]' -- pd plan a "$url" --into=append "${recreate[@]}"
        # Nobody needs it.
        quietly 0 pd restore a "$url" --into=append "${recreate[@]}" --only session --only visit
        pg_clean
        my_clean
    done
}

@test "two rows with one natural key are refused, on either side" {
    worlds sqlite "" "INSERT INTO kind VALUES (9, 'b', 'x')"
    complains 1 "table 'kind' of the target, row with id = '9': another row has the natural key [\"b\",\"x\"], too" \
        -- pd restore a new.db --into=append "${recreate[@]}"
    sqlite3 old.db "INSERT INTO kind VALUES (9, 'b', NULL), (8, 'b', NULL)"
    sqlite3 new.db "DELETE FROM kind WHERE id = 9"
    complains 1 "table 'kind' of the source, row with id = '9': another row has the natural key [\"b\",null], too" \
        -- pd copy old.db new.db --into=append "${recreate[@]}"
    complains 1 "table 'kind' of the target, row with id = '7'" -- pd restore a new.db --into=append --policy kind=recreate:app
    [ "$(ask sqlite new "SELECT count(*) FROM thing")" = "0 " ]
}

@test "what cannot be a natural key is refused" {
    worlds sqlite
    complains 2 "table 'kind' has no column 'nme', which the natural key" -- pd restore a new.db --into=append --policy kind=recreate:app,nme
    complains 2 "needs a natural key" -- pd restore a new.db --into=append --policy kind=recreate
    complains 2 "names column 'app' twice" -- pd restore a new.db --into=append --policy kind=recreate:app,app
    complains 2 "expected names of columns" -- pd restore a new.db --into=append --policy kind=recreate:app,
    sqlite3 new.db "ALTER TABLE kind RENAME name TO nom"
    complains 2 "table 'kind' of the target has no column 'name'" -- pd restore a new.db --into=append "${recreate[@]}"
    database ring.db <<<"CREATE TABLE t (id INTEGER PRIMARY KEY, up INT REFERENCES t (id), name TEXT)"
    cp ring.db other.db
    complains 2 "the natural key of table 't' reaches through itself" -- pd copy ring.db other.db --into=append --policy t=recreate:up,name
}

@test "the application's tables have to be there, and to stay" {
    worlds sqlite
    complains 1 "table 'kind' is to be recreated (--policy), and 'none.db' does not have it" -- pd restore a none.db "${recreate[@]}"
    complains 2 "--into=replace makes tables anew" -- pd restore a new.db --into=replace "${recreate[@]}"
    only_here a new.db old.db
}

@test "natural keys reach through other tables, over keys of several columns and of text" {
    local more="CREATE TABLE area (code varchar(9), part integer, name varchar(9), PRIMARY KEY (code, part));
        CREATE TABLE spot (id varchar(9) PRIMARY KEY, kind_id integer REFERENCES kind (id), label varchar(9));
        CREATE TABLE use_of (id integer PRIMARY KEY, code varchar(9), part integer, spot_id varchar(9) REFERENCES spot (id),
            FOREIGN KEY (code, part) REFERENCES area (code, part));"
    local engine
    for engine in sqlite postgresql mariadb; do
        rm -rf a old.db new.db
        worlds $engine "$more INSERT INTO area VALUES ('o', 1, 'home'), ('o', 2, 'away'); INSERT INTO spot VALUES ('s1', 1, 'l'), ('s2', 2, 'l'), ('s3', NULL, 'l');
            INSERT INTO use_of VALUES (1, 'o', 2, 's2'), (2, 'o', 1, 's1'), (3, 'o', NULL, 's3'), (4, NULL, NULL, NULL);" \
            "$more INSERT INTO area VALUES ('n', 3, 'away'), ('n', 4, 'home'); INSERT INTO spot VALUES ('t1', NULL, 'l'), ('t2', 6, 'l'), ('t3', 7, 'l');"
        quietly 0 pd restore a "$url" --into=append "${recreate[@]}" --policy area=recreate:name --policy spot=recreate:kind_id,label
        [ "$(ask $engine new "SELECT * FROM use_of ORDER BY id")" = "1|n|3|t2 2|n|4|t3 3|o|NULL|t1 4|NULL|NULL|NULL " ]
        pg_clean
        my_clean
    done
}

@test "foreign keys that only the target declares are followed, too" {
    database old.db <<<"CREATE TABLE kind (id INTEGER PRIMARY KEY, app TEXT, name TEXT); CREATE TABLE thing (id INTEGER PRIMARY KEY, kind_id INT, title TEXT); ${old_rows%%INSERT INTO session*}"
    make postgresql new "$tables $new_rows"
    quietly 0 pd copy old.db "$url" --into=append "${recreate[@]}"
    [ "$(ask postgresql new "SELECT id, kind_id FROM thing ORDER BY id")" = "10|7 20|6 30|NULL 40|7 " ]
}

@test "a row that points nowhere in the source stops the run, and the target is as it was" {
    worlds sqlite "INSERT INTO thing VALUES (50, 99, 'lost')"
    cp new.db before.db
    complains 1 "table 'thing', row with id = '50': column 'kind_id' refers to a row of table 'kind' that is not in the source" \
        -- pd restore a new.db --into=append "${recreate[@]}"
    [ "$(ask sqlite new "SELECT count(*) FROM thing")" = "0 " ]
}

@test "many rows get their new keys, in order and checked by the target's engine" {
    database old.db <<SQL
CREATE TABLE kind (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE thing (kind_id INT REFERENCES kind (id), n INT, blob BLOB, PRIMARY KEY (kind_id, n)) WITHOUT ROWID;
INSERT INTO kind SELECT value, 'k' || value FROM generate_series(1, 1000);
INSERT INTO thing SELECT value % 1000 + 1, value, CASE value WHEN 7 THEN zeroblob(6000000) ELSE randomblob(20) END FROM generate_series(1, 60000);
SQL
    database new.db <<SQL
CREATE TABLE kind (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE thing (kind_id INT REFERENCES kind (id), n INT, blob BLOB, PRIMARY KEY (kind_id, n)) WITHOUT ROWID;
INSERT INTO kind SELECT 5000 - value, 'k' || value FROM generate_series(1, 1000);
SQL
    pd dump old.db a
    ends_with 0 "$POLYDUMP" restore a new.db --data-only --policy kind=recreate:name --order=key --jobs=2
    [[ "$stderr" == *"facts computed by the engine agree"* ]]
    [ "$(sqlite3 new.db "ATTACH 'old.db' AS old; SELECT count(*) FROM thing t JOIN old.thing o ON o.kind_id = 5000 - t.kind_id AND o.n = t.n AND o.blob = t.blob")" = 60000 ]
    ends_with 0 "$POLYDUMP" plan old.db new.db --into=append --policy kind=recreate:name --jobs=4
    [[ "$output" == *"table 'thing', 60,000 rows"* ]]
    sqlite3 new.db 'DELETE FROM thing'
    ends_with 0 pd copy old.db new.db --data-only --policy kind=recreate:name --order=key
    [ "$(sqlite3 new.db 'SELECT count(*) FROM thing')" = 60000 ]
}

@test "keys that hold recreated numbers are followed through every table that refers to them" {
    # Tenants; levels of them, with a self reference; a one-to-one chain; a column of two paths that agree.
    local engine more="CREATE TABLE tenant (id integer PRIMARY KEY, code varchar(9));
        CREATE TABLE ord (tenant_id integer NOT NULL REFERENCES tenant (id), id integer NOT NULL, PRIMARY KEY (tenant_id, id));
        CREATE TABLE line (t integer NOT NULL, o integer NOT NULL, pos integer NOT NULL, up integer, PRIMARY KEY (t, o, pos),
            FOREIGN KEY (t, o) REFERENCES ord (tenant_id, id), FOREIGN KEY (t, o, up) REFERENCES line (t, o, pos));
        CREATE TABLE part (t integer NOT NULL, o integer, pos integer, name varchar(9), FOREIGN KEY (t, o, pos) REFERENCES line (t, o, pos));
        CREATE TABLE place (id integer PRIMARY KEY, code varchar(9));
        CREATE TABLE resto (place_ptr integer PRIMARY KEY REFERENCES place (id));
        CREATE TABLE waiter (id integer PRIMARY KEY, resto integer REFERENCES resto (place_ptr), t integer, FOREIGN KEY (t) REFERENCES tenant (id));"
    local old_ones="INSERT INTO tenant VALUES (1, 'a'), (2, 'b'); INSERT INTO place VALUES (1, 'p'), (2, 'q');"
    local rows="INSERT INTO ord VALUES (1, 1), (2, 1); INSERT INTO line VALUES (1, 1, 1, NULL), (2, 1, 7, NULL), (2, 1, 8, 7);
        INSERT INTO part VALUES (1, 1, 1, 'A'), (2, 1, 8, 'B'), (2, NULL, 8, 'N');
        INSERT INTO resto VALUES (1), (2); INSERT INTO waiter VALUES (1, 1, 1), (2, 2, 1), (3, NULL, NULL);"
    local new_ones="INSERT INTO tenant VALUES (2, 'a'), (1, 'b'); INSERT INTO place VALUES (2, 'p'), (30, 'q');"
    local policies=(--policy tenant=recreate:code --policy place=recreate:code)
    for engine in sqlite postgresql mariadb; do
        make $engine old "$more $old_ones $rows"
        pd dump "$url" a
        make $engine new "$more $new_ones"
        ends_with 0 "$POLYDUMP" restore a "$url" --into=append "${policies[@]}"
        [[ "$stderr" == *"references to it ("*"'line.t', "*"'part.t', 'waiter.t') are looked up again"* ]]
        [ "$(ask $engine new "SELECT code, pos, up FROM line JOIN tenant ON tenant.id = t ORDER BY pos")" = "a|1|NULL b|7|NULL b|8|7 " ]
        [ "$(ask $engine new "SELECT t, o, pos, name FROM part ORDER BY name")" = "2|1|1|A 1|1|8|B 1|NULL|8|N " ]
        [ "$(ask $engine new "SELECT id, resto, t FROM waiter ORDER BY id")" = "1|2|2 2|30|2 3|NULL|NULL " ]
        # In two runs, too: the orders are not of the second one.
        ask $engine new "DELETE FROM part; DELETE FROM line WHERE up > 0; DELETE FROM line"
        quietly 0 pd restore a "$url" --into=append "${policies[@]}" --only line --only part
        [ "$(ask $engine new "SELECT t, o, pos, name FROM part ORDER BY name")" = "2|1|1|A 1|1|8|B 1|NULL|8|N " ]
        rm -rf a
    done
}

@test "a column that two recreated tables would give different keys is refused, and a part of a key" {
    local more="CREATE TABLE kind (id INTEGER PRIMARY KEY, name TEXT); CREATE TABLE sort (id INTEGER PRIMARY KEY, name TEXT);
        CREATE TABLE note (kind_id INT REFERENCES kind (id), n INT, PRIMARY KEY (kind_id, n));
        CREATE TABLE comm (k INT REFERENCES sort (id), n INT, FOREIGN KEY (k, n) REFERENCES note (kind_id, n));
        CREATE TABLE menu (id INTEGER PRIMARY KEY, k INT, n INT, FOREIGN KEY (k, n) REFERENCES note (kind_id, n));
        CREATE TABLE both (id INT UNIQUE REFERENCES kind (id), FOREIGN KEY (id) REFERENCES sort (id));
        CREATE TABLE torn (id INT REFERENCES both (id));
        CREATE TABLE area (code TEXT, part INT, name TEXT, PRIMARY KEY (code, part));
        CREATE TABLE spot (code TEXT UNIQUE, part INT, FOREIGN KEY (code, part) REFERENCES area (code, part));
        CREATE TABLE mark (code TEXT REFERENCES spot (code));"
    database old.db <<<"$more INSERT INTO kind VALUES (1, 'x'); INSERT INTO sort VALUES (1, 'x'); INSERT INTO note VALUES (1, 1); INSERT INTO comm VALUES (1, 1);"
    database new.db <<<"$more INSERT INTO kind VALUES (2, 'x'); INSERT INTO sort VALUES (3, 'x');"
    complains 2 "table 'torn' refers to table 'both', whose own keys cannot be followed" \
        -- pd copy old.db new.db --into=append --only torn --policy kind=recreate:name --policy sort=recreate:name
    complains 2 "table 'comm': column 'k' would get keys of table 'sort' and of table 'kind'" \
        -- pd copy old.db new.db --into=append --exclude both --exclude torn --policy kind=recreate:name --policy sort=recreate:name
    complains 2 "table 'menu': column 'k' of its natural key (--policy) holds keys of table 'kind'" \
        -- pd copy old.db new.db --into=append --policy kind=recreate:name --policy menu=recreate:k,n
    complains 2 "table 'mark': its foreign key to table 'spot' has only a part of the columns" -- pd copy old.db new.db --into=append --policy area=recreate:name
    quietly 0 pd copy old.db new.db --into=append --policy kind=recreate:name --policy sort=recreate:name --policy area=recreate:name --exclude comm --exclude mark --exclude both --exclude torn
    [ "$(sqlite3 new.db "SELECT * FROM note")" = "2|1" ]
}

# ---- recreate: keys of another type in the target ----

# Levels of tenants, a one-to-one chain, a plain reference; TYPE is that of recreated keys.
keyed="CREATE TABLE kind (id TYPE PRIMARY KEY, code varchar(9)); CREATE TABLE tenant (id TYPE PRIMARY KEY, code varchar(9));
    CREATE TABLE note (id integer PRIMARY KEY, kind_id TYPE REFERENCES kind (id));
    CREATE TABLE ord (tenant_id TYPE NOT NULL REFERENCES tenant (id), id integer NOT NULL, PRIMARY KEY (tenant_id, id));
    CREATE TABLE line (t TYPE NOT NULL, o integer NOT NULL, pos integer NOT NULL, PRIMARY KEY (t, o, pos), FOREIGN KEY (t, o) REFERENCES ord (tenant_id, id));
    CREATE TABLE resto (ptr TYPE PRIMARY KEY REFERENCES kind (id));
    CREATE TABLE waiter (id integer PRIMARY KEY, resto TYPE REFERENCES resto (ptr));"
keyed_old="${keyed//TYPE/integer} INSERT INTO kind VALUES (1, 'a'), (2, 'b'), (3, 'c'); INSERT INTO tenant VALUES (1, 'x'), (2, 'y');
    INSERT INTO note VALUES (1, 1), (2, 2), (3, NULL); INSERT INTO ord VALUES (1, 1), (2, 1); INSERT INTO line VALUES (1, 1, 5), (2, 1, 7);
    INSERT INTO resto VALUES (1), (2); INSERT INTO waiter VALUES (1, 1), (2, 2), (3, NULL);"
by_code=(--policy kind=recreate:code --policy tenant=recreate:code)

# rekeyed ENGINE - every row of database "new" refers to what it referred to.
rekeyed()
{
    [ "$(ask "$1" new "SELECT n.id, k.code FROM note n LEFT JOIN kind k ON k.id = n.kind_id ORDER BY n.id")" = "1|a 2|b 3|NULL " ] || return 1
    [ "$(ask "$1" new "SELECT x.code, l.pos FROM line l JOIN tenant x ON x.id = l.t JOIN ord r ON r.tenant_id = l.t AND r.id = l.o ORDER BY l.pos")" = "x|5 y|7 " ] || return 1
    [ "$(ask "$1" new "SELECT w.id, k.code FROM waiter w LEFT JOIN resto r ON r.ptr = w.resto LEFT JOIN kind k ON k.id = r.ptr ORDER BY w.id")" = "1|a 2|b 3|NULL " ]
}

# rekey ENGINE TYPE KEY KEY KEY [OPTION...] - $old into tables of the application whose keys are of TYPE.
rekey()
{
    rm -f new.db
    make "$1" new "${keyed//TYPE/$2} INSERT INTO kind VALUES ($3, 'c'), ($4, 'b'), ($5, 'a'); INSERT INTO tenant VALUES ($3, 'y'), ($4, 'x');"
    ends_with 0 "$POLYDUMP" plan "$old" "$url" "${by_code[@]}" || return 1
    [[ "$output" != *refused* ]] || return 1
    ends_with 0 "$POLYDUMP" "${move:-copy}" "$old" "$url" "${by_code[@]}" "${@:6}" || return 1
    [[ "$stderr" == *"facts computed by the engine agree"* ]] || return 1
    rekeyed "$1" || return 1
    pg_clean
    my_clean
}

uuids=("'6b0c9a52-0b5e-4c7e-9f5d-0123456789ab'" "'00000000-0000-4000-8000-000000000002'" "'ffffffff-0000-4000-8000-000000000001'")
octets=("x'6b0c9a520b5e4c7e9f5d0123456789ab'" "x'00000000000040008000000000000002'" "x'ffffffff000040008000000000000001'")

@test "recreated rows may have keys of another type in PostgreSQL" {
    database old.db <<<"$keyed_old"
    old=old.db
    rekey postgresql uuid "${uuids[@]}"
    rekey postgresql "varchar(40)" "'three'" "''" "'one'"
    rekey postgresql bigint 9223372036854775807 -5 77
    rekey postgresql "numeric(30)" 123456789012345678901234567890 2 3
}

@test "recreated rows may have keys of another type in MariaDB" {
    database old.db <<<"$keyed_old"
    old=old.db
    rekey mariadb uuid "${uuids[@]}"
    rekey mariadb "char(36)" "${uuids[@]}"
    rekey mariadb "binary(16)" "${octets[@]}"
    rekey mariadb "bigint unsigned" 18446744073709551615 2 3
}

@test "recreated rows may have keys of another type in SQLite" {
    database old.db <<<"$keyed_old"
    old=old.db
    rekey sqlite TEXT "${uuids[@]}"
    rekey sqlite BLOB "${octets[@]}"
    rekey sqlite "char(36)" "${uuids[@]}"
}

@test "recreated rows of PostgreSQL and of an archive get keys of another type" {
    make postgresql old "$keyed_old"
    old=$url
    pd dump "$old" a
    rekey postgresql uuid "${uuids[@]}"
    [[ "$stderr" == *"references to it ('note.kind_id' (integer -> uuid), 'resto.ptr' (integer -> uuid), 'waiter.resto' (integer -> uuid)) are looked up again by 'code'"* ]]
    old=a move=restore
    rekey postgresql uuid "${uuids[@]}" --jobs=2
    rekey mariadb "char(36)" "${uuids[@]}"
    rekey sqlite BLOB "${octets[@]}" --order=key
    ends_with 0 "$POLYDUMP" plan a new.db --into=append --json --quiet "${by_code[@]}"
    [ "$(jq -c '.policies[1].references[0]' <<<"$output")" = '{"table":"line","columns":["t"],"types":["BLOB"]}' ]
}

@test "keys between numbers of two widths are told as ever" {
    database old.db <<<"$keyed_old"
    make postgresql new "${keyed//TYPE/bigint} INSERT INTO kind VALUES (7, 'c'), (8, 'b'), (9, 'a'); INSERT INTO tenant VALUES (7, 'y'), (8, 'x');"
    ends_with 0 "$POLYDUMP" plan old.db "$url" "${by_code[@]}"
    [[ "$output" == *"references to it ('note.kind_id', 'resto.ptr', 'waiter.resto') are looked up again"* ]]
}

@test "what is not looked up has to mean something as the new type" {
    local more="CREATE TABLE area (part TYPE, n integer, name varchar(9), PRIMARY KEY (part, n));
        CREATE TABLE spot (id integer PRIMARY KEY, part TYPE, n integer, FOREIGN KEY (part, n) REFERENCES area (part, n));"
    database old.db <<<"${more//TYPE/integer} INSERT INTO area VALUES (1, 1, 'x'); INSERT INTO spot VALUES (1, 1, 1), (2, NULL, 5), (3, 4, NULL);"
    make postgresql new "${more//TYPE/uuid} INSERT INTO area VALUES (${uuids[1]}, 8, 'x');"
    complains 1 "values of type 'int64' mean nothing as 'uuid'" -- pd copy old.db "$url" --into=append --exclude area
    complains 1 "table 'spot', row with id = '3': column 'part' holds a part of a reference, which is NULL in another column" "means nothing as 'uuid'" \
        -- pd copy old.db "$url" --into=append --policy area=recreate:name
    [ "$(ask postgresql new "SELECT count(*) FROM spot")" = "0 " ]
    make postgresql word "${more//TYPE/varchar(9)} INSERT INTO area VALUES ('w', 8, 'x');"
    quietly 0 pd copy old.db "$url" --into=append --policy area=recreate:name
    [ "$(ask postgresql word "SELECT * FROM spot ORDER BY id")" = "1|w|8 2|NULL|5 3|4|NULL " ]
    sqlite3 old.db "DELETE FROM spot WHERE id = 3"
    url=${url/word/new}
    quietly 0 pd copy old.db "$url" --into=append --policy area=recreate:name
    [ "$(ask postgresql new "SELECT * FROM spot ORDER BY id")" = "1|00000000-0000-4000-8000-000000000002|8 2|NULL|5 " ]
}

# ---- skip ----

@test "rows that are skipped stay behind, and what refers to them is refused" {
    local engine
    for engine in sqlite postgresql mariadb; do
        rm -rf a b old.db new.db third.db
        worlds $engine "" "INSERT INTO session VALUES (1, 'mine')"
        quietly 0 pd restore a "$url" --into=append --policy 'sess*=skip' --exclude kind --exclude thing
        [ "$(ask $engine new "SELECT * FROM session")" = "1|mine " ]
        [ "$(ask $engine new "SELECT count(*) FROM visit")" = "2 " ]
        quietly 0 pd dump "$old" b --policy session=skip
        make $engine third ""
        quietly 0 pd restore b "$url"
        [ "$(ask $engine third "SELECT count(*) FROM session")" = "0 " ]
        [ "$(ask $engine third "SELECT count(*) FROM thing")" = "4 " ]
        ask $engine old "INSERT INTO visit VALUES (3, 7), (4, 7)"
        complains 1 "table 'visit', row with id = '3' and 1 more row: column 'session_id' refers to table 'session', whose rows stay behind (policy skip, --policy): skip 'visit', too" \
            -- pd dump "$old" c --policy session=skip
        [ ! -e c ]
        quietly 0 pd dump "$old" c --policy session=skip --policy visit=skip
        rm -rf c
        pg_clean
        my_clean
    done
}

@test "references to rows that are skipped become NULL if that is said" {
    worlds sqlite "INSERT INTO visit VALUES (3, 7)"
    echo 'tables: {session: {policy: skip, references: null}}' >polydump.yaml
    quietly 0 pd restore a fresh.db
    [ "$(ask sqlite fresh "SELECT * FROM visit ORDER BY id")" = "1|NULL 2|NULL 3|NULL " ]
    ends_with 0 "$POLYDUMP" plan a fresh2.db
    [[ "$output" == *"policy skip ('polydump.yaml' line 1), table 'session': its rows stay behind; references to it ('visit.session_id') become NULL"* ]]
    quietly 0 pd dump old.db b
    quietly 0 pd verify b
    sqlite3 old.db "CREATE TABLE strict_visit (id INTEGER PRIMARY KEY, s INT NOT NULL REFERENCES session (id))"
    complains 2 "table 'strict_visit': column 's' cannot become NULL" -- pd copy old.db fresh3.db
}

@test "columns that refer to such a column become NULL with it, in an archive as in a database" {
    database old.db <<<"CREATE TABLE s (id INTEGER PRIMARY KEY); CREATE TABLE u (s INT UNIQUE REFERENCES s (id), n INT); CREATE TABLE v (s INT REFERENCES u (s), n INT); INSERT INTO s VALUES (7); INSERT INTO u VALUES (7, 1); INSERT INTO v VALUES (7, 2);"
    echo 'tables: {s: {policy: skip, references: null}}' >polydump.yaml
    pd dump old.db a
    rm polydump.yaml
    quietly 0 pd restore a new.db
    [ "$(ask sqlite new "SELECT u.s, v.s, v.n FROM u, v")" = "NULL|NULL|2 " ]
}

@test "of a reference of several columns those become NULL that no other reference needs" {
    database old.db <<<"CREATE TABLE tenant (id INTEGER PRIMARY KEY); CREATE TABLE cat (tenant_id INT NOT NULL REFERENCES tenant (id), id INT NOT NULL, PRIMARY KEY (tenant_id, id));
        CREATE TABLE item (id INTEGER PRIMARY KEY, tenant_id INT REFERENCES tenant (id), cat_id INT, FOREIGN KEY (tenant_id, cat_id) REFERENCES cat (tenant_id, id));
        CREATE TABLE fixed (id INTEGER PRIMARY KEY, tenant_id INT NOT NULL, cat_id INT, FOREIGN KEY (tenant_id, cat_id) REFERENCES cat (tenant_id, id));
        INSERT INTO tenant VALUES (1), (2); INSERT INTO cat VALUES (1, 1), (2, 1); INSERT INTO item VALUES (1, 1, 1), (2, 2, 1), (3, 2, NULL); INSERT INTO fixed VALUES (1, 2, 1);"
    echo 'tables: {cat: {policy: skip, references: null}}' >polydump.yaml
    quietly 0 pd copy old.db new.db
    [ "$(ask sqlite new "SELECT * FROM item ORDER BY id")" = "1|1|NULL 2|2|NULL 3|2|NULL " ]
    [ "$(ask sqlite new "SELECT * FROM fixed")" = "1|2|NULL " ]
}

@test "an archive is migrated without rows that are skipped, and all of many tables are not told" {
    local i
    worlds sqlite
    mkdir m
    echo 'return {to = "2", about = "nothing"}' >m/1.lua
    pd dump old.db v --app t --app-version 1
    quietly 0 pd migrate v b --migrations m --policy session=skip
    quietly 0 pd verify b
    quietly 0 pd restore b migrated.db
    [ "$(sqlite3 migrated.db "SELECT (SELECT count(*) FROM session), (SELECT count(*) FROM thing)")" = "0|4" ]
    for i in {1..25}; do
        echo "CREATE TABLE tmp_$i (x); INSERT INTO tmp_$i VALUES ($i);"
    done | sqlite3 old.db
    ends_with 0 "$POLYDUMP" copy old.db fresh.db --policy 'tmp_*=skip'
    [ "$(grep -c "^policy skip" <<<"$stderr")" -eq 20 ]
    [[ "$stderr" == *"and 5 more tables with policies"* ]]
    [ "$(sqlite3 fresh.db "SELECT (SELECT count(*) FROM tmp_7), (SELECT count(*) FROM thing)")" = "0|4" ]
}

# ---- replace ----

rows_take_the_place_of_others()
{
    local more="CREATE TABLE site (id integer PRIMARY KEY, name varchar(20) UNIQUE); CREATE TABLE page (id integer PRIMARY KEY, site_id integer REFERENCES site (id) ON DELETE CASCADE);"
    worlds "$1" "$more INSERT INTO site VALUES (1, 'ours'), (2, 'second'); INSERT INTO page VALUES (1, 2);" \
        "$more INSERT INTO site VALUES (2, 'ours'), (9, 'example'); INSERT INTO thing VALUES (1, 5, 'stays');"
    quietly 0 pd restore a "$url" --into=append "${recreate[@]}" --policy site=replace --policy session=skip
    [ "$(ask "$1" new "SELECT * FROM site ORDER BY id")" = "1|ours 2|second " ]
    [ "$(ask "$1" new "SELECT * FROM page")" = "1|2 " ]
    [ "$(ask "$1" new "SELECT id, kind_id FROM thing ORDER BY id")" = "1|5 10|7 20|6 30|NULL 40|7 " ]
    # Now there are pages that would lose their site.
    complains 1 "table 'page' of the target, row with id = '1': column 'site_id' refers to table 'site', whose rows are to be replaced (--policy)" \
        -- pd restore a "$url" --into=append --only site --policy site=replace
    complains 1 "table 'page' of the target" -- pd restore a "$url" --into=append --only site --policy site=replace --policy page=replace
    [ "$(ask "$1" new "SELECT count(*) FROM page")" = "1 " ]
    [ "$(ask "$1" new "SELECT count(*) FROM site")" = "2 " ]
    quietly 0 pd restore a "$url" --into=append --only site --only page --policy site=replace --policy page=replace
    [ "$(ask "$1" new "SELECT * FROM page")" = "1|2 " ]
}

@test "rows take the place of others in SQLite" {
    rows_take_the_place_of_others sqlite
}

@test "rows take the place of others in PostgreSQL" {
    rows_take_the_place_of_others postgresql
}

@test "rows take the place of others in MariaDB" {
    rows_take_the_place_of_others mariadb
}

@test "rows that are replaced come back when the run fails" {
    local engine more="CREATE TABLE site (id integer PRIMARY KEY, name varchar(20)); CREATE TABLE zoo (id integer PRIMARY KEY);"
    for engine in sqlite postgresql mariadb; do
        rm -rf a old.db new.db
        worlds $engine "$more INSERT INTO site VALUES (1, 'ours'); INSERT INTO zoo VALUES (1);" \
            "$more INSERT INTO site VALUES (2, 'theirs'); INSERT INTO zoo VALUES (1);"
        ends_with 1 pd restore a "$url" --into=append --only site --only zoo --policy site=replace
        [ "$(ask $engine new "SELECT * FROM site")" = "2|theirs " ]
        pg_clean
        my_clean
    done
}

# ---- Where policies come from ----

@test "the first policy that fits counts: the command line, then the configuration, then plugins" {
    mkdir migrations
    cat >migrations/policies.lua <<'LUA'
return {
  {tables = "kind", policy = "recreate", natural_key = {"app", "name"}},
  {tables = "s*", policy = "skip"},
  {tables = "visit", policy = "replace"},
}
LUA
    worlds sqlite
    cat >polydump.yaml <<'YAML'
migrations: [migrations/]
tables:
  - session: keep
  - "*it": skip
  - nothing_of_this: skip
YAML
    ends_with 0 "$POLYDUMP" plan a new.db --into=append --policy visit=keep
    [[ "$stderr" == *"policy skip ('polydump.yaml' line 5): no table fits 'nothing_of_this'"* ]]
    [[ "$output" == *"policy recreate (migrations in 'migrations/'), table 'kind': "* ]]
    [[ "$output" == *"policy keep ('polydump.yaml' line 3), table 'session': its rows travel; it goes before skip (migrations in 'migrations/')"* ]]
    [[ "$output" == *"policy keep (--policy), table 'visit': its rows travel; it goes before skip ('polydump.yaml' line 4)"* ]]
    ends_with 0 "$POLYDUMP" plan a new.db --into=append --policy visit=keep --json --quiet
    [ "$(jq -c '.policies[0]' <<<"$output")" = '{"table":"kind","policy":"recreate","origin":"migrations in '"'migrations/'"'","natural_key":["app","name"],"references":[{"table":"thing","columns":["kind_id"]}]}' ]
    ends_with 0 pd restore a new.db --into=append
    [ "$(ask sqlite new "SELECT count(*) FROM visit")" = "0 " ]
    [ "$(ask sqlite new "SELECT count(*) FROM session")" = "1 " ]
    [ "$(ask sqlite new "SELECT id, kind_id FROM thing ORDER BY id")" = "10|7 20|6 30|NULL 40|7 " ]
}

@test "policies are of the schema that steps have made" {
    mkdir migrations
    cat >migrations/1.lua <<'LUA'
return {to = "2", about = "kinds are types", schema = function(db)
  db:rename_table("kind", "type")
  db:rename_column("thing", "kind_id", "type_id")
end}
LUA
    echo 'return {{tables = "type", policy = "recreate", natural_key = {"app", "name"}}}' >migrations/policies.lua
    make sqlite old "$tables $old_rows"
    pd dump old.db a --app t --app-version 1
    make sqlite new "$(sed 's/\bkind\b/type/g; s/kind_id/type_id/g' <<<"$tables $new_rows")"
    quietly 0 pd restore a new.db --migrations migrations --into=append
    [ "$(ask sqlite new "SELECT id, type_id FROM thing ORDER BY id")" = "10|7 20|6 30|NULL 40|7 " ]
}

@test "plugins in C have policies, too" {
    local folder=$BATS_TEST_TMPDIR/plugins
    mkdir -m 755 "$folder"
    cat >ours.c <<'C'
#include <polydump/migration.h>
static const char *const key[] = {"app", "name", NULL};
static const struct pd_policy kinds = {.struct_size = sizeof kinds, .kind = PD_POLICY_RECREATE, .tables = "kind", .natural_key = key};
static const struct pd_policy sessions = {.struct_size = sizeof sessions, .kind = PD_POLICY_SKIP, .tables = "session", .flags = PD_POLICY_REFERENCES_NULL};
static const struct pd_policy *const policies[] = {&kinds, &sessions, NULL};
static const struct pd_migration *const none[] = {NULL};
static const struct pd_plugin ours = {.struct_size = sizeof ours, .abi = PD_ABI, .name = "ours", .version = "1", .about = "policies",
    .migrations = none, .policies = policies};
PD_PLUGIN(ours, ours)
C
    cc -shared -fPIC -I "$BATS_TEST_DIRNAME/../../include" -o "$folder/ours.so" ours.c
    chmod 755 "$folder/ours.so"
    worlds sqlite "INSERT INTO visit VALUES (3, 7)"
    POLYDUMP_PLUGIN_PATH=$folder:$POLYDUMP_PLUGIN_PATH ends_with 0 pd restore a new.db --into=append --migrations ours
    [ "$(ask sqlite new "SELECT id, kind_id FROM thing ORDER BY id")" = "10|7 20|6 30|NULL 40|7 " ]
    [ "$(ask sqlite new "SELECT * FROM visit ORDER BY id")" = "1|NULL 2|NULL 3|NULL " ]
}

@test "what is wrong with a policy is said with its place" {
    worlds sqlite
    complains 2 "there is no policy 'skp'; did you mean 'skip'?" -- pd dump old.db b --policy session=skp
    complains 2 "--policy 'nothing=skip': no table fits" -- pd dump old.db b --policy nothing=skip
    complains 2 "expected PATTERN=POLICY" -- pd dump old.db b --policy session
    complains 2 "policy skip of 'session' has no natural key" -- pd dump old.db b --policy session=skip:id
    wrong()
    {
        printf '%b' "$1" >polydump.yaml
        shift
        complains 2 "$@" -- pd dump old.db b
    }
    wrong 'tables: skip\n' "'polydump.yaml' line 1: 'tables' is not a mapping"
    wrong 'tables:\n  session: skipp\n' "'polydump.yaml' line 2: there is no policy 'skipp'; did you mean 'skip'?"
    wrong 'tables:\n  a: skip\n  a: keep\n' "line 3: 'tables' has 'a' twice"
    wrong 'tables:\n  a: {plicy: skip}\n' "line 2: there is no 'plicy' of a table"
    wrong 'tables:\n  a: {policy: skip, references: gone}\n' "line 2: 'references' is 'gone'; only 'null' is known"
    wrong 'tables:\n  a: recreate\n' "'polydump.yaml' line 2: policy recreate of 'a' needs a natural key"
    wrong 'tables:\n  a: {policy: replace, references: null}\n' "says nothing about references"
    rm polydump.yaml
    mkdir m
    luas()
    {
        echo "$1" >m/policies.lua
        complains "$2" "$3" "policies.lua" -- pd restore a new.db --migrations m
    }
    luas 'return {{tables = "a", policy = "skp"}}' 1 "policy 1 has the policy 'skp'"
    luas 'return {{tabels = "a", policy = "skip"}}' 1 "unknown member 'tabels' (did you mean 'tables'?)"
    luas 'return {a = "skip"}' 1 "the script returns no list of policies"
    luas 'return {{tables = "a"}}' 1 "policy 1 does not say 'policy'"
    [ ! -e b ]
}
