#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check_lengths.sh - the ten longest functions; functions above 90 lines and files above 700 fail.
# plugin.h is the one exception: the whole interface in one place, most of it comments. Counted are
# files.
set -eu
cd "$(dirname "$0")/.."

{
    find core plugins -name '*.c' | sort |
        xargs -r ctags -x --kinds-C=f --fields=+ne --_xformat='%{line} %{end} %F %N' |
        awk 'NF == 4 { print "function", $2 - $1 + 1, $3, $4 }'
    find include core plugins tests -name '*.[ch]' ! -path 'tests/abi/[0-9]*' | sort | xargs wc -l |
        awk '$2 != "total" { print "file", $1, $2, "" }'
} | sort -k1,1 -k2,2nr | awk '
BEGIN {
    limit["function"] = 90
    limit["file"] = 700
}
$1 == "function" && ++shown <= 10 {
    printf "%4d lines  %s in %s\n", $2, $4, $3
}
$2 > limit[$1] && $3 !~ "polydump/plugin.h$|abi/1.0/plugin.h$" {
    printf "too long: %s %s %s has %d lines\n", $1, $4, $3, $2
    bad[$3] = 1
}
{
    seen[$3] = 1
    functions += $1 == "function"
}
END {
    for (file in seen)
        file in bad ? failed++ : passed++
    printf "%d passed, %d failed\n", passed, failed
    exit failed > 0 || functions == 0
}'
