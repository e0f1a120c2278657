#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check_hardening.sh BUILD - do the program, the library and the plugins have what makes attacks
# hard: position independent, read-only relocations, bound at once, no executable stack, stack
# guards, checked string functions?
set -eu
build=$1
passed=0
failed=0

has()
{
    printf '%s\n' "$text" | grep -q "$1"
}

complaints_of()
{
    text=$(readelf -W -h -l -d --dyn-syms "$1")
    has 'Type: *DYN' || printf ' not position independent;'
    has 'GNU_RELRO' || printf ' no RELRO;'
    has 'BIND_NOW\|Flags:.* NOW' || printf ' not bound at once;'
    ! has 'GNU_STACK.* RWE' || printf ' executable stack;'
    ! has 'RWE *0x' || printf ' writable code;'
    ! has 'RPATH\|RUNPATH' || [ "$2" = build-tree ] || printf ' search path;'
    [ "$3" = small ] || has '__stack_chk_fail' || printf ' no stack guard;'
    [ "$3" = small ] || has '__[a-z]*_chk' || printf ' no checked functions;'
}

for file in "$build"/core/cli/polydump "$build"/core/libpolydump.so "$build"/plugins/*.so; do
    [ -e "$file" ] || { echo "$file is missing"; failed=$((failed + 1)); continue; }
    case $file in
    */sqlite.so | */libpolydump.so) size=large ;;
    *) size=small ;; # may have no array on the stack to guard
    esac
    complaints=$(complaints_of "$file" build-tree $size)
    if [ -n "$complaints" ]; then
        echo "$file:$complaints"
        failed=$((failed + 1))
    else
        passed=$((passed + 1))
    fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
