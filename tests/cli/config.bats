#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The config file: what it says is done, what it must not say is told with its line, and the
# version of a database is asked of the database.

load polydump

setup_file()
{
    local folder=$BATS_FILE_TMPDIR/plugins
    mkdir -m 755 "$folder"
    cc -shared -fPIC -I "$BATS_TEST_DIRNAME/../../include" -o "$folder/shop.so" \
        "$BATS_TEST_DIRNAME/shop.c"
    chmod 755 "$folder/shop.so"
    export POLYDUMP_PLUGIN_PATH=$folder:${POLYDUMP_PLUGIN_PATH-}
}

teardown()
{
    [ -z "${uses_servers-}" ] || {
        pg_clean
        my_clean
    }
}

# application_of ARCHIVE - what it says of itself.
application_of()
{
    "$POLYDUMP" info "$1" | sed -n 's/^application: //p'
}

# refused TEXT... - a dump with this config is refused with these words.
refused()
{
    local words=("$@")
    cat >c.yaml
    [ -f old.db ] || small_database old.db
    complains 2 "${words[@]}" -- pd dump old.db a --config c.yaml
    only_here c.yaml old.db
}

@test "the file in the folder is read, and the command line goes before it" {
    small_database old.db
    cat >polydump.yaml <<'YAML'
# of the shop
application: shop
app-version: 1.10
YAML
    pd dump old.db a
    [ "$(application_of a)" = "shop 1.10" ]
    pd dump old.db b --app other --app-version 2
    [ "$(application_of b)" = "other 2" ]
    mkdir elsewhere
    cd elsewhere
    pd dump ../old.db a
    [ -z "$(application_of a)" ]
    pd dump ../old.db b --config ../polydump.yaml
    [ "$(application_of b)" = "shop 1.10" ]
}

@test "migrations and the wanted version come from the file" {
    small_database old.db
    printf 'application: shop\napp-version: 1.0\nmigrations: [shop]\nto: 2.0\n' >polydump.yaml
    pd dump old.db a
    ends_with 0 "$POLYDUMP" restore a new.db
    [[ "$stderr" == *"version 1.0 -> 1.1 -> 2.0"* ]]
    pd restore a kept.db --no-migrate
    same_database old.db kept.db
    pd restore a one.db --to 1.1
    [ "$(sqlite3 one.db 'SELECT count(price) FROM book')" = 3 ]
    pd migrate a b
    [ "$(application_of b)" = "shop 2.0" ]
    pd copy old.db copy.db
    same_database new.db copy.db
    ends_with 0 "$POLYDUMP" plan old.db x.db
    [ "${lines[0]}" = "1.0 -> 1.1  authors are writers  (authors.c)" ]
}

@test "the file's version is of databases, not of archives that do not say" {
    small_database old.db
    pd dump old.db a
    printf 'app-version: 1.0\nmigrations: [shop]\nto: 2.0\n' >polydump.yaml
    complains 1 "'a' does not say of which version" "--no-migrate" -- pd restore a new.db
    pd restore a new.db --no-migrate
    only_here a new.db old.db polydump.yaml
}

@test "paths are relative to the file's folder" {
    small_database old.db
    mkdir app app/migrations
    printf 'version-file: VERSION\nmigrations: [./migrations]\n' >app/c.yaml
    printf ' \t3.1-rc2 \r\nmore\n' >app/VERSION
    pd dump old.db a --app x --config app/c.yaml
    [ "$(application_of a)" = "x 3.1-rc2" ]
    complains 1 "'app/./migrations'" -- pd restore a new.db --config=app/c.yaml
    printf 'none here\n' >app/VERSION
    complains 1 "version-file gives 'none here', which is no version" \
        -- pd dump old.db b --config app/c.yaml
    rm app/VERSION
    complains 1 "version-file: cannot open 'app/VERSION'" -- pd dump old.db b --config app/c.yaml
}

@test "a version query asks the database, and takes one text only" {
    small_database old.db
    sqlite3 old.db "CREATE TABLE conf (k, v); INSERT INTO conf VALUES ('version', '1.4.10'), ('n', NULL)"
    query()
    {
        printf 'version-query:\n  postgresql: SELECT 1\n  sqlite: "%s"\n' "$1" >c.yaml
    }
    query "SELECT v FROM conf WHERE k = 'version'; "
    pd dump old.db a --app shop --config c.yaml
    [ "$(application_of a)" = "shop 1.4.10" ]
    pd dump old.db b --app shop --app-version 9 --config c.yaml
    [ "$(application_of b)" = "shop 9" ]
    local sql
    for sql in 'SELECT v FROM conf' 'SELECT v FROM conf WHERE 0' 'SELECT 1, 2' "SELECT v FROM conf WHERE k = 'n'" \
        'DELETE FROM conf' 'SELECT 1; SELECT 2' "SELECT '1' || char(0) || '2'" "SELECT hex(zeroblob(200))" ''; do
        query "${sql:- }"
        complains 1 "version-query" -- pd dump old.db x --config c.yaml
    done
    query "SELECT 'a b'"
    complains 1 "version-query gives 'a b', which is no version" -- pd dump old.db x --config c.yaml
    query "SELECT absent FROM conf"
    complains 1 "no such column: absent" -- pd dump old.db x --config c.yaml
    printf 'version-query: {mariadb: SELECT 1}\n' >c.yaml
    complains 2 "version-query has nothing for 'sqlite'" -- pd dump old.db x --config c.yaml
    [ "$(sqlite3 old.db 'SELECT count(*) FROM conf')" = 2 ]
    only_here a b c.yaml old.db
}

