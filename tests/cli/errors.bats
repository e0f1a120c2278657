#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Everything that users get wrong: the exit status, and one line that names the thing and the way out.

load polydump

# ---- The command line

@test "no command: usage, exit 2" {
    ends_with 2 "$POLYDUMP"
    [ -z "$output" ]
    [[ "$stderr" == *--help* ]]
}

@test "an unknown command is named" {
    complains 2 "'dmup'" --help -- pd dmup
}

@test "an unknown option is named, and the nearest one offered" {
    small_database old.db
    complains 2 "--jbos" "--jobs" -- pd dump old.db a --jbos 2
    only_here old.db
}

@test "an option without its value, and a value that is none" {
    small_database old.db
    complains 2 jobs -- pd dump old.db a --jobs
    complains 2 jobs "'many'" -- pd dump old.db a --jobs many
    complains 2 level "'99'" -- pd dump old.db a --level 99
    complains 2 order "'up'" source key -- pd dump old.db a --order=up
    complains 2 into "'somewhere'" append -- pd restore old.db new.db --into=somewhere
    complains 2 jobs -1 -- pd dump old.db a --jobs=-1
    only_here old.db
}

@test "an option of another command is refused" {
    small_database old.db
    complains 2 keep -- pd dump old.db a --keep b
}

@test "too few and too many ends" {
    complains 2 "usage: polydump dump SOURCE ARCHIVE" -- pd dump
    complains 2 "usage: polydump dump SOURCE ARCHIVE" -- pd dump one
    complains 2 "'three'" usage -- pd dump one two three
    complains 2 "usage: polydump restore ARCHIVE TARGET" -- pd restore one
}

@test "--native and --no-native together are refused" {
    database old.db sample.sql
    pd dump old.db a
    complains 2 --native --no-native -- pd restore a new.db --native --no-native
}

# ---- The source

@test "a missing file is named" {
    complains 1 "'nothing.db'" -- pd dump nothing.db a
    complains 1 "'nothing.db'" -- pd dump sqlite:nothing.db a
    complains 1 "'nothing.db'" -- pd ddt nothing.db
    complains 1 "nothing" -- pd restore nothing new.db
    complains 1 "nothing" -- pd verify nothing
    complains 1 "nothing" -- pd info nothing
    complains 1 "nothing" -- pd cat nothing
    only_here
}

@test "what is no database is refused by name" {
    echo "this is a letter, not a database, though it is long enough for a header of one hundred bytes and more" >letter.db
    complains 2 "'letter.db'" "sqlite:letter.db" -- pd dump letter.db a
    complains 1 "letter.db" database -- pd dump sqlite:letter.db a
    only_here letter.db
}

@test "a folder where a database should be" {
    mkdir folder
    complains 1 "'folder'" -- pd dump sqlite:folder a
}

@test "a file that may not be read" {
    [ "$(id -u)" -ne 0 ] || skip "root may read everything"
    small_database old.db
    chmod 0 old.db
    complains 1 "'old.db'" -- pd dump old.db a
}

@test "a corrupt page is found, and no archive is left" {
    range_database old.db
    # A page in the middle of a table, not the header.
    printf '%4096s' ' ' | dd of=old.db bs=4096 seek=900 count=1 conv=notrunc status=none
    complains 1 wide_range damaged -- pd dump old.db a
    complains 1 wide_range damaged -- pd dump old.db a.polydump
    only_here old.db
}

@test "a database that is cut short is found" {
    range_database old.db
    truncate -s 4096000 old.db
    ends_with 1 pd dump old.db a
    only_here old.db
}

@test "a database that another program holds exclusively" {
    small_database old.db
    coproc HOLDER { sqlite3 old.db; }
    echo "BEGIN EXCLUSIVE; SELECT 'held';" >&"${HOLDER[1]}"
    read -r line <&"${HOLDER[0]}"
    [ "$line" = held ]
    run --separate-stderr pd dump old.db a --busy-timeout 1
    code=$status
    text=$stderr
    eval "exec ${HOLDER[1]}>&-"
    wait "$HOLDER_PID" || true
    [ "$code" -eq 1 ] || { echo "# $code: $text" >&2; false; }
    [[ "$text" == *old.db* ]]
    [ ! -e a ]
}

