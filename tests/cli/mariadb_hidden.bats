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