@test "servers are asked for the version, too" {
    [ -n "${PGHOST-}" ] && [ -n "${POLYDUMP_TEST_MARIADB_SOCKET-}" ] || skip "no servers"
    uses_servers=1
    pg_new v
    my_new v
    psql -q -d "$(pg_name v)" -c "CREATE TABLE conf (v text); INSERT INTO conf VALUES ('1.2')"
    my "$(my_name v)" -e "CREATE TABLE conf (v text) ENGINE=InnoDB; INSERT INTO conf VALUES ('1.3')"
    printf 'application: x\nversion-query:\n  postgresql: SELECT v FROM public.conf\n  mariadb: SELECT v FROM conf\n' >c.yaml
    pd dump "$pg_url" a --config c.yaml
    [ "$(application_of a)" = "x 1.2" ]
    pd dump "$my_url" b --config c.yaml
    [ "$(application_of b)" = "x 1.3" ]
    local sql
    for sql in "SELECT 1, 2" "SELECT v FROM %sconf WHERE v = ''" "SELECT '1' UNION ALL SELECT '2'" "SELECT NULL" \
        "DELETE FROM %sconf" "SELECT repeat('1', 256)" "SELECT 1; SELECT 2"; do
        # shellcheck disable=SC2059
        printf "version-query:\n  postgresql: \"$sql\"\n  mariadb: \"$sql\"\n" public. '' >c.yaml
        complains 1 "version-query" -- pd dump "$pg_url" x --config c.yaml
        complains 1 "version-query" -- pd dump "$my_url" x --config c.yaml
    done
    [ "$(pg_ask v 'SELECT count(*) FROM conf')$(my_ask v 'SELECT count(*) FROM conf')" = 11 ]
}

@test "a file that others can write is not found by itself" {
    small_database old.db
    printf 'application: shop\n' >polydump.yaml
    chmod 666 polydump.yaml
    complains 2 "'polydump.yaml' in this folder is not trusted" -- pd dump old.db a
    pd dump old.db a --config polydump.yaml
    pd info a >/dev/null
}

@test "an empty file says nothing" {
    small_database old.db
    : >polydump.yaml
    pd dump old.db a
    echo '# nothing' >polydump.yaml
    pd dump old.db b
    diff -r a b
    complains 1 "'none.yaml'" -- pd dump old.db c --config none.yaml
}

# ---- What is refused ----

@test "a name that is not known is refused with its line and the nearest one" {
    refused "'c.yaml' line 2: there is no 'aplication'; did you mean 'application'?" <<<$'to: 1\naplication: x'
    refused "'c.yaml' line 1: there is no 'colours'; doc/commands.md lists what there is" <<<'colours: {}'
}

@test "what is there twice, or says one thing in two ways, is refused" {
    refused "line 2: 'to' is there twice" <<<$'to: 1\nto: 1'
    refused "line 3: 'version-file' and 'app-version' exclude each other" <<<$'app-version: 1\n\nversion-file: x'
    refused "line 3: 'version-query' has 'sqlite' twice" <<<$'version-query:\n  sqlite: a\n  sqlite: b'
}

@test "values of another kind are refused" {
    refused "line 1: 'to' is not a text" <<<'to: [1]'
    refused "line 1: 'to' is empty" <<<'to: '
    refused "line 1: 'to' is not a text" <<<'to: *anchor'
    refused "line 1: 'migrations' is not a list" <<<'migrations: shop'
    refused "line 2: 'migrations' is not a text" <<<$'migrations:\n  - {a: b}'
    refused "line 1: 'version-query' is not a mapping" <<<'version-query: SELECT 1'
    refused "line 1: it does not begin with 'name: value'" <<<'[a, b]'
    refused "line 1: a name is not a text" <<<'{[a]: b}'
}

@test "what is no YAML, and more than one document, is refused" {
    refused "'c.yaml' line" <<<$'to: "1'
    refused "'c.yaml' line 1" <<<$'\tto: 1'
    refused "line 2: there is a second document" <<<$'to: 1\n---\nto: 2'
    refused "'c.yaml' line 1" < <(printf 'to: \xff\n')
}
