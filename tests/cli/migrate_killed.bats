#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Steps in whose middle the process is killed, is told to end, or that fail: at the first row, in the
# middle and at the last one, and before, between and behind them. The target is as it was, the
# archive too, nothing is left, and the next run works.

load polydump

setup_file()
{
    local folder=$BATS_FILE_TMPDIR/plugins
    mkdir -m 755 "$folder"
    cc -shared -fPIC -I "$BATS_TEST_DIRNAME/../../include" -o "$folder/stop.so" "$BATS_TEST_DIRNAME/stop.c"
    chmod 755 "$folder/stop.so"
    export POLYDUMP_PLUGIN_PATH=$folder:${POLYDUMP_PLUGIN_PATH-}
    sqlite3 -bail "$BATS_FILE_TMPDIR/old.db" <<'SQL'
CREATE TABLE item (id INTEGER PRIMARY KEY, kind INTEGER, text TEXT);
CREATE TABLE kind (id INTEGER PRIMARY KEY, text TEXT);
CREATE TABLE other (id INTEGER PRIMARY KEY, x BLOB);
INSERT INTO kind VALUES (0, 'zero'), (1, 'one'), (2, 'two');
INSERT INTO item WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000) SELECT i, i % 3, '' FROM n;
INSERT INTO other SELECT id, zeroblob(id % 50) FROM item WHERE id % 100 = 0;
SQL
    "$POLYDUMP" dump --quiet "$BATS_FILE_TMPDIR/old.db" "$BATS_FILE_TMPDIR/a" --app-version 1.0
    sums >"$BATS_FILE_TMPDIR/sums"
}

teardown()
{
    [ -z "${pid-}" ] || kill -KILL "$pid" 2>/dev/null || true
    pg_clean
    my_clean
}

# Of all that is read.
sums()
{
    find "$BATS_FILE_TMPDIR/a" "$BATS_FILE_TMPDIR/old.db" -type f -exec sha256sum {} + | sort
}

places=("plan 0" "begin 0" "row 1" "row 20000" "row 40000" "lookup 20000" "rest 0")
# Where there was a kill at all of them: at which to try other signals, other commands and Lua too.
some=("${places[@]}")
is_long || some=("begin 0" "row 20000" "rest 0")

# target ENGINE - a database with something in it, or an archive: its URL is $url.
target()
{
    case $1 in
    sqlite)
        sqlite3 new.db "CREATE TABLE item (was TEXT); INSERT INTO item VALUES ('here')"
        url=new.db
        ;;
    postgresql)
        pg_new b && pg_ask b "CREATE TABLE item (was text); INSERT INTO item VALUES ('here')"
        url=$pg_url
        ;;
    mariadb)
        my_new b && my_ask b "CREATE TABLE item (was text); INSERT INTO item VALUES ('here')"
        url=$my_url
        ;;
    archive)
        sqlite3 was.db "CREATE TABLE item (was TEXT); INSERT INTO item VALUES ('here')"
        pd dump was.db b && rm was.db
        url=b
        ;;
    esac
}

# state ENGINE - all of the target, as its own engine tells it.
state()
{
    case $1 in
    sqlite) sha256sum <new.db ;;
    postgresql) pg_text b ;;
    mariadb) my_text b ;;
    archive) find b -type f -exec sha256sum {} + | sort ;;
    esac
}

# as_before ENGINE - and nothing lies about.
as_before()
{
    state "$1" >../after && diff ../before ../after || return 1
    case $1 in
    sqlite) only_here new.db ;;
    archive) only_here b ;;
    *) only_here ;;
    esac || return 1
    [ -z "$(ls -A "$TMPDIR")" ] && diff "$BATS_FILE_TMPDIR/sums" <(sums)
}

# is_new ENGINE - what the migration makes of it.
is_new()
{
    local sql="SELECT text, count(*) FROM item GROUP BY text ORDER BY text" rows
    case $1 in
    sqlite) rows=$(sqlite3 new.db "$sql") ;;
    postgresql) rows=$(pg_ask b "$sql") ;;
    mariadb) rows=$(my_ask b "$sql" | tr '\t' '|') ;;
    archive)
        pd restore b ../b.db && rows=$(sqlite3 ../b.db "$sql")
        rm ../b.db
        ;;
    esac
    [ "$rows" = "one|13334
two|13333
zero|13333" ] || { echo "# $1: $rows" >&2; return 1; }
}

# job ENGINE COMMAND - the words of a run into the target: $words.
job()
{
    case $2 in
    restore) words=(restore "$BATS_FILE_TMPDIR/a" "$url" --into=replace) ;;
    copy) words=(copy "$BATS_FILE_TMPDIR/old.db" "$url" --into=replace --app-version 1.0) ;;
    migrate) words=(migrate "$BATS_FILE_TMPDIR/a" "$url" --replace) ;;
    esac
}

# stops ENGINE COMMAND SIGNAL... - the C step, at each place and by each signal; 0 is a failure.
stops()
{
    local place signal code=0 engine=$1 command=$2 at
    shift 2
    target "$engine"
    job "$engine" "$command"
    state "$engine" >../before
    for signal; do
        case "$command $signal" in
        "restore 9" | "migrate 9") at=("${places[@]}") ;;
        *) at=("${some[@]}") ;;
        esac
        for place in "${at[@]}"; do
            run --separate-stderr env --default-signal=INT,TERM "$POLYDUMP" "${words[@]}" --quiet --migrations stop \
                --stop-at "${place% *}" --stop-row "${place#* }" --stop-by "$signal"
            code=$((signal ? 128 + signal : 1))
            [ "$status" -eq "$code" ] || { echo "# $engine $command $place by $signal: $status $stderr" >&2; return 1; }
            as_before "$engine" || { echo "# $engine $command $place by $signal" >&2; return 1; }
        done
    done
    pd "${words[@]}" --migrations stop
    is_new "$engine"
}

