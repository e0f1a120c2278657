#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# --rejects with tables that are there in other ways than --into=append alone: empty ones that are
# recognised, columns of other types, rows whose keys are there already.

load polydump
load rejects

teardown()
{
    pg_clean
    my_clean
}

# Tables that are found to be there have their foreign keys at work: rows wait, rings get in.
recognised()
{
    rejects_source old.db
    sqlite3 old.db "INSERT INTO member VALUES (3, 77, 'c@x', 1, 'Cid'); INSERT INTO node VALUES (8, 9, 'x'), (9, 99, 'y')"
    pd dump old.db a
    rejects_target "$1" new
    ends_with 3 pd restore a "$url" --rejects left
    [ "$(rows "$1" new member)" = "1|1|a@x|20|Ann 2|2|b@x|30|Bob" ]
    [ "$(rows "$1" new node)" = "1|2|a 2|3|b 3|NULL|root 4|4|self" ]
    [ "$(rows "$1" new head)" = "1|11 2|12" ]
    [ "$(rows "$1" new unit)" = "11|1 12|2" ]
    [ "$(refused left | cut -d' ' -f1-3 | sort | paste -sd ,)" = "member 3 MISSING,node 8 MISSING,node 9 MISSING" ]
}

@test "tables that are recognised: SQLite" { recognised sqlite; }
@test "tables that are recognised: PostgreSQL" { recognised postgresql; }
@test "tables that are recognised: MariaDB" { recognised mariadb; }

# What a column that is there cannot hold rejects its row; a plan counts it.
misfits()
{
    rejects_source old.db
    sqlite3 old.db "CREATE TABLE day (id INTEGER PRIMARY KEY, at TEXT);
        INSERT INTO day VALUES (1, '2020-02-29'), (2, 'soon'), (3, '2021-01-01'), (4, 'never')"
    pd dump old.db a
    rejects_target "$1" new
    ask "$1" new "CREATE TABLE day (id BIGINT PRIMARY KEY, at DATE)" >/dev/null
    run --separate-stderr "$POLYDUMP" plan a "$url" --json
    [ "$(python3 -c 'import json, sys; print(sum(c.get("misfits", 0) for t in json.loads(sys.argv[1])["tables"] for c in t["columns"]))' "$output")" = 2 ]
    complains 1 "'soon' does not fit" -- pd restore a "$url"
    ends_with 3 pd restore a "$url" --rejects left
    [ "$(rows "$1" new day)" = "1|2020-02-29 3|2021-01-01" ]
    [ "$(refused left | cut -d' ' -f1-3 | sort | paste -sd ,)" = "day 2 DATA,day 4 DATA" ]
    [ "$(rows "$1" new head)" = "1|11 2|12" ]
}

@test "values that columns cannot hold: PostgreSQL" { misfits postgresql; }
@test "values that columns cannot hold: MariaDB" { misfits mariadb; }

# Rows whose keys are there are updated or passed over, those that miss a reference wait, and rows
# that point to each other stand each for itself.
conflicts()
{
    rejects_source old.db
    sqlite3 old.db "DELETE FROM head; DELETE FROM unit; INSERT INTO head VALUES (5, 15), (6, 77); INSERT INTO unit VALUES (15, 5);
        INSERT INTO node VALUES (5, 1, 'again'), (8, 9, 'x'), (9, 99, 'y');
        INSERT INTO member VALUES (3, 77, 'c@x', 1, 'Cid'), (4, 1, 'd@x', -1, 'Dee')"
    pd dump old.db a
    rejects_target "$1" new
    ask "$1" new "INSERT INTO club VALUES (1, 'old'); INSERT INTO member VALUES (1, 1, 'z@x', 1, 'Zoe');
        INSERT INTO node VALUES (3, NULL, 'there')" >/dev/null
    ends_with 3 pd restore a "$url" --into=append --on-conflict="$2" --rejects left
    if [ "$2" = update ]; then
        [ "$(rows "$1" new club)" = "1|chess 2|go" ]
        [ "$(rows "$1" new member)" = "1|1|a@x|20|Ann 2|2|b@x|30|Bob" ]
        [ "$(rows "$1" new node)" = "1|2|a 2|3|b 3|NULL|root 4|4|self 5|1|again" ]
    else
        [ "$(rows "$1" new club)" = "1|old 2|go" ]
        [ "$(rows "$1" new member)" = "1|1|z@x|1|Zoe 2|2|b@x|30|Bob" ]
        [ "$(rows "$1" new node)" = "1|2|a 2|3|b 3|NULL|there 4|4|self 5|1|again" ]
    fi
    [ "$(refused left | cut -d' ' -f1-3 | sort | paste -sd ,)" = \
        "head 5 MISSING,head 6 MISSING,member 3 MISSING,member 4 DATA,node 8 MISSING,node 9 MISSING,unit 15 MISSING" ]
}

@test "keys that are there, skipped: SQLite" { conflicts sqlite skip; }
@test "keys that are there, skipped: PostgreSQL" { conflicts postgresql skip; }
@test "keys that are there, skipped: MariaDB" { conflicts mariadb skip; }
@test "keys that are there, updated: SQLite" { conflicts sqlite update; }
@test "keys that are there, updated: PostgreSQL" { conflicts postgresql update; }
@test "keys that are there, updated: MariaDB" { conflicts mariadb update; }

@test "keys that are there, beside foreign keys that SQLite puts off" {
    rejects_source old.db
    sqlite3 old.db "INSERT INTO node VALUES (8, 9, 'x'), (5, 1, 'again')"
    pd dump old.db a --only=node
    database new.db <<'SQL'
CREATE TABLE node (id INTEGER PRIMARY KEY, parent_id INTEGER REFERENCES node (id) DEFERRABLE INITIALLY DEFERRED, name TEXT);
INSERT INTO node VALUES (3, NULL, 'there');
SQL
    ends_with 3 pd restore a new.db --into=append --on-conflict=update --rejects left
    [ "$(rows sqlite new.db node)" = "1|2|a 2|3|b 3|NULL|root 4|4|self 5|1|again" ]
    [ "$(refused left | cut -d' ' -f1-3)" = "node 8 MISSING" ]
}
