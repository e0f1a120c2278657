#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Rules for values that a target does not take: what they change and what not, that all of it is told,
# and that the rows that were compared are those after the rule.

load polydump

teardown()
{
    [ -z "${PGHOST-}" ] || pg_clean
    [ -z "${POLYDUMP_TEST_MARIADB_SOCKET-}" ] || my_clean
}

# says LINE... - each of them is a line of the standard error (or output) of what ran.
says()
{
    local line
    for line; do
        grep -qxF -- "$line" <<<"$output
$stderr" || { echo "# not said: $line
$output
$stderr" >&2; return 1; }
    done
}

# dates NAME - a database of MariaDB with days that no calendar has; its URL is $my_url.
dates()
{
    my_new "$1"
    my_ask "$1" "SET sql_mode = 'ALLOW_INVALID_DATES';
        CREATE TABLE t (id int PRIMARY KEY, d date DEFAULT '0000-00-00', n date NOT NULL DEFAULT '0000-00-00', ts timestamp NULL DEFAULT '0000-00-00 00:00:00', dt datetime(3));
        INSERT INTO t VALUES (1, '0000-00-00', '2024-01-01', 0, '2024-02-31 10:00:00'), (2, '2024-02-29', '2024-01-01', NULL, '2024-02-28 10:00:00.125'),
            (3, '2024-00-15', '0000-00-00', '2024-01-01', NULL), (4, NULL, '9999-12-31', NULL, NULL);
        CREATE TABLE other (id int PRIMARY KEY, d date); INSERT INTO other VALUES (1, '2024-02-29')"
}

told="zero-date: 2 values of column 'd' of table 't' became NULL
zero-date: 1 value of column 'n' of table 't' became 1970-01-01
zero-date: 1 value of column 'ts' of table 't' became NULL
zero-date: 1 value of column 'dt' of table 't' became 2000-01-01"
rule=(--zero-date null --zero-date t.n=1970-01-01 --zero-date 't.dt=2000-01-01')

@test "zero-date: without it all is refused as before, with the option to add and how many there are" {
    dates a
    local a=$my_url
    pg_new n
    ends_with 1 "$POLYDUMP" plan "$a" "$pg_url"
    [[ "$output" == *"refused, 2 of 3 values: dates that no calendar has are in it; --zero-date 't.d=null' (or =DATE), or --misfit=carrier"* ]]
    [[ "$output" == *"refused, 1 of 4 values: dates that no calendar has are in it; --zero-date 't.n=DATE', or --misfit=carrier"* ]]
    pd dump "$a" a
    complains 1 "4 columns cannot be stored in the target: 't.d' (date) as 'date': 2 of 3 values: dates that no calendar has are in it, use --zero-date 't.d=null' (or =DATE), or --misfit=carrier;" \
        "'t.n' (date) as 'date': 1 of 4 values: dates that no calendar has are in it, use --zero-date 't.n=DATE', or" -- pd restore a "$pg_url"
    complains 1 "table 't': 2 rows were refused by the target, the first is row 1: column 'd' (date)" "or --zero-date 't.d=null' (or =DATE)" -- pd copy "$a" "$pg_url"
    [ "$(pg_ask n "SELECT count(*) FROM pg_class WHERE relname IN ('t', 'other')")" = 0 ]
}

