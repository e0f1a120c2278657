#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Steps that make rows, look rows up and update them, from whole databases and archives into others.

load polydump

setup_file()
{
    local folder=$BATS_FILE_TMPDIR/plugins
    mkdir -m 755 "$folder"
    cc -shared -fPIC -I "$BATS_TEST_DIRNAME/../../include" -o "$folder/club.so" \
        "$BATS_TEST_DIRNAME/club.c"
    chmod 755 "$folder/club.so"
    export POLYDUMP_PLUGIN_PATH=$folder:${POLYDUMP_PLUGIN_PATH-}
    club_database
}

# Two regions are there, of a third there are members, and of them some have no region at all.
club_database()
{
    sqlite3 -bail "$BATS_FILE_TMPDIR/old.db" <<'SQL'
CREATE TABLE member (id INTEGER PRIMARY KEY, name TEXT, region TEXT, first TEXT, second TEXT);
CREATE TABLE region (id INTEGER PRIMARY KEY, text TEXT);
CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT);
CREATE TABLE other (id INTEGER PRIMARY KEY, x BLOB);
INSERT INTO region VALUES (10, 'north'), (20, 'south'), (21, 'north');
INSERT INTO member
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
SELECT i, 'member ' || i, CASE i % 5 WHEN 0 THEN 'north' WHEN 1 THEN 'south' WHEN 2 THEN 'west ' || i % 3 WHEN 3 THEN 'east' END,
       'IBAN ' || i * 7919 % 100003, CASE WHEN i % 3 = 0 THEN 'IBAN 2 of ' || i END
FROM n;
INSERT INTO note SELECT id, 'note' FROM member WHERE id % 100 = 0;
INSERT INTO other SELECT id, zeroblob(id % 50) FROM member WHERE id % 10 = 0;
SQL
    "$POLYDUMP" dump --quiet "$BATS_FILE_TMPDIR/old.db" "$BATS_FILE_TMPDIR/a" --app club --app-version 1.0
}

# The same by SQL: expected.db.
by_sql()
{
    cp "$BATS_FILE_TMPDIR/old.db" expected.db
    sqlite3 -bail expected.db <<'SQL'
CREATE TABLE account (id INTEGER, text TEXT, member_id INTEGER, PRIMARY KEY (id));
INSERT INTO account SELECT row_number() OVER (ORDER BY id, n), iban, id FROM
    (SELECT id, 1 AS n, first AS iban FROM member UNION ALL
     SELECT id, 2, second FROM member) WHERE iban IS NOT NULL;
INSERT INTO region SELECT 21 + row_number() OVER (ORDER BY min(id)), region FROM member
    WHERE region IS NOT NULL AND region NOT IN (SELECT text FROM region) GROUP BY region;
ALTER TABLE member ADD COLUMN region_id INTEGER;
UPDATE member SET region_id = (SELECT min(id) FROM region WHERE text = region);
ALTER TABLE member DROP COLUMN region;
ALTER TABLE member DROP COLUMN first;
ALTER TABLE member DROP COLUMN second;
UPDATE note SET text = 'member ' || id WHERE id % 1000 = 0;
SQL
}

same_rows()
{
    local table
    for table in account member region note other; do
        diff <(sqlite3 "$1" "SELECT * FROM $table ORDER BY id") \
            <(sqlite3 "$2" "SELECT * FROM $table ORDER BY id") >difference || {
            echo "# table $table: $(head -3 difference)" >&2
            return 1
        }
    done
    rm difference
}

@test "a step makes the rows that SQL would make, from an archive and from a database" {
    by_sql
    pd restore "$BATS_FILE_TMPDIR/a" new.db --migrations club --to 2.0
    same_rows new.db expected.db
    pd copy "$BATS_FILE_TMPDIR/old.db" copy.db --migrations club --to 2.0 --app-version 1.0
    same_rows copy.db expected.db
    [ -z "$(ls -A "$TMPDIR")" ]
}

@test "the archive that comes of it is the same whatever the jobs, and restores to the same" {
    by_sql
    pd migrate "$BATS_FILE_TMPDIR/a" b --migrations club --to 2.0 --jobs 1
    pd migrate "$BATS_FILE_TMPDIR/a" c --migrations club --to 2.0 --jobs 4
    diff -r b c
    pd verify b
    pd restore b new.db
    same_rows new.db expected.db
}

@test "a step that fails at a row leaves the target as it was" {
    complains 1 "step '1.0' -> '2.0' (club.c), table 'member': member 70000 is not welcome" \
        -- pd restore "$BATS_FILE_TMPDIR/a" new.db --migrations club --to 2.0 --club-fails 70000
    complains 1 "member 70000 is not welcome" \
        -- pd migrate "$BATS_FILE_TMPDIR/a" b --migrations club --to 2.0 --club-fails 70000
    [ -z "$(ls -A)" ]
    [ -z "$(ls -A "$TMPDIR")" ]
}

@test "updates of rows that are not there are told and the status is 3" {
    ends_with 3 "$POLYDUMP" restore "$BATS_FILE_TMPDIR/a" new.db --migrations club --to 2.0 --club-blind
    [[ "$stderr$output" == *"step '1.0' -> '2.0': update() named 100 rows of table 'note' that are not there"* ]]
    [ "$(sqlite3 new.db "SELECT count(*) FROM note WHERE text = 'note'")" = 1000 ]
}

@test "a table of the archive that is short is not migrated into a smaller one" {
    cp -r "$BATS_FILE_TMPDIR/a" b
    chmod -R u+w b
    local pack
    pack=$(find b/rows -name '*.pack' -size +10k | sort | head -1)
    [ -n "$pack" ]
    truncate -s -100 "$pack"
    ends_with 1 pd restore b new.db --migrations club --to 2.0
    [ ! -e new.db ]
}
