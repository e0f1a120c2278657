# SPDX-License-Identifier: Apache-2.0
# polydump.bash - what all files of this folder load: where the program is, databases to work on,
# and the two questions "did it fail as it should?" and "is it the same database?".
#
# POLYDUMP is the program, POLYDUMP_WRAP a command to run it under (valgrind), POLYDUMP_CHINOOK
# another place of Chinook. With POLYDUMP_TEST_LONG (./check --long) no test is cut short: see is_long.

bats_require_minimum_version 1.5.0
cli_folder=$BATS_TEST_DIRNAME
data_folder=$cli_folder/../data
chinook=${POLYDUMP_CHINOOK:-$cli_folder/../../../shared/data/chinook.sqlite}

# is_long - what takes long and proves little more is wanted, too.
is_long()
{
    [ -n "${POLYDUMP_TEST_LONG-}" ]
}

setup()
{
    : "${POLYDUMP:?is not set: the program to test}"
    unset POLYDUMP_CONFIG
    # bats keeps files of its own in the folder above.
    mkdir "$BATS_TEST_TMPDIR/here" "$BATS_TEST_TMPDIR/temporary"
    cd "$BATS_TEST_TMPDIR/here" || return 1
    export TMPDIR=$BATS_TEST_TMPDIR/temporary
}

# One program for all tests, quiet but for errors. Words of the wrapper on purpose.
pd()
{
    local command=$1
    shift
    # shellcheck disable=SC2086
    ${POLYDUMP_WRAP-} "$POLYDUMP" "$command" --quiet "$@"
}

# database NAME FILE... - make a database of scripts in tests/data, or of stdin.
database()
{
    local name=$1 script
    shift
    if [ $# -eq 0 ]; then
        sqlite3 -bail "$name"
    else
        for script; do
            cat "$data_folder/$script"
        done | sqlite3 -bail "$name"
    fi
}

small_database()
{
    database "$1" <<'SQL'
CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT NOT NULL, born INT);
CREATE TABLE book (id INTEGER PRIMARY KEY, author_id INT REFERENCES author (id), title TEXT, price DECIMAL(8,2));
CREATE INDEX book_by_title ON book (title);
INSERT INTO author VALUES (1, 'Ada', 1815), (2, 'Émile', NULL), (3, 'Bob "B", Jr.', -5);
INSERT INTO book VALUES (1, 1, 'One', 1.5), (2, 1, 'Two' || char(10) || 'lines', 10), (3, 2, NULL, '9.99');
SQL
}

# Enough rows for a table to be cut in three ranges, and two that are not.
range_database()
{
    local made=${POLYDUMP_TEST_SHARED:-$BATS_RUN_TMPDIR}/range.db
    [ -f "$made" ] || { range_database_make "$1" && mv "$1" "$made"; }
    cp "$made" "$1"
}

range_database_make()
{
    database "$1" <<'SQL'
CREATE TABLE wide_range (id INTEGER PRIMARY KEY, a INT, b REAL, c TEXT, d BLOB);
INSERT INTO wide_range
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 800000)
SELECT i * 7 - 100000, i * 2654435761 % 1000003, i / 7.0, CASE i % 3 WHEN 0 THEN 'row ' || (i * 48271 % 65537) END,
       CASE WHEN i % 11 THEN randomblob(12) END
FROM n;
CREATE TABLE no_alias (a TEXT, b INT);
INSERT INTO no_alias SELECT c, a FROM wide_range WHERE id % 9 = 0;
CREATE TABLE by_text (k TEXT PRIMARY KEY, v) WITHOUT ROWID;
INSERT OR IGNORE INTO by_text SELECT c, id FROM wide_range WHERE c IS NOT NULL LIMIT 100000;
SQL
}

# same_database OLD NEW - every cell by storage class and bytes, and the schema, by SQL.
same_database()
{
    python3 "$cli_folder/same.py" "$1" "$2"
}

# ends_with CODE COMMAND... - run it; its exit status is exactly CODE.
ends_with()
{
    local code=$1
    shift
    run --separate-stderr "$@"
    if [ "$status" -ne "$code" ]; then
        echo "# exit status $status, not $code: $*" >&2
        echo "# stdout: ${output:0:2000}" >&2
        echo "# stderr: ${stderr:0:2000}" >&2
        return 1
    fi
}

