#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# Rows that the target refuses: tried again where others are missing, set aside in an archive where
# they are not to be had, and brought in when they were mended.

load polydump
load rejects

teardown()
{
    pg_clean
    my_clean
}

# Rings, self-references and children before their parents: nothing is refused in the end.
whole()
{
    rejects_source old.db
    pd dump old.db a
    rejects_target "$1" new
    ends_with 0 pd restore a "$url" --into=append --rejects left
    [ ! -e left ]
    [ "$(rows "$1" new member)" = "1|1|a@x|20|Ann 2|2|b@x|30|Bob" ]
    [ "$(rows "$1" new node)" = "1|2|a 2|3|b 3|NULL|root 4|4|self" ]
    [ "$(rows "$1" new head)" = "1|11 2|12" ]
    [ "$(rows "$1" new unit)" = "11|1 12|2" ]
}

@test "whatever can be whole is: SQLite" { whole sqlite; }
@test "whatever can be whole is: PostgreSQL" { whole postgresql; }
@test "whatever can be whole is: MariaDB" { whole mariadb; }

# Causes of every sort, each with its row; the rest is in.
broken_source()
{
    rejects_source old.db
    sqlite3 old.db "INSERT INTO member VALUES (3, 77, 'c@x', 1, 'Cid'), (4, 1, 'a@x', 1, 'Dee'), (5, 1, 'e@x', -1, 'Eve'),
        (6, 1, 'f@x', 1, NULL), (7, 2, 'g@x', 1, 'Gus');
        INSERT INTO node VALUES (8, 9, 'grandchild'), (9, 10, 'child'), (10, 99, 'orphan'), (11, 12, 'x'), (12, 11, 'y');
        INSERT INTO head VALUES (3, 13), (4, 14); INSERT INTO unit VALUES (13, 3), (14, 77)"
}

expect_refused()
{
    case $1 in
    sqlite)
        cat <<'END'
head 4 MISSING SQLITE_CONSTRAINT_FOREIGNKEY unit_id -> unit
member 3 MISSING SQLITE_CONSTRAINT_FOREIGNKEY club_id -> club
member 4 DATA SQLITE_CONSTRAINT_UNIQUE member.email
member 5 DATA SQLITE_CONSTRAINT_CHECK member_age
member 6 DATA SQLITE_CONSTRAINT_NOTNULL member.name
node 10 MISSING SQLITE_CONSTRAINT_FOREIGNKEY parent_id -> node
node 8 MISSING SQLITE_CONSTRAINT_FOREIGNKEY parent_id -> node
node 9 MISSING SQLITE_CONSTRAINT_FOREIGNKEY parent_id -> node
unit 14 MISSING SQLITE_CONSTRAINT_FOREIGNKEY head_id -> head
END
        ;;
    postgresql)
        cat <<'END'
head 4 MISSING 23503 head_unit
member 3 MISSING 23503 member_club
member 4 DATA 23505 member_email
member 5 DATA 23514 member_age
member 6 DATA 23502 -
node 10 MISSING 23503 node_parent
node 8 MISSING 23503 node_parent
node 9 MISSING 23503 node_parent
unit 14 MISSING 23503 unit_head
END
        ;;
    mariadb)
        cat <<'END'
head 4 MISSING 1452 head_unit
member 3 MISSING 1452 member_club
member 4 DATA 1062 member_email
member 5 DATA 4025 member_age
member 6 DATA 1048 -
node 10 MISSING 1452 node_parent
node 8 MISSING 1452 node_parent
node 9 MISSING 1452 node_parent
unit 14 MISSING 1452 unit_head
END
        ;;
    esac
}

