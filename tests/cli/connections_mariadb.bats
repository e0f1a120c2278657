#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Connections to MariaDB: URLs, whom to trust, passwords, and servers that fall silent.

load polydump.bash
: "${cli_folder:?}"

# A server of our own, since it listens on TCP, with a certificate for localhost, one for another
# name, and one that is too old.
setup_file()
{
    : "${POLYDUMP_TEST_MARIADB_BIN:?is not set: see tests/servers.sh}"
    place=$(mktemp -d "${TMPDIR:-/tmp}/polydump.XXXXXX")
    export place
    export socket=$place/mariadb/mariadb.sock
    certificates
    chmod 755 "$place"
    chmod 644 "$place"/*.pem "$place"/*.key
    PORT=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    export PORT
    MARIADB_OPTIONS=$(options localhost) sh "$BATS_TEST_DIRNAME/../servers.sh" start "$place" "mariadb=$POLYDUMP_TEST_MARIADB_BIN" >/dev/null
    ask <<'SQL'
CREATE USER native@localhost IDENTIFIED BY 's3cretPW';
INSTALL SONAME 'auth_ed25519';
CREATE USER curve@localhost IDENTIFIED VIA ed25519 USING PASSWORD('s3cretPW');
CREATE DATABASE shop CHARACTER SET utf8mb4;
CREATE DATABASE `host=evil;ssl-mode=DISABLED`;
USE shop;
CREATE TABLE t (id int PRIMARY KEY, at timestamp(6) NULL, f float, b blob, d date, x time(3), e enum('a', 'b'));
INSERT INTO t VALUES (1, '2026-10-25 01:30:00', 0.1, x'00ff', '2026-10-25', '-12:00:00.5', 'a'),
    (2, NULL, NULL, '', '0000-00-00', '838:59:59', NULL);
CREATE DATABASE told CHARACTER SET utf8mb4;
CREATE TABLE told.first (id int PRIMARY KEY, second_column int) COMMENT 'what is told of a table';
GRANT ALL ON shop.* TO native@localhost, curve@localhost;
SQL
}

teardown_file()
{
    [ -n "${place-}" ] || return 0
    sh "$BATS_TEST_DIRNAME/../servers.sh" stop "$place"
    rm -rf "$place"
}

certificates()
{
    (
        cd "$place" || exit 1
        openssl req -new -x509 -days 2 -nodes -subj /CN=authority -keyout authority.key -out authority.pem
        for name in localhost elsewhere old; do
            common=$name
            days=2
            [ $name != old ] || { common=localhost; days=-1; }
            openssl req -new -nodes -subj "/CN=$common" -keyout $name.key -out $name.csr
            openssl x509 -req -in $name.csr -CA authority.pem -CAkey authority.key -CAcreateserial \
                -days $days -out $name.pem
        done
    ) 2>/dev/null
}

# options CERTIFICATE - of a server on TCP; "none": without TLS.
options()
{
    printf '%s' "--skip-networking=0 --bind-address=127.0.0.1 --port=$PORT --skip-name-resolve=0 --sql-mode="
    [ "$1" = none ] || printf ' %s' "--ssl-cert=$place/$1.pem" "--ssl-key=$place/$1.key"
}

# server CERTIFICATE - starts again with another one.
server()
{
    sh "$cli_folder/../servers.sh" crash "$place" mariadb
    MARIADB_OPTIONS=$(options "$1") sh "$cli_folder/../servers.sh" again "$place" mariadb 3>&-
}

ask()
{
    mariadb --no-defaults --socket="$socket" --user=root -BN "$@"
}

# dumps URL OPTION... - the dump works.
dumps()
{
    rm -rf out
    run -0 pd dump "$@" out
}

# refuses STATUS TEXT URL OPTION... - it fails, says so, and leaves nothing.
refuses()
{
    local status=$1 text=$2
    shift 2
    rm -rf out
    run "-$status" pd dump "$@" out
    [[ $output == *"$text"* ]] || { echo "no '$text' in: $output"; return 1; }
    [[ $output != *s3cret* ]] || { echo "a password in: $output"; return 1; }
    [ ! -e out ]
}

content()
{
    "$POLYDUMP" info --json out | python3 -c 'import json, sys; print(json.load(sys.stdin)["content_id"])'
}

# rogue MODE [FILE] - starts one; its port is in $port, what it hears in the file heard.
rogue()
{
    python3 "$cli_folder/rogue_mariadb.py" "$@" >heard 3>&- &
    rogue_pid=$!
    for _ in $(seq 200); do
        [ ! -s heard ] || break
        sleep 0.05
    done
    port=$(head -n 1 heard)
}

proxy()
{
    python3 "$cli_folder/proxy.py" "$PWD/s" "$socket" "$@" >ready 3>&- &
    rogue_pid=$!
    for _ in $(seq 200); do
        [ ! -s ready ] || break
        sleep 0.05
    done
}

teardown()
{
    [ -z "${rogue_pid-}" ] || kill "$rogue_pid" 2>/dev/null || true
}

@test "a database is named by a URL, or by its name and a socket" {
    dumps "mariadb://root@localhost/shop?socket=$socket"
    local first
    first=$(content)
    dumps "mariadb:shop?socket=$socket&user=root"
    [ "$(content)" = "$first" ]
    dumps "mysql://root@${socket//\//%2F}/shop"
    [ "$(content)" = "$first" ]
    MYSQL_UNIX_PORT=$socket dumps mariadb://root@/shop
    [ "$(content)" = "$first" ]
}

@test "the name of a database is never taken for settings" {
    dumps "mariadb:///host%3Devil%3Bssl-mode%3DDISABLED?user=root&socket=$socket"
    refuses 1 "'host=evil'" "mariadb:///host%3Devil?user=root&socket=$socket"
}

@test "a URL without a database names those that there are" {
    refuses 2 "'shop'" "mariadb://root@localhost/?socket=$socket"
}

@test "an options file says who and where, and nothing else" {
    cat >my.cnf <<END
[client]
user = native
password = s3cretPW
socket = $socket
local-infile = 1
init-command = "DROP TABLE shop.t"
[other]
user = root
socket = $socket
END
    dumps "mariadb:shop?defaults-file=my.cnf"
    dumps "mariadb:shop?defaults-file=my.cnf&group=other"
    refuses 2 "group 'third'" "mariadb:shop?defaults-file=my.cnf&group=third"
    HOME=$PWD MYSQL_HOME=$PWD refuses 1 "" "mariadb:shop"
}

@test "TCP wants TLS with a certificate that is verified" {
    local tls="ssl-ca=$place/authority.pem" url="localhost:$PORT/shop"
    dumps "mariadb://native:s3cretPW@$url?$tls"
    dumps "mariadb://curve:s3cretPW@$url?$tls"
    refuses 1 ssl-ca "mariadb://native:s3cretPW@$url"
    refuses 1 TLS "mariadb://native:s3cretPW@127.0.0.1:$PORT/shop?$tls"
    refuses 1 TLS "mariadb://native:s3cretPW@$url?ssl-capath=/etc/ssl/certs"
    refuses 2 "behind '?'" "mariadb://native:s3cretPW@$url?ssl-mode=required"
    server elsewhere
    refuses 1 TLS "mariadb://native:s3cretPW@$url?$tls"
    refuses 1 TLS "mariadb://native:s3cretPW@$url?ssl-capath=$place"
    server old
    refuses 1 TLS "mariadb://native:s3cretPW@$url?$tls"
    server none
    refuses 1 TLS "mariadb://native:s3cretPW@$url?$tls"
    server localhost
}

@test "--insecure connects, with TLS if there is any" {
    dumps --insecure "mariadb://native:s3cretPW@localhost:$PORT/shop"
    ask -e "ALTER USER native@localhost REQUIRE SSL"
    dumps --insecure "mariadb://native:s3cretPW@localhost:$PORT/shop"
    ask -e "ALTER USER native@localhost REQUIRE NONE"
    server none
    dumps --insecure "mariadb://curve:s3cretPW@localhost:$PORT/shop"
    server localhost
}

@test "a password comes from a file, a variable or the URL" {
    local url="localhost:$PORT/shop?ssl-ca=$place/authority.pem"
    printf 's3cretPW\n' >secret
    chmod 600 secret
    dumps --password-file secret "mariadb://native@$url"
    MYSQL_PWD=s3cretPW dumps "mariadb://native@$url"
    refuses 1 "Access denied" "mariadb://native@$url"
    refuses 1 "Access denied" "mariadb://native:s3cretwrong@$url"
}

@test "a rogue server gets no password" {
    for mode in clear dialog sha; do
        rogue $mode
        refuses 1 "TLS" "mariadb://u:s3cretPW@127.0.0.1:$port/shop?ssl-ca=$place/authority.pem"
        refuses 1 "proof" --insecure "mariadb://u:s3cretPW@127.0.0.1:$port/shop"
        run -1 grep s3cret heard
        run -1 grep ANSWER heard
        kill "$rogue_pid"
    done
}

@test "a rogue server on a socket gets no password, writes nothing to the terminal and reads nothing from it" {
    for mode in clear dialog; do
        rogue $mode "unix:$PWD/rogue.$mode"
        refuses 1 "proof" "mariadb://u:s3cretPW@localhost/shop?socket=$PWD/rogue.$mode" <<<"a line of the user's"
        [[ "$output" != *"Password: "* ]]
        run -1 grep -e s3cret -e ANSWER -e "a line" heard
        kill "$rogue_pid"
    done
}

@test "a rogue server gets no password by methods of old, unknown ones, or TLS that is none" {
    local mode
    for mode in old older unknown long tls; do
        rogue $mode "$PWD/../../evil"
        refuses 1 "" --timeout 2 "mariadb://u:s3cretPW@127.0.0.1:$port/shop?ssl-ca=$place/authority.pem"
        refuses 1 "" --timeout 2 --insecure "mariadb://u:s3cretPW@127.0.0.1:$port/shop"
        run -1 grep -a -e s3cret -e ANSWER heard
        kill "$rogue_pid"
    done
}

@test "a rogue server that lies about what it sends is given up" {
    local mode
    for mode in cut claims columns cells fewer warnings; do
        rogue $mode
        refuses 1 "" --timeout 1 --insecure "mariadb://u:s3cretPW@127.0.0.1:$port/shop"
        [ "${#lines[@]}" -eq 1 ]
        kill "$rogue_pid"
    done
}

# swapped OLD NEW TEXT - a dump through a server that says NEW for OLD fails and says TEXT.
swapped()
{
    rm -f ready swapped
    proxy swap "$1" "$2"
    refuses 1 "$3" "mariadb:told?user=root&socket=$PWD/s"
    [ -e swapped ]
    echo "$output"
    [ "${#lines[@]}" -eq 1 ]
    kill "$rogue_pid"
}

@test "what the server tells of tables is measured before it is read" {
    # Newer versions of the client library find some of it themselves.
    local first
    for first in xfd xfe xff; do
        swapped '\x17what is told' "\\${first}what is told" ""
        swapped '\x0dsecond_column' "\\${first}second_column" ""
        [[ $output == *"ends within it"* || $output == *"alformed packet"* ]]
    done
}

@test "what the server tells of tables may lack anything" {
    # An item of SHOW CREATE TABLE that ends before it begins.
    swapped ',\n  `second_column`' ',\n\x00 `second_column`' "is not understood"
    # The bit that says that a column has no type.
    swapped '\x00\x00\x39\x05first\x02id' '\x00\x40\x39\x05first\x02id' "NULL where its catalogue has none"
}

@test "a version that is none is refused, and named" {
    local version
    for version in 99.99 10.11 10.11.-MariaDB 10.11.x 10.x.1 "" "-1" "99999999999999999999.1.1-MariaDB" \
        "10.11.100-MariaDB" "%s%n%s"; do
        rogue named "$version"
        refuses 1 "the server says that its version is '$version', which is none of MariaDB's or MySQL's" \
            --timeout 1 --insecure "mariadb://u:s3cretPW@127.0.0.1:$port/shop"
        [ "${#lines[@]}" -eq 1 ]
        kill "$rogue_pid"
    done
    rogue named 4.0.1
    refuses 1 "the server is version 4.0;" --timeout 1 --insecure "mariadb://u:s3cretPW@127.0.0.1:$port/shop"
    [ "${#lines[@]}" -eq 1 ]
    kill "$rogue_pid"
    rogue named "5.5.5-10.11.19-MariaDB'; DROP"
    refuses 1 "" --timeout 1 --insecure "mariadb://u:s3cretPW@127.0.0.1:$port/shop"
    [ "${#lines[@]}" -eq 1 ]
    kill "$rogue_pid"
}

@test "a rogue server gets no file" {
    printf 'nobody shall see s3cret\n' >private
    printf '[client]\nlocal-infile=1\n' >.my.cnf
    small_database small.db
    for mode in infile early; do
        rogue $mode "$PWD/private"
        HOME=$PWD refuses 1 "" --insecure "mariadb://u@127.0.0.1:$port/shop"
        HOME=$PWD run -1 pd copy --insecure small.db "mariadb://u@127.0.0.1:$port/shop"
        run -1 grep -e s3cret -e '^FILE .*[a-z]' heard
        kill "$rogue_pid"
    done
}

@test "what a rogue server says is escaped and bounded" {
    rogue error
    refuses 1 'no\x1b[31m way out' --insecure "mariadb://u@127.0.0.1:$port/shop"
    kill "$rogue_pid"
    rogue rows
    refuses 1 "longer than" --insecure "mariadb://u@127.0.0.1:$port/shop"
    kill "$rogue_pid"
    rogue version
    refuses 1 "" --insecure "mariadb://u@127.0.0.1:$port/shop"
    [[ $output != *$'\x1b'* ]]
    kill "$rogue_pid"
    rogue quiet
    refuses 1 "does not answer" --insecure --timeout 1 "mariadb://u@127.0.0.1:$port/shop"
}

@test "settings of a server and an account have no effect" {
    local url="mariadb:shop?user=hostile&socket=$socket" first
    dumps "mariadb:shop?user=root&socket=$socket"
    first=$(content)
    ask <<'SQL'
CREATE USER hostile@localhost WITH MAX_STATEMENT_TIME 0.001;
GRANT SELECT, LOCK TABLES, SHOW VIEW, TRIGGER, EVENT, RELOAD ON *.* TO hostile@localhost;
SET GLOBAL init_connect = "SET sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,ORACLE', time_zone = '+05:45', sql_select_limit = 1, autocommit = 0, character_set_results = latin1, sql_safe_updates = 1, sql_quote_show_create = 0, lc_time_names = 'de_DE', group_concat_max_len = 4";
SET GLOBAL max_statement_time = 0.001, GLOBAL time_zone = '-03:00', GLOBAL sql_mode = 'ORACLE,PAD_CHAR_TO_FULL_LENGTH', GLOBAL net_write_timeout = 1, GLOBAL wait_timeout = 1, GLOBAL max_error_count = 0, GLOBAL sql_select_limit = 1;
SQL
    dumps "$url"
    [ "$(content)" = "$first" ]
    ask <<'SQL'
SET GLOBAL init_connect = '', GLOBAL max_statement_time = 0, GLOBAL time_zone = 'SYSTEM', GLOBAL sql_mode = '', GLOBAL net_write_timeout = 60, GLOBAL wait_timeout = 28800, GLOBAL max_error_count = 64, GLOBAL sql_select_limit = DEFAULT;
DROP USER hostile@localhost;
SQL
}

@test "a connection that is cut anywhere fails the dump and leaves nothing" {
    for bytes in 0 1 4 30 100 130 300 700 1500 4000; do
        rm -f ready
        proxy close $bytes
        refuses 1 "" "mariadb:shop?user=root&socket=$PWD/s"
        kill "$rogue_pid"
    done
}

@test "a server that falls silent is given up" {
    for bytes in 1 100 700 4000 9000; do
        rm -f ready
        proxy hang $bytes
        refuses 1 "" --timeout 1 "mariadb:shop?user=root&socket=$PWD/s"
        kill "$rogue_pid"
    done
}

@test "a server that is at work is waited for" {
    ask shop -e "LOCK TABLES t WRITE; SELECT SLEEP(4)" >/dev/null 3>&- &
    local locker=$!
    sleep 0.5
    dumps --timeout 1 "mariadb:shop?user=root&socket=$socket"
    wait "$locker"
}

@test "an interrupted run leaves no session behind" {
    ask shop -e "LOCK TABLES t WRITE; SELECT SLEEP(20)" >/dev/null 3>&- &
    local locker=$! sessions
    sleep 0.5
    "$POLYDUMP" dump --quiet "mariadb:shop?user=root&socket=$socket" out 3>&- &
    local dump=$! status=0
    sleep 0.7
    kill -TERM "$dump"
    wait "$dump" || status=$?
    [ "$status" -ne 0 ]
    [ ! -e out ]
    for _ in $(seq 20); do
        sessions=$(ask -e "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID <> CONNECTION_ID() AND INFO NOT LIKE '%SLEEP%' AND USER = 'root'")
        [ "$sessions" -gt 0 ] || break
        sleep 0.1
    done
    kill "$locker"
    [ "$sessions" -eq 0 ]
}
