#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# What is said of the target's own tables acts or is refused; plan refuses what a restore refuses, in
# the same words; and triggers that were asked for do not end a run by what they change.

load polydump

teardown()
{
    [ -z "${PGHOST-}" ] || pg_clean
    [ -z "${POLYDUMP_TEST_MARIADB_SOCKET-}" ] || my_clean
}

@test "rules by name act from SQLite into SQLite, also where both say the same of a column" {
    database e.db <<<"CREATE TABLE t (id INTEGER PRIMARY KEY, at datetime, ok boolean, u uuid, n TEXT);
        INSERT INTO t VALUES (1, 1709208000, 't', x'00112233445566778899aabbccddeeff', 'x'), (2, '2024-02-29 13:00:00', 0, NULL, NULL)"
    database e2.db <<<"CREATE TABLE t (id INTEGER PRIMARY KEY, at datetime, ok boolean, u uuid, n TEXT)"
    ends_with 0 pd copy e.db e2.db --epoch t.at=s --bool-text t.ok --uuid-bytes 't.*'
    [ "$(sqlite3 e2.db 'SELECT * FROM t')" = "1|2024-02-29 12:00:00|1|00112233-4455-6677-8899-aabbccddeeff|x
2|2024-02-29 13:00:00|0||" ]
    # Times as numbers, of SQLite's texts too.
    database e3.db <<<"CREATE TABLE t (id INTEGER PRIMARY KEY, at INTEGER)"
    sqlite3 e.db "UPDATE t SET at = '2024-02-29 12:00:00' WHERE id = 1"
    ends_with 0 pd copy e.db e3.db --epoch t.at=s --drop-column 't.[oun]*'
    [ "$(sqlite3 e3.db 'SELECT at FROM t')" = "1709208000
1709211600" ]
    sqlite3 e.db "UPDATE t SET at = 1709208000 WHERE id = 1"
    # Without them what is there stays.
    ends_with 0 pd copy e.db e2.db --into=truncate
    [ "$(sqlite3 e2.db 'SELECT at, ok FROM t WHERE id = 1')" = "1709208000|t" ]
}

@test "rules that would do nothing, or that contradict each other, are refused on all engines" {
    local url
    database e.db <<<"CREATE TABLE t (id INTEGER PRIMARY KEY, at datetime, n TEXT, i INTEGER, w INT GENERATED ALWAYS AS (i) STORED); INSERT INTO t (id, at, n, i) VALUES (1, 1709208000, 'x', 1709208000)"
    database e2.db <<<"CREATE TABLE t (id INTEGER PRIMARY KEY, at datetime, n TEXT, i INTEGER)"
    pg_new n
    pg_ask n "CREATE TABLE t (id int PRIMARY KEY, at timestamptz, n text, i bigint)"
    my_new n
    my_ask n "CREATE TABLE t (id int PRIMARY KEY, at datetime(6), n text, i bigint)"
    for url in e2.db "$pg_url" "$my_url"; do
        complains 2 "--epoch 't.n=s' would do nothing: column 'n' of table 't' has values of 'text' and goes into one of 'text'" \
            "--epoch reads numbers as times" -- pd copy e.db "$url" --epoch t.at=s --epoch t.n=s
        complains 2 "--bool-text '*.i' would do nothing" "'int64' and goes into one of" -- pd plan e.db "$url" --epoch t.at=s --bool-text '*.i'
        complains 2 "--uuid-bytes 't.w' would do nothing: column 'w' of table 't' is not written" -- \
            pd copy e.db "$url" --epoch t.at=s --uuid-bytes t.w
        complains 2 "--epoch 't.at=s' and '*.at=ms' say two things of column 'at' of table 't'" -- \
            pd copy e.db "$url" --epoch t.at=s --epoch '*.at=ms'
        complains 2 "--assume-zone 't.at=UTC' and 't.at=+02:00' say two things of column 'at'" -- \
            pd copy e.db "$url" --epoch t.at=s --assume-zone t.at=UTC --assume-zone t.at=+02:00
        complains 2 "--assume-zone 'UTC' and '+02:00' say two things of all columns" -- \
            pd copy e.db "$url" --epoch t.at=s --assume-zone UTC --assume-zone +02:00
        # The same twice is no contradiction, a pattern may fit more than it changes, and one column's zone goes before that of all.
        ends_with 0 pd copy e.db "$url" --epoch t.at=s --epoch 't.[a]t=s' --assume-zone t.at=UTC --assume-zone +02:00 --drop-column t.w
    done
    [ "$(sqlite3 e2.db 'SELECT at, i FROM t')" = "2024-02-29 12:00:00|1709208000" ]
    [ "$(pg_ask n "SET timezone = 'UTC'; SELECT at FROM t")" = "2024-02-29 12:00:00+00" ]
}

@test "the config file says the same, the command line goes before it, and elsewhere it stands for nothing" {
    database e.db <<<"CREATE TABLE t (id INTEGER PRIMARY KEY, at datetime, ok boolean, old TEXT); INSERT INTO t VALUES (1, 1709208000, 't', 'x')"
    database e2.db <<<"CREATE TABLE t (id INTEGER PRIMARY KEY, at datetime, ok boolean)"
    cat >polydump.yaml <<'YAML'
epoch: [t.at=s, nowhere.at=ms]
bool-text: '*.ok'
drop-column: t.old
on-conflict: update
triggers: fire
YAML
    ends_with 0 pd copy e.db e2.db
    [ "$(sqlite3 e2.db 'SELECT * FROM t')" = "1|2024-02-29 12:00:00|1" ]
    sqlite3 e.db "UPDATE t SET ok = 'f', at = at * 1000"
    ends_with 0 pd copy e.db e2.db --into=append --epoch t.at=ms
    [ "$(sqlite3 e2.db 'SELECT * FROM t')" = "1|2024-02-29 12:00:00|0" ]
    ends_with 1 pd copy e.db e2.db --into=append --epoch t.at=ms --on-conflict=error
    ends_with 0 pd copy e.db new.db
    [ "$(sqlite3 new.db 'SELECT at, old FROM t')" = "1709208000000|x" ]
    printf 'bool-text: {a: b}\n' >polydump.yaml
    complains 2 "'polydump.yaml' line 1: 'bool-text' is not a list" -- pd copy e.db new2.db
    printf 'on-conflict: maybe\n' >polydump.yaml
    complains 2 "polydump.yaml" "on-conflict" -- pd copy e.db e2.db --into=append --drop-column t.old
}

@test "NULL that the target's own column forbids is counted by plan and refused by restore in the same words" {
    local url words="row with id = '2': NULL does not fit"
    database e.db <<<"CREATE TABLE t (id INTEGER PRIMARY KEY, l TEXT, more TEXT); INSERT INTO t VALUES (1, 'x', NULL), (2, NULL, NULL), (3, NULL, NULL)"
    database e2.db <<<"CREATE TABLE t (id INTEGER PRIMARY KEY, l TEXT NOT NULL DEFAULT 'y', more TEXT)"
    pg_new n
    pg_ask n "CREATE TABLE t (id int PRIMARY KEY, l text NOT NULL, more text)"
    my_new n
    my_ask n "CREATE TABLE t (id int PRIMARY KEY, l text NOT NULL, more text)"
    for url in e2.db "$pg_url" "$my_url"; do
        ends_with 1 "$POLYDUMP" plan e.db "$url"
        [[ "$output" == *"2 values do not fit, as the one in the $words"*": the column forbids NULL; give it a value in the source"* ]]
        complains 1 "table 't': column 'l', $words" "the column forbids NULL" "let the column in the target take NULL" -- pd copy e.db "$url"
        ends_with 3 pd copy e.db "$url" --rejects "left_${url//[^a-z0-9]/}"
    done
    [ "$(sqlite3 e2.db 'SELECT count(*) FROM t') $(pg_ask n 'SELECT count(*) FROM t') $(my_ask n 'SELECT count(*) FROM t')" = "1 1 1" ]
    # A trigger may give it one.
    pg_ask n "TRUNCATE t; CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.l := coalesce(NEW.l, ''none''); RETURN NEW; END';
        CREATE TRIGGER filled BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION fill()"
    ends_with 3 pd copy e.db "$pg_url" --triggers=fire
    [ "$(pg_ask n "SELECT string_agg(l, ' ' ORDER BY id) FROM t")" = "x none none" ]
}

@test "SQL that a restore will not run is refused by plan in the same words, into new tables and own ones" {
    local url sql engine said
    database o.db <<<"CREATE TABLE k (id INTEGER PRIMARY KEY); INSERT INTO k VALUES (1)"
    mkdir m
    pg_new n
    pg_new own
    pg_ask own "CREATE TABLE k (id int PRIMARY KEY)"
    my_new n
    my_new own
    my_ask own "CREATE TABLE k (id int PRIMARY KEY)"
    database own.db <<<"CREATE TABLE k (id INTEGER PRIMARY KEY)"
    for url in sqlite:new.db sqlite:own.db "postgresql:$(pg_name n)" "postgresql:$(pg_name own)" "$(my_url_of n)" "$(my_url_of own)"; do
        engine=${url%%:*}
        for sql in COMMIT "SELECT 1; DROP TABLE k" "PRAGMA main.journal_mode = wal"; do
            [ "$engine" = sqlite ] || [[ "$sql" != PRAGMA* ]] || continue
            printf 'return { to = "2", about = "x", schema = function(db) db:sql("%s", "after", "%s") end }\n' "$engine" "$sql" >m/1.lua
            ends_with 1 pd copy --app-version 1 o.db "$url" --migrations m
            said=${stderr#polydump: }
            [[ "$said" == *"'$sql' is not run: "* ]]
            ends_with 1 "$POLYDUMP" plan --quiet --app-version 1 o.db "$url" --migrations m
            [[ "$output" == *"refused: $said"* ]]
        done
    done
    [ ! -e new.db ]
    # A trigger has statements within, and an end behind which blanks are nothing.
    cat >m/1.lua <<'LUA'
return { to = "2", about = "x", schema = function(db)
  db:sql("sqlite", "after", "CREATE TRIGGER g AFTER INSERT ON k BEGIN SELECT 1; SELECT 2; END; -- so\n ;") end }
LUA
    sed -i '$s/ end }/ db:sql("sqlite", "after", "PRAGMA user_version = 5") end }/' m/1.lua
    ends_with 0 "$POLYDUMP" plan --app-version 1 o.db new.db --migrations m
    ends_with 0 pd copy --app-version 1 o.db new.db --migrations m
    [ "$(sqlite3 new.db "SELECT name FROM sqlite_schema WHERE type = 'trigger'; PRAGMA user_version" | tr '\n' ' ')" = "g 5 " ]
}

@test "steps that warn give 3 in a plan as in a restore, and each warning once" {
    database o.db <<<"CREATE TABLE k (id INTEGER PRIMARY KEY); INSERT INTO k VALUES (1), (2)"
    database own.db <<<"CREATE TABLE k (id INTEGER PRIMARY KEY)"
    mkdir m
    echo 'return { to = "2", about = "x", tables = { k = function(row, ctx) ctx:warn("odd " .. row.id) return row end } }' >m/1.lua
    ends_with 3 "$POLYDUMP" plan --app-version 1 o.db new.db --migrations m
    [ "$(grep -c "left out: step '1' -> '2': odd" <<<"$output")" = 2 ]
    ends_with 3 "$POLYDUMP" plan --app-version 1 o.db own.db --migrations m
    [ "$(grep -c "left out: step '1' -> '2': odd" <<<"$output")" = 2 ]
    ends_with 3 "$POLYDUMP" copy --app-version 1 o.db own.db --migrations m
    says "step '1' -> '2': odd 1"
}

@test "tables of MariaDB without transactions are refused by plan in the words of a restore" {
    database o.db <<<"CREATE TABLE k (id INTEGER PRIMARY KEY); INSERT INTO k VALUES (1)"
    my_new n
    my_ask n "CREATE TABLE k (id int PRIMARY KEY) ENGINE = MyISAM"
    complains 1 "table 'k' has an engine without transactions" -- pd copy o.db "$my_url"
    local said=${stderr#polydump: }
    ends_with 1 "$POLYDUMP" plan --quiet o.db "$my_url"
    [[ "$output" == *"refused: $said"* ]]
}

@test "a plan of a policy that replaces rows deletes none" {
    database o.db <<<"CREATE TABLE k (id INTEGER PRIMARY KEY); INSERT INTO k VALUES (1)"
    pg_new n
    pg_ask n "CREATE TABLE k (id int PRIMARY KEY); INSERT INTO k VALUES (7)"
    ends_with 0 pd plan o.db "$pg_url" --policy k=replace
    [ "$(pg_ask n "SELECT id FROM k")" = 7 ]
    ends_with 0 pd copy o.db "$pg_url" --policy k=replace
    [ "$(pg_ask n "SELECT id FROM k")" = 1 ]
}

@test "what triggers change on request is told with status 3, and other tables are verified" {
    database o.db <<<"CREATE TABLE acts (id INTEGER PRIMARY KEY, boss INT); INSERT INTO acts VALUES (1, 1), (2, 2);
        CREATE TABLE other (id INTEGER PRIMARY KEY, n INT); INSERT INTO other VALUES (1, 1);
        CREATE TABLE quiet (id INTEGER PRIMARY KEY, n INT); INSERT INTO quiet VALUES (1, 1);
        CREATE TABLE same (id INTEGER PRIMARY KEY); INSERT INTO same VALUES (1)"
    local tables="CREATE TABLE acts (id int PRIMARY KEY, boss int); CREATE TABLE other (id int PRIMARY KEY, n int); CREATE TABLE quiet (id int PRIMARY KEY, n int); CREATE TABLE same (id int PRIMARY KEY); CREATE TABLE log (n int)"
    pg_new n
    pg_ask n "$tables;
        CREATE FUNCTION act() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.boss := NEW.boss + 1; UPDATE public.other SET n = n + 5; RETURN NEW; END';
        CREATE TRIGGER acting BEFORE INSERT ON acts FOR EACH ROW EXECUTE FUNCTION act();
        CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.log VALUES (NEW.id); RETURN NEW; END';
        CREATE TRIGGER noting AFTER INSERT ON same FOR EACH ROW EXECUTE FUNCTION note()"
    my_new n
    my_ask n "$tables; CREATE TRIGGER acting BEFORE INSERT ON acts FOR EACH ROW SET NEW.boss = NEW.boss + 1;
        CREATE TRIGGER after_acting AFTER INSERT ON quiet FOR EACH ROW UPDATE other SET n = n + 5;
        CREATE TRIGGER noting AFTER INSERT ON same FOR EACH ROW INSERT INTO log VALUES (NEW.id)"
    database new.db <<<"$tables; CREATE TRIGGER acting AFTER INSERT ON acts BEGIN UPDATE acts SET boss = boss + 1 WHERE id = NEW.id; END;
        CREATE TRIGGER after_acting AFTER INSERT ON quiet BEGIN UPDATE \"other\" SET n = n + 5; END;
        CREATE TRIGGER noting AFTER INSERT ON same BEGIN INSERT INTO log VALUES (NEW.id); END"
    local url
    for url in "$pg_url" "$my_url" new.db; do
        ends_with 3 "$POLYDUMP" copy --jobs 1 o.db "$url" --triggers=fire
        says "table 'acts': it is not verified, since triggers fired; what the engine has is not what went through: column 'boss': int-sum: 5 in the engine, 3 in the stream"
        [[ "$stderr" != *"table 'quiet': it is"* && "$stderr" != *"table 'same': it is"* ]]
    done
    [ "$(pg_ask n "SELECT sum(boss) FROM acts") $(my_ask n "SELECT sum(boss) FROM acts") $(sqlite3 new.db "SELECT sum(boss) FROM acts")" = "5 5 5" ]
    [ "$(my_ask n "SELECT n FROM other; SELECT n FROM log" | tr '\n' ' ')" = "6 1 " ]
    # A table that no trigger is of or names is held against its rows in full.
    pg_ask n "TRUNCATE acts, other, quiet, same; DROP TRIGGER acting ON acts;
        CREATE FUNCTION hidden() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN EXECUTE ''UPDATE public.qui'' || ''et SET n = 9''; RETURN NEW; END';
        CREATE TRIGGER hides AFTER INSERT ON same FOR EACH ROW EXECUTE FUNCTION hidden()"
    complains 4 "table 'quiet': what the engine has is not what went through: column 'n'" -- pd copy --jobs 1 o.db "$pg_url" --triggers=fire
    [ "$(pg_ask n "SELECT count(*) FROM quiet")" = 0 ]
}
