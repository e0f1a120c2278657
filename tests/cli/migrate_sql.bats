#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# SQL that steps run on the target: before the rows and after them, by engine; what could not be
# taken back is refused, and a statement that fails leaves the target as it was.

load polydump

teardown()
{
    pg_clean
    my_clean
}

# step LUA... - a step from 1.0 to 1.1 whose schema() makes these calls.
step()
{
    mkdir -p steps
    printf 'return {to="1.1", about="a test", schema=function(db)\n%s\nend}\n' "$1" >steps/1.0.lua
}

old_archive()
{
    database old.db <<'SQL'
CREATE TABLE person (id INTEGER PRIMARY KEY, name VARCHAR(20) NOT NULL);
CREATE TABLE pet (id INTEGER PRIMARY KEY, person_id INTEGER REFERENCES person (id));
INSERT INTO person VALUES (1, 'Ann'), (2, 'Bob'), (3, 'Cleo');
INSERT INTO pet VALUES (1, 1), (2, 3);
SQL
    pd dump --app shop --app-version 1.0 old.db a
}

# target ENGINE NAME - an empty database; $url is its URL.
target()
{
    case $1 in
    sqlite) url=sqlite:$2.db ;;
    postgresql) pg_new "$2" && url=$pg_url ;;
    mariadb) my_new "$2" && url=$my_url ;;
    esac
}

# ask ENGINE NAME SQL - columns apart by bars.
ask()
{
    case $1 in
    sqlite) sqlite3 "$2.db" "$3" ;;
    postgresql) pg_ask "$2" "SET search_path = public; $3" ;;
    mariadb) (set -o pipefail && my_ask "$2" "$3" | tr '\t' '|') ;;
    esac
}

# Nothing of a failed restore into an empty database is left.
is_empty()
{
    case $1 in
    sqlite) [ ! -e "$2.db" ] && only_here a old.db steps ;;
    postgresql) [ -z "$(pg_ask "$2" "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace")" ] ;;
    mariadb) [ -z "$(my_ask "$2" "SHOW TABLES")" ] ;;
    esac
}

index_of()
{
    case $1 in
    sqlite) ask "$1" "$2" "SELECT name FROM sqlite_schema WHERE name = 'by_name'" ;;
    postgresql) ask "$1" "$2" "SELECT relname FROM pg_class WHERE relname = 'by_name'" ;;
    mariadb) ask "$1" "$2" "SELECT DISTINCT INDEX_NAME FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'person' AND INDEX_NAME = 'by_name'" ;;
    esac
}

# person TABLE in the engine's own spelling: PostgreSQL's sessions look names up nowhere.
table_of()
{
    [ "$1" = postgresql ] && printf 'public.%s' "$2" || printf '%s' "$2"
}

runs_in()
{
    local engine=$1 person
    shift
    person=$(table_of "$engine" person)
    old_archive
    step "db:sql('$engine', 'before', [[CREATE INDEX by_name ON $person (name)]])
          db:sql('$engine', 'after', [[UPDATE $person SET name = upper(name) WHERE id < 3]])
          db:sql('$engine', 'after', [[SELECT * FROM $person]])
          db:sql('$([ $engine = sqlite ] && echo mariadb || echo sqlite)', 'after', [[NONSENSE]])
          db:sql('$engine', 'after', [[INSERT INTO $person VALUES (9, 'New')]])"
    target "$engine" new
    ends_with 0 "$POLYDUMP" restore a "$url" --migrations steps "$@"
    [ "$(ask "$engine" new "SELECT id, name FROM person ORDER BY id")" = "1|ANN
2|BOB
3|Cleo
9|New" ]
    [ "$(ask "$engine" new "SELECT count(*) FROM pet")" = 2 ]
    [ "$(index_of "$engine" new)" = by_name ]
    grep -qF "SQL before the rows (step '1.0' -> '1.1' (1.0.lua)): CREATE INDEX by_name ON $person (name)" <<<"$stderr"
    grep -qF "SQL after the rows, not verified (step '1.0' -> '1.1' (1.0.lua)): UPDATE $person SET" <<<"$stderr"
    grep -q "facts computed by the engine agree" <<<"$stderr"
    ! grep -q NONSENSE <<<"$stderr"
}

@test "statements run in SQLite, and what came before them is verified" {
    runs_in sqlite
}

@test "statements run in PostgreSQL with several jobs" {
    runs_in postgresql --jobs 4
}

@test "statements run in MariaDB with several jobs" {
    runs_in mariadb --jobs 4
}

@test "a statement that fails behind all rows leaves an empty target empty" {
    local engine option
    old_archive
    for engine in sqlite postgresql mariadb; do
        step "db:sql('$engine', 'after', [[DELETE FROM $(table_of $engine pet)]])
              db:sql('$engine', 'after', [[INSERT INTO $(table_of $engine person) VALUES (1, 'twice')]])"
        target $engine new
        for option in --jobs=1 --jobs=4; do
            complains 1 "step '1.0' -> '1.1' (1.0.lua): SQL after the rows: " "INSERT INTO" \
                -- pd restore a "$url" --migrations steps $option
            is_empty $engine new
        done
    done
}

@test "a statement that fails in a marked run takes back what statements before it did elsewhere" {
    old_archive
    step "db:sql('postgresql', 'after', [[CREATE TABLE public.made AS SELECT 1 AS x]])
          db:sql('postgresql', 'after', [[INSERT INTO public.person VALUES (1, 'twice')]])"
    target postgresql new
    complains 1 "duplicate key value" -- pd restore a "$url" --migrations steps --atomic marked --jobs 4
    is_empty postgresql new
    step "db:sql('postgresql', 'after', [[CREATE TABLE public.made AS SELECT 1 AS x]])"
    pd restore a "$url" --migrations steps --atomic marked --jobs 4
    [ "$(pg_ask new "SELECT x FROM public.made")" = 1 ]
    [ -z "$(pg_ask new "SELECT relname FROM pg_class WHERE relname LIKE 'polydump%'")" ]
}

# Rows that were there before, of a table person and one that no run knows.
present()
{
    local sql="CREATE TABLE person (id INTEGER PRIMARY KEY, name VARCHAR(20) NOT NULL);
        CREATE TABLE pet (id INTEGER PRIMARY KEY, person_id INTEGER REFERENCES person (id));
        CREATE TABLE other (x INTEGER); INSERT INTO other VALUES (7); INSERT INTO person VALUES (8, 'Old')"
    case $1 in
    sqlite) sqlite3 -bail "$2.db" "$sql" ;;
    postgresql) pg_new "$2" && pg_ask "$2" "$sql" && url=$pg_url ;;
    mariadb) my_new "$2" && my_ask "$2" "$sql" && url=$my_url ;;
    esac
}