@test "zero-date: into new tables of PostgreSQL, from the database, its archive and a stream" {
    dates a
    local a=$my_url way
    pd dump "$a" a
    find a -type f -exec sha256sum {} + >sums
    for way in copy restore stream; do
        pg_new "$way"
        case $way in
        copy) ends_with 0 "$POLYDUMP" copy "$a" "$pg_url" "${rule[@]}" ;;
        restore) ends_with 0 "$POLYDUMP" restore a "$pg_url" "${rule[@]}" ;;
        stream) pd dump "$a" - >s; ends_with 0 "$POLYDUMP" restore - "$pg_url" "${rule[@]}" <s ;;
        esac
        says "$told" "zero-date: the default '0000-00-00' of column 'd' of table 't' became NULL" \
            "zero-date: the default '0000-00-00' of column 'n' of table 't' became 1970-01-01"
        [[ "$stderr" == *"facts computed by the engine agree with the rows that went through"* ]]
        [ "$(pg_ask "$way" "SET timezone = 'UTC'; SELECT * FROM t ORDER BY id; SELECT * FROM other")" = "1||2024-01-01||2000-01-01 00:00:00
2|2024-02-29|2024-01-01||2024-02-28 10:00:00.125
3||1970-01-01|2024-01-01 00:00:00+00|
4||9999-12-31||
1|2024-02-29" ]
        [ "$(pg_ask "$way" "SELECT string_agg(format_type(atttypid, atttypmod), ' ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0")" = \
            "integer date date timestamp(0) with time zone timestamp(3) without time zone" ]
        pg_ask "$way" "INSERT INTO t (id) VALUES (9)"
        [ "$(pg_ask "$way" "SELECT d, n FROM t WHERE id = 9")" = "|1970-01-01" ]
    done
    # The archive is what it was, and what differs from it is told.
    sha256sum --quiet -c sums
    pg_ask copy "DELETE FROM t WHERE id = 9"
    ends_with 4 pd diff --like a a "postgresql:$(pg_name copy)"
    [[ "$output" == *"table 't': id=1: column 'd': {\"ymd\":\"0000-00-00\"} in a, null in b"* ]]
    [ "$(grep -c "table 't': id=" <<<"$output")" = 5 ]
}

@test "zero-date: plan says what would become of each, and the report of programs has it" {
    dates a
    local a=$my_url
    pg_new n
    pd dump "$a" a
    for source in "$a" a; do
        ends_with 0 "$POLYDUMP" plan "$source" "$pg_url" "${rule[@]}"
        [[ "$output" == *"  d   date        -> date                      native
"* ]]
        says "zero-date: 2 values of column 'd' of table 't' would become NULL" "zero-date: 1 value of column 'n' of table 't' would become 1970-01-01"
    done
    ends_with 0 "$POLYDUMP" plan a "$pg_url" "${rule[@]}" --json
    [ "$(jq -r '.notes[0]' <<<"$output")" = "zero-date: 2 values of column 'd' of table 't' would become NULL" ]
    ends_with 0 "$POLYDUMP" copy "$a" "$pg_url" "${rule[@]}" --json
    [ "$(jq -r '.notes[]' <<<"$output" | grep -v default)" = "$told" ]
    [ "$(jq .exit_status <<<"$output")" = 0 ]
}

@test "zero-date: into tables that are there, where the target says what takes NULL" {
    dates a
    local a=$my_url
    pg_new n
    pg_ask n "CREATE TABLE t (id int PRIMARY KEY, d date, n date, ts timestamptz, dt timestamp NOT NULL); CREATE TABLE other (id int PRIMARY KEY, d date)"
    my_ask a "UPDATE t SET dt = '2024-01-01' WHERE dt IS NULL"
    complains 1 "table 't': column 'd', row with id = '1': the date '0000-00-00' does not fit 'date': it is no day of the calendar; use --zero-date 't.d=null' (or =DATE), or change it in the source" -- \
        pd copy "$a" "$pg_url"
    complains 2 "--zero-date 't.dt=null': column 'dt' of table 't' takes no NULL; give a date, as in 't.dt=1970-01-01'" -- pd copy "$a" "$pg_url" --zero-date t.dt=null
    complains 1 "column 'dt', row with id = '1'" "use --zero-date 't.dt=DATE', or change" -- pd copy "$a" "$pg_url" --zero-date null
    ends_with 1 "$POLYDUMP" plan "$a" "$pg_url" --zero-date null
    says "left out: zero-date: 1 value of column 'dt' of table 't' would stay, since it takes no NULL; --zero-date 't.dt=DATE' gives it a date"
    ends_with 0 "$POLYDUMP" plan "$a" "$pg_url" --zero-date null --zero-date t.dt=2000-01-01
    ends_with 0 "$POLYDUMP" copy "$a" "$pg_url" --zero-date null --zero-date t.dt=2000-01-01
    says "zero-date: 1 value of column 'n' of table 't' became NULL" "zero-date: 1 value of column 'dt' of table 't' became 2000-01-01"
    [ "$(pg_ask n "SELECT id, n, dt FROM t WHERE id IN (1, 3) ORDER BY id")" = "1|2024-01-01|2000-01-01 00:00:00
3||2024-01-01 00:00:00" ]
}

@test "zero-date: into SQLite and into MariaDB itself, which would hold them" {
    dates a
    local a=$my_url
    ends_with 0 "$POLYDUMP" copy "$a" n.db "${rule[@]}"
    says "$told"
    [ "$(sqlite3 n.db 'SELECT id, d, n, dt FROM t WHERE id IN (1, 3)')" = "1||2024-01-01|2000-01-01 00:00:00
3||1970-01-01|" ]
    my_new b
    ends_with 0 "$POLYDUMP" copy "$a" "$my_url" "${rule[@]}"
    says "$told"
    [ "$(my_ask b "SELECT d, n, dt FROM t WHERE id = 1")" = "NULL	2024-01-01	2000-01-01 00:00:00.000" ]
    # What it shows of its tables is its own, which takes such defaults.
    my_ask b "SET sql_mode = ''; INSERT INTO t (id) VALUES (9)"
    [ "$(my_ask b "SELECT d FROM t WHERE id = 9")" = 0000-00-00 ]
    # Where one has to stay it is told, and nothing else is.
    ends_with 3 "$POLYDUMP" copy "$a" n.db --into=replace --zero-date null
    says "left out: zero-date: 1 value of column 'n' of table 't' stays as it is, since it takes no NULL; --zero-date 't.n=DATE' gives it a date"
    [ "$(sqlite3 n.db 'SELECT id, n FROM t WHERE id = 3')" = "3|0000-00-00" ]
}

@test "zero-date: rows that become equal are refused by their key, with the rule" {
    my_new a
    my_ask a "SET sql_mode = 'ALLOW_INVALID_DATES'; CREATE TABLE p (d date NOT NULL PRIMARY KEY, u datetime UNIQUE); INSERT INTO p VALUES ('0000-00-00', '2024-02-31'), ('2024-01-01', '2024-02-30');
        CREATE TABLE c (id int PRIMARY KEY, d date, CONSTRAINT c_p FOREIGN KEY (d) REFERENCES p (d)); INSERT INTO c VALUES (1, '0000-00-00'), (2, '2024-01-01')"
    local a=$my_url url
    pg_new n
    my_new b
    for url in "$pg_url" "$my_url" n.db; do
        complains 1 "table 'p'" "--zero-date has changed 1 value of column 'd' of table 'p', which the primary key has" -- \
            pd copy "$a" "$url" --zero-date 2024-01-01 --zero-date p.u=null
        complains 1 "table 'p'" "--zero-date has changed 2 values of column 'u' of table 'p', which the unique key 'u' has" -- \
            pd copy "$a" "$url" --zero-date 1970-01-01
        # Of both sides of a reference it is the same; of one the reference breaks, which is told as ever.
        ends_with 0 pd copy "$a" "$url" --zero-date 1970-01-01 --zero-date p.u=null
        [ "$url" = "$pg_url" ] && continue
        ends_with 3 "$POLYDUMP" copy "$a" "$url" --into=replace --zero-date p.d=1970-01-01 --zero-date p.u=null
        [[ "$stderr" == *"foreign key 'c_p' of "*"'c': 1 rows point to none in 'p'"* ]]
    done
    [ "$(pg_ask n "SELECT d, u FROM p ORDER BY d; SELECT * FROM c ORDER BY id")" = "1970-01-01|
2024-01-01|
1|1970-01-01
2|2024-01-01" ]
    # Where the target takes rows of one key for one, they would go without a word.
    pg_ask n "DELETE FROM c; DELETE FROM p"
    complains 1 "table 'p', row with d = '0000-00-00': --zero-date would change column 'd', which the primary key has, and --on-conflict=skip takes rows that become equal by it for one; use --on-conflict=error" -- \
        pd copy "$a" "$pg_url" --into=append --on-conflict=skip --zero-date 2024-01-01 --zero-date p.u=null
}

@test "zero-date: what would do nothing, or is no rule, is refused; the config file stands for any run" {
    dates a
    local a=$my_url
    pg_new n
    complains 2 "--zero-date 't.id=null' would do nothing: column 'id' of table 't' is of 'int32', and has no days that no calendar has" -- pd copy "$a" "$pg_url" --zero-date t.id=null
    complains 2 "--zero-date 't.x=null': no column fits; expected TABLE.COLUMN=RULE" -- pd plan "$a" "$pg_url" --zero-date t.x=null
    complains 2 "--zero-date 't.n=null': column 'n' of table 't' takes no NULL; give a date, as in 't.n=1970-01-01'" -- pd copy "$a" "$pg_url" --zero-date t.n=null
    for word in maybe t.d 2024-02-31 0000-00-00 t.d= ''; do
        complains 2 "--zero-date '$word': expected null, a day such as 1970-01-01, or TABLE.COLUMN= and one of these" -- pd copy "$a" "$pg_url" --zero-date "$word"
    done
    complains 2 "--zero-date 't.d=null' and 't.*=2000-01-01' say two things of column 'd' of table 't'; give one of them" -- \
        pd copy "$a" "$pg_url" --zero-date t.d=null --zero-date 't.*=2000-01-01'
    complains 2 "--zero-date 'null' and '2000-01-01' say two things of all columns" -- pd copy "$a" "$pg_url" --zero-date null --zero-date 2000-01-01
    # No such value: one line.
    ends_with 0 "$POLYDUMP" copy "$a" o.db --only other --zero-date null
    says "zero-date: no value that it is for was met"
    [[ "$stderr" != *"'t'"* ]]
    # An archive's schema is that of its source.
    ends_with 0 pd copy "$a" archive:kept --zero-date null --zero-date t.n=1970-01-01
    ends_with 0 pd verify kept
    [ "$(pd cat kept t | jq -c '[.id, .d, .n]' | head -n 1)" = '[1,null,"2024-01-01"]' ]
    pg_new kept
    ends_with 3 "$POLYDUMP" restore kept "$pg_url"
    [[ "$stderr" == *"left out: default of column 'n' of table 't'"* ]]
    pg_new n2
    cat >polydump.yaml <<'YAML'
zero-date: [null, t.n=1970-01-01, nowhere.at=null, t.dt=2000-01-01]
YAML
    ends_with 0 "$POLYDUMP" copy "$a" "$pg_url"
    says "$told"
    database e.db <<<"CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)"
    ends_with 0 "$POLYDUMP" copy e.db e2.db
    [[ "$stderr" != *zero-date* ]]
    # The command line goes before it.
    ends_with 1 "$POLYDUMP" copy "$a" "$pg_url" --into=replace --zero-date t.d=null
}

@test "zero-date: keys keep their order, many outliers and several lanes, generated columns, rows set aside" {
    my_new a
    my_ask a "SET sql_mode = 'ALLOW_INVALID_DATES'; CREATE TABLE m (d date NOT NULL, i int NOT NULL, e date AS (d) VIRTUAL, PRIMARY KEY (d, i));
        INSERT INTO m (d, i) SELECT IF(seq % 3, '0000-00-00', '2024-01-01' + INTERVAL seq % 100 DAY), seq FROM seq_1_to_100000;
        CREATE TABLE k (id int PRIMARY KEY, d date, w int CHECK (w > 0)); INSERT INTO k VALUES (1, '0000-00-00', 1), (2, '2024-02-31', 2)"
    local a=$my_url
    pg_new n
    ends_with 3 "$POLYDUMP" copy "$a" "$pg_url" --jobs 3 --order key --zero-date null --zero-date m.d=2024-05-05
    says "left out: expression of column 'e' of table 'm': its values are stored here"
    says "zero-date: 66667 values of column 'd' of table 'm' became 2024-05-05" "zero-date: 2 values of column 'd' of table 'k' became NULL"
    [ "$(pg_ask n "SELECT count(*), count(DISTINCT i), count(*) FILTER (WHERE d = '2024-05-05'), sum(i), count(e) FROM m WHERE e = d")" = "100000|100000|66667|5000050000|100000" ] || {
        pg_ask n "SELECT count(*), count(DISTINCT i), count(*) FILTER (WHERE d = '2024-05-05'), sum(i), count(e) FROM m"; false; }
    # Rows that are set aside are as the rule made them.
    pg_new r
    pg_ask r "CREATE TABLE k (id int PRIMARY KEY, d date, w int CHECK (w > 1))"
    ends_with 3 pd copy "$a" "$pg_url" --only k --zero-date null --rejects left
    [ "$(pd cat left k | jq -c '[.id, .d]')" = '[1,null]' ]
    pg_ask r "ALTER TABLE k DROP CONSTRAINT k_w_check"
    ends_with 0 pd restore left "$pg_url" --into=append
    [ "$(pg_ask r "SELECT * FROM k ORDER BY id")" = "1||1
2||2" ]
}

nul_database()
{
    database "$1" <<'SQL'
CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL, b VARCHAR(5), c, k TEXT UNIQUE, big TEXT, d TEXT, x BLOB);
INSERT INTO t VALUES (1, 'a' || char(0) || 'b', char(0), 'c' || char(0), 'k' || char(0), replace(hex(zeroblob(3000000)), '00', 'é') || char(0) || 'e', 'd', x'6100'),
    (2, 'ok', NULL, x'0061', 'l', replace(hex(zeroblob(3000000)), '00', 'é'), 'e', NULL), (3, 'x', 'y', 1.5, NULL, 'b', NULL, x'00');
CREATE TABLE r (id INTEGER PRIMARY KEY, k TEXT REFERENCES t (k)); INSERT INTO r VALUES (1, 'k' || char(0));
SQL
}

@test "nul: stripped or replaced in text of SQLite for PostgreSQL, long text too, and bytes are bytes" {
    nul_database n.db
    local way source
    pg_new n
    complains 1 "'t.a' (TEXT) as 'text': text with U+0000 is in it, which PostgreSQL does not take, use --nul 't.a=strip' (or =replace), or --misfit=carrier" -- pd copy n.db "$pg_url"
    ends_with 1 "$POLYDUMP" plan n.db "$pg_url"
    [[ "$output" == *"text with U+0000 is in it, which PostgreSQL does not take; --nul 't.big=strip' (or =replace), or --misfit=carrier"* ]]
    pd dump n.db n
    for source in n.db n -; do
        ends_with 0 "$POLYDUMP" "$([ "$source" = n.db ] && echo copy || echo restore)" "$source" "$pg_url" --into=replace --nul strip --nul 't.[bk]=replace' --nul r.k=replace < <([ "$source" != - ] || pd dump n.db -)
        says "nul: 1 value of column 'a' of table 't' lost U+0000" "nul: 1 value of column 'b' of table 't' got U+FFFD for U+0000" \
            "nul: 1 value of column 'c' of table 't' lost U+0000" "nul: 1 value of column 'k' of table 'r' got U+FFFD for U+0000" "nul: 1 value of column 'big' of table 't' lost U+0000"
        [ "$(grep -c '^nul: ' <<<"$stderr")" = 6 ]
        [ "$(pg_ask n "SELECT id, a, b, c, k, length(big), right(big, 2), d, x FROM t ORDER BY id; SELECT * FROM r")" = "1|ab|�|t:c|k�|3000001|ée|d|\\x6100
2|ok||x:0061|l|3000000|éé|e|
3|x|y|r:1.5||1|b||\\x00
1|k�" ]
    done
    # The type is what it is without such text: nothing is longer than five characters.
    ends_with 0 pd restore n "$pg_url" --into=replace --nul strip --nul t.k=replace --nul r.k=replace
    [ "$(pg_ask n "SELECT string_agg(format_type(atttypid, atttypmod), ' ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0")" = \
        "bigint text character varying(5) text text text text bytea" ]
    ends_with 0 "$POLYDUMP" plan n.db "$pg_url" --into=replace --nul strip --nul t.k=replace --json
    [ "$(jq -r '.notes[]' <<<"$output" | head -n 2)" = "nul: 1 value of column 'k' of table 'r' would lose U+0000
nul: 1 value of column 'a' of table 't' would lose U+0000" ]
    # SQLite and MariaDB hold it, and lose it where it was asked for.
    ends_with 0 pd copy n.db m.db --nul t.a=strip
    [ "$(sqlite3 m.db "SELECT hex(a), hex(c), hex(x) FROM t WHERE id = 1")" = "6162|6300|6100" ]
}

@test "nul: of MariaDB, into tables that are there too; keys that become equal" {
    my_new a
    my_ask a "CREATE TABLE t (id int PRIMARY KEY, v text, c char(9), k varchar(9) UNIQUE) COLLATE utf8mb4_nopad_bin; INSERT INTO t VALUES (1, 'a\\0\\0b', 'x  \\0', 'k\\0'), (2, 'ä', 'y', 'k')"
    local a=$my_url
    pg_new n
    ends_with 0 "$POLYDUMP" copy "$a" "$pg_url" --nul strip --nul t.k=replace
    [ "$(pg_ask n "SELECT id, v, c || '.', k FROM t ORDER BY id")" = "1|ab|x.|k�
2|ä|y.|k" ]
    complains 1 "table 't'" "--nul has changed 1 value of column 'k' of table 't', which the unique key 'k' has" -- pd copy "$a" "$pg_url" --into=replace --nul strip
    [ "$(pg_ask n "SELECT count(*) FROM t")" = 2 ]
    pg_ask n "DROP TABLE t; CREATE TABLE t (id int PRIMARY KEY, v varchar(4), c text, k text)"
    complains 1 "row with id = '1': 'a\x00\x00b' does not fit 'character varying(4)': the column holds no text with U+0000; use --nul 't.v=strip' (or =replace), or change it in the source" -- pd copy "$a" "$pg_url"
    ends_with 0 "$POLYDUMP" copy "$a" "$pg_url" --nul replace --nul t.k=strip
    says "nul: 1 value of column 'v' of table 't' got U+FFFD for U+0000" "nul: 1 value of column 'k' of table 't' lost U+0000"
    [ "$(pg_ask n "SELECT v, c, k FROM t WHERE id = 1")" = "a��b|x  �|k" ]
    complains 2 "--nul 't.id=strip' would do nothing: column 'id' of table 't' is of 'int32', and has no text with U+0000" -- pd copy "$a" "$pg_url" --into=replace --nul t.id=strip
    complains 2 "--nul 'null': expected strip, replace, or TABLE.COLUMN= and one of these" -- pd copy "$a" "$pg_url" --into=replace --nul null
}

bad_database()
{
    database "$1" <<'SQL'
CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b VARCHAR(5), c, i INT, u TEXT UNIQUE, big TEXT);
INSERT INTO t VALUES (1, CAST(x'61e462' AS TEXT), CAST(x'80' AS TEXT), CAST(x'ff' AS TEXT), 1, CAST(x'fe' AS TEXT), CAST(zeroblob(5000000) || x'e4' AS TEXT)),
    (2, 'ä', 'x', x'ff', 2, CAST(x'ff' AS TEXT), 'z'), (3, 'ok', CAST(x'e282' AS TEXT), 4, 3, NULL, NULL);
SQL
}

@test "bad-text: of SQLite, replaced or read in a charset, for PostgreSQL and MariaDB" {
    bad_database n.db
    pg_new n
    ends_with 1 "$POLYDUMP" plan n.db "$pg_url"
    [[ "$output" == *"refused, 2 of 3 values: text that is not valid UTF-8 is in it; --bad-text 't.b=replace' (or =latin1, =windows-1252), or --misfit=carrier"* ]]
    [[ "$output" == *"; --nul 't.big=strip' (or =replace) and --bad-text 't.big=replace' (or =latin1, =windows-1252), or --misfit=carrier"* ]]
    complains 1 "'t.a' (TEXT) as 'text': 1 of 3 values: text that is not valid UTF-8 is in it, use --bad-text 't.a=replace'" -- pd copy n.db "$pg_url"
    ends_with 0 "$POLYDUMP" copy n.db "$pg_url" --bad-text latin1 --bad-text t.a=replace --bad-text t.b=windows-1252 --nul strip
    says "bad-text: 1 value of column 'a' of table 't' got U+FFFD for what is not valid UTF-8" "bad-text: 2 values of column 'b' of table 't' became text as windows-1252" \
        "bad-text: 1 value of column 'c' of table 't' became text as latin1" "bad-text: 2 values of column 'u' of table 't' became text as latin1" \
        "bad-text: 1 value of column 'big' of table 't' became text as latin1" "nul: 1 value of column 'big' of table 't' lost U+0000"
    [ "$(pg_ask n "SELECT id, a, b, c, i, u, big FROM t ORDER BY id")" = "1|a�b|€|t:ÿ|1|þ|ä
2|ä|x|x:ff|2|ÿ|z
3|ok|â‚|i:4|3||" ]
    [ "$(pg_ask n "SELECT string_agg(format_type(atttypid, atttypmod), ' ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0")" = \
        "bigint text character varying(5) text bigint text text" ]
    # Two that become one text.
    complains 1 "--bad-text has changed 2 values of column 'u' of table 't', which a unique key has" -- pd copy n.db "$pg_url" --into=replace --bad-text replace --nul strip
    pd dump n.db n
    my_new b
    ends_with 0 "$POLYDUMP" restore n "$my_url" --bad-text replace --bad-text t.u=latin1
    [ "$(my_ask b "SELECT id, a, b, u, HEX(RIGHT(big, 2)) FROM t ORDER BY id")" = "1	a�b	�	þ	00EFBFBD
2	ä	x	ÿ	7A
3	ok	�	NULL	NULL" ]
    complains 2 "--bad-text 'strip': expected replace, latin1, windows-1252, or TABLE.COLUMN= and one of these" -- pd copy n.db "$pg_url" --into=replace --bad-text strip
}

@test "bad-text: UTF-16 of SQLite, tables that are there, columns left behind, PostgreSQL without an encoding" {
    database w.db <<<"PRAGMA encoding = 'UTF-16le'; CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b TEXT); INSERT INTO t VALUES (1, CAST(x'610000d8' AS TEXT), 'x'), (2, 'ä', CAST(x'61000000' AS TEXT))"
    pg_new w
    complains 1 "column 'a', row with id = '1'" "use --bad-text 't.a=replace'" -- pd copy w.db "$pg_url" --nul strip
    ends_with 0 pd copy w.db "$pg_url" --nul replace --bad-text replace
    [ "$(pg_ask w "SELECT * FROM t ORDER BY id")" = "1|a�|x
2|ä|a�" ]
    bad_database n.db
    pg_new n
    pg_ask n "CREATE TABLE t (id int PRIMARY KEY, a varchar(3), b text, i int, u text, big text)"
    complains 1 "row with id = '1': invalid text 'a\xe4b' does not fit 'character varying(3)': it is no valid text; use --bad-text 't.a=replace' (or =latin1, =windows-1252), or change it" -- \
        pd copy n.db "$pg_url" --drop-column t.c
    ends_with 1 "$POLYDUMP" plan n.db "$pg_url" --drop-column t.c
    [[ "$output" == *"invalid text 5000001 bytes does not fit 'text'"*"use --bad-text 't.big=replace'"* ]]
    ends_with 0 "$POLYDUMP" copy n.db "$pg_url" --drop-column t.c --bad-text latin1 --nul strip
    [[ "$stderr" != *"column 'c'"* ]]
    [ "$(pg_ask n "SELECT id, a, b, i, u, big FROM t ORDER BY id")" = "1|aäb|$(printf '\302\200')|1|þ|ä
2|ä|x|2|ÿ|z
3|ok|â$(printf '\302\202')|3||" ]
    psql -Xq -d postgres -c "CREATE DATABASE $(pg_name s) TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'"
    pg_ask s "SET client_encoding = 'SQL_ASCII'; CREATE TABLE t (id int PRIMARY KEY, a text); INSERT INTO t VALUES (1, 'a' || convert_from('\\xe4', 'SQL_ASCII')), (2, 'b')"
    pg_new u
    ends_with 0 "$POLYDUMP" copy "postgresql:$(pg_name s)" "$pg_url" --bad-text latin1
    [ "$(pg_ask u "SELECT a FROM t ORDER BY id")" = "aä
b" ]
}

@test "infinity: of PostgreSQL, into new tables and into those that are there" {
    pg_new i
    pg_ask i "CREATE TABLE t (id int PRIMARY KEY, d date DEFAULT 'infinity', ts timestamp NOT NULL DEFAULT '-infinity', tz timestamptz, f float8);
        INSERT INTO t VALUES (1, 'infinity', '-infinity', 'infinity', 'infinity'), (2, '-infinity', 'infinity', NULL, 1), (3, '2024-02-29', '2024-02-29', '2024-02-29 12:00:00+00', 2)"
    local from=$pg_url rule=(--infinity null --infinity t.ts=1000-01-01..9999-12-31)
    my_new b
    ends_with 1 "$POLYDUMP" plan "$from" "$my_url"
    [[ "$output" == *"infinity, or a date that is further away, is in it; --infinity 't.d=null' (or =DATE, =DATE..DATE), or --misfit=carrier"* ]]
    # Of floats it is another thing.
    complains 1 "column 'f' (double): the server has no infinities" -- pd copy "$from" "$my_url" "${rule[@]}"
    [[ "$stderr" != *"--infinity"* ]]
    pg_ask i "UPDATE t SET f = 0 WHERE id = 1"
    ends_with 0 "$POLYDUMP" copy "$from" "$my_url" --no-native "${rule[@]}"
    says "infinity: 2 values of column 'd' of table 't' became NULL" "infinity: the default 'infinity' of column 'd' of table 't' became NULL" \
        "infinity: 2 values of column 'ts' of table 't' became 1000-01-01 or 9999-12-31" "infinity: the default '-infinity' of column 'ts' of table 't' became 1000-01-01" \
        "infinity: 1 value of column 'tz' of table 't' became NULL"
    [ "$(my_ask b "SELECT id, d, ts, tz FROM t; INSERT INTO t (id) VALUES (9); SELECT d, ts FROM t WHERE id = 9")" = "1	NULL	1000-01-01 00:00:00.000000	NULL
2	NULL	9999-12-31 00:00:00.000000	NULL
3	2024-02-29	2024-02-29 00:00:00.000000	2024-02-29 12:00:00.000000
NULL	1000-01-01 00:00:00.000000" ]
    my_ask b "DELETE FROM t"
    complains 1 "use --infinity 't.d=null' (or =DATE, =DATE..DATE), or change it in the source" -- pd copy "$from" "$my_url"
    ends_with 0 pd copy "$from" "$my_url" --infinity 2038-01-01
    [ "$(my_ask b "SELECT DISTINCT d FROM t WHERE id < 3")" = 2038-01-01 ]
    complains 2 "--infinity '1000-01-01..': expected null, a day such as 1970-01-01, two such as 0001-01-01..9999-12-31, or TABLE.COLUMN=" -- pd copy "$from" "$my_url" --into=replace --infinity 1000-01-01..
}
