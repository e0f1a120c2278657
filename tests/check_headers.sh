#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check_headers.sh - does each public header compile alone, as C99 and as C++?
set -eu
cd "$(dirname "$0")/.."
passed=0
failed=0
flags='-fsyntax-only -Wall -Wextra -Wpedantic -Werror -Iinclude'
for header in include/polydump/*.h; do
    name=${header#include/}
    # Words on purpose.
    # shellcheck disable=SC2086
    if echo "#include <$name>" | gcc -std=c99 $flags -x c - &&
        echo "#include <$name>" | clang -std=c99 $flags -x c - &&
        echo "#include <$name>" | clang -std=c++17 $flags -x c++ -; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
