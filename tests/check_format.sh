#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check_format.sh - does .clang-format agree with every file?
set -eu
cd "$(dirname "$0")/.."
passed=0
failed=0
for file in $(find include core plugins tests -name '*.[ch]' | sort); do
    if clang-format --dry-run -Werror "$file"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
