#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Looking inside, choosing parts, and what the program says of itself.

load polydump

@test "--version is one line with name and version" {
    ends_with 0 "$POLYDUMP" --version
    [[ "$output" =~ ^polydump\ [0-9]+\.[0-9]+\.[0-9]+ ]]
    [ "${#lines[@]}" -eq 1 ]
}

@test "--help names every command, and every command has its own --help within 80 columns" {
    ends_with 0 "$POLYDUMP" --help
    all=$output
    for command in dump restore copy migrate plan ddt diff verify info cat plugins seal; do
        [[ "$all" == *"$command"* ]]
        ends_with 0 "$POLYDUMP" $command --help
        [[ "$output" == *"polydump $command"* ]]
        [ -z "$stderr" ]
        [ "$(awk 'length($0) > 80' <<<"$output" | wc -l)" -eq 0 ]
    done
    [ "$(awk 'length($0) > 80' <<<"$all" | wc -l)" -eq 0 ]
}

@test "the help of dump and restore names their options" {
    ends_with 0 "$POLYDUMP" dump --help
    for option in jobs text stream level order only exclude where schema-only app app-version \
        facts no-recheck replace stamp; do
        [[ "$output" == *"--$option"* ]] || { echo "# --$option is missing" >&2; false; }
    done
    ends_with 0 "$POLYDUMP" restore --help
    for option in jobs native no-native into only exclude schema-only data-only; do
        [[ "$output" == *"--$option"* ]] || { echo "# --$option is missing" >&2; false; }
    done
}

@test "info shows the tables, rows and content id of an archive, and of a database" {
    database old.db sample.sql
    pd dump old.db a
    pd info a >shown
    grep -q author shown
    grep -q loan shown
    grep -qE '\b200\b' shown
    pd info old.db >shown
    grep -q author shown
}

@test "info --json is one JSON value" {
    database old.db nasty.sqlite.sql
    pd dump old.db a
    pd info a --json | python3 -m json.tool >/dev/null
    pd info old.db --json | python3 -m json.tool >/dev/null
}

@test "info escapes control characters of names" {
    database old.db <<'SQL'
CREATE TABLE "bell	and newline
x" (a);
SQL
    sqlite3 old.db "CREATE TABLE \"esc$(printf '\033')[31m\" (a)"
    pd dump old.db a
    pd info a >shown
    LC_ALL=C run grep "$(printf '[\033\t\a]')" shown
    [ "$status" -eq 1 ]
}

@test "cat prints the rows of one table as JSON Lines, from a database and from an archive alike" {
    small_database old.db
    pd dump old.db a
    pd dump old.db s.polydump
    pd cat old.db author >from_db
    pd cat a author >from_archive
    pd cat s.polydump author >from_stream
    cmp from_db from_archive
    cmp from_db from_stream
    [ "$(wc -l <from_db)" -eq 3 ]
    python3 -c 'import json; [json.loads(line) for line in open("from_db", encoding="utf-8")]'
    grep -q 'Bob \\"B\\", Jr.' from_db
}

@test "cat prints CSV that a CSV reader reads back" {
    small_database old.db
    pd cat old.db book --format=csv >csv
    python3 - <<'PYTHON'
import csv
rows = list(csv.reader(open("csv", newline="", encoding="utf-8")))
assert rows[0] == ["id", "author_id", "title", "price"], rows[0]
assert rows[1] == ["1", "1", "One", "1.5"], rows[1]
assert rows[2] == ["2", "1", "Two\nlines", "10"], rows[2]
assert rows[3][0] == "3" and rows[3][3] == "9.99", rows[3]
assert len(rows) == 4, rows
PYTHON
}

@test "cat without a table prints all tables" {
    small_database old.db
    pd cat old.db >all
    grep -q Ada all
    grep -q One all
}

@test "cat of a table that is not there names it and what there is" {
    small_database old.db
    complains 1 "'nothing'" -- pd cat old.db nothing
}

@test "plugins lists sqlite with its version and schemes" {
    ends_with 0 pd plugins
    [[ "$output" == *sqlite* ]]
    [[ "$output" == *null* ]]
    [[ "$output" == *archive* ]]
}

@test "--only and --exclude choose tables, by patterns too" {
    database old.db sample.sql
    pd dump old.db a --only author --only 'b*'
    pd info a --json >info
    python3 - <<'PYTHON'
import json
names = sorted(table["schema"]["name"] for table in json.load(open("info"))["tables"])
assert names == ["author", "book"], names
PYTHON
    pd dump old.db b --exclude 'l*' --exclude setting --exclude member
    pd info b --json >info
    python3 - <<'PYTHON'
import json
names = sorted(table["schema"]["name"] for table in json.load(open("info"))["tables"])
assert names == ["author", "book"], names
PYTHON
}

@test "--only of a table that is not there is an error that names it" {
    small_database old.db
    complains 2 "'nothing'" -- pd dump old.db a --only nothing
    [ ! -e a ]
}

@test "--where takes the rows that it says" {
    database old.db sample.sql
    pd dump old.db a --where 'loan: book_id = 1' --where "author: name LIKE 'a%'"
    [ "$(pd cat a loan | wc -l)" -eq 67 ]
    [ "$(pd cat a author | wc -l)" -eq 1 ]
    [ "$(pd cat a setting | wc -l)" -eq 5 ]
}

@test "--where that the engine refuses says what and where" {
    small_database old.db
    complains 1 book -- pd dump old.db a --where 'book: no_such_column = 1'
    [ ! -e a ]
    complains 2 where -- pd dump old.db a --where 'nonsense'
}

@test "--where can not change anything or say two statements" {
    small_database old.db
    sum=$(sha256sum <old.db)
    for condition in '1; DROP TABLE book' '1) UNION SELECT 1, 2, 3, 4 --'; do
        run pd dump old.db a --where "book: $condition"
        [ "$status" -ne 0 ]
        [ ! -e a ]
    done
    [ "$(sha256sum <old.db)" = "$sum" ]
}

@test "--schema-only makes tables without rows, --data-only fills them" {
    small_database old.db
    pd dump old.db a
    pd restore a new.db --schema-only
    [ "$(sqlite3 new.db 'SELECT count(*) FROM book')" = 0 ]
    pd restore a new.db --data-only --into=append
    same_database old.db new.db
}

@test "a dump with --schema-only has no rows" {
    small_database old.db
    pd dump old.db a --schema-only
    [ "$(pd cat a book | wc -l)" -eq 0 ]
    pd restore a new.db
    [ "$(sqlite3 new.db 'SELECT count(*) FROM author')" = 0 ]
}

@test "--json reports a run on stdout as one JSON value with an exit status" {
    small_database old.db
    pd dump old.db a --json >report
    python3 - <<'PYTHON'
import json
report = json.load(open("report"))
assert isinstance(report, dict), report
PYTHON
    pd restore a new.db --json | python3 -m json.tool >/dev/null
    pd verify a --json | python3 -m json.tool >/dev/null
    pd ddt old.db --json | python3 -m json.tool >/dev/null
}

@test "a dump says at its end how many tables and rows, and --quiet says nothing" {
    small_database old.db
    ends_with 0 "$POLYDUMP" dump old.db a
    [[ "$output$stderr" == *"2 tables"* ]]
    [[ "$output$stderr" == *"6 rows"* ]]
    ends_with 0 "$POLYDUMP" dump old.db b --quiet
    [ -z "$output$stderr" ]
}

@test "options may stand before, between and after the ends, with a blank or =" {
    small_database old.db
    pd dump --jobs 1 old.db --text a
    pd dump old.db b --text --jobs=1
    diff -r a b
}
