#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# make.sh FOLDER PROGRAM PLUGINS [MODULE...] - the man page and the completion for each shell, as the
# program that was just built prints them, into FOLDER. They tell of PLUGINS, blanks between them, and
# of no others that lie about; their modules are copied to a folder that is nobody else's, since the
# program trusts no other, and a folder to build in may be its group's, or one of many.
set -eu
folder=$1
program=$2
plugins=$3
shift 3

print()
{
    options=
    for plugin in archive $plugins; do
        options="$options --plugin=$plugin"
    done
    # Words on purpose.
    # shellcheck disable=SC2086
    POLYDUMP_PLUGIN_PATH=$private ASAN_OPTIONS=detect_leaks=0 "$program" manual --as="$1" $options
}

all()
{
    [ $# -eq 0 ] || cp "$@" "$private" || return 1
    print man >"$folder/polydump.1" && print bash >"$folder/polydump" &&
        print zsh >"$folder/_polydump" && print fish >"$folder/polydump.fish"
}

# Where the one cannot be trusted, or has no room for programs, the other may do.
said="no folder can be made in '${TMPDIR:-/tmp}' or '$folder'"
umask 022
for parent in "${TMPDIR:-/tmp}" "$folder"; do
    private=$(cd "$parent" 2>/dev/null && mktemp -d "$(pwd -P)/polydump.XXXXXX" 2>/dev/null) || continue
    trap 'rm -rf "${private:?}"' EXIT
    if said=$(all "$@" 2>&1); then
        exit 0
    fi
    rm -rf "${private:?}"
done
echo "make.sh: $said" >&2
exit 1
