#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Literal defaults go to another engine when a new row gets the same value there, and are told else.

load polydump

teardown()
{
    my_clean
    pg_clean
}

# loses COLUMN... - the defaults of these columns were left out, each with a line, and no other one.
loses()
{
    local told wanted
    told=$(grep -o "left out: default of column '[a-z0-9]*' of [table ]*'d': .*" <<<"$stderr" | grep -o "column '[a-z0-9]*'" | sort)
    wanted=$(printf "column '%s'\n" "$@" | sort)
    [ "$told" = "$wanted" ] || {
        diff <(echo "$wanted") <(echo "$told") >&2
        echo "# $stderr" >&2
        return 1
    }
}

# The names begin with k where the default is to be kept, with x where it is not.
from_sqlite()
{
    database old.db <<'SQL'
CREATE TABLE d (id INTEGER PRIMARY KEY,
    xint INTEGER DEFAULT 1.5, xtext INTEGER DEFAULT 'abc', xspace INT DEFAULT '7 a', kint INTEGER DEFAULT ' 7 ', kone INTEGER DEFAULT '1',
    ktrue BOOLEAN DEFAULT true, xtwo BOOLEAN DEFAULT 2, xt BOOLEAN DEFAULT 't',
    xdec DECIMAL(5,2) DEFAULT 1.005, xwide DECIMAL(5,2) DEFAULT 1000, kdec DECIMAL(5,2) DEFAULT 1.25, kdtext DECIMAL(5,2) DEFAULT '1.50',
    kreal REAL DEFAULT '1', xreal REAL DEFAULT 'x', kexp DOUBLE DEFAULT 1e300, kzero REAL DEFAULT -0.0,
    ktxt TEXT DEFAULT 5, ktreal TEXT DEFAULT 1.50, kname TEXT DEFAULT 'now', xbytes TEXT DEFAULT x'00ff',
    kvar VARCHAR(5) DEFAULT 'abcde', xvar VARCHAR(5) DEFAULT 'abcdef',
    xnow DATETIME DEFAULT 'now', xtoday DATE DEFAULT 'today', xepoch DATETIME DEFAULT 'epoch', xballs TIME DEFAULT 'allballs',
    xinf DATE DEFAULT 'infinity', xshort TIME DEFAULT '10:11', xorder DATE DEFAULT '02/01/2020', xcompact DATE DEFAULT '20200102',
    xfull DATE DEFAULT '2020-01-02 03:04:05', xday DATE DEFAULT '2020-02-30', xzone DATETIME DEFAULT '2020-01-02 03:04:05 UTC',
    xt5 DATETIME DEFAULT '2020-01-02T03:04:05', xnum DATETIME DEFAULT 20200102, xsec DATETIME DEFAULT '2020-01-02 03:04',
    kdate DATE DEFAULT '2020-01-02', ktime TIME DEFAULT '10:11:12', kstamp DATETIME DEFAULT '2020-01-02 03:04:05.25',
    kuuid UUID DEFAULT '6ccd780c-baba-4026-9564-5b8c656024db', xuuid UUID DEFAULT '6CCD780C-BABA-4026-9564-5B8C656024DB',
    kblob BLOB DEFAULT x'00ff', xblob BLOB DEFAULT 'abc');
INSERT INTO d VALUES (1,
    1, 1, 1, 1, 1,
    1, 1, 1,
    1.5, 1.5, 1.5, 1.5,
    1.5, 1.5, 1.5, 1.5,
    'a', 'a', 'a', 'a',
    'a', 'a',
    '2020-01-02 03:04:05', '2020-01-02', '2020-01-02 03:04:05', '10:11:12',
    '2020-01-02', '10:11:12', '2020-01-02', '2020-01-02',
    '2020-01-02', '2020-01-02', '2020-01-02 03:04:05',
    '2020-01-02 03:04:05', '2020-01-02 03:04:05', '2020-01-02 03:04:05',
    '2020-01-02', '10:11:12', '2020-01-02 03:04:05',
    '6ccd780c-baba-4026-9564-5b8c656024db', '6ccd780c-baba-4026-9564-5b8c656024db',
    x'00', x'00');
SQL
    lost=(xint xtext xspace xtwo xt xdec xwide xreal xbytes xvar xnow xtoday xepoch xballs xinf xshort xorder xcompact xfull
        xday xzone xt5 xnum xsec xuuid xblob)
    kept="7|1|1|1.25|1.50|1|1e+300|0|5|1.5|now|abcde|2020-01-02|10:11:12|2020-01-02 03:04:05.25|6ccd780c-baba-4026-9564-5b8c656024db|00ff"
    of_kept="kint, kone, %s, kdec, kdtext, kreal, kexp, kzero, ktxt, ktreal, kname, kvar, kdate, ktime, kstamp, kuuid"
}

