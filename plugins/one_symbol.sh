#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# one_symbol.sh LIBRARY OBJECT NAME - a linked-in plugin shows the program one symbol, as a file
# would, so that plugins may use the same names inside.
set -eu
ld -r -o "$2.whole" --whole-archive "$1"
objcopy --keep-global-symbol="$3_LTX_polydump_plugin" "$2.whole" "$2"
rm -f "$2.whole"
