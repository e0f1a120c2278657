#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# MariaDB: what the server hides from a user without a privilege is not taken for what is not there.

load polydump

teardown()
{
    my_clean
    [ -z "${user-}" ] || my -e "DROP USER IF EXISTS $user@localhost"
    [ -z "${place-}" ] || sh "$BATS_TEST_DIRNAME/../servers.sh" stop "$place"
}

# as NAME - the URL of a database for $user.
as()
{
    printf 'mariadb://%s:p@localhost/%s?socket=%s' "$user" "$(my_name "$1")" "$POLYDUMP_TEST_MARIADB_SOCKET"
}

# new_user NAME RIGHTS - who has these rights on that database alone.
new_user()
{
    user=h_$BATS_ROOT_PID
    my -e "DROP USER IF EXISTS $user@localhost; CREATE USER $user@localhost IDENTIFIED BY 'p'; GRANT $2 ON $(my_name "$1").* TO $user@localhost"
}

@test "triggers whose text a user may not see stand in the way as they do for others" {
    my_new a
    my_ask a "CREATE TABLE t(id int PRIMARY KEY, v int); INSERT INTO t VALUES (1, 1), (2, 2)"
    ends_with 0 pd dump "$my_url" a
    my_new b
    my_ask b "CREATE TABLE t(id int PRIMARY KEY, v int); CREATE TABLE log(x int);
        CREATE TRIGGER tg BEFORE INSERT ON t FOR EACH ROW SET NEW.v = coalesce(NEW.v, 0) + 100; CREATE TRIGGER tg2 AFTER INSERT ON t FOR EACH ROW INSERT INTO log VALUES (NEW.id)"
    new_user b "SELECT, INSERT, CREATE, DROP, ALTER, DELETE, UPDATE, CREATE TEMPORARY TABLES"
    for how in --into=append --into=truncate "--into=append --on-conflict=skip" "--into=append --on-conflict=update" ""; do
        # shellcheck disable=SC2086 # options
        ends_with 1 "$POLYDUMP" restore a "$(as b)" $how
        grep -qF "trigger 'tg' of table 't' would fire for each row, and MariaDB cannot put it aside" <<<"$stderr"
    done
    [ "$(my_ask b "SELECT count(*) FROM t")$(my_ask b "SELECT count(*) FROM log")" = 00 ]
    # That they fire is told, and what they did is not taken for a fault; which other tables they
    # write to is not known.
    ends_with 3 "$POLYDUMP" restore a "$(as b)" --into=truncate --triggers=fire
    grep -qF "user $user@localhost may not see what trigger 'tg' of table 't' does" <<<"$stderr"
    grep -qF "it is not verified, since triggers fired" <<<"$stderr"
    [ "$(my_ask b "SELECT group_concat(id, ':', v ORDER BY id) FROM t")" = 1:101,2:102 ]
}

@test "tables of engines without foreign keys are not asked about them" {
    my_new r
    my_ask r "CREATE TABLE m (id int PRIMARY KEY, v int, KEY (v)) ENGINE=Aria; INSERT INTO m VALUES (1, 1); CREATE TABLE y (id int PRIMARY KEY) ENGINE=MyISAM; CREATE TABLE i (id int PRIMARY KEY)"
    my_text r >r.before
    ends_with 0 pd dump "$my_url" all
    new_user r "SELECT, INSERT, CREATE, DROP, ALTER"
    ends_with 0 pd restore all "$(as r)" --into=replace
    diff r.before <(my_text r)
}

@test "a foreign key of another database that a user may not see stands in the way of what it points to" {
    my_new r
    my_new q
    my_ask r "CREATE TABLE p(id int PRIMARY KEY, v int); INSERT INTO p VALUES (1, 1), (2, 2); CREATE TABLE free(id int PRIMARY KEY); INSERT INTO free VALUES (1)"
    my_ask q "CREATE TABLE c(id int PRIMARY KEY, p int, FOREIGN KEY (p) REFERENCES $(my_name r).p(id)); INSERT INTO c VALUES (1, 1)"
    ends_with 0 pd dump "$(my_url_of r)" all
    ends_with 0 pd dump "$(my_url_of r)" less --where "p: id = 2"
    ends_with 0 pd dump "$(my_url_of r)" free --only free
    new_user r "SELECT, INSERT, CREATE, DROP, ALTER, DELETE, UPDATE, CREATE TEMPORARY TABLES"
    my_text r >r.before
    my_text q >q.before
    for how in "all --into=replace" "all --into=truncate" "less --into=truncate" "all --into=append --on-conflict=update"; do
        # shellcheck disable=SC2086 # an archive and options
        ends_with 1 "$POLYDUMP" restore $how "$(as r)"
        grep -qF "rows of table 'p' are to go, and a foreign key of another database" <<<"$stderr"
        grep -qF "points to its column 'id'" <<<"$stderr"
        diff r.before <(my_text r)
        diff q.before <(my_text q)
    done
    # What nothing points to goes, and root sees by itself that the rows are there again.
    ends_with 0 "$POLYDUMP" restore free "$(as r)" --into=replace
    ends_with 0 "$POLYDUMP" restore free "$(as r)" --into=truncate
    ends_with 0 "$POLYDUMP" restore all "$(my_url_of r)" --into=truncate
    ends_with 1 "$POLYDUMP" restore less "$(my_url_of r)" --into=truncate
    diff r.before <(my_text r)
    diff q.before <(my_text q)
}

@test "a foreign key of the own database may hide one of another, which is told" {
    my_new r
    my_ask r "CREATE TABLE p(id int PRIMARY KEY); CREATE TABLE k(id int PRIMARY KEY, p int, FOREIGN KEY (p) REFERENCES p(id)); INSERT INTO p VALUES (1); INSERT INTO k VALUES (1, 1)"
    ends_with 0 pd dump "$(my_url_of r)" all
    new_user r "SELECT, INSERT, CREATE, DROP, ALTER, DELETE"
    for how in replace truncate; do
        ends_with 3 "$POLYDUMP" restore all "$(as r)" --into=$how
        says "not verifiable: whether foreign keys of other databases, which user $user@localhost may not see, point to table 'k', 'p'"
    done
    my -e "GRANT PROCESS ON *.* TO $user@localhost"
    for how in replace truncate; do
        ends_with 0 "$POLYDUMP" restore all "$(as r)" --into=$how
    done
}

@test "a server whose transactions are to read alone is restored into" {
    place=$(mktemp -d /tmp/polydump.XXXXXX)
    chmod 755 "$place"
    eval "$(sh "$BATS_TEST_DIRNAME/../servers.sh" start "$place" "mariadb=$POLYDUMP_TEST_MARIADB_BIN" 3>&-)"
    [[ "$POLYDUMP_TEST_MARIADB_SOCKET" == "$place"/* ]]
    my_new a
    my_ask a "CREATE TABLE t(id int PRIMARY KEY); INSERT INTO t VALUES (1)"
    my_new b
    my -e "SET GLOBAL tx_read_only = 1"
    ends_with 0 "$POLYDUMP" copy "$(my_url_of a)" "$(my_url_of b)"
    ends_with 0 "$POLYDUMP" copy "$(my_url_of a)" "$(my_url_of b)" --into=append --on-conflict=skip
    my -e "SET GLOBAL tx_read_only = 0"
    [ "$(my_ask b "SELECT count(*) FROM t")" = 1 ]
}