@test "defaults of SQLite go to PostgreSQL as the values that they are, others are told" {
    from_sqlite
    pg_new mid
    ends_with 3 "$POLYDUMP" copy old.db "$pg_url"
    loses "${lost[@]}"
    [[ "$stderr" == *"default of column 'xdec' of table 'd': '1.005' would not be the same value here"* ]]
    pg_ask mid "INSERT INTO d (id) VALUES (2)"
    [ "$(pg_ask mid "SELECT $(printf "$of_kept" 'ktrue::int'), encode(kblob, 'hex') FROM d WHERE id = 2")" = "$kept" ]
    [ -z "$(pg_ask mid "SELECT concat($(IFS=,; echo "${lost[*]}")) FROM d WHERE id = 2")" ]
    # What is told is what differs.
    pg_new via
    ends_with 3 "$POLYDUMP" ddt old.db --via "$pg_url"
}

@test "defaults of SQLite go to MariaDB as the values that they are, others are told" {
    from_sqlite
    my_new mid
    ends_with 3 "$POLYDUMP" copy old.db "$my_url"
    loses "${lost[@]}"
    my_ask mid "INSERT INTO d (id) VALUES (2)"
    [ "$(my_ask mid "SELECT concat_ws('|', $(printf "$of_kept" ktrue), lower(hex(kblob))) FROM d WHERE id = 2")" = \
        "$(sed -e 's/|1e+300|/|1e300|/' -e 's/|10:11:12|2020-01-02 03:04:05.25/|10:11:12.000000|2020-01-02 03:04:05.250000/' <<<"$kept")" ]
    [ -z "$(my_ask mid "SELECT concat_ws('', $(IFS=,; echo "${lost[*]}")) FROM d WHERE id = 2")" ]
    my_new via
    ends_with 3 "$POLYDUMP" ddt old.db --via "$my_url"
}

from_postgresql()
{
    pg_new old
    pg_ask old "CREATE TYPE mood AS ENUM ('sad', 'ok');
    CREATE TABLE d (id int PRIMARY KEY,
        xminus float8 DEFAULT '-0', xminus4 float4 DEFAULT '-0', xnan float8 DEFAULT 'NaN', kfloat float8 DEFAULT 0.1, ksingle real DEFAULT 0.1,
        kint int DEFAULT 7, kbig bigint DEFAULT -9223372036854775808, xround int DEFAULT 1.5, xdec numeric(5,2) DEFAULT 1.005,
        kdec numeric(5,2) DEFAULT 1.5, kbool boolean DEFAULT 't', ktext text DEFAULT 'now', kchar char(5) DEFAULT 'ab',
        xchar varchar(3) DEFAULT 'abcd', kdate date DEFAULT '2020-01-02', kstamp timestamp(3) DEFAULT '2020-01-02 03:04:05.250',
        ktz timestamptz(0) DEFAULT '2020-01-02 03:04:05+00', xfine timestamp(0) DEFAULT '2020-01-02 03:04:05.6',
        kbytes bytea DEFAULT '\\x00ff', kmood mood DEFAULT 'ok', kuuid uuid DEFAULT '6ccd780c-baba-4026-9564-5b8c656024db',
        kjson json DEFAULT '{\"a\": 1}', kspan interval DEFAULT '1 day 2 hours', kbit bit(3) DEFAULT '101', kinet inet DEFAULT '10.0.0.1');
    INSERT INTO d (id, xchar, xminus, xminus4, xnan) VALUES (1, 'a', 1, 1, 1)"
}

