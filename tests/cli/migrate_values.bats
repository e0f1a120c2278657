#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Values that functions for rows read and write: generated columns, decimals of all engines, defaults,
# and rows that are looked up after they were updated.

load polydump

teardown()
{
    my_clean
    pg_clean
}

# step BODY - a step from 1.0 to 1.1 with these members.
step()
{
    mkdir -p steps
    printf 'return {to="1.1", about="a test",\n%s}\n' "$1" >steps/1.0.lua
}

# made ENGINE SQL - a database of this engine; its URL is $from.
made()
{
    case $1 in
    sqlite) rm -f "$1.db" && database "$1.db" <<<"$2" && from=$1.db ;;
    postgresql) pg_new "$1" && pg_ask "$1" "$2" && from=$pg_url ;;
    mariadb) my_new "$1" && my_ask "$1" "$2" && from=$my_url ;;
    esac
}

# into ENGINE - an empty database; its URL is $target, and ask SQL asks it.
into()
{
    engine=$1
    name=into_$((++n_into))
    case $1 in
    sqlite) target=sqlite:$name.db ;;
    postgresql) pg_new "$name" && target=$pg_url ;;
    mariadb) my_new "$name" && target=$my_url ;;
    esac
}
ask()
{
    case $engine in
    sqlite) sqlite3 -nullvalue NULL "$name.db" "$1" ;;
    postgresql) psql -XAtq -P null=NULL -d "$(pg_name "$name")" -c "$1" ;;
    mariadb) my_ask "$name" "$1" | tr '\t' '|' ;;
    esac
}

line_table="CREATE TABLE line (id int NOT NULL PRIMARY KEY, q int, price decimal(8,2), total decimal(12,2) GENERATED ALWAYS AS (q * price) STORED);
    CREATE TABLE other (id int NOT NULL PRIMARY KEY);
    INSERT INTO line (id, q, price) VALUES (1, 2, 1.5), (2, 3, 2.25), (3, NULL, 1)"

@test "a function reads the values of generated columns where the database has them, through steps that do not change them" {
    local pair
    step "schema=function(db) db:rename_table('other', 'more') db:add_column('line', {name='note', type='text'}) end"
    cat >steps/1.1.lua <<'E1'
return {to="1.2", about="total is a plain column",
  schema=function(db) db:add_column("line", {name="sum", type="decimal(12,2)"}) db:drop_column("line", "total")
    db:add_table{name="kept", columns={{name="id", type="int64", null=false}, {name="total", type="decimal(12,2)"}}, primary_key={"id"}} end,
  tables={line={emits={"kept"}, row=function(row, ctx)
    row.sum = row.total
    local copy = ctx:copy(row)
    ctx:emit("kept", {id=copy.id, total=copy.total})
    assert(copy.total == ctx:old(row, "total"))
    return row end}}}
E1
    for pair in "sqlite postgresql" "postgresql mariadb" "mariadb sqlite"; do
        made "${pair% *}" "$line_table"
        into "${pair#* }"
        ends_with 0 pd copy --app-version 1.0 "$from" "$target" --migrations steps
        [ "$(ask "SELECT id, sum + 0 FROM line ORDER BY id" | sed 's/\.00*$//; s/\(\.[0-9]*[1-9]\)0*$/\1/' | tr '\n' ' ')" = "1|3 2|6.75 3|NULL " ]
        [ "$(ask "SELECT count(*) FROM kept WHERE total = 6.75")" = 1 ]
    done
}

@test "a generated column that becomes a plain one keeps its values, as a function hands rows on" {
    made postgresql "$line_table"
    step 'schema=function(db) db:change_column("line", "total", {type="decimal(12,2)"}) end, tables={line=function(row) return row end}'
    into mariadb
    ends_with 0 pd copy --app-version 1.0 "$from" "$target" --migrations steps
    [ "$(ask "SELECT total FROM line ORDER BY id" | tr '\n' ' ')" = "3.00 6.75 NULL " ]
    pd dump --app-version 1.0 "$from" a
    complains 1 "column 'total' of table 'line' is generated, and there are no values of it" -- pd restore a new.db --migrations steps
    step 'schema=function(db) db:change_column("line", "total", {type="decimal(12,2)"}) end, tables={line=function(row) row.total = 1 return row end}'
    into sqlite
    pd restore a "$target" --migrations steps
    [ "$(ask "SELECT total FROM line" | tr '\n' ' ')" = "1 1 1 " ]
}

