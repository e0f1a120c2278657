#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Reading PostgreSQL: one moment for all tables whatever others do, all rows or an error, in parts
# or whole.

load polydump

teardown()
{
    [ -z "${background-}" ] || { touch "$BATS_TEST_TMPDIR/stop" && wait "$background"; } || true
    pg_clean
    [ -z "${role-}" ] || psql -q -d postgres -c "DROP ROLE IF EXISTS $role"
}

# as ROLE NAME - the URL of a database for another user.
as()
{
    printf 'postgresql://%s@/%s?host=%s&port=%s' "$1" "$(pg_name "$2")" "$PGHOST" "${PGPORT:-5432}"
}

# In the background until the test ends: a script of SQL, again and again.
keep_doing()
{
    local database
    database=$(pg_name "$1")
    cat >"$BATS_TEST_TMPDIR/script.sql"
    while [ ! -e "$BATS_TEST_TMPDIR/stop" ]; do
        psql -XAtq -d "$database" -f "$BATS_TEST_TMPDIR/script.sql" >/dev/null 2>&1 || true
    done &
    background=$!
}

# dumped or_changed NAME - dump it; a failure must say that the source changed.
dumped_or_changed()
{
    rm -rf "$2"
    run --separate-stderr pd dump --jobs 3 "${@:3}" "postgresql:$(pg_name "$1")" "$2"
    [ "$status" -eq 0 ] && return 0
    [ "$status" -eq 1 ] && [ ! -e "$2" ] && [[ "$stderr" == *"dump again"* ]] && return 1
    echo "# exit status $status: $stderr" >&2
    return 2
}

@test "values come as the server prints them" {
    pg_new a
    pg_ask a "CREATE TABLE t (id int PRIMARY KEY, n numeric, p numeric(10,2), d date, ts timestamp, z timestamptz, i interval,
        a inet, c cidr, m macaddr, v varbit, f float4, j jsonb, y bytea, e \"char\", tz timetz)"
    pg_ask a "INSERT INTO t VALUES (1, '1.50', 1.5, '0044-03-15 BC', '294276-12-31 23:59:59.999999', '2024-10-27 02:30:00+02', '1 mon -2 days -03:04:05.6',
        '::ffff:1.2.3.4/96', '10.0.0.0/8', '08002b010203', B'101', 0.1, '{\"b\": 1, \"a\": 1.0}', '\\x00ff', 'x', '12:34:56.1+05:30')"
    pg_ask a "INSERT INTO t (id, n, p, d, ts) VALUES (2, 'Infinity', 'NaN', 'infinity', '-infinity')"
    pd dump "$pg_url" a
    pd cat a t >rows
    diff - rows <<'END'
{"id":1,"n":"1.50","p":"1.50","d":"0044-03-15 BC","ts":{"far":"294276-12-31 23:59:59.999999"},"z":"2024-10-27 00:30:00+00","i":"P1M-2DT-11045.6S","a":"::ffff:1.2.3.4/96","c":"10.0.0.0/8","m":"08:00:2b:01:02:03","v":"101","f":0.1,"j":"{\"a\": 1.0, \"b\": 1}","y":{"hex":"00ff"},"e":"x","tz":"12:34:56.1+05:30"}
{"id":2,"n":{"inf":true},"p":{"nan":true},"d":{"inf":true},"ts":{"-inf":true},"z":null,"i":null,"a":null,"c":null,"m":null,"v":null,"f":null,"j":null,"y":null,"e":null,"tz":null}
END
}

@test "text that is not valid is kept in a database without an encoding" {
    psql -q -d postgres -c "CREATE DATABASE $(pg_name a) TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'"
    PGCLIENTENCODING=SQL_ASCII pg_ask a "CREATE TABLE t (a text); INSERT INTO t VALUES (E'a\\xff'), ('é')"
    pd dump "postgresql:$(pg_name a)" a
    [ "$(pd cat a t | tr '\n' ' ')" = '{"a":{"badtext":"61ff"}} {"a":"é"} ' ]
}