# Set aside, mended in the target and by hand, brought in: what is there then is what was meant.
mended()
{
    broken_source
    pd dump old.db a --app clubs --app-version 2.0
    rejects_target "$1" new
    ends_with 3 pd restore a "$url" --into=append --rejects left
    expect_refused "$1" >expected
    refused left | sort >found
    diff expected found
    pd verify left
    /usr/bin/python3 "$cli_folder/../second_reader.py" left >told
    grep -q "^table member 4 " told
    [ "$(rows "$1" new member)" = "1|1|a@x|20|Ann 2|2|b@x|30|Bob 7|2|g@x|1|Gus" ]
    [ "$(rows "$1" new node)" = "1|2|a 2|3|b 3|NULL|root 4|4|self 11|12|x 12|11|y" ]
    [ "$(rows "$1" new head)" = "1|11 2|12 3|13" ]
    [ "$(rows "$1" new unit)" = "11|1 12|2 13|3" ]
    # Some of it is mended in the target; what is not, stays refused.
    ask "$1" new "INSERT INTO club VALUES (77, 'new')"
    ask "$1" new "INSERT INTO node VALUES (99, NULL, 'found')"
    ends_with 3 pd restore left "$url" --into=append --rejects still
    [ "$(rows "$1" new node)" = "1|2|a 2|3|b 3|NULL|root 4|4|self 8|9|grandchild 9|10|child 10|99|orphan 11|12|x 12|11|y 99|NULL|found" ]
    [ "$(refused still | cut -d' ' -f1,2 | sort | paste -sd ' ')" = "head 4 member 4 member 5 member 6 unit 14" ]
    # The rest by hand, in the archive.
    sed -i 's/"a@x"/"d@x"/; s/"age":-1/"age":1/; s/"name":null/"name":"Fay"/; s/"head_id":77/"head_id":4/' still/rows/*.jsonl
    pd seal still
    ends_with 0 pd restore still "$url" --into=append --rejects none
    [ ! -e none ]
    [ "$(rows "$1" new member)" = "1|1|a@x|20|Ann 2|2|b@x|30|Bob 3|77|c@x|1|Cid 4|1|d@x|1|Dee 5|1|e@x|1|Eve 6|1|f@x|1|Fay 7|2|g@x|1|Gus" ]
    [ "$(rows "$1" new head)" = "1|11 2|12 3|13 4|14" ]
    [ "$(rows "$1" new unit)" = "11|1 12|2 13|3 14|4" ]
}

@test "set aside, mended, brought in: SQLite" { mended sqlite; }
@test "set aside, mended, brought in: PostgreSQL" { mended postgresql; }
@test "set aside, mended, brought in: MariaDB" { mended mariadb; }

# Without --rejects a row that is refused ends the run, and the option is named.
refusal()
{
    rejects_source old.db
    sqlite3 old.db "INSERT INTO member VALUES (3, 1, 'a@x', 1, 'Twin')"
    pd dump old.db a
    rejects_target "$1" new
    complains 1 "1 row was refused by the target" "--rejects" -- pd restore a "$url" --into=append
    [ "$(ask "$1" new "SELECT count(*) FROM club")" = 0 ]
    [ "$(ask "$1" new "SELECT count(*) FROM member")" = 0 ]
}

@test "without --rejects the run ends: SQLite" { refusal sqlite; }
@test "without --rejects the run ends: PostgreSQL" { refusal postgresql; }
@test "without --rejects the run ends: MariaDB" { refusal mariadb; }

# Facts are of what was written, not of what was read.
proved()
{
    broken_source
    pd dump old.db a
    rejects_target "$1" new
    ends_with 3 "$POLYDUMP" restore a "$url" --into=truncate --rejects left --json
    python3 - "$output" <<'PY'
import json, sys
report = json.loads(sys.argv[1])
member = [t for t in report["tables"] if t["table"] == "member"][0]
assert (member["read"], member["written"], member["rejected"]) == (7, 3, 4), member
assert report["rows_rejected"] == 9 and len(report["rejects"]) == 9, report
assert report["facts_compared"] > 20, report
assert report["rejects_archive"] == "left"
PY
}

@test "what was written is proved: SQLite" { proved sqlite; }
@test "what was written is proved: PostgreSQL" { proved postgresql; }
@test "what was written is proved: MariaDB" { proved mariadb; }