@test "an unknown scheme is named with what there is" {
    complains 2 "'oracle'" sqlite -- pd dump oracle:x a
    complains 2 "'oracle'" sqlite -- pd dump oracle://host/x a
    small_database old.db
    pd dump old.db a
    complains 2 "'oracle'" sqlite -- pd restore a oracle:x
}

@test "a plugin that is not there is named with where it was looked for" {
    [ -n "$(find "$POLYDUMP_PLUGIN_PATH" -name sqlite.so)" ] || skip "its plugins are linked in"
    small_database old.db
    mkdir no_plugins
    POLYDUMP_PLUGIN_PATH=$PWD/no_plugins complains 1 sqlite no_plugins -- pd dump sqlite:old.db a
}

@test "a plugin folder that others may write to is refused, and nothing of it is loaded" {
    [ -n "$(find "$POLYDUMP_PLUGIN_PATH" -name sqlite.so)" ] || skip "its plugins are linked in"
    small_database old.db
    mkdir plugins
    cp "$POLYDUMP_PLUGIN_PATH"/sqlite.so plugins/
    chmod 777 plugins
    POLYDUMP_PLUGIN_PATH=$PWD/plugins complains 2 plugins "chmod o-w" -- pd dump sqlite:old.db a
}

@test "a plugin folder that is not absolute is refused" {
    [ -n "$(find "$POLYDUMP_PLUGIN_PATH" -name sqlite.so)" ] || skip "its plugins are linked in"
    small_database old.db
    mkdir plugins
    cp "$POLYDUMP_PLUGIN_PATH"/sqlite.so plugins/
    POLYDUMP_PLUGIN_PATH=plugins complains 2 plugins absolute -- pd dump sqlite:old.db a
}

@test "a file that is no plugin is named, and the others work" {
    [ -n "$(find "$POLYDUMP_PLUGIN_PATH" -name sqlite.so)" ] || skip "its plugins are linked in"
    folder=$(mktemp -d "$POLYDUMP_PLUGIN_PATH/try-XXXXXX")
    chmod 700 "$folder"
    cp "$POLYDUMP_PLUGIN_PATH"/sqlite.so "$folder"/
    echo "not a library" >"$folder"/null.so
    POLYDUMP_PLUGIN_PATH=$folder run --separate-stderr "$POLYDUMP" plugins
    rm -r "$folder"
    [ "$status" -eq 3 ]
    [[ "$output" == *sqlite* ]]
    [[ "$stderr" == *null.so* ]]
}

# ---- The archive

@test "an existing output is refused, named, with the option that allows it" {
    small_database old.db
    pd dump old.db a
    complains 1 "'a'" --replace -- pd dump old.db a
    pd dump old.db a.polydump
    complains 1 "'a.polydump'" --replace -- pd dump old.db a.polydump
    echo mine >file
    complains 1 "'file'" -- pd dump old.db file
    [ "$(cat file)" = mine ]
    ln -s nowhere link
    complains 1 "'link'" -- pd dump old.db link
    [ ! -e nowhere ]
}

@test "--replace does not remove what is no archive" {
    small_database old.db
    mkdir precious
    echo data >precious/file
    ends_with 1 pd dump old.db precious --replace
    [ "$(cat precious/file)" = data ]
    cp old.db other.db
    ends_with 1 pd dump old.db other.db --replace
    cmp old.db other.db
}

@test "a parent folder that is not there is named" {
    small_database old.db
    complains 1 "no/such" -- pd dump old.db no/such/archive
    only_here old.db
}

@test "a path that is too long is an error, not a crash" {
    small_database old.db
    long=$(printf '%05000d' 0)
    ends_with 1 pd dump old.db "$long"
    ends_with 1 pd dump "$long" a
    only_here old.db
}

# edit_manifest ARCHIVE FROM TO - as a later program would have written it: with a right seal.
edit_manifest()
{
    python3 "$cli_folder/reseal.py" "$@"
}

@test "a format version that is not known is refused by number" {
    small_database old.db
    pd dump old.db a
    edit_manifest a version 9.0
    complains 1 "9.0" -- pd verify a
    complains 1 "9.0" -- pd restore a new.db
    complains 1 "9.0" -- pd info a
    [ ! -e new.db ]
}

@test "a required feature that is not known is refused by name" {
    small_database old.db
    pd dump old.db a
    edit_manifest a feature teleport
    complains 1 teleport -- pd verify a
    complains 1 teleport -- pd restore a new.db
    complains 1 teleport -- pd info a
    [ ! -e new.db ]
}

