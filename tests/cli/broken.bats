#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Rows that break foreign keys and checks, by a step of a migration or by themselves: told or refused,
# by every engine.

load polydump

teardown()
{
    pg_clean
    my_clean
}

# Two rows point nowhere and break the new check, the first one of them being 2.
steps()
{
    mkdir -p m
    cat >m/1.lua <<'LUA'
return {to="2", about="other parents, and a check",
  schema=function(db) db:add_check("c",{name="ck",expression='("n" < 50)'}) end,
  tables={c=function(row) if row.id > 1 then row.pid=row.id*10 row.n=99 end return row end}}
LUA
}

tables="CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (id INTEGER PRIMARY KEY, pid INTEGER, n INTEGER, CONSTRAINT c_p FOREIGN KEY (pid) REFERENCES p (id))"
contents="INSERT INTO p VALUES (1), (2); INSERT INTO c VALUES (1, 1, 5), (2, 1, 7), (3, 2, 8)"

old()
{
    sqlite3 -bail old.db "$tables; $contents"
    mkdir -p tm
    pd dump --text --app f --app-version 1 old.db tm/1
}

# target ENGINE NAME [SQL] - an empty database of this engine; its URL is $url.
target()
{
    case $1 in
    sqlite) url=$2.db; rm -f "$url"; sqlite3 "$url" "${3-}" ;;
    postgresql) pg_new "$2"; url=$pg_url; [ -z "${3-}" ] || pg_ask "$2" "$3" >/dev/null ;;
    mariadb) my_new "$2"; url=$my_url; [ -z "${3-}" ] || my_ask "$2" "$3" ;;
    esac
}

# ask ENGINE NAME SQL - what it answers, on one line.
ask()
{
    case $1 in
    sqlite) sqlite3 -bail -separator ' ' "$2.db" "$3" ;;
    postgresql) pg_ask "$2" "$3" | tr '|' ' ' ;;
    mariadb) my_ask "$2" "$3" | tr '\t' ' ' ;;
    esac | paste -sd ,
}

# Both are told: by how many rows and by which first.
told()
{
    grep -qE "left out: foreign key 'c_p' of (table )?'c': 2 rows point to none in 'p', so it holds for new rows only; the first one has id = '2'" <<<"$stderr" &&
        grep -qE "left out: check 'ck' of (table )?'c': 2 rows break it, so it holds for new rows only; the first one has id = '2'" <<<"$stderr" || {
        echo "# not told: $stderr" >&2
        return 1
    }
}

# From which engine ever, the rows are there, and both are told.
broken_by_step()
{
    local engine
    steps
    target "$1" from "$tables; $contents"
    pd dump --app f --app-version 1 "$url" a
    for engine in sqlite postgresql mariadb; do
        target $engine "to_$1"
        ends_with 3 "$POLYDUMP" restore a "$url" --migrations m
        told
        [ "$(ask $engine "to_$1" "SELECT id, pid, n FROM c ORDER BY id")" = "1 1 5,2 20 99,3 30 99" ]
    done
    [ "$1" != sqlite ] || return 0
    # Rows of another engine can be set aside.
    ends_with 3 pd restore a set_aside.db --migrations m --rejects left
    [ "$(sqlite3 set_aside.db "SELECT count(*) FROM c") $(grep -c CHECK left/rejects.jsonl)" = "1 2" ]
}

@test "a step whose rows break a foreign key and a check is told everywhere: from SQLite" { broken_by_step sqlite; }
@test "a step whose rows break a foreign key and a check is told everywhere: from PostgreSQL" { broken_by_step postgresql; }
@test "a step whose rows break a foreign key and a check is told everywhere: from MariaDB" { broken_by_step mariadb; }

