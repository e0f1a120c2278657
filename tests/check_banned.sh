#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# check_banned.sh - functions that must not be called: those that start programs, that write past
# a buffer, that are not safe with threads, or that end the process anywhere but in main().
set -eu
cd "$(dirname "$0")/.."

# The $ in it are awk's.
# shellcheck disable=SC2016
find include core plugins -name '*.[ch]' | sort | xargs awk '
BEGIN {
    split("system popen execl execlp execle execv execvp execvpe execve fexecve " \
          "posix_spawnp wordexp strcpy strcat stpcpy sprintf vsprintf mktemp tmpnam tempnam " \
          "alloca gets atoi atol atoll atof gmtime localtime asctime ctime strtok strerror rand " \
          "setlocale lo_import lo_export PQfn PQescapeString", words, " ")
    for (i in words)
        banned[words[i]] = "banned"
    # Where else a function may be called from; several files have blanks between them.
    home["exit"] = "core/cli/main.c"
    home["quick_exit"] = "core/cli/main.c"
    home["abort"] = ""
    home["_exit"] = "core/cli/main.c core/base/cancel.c plugins/fault/fault.c plugins/lua/watch.c"
    home["_Exit"] = home["_exit"]
    home["posix_spawn"] = "plugins/postgresql/objects_child.c"
    split("lt_dlopen lt_dlopenext lt_dlopenadvise dlopen", words, " ")
    for (i in words)
        home[words[i]] = "core/plugin/loader.c"
    # Which argument is the format.
    format["printf"] = 1
    format["fprintf"] = 2
    format["dprintf"] = 2
    format["snprintf"] = 3
    format["asprintf"] = 2
    format["syslog"] = 2
}

# The text without comments, and with the inside of strings blanked; lines stay in their places.
function stripped(text,    out, done, i, n, c, two, state)
{
    n = length(text)
    for (i = 1; i <= n; i++) {
        c = substr(text, i, 1)
        two = substr(text, i, 2)
        if (c == "\n") {
            done = done out c
            out = ""
            if (state == "//")
                state = ""
        } else if (state == "" && (two == "/*" || two == "//")) {
            state = two
            i++
        } else if (state == "/*") {
            if (two == "*/") {
                state = ""
                i++
            }
        } else if (state == "" && (c == "\"" || c == quote)) {
            state = c
            out = out c
        } else if (state == "\"" || state == quote) {
            if (c == "\\")
                i++
            else if (c == state) {
                state = ""
                out = out c
            }
        } else if (state == "")
            out = out c
    }
    return done out
}

# Argument number k of the call whose "(" is at position at.
function argument(text, at, k,    i, depth, n, c, out)
{
    depth = 0
    n = 1
    out = ""
    for (i = at; i <= length(text) && i < at + 4000; i++) {
        c = substr(text, i, 1)
        if (c == "(" && depth++ == 0)
            continue
        if (c == ")" && --depth == 0)
            break
        if (c == "," && depth == 1)
            n++
        else if (n == k)
            out = out c
    }
    gsub(/^[ \t\n]+|[ \t\n]+$/, "", out)
    return out
}

function fault(line, text)
{
    printf "%s:%d: %s\n", file, line, text
    n_bad++
}

function check(    rest, name, at, line, before, f, base)
{
    n_files++
    was_bad = n_bad
    text = stripped(text)
    rest = text
    base = 0
    line = 1
    while (match(rest, /[A-Za-z_][A-Za-z_0-9]*[ \t]*\(/)) {
        name = substr(rest, RSTART, RLENGTH)
        sub(/[ \t]*\($/, "", name)
        before = substr(rest, 1, RSTART - 1)
        line += gsub(/\n/, "\n", before)
        at = base + RSTART + RLENGTH - 1
        # A member of a struct is not the function of the same name.
        if (before ~ /(\.|->)[ \t]*$/)
            ;
        else if (name in banned)
            fault(line, name "() is banned")
        else if (name in home && index(" " home[name] " ", " " file " ") == 0)
            fault(line, name "() may be called " (home[name] ? "in " home[name] " only" : "nowhere"))
        else if (name in format) {
            f = argument(text, at, format[name])
            if (f !~ /"/ && f !~ /^[A-Z][A-Z_0-9]*$/)
                fault(line, name "() with a format that is no literal: " f)
        }
        base += RSTART + RLENGTH - 1
        rest = substr(rest, RSTART + RLENGTH)
    }
    if (n_bad > was_bad)
        n_bad_files++
}

BEGIN {
    quote = sprintf("%c", 39)
}
FNR == 1 {
    if (file != "")
        check()
    file = FILENAME
    text = ""
}
{
    text = text $0 "\n"
}
END {
    if (file != "")
        check()
    printf "%d passed, %d failed\n", n_files - n_bad_files, n_bad_files
    exit n_bad > 0 || n_files == 0
}'