@test "defaults of PostgreSQL go to MariaDB as the values that they are, others are told" {
    from_postgresql
    my_new mid
    ends_with 3 "$POLYDUMP" copy "$pg_url" "$my_url" --misfit=carrier
    loses xminus xminus4 xnan xround xdec xchar xfine
    my_ask mid "INSERT INTO d (id) VALUES (2)"
    [ "$(my_ask mid "SELECT kfloat, ksingle, kint, kbig, kdec, kbool, ktext, kchar, kdate, kstamp, ktz, hex(kbytes), kmood, kuuid, kjson,
        kspan, bin(kbit), kinet FROM d WHERE id = 2" | tr '\t' '|')" = \
        '0.1|0.1|7|-9223372036854775808|1.50|1|now|ab|2020-01-02|2020-01-02 03:04:05.250|2020-01-02 03:04:05|00FF|ok|6ccd780c-baba-4026-9564-5b8c656024db|{"a": 1}|P0M1DT7200S|101|10.0.0.1' ]
    [ -z "$(my_ask mid "SELECT concat_ws('', xminus, xminus4, xnan, xround, xdec, xchar, xfine) FROM d WHERE id = 2")" ]
}

@test "defaults of PostgreSQL go to SQLite as the values that they are, others are told" {
    from_postgresql
    pg_ask old "ALTER TABLE d ADD kinf date DEFAULT 'infinity', ADD keuro money DEFAULT 1.5"
    pd dump "$pg_url" --schema-only empty
    ends_with 3 "$POLYDUMP" restore empty new.db
    loses xminus xminus4 xnan xround xdec xchar xfine
    sqlite3 new.db "INSERT INTO d (id) VALUES (2)"
    [ "$(sqlite3 new.db "SELECT kfloat, round(ksingle, 7), ksingle = 0.1, kint, kbig, kdec, kbool, ktext, kchar, kdate, kstamp, ktz, hex(kbytes), kmood, kuuid,
        kjson, kspan, kbit, kinet, kinf FROM d")" = \
        '0.1|0.1|0|7|-9223372036854775808|1.5|1|now|ab|2020-01-02|2020-01-02 03:04:05.25|2020-01-02 03:04:05+00|00FF|ok|6ccd780c-baba-4026-9564-5b8c656024db|{"a": 1}|P0M1DT7200S|101|10.0.0.1|infinity' ]
    [ -z "$(sqlite3 new.db "SELECT coalesce(xminus, xminus4, xnan, xround, xdec, xchar, xfine) FROM d")" ]
}

from_mariadb()
{
    my_new old
    my_ask old "SET sql_mode = ''; CREATE TABLE d (id int PRIMARY KEY, xdate date DEFAULT '0000-00-00',
        kfloat double DEFAULT 0.1, ksingle float DEFAULT 0.123456789, kint int DEFAULT 7, kbool boolean DEFAULT 1, kbig bigint unsigned DEFAULT 5,
        kdec decimal(5,2) DEFAULT 1.5, ktext text DEFAULT 'now', kchar char(5) DEFAULT 'ab', kbin binary(4) DEFAULT 'a', kenum enum('sad', 'ok') DEFAULT 'ok',
        kset set('a', 'b') DEFAULT 'a,b', kdate date DEFAULT '2020-01-02', kstamp datetime(3) DEFAULT '2020-01-02 03:04:05.250',
        ktz timestamp DEFAULT '2020-01-02 03:04:05', ktime time DEFAULT '10:11:12', kyear year DEFAULT 2020, kbit bit(3) DEFAULT b'101',
        kuuid uuid DEFAULT '6ccd780c-baba-4026-9564-5b8c656024db', kjson json DEFAULT '{\"a\": 1}', kemoji varchar(9) DEFAULT '😀')"
}

