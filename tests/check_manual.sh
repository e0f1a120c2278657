#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check_manual.sh BUILD - doc/commands.md is what `polydump manual` prints.
set -eu
cd "$(dirname "$0")/.."
if POLYDUMP_PLUGIN_PATH=$PWD/$1/plugins "$1/core/cli/polydump" manual | diff -u doc/commands.md -; then
    echo "1 passed, 0 failed"
else
    echo "doc/commands.md is not current: polydump manual >doc/commands.md"
    echo "0 passed, 1 failed"
    exit 1
fi