@test "a folder whose dump was not finished is INCOMPLETE for every command" {
    small_database old.db
    pd dump old.db a
    rm a/manifest.json
    complains 1 a INCOMPLETE -- pd verify a
    complains 1 a INCOMPLETE -- pd info a
    complains 1 a INCOMPLETE -- pd cat a author
    complains 1 a INCOMPLETE -- pd restore a new.db
    complains 1 a INCOMPLETE -- pd diff a old.db
    [ ! -e new.db ]
}

@test "a manifest that is half written is refused" {
    small_database old.db
    pd dump old.db a
    truncate -s -10 a/manifest.json
    complains 1 "'a'" manifest -- pd verify a
    : >a/manifest.json
    complains 1 "'a'" manifest -- pd verify a
}

@test "a missing, an extra, a swapped, an empty pack and one that is no file are each named" {
    range_database old.db
    pd dump old.db a
    first=$(find a/rows -type f | sort | head -n 1)
    last=$(find a/rows -type f | sort | tail -n 1)
    [ "$first" != "$last" ]

    cp -r a missing && rm "missing/${first#a/}"
    complains 1 "$(basename "$first")" -- pd verify missing
    cp -r a empty && : >"empty/${first#a/}"
    complains 1 "$(basename "$first")" -- pd verify empty
    cp -r a swapped && cp "$first" "swapped/${last#a/}" && cp "$last" "swapped/${first#a/}"
    ends_with 1 pd verify swapped
    cp -r a extra && echo x >extra/rows/000099-0000-000.pack
    run --separate-stderr "$POLYDUMP" verify extra
    [[ "$status" -ne 0 || "$output$stderr" == *000099* ]]
    cp -r a fifo && rm "fifo/${first#a/}" && mkfifo "fifo/${first#a/}"
    complains 1 "$(basename "$first")" -- timeout 10 "$POLYDUMP" verify --quiet fifo
    cp -r a link && rm "link/${first#a/}" && ln -s "$PWD/$first" "link/${first#a/}"
    complains 1 "$(basename "$first")" -- pd verify link
}

@test "a changed byte in the rows is found, and nothing is restored" {
    small_database old.db
    pd dump old.db a
    pack=$(find a/rows -type f | head -n 1)
    size=$(stat -c %s "$pack")
    printf '\125' | dd of="$pack" bs=1 seek=$((size / 2)) conv=notrunc status=none
    complains 1 "$(basename "$pack")" -- pd verify a
    ends_with 1 pd restore a new.db
    only_here a old.db
}

@test "what is no archive is refused by restore" {
    small_database old.db
    echo "no archive" >file
    complains 2 "'file'" -- pd restore file new.db
    mkdir folder
    complains 1 "'folder'" -- pd restore folder new.db
    complains 1 -- sh -c "echo nothing | \"$POLYDUMP\" restore --quiet - new.db"
    complains 1 -- sh -c "\"$POLYDUMP\" restore --quiet - new.db </dev/null"
    timeout 10 "$POLYDUMP" verify --quiet /dev/zero && false
    [ ! -e new.db ]
}

# ---- The target, and the streams around the program

@test "a target in a folder that is not there" {
    small_database old.db
    pd dump old.db a
    complains 1 "no/such" -- pd restore a no/such/new.db
}

@test "a target that is no database is left alone" {
    small_database old.db
    pd dump old.db a
    echo "a letter" >letter.db
    complains 1 "letter.db" -- pd restore a sqlite:letter.db
    [ "$(cat letter.db)" = "a letter" ]
}

@test "a full disk behind stdout is an error" {
    small_database old.db
    complains 1 -- sh -c "\"$POLYDUMP\" dump --quiet old.db - >/dev/full"
    complains 1 -- sh -c "\"$POLYDUMP\" cat --quiet old.db author >/dev/full"
    complains 1 -- sh -c "\"$POLYDUMP\" info --quiet old.db >/dev/full"
    complains 1 -- sh -c "\"$POLYDUMP\" --help >/dev/full"
    complains 1 -- sh -c "\"$POLYDUMP\" --version >/dev/full"
}

@test "a closed stdout is an error where something goes there" {
    small_database old.db
    run sh -c "\"$POLYDUMP\" dump --quiet old.db - >&-"
    [ "$status" -eq 1 ]
    run sh -c "\"$POLYDUMP\" cat --quiet old.db author >&-"
    [ "$status" -eq 1 ]
}

