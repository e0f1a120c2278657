#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# steps.sh [--rows N] [--runs N] - how fast data go through the steps of migrations: a table of ten
# columns in an archive, restored to nowhere (null:) without a step, with one that renames and drops
# only, and with row functions in C and Lua; and the same archive to archive by migrate. In
# alternating runs of whole processes with one lane; medians, rows a second and ratios are printed,
# and nothing is judged. "in the step": a second of the processor time that the run without it does
# not take.
set -eu
cd "$(dirname "$0")/../.."
rows=2000000
runs=5
while [ $# -gt 0 ]; do
    case $1 in
    --rows) rows=$2; shift ;;
    --runs) runs=$2; shift ;;
    *) echo "usage: steps.sh [--rows N] [--runs N]" >&2; exit 2 ;;
    esac
    shift
done

sh tests/install.sh demo check
build=build/bench
[ -f "$build/build.ninja" ] || meson setup --native-file release.ini "$build" -Dtests=false >/dev/null
ninja -C "$build" >/dev/null
polydump=$PWD/$build/core/cli/polydump
. tests/bench/measure.sh

work=$PWD/$build/work
rm -rf "$work"
mkdir -m 755 -p "$work" "$work/plugins"
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
${CC:-cc} -O2 -shared -fPIC -I include -o "$work/plugins/steps.so" tests/bench/steps.c
chmod 755 "$work/plugins/steps.so"
export POLYDUMP_PLUGIN_PATH="$PWD/$build/plugins:$work/plugins"
cd "$work"

sqlite3 wide.db <<SQL
CREATE TABLE wide (id INTEGER PRIMARY KEY, name TEXT, email TEXT, region TEXT, born DATE, price DECIMAL(10,2),
    active BOOLEAN, score REAL, made DATETIME, notes TEXT);
INSERT INTO wide WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $rows)
SELECT i, 'First' || i || ' Last' || i, 'someone' || i || '@example.org', CASE i % 3 WHEN 0 THEN 'north' ELSE 'south' END,
    date(i % 20000, 'unixepoch'), i % 100000 / 100.0, i & 1, i * 0.5, '2024-02-29 12:34:56', 'a note of some length that nobody reads'
FROM n;
SQL
"$polydump" dump --quiet --app-version 1.0 wide.db archive
rm wide.db
echo "archive: $rows rows of ten columns, $(size_of archive) bytes; $(nproc) processors; $runs runs each"

# script FOLDER - 1.0.lua from stdin.
script()
{
    mkdir "$1"
    cat >"$1/1.0.lua"
}

script names <<'LUA'
return {to = "2.0", about = "names", schema = function(db)
  db:rename_table("wide", "broad")
  db:rename_column("broad", "name", "full_name")
  db:drop_column("broad", "notes")
end}
LUA
script lua-pass <<'LUA'
return {to = "2.0", about = "every row as it is", tables = {wide = function(row) return row end}}
LUA
script lua-set <<'LUA'
return {to = "2.0", about = "two columns are set", tables = {wide = function(row)
  row.name = row.name .. "!"
  row.score = row.score * 2
  return row
end}}
LUA

run=0
while [ "$run" -lt "$runs" ]; do
    run=$((run + 1))
    measured none "$polydump" restore --quiet --jobs 1 archive null:
    for step in names steps lua-pass lua-set; do
        measured "$step.log" "$polydump" restore --quiet --jobs 1 archive null: --migrations "$step"
    done
    rm -rf copy
    measured dump "$polydump" migrate --quiet --jobs 1 archive copy --migrations names
    rm -rf copy
    measured dump-c "$polydump" migrate --quiet --jobs 1 archive copy --migrations steps
    rm -rf copy
    measured dump-lua "$polydump" migrate --quiet --jobs 1 archive copy --migrations lua-set
done

# processor LOG - the median of the processor time.
processor()
{
    awk '{ print $3 + $4 }' "$1" >"$1.processor"
    median "$1.processor" 1
}

# tell NAME LOG BASE - seconds, rows a second, ratio to BASE, rows a second in the step, memory.
tell()
{
    awk -v name="$1" -v rows="$rows" -v a="$(median "$2" 1)" -v b="$(median "$3" 1)" -v memory="$(largest "$2")" \
        -v step="$(processor "$2")" -v base="$(processor "$3")" 'BEGIN {
        printf "%-30s %6.2f s, %8.0f rows/s, ratio %.2f", name, a, rows / a, a / b
        if (step > base) printf ", in the step %8.0f rows/s", rows / (step - base)
        printf "; peak %s MiB\n", memory }'
}

tell "to null:, no step" none none
tell "to null:, renames and drops" names.log none
tell "to null:, row function in C" steps.log none
tell "to null:, row function in Lua" lua-pass.log none
tell "to null:, Lua sets two columns" lua-set.log none
tell "migrate, renames and drops" dump dump
tell "migrate, row function in C" dump-c dump
tell "migrate, Lua sets two columns" dump-lua dump