@test "a generated column without values is an error that names it, and so is giving it one" {
    local engine column="column 'total' of table 'line' is generated"
    for engine in sqlite postgresql mariadb; do
        made $engine "$line_table"
        pd dump --replace --app-version 1.0 "$from" a
        step 'tables={line=function(row) row.q = row.total return row end}'
        complains 1 "function 'tables.line' (id=1)" "$column, and there are no values of it: an archive has none" "polydump copy" -- pd restore a new.db --migrations steps
        [ ! -e new.db ]
        # Whoever does not read it is not disturbed, and a copy of a row is a row.
        step 'tables={line=function(row, ctx) local copy = ctx:copy(row) copy.q = (copy.q ~= null and copy.q or 0) + 1
            for name in pairs(row) do assert(name ~= "total") end return copy end}'
        into $engine
        pd restore a "$target" --migrations steps
        [ "$(ask "SELECT count(*) FROM line WHERE total = CASE id WHEN 1 THEN 4.5 WHEN 2 THEN 9 ELSE 1 END")" = 3 ]
        into $engine
        pd copy --app-version 1.0 "$from" "$target" --migrations steps
        [ "$(ask "SELECT count(*) FROM line WHERE total = CASE id WHEN 1 THEN 4.5 WHEN 2 THEN 9 ELSE 1 END")" = 3 ]
        step 'tables={line=function(row, ctx) return row.id, ctx:copy(row).total end}'
        complains 1 "$column, and there are no values of it" -- pd restore a new.db --migrations steps
        step 'tables={line=function(row) row.total = 5 return row end}'
        complains 1 "$column: the target computes it, so it takes no value" -- pd restore a new.db --migrations steps
        step 'tables={line=function(row) return {id=row.id, total=5} end}'
        complains 1 "$column: the target computes it, so it takes no value" -- pd copy --app-version 1.0 "$from" new.db --migrations steps
    done
    step 'tables={line={before_save=function(row) return row.total ~= null end}}'
    complains 1 "$column: the target computes it, and before_save has no value of it" -- pd restore a new.db --migrations steps
    # What a step before has made, nobody has computed.
    cat >steps/1.1.lua <<<'return {to="1.2", about="late", tables={line=function(row) row.q = row.total return row end}}'
    step 'tables={line=function(row) row.q = 9 return row end}'
    complains 1 "1.1.lua" "$column, and there are no values of it: an archive has none, nor has a table that a step before changes" -- pd copy --app-version 1.0 "$from" new.db --migrations steps
}