@test "a statement that fails leaves rows that were there as they were" {
    local engine into
    old_archive
    for engine in sqlite postgresql mariadb; do
        for into in append truncate replace; do
            url=sqlite:$into.db
            present $engine $into
            step "db:sql('$engine', 'before', [[$([ $engine$into = mariadbreplace ] && echo "ALTER TABLE person ADD y INT" || echo "DELETE FROM $(table_of $engine person) WHERE id = 77")]])
                  db:sql('$engine', 'after', [[UPDATE $(table_of $engine person) SET name = 'x']])
                  db:sql('$engine', 'after', [[INSERT INTO $(table_of $engine person) VALUES (1, 'twice')]])"
            complains 1 "SQL after the rows: " -- pd restore a "$url" --migrations steps --into $into
            [ "$(ask $engine $into "SELECT id, name FROM person")" = "8|Old" ]
            [ "$(ask $engine $into "SELECT x FROM other")" = 7 ]
        done
    done
}

@test "statements run in tables that are there, in the transaction of the run" {
    local engine
    old_archive
    for engine in sqlite postgresql mariadb; do
        url=sqlite:new.db
        present $engine new
        step "db:sql('$engine', 'before', [[DELETE FROM $(table_of $engine person) WHERE id = 8]])
              db:sql('$engine', 'after', [[UPDATE $(table_of $engine other) SET x = (SELECT count(*) FROM $(table_of $engine person))]])"
        pd restore a "$url" --migrations steps --into append
        [ "$(ask $engine new "SELECT x FROM other")" = 3 ]
    done
}

# refused ENGINE WHEN SQL WORD [OPTION...] - before anything is written, by plan and restore alike.
refused()
{
    step "db:sql('$1', '$2', [[$3]])"
    complains 1 "is not run: $4" -- pd restore a "$url" --migrations steps "${@:5}"
    is_empty "$1" new
}

