#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check_symbols.sh BUILD - does each plugin export its entry and nothing else, and link with
# nothing of polydump?
set -eu
build=$1
passed=0
failed=0
for module in "$build"/plugins/*.so; do
    [ -e "$module" ] || continue
    name=$(basename "$module" .so)
    symbols=$(nm -D --defined-only "$module" | awk '{ print $NF }' | tr '\n' ' ')
    needed=$(readelf -d "$module" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | tr '\n' ' ')
    if [ "$symbols" != "${name}_LTX_polydump_plugin " ]; then
        echo "$module exports: $symbols"
        failed=$((failed + 1))
    elif [ "${needed#*polydump}" != "$needed" ]; then
        echo "$module links with: $needed"
        failed=$((failed + 1))
    else
        passed=$((passed + 1))
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