@test "lookups see what the step has updated, its keys too" {
    database old.db <<'SQL'
CREATE TABLE cnt (name TEXT PRIMARY KEY, n INT, tag TEXT);
INSERT INTO cnt VALUES ('total', 0, 'a'), ('other', 7, 'b');
CREATE TABLE ev (id INTEGER PRIMARY KEY, q INT);
INSERT INTO ev VALUES (1, 3), (2, 4), (3, 1);
SQL
    step 'needs={c={table="cnt", keys={"name"}, values={"n"}}, by={table="cnt", keys={"tag"}, values={"name"}}}, updates={"cnt"},
      tables={ev=function(row, ctx)
        ctx:update("cnt", "total", {n=ctx:lookup("c", "total") + row.q})
        if row.id == 1 then
          ctx:update("cnt", "other", {name="renamed", tag="z"})
          assert(ctx:lookup("c", "other") == nil and ctx:lookup("c", "renamed") == 7)
          assert(ctx:lookup("by", "b") == nil and ctx:lookup("by", "z") == "renamed")
          ctx:update("cnt", "other", {n=ctx:lookup("c", "renamed") + 1})
        end
        return row end}'
    pd copy --app-version 1.0 old.db new.db --migrations steps
    [ "$(sqlite3 new.db 'SELECT group_concat(name || n || tag) FROM (SELECT * FROM cnt ORDER BY n)')" = "total8a,renamed8z" ] ||
        [ "$(sqlite3 new.db 'SELECT group_concat(name || n || tag) FROM (SELECT * FROM cnt ORDER BY name DESC)')" = "total8a,renamed8z" ]
    # Rows that the step makes itself, before and behind the update.
    step 'needs={by={table="cnt", keys={"tag"}, values={"n"}}}, updates={"cnt"}, emits={"cnt"},
      before_load=function(ctx)
        ctx:update("cnt", "late", {tag="l2", n=5})
        ctx:emit("cnt", {name="late", n=1, tag="l1"})
        assert(ctx:lookup("by", "l1") == nil and ctx:lookup("by", "l2") == 5)
        ctx:update("cnt", "late", {tag="l3"})
        assert(ctx:lookup("by", "l2") == nil and ctx:lookup("by", "l3") == 5)
        ctx:update("cnt", "late", {tag=null})
        assert(ctx:lookup("by", "l3") == nil)
        ctx:update("cnt", "late", {tag="l4", n=ctx:lookup("by", "a") + 20})
        assert(ctx:lookup("by", "l4") == 20) end'
    pd copy --app-version 1.0 old.db newer.db --migrations steps
    [ "$(sqlite3 newer.db "SELECT n || tag FROM cnt WHERE name = 'late'")" = 20l4 ]
}

@test "a lookup that several rows answer differently is an error, unless the first one shall count" {
    local more
    database old.db <<'SQL'
CREATE TABLE item (id INTEGER PRIMARY KEY, parent TEXT, size INT);
INSERT INTO item VALUES (10, 'x', 20), (11, 'x', 21), (12, 'y', 22), (13, 'y', 22);
CREATE TABLE t (id INTEGER PRIMARY KEY, p TEXT, n INT);
INSERT INTO t VALUES (1, 'y', NULL), (2, 'x', NULL);
SQL
    for more in '' ', updates={"item"}'; do
        step "needs={i={table='item', keys={'parent'}, values={'size'}}}$more, tables={t=function(row, ctx) row.n = ctx:lookup('i', row.p) return row end}"
        complains 1 "1.0.lua" "lookup in table 'item': several rows have parent = 'x', and differ in what is looked up" "first=true" -- \
            pd copy --app-version 1.0 old.db new.db --migrations steps
        step "needs={i={table='item', keys={'parent'}, values={'size'}, first=true}}$more, tables={t=function(row, ctx) row.n = ctx:lookup('i', row.p) return row end}"
        rm -f new.db
        pd copy --app-version 1.0 old.db new.db --migrations steps
        [ "$(sqlite3 new.db 'SELECT group_concat(n) FROM t')" = 22,20 ]
        rm new.db
    done
}

@test "a default that is no value of its column is refused before the target is touched" {
    local engine default
    database old.db <<<"CREATE TABLE c (id INTEGER PRIMARY KEY); INSERT INTO c VALUES (1)"
    pd dump --app-version 1.0 old.db a
    for engine in sqlite postgresql mariadb; do
        into $engine
        for default in 'int8", default=300' 'uint8", default=-1' 'text(2)", default="abc"' 'decimal(4,2)", default=decimal("1.005")' \
            'decimal(4,2)", default=100' 'bool", default=2' 'date", default="2024-02-30"' 'timestamp(3)", default="2024-01-01 00:00:00.1234"' \
            'int32", default="x"' 'enum", labels={"a"}, default="b"' 'binary(1)", default=bytes("ab")'; do
            step "schema=function(db) db:add_column('c', {name='y', type=\"$default}) end"
            complains 1 "column 'y' of table" "its default" -- pd restore a "$target" --migrations steps
        done
        [ -z "$(case $engine in sqlite) ls "$name.db" 2>/dev/null ;; postgresql) ask '\d' ;; *) ask 'SHOW TABLES' ;; esac)" ]
    done
}

