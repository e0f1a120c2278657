#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# postgresql.sh [--rows N] [--runs N] - measure dump, restore and the move from SQLite against the
# native tools on a private server, in alternating runs; medians, ratios and peak memory are
# printed, and nothing is judged.
set -eu
cd "$(dirname "$0")/../.."
rows=2000000
runs=3
while [ $# -gt 0 ]; do
    case $1 in
    --rows) rows=$2; shift ;;
    --runs) runs=$2; shift ;;
    *) echo "usage: postgresql.sh [--rows N] [--runs N]" >&2; exit 2 ;;
    esac
    shift
done

sh tests/install.sh demo check servers bench
build=build/bench
[ -f "$build/build.ninja" ] || meson setup --native-file release.ini "$build" -Dtests=false >/dev/null
ninja -C "$build" >/dev/null
polydump=$PWD/$build/core/cli/polydump
POLYDUMP_PLUGIN_PATH=$PWD/$build/plugins
export POLYDUMP_PLUGIN_PATH
. tests/bench/measure.sh

work=$PWD/$build/work
rm -rf "$work"
mkdir -p "$work"
servers=$PWD/tests/servers.sh
server=$(mktemp -d)
stop()
{
    sh "$servers" stop "$server"
    rm -rf "$server" "$work"
}
trap stop EXIT
trap 'exit 130' INT TERM
eval "$(sh "$servers" start "$server" postgresql)"
bench=$PWD/tests/bench
cd "$work"

fresh() # DATABASE
{
    psql -q -d postgres -c "DROP DATABASE IF EXISTS $1" -c "CREATE DATABASE $1" 2>/dev/null
}

python3 "$bench/generate.py" bench.db "$rows"
fresh bench
python3 "$bench/generate_postgresql.py" "$rows" | psql -q -d bench >/dev/null
tables="product customer sale sale_line event"
echo "database: $rows rows; $(nproc) processors; $runs runs each; PostgreSQL $(psql -Atd bench -c 'SHOW server_version'); $(pgloader --version | head -n 1)"

copies=
for table in $tables; do
    copies="$copies -c \"COPY $table TO STDOUT (FORMAT binary)\""
done

run=0
while [ "$run" -lt "$runs" ]; do
    run=$((run + 1))
    rm -rf archive pg.zst pg.dump
    measured dump "$polydump" dump --quiet "postgresql:bench" archive
    measured pg_dump sh -c 'pg_dump bench | zstd -q -1 >pg.zst'
    measured copy sh -c "psql -q -d bench $copies >/dev/null"
    pg_dump -Fc -Z1 -f pg.dump bench
    fresh restored
    measured restore "$polydump" restore --quiet --jobs 2 archive "postgresql:restored"
    fresh native
    measured pg_restore pg_restore -j2 -d native pg.dump
    fresh moved
    measured move "$polydump" copy --quiet bench.db "postgresql:moved"
    fresh loaded
    measured pgloader pgloader --quiet bench.db "postgresql:///loaded?host=$PGHOST&user=$PGUSER"
done
for table in $tables; do
    for database in restored native moved loaded; do
        [ "$(psql -Atd bench -c "SELECT count(*) FROM $table")" = "$(psql -Atd $database -c "SELECT count(*) FROM $table")" ] ||
            { echo "bench: '$table' has another number of rows in '$database'" >&2; exit 1; }
    done
done

against dump pg_dump "pg_dump | zstd -1"
against dump copy "COPY ... (FORMAT binary) of the tables to /dev/null"
against restore pg_restore "pg_restore -j2"
against move pgloader "pgloader (from SQLite)"
echo "size     archive $(size_of archive) bytes, pg_dump | zstd -1 $(size_of pg.zst) bytes, ratio $(ratio "$(size_of archive)" "$(size_of pg.zst)")"
