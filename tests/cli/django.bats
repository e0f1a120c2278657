#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The preset of doc/examples/django: the rows of an old site go into the tables of a new one, whose
# own migrations have made content types and permissions under other keys.

load polydump

preset=$BATS_TEST_DIRNAME/../../doc/examples/django/polydump.yaml

teardown()
{
    pg_clean
    my_clean
}

# site ENGINE NAME ROWS - a site's database with these rows; its URL is $url.
site()
{
    local schema=django/schema.$1.sql rows=django/$3.sql
    case $1 in
    sqlite)
        database "$2.db" "$schema" "$rows"
        url=$2.db
        ;;
    postgresql)
        pg_new "$2" "$schema" "$rows"
        url=$pg_url
        ;;
    mariadb)
        my_new "$2" "$schema" "$rows"
        url=$my_url
        ;;
    esac
}

# ask ENGINE NAME SQL - columns apart by bars.
ask()
{
    case $1 in
    sqlite) sqlite3 -nullvalue NULL "$2.db" "$3" ;;
    postgresql) psql -XAtq -P null=NULL -d "$(pg_name "$2")" -c "$3" ;;
    mariadb) (set -o pipefail && my_ask "$2" "$3" | tr '\t' '|') ;;
    esac
}

# answers ENGINE NAME SQL LINES - row for row.
answers()
{
    local found
    found=$(ask "$1" "$2" "$3") || return 1
    [ "$found" = "$4" ] || { printf '# %s\n%s\n# not:\n%s\n' "$3" "$found" "$4"; return 1; }
}

# moved ENGINE NAME - every reference points to the row that it pointed to by its meaning.
moved()
{
    local type="LEFT JOIN django_content_type t ON t.id = x.content_type_id"
    answers "$1" "$2" "SELECT x.id, t.app_label, t.model, x.object_id FROM django_admin_log x $type ORDER BY x.id" \
        "1|blog|post|1
2|auth|user|2
3|NULL|NULL|NULL"
    answers "$1" "$2" "SELECT x.id, x.tag, t.app_label, t.model, x.object_id FROM tags_taggeditem x $type ORDER BY x.id" \
        "1|new|blog|post|1
2|good|blog|comment|10
3|staff|auth|user|1
4|new|blog|post|2"
    type="JOIN auth_permission p ON p.id = x.permission_id JOIN django_content_type t ON t.id = p.content_type_id"
    answers "$1" "$2" "SELECT x.id, g.name, t.app_label, p.codename FROM auth_group_permissions x JOIN auth_group g ON g.id = x.group_id $type ORDER BY x.id" \
        "1|editors|blog|add_post
2|editors|blog|change_post
3|readers|blog|view_post
4|readers|blog|view_comment"
    answers "$1" "$2" "SELECT x.id, u.username, t.app_label, p.codename FROM auth_user_user_permissions x JOIN auth_user u ON u.id = x.user_id $type ORDER BY x.id" \
        "1|bob|blog|delete_comment"
    answers "$1" "$2" "SELECT p.id, p.title, u.username, s.domain FROM blog_post p JOIN auth_user u ON u.id = p.author_id JOIN django_site s ON s.id = p.site_id ORDER BY p.id" \
        "1|First post|ann|blog.example.org
2|Second post|bob|second.example.org"
    answers "$1" "$2" "SELECT id, name, domain FROM django_site ORDER BY id" "1|Our blog|blog.example.org
7|Second|second.example.org"
    answers "$1" "$2" "SELECT count(*), min(id), max(id) FROM django_content_type" "11|101|131"
    answers "$1" "$2" "SELECT count(*), min(id), max(id) FROM auth_permission" "44|1001|1044"
    answers "$1" "$2" "SELECT count(*) FROM django_migrations WHERE app = 'blog' AND name = '0002_draft'" 1
    answers "$1" "$2" "SELECT count(*) FROM django_migrations" 4
    answers "$1" "$2" "SELECT count(*) FROM django_session" 0
}

# moves FROM TO [OPTION...] - through an archive, and by a copy.
moves()
{
    local from to more=("${@:3}")
    site "$1" old old
    from=$url
    site "$2" new new
    to=$url
    pd dump "$from" a
    quietly 0 pd restore a "$to" --config "$preset" "${more[@]}"
    moved "$2" new
    site "$2" copied new
    quietly 0 pd copy "$from" "$url" --config "$preset" --into=append "${more[@]}"
    moved "$2" copied
}

@test "a site of SQLite moves" {
    moves sqlite sqlite
}

@test "a site of PostgreSQL moves" {
    moves postgresql postgresql
}

@test "a site of MariaDB moves" {
    moves mariadb mariadb
}

@test "a site moves from PostgreSQL into MariaDB" {
    moves postgresql mariadb
}

@test "a site moves from MariaDB into PostgreSQL" {
    moves mariadb postgresql --assume-zone=UTC
}

@test "a site moves from SQLite into PostgreSQL" {
    moves sqlite postgresql --assume-zone=UTC
}

@test "a site moves from PostgreSQL into SQLite" {
    moves postgresql sqlite
}

@test "a second restore replaces the first, whose references are of the new keys" {
    local engine
    for engine in sqlite postgresql mariadb; do
        rm -rf a old.db new.db
        site $engine old old
        pd dump "$url" a
        site $engine new new
        quietly 0 pd restore a "$url" --config "$preset" --data-only
        ends_with 0 "$POLYDUMP" restore a "$url" --config "$preset" --into=truncate
        moved $engine new
        [[ $engine = mariadb || "$stderr" == *"facts computed by the engine agree"* ]]
        pg_clean
        my_clean
    done
}

@test "an archive that was made with the preset has everything but sessions and the list of migrations" {
    site sqlite old old
    pd dump old.db a --config "$preset"
    quietly 0 pd restore a new.db
    answers sqlite new "SELECT count(*) FROM django_content_type" 11
    answers sqlite new "SELECT count(*) FROM auth_permission" 44
    answers sqlite new "SELECT count(*) FROM django_site" 2
    answers sqlite new "SELECT count(*) FROM django_session" 0
    answers sqlite new "SELECT count(*) FROM django_migrations" 0
    site sqlite b new
    quietly 0 pd restore a b.db --config "$preset" --data-only
    moved sqlite b
}

@test "what refers to a model that the new site does not have is refused before anything is written" {
    site sqlite old old
    site sqlite new new
    sqlite3 old.db "INSERT INTO tags_taggeditem VALUES (5, 'x', 1, 11), (6, 'y', 2, 11)"
    pd dump old.db a
    cp new.db before.db
    complains 1 "table 'tags_taggeditem', row with id = '5' and 1 more row: column 'content_type_id' refers to" \
        '(app_label, model) = ["blog","oldthing"] of table '"'django_content_type'"', which the target does not have' \
        -- pd restore a new.db --config "$preset" --data-only
    cmp before.db new.db
    complains 1 '["blog","oldthing"]' -- pd plan a new.db --config "$preset" --data-only
}
