#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# mariadb.sh [--rows N] [--runs N] - measure dump, restore and the move to PostgreSQL against the
# native tools on private servers, in alternating runs; medians, ratios and peak memory are
# printed, and nothing is judged.
set -eu
cd "$(dirname "$0")/../.."
rows=2000000
runs=3
while [ $# -gt 0 ]; do
    case $1 in
    --rows) rows=$2; shift ;;
    --runs) runs=$2; shift ;;
    *) echo "usage: mariadb.sh [--rows N] [--runs N]" >&2; exit 2 ;;
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
variables=$(sh "$servers" start "$server") || exit 1
eval "$variables"
bench=$PWD/tests/bench
socket=$POLYDUMP_TEST_MARIADB_SOCKET
cd "$work"

my()
{
    mariadb --no-defaults --user=root --socket="$socket" "$@"
}

# What the last command left for later is not paid for by the next one.
settle()
{
    my -e "SET GLOBAL innodb_max_dirty_pages_pct_lwm = 0, innodb_max_dirty_pages_pct = 0"
    until [ "$(my -N -e "SELECT VARIABLE_VALUE < 50 FROM information_schema.GLOBAL_STATUS
        WHERE VARIABLE_NAME = 'Innodb_buffer_pool_pages_dirty'")" = 1 ]; do
        sleep 0.2
    done
    my -e "SET GLOBAL innodb_max_dirty_pages_pct = 90"
    psql -q -d postgres -c CHECKPOINT
}

# Both who read find in the server's memory what one before them has left there.
warm()
{
    mariadb-dump --no-defaults --user=root --socket="$socket" --single-transaction bench >/dev/null
}

fresh() # DATABASE
{
    my -e "DROP DATABASE IF EXISTS $1; CREATE DATABASE $1 CHARACTER SET utf8mb4"
}

fresh_postgresql() # DATABASE
{
    psql -q -d postgres -c "DROP DATABASE IF EXISTS $1" -c "CREATE DATABASE $1" 2>/dev/null
}

url() # DATABASE
{
    printf 'mariadb://root@localhost/%s?socket=%s' "$1" "$socket"
}

fresh bench
mkdir files
python3 "$bench/generate_mariadb.py" "$rows" "$work/files" >load.sql
my --local-infile=1 bench <load.sql
rm -r files
tables="product customer sale sale_line event"
# mydumper writes zstd from 0.11 on.
mydumper_version=$(mydumper --version | sed -n 's/^mydumper v\{0,1\}\([0-9.]*\).*/\1/p')
zstd_of_mydumper=
if mydumper --help 2>&1 | grep -q -i 'zstd'; then
    zstd_of_mydumper=--compress=ZSTD
fi
echo "database: $rows rows; $(nproc) processors; $runs runs each; MariaDB $(my -N -e 'SELECT VERSION()'); mydumper $mydumper_version; $(pgloader --version | head -n 1)"

run=0
while [ "$run" -lt "$runs" ]; do
    run=$((run + 1))
    rm -rf archive native my.dump
    mkdir native
    settle
    warm
    measured dump "$polydump" dump --quiet --jobs 2 "$(url bench)" archive
    warm
    if [ -n "$zstd_of_mydumper" ]; then
        measured dumper mydumper --user=root --socket="$socket" --database=bench --threads=2 \
            "$zstd_of_mydumper" --outputdir=native/my.zst
    else
        measured dumper sh -c "mariadb-dump --no-defaults --user=root --socket='$socket' --single-transaction bench | zstd -q -1 >native/dump.zst"
    fi
    mydumper --user=root --socket="$socket" --database=bench --threads=2 --outputdir=my.dump 2>/dev/null
    fresh restored
    settle
    measured restore "$polydump" restore --quiet --jobs 2 archive "$(url restored)"
    fresh loaded
    settle
    measured myloader myloader --user=root --socket="$socket" --database=loaded --threads=2 --directory=my.dump
    fresh_postgresql moved
    settle
    warm
    measured move "$polydump" copy --quiet --jobs 2 "$(url bench)" "postgresql:moved"
    fresh_postgresql pgloaded
    settle
    warm
    measured pgloader pgloader --quiet "mysql://root@unix:$socket:/bench" "postgresql:///pgloaded?host=$PGHOST&user=$PGUSER" >/dev/null
done
for table in $tables; do
    expected=$(my -N bench -e "SELECT count(*) FROM $table")
    for counted in "$(my -N restored -e "SELECT count(*) FROM $table")" \
        "$(my -N loaded -e "SELECT count(*) FROM $table")" \
        "$(psql -Atd moved -c "SELECT count(*) FROM $table")" \
        "$(psql -Atd pgloaded -c "SELECT count(*) FROM bench.$table")"; do
        [ "$expected" = "$counted" ] ||
            { echo "bench: '$table' has $expected rows, but $counted in a copy" >&2; exit 1; }
    done
done

dumper="mydumper --compress=ZSTD --threads=2"
[ -n "$zstd_of_mydumper" ] || dumper="mariadb-dump | zstd -1"
against dump dumper "$dumper"
against restore myloader "myloader --threads=2"
against move pgloader "pgloader (to PostgreSQL)"
echo "size     archive $(size_of archive) bytes, $dumper $(size_of native) bytes, ratio $(ratio "$(size_of archive)" "$(size_of native)")"
