#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Connections to PostgreSQL: URLs, whom to trust, passwords, and servers that fall silent.

load polydump.bash
: "${cli_folder:?}"

# A server of our own, since it listens on TCP, with a certificate for localhost, one for another
# name, and one that is too old.
setup_file()
{
    : "${POLYDUMP_TEST_POSTGRESQL_BIN:?is not set: see tests/servers.sh}"
    tests=$BATS_TEST_DIRNAME/..
    place=$(mktemp -d "${TMPDIR:-/tmp}/polydump.XXXXXX")
    export place
    # An Argentine writes "$ 5,00", which is 500 elsewhere.
    mkdir "$place/locales"
    localedef -i es_AR -f UTF-8 "$place/locales/es_AR.UTF-8"
    chmod 755 "$place/locales" "$place/locales"/*
    export LOCPATH=$place/locales
    eval "$(sh "$tests/servers.sh" start "$place" "postgresql=$POLYDUMP_TEST_POSTGRESQL_BIN")"
    export data=$place/postgresql/data
    certificates
    cp "$place"/*.pem "$place"/*.key "$data/"
    [ "$(id -u)" -ne 0 ] || chown -R "$(stat -c %U "$data")" "$data"
    chmod 600 "$data"/*.key
    PORT=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    export PORT
    cat >"$data/pg_hba.conf" <<END
local all all trust
host all scram 127.0.0.1/32 scram-sha-256
host all clear 127.0.0.1/32 password
host all anyone 127.0.0.1/32 trust
END
    server restart localhost
    psql -q postgres <<SQL
CREATE ROLE scram LOGIN PASSWORD 's3cretPW';
CREATE ROLE clear LOGIN PASSWORD 's3cretPW';
CREATE ROLE anyone LOGIN;
CREATE DATABASE shop;
CREATE DATABASE "host=evil sslmode=disable";
\\c shop
CREATE TABLE t (id int PRIMARY KEY, at timestamptz, f float8, b bytea, m money, i interval, d date);
INSERT INTO t VALUES (1, '2026-10-25 01:30+00', 0.1, '\\x00ff', 12.5, '1 mon -2 days', '2000-02-01'),
    (2, 'infinity', 'NaN', '', NULL, '0', '0044-03-15 BC');
GRANT SELECT ON t TO scram, clear, anyone;
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

# server restart CERTIFICATE - as whoever owns the server; "none": without TLS.
server()
{
    local options="-k '$place/postgresql' -p $PORT -c listen_addresses=127.0.0.1 -c fsync=off"
    [ "$2" = none ] || options="$options -c ssl=on -c ssl_cert_file=$2.pem -c ssl_key_file=$2.key"
    local words=("$POLYDUMP_TEST_POSTGRESQL_BIN/pg_ctl" -D "$data" -m fast -w
        -l "$place/postgresql/server.log" -o "$options" "$1")
    if [ "$(id -u)" -eq 0 ]; then
        local owner
        owner=$(stat -c %U "$data")
        words=(setpriv --reuid="$owner" --regid="$(id -g "$owner")" --clear-groups "${words[@]}")
    fi
    (cd "$place/postgresql" && "${words[@]}") >/dev/null 3>&-
    export PGHOST=$place/postgresql PGPORT=$PORT PGUSER=postgres
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

# rogue MODE - starts one; its port is in $port, what it hears in the file heard.
rogue()
{
    python3 "$cli_folder/rogue_postgresql.py" "$1" >heard 3>&- &
    rogue_pid=$!
    for _ in $(seq 100); do
        [ ! -s heard ] || break
        sleep 0.05
    done
    port=$(head -n 1 heard)
}

proxy()
{
    python3 "$cli_folder/proxy.py" "$PWD/.s.PGSQL.$PORT" "$place/postgresql/.s.PGSQL.$PORT" "$@" >ready 3>&- &
    rogue_pid=$!
    for _ in $(seq 100); do
        [ ! -s ready ] || break
        sleep 0.05
    done
}

teardown()
{
    [ -z "${rogue_pid-}" ] || kill "$rogue_pid" 2>/dev/null || true
}

@test "a database is named by a URI, a plain name or keywords" {
    dumps "postgresql://postgres@${place//\//%2F}%2Fpostgresql:$PORT/shop"
    local first
    first=$(content)
    dumps postgresql:shop
    [ "$(content)" = "$first" ]
    dumps "postgresql:host=$PGHOST port=$PORT user=postgres dbname=shop"
    [ "$(content)" = "$first" ]
    dumps 'postgres:///shop'
    [ "$(content)" = "$first" ]
}

@test "the name of a database is never taken for a connection string" {
    dumps 'postgresql:///host%3Devil%20sslmode%3Ddisable'
    refuses 1 "'host=evil'" 'postgresql:///host%3Devil'
}

@test "a URL without a database names those that there are" {
    refuses 2 "'shop'" postgresql:
    refuses 2 "'shop'" "postgresql:host=$PGHOST user=postgres"
}

@test "TCP wants TLS with a certificate that is verified" {
    local tls="sslrootcert=$place/authority.pem"
    dumps "postgresql://scram:s3cretPW@localhost:$PORT/shop?$tls"
    dumps "postgresql://clear:s3cretPW@localhost:$PORT/shop?$tls"
    refuses 1 sslrootcert "postgresql://scram:s3cretPW@localhost:$PORT/shop"
    refuses 1 "does not match" "postgresql://scram:s3cretPW@127.0.0.1:$PORT/shop?$tls"
    refuses 2 sslmode=require "postgresql://scram:s3cretPW@localhost:$PORT/shop?sslmode=require"
    PGSSLMODE=disable refuses 1 sslrootcert "postgresql://scram:s3cretPW@localhost:$PORT/shop"
    server restart elsewhere
    refuses 1 "does not match" "postgresql://scram:s3cretPW@localhost:$PORT/shop?$tls"
    server restart old
    refuses 1 "verify failed" "postgresql://scram:s3cretPW@localhost:$PORT/shop?$tls"
    server restart none
    refuses 1 "does not support SSL" "postgresql://scram:s3cretPW@localhost:$PORT/shop?$tls"
    server restart localhost
}

@test "--insecure connects, but the password itself is not sent" {
    dumps --insecure "postgresql://scram:s3cretPW@localhost:$PORT/shop"
    refuses 1 "" --insecure "postgresql://clear:s3cretPW@localhost:$PORT/shop"
    server restart none
    dumps --insecure "postgresql://scram:s3cretPW@localhost:$PORT/shop"
    refuses 1 clear --insecure "postgresql://clear:s3cretPW@localhost:$PORT/shop"
    server restart localhost
}

@test "a password comes from a file, a variable or the URL" {
    local url="localhost:$PORT/shop?sslrootcert=$place/authority.pem"
    printf 's3cretPW\n' >secret
    chmod 600 secret
    dumps --password-file secret "postgresql://scram@$url"
    PGPASSWORD=s3cretPW dumps "postgresql://scram@$url"
    refuses 1 "" "postgresql://scram@$url"
    refuses 1 "password" "postgresql://scram:s3cretwrong@$url"
}

@test "a password that nobody asks for is a warning" {
    rm -rf out
    run -0 "$POLYDUMP" dump "postgresql://anyone:s3cretPW@localhost:$PORT/shop?sslrootcert=$place/authority.pem" out
    [[ $output == *"asked for none"* ]]
    [[ $output != *s3cret* ]]
}

@test "a rogue server gets no password" {
    for mode in clear slow hidden; do
        rogue $mode
        refuses 1 "" "postgresql://u:s3cretPW@127.0.0.1:$port/shop"
        refuses 1 "" --insecure "postgresql://u:s3cretPW@127.0.0.1:$port/shop"
        refuses 1 "in clear" --insecure "postgresql://u:s3cretPW@127.0.0.1:$port/shop?sslmode=disable"
        run -1 grep s3cret heard
        kill "$rogue_pid"
    done
}

@test "what a rogue server says is escaped and bounded" {
    rogue error
    refuses 1 'no\x1b[31m way out' --insecure "postgresql://u@127.0.0.1:$port/shop"
    kill "$rogue_pid"
    for mode in rows notices; do
        rogue $mode
        refuses 1 "longer than" --insecure "postgresql://u@127.0.0.1:$port/shop"
        kill "$rogue_pid"
    done
}

@test "settings of roles and databases have no effect" {
    dumps postgresql:shop
    local first
    first=$(content)
    psql -q shop <<'SQL'
CREATE ROLE hostile SUPERUSER LOGIN;
ALTER ROLE hostile SET statement_timeout = 1;
ALTER ROLE hostile SET lock_timeout = 1;
ALTER ROLE hostile SET DateStyle = 'German';
ALTER ROLE hostile SET IntervalStyle = 'iso_8601';
ALTER ROLE hostile SET TimeZone = 'Asia/Kathmandu';
ALTER ROLE hostile SET extra_float_digits = -15;
ALTER ROLE hostile SET bytea_output = 'escape';
ALTER ROLE hostile SET search_path = evil, public, pg_catalog;
ALTER ROLE hostile SET client_encoding = 'LATIN1';
ALTER ROLE hostile SET row_security = on;
ALTER ROLE hostile SET standard_conforming_strings = off;
ALTER ROLE hostile SET session_replication_role = replica;
ALTER ROLE hostile SET zero_damaged_pages = on;
CREATE SCHEMA evil;
CREATE FUNCTION evil.ne(text, text) RETURNS boolean LANGUAGE plpgsql AS
    $$ BEGIN RAISE WARNING 'trojan'; RETURN true; END $$;
CREATE OPERATOR evil.<> (PROCEDURE = evil.ne, LEFTARG = text, RIGHTARG = text);
SQL
    rm -rf out
    run -0 "$POLYDUMP" dump --verbose "postgresql:user=hostile dbname=shop" out 3>&-
    [[ $output != *trojan* ]]
    psql -q shop -c 'DROP SCHEMA evil CASCADE' -c 'DROP ROLE hostile' 2>/dev/null
    dumps postgresql:shop
    [ "$(content)" = "$first" ]
}

# Arrays, composites and expressions have money as text.
@test "money is the same in databases that write it otherwise" {
    psql -q postgres -c "CREATE DATABASE plain" -c "CREATE DATABASE argentine" \
        -c "ALTER DATABASE argentine SET lc_monetary = 'es_AR.UTF-8'"
    psql -q plain <<'SQL'
CREATE TYPE price AS (m money, n int);
CREATE TABLE m (id int PRIMARY KEY, one money, a money[], p price, d money DEFAULT '7.25', CHECK (d > '-1234.5'::money));
INSERT INTO m VALUES (1, 5, ARRAY[5.00::money, '-1234.56'], ROW(5.00::money, 1), 2.5);
CREATE VIEW v AS SELECT id, '1234.5'::money AS m FROM m;
SQL
    local ask="SELECT one::numeric, a[1]::numeric, a[2]::numeric, (p).m::numeric, d::numeric, v.m::numeric FROM m JOIN v USING (id)"
    local new="INSERT INTO m VALUES (2) RETURNING d::numeric"
    [ "$(psql -XAtq plain -c "$ask")" = "5.00|5.00|-1234.56|5.00|2.50|1234.50" ]
    ends_with 0 pd copy --native postgresql:plain postgresql:argentine
    [ "$(psql -XAtq argentine -c "$ask")" = "5.00|5.00|-1234.56|5.00|2.50|1234.50" ]
    ends_with 0 pd diff postgresql:plain postgresql:argentine
    ends_with 3 pd ddt --native postgresql:argentine # the database's setting is not carried
    ends_with 3 pd dump postgresql:argentine money
    psql -q postgres -c "CREATE DATABASE again"
    ends_with 3 pd restore --native money postgresql:again
    [ "$(psql -XAtq again -c "$ask")" = "5.00|5.00|-1234.56|5.00|2.50|1234.50" ]
    [ "$(psql -XAtq again -c "$new")" = 7.25 ]
    [ "$(psql -XAtq argentine -c "$new")" = 7.25 ]
}

@test "a connection that is cut anywhere fails the dump and leaves nothing" {
    for bytes in 0 1 5 9 50 300 400 500 800 1500 4000 9000; do
        rm -f ready
        proxy close $bytes
        refuses 1 "" "postgresql:host=$PWD dbname=shop"
        kill "$rogue_pid"
    done
}

# swapped OLD NEW TEXT - a dump through a server that says NEW for OLD fails and says TEXT.
swapped()
{
    rm -f ready swapped
    proxy swap "$1" "$2"
    refuses 1 "$3" "postgresql:host=$PWD dbname=told" --native-provider=server
    [ -e swapped ]
    echo "$output"
    [ "${#lines[@]}" -eq 1 ]
    kill "$rogue_pid"
}

@test "what the server tells is measured before it is read" {
    psql -q postgres -c "CREATE DATABASE told"
    psql -q told -c "CREATE TABLE first (id int PRIMARY KEY, second int)" \
        -c "COMMENT ON COLUMN first.id IS 'what is told'"
    swapped 'told\x00\x00\x00\x012' 'told\x00\x00\x00\x011' "other numbers of rows than it counts"
    swapped 'told\x00\x00\x00\x012' 'told\x00\x00\x00\x01x' "is no integer: 'FETCH 1000 FROM polydump_columns'"
    # A comment that ends before it does.
    swapped 'what is told' 'what\x00is told' "has a NUL: 'FETCH 1000 FROM polydump_columns'"
}

@test "a server that falls silent is given up" {
    for bytes in 1 500 2000 9000; do
        rm -f ready
        proxy hang $bytes
        refuses 1 "" --timeout 1 "postgresql:host=$PWD dbname=shop"
        kill "$rogue_pid"
    done
}

@test "an interrupted run leaves no session behind" {
    psql -q shop -c 'BEGIN' -c 'LOCK t' -c 'SELECT pg_sleep(20)' 3>&- &
    local locker=$! sessions
    sleep 0.5
    "$POLYDUMP" dump --quiet postgresql:shop out 3>&- &
    local dump=$! status=0
    sleep 0.7
    kill -TERM "$dump"
    wait "$dump" || status=$?
    [ "$status" -ne 0 ]
    [ ! -e out ]
    for _ in $(seq 20); do
        sessions=$(psql -At postgres -c "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'polydump'")
        [ "$sessions" -gt 0 ] || break
        sleep 0.1
    done
    kill "$locker"
    [ "$sessions" -eq 0 ]
}