@test "decimals and large numbers are defaults however they are spelt" {
    local engine
    database old.db <<<"CREATE TABLE c (id INTEGER PRIMARY KEY); INSERT INTO c VALUES (1)"
    pd dump --app-version 1.0 old.db a
    step 'schema=function(db)
        db:add_column("c", {name="a", type="decimal(10,2)", null=false, default=decimal("0.00")})
        db:add_column("c", {name="b", type="decimal(10,3)", null=false, default=decimal("1.5")})
        db:add_column("c", {name="d", type="decimal(30,10)", null=false, default=decimal("12345678901234567890.1234567890")})
        db:add_column("c", {name="e", type="uint64", null=false, default=decimal("18446744073709551615")})
        db:add_column("c", {name="f", type="decimal(10,3)", null=false, default="+07.50000"})
        db:add_table{name="n", columns={{name="id", type="int64", null=false}, {name="g", type="decimal(6,1)", default=decimal("-2.50")}}, primary_key={"id"}} end'
    for engine in sqlite postgresql mariadb; do
        into $engine
        ends_with 0 pd restore a "$target" --migrations steps
        [ "$(ask "SELECT cast(a * 100 AS int) FROM c")" = 0 ]
        [ "$(ask "SELECT count(*) FROM c WHERE b = 1.5 AND f = 7.5")" = 1 ]
        [ "$(ask "SELECT d FROM c")" = 12345678901234567890.1234567890 ]
        [ "$(ask "SELECT e FROM c")" = 18446744073709551615 ]
        ask "INSERT INTO c (id) VALUES (2)"
        [ "$(ask "SELECT count(*) FROM c WHERE a = 0 AND b = 1.5 AND f = 7.5")" = 2 ]
        [ "$(ask "SELECT e FROM c WHERE id = 2")" = 18446744073709551615 ]
        ask "INSERT INTO n (id) VALUES (2)"
        [ "$(ask "SELECT g * 2 FROM n" | sed 's/\.0$//')" = -5 ]
    done
}

@test "one script reads and writes decimals of an archive of any engine" {
    local pair
    step 'schema=function(db) db:add_column("acc", {name="text", type="text"}) db:add_column("acc", {name="twice", type="decimal(12,2)"}) end,
      needs={by={table="acc", keys={"bal"}, values={"id"}}},
      tables={acc=function(row, ctx)
        row.text = tostring(row.bal)
        if row.bal == null then row.bal = 7 return row end
        assert(row.bal == decimal(row.text) and row.bal > -100)
        row.twice = row.bal * 2
        row.bal = row.bal + decimal("0.10")
        if row.id == 2 then row.bal = "0.20" end
        return row end},
      after_load=function(ctx)
        assert(ctx:lookup("by", decimal("1234567890.220")) == 3 and ctx:lookup("by", 7) == 4 and ctx:lookup("by", "-0.15") == 5) end'
    for pair in "sqlite sqlite" "postgresql sqlite" "mariadb postgresql" "sqlite mariadb"; do
        made "${pair% *}" "CREATE TABLE acc (id int NOT NULL PRIMARY KEY, bal decimal(12,2)); INSERT INTO acc VALUES (1, 0.1), (2, 5), (3, 1234567890.12), (4, NULL), (5, -0.25)"
        pd dump --replace --app-version 1.0 "$from" a
        into "${pair#* }"
        pd restore a "$target" --migrations steps
        [ "$(ask "SELECT text FROM acc ORDER BY id" | tr '\n' ' ')" = "0.10 5.00 1234567890.12 null -0.25 " ]
        [ "$(ask "SELECT id FROM acc WHERE (id = 1 AND bal = 0.2 AND twice = 0.2) OR (id = 2 AND bal = 0.2 AND twice = 10) OR (id = 3 AND bal = 1234567890.22) OR (id = 4 AND bal = 7) OR (id = 5 AND bal = -0.15 AND twice = -0.5) ORDER BY id" | tr '\n' ' ')" = "1 2 3 4 5 " ]
        [ "${pair% *}" != sqlite ] || my -e "DROP DATABASE IF EXISTS $(my_name sqlite)"
    done
    step 'tables={acc=function(row) row.bal = row.bal * decimal("0.5") return row end}'
    for engine in sqlite postgresql mariadb; do
        [ $engine = sqlite ] || { pg_clean && my_clean; }
        made $engine "CREATE TABLE acc (id int NOT NULL PRIMARY KEY, bal decimal(12,2)); INSERT INTO acc VALUES (1, 0.25)"
        complains 1 "column 'bal' of table 'acc' takes" "'0.125': it has more digits after the point; d:round(2) makes it one that fits" -- \
            pd copy --app-version 1.0 "$from" new.db --migrations steps
    done
}