@test "defaults of MariaDB go to PostgreSQL as the values that they are, others are told" {
    from_mariadb
    pg_new mid
    ends_with 3 "$POLYDUMP" copy "$my_url" "$pg_url"
    loses xdate
    pg_ask mid "INSERT INTO d (id) VALUES (2)"
    [ "$(pg_ask mid "SELECT kfloat, ksingle, kint, kbool::int, kbig, kdec, ktext, kchar, kbin, kenum, kset, kdate, kstamp, ktz AT TIME ZONE 'UTC', ktime,
        kyear, kbit, kuuid, kjson, kemoji FROM d WHERE id = 2")" = \
        '0.1|0.12345679|7|1|5|1.50|now|ab   |\x61000000|ok|a,b|2020-01-02|2020-01-02 03:04:05.25|2020-01-02 03:04:05|10:11:12|2020|101|6ccd780c-baba-4026-9564-5b8c656024db|{"a": 1}|😀' ]
}

@test "defaults of MariaDB go to SQLite as the values that they are" {
    from_mariadb
    ends_with 3 "$POLYDUMP" copy "$my_url" new.db
    [[ "$stderr" != *"left out: default"* ]]
    sqlite3 new.db "INSERT INTO d (id) VALUES (2)"
    [ "$(sqlite3 new.db "SELECT xdate FROM d WHERE id = 2")" = 0000-00-00 ]
    [ "$(sqlite3 new.db "SELECT kfloat, round(ksingle, 12), kint, kbool, kbig, kdec, ktext, kchar, hex(kbin), kenum, kset, kdate, kstamp, ktz, ktime,
        kyear, kbit, kuuid, kjson, kemoji FROM d WHERE id = 2")" = \
        '0.1|0.123456791043|7|1|5|1.5|now|ab|61000000|ok|a,b|2020-01-02|2020-01-02 03:04:05.25|2020-01-02 03:04:05+00|10:11:12|2020|101|6ccd780c-baba-4026-9564-5b8c656024db|{"a": 1}|😀' ]
}

@test "defaults that are no days, or beyond 2^63, go where their column keeps such values" {
    my_new old
    my_ask old "SET sql_mode = ''; CREATE TABLE d (id int PRIMARY KEY, k datetime NOT NULL DEFAULT '0000-00-00 00:00:00', kday date DEFAULT '2024-00-00',
        kz timestamp DEFAULT '0000-00-00 00:00:00', u bigint unsigned DEFAULT 18446744073709551615, xu bigint unsigned DEFAULT 9223372036854775808);
        INSERT INTO d VALUES (1, '0000-00-00', '0000-00-00', '0000-00-00', 18446744073709551615, 5)"
    ends_with 3 "$POLYDUMP" copy "$my_url" new.db
    loses xu
    ends_with 3 pd diff --like "$my_url" "$my_url" new.db
    sqlite3 new.db "INSERT INTO d (id) VALUES (2)"
    [ "$(sqlite3 new.db "SELECT k, kday, kz, u FROM d WHERE id = 2")" = "0000-00-00 00:00:00|2024-00-00|0000-00-00 00:00:00|18446744073709551615" ]
    pg_new mid
    ends_with 0 pd copy --misfit=carrier "$my_url" "$pg_url"
    pg_ask mid "INSERT INTO d (id) VALUES (2)"
    [ "$(pg_ask mid "SELECT k, kday, kz, u, xu FROM d WHERE id = 2")" = "0000-00-00 00:00:00|2024-00-00|0000-00-00 00:00:00|18446744073709551615|9223372036854775808" ]
    pg_new via
    ends_with 0 pd ddt --misfit=carrier --via "$pg_url" "$my_url"
    [ "$(pg_ask mid "SELECT pg_typeof(k), pg_typeof(kday), pg_typeof(kz), pg_typeof(u) FROM d WHERE id = 2")" = "text|text|text|numeric" ]
}

@test "a single of MariaDB has all digits of its default in MariaDB too" {
    my_new old
    my_ask old "CREATE TABLE d (id int PRIMARY KEY, f float DEFAULT 16777216, g float DEFAULT -0.123456789)"
    my_new new
    ends_with 0 pd copy "$(my_url_of old)" "$(my_url_of new)"
    my_ask new "INSERT INTO d (id) VALUES (1)"
    [ "$(my_ask new "SELECT CAST(f AS double), CAST(g AS double) FROM d" | tr '\t' '|')" = '16777216|-0.12345679104328156' ]
}