@test "what is about transactions, and what reaches elsewhere, is refused before the first row" {
    local sql
    old_archive
    target sqlite new
    for sql in BEGIN COMMIT "/* x */ END" ROLLBACK; do
        refused sqlite after "$sql" "it begins or ends a transaction"
    done
    refused sqlite before "SAVEPOINT x" "it is about a savepoint"
    refused sqlite after "ATTACH 'x.db' AS x" "it would reach another file"
    refused sqlite after "VACUUM" "it would reach another file"
    refused sqlite after "PRAGMA journal_mode = WAL" "no such PRAGMA can be taken back"
    refused sqlite after "PRAGMA writable_schema = ON" "no such PRAGMA can be taken back"
    refused sqlite after "EXPLAIN ATTACH 'x.db' AS x" "it would reach another file"
    refused sqlite after "SELECT 1; SELECT 2" "it is not one statement"
    refused sqlite after "-- nothing" "it is not one statement"
    target postgresql new
    for sql in BEGIN "start transaction" "COMMIT" "PREPARE TRANSACTION 'x'" "-- x
ROLLBACK" ABORT "SAVEPOINT x"; do
        refused postgresql after "$sql" "it is about a transaction"
    done
    refused postgresql after "SELECT 1; COMMIT" "it is not one statement"
    refused postgresql after "SET search_path = x" "it changes the session"
    refused postgresql after "COPY public.person FROM STDIN" "COPY is polydump's own"
    target mariadb new
    for sql in COMMIT "CREATE VIEW v AS SELECT 1" "DROP TABLE person" "SET autocommit = 0" "LOCK TABLES person READ" \
        "CALL p()" "GRANT SELECT ON *.* TO x"; do
        refused mariadb after "$sql" "only INSERT, REPLACE, UPDATE"
    done
    refused mariadb after "UPDATE person SET name = 'x;'; COMMIT" "it is not one statement"
    refused mariadb after "SELECT /*!50000 1 */" "it has a comment that the server runs"
    refused mariadb after "ALTER TABLE person RENAME TO human" "it takes a table or its rows"
    refused mariadb after "ALTER TABLE other ADD x INT" "its table is none that this run makes"
    refused mariadb after "INSERT INTO mysql.x VALUES (1)" "it names database 'mysql'"
    refused mariadb after "SELECT 1 INTO OUTFILE '/tmp/x'" "it writes a file of the server"
    refused mariadb before "UPDATE person SET name = 'x'" "tables get their names after the rows"
}

@test "SQL before the rows cannot be taken back from a run of several transactions" {
    old_archive
    step "db:sql('postgresql', 'before', [[CREATE TABLE public.made (x int)]])"
    target postgresql new
    complains 2 "leave out --atomic=marked" -- pd restore a "$url" --migrations steps --atomic marked
    is_empty postgresql new
    pd restore a "$url" --migrations steps --jobs 4
    [ "$(pg_ask new "SELECT count(*) FROM public.made")" = 0 ]
}

@test "in MariaDB a statement must not reach what the run does not make" {
    old_archive
    present mariadb new
    step "db:sql('mariadb', 'after', [[UPDATE other SET x = 1]])"
    complains 1 "it names 'other', which is no table of this run" \
        -- pd restore a "$url" --migrations steps --into replace
    [ "$(my_ask new "SELECT x FROM other")" = 7 ]
    my_ask new "ALTER TABLE other ENGINE = MyISAM"
    complains 1 "it names 'other', which has an engine without transactions" \
        -- pd restore a "$url" --migrations steps --into append
    step "db:sql('mariadb', 'after', [[ALTER TABLE person ADD y INT]])"
    complains 1 "it commits, and into tables that are there the run is one transaction" \
        -- pd restore a "$url" --migrations steps --into append
    pd restore a "$url" --migrations steps --into replace
    [ "$(my_ask new "SELECT count(y), count(*) FROM person")" = "$(printf '0\t3')" ]
}

@test "triggers and foreign keys count for SQL after the rows" {
    local engine person
    old_archive
    for engine in sqlite postgresql mariadb; do
        target $engine new
        step "db:sql('$engine', 'after', [[DELETE FROM $(table_of $engine person) WHERE id = 1]])"
        complains 1 -- pd restore a "$url" --migrations steps
        grep -qi "foreign key" <<<"$stderr"
        is_empty $engine new
    done
}

@test "rows that SQL makes before the others are found by the verification" {
    local engine
    old_archive
    for engine in sqlite postgresql; do
        target $engine new
        step "db:sql('$engine', 'before', [[INSERT INTO $(table_of $engine person) VALUES (7, 'early')]])"
        complains 4 "SQL before the rows must not leave any of its own" "table 'person'" \
            -- pd restore a "$url" --migrations steps
        is_empty $engine new
    done
}

@test "what the server warns of is told, and the status is 3" {
    old_archive
    step "db:sql('postgresql', 'after', [[DO \$\$BEGIN RAISE WARNING 'mind the gap'; END\$\$]])
          db:sql('mariadb', 'after', [[INSERT IGNORE INTO person VALUES (1, 'twice'), (2, 'twice')]])"
    target postgresql new
    ends_with 3 "$POLYDUMP" restore a "$url" --migrations steps
    says "'DO \$\$BEGIN RAISE WARNING 'mind the gap'; END\$\$': the server warns: mind the gap"
    target mariadb new
    ends_with 3 "$POLYDUMP" restore a "$url" --migrations steps
    says "'INSERT IGNORE INTO person VALUES (1, 'twice'), (2, 'twice')': the server warns 2 times, first: Duplicate entry '1'"
}

