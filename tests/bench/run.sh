#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# run.sh [--rows N] [--runs N] [--tenfold] - measure dump and restore against the sqlite3 shell on a
# generated database, in alternating runs; medians, ratios, sizes and peak memory are printed, and
# nothing is judged. --tenfold measures memory on ten times the rows, too.
set -eu
cd "$(dirname "$0")/../.."
rows=2000000
runs=3
tenfold=
while [ $# -gt 0 ]; do
    case $1 in
    --rows) rows=$2; shift ;;
    --runs) runs=$2; shift ;;
    --tenfold) tenfold=1 ;;
    *) echo "usage: run.sh [--rows N] [--runs N] [--tenfold]" >&2; exit 2 ;;
    esac
    shift
done

sh tests/install.sh demo check
build=build/bench
[ -f "$build/build.ninja" ] || meson setup --native-file release.ini "$build" -Dtests=false >/dev/null
ninja -C "$build" >/dev/null
polydump=$PWD/$build/core/cli/polydump
POLYDUMP_PLUGIN_PATH=$PWD/$build/plugins
export POLYDUMP_PLUGIN_PATH
. tests/bench/measure.sh

work=$build/work
rm -rf "$work"
mkdir -p "$work"
generator=$PWD/tests/bench/generate.py
cd "$work"

dump_and_restore()
{
    rm -rf archive new.db
    measured "$2dump" "$polydump" dump --quiet "$1" archive
    measured "$2restore" "$polydump" restore --quiet archive new.db
}

python3 "$generator" bench.db "$rows"
echo "database: $rows rows, $(size_of bench.db) bytes; $(nproc) processors; $runs runs each; sqlite3 $(sqlite3 --version | cut -d ' ' -f 1)"

run=0
while [ "$run" -lt "$runs" ]; do
    run=$((run + 1))
    dump_and_restore bench.db ''
    rm -f shell.zst shell.sql shell.db
    measured shell-dump sh -c 'sqlite3 bench.db .dump | zstd -q -1 -T1 >shell.zst'
    zstd -q -d shell.zst -o shell.sql
    measured shell-restore sh -c 'sqlite3 shell.db <shell.sql'
    rm -f shell.sql
done

against dump shell-dump sqlite3
against restore shell-restore sqlite3
archive=$(size_of archive)
shell=$(size_of shell.zst)
echo "size     polydump $archive bytes, .dump | zstd -1 $shell bytes, ratio $(ratio "$archive" "$shell")"
for table in product customer sale sale_line event; do
    [ "$(sqlite3 bench.db "SELECT count(*) FROM $table")" = "$(sqlite3 new.db "SELECT count(*) FROM $table")" ] ||
        { echo "bench: '$table' has another number of rows after the restore" >&2; exit 1; }
done

if [ -n "$tenfold" ]; then
    rm -f shell.db shell.zst new.db bench.db
    python3 "$generator" ten.db "${rows}0"
    dump_and_restore ten.db 10-
    echo "tenfold  ${rows}0 rows: dump $(median 10-dump 1) s, peak $(largest 10-dump) MiB; restore $(median 10-restore 1) s, peak $(largest 10-restore) MiB"
fi
cd ..
rm -rf work
