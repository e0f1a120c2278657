# SPDX-License-Identifier: Apache-2.0
# measure.sh - to be sourced: what the benches measure with, and how they print it.

# measured LOG COMMAND... - "seconds KiB user system" of a command are added to LOG, the last two in
# seconds of processor time. Status 3 is polydump's for
# something that was left out and would be told without --quiet: a collation, say.
measured()
{
    log=$1
    shift
    sync
    command time -o one.time -f '%e %M %U %S' "$@" || [ $? -eq 3 ]
    tail -n 1 one.time >>"$log"
}

# The median of a column of a log.
median()
{
    sort -n -k "$2,$2" "$1" | awk -v column="$2" '{ v[NR] = $column } END { print v[int((NR + 1) / 2)] }'
}

largest()
{
    awk '$2 > most { most = $2 } END { printf "%.1f", most / 1024 }' "$1"
}

ratio()
{
    awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'
}

size_of()
{
    find "$1" -type f -exec cat {} + | wc -c
}

# against LOG OTHER NAME - one line on a log of polydump's and one of another tool's.
against()
{
    printf '%-8s polydump %6.2f s, %s %6.2f s, ratio %s; peak memory of polydump %s MiB\n' "$1" \
        "$(median "$1" 1)" "$3" "$(median "$2" 1)" "$(ratio "$(median "$1" 1)" "$(median "$2" 1)")" \
        "$(largest "$1")"
}