# quietly CODE COMMAND... - ends_with, of a command that is told to be --quiet: not a word, but for
# status 3 the one line that says that something was left out.
quietly()
{
    ends_with "$@" || return 1
    if [ -n "$output" ]; then
        echo "# something on stdout: $output" >&2
        return 1
    fi
    if [ "$1" -eq 3 ]; then
        [[ "$stderr" =~ ^"polydump: finished, but "[0-9,]+" thing"(" was"|"s were")" left out that nobody asked to; without --quiet "(it is|they are)" told"$ ]]
    else
        [ -z "$stderr" ]
    fi || {
        echo "# stderr: $stderr" >&2
        return 1
    }
}

# complains CODE 'WORD' ... -- COMMAND... - exit status CODE, nothing on stdout, and stderr is one line
# "polydump: ..." that has each WORD.
complains()
{
    local code=$1 words=()
    shift
    while [ "$1" != -- ]; do
        words+=("$1")
        shift
    done
    shift
    ends_with "$code" "$@" || return 1
    if [ -n "$output" ]; then
        echo "# something on stdout: $output" >&2
        return 1
    fi
    if [ "${#stderr_lines[@]}" -ne 1 ] || [[ "$stderr" != "polydump: "* ]]; then
        echo "# not one line 'polydump: ...': $stderr" >&2
        return 1
    fi
    local word
    for word in "${words[@]}"; do
        if [[ "$stderr" != *"$word"* ]]; then
            echo "# '$word' is not in: $stderr" >&2
            return 1
        fi
    done
    if LC_ALL=C grep -q '[[:cntrl:]]' <<<"$stderr"; then
        echo "# control characters in: $stderr" >&2
        return 1
    fi
}

# says 'LINE' ... - these are among what was left out.
says()
{
    local line
    for line; do
        grep -qF "left out: $line" <<<"$stderr" || { echo "# '$line' is not in: $stderr" >&2; return 1; }
    done
}

