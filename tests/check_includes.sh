#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check_includes.sh - does every room use only the rooms that it may (DESIGN section 2)?
set -eu
cd "$(dirname "$0")/.."

# file:line:<text or "text of each #include.
find include core plugins -name '*.[ch]' | sort |
    xargs grep -nE '^[[:space:]]*#[[:space:]]*include' |
    sed -E 's/^([^:]+):([0-9]+):[^<"]*([<"])([^">]+)[">].*/\1 \2 \3 \4/' |
    awk '
BEGIN {
    may["base"] = " base "
    may["model"] = " base model "
    may["plugin"] = " base model plugin "
    may["archive"] = " base model plugin archive "
    may["run"] = " base model plugin archive run "
    may["migrate"] = " base model plugin archive run migrate "
    may["cli"] = " base model plugin archive run migrate cli "
    generated["config.h"] = 1
}
function fault(text)
{
    printf "%s:%s: %s\n", $1, $2, text
    bad[$1] = 1
}
function is_there(path,    line, there)
{
    there = (getline line < path) >= 0
    close(path)
    return there
}
{
    seen[$1] = 1
    n = split($1, part, "/")
    split($4, target, "/")
    room = part[1] == "core" ? part[2] : part[1]
    folder = $1
    sub(/[^\/]*$/, "", folder)
    own = $3 == "\"" && is_there(folder $4)
    is_public = target[1] == "polydump"
    in_core = is_there("core/" $4)
}
room == "include" {
    if ($3 == "\"" && !own && !is_public)
        fault("a public header includes " $4)
    if (in_core)
        fault("a public header includes the core header " $4)
    next
}
room == "plugins" {
    if (in_core)
        fault("a plugin includes the core header " $4)
    else if ($3 == "\"" && !own && !is_public)
        fault("a plugin includes " $4 ", which is not in its own folder")
    else if ($4 ~ /\.\./)
        fault("a plugin leaves its folder by " $4)
    next
}
{
    if (!(room in may))
        fault("no rule for the room " room)
    else if ($4 ~ /\.\.|^plugins\/|^tests\//)
        fault(room " includes " $4)
    else if (in_core && index(may[room], " " target[1] " ") == 0)
        fault(room " may not use " target[1] " (" $4 ")")
    else if ($3 == "\"" && !in_core && !own && !is_public && !($4 in generated))
        fault($4 " is in no room")
}
END {
    for (file in seen)
        file in bad ? failed++ : passed++
    printf "%d passed, %d failed\n", passed, failed
    exit failed > 0 || passed == 0
}'