@test "with stdin, stdout and stderr closed a dump and a restore are right all the same" {
    small_database old.db
    sh -c "exec \"$POLYDUMP\" dump --quiet old.db a <&- >&- 2>&-"
    pd verify a
    sh -c "exec \"$POLYDUMP\" restore --quiet a new.db <&- >&- 2>&-"
    same_database old.db new.db
    sh -c "exec \"$POLYDUMP\" restore a new2.db <&- >&- 2>&-"
    same_database old.db new2.db
}

@test "restore from a closed stdin is an error" {
    run sh -c "exec \"$POLYDUMP\" restore --quiet - new.db <&-"
    [ "$status" -eq 1 ]
    only_here
}

@test "a reader that goes away ends the dump with an error" {
    range_database old.db
    run bash -c "\"$POLYDUMP\" dump --quiet old.db - | head -c 100 >/dev/null; exit \${PIPESTATUS[0]}"
    [ "$status" -ne 0 ]
    run bash -c "\"$POLYDUMP\" cat --quiet old.db wide_range | head -n 1 >/dev/null; exit \${PIPESTATUS[0]}"
    [ "$status" -ne 0 ]
}

@test "a terminal gets no archive" {
    small_database old.db
    run script -qec "\"$POLYDUMP\" dump --quiet old.db -" /dev/null
    [ "$status" -eq 2 ]
}

# ---- Signals

# ends_soon PID: wait for it; its exit status is in code. What does not end in 10 s is killed.
ends_soon()
{
    local i
    for i in $(seq 100); do
        kill -0 "$1" 2>/dev/null || break
        sleep 0.1
    done
    kill -KILL "$1" 2>/dev/null && echo "# it did not end" >&2
    code=0
    wait "$1" || code=$?
}

# interrupted SIGNAL: a restore that waits for the rest of its archive gets it.
interrupted()
{
    small_database old.db
    pd dump old.db whole.polydump
    mkfifo pipe
    # The shell lets what runs in the background ignore SIGINT.
    env --default-signal=INT "$POLYDUMP" restore --quiet - new.db <pipe 2>message &
    pid=$!
    exec 7>pipe
    head -c 200 whole.polydump >&7
    sleep 0.3
    kill "-$1" $pid
    ends_soon $pid
    exec 7>&-
    echo "# exit status $code: $(cat message)" >&2
    [ "$code" -ne 0 ]
    [ "$code" -ne 137 ]
    [ "$(wc -l <message)" -eq 1 ]
    only_here message old.db pipe whole.polydump
}

@test "SIGINT leaves nothing behind" {
    interrupted INT
}

@test "SIGTERM leaves nothing behind" {
    interrupted TERM
}

@test "SIGHUP leaves nothing behind" {
    interrupted HUP
}

@test "SIGINT ends a dump into a pipe that nobody reads" {
    range_database old.db
    mkfifo pipe
    exec 7<>pipe
    env --default-signal=INT "$POLYDUMP" dump --quiet old.db - >pipe 2>message &
    pid=$!
    sleep 0.5
    kill -INT $pid
    ends_soon $pid
    exec 7>&-
    [ "$code" -ne 0 ]
    [ "$code" -ne 137 ]
    only_here message old.db pipe
}

@test "a limit of the size of files is an error that leaves nothing, and the next run works" {
    range_database old.db
    if (ulimit -f 200 && pd dump old.db a 2>message); then
        false
    fi
    [ "$(wc -l <message)" -eq 1 ]
    only_here message old.db
    pd dump old.db a
    pd verify a
}

@test "a database is not copied onto itself" {
    small_database old.db
    cp old.db kept.db
    complains 2 "the same file" "'old.db'" -- pd copy old.db sqlite:old.db --into=replace
    cmp old.db kept.db
}

@test "odd rows of sqlite_sequence are listed as left out, with exit status 3" {
    sqlite3 old.db "CREATE TABLE a (i INTEGER PRIMARY KEY AUTOINCREMENT);
        INSERT INTO a VALUES (5); INSERT INTO sqlite_sequence VALUES ('b', '7')"
    ends_with 3 pd dump old.db a
    ends_with 3 pd restore a new.db
}

@test "an archive of another format says so, whatever its seal" {
    small_database old.db
    pd dump old.db a
    sed -i 's/"version":"1.0"/"version":"9.0"/' a/manifest.json
    complains 1 "9.0" -- pd restore a new.db
}