@test "many rows that a statement selects are dropped as they come" {
    local engine
    old_archive
    step "db:sql('sqlite', 'after', [[WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT i FROM n]])
          db:sql('postgresql', 'after', [[SELECT repeat('x', 1000) FROM generate_series(1, 300000)]])
          db:sql('mariadb', 'after', [[SELECT REPEAT('x', 1000) FROM seq_1_to_300000]])"
    for engine in sqlite postgresql mariadb; do
        target $engine new
        pd restore a "$url" --migrations steps
        [ "$(ask $engine new "SELECT count(*) FROM person")" = 3 ]
    done
}

@test "user_version is set in the transaction of the run" {
    old_archive
    step "db:sql('sqlite', 'after', [[PRAGMA user_version = 11]])"
    pd restore a new.db --migrations steps
    [ "$(sqlite3 new.db 'PRAGMA user_version')" = 11 ]
    pd restore a new.db --migrations steps --into truncate
    [ "$(sqlite3 new.db 'PRAGMA user_version')" = 11 ]
}

@test "plan lists statements, and says which are not for the target and which are refused" {
    old_archive
    step "db:sql('sqlite', 'before', [[CREATE INDEX by_name ON person (name)]])
          db:sql('mariadb', 'after', [[ANALYZE TABLE person]])"
    ends_with 0 pd plan a sqlite:new.db --migrations steps
    grep -qxF "  SQL on sqlite, before the rows: CREATE INDEX by_name ON person (name)" <<<"$output"
    grep -qxF "  SQL on mariadb, after the rows (not run on this target): ANALYZE TABLE person" <<<"$output"
    target mariadb new
    ends_with 1 pd plan a "$url" --migrations steps
    grep -qF "refused: 'ANALYZE TABLE person' is not run: only INSERT" <<<"$output"
}

@test "SQL for an engine that is called otherwise is no SQL for another one" {
    local name
    old_archive
    target postgresql new
    for name in postgres PostgreSQL; do
        step "db:sql('$name', 'after', [[ANALYZE]])"
        complains 1 "step '1.0' -> '1.1' (1.0.lua) has SQL for '$name'; the engine is called 'postgresql' there: ANALYZE" \
            -- pd restore a "$url" --migrations steps
    done
    is_empty postgresql new
}

@test "SQL for an engine that nobody has is refused, and a vendor's own is an engine" {
    local engine name
    old_archive
    for engine in sqlite postgresql mariadb; do
        target $engine new
        for name in sqlit postgresq maria_db; do
            step "db:sql('$name', 'after', [[UPDATE person SET id = 7]])"
            complains 1 "step '1.0' -> '1.1' (1.0.lua) has SQL for the engine '$name', and there is none of that name; did you mean '" \
                "'?: engines are sqlite, postgresql, mariadb and plugins that run SQL, where POLYDUMP_PLUGIN_PATH finds them: UPDATE person" \
                -- pd restore a "$url" --migrations steps
        done
        complains 1 "did you mean 'mariadb'?" -- pd plan a "$url" --migrations steps
        is_empty $engine new
    done
    # Plugins that run no SQL, a word that no plugin can be called by, one that is not there.
    for name in lua null 'My SQL' vendor; do
        step "db:sql('$name', 'after', [[UPDATE person SET id = 7]])"
        complains 1 "engine '$name', and there is none of that name: engines are" -- pd plan a new.db --migrations steps
    done
    mkdir -m 700 plugins
    sed 's/null/vendor/g; s/^static const struct pd_sink_ops vendor_sink = {/static pd_status vendor_execute(struct pd_sink *sink, const struct pd_statement *statement, struct pd_error *err) { return PD_OK; }\n&\n.execute = vendor_execute,/' \
        "$BATS_TEST_DIRNAME/../../plugins/null/null.c" >vendor.c
    cc -shared -fPIC -I "$BATS_TEST_DIRNAME/../../include" -o plugins/vendor.so vendor.c
    POLYDUMP_PLUGIN_PATH=$PWD/plugins:${POLYDUMP_PLUGIN_PATH-} ends_with 0 pd restore a new.db --migrations steps
}

@test "without rows there is no SQL, which is told" {
    old_archive
    step "db:sql('sqlite', 'after', [[INSERT INTO person VALUES (9, 'New')]])"
    ends_with 0 "$POLYDUMP" restore a new.db --migrations steps --schema-only
    says "SQL of migrations: 1 statement is run with rows only, and there are none with --schema-only"
    [ "$(sqlite3 new.db 'SELECT count(*) FROM person')" = 0 ]
}

@test "an archive is no database for SQL of whatever engine" {
    old_archive
    step "db:sql('postgresql', 'after', [[ANALYZE]])"
    complains 1 "runs SQL on a database of 'postgresql', which an archive is not" \
        -- pd migrate a b --migrations steps
    only_here a old.db steps
}
