#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check_format.sh - does .clang-format agree with every file? Copies of released headers stay as
# they were.
set -eu
cd "$(dirname "$0")/.."
files=$(find include core plugins tests -name '*.[ch]' ! -path 'tests/abi/[0-9]*' | sort)
complaints=$(mktemp)
trap 'rm -f "$complaints"' EXIT
echo "$files" | xargs -P 2 -n 20 clang-format --dry-run -Werror 2>"$complaints" || true
cat "$complaints"
all=$(echo "$files" | wc -l)
failed=$(sed -n 's/^\([^: ]*\):[0-9]*:[0-9]*: error:.*/\1/p' "$complaints" | sort -u | wc -l)
if [ "$failed" -eq 0 ] && [ -s "$complaints" ]; then
    failed=1
fi
echo "$((all - failed)) passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$all" -gt 1 ]