@test "neither the number of readers nor a second dump shows in the archive" {
    pg_new a
    pg_ask a "CREATE TABLE t (id int PRIMARY KEY, a text, n numeric(12,3)); INSERT INTO t SELECT i, 'row ' || i, i / 7.0 FROM generate_series(1, 600000) i"
    pg_ask a "CREATE TABLE p (k int, v text) PARTITION BY HASH (k); CREATE TABLE p0 PARTITION OF p FOR VALUES WITH (MODULUS 3, REMAINDER 0);
        CREATE TABLE p1 PARTITION OF p FOR VALUES WITH (MODULUS 3, REMAINDER 1); CREATE TABLE p2 PARTITION OF p FOR VALUES WITH (MODULUS 3, REMAINDER 2);
        INSERT INTO p SELECT i, md5(i::text) FROM generate_series(1, 600000) i"
    pd dump --jobs 1 "$pg_url" one
    pd dump --jobs 4 "$pg_url" four
    diff -r one four
    [ "$(pd cat four p | wc -l)" -eq 600000 ]
    [ "$(pd cat four p | sort -u | wc -l)" -eq 600000 ]
    [ "$(pd cat four t | sort -u | wc -l)" -eq 600000 ]
}

@test "the order of the key does not depend on where the rows lie" {
    pg_new a
    pg_ask a "CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t SELECT i * 7919 % 100003, 'row ' || i FROM generate_series(1, 100000) i"
    pd dump --order key "$pg_url" before
    pg_ask a "CREATE INDEX by_a ON t (a); CLUSTER t USING by_a; DROP INDEX by_a"
    pd dump --order key "$pg_url" after
    diff -r before after
    pd dump "$pg_url" heap
    run ! diff -r heap after
}

@test "--where takes the rows that fit, and refuses what is no condition" {
    pg_new a
    pg_ask a "CREATE TABLE t (id int, s text); INSERT INTO t SELECT i, repeat(')', i) FROM generate_series(1, 10) i"
    pd dump --where "t: t.id > 8 AND s <> ')' -- not all" "$pg_url" a
    [ "$(pd cat a t | wc -l)" -eq 2 ]
    complains 2 "'idx > 8'" 'column "idx" does not exist' -- pd dump --where "t: idx > 8" "$pg_url" b
    complains 2 "'true) OR (true'" "not closed" -- pd dump --where "t: true) OR (true" "$pg_url" b
    complains 2 "'true; DROP TABLE t'" -- pd dump --where "t: true; DROP TABLE t" "$pg_url" b
    only_here a
    [ "$(pg_ask a "SELECT count(*) FROM t")" -eq 10 ]
}

@test "rows that a policy hides are missed loudly, and so is a table that may not be read" {
    pg_new a
    role=$(pg_name r)
    pg_ask a "CREATE ROLE $role LOGIN; CREATE TABLE seen (a int); CREATE TABLE hidden (a int); INSERT INTO hidden VALUES (1), (2);
        GRANT SELECT ON seen, hidden TO $role; ALTER TABLE hidden ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON hidden USING (a > 1)"
    complains 1 hidden "row-level security" -- pd dump "$(as "$role" a)" out
    pg_ask a "ALTER TABLE hidden DISABLE ROW LEVEL SECURITY"
    pd dump "$(as "$role" a)" whole
    [ "$(pd cat whole hidden | wc -l)" -eq 2 ]
    pg_ask a "REVOKE SELECT ON hidden FROM $role"
    complains 1 hidden "permission denied" -- pd dump "$(as "$role" a)" out
    only_here whole
}