# Nothing is in this folder but the names given.
only_here()
{
    local found
    found=$(find . -mindepth 1 -maxdepth 1 -printf '%f\n' | sort | tr '\n' ' ')
    local wanted
    wanted=$([ $# -eq 0 ] || printf '%s\n' "$@" | sort | tr '\n' ' ')
    if [ "$found" != "$wanted" ]; then
        echo "# here are: $found, not: $wanted" >&2
        return 1
    fi
}

# round_trip DATABASE [OPTION of dump...] - dump, restore, dump: equal archives, equal databases.
round_trip()
{
    local old=$1
    shift
    pd dump "$old" a "$@" &&
        pd verify a &&
        pd restore a new.db --native &&
        pd dump new.db b "$@" &&
        diff -r a b &&
        same_database "$old" new.db
}

# ---- PostgreSQL: a server that tests/servers.sh started, named by PGHOST and PGUSER ----

# name_of ENGINE NAME - a database's name that no other test has; it is dropped when the test ends. That
# of a group (see together.bash) is the same for all of its tests, and dropped when the file ends.
name_of()
{
    local owner=$BATS_SUITE_TEST_NUMBER list=$BATS_TEST_TMPDIR/names
    case ${group:+$2} in a | b | via) owner=$group list=$BATS_FILE_TMPDIR/names ;; esac
    echo "bats_${BATS_ROOT_PID}_${owner}_$2" >>"$list.$1"
    printf 'bats_%s_%s_%s' "$BATS_ROOT_PID" "$owner" "$2"
}

pg_name()
{
    name_of postgresql "$1"
}

# pg_new NAME [SCRIPT...] - make a database, and run scripts of tests/data in it; its URL is $pg_url.
pg_new()
{
    local name script
    name=$(pg_name "$1")
    shift
    # Copied as files it takes half as long.
    psql -Xq -v ON_ERROR_STOP=1 -d postgres <<SQL || return 1
SELECT CASE WHEN current_setting('server_version_num')::int >= 150000 THEN 'STRATEGY file_copy' ELSE '' END AS strategy \gset
CREATE DATABASE $name TEMPLATE template0 ENCODING 'UTF8' :strategy;
SQL
    for script; do
        psql -q -v ON_ERROR_STOP=1 -d "$name" -f "$data_folder/$script" >/dev/null 2>psql.log || { cat psql.log >&2; return 1; }
    done
    rm -f psql.log
    pg_url=postgresql:$name
}

# pg_ask NAME SQL - what a statement answers, unaligned.
pg_ask()
{
    psql -XAtq -d "$(pg_name "$1")" -c "$2"
}

# pg_text NAME - schema and rows as pg_dump writes them, what differs by nature taken out.
pg_text()
{
    pg_dump --restrict-key=polydump -d "$(pg_name "$1")" 2>/dev/null || pg_dump -d "$(pg_name "$1")"
}

# pg_clean [FOLDER] - drop what a test made, or whoever has that folder of bats.
pg_clean()
{
    local list=${1:-$BATS_TEST_TMPDIR}/names.postgresql
    [ -e "$list" ] || return 0
    sort -u "$list" | sed 's/.*/DROP DATABASE IF EXISTS & WITH (FORCE);/' | psql -q -d postgres 2>/dev/null
    rm "$list"
}

# ---- MariaDB: a server that tests/servers.sh started, named by POLYDUMP_TEST_MARIADB_SOCKET ----

my()
{
    mariadb --no-defaults --default-character-set=utf8mb4 --user="$POLYDUMP_TEST_MARIADB_USER" \
        --socket="$POLYDUMP_TEST_MARIADB_SOCKET" "$@"
}

my_name()
{
    name_of mariadb "$1"
}

my_url_of()
{
    printf 'mariadb://%s@localhost/%s?socket=%s' "$POLYDUMP_TEST_MARIADB_USER" "$(my_name "$1")" "$POLYDUMP_TEST_MARIADB_SOCKET"
}

# my_new NAME [SCRIPT...] - make a database, and run scripts of tests/data in it; its URL is $my_url.
my_new()
{
    local name script
    name=$(my_name "$1")
    my_url=$(my_url_of "$1")
    shift
    my -e "CREATE DATABASE $name CHARACTER SET utf8mb4" || return 1
    for script; do
        my "$name" <"$data_folder/$script" >/dev/null || return 1
    done
}

# my_ask NAME SQL - what a statement answers, columns apart by tabs.
my_ask()
{
    my -N -B "$(my_name "$1")" -e "$2"
}

# my_version - 1011 is 10.11.
my_version()
{
    my -N -B -e "SELECT SUBSTRING_INDEX(VERSION(), '-', 1)" | awk -F . '{ print $1 * 100 + $2 }'
}

# my_collation - that of utf8mb4 where none is said: utf8mb4_general_ci, from 11.5 on utf8mb4_uca1400_ai_ci.
my_collation()
{
    my -N -B -e "SELECT COLLATION(_utf8mb4'x')"
}

# my_text NAME - schema and rows as mariadb-dump writes them, bytes as digits.
my_text()
{
    mariadb-dump --no-defaults --default-character-set=utf8mb4 --user="$POLYDUMP_TEST_MARIADB_USER" \
        --socket="$POLYDUMP_TEST_MARIADB_SOCKET" --skip-comments --hex-blob --routines --events --triggers --tz-utc \
        --order-by-primary --skip-extended-insert "$(my_name "$1")" | sed "s/$(my_name "$1")/DATABASE/g"
}

# scratch_left - those of the scratch databases that a log (stdin, of --verbose) names that are still there.
scratch_left()
{
    local name
    for name in $(grep -oE 'polydump_ddt_[0-9a-f]{16}' | sort -u); do
        psql -XAtq -d postgres -c "SELECT datname FROM pg_database WHERE datname = '$name'"
        my -N -e "SHOW DATABASES LIKE '$name'"
    done
}

my_clean()
{
    local list=${1:-$BATS_TEST_TMPDIR}/names.mariadb
    [ -e "$list" ] || return 0
    sort -u "$list" | sed 's/.*/DROP DATABASE IF EXISTS &;/' | my
    rm "$list"
}
