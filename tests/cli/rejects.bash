# SPDX-License-Identifier: Apache-2.0
# rejects.bash - a source with rows that its target may refuse, and targets of each engine.

# rejects_source FILE - clubs without a foreign key, so that whatever is in it can be dumped.
rejects_source()
{
    database "$1" <<'SQL'
CREATE TABLE member (id INTEGER PRIMARY KEY, club_id INTEGER NOT NULL, email TEXT, age INTEGER, name TEXT);
CREATE TABLE club (id INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE node (id INTEGER PRIMARY KEY, parent_id INTEGER, name TEXT);
CREATE TABLE head (id INTEGER PRIMARY KEY, unit_id INTEGER NOT NULL);
CREATE TABLE unit (id INTEGER PRIMARY KEY, head_id INTEGER NOT NULL);
INSERT INTO club VALUES (1, 'chess'), (2, 'go');
INSERT INTO member VALUES (1, 1, 'a@x', 20, 'Ann'), (2, 2, 'b@x', 30, 'Bob');
INSERT INTO node VALUES (1, 2, 'a'), (2, 3, 'b'), (3, NULL, 'root'), (4, 4, 'self');
INSERT INTO head VALUES (1, 11), (2, 12);
INSERT INTO unit VALUES (11, 1), (12, 2);
SQL
}

# rejects_schema ENGINE - the application's own tables.
rejects_schema()
{
    local i=BIGINT text="VARCHAR(80)"
    [ "$1" != sqlite ] || i=INTEGER
    [ "$1" != sqlite ] || text=TEXT
    cat <<SQL
CREATE TABLE club (id $i PRIMARY KEY, name $text);
CREATE TABLE member (id $i PRIMARY KEY, club_id $i NOT NULL, email $text, age $i, name $text NOT NULL,
  CONSTRAINT member_email UNIQUE (email), CONSTRAINT member_age CHECK (age >= 0),
  CONSTRAINT member_club FOREIGN KEY (club_id) REFERENCES club (id));
CREATE TABLE node (id $i PRIMARY KEY, parent_id $i, name $text,
  CONSTRAINT node_parent FOREIGN KEY (parent_id) REFERENCES node (id));
SQL
    if [ "$1" = sqlite ]; then
        cat <<SQL
CREATE TABLE head (id $i PRIMARY KEY, unit_id $i NOT NULL REFERENCES unit (id));
CREATE TABLE unit (id $i PRIMARY KEY, head_id $i NOT NULL REFERENCES head (id));
SQL
    else
        cat <<SQL
CREATE TABLE head (id $i PRIMARY KEY, unit_id $i NOT NULL);
CREATE TABLE unit (id $i PRIMARY KEY, head_id $i NOT NULL);
ALTER TABLE head ADD CONSTRAINT head_unit FOREIGN KEY (unit_id) REFERENCES unit (id);
ALTER TABLE unit ADD CONSTRAINT unit_head FOREIGN KEY (head_id) REFERENCES head (id);
SQL
    fi
}

# rejects_target ENGINE NAME - a database with these tables, all empty; its URL is $url.
rejects_target()
{
    rejects_schema "$1" >schema.sql
    case $1 in
    sqlite)
        sqlite3 -bail "$2" <schema.sql
        url=$2
        ;;
    postgresql)
        pg_new "$2" || return 1
        psql -XAtq -v ON_ERROR_STOP=1 -d "$(pg_name "$2")" -f schema.sql || return 1
        url=$pg_url
        ;;
    mariadb)
        my_new "$2" || return 1
        my "$(my_name "$2")" <schema.sql || return 1
        url=$my_url
        ;;
    esac
}

# ask ENGINE NAME SQL - columns apart by bars.
ask()
{
    case $1 in
    sqlite) sqlite3 -nullvalue NULL "$2" "PRAGMA foreign_keys=ON; $3" ;;
    postgresql) psql -XAtq -P null=NULL -d "$(pg_name "$2")" -c "$3" ;;
    mariadb) (set -o pipefail && my_ask "$2" "$3" | tr '\t' '|') ;;
    esac
}

# rows ENGINE NAME TABLE - all its rows on one line, by id.
rows()
{
    ask "$1" "$2" "SELECT * FROM $3 ORDER BY id" | paste -sd ' '
}

# refused ARCHIVE - table, key and constraint of each line about the rows in it.
refused()
{
    python3 - "$1/rejects.jsonl" <<'PY'
import json, sys
for line in open(sys.argv[1]):
    r = json.loads(line)
    print(r["table"], ",".join(str(v) for v in r["key"].values()), r["cause"], r["code"], r["constraint"] or "-")
PY
}