@test "what may not be read can be left out, its sequences too" {
    pg_new a
    role=$(pg_name r)
    pg_ask a "CREATE ROLE $role LOGIN; CREATE TABLE mine (id serial PRIMARY KEY, a int); INSERT INTO mine (a) VALUES (1), (2);
        GRANT SELECT ON mine, mine_id_seq TO $role;
        CREATE TABLE by_serial (id serial, a int); GRANT SELECT ON by_serial TO $role;
        CREATE TABLE by_identity (id int GENERATED ALWAYS AS IDENTITY, a int); GRANT SELECT ON by_identity TO $role;
        CREATE TABLE parts (a int) PARTITION BY LIST (a); CREATE TABLE part1 PARTITION OF parts FOR VALUES IN (1); GRANT SELECT ON parts TO $role;
        CREATE SCHEMA closed; CREATE TABLE closed.t (a int); GRANT SELECT ON closed.t TO $role; CREATE TABLE hidden (id serial)"
    local all=(--exclude by_serial --exclude by_identity --exclude parts --exclude t --exclude hidden) one i
    ends_with 0 pd dump "$(as "$role" a)" out "${all[@]}" --facts=engine
    [ "$(pd cat out mine)" = '{"id":1,"a":1}
{"id":2,"a":2}' ]
    ends_with 0 pd info "$(as "$role" a)"
    for i in 1 3 5 7 9; do
        one=${all[i]}
        complains 1 "permission denied" "$one" "--exclude" -- pd dump "$(as "$role" a)" out2 "${all[@]:0:i-1}" "${all[@]:i+1}"
    done
    pg_ask a "CREATE SEQUENCE lone"
    complains 1 "permission denied for sequence 'lone'" -- pd dump "$(as "$role" a)" out2 "${all[@]}"
    only_here out
}

@test "what the server refuses is told by its object, and as whom when that is no matter of course" {
    pg_new a
    role=$(pg_name r)
    pg_ask a "CREATE ROLE $role LOGIN; CREATE TABLE t (a int); GRANT SELECT ON t TO $role; ALTER TABLE t ENABLE ROW LEVEL SECURITY;
        CREATE POLICY p ON t USING (a > 1)"
    complains 1 "polydump: table 't': query would be affected by row-level security policy for table \"t\" (in '" -- pd dump "$(as "$role" a)" out
    pg_ask a "ALTER TABLE t DISABLE ROW LEVEL SECURITY; CREATE ROLE ${role}x; GRANT ${role}x TO $role; ALTER ROLE $role SET role = '${role}x'"
    ends_with 1 "$POLYDUMP" dump "$(as "$role" a)" out
    [[ "$stderr" = *"warning: the session works as role '${role}x', as ALTER ROLE"* && "$stderr" = *"permission denied for table 't'"* ]]
    small_database small.db
    pg_new b
    complains 1 "permission denied for schema public" "the session works as role '${role}x'" -- pd copy small.db "$(as "$role" b)"
    pg_ask a "DROP OWNED BY ${role}x; DROP ROLE ${role}x"
}

@test "large objects are read without being a superuser" {
    pg_new a
    role=$(pg_name r)
    psql -q -d postgres -c "CREATE ROLE $role LOGIN" -c "ALTER DATABASE $(pg_name a) OWNER TO $role"
    psql -XAtq "$(as "$role" a)" -c "SELECT lo_from_bytea(100001, decode(repeat('ab', 600000), 'hex')), lo_from_bytea(100002, ''), lo_from_bytea(100003, '\\x00ff')" >/dev/null
    pd dump "$(as "$role" a)" a
    [ "$(pd cat a _polydump_lo | sed 's/"\(ab\)*"/whole/' | tr '\n' ' ')" = '{"loid":100001,"page":0,"data":{"hex":whole}} {"loid":100001,"page":1,"data":{"hex":whole}} {"loid":100001,"page":2,"data":{"hex":whole}} {"loid":100002,"page":0,"data":{"hex":whole}} {"loid":100003,"page":0,"data":{"hex":"00ff"}} ' ]
    [ "$(pd cat a _polydump_lo | grep 100001 | tr -d '\n' | grep -o ab | wc -l)" -eq 600000 ]
}

@test "long values go through, whatever their type" {
    pg_new a
    pg_ask a "CREATE TABLE t (id int PRIMARY KEY, b bytea, s text, j jsonb, v varbit, c bpchar);
        INSERT INTO t VALUES (1, '\\x01', 'a', '1', B'1', 'c '),
        (2, decode(repeat('00ff', 3000000), 'hex'), repeat('aé日😀', 900000), jsonb_build_object('k', repeat('q', 5000000)), repeat('10110', 1200000)::varbit, repeat('b ', 3000000)::bpchar),
        (3, NULL, 'behind', NULL, NULL, NULL)"
    pd dump "$pg_url" a
    pd cat a t >rows
    [ "$(wc -l <rows)" -eq 3 ]
    pg_ask a "SELECT md5(s), md5(j::text), md5(v::text) FROM t WHERE id = 2" >theirs
    python3 - rows >ours <<'END'
import hashlib, json, sys
row = json.loads(open(sys.argv[1]).read().split("\n")[1])
assert row["b"]["hex"] == "00ff" * 3000000 and row["c"] == "b " * 3000000
print("|".join(hashlib.md5(row[c].encode()).hexdigest() for c in "sjv"))
END
    diff theirs ours
}

@test "sums stay the same in every dump under writers" {
    pg_new a
    pg_ask a "CREATE TABLE account (id int PRIMARY KEY, v int); INSERT INTO account SELECT i, 100 FROM generate_series(1, 1000) i;
        CREATE TABLE parent (id serial PRIMARY KEY); CREATE TABLE child (parent int REFERENCES parent)"
    keep_doing a <<'SQL'
BEGIN; UPDATE account SET v = v - 7 WHERE id = (SELECT 1 + floor(random() * 500)::int); UPDATE account SET v = v + 7 WHERE id = (SELECT 501 + floor(random() * 499)::int); COMMIT;
BEGIN; WITH p AS (INSERT INTO parent DEFAULT VALUES RETURNING id) SELECT id AS made FROM p \gset
INSERT INTO child VALUES (:made); COMMIT;
SQL
    local n
    for n in $(seq $(is_long && echo 6 || echo 3)); do
        pd dump --jobs 4 --replace "$pg_url" a
        [ "$(pd cat a account | python3 -c 'import json, sys; print(sum(json.loads(l)["v"] for l in sys.stdin))')" -eq 100000 ]
        pd cat a parent | grep -o '[0-9]*' | sort >parents
        pd cat a child | grep -o '[0-9]*' | sort >children
        diff parents children
    done
}

@test "tables that are rewritten, emptied, swapped or replaced meanwhile are whole, or it fails" {
    pg_new a
    pg_ask a "CREATE TABLE x AS SELECT i AS id, i AS v FROM generate_series(1, 1000) i; CREATE TABLE y AS TABLE x; CREATE TABLE z AS TABLE x"
    keep_doing a <<'SQL'
ALTER TABLE x ALTER v TYPE bigint;
ALTER TABLE x ALTER v TYPE int;
BEGIN; TRUNCATE x; INSERT INTO x SELECT i, i FROM generate_series(1, 1000) i; COMMIT;
VACUUM FULL x;
BEGIN; DROP TABLE y; CREATE TABLE y AS SELECT i AS id, i AS v FROM generate_series(1, 1000) i; COMMIT;
BEGIN; ALTER TABLE x RENAME TO t; ALTER TABLE z RENAME TO x; ALTER TABLE t RENAME TO z; COMMIT;
BEGIN; ALTER TABLE y RENAME TO yy; CREATE VIEW y AS SELECT 1 AS id; COMMIT;
BEGIN; DROP VIEW y; ALTER TABLE yy RENAME TO y; COMMIT;
SQL
    local n table n_whole=0 options=()
    for n in $(seq $(is_long && echo 10 || echo 5)); do
        # pg_dump, which waits for a lock behind everybody who waits for the dump's, gives up after
        # 10 s each time, and would make all dumps meet the writer at the same place.
        [ "$n" -eq 1 ] || options=(--native-provider server)
        dumped_or_changed a a "${options[@]}" || { [ $? -eq 1 ] && continue; }
        n_whole=$((n_whole + 1))
        for table in x z; do
            [ "$(pd cat a $table | sort -u | wc -l)" -eq 1000 ]
        done
        [ "$(pd cat a y 2>/dev/null | wc -l)" -eq 1000 ] || [ "$(pd cat a yy | wc -l)" -eq 1000 ]
    done
    [ "$n_whole" -gt 0 ]
}

@test "a lock that another session holds is waited for, or named" {
    pg_new a
    pg_ask a "CREATE TABLE t AS SELECT 1 AS a"
    mkfifo talk
    psql -XAtq -d "$(pg_name a)" <talk >/dev/null &
    local holder=$!
    exec 9>talk
    echo "BEGIN; LOCK TABLE t;" >&9
    until [ "$(pg_ask a "SELECT count(*) FROM pg_locks WHERE relation = 't'::regclass AND mode = 'AccessExclusiveLock'")" -eq 1 ]; do
        sleep 0.1
    done
    complains 1 'polydump: relation "public"."t": another session holds a lock on it' "--lock-timeout" -- pd dump --lock-timeout 1 "$pg_url" out
    pd dump "$pg_url" a &
    local dump=$!
    sleep 0.5
    echo "INSERT INTO t VALUES (2); COMMIT;" >&9
    exec 9>&-
    wait "$holder"
    wait "$dump"
    [ "$(pd cat a t | wc -l)" -eq 2 ]
    rm talk
    only_here a
}

@test "a label that is renamed while rows are read fails the dump" {
    pg_new a
    pg_ask a "CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TABLE t (m mood, s text); INSERT INTO t SELECT 'ok', repeat(md5(i::text), 10) FROM generate_series(1, 150000) i"
    pd dump --level 9 "$pg_url" a 2>errors &
    local dump=$!
    until [ "$(pg_ask a "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY (SELECT \"m\"%' AND state = 'active'")" -gt 0 ]; do
        kill -0 "$dump"
        sleep 0.05
    done
    pg_ask a "ALTER TYPE mood RENAME VALUE 'sad' TO 'happy'"
    ! wait "$dump"
    grep -q "'sad'.*mood" errors
    rm errors
    only_here
}

@test "types that change while rows are read fail the dump, also when they change back" {
    pg_new a
    pg_ask a "CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TYPE co AS (p int, q int);
              CREATE TABLE t (m mood, c co, s text); INSERT INTO t SELECT 'ok', format('(%s,2)', i)::co, repeat(md5(i::text), 10) FROM generate_series(1, 100000) i"
    local change
    for change in "ALTER TYPE co DROP ATTRIBUTE q" "ALTER TYPE co ADD ATTRIBUTE r text" \
        "ALTER TYPE mood RENAME VALUE 'sad' TO 'happy'; ALTER TYPE mood RENAME VALUE 'happy' TO 'sad'"; do
        pd dump --level 9 --jobs 1 "$pg_url" a 2>errors &
        local dump=$!
        until [ "$(pg_ask a "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY (SELECT \"m\"%' AND state = 'active'")" -gt 0 ]; do
            kill -0 "$dump"
            sleep 0.05
        done
        pg_ask a "$change"
        ! wait "$dump"
        grep -qE 'of type "public"."(co|mood)" was changed' errors
        rm errors
        only_here
    done
    pd dump "$pg_url" a
}

@test "what values may name and what is renamed while they are read fails the dump" {
    pg_new a
    pg_ask a "CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE FUNCTION pp() RETURNS int LANGUAGE sql AS 'SELECT 1';
              CREATE TABLE t (m int, s text); INSERT INTO t SELECT i, repeat(md5(i::text), 10) FROM generate_series(1, 200000) i;
              CREATE TABLE zz (r regclass, t regtype, p regprocedure); INSERT INTO zz VALUES ('t', 'mood', 'pp()')"
    local change
    for change in "FUNCTION pp() RENAME TO pp2" "TYPE mood RENAME TO mood2"; do
        pd dump --level 9 --jobs 1 "$pg_url" a 2>errors &
        local dump=$!
        until [ "$(pg_ask a "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY (SELECT \"m\"%' AND state = 'active'")" -gt 0 ]; do
            kill -0 "$dump"
            sleep 0.05
        done
        pg_ask a "ALTER $change"
        ! wait "$dump"
        grep -qE '^polydump: (function|type) .* was renamed or dropped while rows were read' errors
        rm errors
        only_here
    done
    pd dump "$pg_url" a
}

@test "a reader whose session is ended fails the dump, whichever it is" {
    pg_new a
    pg_ask a "CREATE TABLE t AS SELECT i AS id, repeat(md5(i::text), 5) AS s FROM generate_series(1, 600000) i"
    local n
    for n in 0 1; do
        pd dump --level 9 --jobs 2 "$pg_url" a 2>errors &
        local dump=$!
        until [ "$(pg_ask a "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY (%' AND state = 'active'")" -gt "$n" ]; do
            kill -0 "$dump"
            sleep 0.05
        done
        pg_ask a "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'COPY (%' AND state = 'active' ORDER BY backend_start OFFSET $n LIMIT 1" >/dev/null
        ! wait "$dump"
        grep -qE "terminat(ing|ed)" errors
        rm errors
        only_here
    done
    # A backend needs a moment to see that its client has gone.
    for n in $(seq 100); do
        [ "$(pg_ask a "SELECT count(*) FROM pg_locks WHERE relation = 't'::regclass AND pid <> pg_backend_pid()")" -gt 0 ] || break
        sleep 0.1
    done
    [ "$n" -lt 100 ]
}

@test "whoever waits to alter a table does not hang the dump" {
    pg_new a
    pg_ask a "CREATE TABLE t AS SELECT i AS id, repeat(md5(i::text), 5) AS s FROM generate_series(1, 300000) i; CREATE TABLE u AS SELECT 1 AS a"
    pd dump --jobs 2 --timeout 20 "$pg_url" a &
    local dump=$!
    until [ "$(pg_ask a "SELECT count(*) FROM pg_locks WHERE relation = 'u'::regclass AND mode = 'AccessShareLock'")" -gt 0 ]; do
        kill -0 "$dump"
        sleep 0.02
    done
    pg_ask a "ALTER TABLE u ADD COLUMN b int" &
    wait "$dump"
    wait
    [ "$(pd cat a u)" = '{"a":1}' ]
    [ "$(pd cat a t | wc -l)" -eq 300000 ]
}