@test "what a column of SQLite does not declare comes as it is, and goes back as it was" {
    database old.db <<<"CREATE TABLE acc (id INTEGER PRIMARY KEY, bal DECIMAL(4,2)); INSERT INTO acc VALUES (1, 0.125), (2, 12345), (3, 1e300), (4, 'odd'), (5, 9e999), (6, 3.0)"
    step 'tables={acc=function(row)
        local kinds = {"float", "integer", "float", "userdata", "float", "userdata"}
        local kind = math.type(row.bal) or type(row.bal)
        assert(kind == kinds[row.id], row.id .. " is " .. kind)
        row.bal = row.bal return row end}'
    pd copy --app-version 1.0 old.db new.db --migrations steps
    diff <(sqlite3 old.db .dump) <(sqlite3 new.db .dump)
    # Floats are its values as well.
    step 'tables={acc=function(row) row.bal = row.id / 4 return row end}'
    pd copy --app-version 1.0 old.db newer.db --migrations steps
    [ "$(sqlite3 newer.db 'SELECT group_concat(bal) FROM acc')" = 0.25,0.5,0.75,1,1.25,1.5 ]
}

@test "values whose type changes are converted in rows that a function sees as in those that none sees" {
    local engine wanted rows
    made postgresql "CREATE TABLE t (id bigint PRIMARY KEY, at timestamp, far timestamp, d time, flag int, yes boolean, code bytea, n numeric(8,2), own text, note text);
        INSERT INTO t VALUES (1, '2024-01-01 02:03:04.5', 'infinity', '12:30', 1, true, 'abc', 7, '3', 'x'), (2, NULL, NULL, NULL, 0, false, NULL, NULL, '4', NULL)"
    for engine in postgresql sqlite mariadb; do
        wanted=
        for rows in '' ', tables={t=function(row) row.own = math.tointeger(row.own) return row end}'; do
            step "schema=function(db)
                db:change_column('t', 'at', {type='timestamptz'}) db:change_column('t', 'far', {type='timestamptz'})
                db:change_column('t', 'd', {type='interval'}) db:change_column('t', 'flag', {type='bool'})
                db:change_column('t', 'yes', {type='int32'}) db:change_column('t', 'code', {type='text'})
                db:change_column('t', 'n', {type='int64'}) db:change_column('t', 'own', {type='int64'})
                db:change_column('t', 'note', {type='binary'}) end$rows"
            [ $engine != mariadb ] || psql -XAtqd "$(pg_name postgresql)" -c "UPDATE t SET far = NULL"
            into $engine
            ends_with 0 pd copy --app-version 1.0 "$from" "$target" --migrations steps
            [ $engine != postgresql ] || [ "$(PGTZ=UTC ask "SELECT at, far, d, flag, yes, code, n, own FROM t ORDER BY id" | tr '\n' ' ')" = "2024-01-01 02:03:04.5+00|infinity|12:30:00|t|1|abc|7|3 NULL|NULL|NULL|f|0|NULL|NULL|4 " ]
            [ -n "$wanted" ] || wanted=$(ask "SELECT * FROM t ORDER BY id")
            [ "$(ask "SELECT * FROM t ORDER BY id")" = "$wanted" ]
        done
    done
    # What a function sets has to be of the new type, and a value without exact form is refused there, too.
    step 'schema=function(db) db:change_column("t", "at", {type="timestamptz"}) end, tables={t=function(row) row.at = "2024-01-01 00:00:00" return row end}'
    complains 1 "column 'at' of table 't' takes timestamptz, not '2024-01-01 00:00:00'" -- pd copy --app-version 1.0 "$from" new.db --migrations steps
    for rows in 'row.at' '"2024-01-01 02:03:04.5"'; do
        step "schema=function(db) db:change_column('t', 'at', {type='timestamp(0)'}) end, tables={t=function(row) row.at = $rows return row end}"
        complains 1 "column 'at' of table 't' takes timestamp" "'2024-01-01 02:03:04.5': the column keeps fewer digits of a second" -- pd copy --app-version 1.0 "$from" new.db --migrations steps
    done
    step 'schema=function(db) db:change_column("t", "at", {type="timestamp(0)"}) end, tables={t=function(row) return row end}'
    complains 1 "column 'at' of table 't' takes timestamp" "the column keeps fewer digits of a second" -- pd copy --app-version 1.0 "$from" new.db --migrations steps
}