@test "a copy and an archive that was migrated before tell the same" {
    steps
    old
    ends_with 3 "$POLYDUMP" copy old.db copied.db --app-version 1 --migrations m
    told
    pd migrate tm/1 b --migrations m
    ends_with 3 "$POLYDUMP" restore b new.db
    told
    [ "$(sqlite3 new.db 'PRAGMA foreign_key_check' | wc -l) $(sqlite3 new.db 'PRAGMA integrity_check')" = "2 CHECK constraint failed in c
CHECK constraint failed in c" ]
    # What is there now is what it is: the same again, and told.
    ends_with 0 "$POLYDUMP" copy new.db again.db
    [[ "$stderr" == *"warning: foreign key 'c_p' of 'c': 2 rows point to none in 'p'"*"; the first one has id = '2'"* ]]
    [[ "$stderr" == *"warning: check 'ck' of 'c': 2 rows break it"*"; the first one has id = '2'"* ]]
    same_database new.db again.db
    # Rows that a step does not touch are no fault of its.
    sqlite3 new.db "CREATE TABLE other (id INTEGER PRIMARY KEY, x INT)"
    mkdir n
    echo 'return {to="3", about="x", tables={other=function(row) return row end}}' >n/2.lua
    ends_with 0 pd copy new.db third.db --app-version 2 --migrations n
}

@test "parents that a step takes away, keys that it changes, and rows that --where leaves behind" {
    local engine
    old
    mkdir m
    for step in 'tables={p=function(row) if row.id == 1 then return row end end}' \
        'updates={"p"}, tables={c=function(row, ctx) if row.id == 3 then ctx:update("p", 2, {id=7}) end return row end}'; do
        echo "return {to='2', about='x', $step}" >m/1.lua
        for engine in sqlite postgresql mariadb; do
            target $engine "t$((++n))"
            ends_with 3 "$POLYDUMP" restore tm/1 "$url" --migrations m
            grep -qE "left out: foreign key 'c_p' of (table )?'c': 1 rows point to none in 'p', .*; the first one has id = '3'" <<<"$stderr"
        done
    done
    ends_with 3 "$POLYDUMP" copy old.db some.db --where 'p: id = 1'
    says "foreign key 'c_p' of 'c': 1 rows point to none in 'p', so it holds for new rows only; the first one has id = '3'"
}

@test "test-migrations fails for rows of a step that break something, on all engines" {
    local via
    steps
    old
    pg_new via
    my_new via
    for via in '' "--via=$pg_url" "--via=$my_url"; do
        ends_with 1 "$POLYDUMP" test-migrations tm --migrations m $via
        [[ "$output" == *"not ok 1 - 1: 2 differences"* ]]
        grep -qE "^# restore: foreign key 'c_p' of (table )?'c': 2 rows point to none in 'p', .*; the first one has id = '2'$" <<<"$output"
        grep -qE "^# restore: check 'ck' of (table )?'c': 2 rows break it, .*; the first one has id = '2'$" <<<"$output"
        ! grep "^# left out: " <<<"$output"
    done
    # Not by a step: no reason to fail.
    echo 'return {to="2", about="x", tables={}}' >m/1.lua
    sqlite3 old.db "UPDATE c SET pid = 9 WHERE id = 3"
    pd dump --replace --text --app f --app-version 1 old.db tm/1
    for via in '' "--via=$pg_url"; do
        ends_with 0 "$POLYDUMP" test-migrations tm --migrations m $via
    done
}

# own ENGINE - the application's own tables, which another table refers to.
own()
{
    target "$1" own "$tables; CREATE TABLE outside (id INTEGER PRIMARY KEY, p_id INTEGER, CONSTRAINT o_p FOREIGN KEY (p_id) REFERENCES p (id))"
}

# Nothing is written when rows point nowhere, be they new or left alone by what goes.
refused_in_place()
{
    local message="foreign key 'c_p' of table 'c': 1 rows point to none in 'p'"
    [ "$1" != postgresql ] || message='"c_p"'
    old
    sqlite3 old.db "PRAGMA foreign_keys=OFF; INSERT INTO c VALUES (4, 44, 1)"
    own "$1"
    complains 1 "$message" -- pd copy old.db "$url"
    [ "$(ask "$1" own "SELECT (SELECT count(*) FROM p), (SELECT count(*) FROM c)")" = "0 0" ]
    [ "$1" != sqlite ] || [[ "$stderr" == *"the first one has id = '4'"* ]]
    # The rest gets in, and then an orphan by itself.
    ends_with 0 pd copy old.db "$url" --where 'c: id < 4'
    complains 1 "$message" -- pd copy old.db "$url" --only c --where 'c: id = 4' --into=append
    [ "$(ask "$1" own "SELECT count(*) FROM c")" = 3 ]
    # Rows of a table outside of the run pointed to what goes.
    ask "$1" own "INSERT INTO outside VALUES (1, 2)"
    if [ "$1" = postgresql ]; then
        ends_with 1 pd copy old.db "$url" --into=truncate --where 'p: id = 1' --where 'c: id = 1'
    else
        complains 1 "foreign key 'o_p' of table 'outside': 1 rows point to none in 'p'" -- \
            pd copy old.db "$url" --into=truncate --where 'p: id = 1' --where 'c: id = 1'
        ends_with 0 pd copy old.db "$url" --into=truncate --where 'c: id < 3'
    fi
    [ "$(ask "$1" own "SELECT count(*) FROM p")" = 2 ]
}

@test "into tables that are there rows that point nowhere are refused: SQLite" { refused_in_place sqlite; }
@test "into tables that are there rows that point nowhere are refused: PostgreSQL" { refused_in_place postgresql; }
@test "into tables that are there rows that point nowhere are refused: MariaDB" { refused_in_place mariadb; }

@test "into tables of SQLite: rows that pointed nowhere before stay, and are told from those that come" {
    sqlite3 own.db "$tables; CREATE TABLE w (a TEXT COLLATE NOCASE, b, PRIMARY KEY (a, b)) WITHOUT ROWID;
        CREATE TABLE x (k TEXT PRIMARY KEY, a TEXT, b INT, FOREIGN KEY (a, b) REFERENCES w) WITHOUT ROWID;
        INSERT INTO c VALUES (1, 8, 0), (2, 8, 0), (3, 9, 0); INSERT INTO x VALUES ('old', 'Q', 1)"
    sqlite3 old.db "$tables; CREATE TABLE w (a TEXT, b, PRIMARY KEY (a, b)); CREATE TABLE x (k TEXT PRIMARY KEY, a TEXT, b INT);
        INSERT INTO p VALUES (1), (9); INSERT INTO c VALUES (11, 1, 0), (12, NULL, 0);
        INSERT INTO w VALUES ('Ab', 1); INSERT INTO x VALUES ('a', 'aB', 1), ('b', NULL, 5)"
    ends_with 0 "$POLYDUMP" copy old.db own.db --into=append
    [[ "$stderr" == *"warning: foreign key 'c_p' of table 'c': 2 rows that were there before point to none in 'p'; the first one has id = '1'"* ]]
    [[ "$stderr" == *"warning: foreign key 'a' of table 'x': 1 rows that were there before point to none in 'w'; the first one has k = 'old'"* ]]
    # As many as before, but others; more of the same; and another value.
    for change in "c VALUES (21, 7, 0)" "c VALUES (22, 8, 0)" "x VALUES ('z', 'AB', 2)"; do
        sqlite3 -bail some.db "$tables; CREATE TABLE x (k TEXT PRIMARY KEY, a TEXT, b INT); INSERT INTO p VALUES (8); INSERT INTO $change"
        [[ "$change" != *"(22"* ]] || sqlite3 some.db "DELETE FROM p"
        ends_with 1 pd copy some.db own.db --into=append
        [[ "$stderr" == *"foreign key '"*"' of table '${change:0:1}': "*"rows point to none in '"* ]]
        rm some.db
    done
    [ "$(sqlite3 own.db "SELECT (SELECT count(*) FROM c), (SELECT count(*) FROM x)")" = "5|3" ]
}

@test "into tables of SQLite with --rejects: what stays behind of a table outside of the run is refused" {
    old
    own sqlite
    sqlite3 own.db "INSERT INTO p VALUES (1), (2), (5); INSERT INTO outside VALUES (1, 5)"
    complains 1 "foreign key 'o_p' of table 'outside': 1 rows point to none in 'p'" -- \
        pd copy old.db own.db --into=truncate --rejects left
    sqlite3 old.db "INSERT INTO p VALUES (5); INSERT INTO c VALUES (4, 44, 1)"
    ends_with 3 pd copy old.db own.db --into=truncate --rejects left
    [ "$(ask sqlite own "SELECT (SELECT count(*) FROM p), (SELECT count(*) FROM c)") $(wc -l <left/rejects.jsonl)" = "3 3 1" ]
}

@test "foreign keys of all shapes: as many rows as SQLite itself finds" {
    database old.db <<'SQL'
CREATE TABLE p (id INTEGER PRIMARY KEY, t TEXT COLLATE NOCASE UNIQUE, n NUMERIC UNIQUE, x UNIQUE);
WITH RECURSIVE i (v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM i WHERE v < 700)
INSERT INTO p SELECT (v - 300) * 70000, 'Key ' || v, CASE v % 2 WHEN 0 THEN v ELSE v / 8.0 END, v FROM i;
CREATE TABLE pair (a INT, b TEXT, PRIMARY KEY (b, a)) WITHOUT ROWID;
INSERT INTO pair VALUES (1, 'x'), (2, 'Y');
CREATE TABLE c (id INTEGER PRIMARY KEY, up INT REFERENCES c, i INT REFERENCES p, s TEXT REFERENCES p (id), t TEXT REFERENCES p (t),
  n INT REFERENCES p (n), x INT REFERENCES P (X), gone INT REFERENCES nobody, a INT, b TEXT, FOREIGN KEY (a, b) REFERENCES pair (a, b));
WITH RECURSIVE i (v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM i WHERE v < 720)
INSERT INTO c SELECT v - 5, v - 3, (v - 300) * 70000, CASE WHEN v % 9 THEN '0' || (v - 300) * 70000 ELSE 'no' END, 'KEY ' || v, v, v, nullif(v, 7),
  v % 4, CASE WHEN v % 5 THEN 'x' END FROM i;
CREATE TABLE small (id INTEGER PRIMARY KEY);
INSERT INTO small VALUES (-1), (0), (65535), (65536), (9223372036854775807), (-9223372036854775808);
CREATE TABLE to_small (i INT REFERENCES small);
INSERT INTO to_small SELECT id FROM small UNION ALL SELECT NULL;
CREATE TABLE off_small (i INT REFERENCES small);
INSERT INTO off_small SELECT id FROM small UNION ALL SELECT 1 UNION ALL SELECT '65536' UNION ALL SELECT 9223372036854775806 UNION ALL SELECT 0.5;
SQL
    ends_with 0 "$POLYDUMP" copy old.db new.db
    same_database old.db new.db
    sqlite3 old.db "SELECT f.\"from\" || ' of ' || k.\"table\" || ' ' || count(*) FROM pragma_foreign_key_check k JOIN pragma_foreign_key_list(k.\"table\") f
        ON f.id = k.fkid AND f.seq = 0 GROUP BY k.\"table\", k.fkid ORDER BY 1" >wanted
    [ "$(wc -l <wanted)" = 9 ]
    sed -n "s/.*warning: foreign key '\([a-z]*\)' of '\([a-z_]*\)': \([0-9]*\) rows point to none.*/\1 of \2 \3/p" <<<"$stderr" | LC_ALL=C sort >found
    LC_ALL=C sort wanted | diff - found
}

@test "checks of SQLite's own kinds, and labels, are looked at when the rows are in" {
    database old.db <<'SQL'
CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT CHECK (a <> "odd" -- a string
), b INT CHECK (abs(b) > 1), c INT CONSTRAINT low CHECK (t.c < 5 AND c > 0));
PRAGMA ignore_check_constraints = ON;
INSERT INTO t VALUES (1, 'x', -2, 1), (2, 'odd', 2, 2), (3, NULL, 1, 7), (4, 'odd', 2, NULL);
SQL
    ends_with 0 "$POLYDUMP" copy old.db new.db
    same_database old.db new.db
    [[ "$stderr" == *"check (a <> \"odd\""*") of 't': 2 rows break it"*"id = '2'"* ]]
    [[ "$stderr" == *"check 'low' of 't': 1 rows break it"*"id = '3'"* ]]
    [[ "$stderr" == *"check (abs(b) > 1) of 't': 1 rows break it"*"id = '3'"* ]]
    sqlite3 old.db "PRAGMA ignore_check_constraints = ON; UPDATE t SET b = -9223372036854775808 WHERE id > 2"
    ends_with 0 "$POLYDUMP" copy old.db other.db
    [[ "$stderr" == *"check (abs(b) > 1) of 't': it cannot be held against the rows: integer overflow"* ]]
    [[ "$stderr" == *"check 'low' of 't': 1 rows break it"*"id = '3'"* ]]
    same_database old.db other.db
}
