#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The archive as users meet it: folder, single file, pipe, text, and what may be asked of each.

load polydump

@test "a single file holds the same: dump to NAME.polydump, restore, dump" {
    database old.db nasty.sqlite.sql
    pd dump old.db a.polydump
    [ -f a.polydump ]
    pd verify a.polydump
    pd restore a.polydump new.db --native
    pd dump new.db b.polydump
    cmp a.polydump b.polydump
    same_database old.db new.db
}

@test "a pipe from dump to restore holds the same" {
    database old.db nasty.sqlite.sql
    set -o pipefail
    pd dump old.db - | pd restore - new.db --native
    same_database old.db new.db
}

@test "--stream makes a single file of any name, equal to what goes through a pipe" {
    database old.db sample.sql
    pd dump old.db one --stream
    [ -f one ]
    pd dump old.db - >two
    cmp one two
    pd dump old.db - --jobs 8 | cmp - one
}

@test "a stream cut anywhere in its second half is refused by restore from a pipe" {
    small_database old.db
    pd dump old.db a.polydump
    size=$(stat -c %s a.polydump)
    for cut in $((size / 2)) $((size - 100)) $((size - 1)); do
        head -c $cut a.polydump >cut.polydump
        ends_with 1 sh -c "\"$POLYDUMP\" restore --quiet - new.db <cut.polydump"
        ends_with 1 pd verify cut.polydump
        [ ! -e new.db ]
    done
}

@test "bytes behind the end of a stream are refused" {
    small_database old.db
    pd dump old.db a.polydump
    cat a.polydump a.polydump >twice.polydump
    ends_with 1 pd verify twice.polydump
    { cat a.polydump; printf '\0'; } >longer.polydump
    ends_with 1 pd verify longer.polydump
    ends_with 1 sh -c "\"$POLYDUMP\" restore --quiet - new.db <longer.polydump"
    [ ! -e new.db ]
}

@test "files and folders of an archive are private from their making, whatever the umask" {
    small_database old.db
    (umask 0 && pd dump old.db a && pd dump old.db a.polydump)
    [ -z "$(find a -type f ! -perm 600)" ]
    [ -z "$(find a -type d ! -perm 700)" ]
    [ "$(stat -c %a a.polydump)" = 600 ]
}

@test "files of an archive are numbered: no name of a table is in a file's name" {
    database old.db nasty.sqlite.sql
    pd dump old.db a
    pd dump old.db t --text
    [ -z "$(find a t -name '*texts*' -o -name '*passwd*')" ]
    [ -z "$(find a t -regextype posix-extended ! -regex '(a|t)(/[a-z0-9./-]+)?')" ]
}

@test "no part of an archive says when, where, from which file or by whom it was made" {
    mkdir -p a-telling-folder
    small_database a-telling-folder/told.db
    pd dump a-telling-folder/told.db a --text
    run grep -rliE "told|telling|$(date +%Y-%m-%d)|$(hostname)" a
    [ "$status" -eq 1 ]
}

@test "--stamp adds stamp.json and nothing else changes" {
    small_database old.db
    pd dump old.db a
    pd dump old.db b --stamp
    python3 -m json.tool b/stamp.json >/dev/null
    run diff -rq a b
    [[ "$output" != *rows* ]]
    id_a=$(pd info a --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["content_id"])')
    id_b=$(pd info b --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["content_id"])')
    [ "$id_a" = "$id_b" ]
}

@test "binary, text, single file, source and key order have one content id" {
    small_database old.db
    pd dump old.db a
    pd dump old.db t --text
    pd dump old.db s.polydump
    pd dump old.db k --order=key
    ids=$(for archive in a t s.polydump k; do
        pd info "$archive" --json | python3 -c 'import json,sys; print(json.load(sys.stdin)["content_id"])'
    done | sort -u)
    [ "$(wc -l <<<"$ids")" = 1 ]
    [[ "$ids" =~ ^[0-9a-f]{32}$ ]]
}

@test "a text archive has a line of JSON a row, and every line of it is JSON" {
    small_database old.db
    pd dump old.db t --text
    cat t/rows/*.jsonl >rows
    [ "$(wc -l <rows)" = 6 ]
    python3 -c 'import json; [json.loads(line) for line in open("rows", encoding="utf-8")]'
    grep -q 'Émile' rows
}

@test "a text archive that was edited by hand is refused, until it is sealed" {
    small_database old.db
    pd dump old.db t --text
    sed -i 's/Ada/Grace/' t/rows/*.jsonl
    ends_with 1 pd restore t new.db
    [ ! -e new.db ]
    run pd verify t
    [ "$status" -ne 0 ]
    pd seal t
    pd verify t
    pd restore t new.db
    [ "$(sqlite3 new.db 'SELECT name FROM author WHERE id = 1')" = Grace ]
    pd dump new.db again --text
    diff -r t again
}

@test "rows may be added to and taken from a text archive by hand" {
    small_database old.db
    pd dump old.db t --text
    file=$(grep -l Ada t/rows/*.jsonl)
    sed -e '/Bob/d' -e 's/Émile/Zoë/' -i "$file"
    pd seal t
    pd restore t new.db
    [ "$(sqlite3 new.db 'SELECT group_concat(name) FROM author')" = "Ada,Zoë" ]
}

@test "seal refuses a line that is no row, names file and line, and leaves the archive as it was" {
    small_database old.db
    pd dump old.db t --text
    file=$(grep -l Ada t/rows/*.jsonl)
    echo '{"this is no row' >>"$file"
    cp -r t before
    complains 1 "$(basename "$file")" 4 -- pd seal t
    diff -r t before
}

@test "seal of what is no text archive is refused" {
    small_database old.db
    pd dump old.db a
    complains 2 "'a'" text -- pd seal a
    complains 1 missing -- pd seal missing
}

@test "--level changes the size, not the content" {
    range_database old.db
    pd dump old.db fast --level 1
    pd dump old.db small --level 19 --only by_text
    pd dump old.db fast_part --level 1 --only by_text
    ends_with 0 pd diff small fast_part
    [ "$(du -sb small | cut -f 1)" -lt "$(du -sb fast_part | cut -f 1)" ]
}

@test "--no-recheck writes the same bytes" {
    database old.db sample.sql
    pd dump old.db a
    pd dump old.db b --no-recheck
    diff -r a b
}

@test "--app and --app-version are kept and shown" {
    small_database old.db
    pd dump old.db a --app shop --app-version 1.4
    pd info a >shown
    grep -q shop shown
    grep -q '1\.4' shown
    pd restore a new.db
}

@test "--facts=engine writes facts that verify agrees with" {
    database old.db nasty.sqlite.sql
    pd dump old.db a --facts=engine
    pd verify a
}

@test "an existing archive is replaced only on demand, and whole" {
    small_database old.db
    pd dump old.db a
    sqlite3 old.db "INSERT INTO author VALUES (9, 'Nine', 9)"
    cp -r a before
    ends_with 1 pd dump old.db a
    diff -r a before
    pd dump old.db a --replace
    pd dump old.db fresh
    diff -r a fresh
    only_here a before fresh old.db
}