@test "C: a restore into SQLite" {
    stops sqlite restore 9 15 2 0
}

@test "C: a restore into PostgreSQL" {
    stops postgresql restore 9 15 2 0
}

@test "C: a restore into MariaDB" {
    stops mariadb restore 9 15 2 0
}

@test "C: a copy into SQLite" {
    stops sqlite copy 9 15
}

@test "C: a copy into PostgreSQL" {
    stops postgresql copy 9 15
}

@test "C: a copy into MariaDB" {
    stops mariadb copy 9 15
}

@test "C: a migration of an archive over another one" {
    stops archive migrate 9 15 2 0
}

@test "C: a target that was not there is not there" {
    local place
    for place in "${places[@]}"; do
        ! "$POLYDUMP" restore "$BATS_FILE_TMPDIR/a" new.db --quiet --migrations stop --stop-at "${place% *}" \
            --stop-row "${place#* }" --stop-by 9
        ! "$POLYDUMP" migrate "$BATS_FILE_TMPDIR/a" b --quiet --migrations stop --stop-at "${place% *}" \
            --stop-row "${place#* }" --stop-by 9
        only_here
        [ -z "$(ls -A "$TMPDIR")" ]
    done
}

@test "C: what is unpacked of a stream is removed by the next run, but not while its run lives" {
    local kept=$TMPDIR/polydump-stream-lives1
    "$POLYDUMP" dump --quiet "$BATS_FILE_TMPDIR/old.db" - --app-version 1.0 >stream
    for _ in 1 2; do
        run "$POLYDUMP" restore stream new.db --quiet --migrations stop --stop-at row --stop-row 20000 --stop-by 9
        [ "$status" -eq 137 ]
        [ "$(find "$TMPDIR" -mindepth 1 -maxdepth 1 | wc -l)" = 1 ]
        only_here stream
    done
    mkdir "$kept" "$TMPDIR/polydump-stream-other"
    flock --no-fork "$kept" sleep 60 3>&- &
    pid=$!
    until ! flock -n "$kept" true; do sleep 0.05; done
    pd restore stream new.db --migrations stop
    is_new sqlite
    [ "$(ls "$TMPDIR" | tr '\n' ' ')" = "polydump-stream-lives1 polydump-stream-other " ]
}

# ---- Lua: a script cannot end the process; it says where it is, stays there, and is killed ----

# script PLACE ID - m/1.0.lua
script()
{
    mkdir -p ../m
    cat >../m/1.0.lua <<END
local function stay(place, id)
  if place == "$1" and id == $2 then
    print("it is here")
    while true do end
  end
end
return {
  to = "2.0", about = "kinds are told",
  schema = function() stay("plan", 0) end,
  needs = {kinds = {table = "kind", keys = {"id"}, values = {"text"}}},
  before_load = function() stay("begin", 0) end,
  tables = {
    item = {
      row = function(row, ctx)
        stay("row", row.id)
        row.text = ctx:lookup("kinds", row.kind)
        stay("lookup", row.id)
        return row
      end,
      rest = function() stay("rest", 0) end,
    },
  },
}
END
}

# until_here - the script is there.
until_here()
{
    local i
    for i in $(seq 1200); do
        ! grep -q "it is here" ../log || return 0
        kill -0 "$pid" || return 1
        sleep 0.05
    done
    return 1
}

# killed ENGINE COMMAND SIGNAL PLACE...
killed()
{
    local place code signal=$3 engine=$1 command=$2
    shift 3
    target "$engine"
    job "$engine" "$command"
    state "$engine" >../before
    for place; do
        # shellcheck disable=SC2086 # two words
        script $place
        env --default-signal=INT,TERM "$POLYDUMP" "${words[@]}" --verbose --migrations ../m --lua-steps 1000000000000 \
            2>../log 3>&- &
        pid=$!
        until_here
        kill "-$signal" "$pid"
        code=0
        wait "$pid" || code=$?
        pid=
        [ "$code" -eq $((128 + signal)) ] || { echo "# $engine $place: $code $(tail -3 ../log)" >&2; return 1; }
        as_before "$engine" || { echo "# $engine $place by $signal" >&2; return 1; }
    done
    script none 0
    pd "${words[@]}" --migrations ../m
    is_new "$engine"
}

@test "Lua: a restore into SQLite" {
    killed sqlite restore 9 "${places[@]}"
    rm new.db
    killed sqlite restore 15 "${some[@]}"
    rm new.db
    killed sqlite restore 2 "row 20000"
}

@test "Lua: a restore into PostgreSQL" {
    killed postgresql restore 9 "${some[@]}"
    pg_clean
    killed postgresql restore 15 "row 1" "row 20000" "rest 0"
}

@test "Lua: a restore into MariaDB" {
    killed mariadb restore 9 "${some[@]}"
    my_clean
    killed mariadb restore 15 "row 1" "row 20000" "rest 0"
}

@test "Lua: a copy" {
    killed sqlite copy 9 "row 20000"
    rm new.db
    killed postgresql copy 9 "row 20000"
    killed mariadb copy 9 "row 20000"
}

@test "Lua: a migration of an archive" {
    killed archive migrate 9 "${some[@]}"
    rm -r b
    killed archive migrate 15 "row 20000" "row 40000"
}
