#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# install.sh SECTION... - install what is missing of these sections of packages.txt, and no more.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

listed()
{
    for section; do
        sed -n "/^\\[$section\\]\$/,/^\\[/p" "$here/packages.txt"
    done | sed -e 's/#.*//' -e '/^\[/d' -e '/^[[:space:]]*$/d' | sort -u
}

is_missing()
{
    [ "$(dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | head -n 1)" != installed ]
}

as_root()
{
    if [ "$(id -u)" -eq 0 ]; then
        env DEBIAN_FRONTEND=noninteractive "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo env DEBIAN_FRONTEND=noninteractive "$@"
    else
        echo "install: run this as root or install sudo; missing here:$missing" >&2
        exit 1
    fi
}

if ! command -v apt-get >/dev/null 2>&1 || ! command -v dpkg-query >/dev/null 2>&1; then
    echo "install: no apt-get here; what stands in tests/packages.txt is taken to be installed" >&2
    exit 0
fi

missing=
for package in $(listed "$@"); do
    if is_missing "$package"; then
        missing="$missing $package"
    fi
done
[ -n "$missing" ] || exit 0

echo "installing:$missing" >&2
install()
{
    # Words on purpose: package names hold no blanks.
    # shellcheck disable=SC2086
    as_root apt-get install -y -q --no-install-recommends $missing
}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! install >"$log" 2>&1; then
    # The lists are missing or old.
    if ! { as_root apt-get update -q && install; } >"$log" 2>&1; then
        cat "$log" >&2
        echo "install: apt-get could not install:$missing" >&2
        exit 1
    fi
fi
