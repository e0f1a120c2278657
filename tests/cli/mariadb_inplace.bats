#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Restores into tables of MariaDB that are there: no row points nowhere afterwards that did not
# before, whichever table the foreign key is of.

load polydump

teardown()
{
    [ -z "${holder-}" ] || kill "$holder" 2>/dev/null || true
    my_clean
    pg_clean
}

# An archive "a" of parents 1 and 2, and a child of each; a database b with the same tables, whose
# rows are given.
family()
{
    local tables="CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (id int PRIMARY KEY, p int, CONSTRAINT of_p FOREIGN KEY (p) REFERENCES p (id));"
    my_new a
    my_ask a "$tables INSERT INTO p VALUES (1), (2); INSERT INTO c VALUES (1, 1), (2, 2), (3, NULL)"
    pd dump "$my_url" a
    my_new b
    my_ask b "$tables SET foreign_key_checks = 0; $1"
    my_text b >before
}

unchanged()
{
    diff before <(my_text b)
}

@test "rows that come without their parents are refused" {
    family "INSERT INTO p VALUES (2)"
    complains 1 "'of_p'" "'c'" "1 rows" -- pd restore a "$my_url" --into=append --data-only --only c
    unchanged
    complains 1 "'of_p'" "'c'" "1 rows" -- pd restore a "$my_url" --into=truncate --data-only --only c
    unchanged
    my_ask b "INSERT INTO p VALUES (1)"
    ends_with 0 pd restore a "$my_url" --into=append --data-only --only c
    ends_with 0 pd restore a "$my_url" --into=truncate
    [ "$(my_ask b "SELECT GROUP_CONCAT(id, '-', IFNULL(p, '') ORDER BY id) FROM c")" = 1-1,2-2,3- ]
}

@test "rows that pointed nowhere before hide none that come" {
    family "INSERT INTO c VALUES (7, 8), (9, 10)"
    my_ask a "INSERT INTO p VALUES (8); SET foreign_key_checks = 0; INSERT INTO c VALUES (4, 5)"
    pd dump --replace "$(my_url_of a)" a
    # One of the old is adopted, one that comes has no parent: as many as before.
    complains 1 "'of_p'" "1 rows" -- pd restore a "$my_url" --into=append
    unchanged
    complains 1 "'of_p'" "1 rows" -- pd restore a "$my_url" --into=truncate
    unchanged
    my_ask a "DELETE FROM c WHERE id = 4"
    pd dump --replace "$(my_url_of a)" a
    ends_with 0 pd restore a "$my_url" --into=append
    [ "$(my_ask b "SELECT GROUP_CONCAT(id ORDER BY id) FROM c WHERE p NOT IN (SELECT id FROM p)")" = 9 ]
}

@test "rows of other tables and databases keep their parents" {
    family "CREATE TABLE d (x int, CONSTRAINT of_it FOREIGN KEY (x) REFERENCES p (id)); INSERT INTO p VALUES (1), (7); INSERT INTO d VALUES (1), (7)"
    complains 1 "'of_it'" "'d'" "1 rows" -- pd restore a "$my_url" --into=truncate
    unchanged
    my_ask b "DROP TABLE d"
    my_new c
    my_ask c "CREATE TABLE e (x int, CONSTRAINT from_c FOREIGN KEY (x) REFERENCES $(my_name b).p (id)); INSERT INTO e VALUES (7)"
    my_text b >before
    complains 1 "'from_c'" "'e'" "1 rows" -- pd restore a "$(my_url_of b)" --into=truncate
    unchanged
    my_ask c "DELETE FROM e"
    ends_with 0 pd restore a "$(my_url_of b)" --into=truncate
    my_ask c "DROP TABLE e; CREATE TABLE p (id int PRIMARY KEY); INSERT INTO p VALUES (1)"
    my_ask b "DELETE FROM c; ALTER TABLE c DROP FOREIGN KEY of_p, ADD CONSTRAINT to_c FOREIGN KEY (p) REFERENCES $(my_name c).p (id)"
    my_text b >before
    complains 1 "'to_c'" "'c'" "1 rows" -- pd restore a "$(my_url_of b)" --into=append --data-only --only c
    unchanged
    my_ask b "DROP TABLE c"
}

@test "a parent that somebody takes away just now is missed" {
    family "INSERT INTO p VALUES (1), (2)"
    mkfifo talk
    my "$(my_name b)" <talk &
    holder=$!
    exec 9>talk
    echo "BEGIN; DELETE FROM p WHERE id = 2;" >&9
    until [ "$(my -N -e "SELECT COUNT(*) FROM information_schema.INNODB_TRX WHERE TRX_ROWS_MODIFIED = 1")" -ge 1 ]; do
        sleep 0.2 # who asks more often than every 0.1 s is told the same for ever
    done
    "$POLYDUMP" restore --quiet a "$my_url" --into=append --data-only --only c 2>errors 3>&- 9>&- &
    local pid=$! status=0
    until [ "$(my -N -e "SELECT COUNT(*) FROM information_schema.INNODB_TRX JOIN information_schema.PROCESSLIST ON ID = TRX_MYSQL_THREAD_ID WHERE TRX_STATE = 'LOCK WAIT' AND DB = '$(my_name b)'")" -eq 1 ]; do
        kill -0 "$pid"
        sleep 0.2
    done
    echo "COMMIT;" >&9
    exec 9>&-
    wait "$holder"
    holder=
    wait "$pid" || status=$?
    [ "$status" -eq 1 ]
    grep "'of_p'.*1 rows" errors
    [ "$(my_ask b "SELECT COUNT(*) FROM c")" = 0 ]
}

@test "a database is not copied into itself" {
    my_new a
    my_ask a "CREATE TABLE t (a int PRIMARY KEY); INSERT INTO t VALUES (1)"
    complains 2 "source and target are the same database" -- timeout 20 "$POLYDUMP" copy --into=replace "$my_url" "$my_url&connect_timeout=9"
    complains 2 "source and target are the same database" -- timeout 20 "$POLYDUMP" copy --into=append --on-conflict=skip "$my_url" "$my_url"
    complains 2 "source and target are the same database" -- timeout 20 "$POLYDUMP" plan "$my_url" "$my_url"
    pg_new b
    pg_ask b "CREATE TABLE t (a int PRIMARY KEY); INSERT INTO t VALUES (1)"
    complains 2 "source and target are the same database" -- timeout 20 "$POLYDUMP" copy --into=replace "$pg_url" "$pg_url"
    echo "CREATE TABLE t (a int PRIMARY KEY)" | sqlite3 s.db
    complains 2 "are the same file" -- timeout 20 "$POLYDUMP" copy --into=replace s.db "sqlite:$PWD/s.db"
    my_new c
    ends_with 0 pd copy "$(my_url_of a)" "$my_url"
    ends_with 0 pd copy --into=replace "$(my_url_of a)" "$my_url"
}