@test "rows that others look up are made first, whatever the old names of tables are" {
    database old.db <<<"CREATE TABLE account (id INTEGER PRIMARY KEY, login TEXT); CREATE TABLE user (id INTEGER PRIMARY KEY, account_id INTEGER, nick TEXT);
        CREATE TABLE zoo (id INTEGER PRIMARY KEY, login TEXT);
        INSERT INTO account VALUES (1, 'ann'), (2, 'bob'); INSERT INTO user VALUES (10, 1, 'A'), (20, 3, 'B'); INSERT INTO zoo VALUES (3, 'cat')"
    step 'schema=function(db) db:rename_table("user", "profile") db:rename_table("account", "user") db:merge_table("zoo", "user")
          db:add_column("profile", {name="login", type="text"}) end,
        needs={users={table="user", keys={"id"}, values={"login"}}},
        tables={account=function(row) row.login = row.login:upper() return row end, zoo=function(row) row.login = row.login:upper() return row end,
          user=function(row, ctx) row.login = ctx:lookup("users", row.account_id) return row end}'
    pd copy --app-version 1.0 old.db new.db --migrations steps
    [ "$(sqlite3 new.db 'SELECT * FROM profile' | tr '\n' ' ')" = "10|1|A|ANN 20|3|B|CAT " ]
}

@test "money has the digits that a script says, in every engine, and a function that returns false drops nothing" {
    local engine
    database old.db <<<"CREATE TABLE o (id INTEGER PRIMARY KEY); INSERT INTO o VALUES (1)"
    step 'schema=function(db) db:add_column("o", {name="pay", type="money(2)"}) end, tables={o=function(row) row.pay = 110 return row end}'
    for engine in sqlite postgresql mariadb; do
        into $engine
        pd copy --app-version 1.0 old.db "$target" --migrations steps
        [ "$(ask "SELECT count(*) FROM o WHERE CAST(pay AS decimal(8,2)) = 1.1")" = 1 ]
    done
    step 'schema=function(db) db:add_column("o", {name="pay", type="money"}) end'
    complains 1 "has the type 'money' without its digits behind the point: money(2) has cents" -- pd copy --app-version 1.0 old.db new.db --migrations steps
    step 'tables={o=function(row) return row.id > 1 and row end}'
    complains 1 "function 'tables.o' (id=1): it returned false, not a row; nil drops the row" -- pd copy --app-version 1.0 old.db new.db --migrations steps
}
