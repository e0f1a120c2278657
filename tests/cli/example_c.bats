#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# doc/examples/c-migration, built out of the tree against an installed polydump as its README says,
# by both compilers, and run by the installed program.

load polydump

setup_file()
{
    local root=$BATS_FILE_TMPDIR/root build
    build=$(cd "$(dirname "$POLYDUMP")/../.." && pwd)
    meson install -C "$build" --no-rebuild --quiet --destdir "$root" >"$BATS_FILE_TMPDIR/install.log" 2>&1 ||
        { cat "$BATS_FILE_TMPDIR/install.log" >&2; return 1; }
    pc=$(find "$root" -name polydump.pc)
    # As if the root were the system's.
    export PKG_CONFIG_PATH=${pc%/*} PKG_CONFIG_SYSROOT_DIR=$root
    export LD_LIBRARY_PATH=${pc%/pkgconfig/*}
    installed=$(find "$root" -type f -name polydump -perm -u+x)
    plugins=$root$(PKG_CONFIG_SYSROOT_DIR='' pkg-config --variable=plugindir polydump)
    export installed plugins
}

# example COMPILER... - a copy of it, built.
example()
{
    cp -r "$BATS_TEST_DIRNAME/../../doc/examples/c-migration" example
    chmod 755 example
    (cd example && CC=$1 && export CC && shift && "$@") >log 2>&1 || { cat log >&2; return 1; }
}

old()
{
    sqlite3 old.db <<'SQL'
CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL, bank1 TEXT, bank2 TEXT);
INSERT INTO person WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000)
SELECT i, 'person ' || i, CASE WHEN i % 2 THEN 'A' || i END, CASE WHEN i % 3 = 0 THEN 'B' || i END FROM n;
SQL
}

# runs FOLDER - the plugin in it does what it says, by the installed program.
runs()
{
    export POLYDUMP_PLUGIN_PATH=$plugins:$1
    old
    "$installed" plugins | grep -qxF "  $1/addresses.so, ABI 1, has migrations"
    "$installed" dump --quiet --app addresses --app-version 1.0 old.db old.polydump
    "$installed" restore --quiet old.polydump new.db --migrations addresses
    [ "$(sqlite3 new.db "SELECT count(*), max(full_name), sum(id) FROM people")" = "40000|person 9999|800020000" ]
    [ "$(sqlite3 new.db "SELECT count(*), count(DISTINCT number), min(number), sum(substr(number, 2) = person_id) FROM account")" = "33333|33333|A1|33333" ]
    [ "$(sqlite3 new.db "SELECT group_concat(name) FROM pragma_table_info('people')")" = id,full_name ]
    [ "$(sqlite3 new.db "PRAGMA foreign_key_list(account)")" = "0|0|people|person_id|id|NO ACTION|CASCADE|NONE" ]
    "$installed" dump --quiet --app other --app-version 1.0 old.db other.polydump
    ! "$installed" restore --quiet other.polydump other.db --migrations addresses
    [ ! -e other.db ]
    mkdir archives
    "$installed" dump --quiet --text --app addresses --app-version 1.0 old.db archives/1.0
    "$installed" test-migrations --quiet archives --migrations addresses
}

@test "by make and gcc" {
    example gcc make
    runs "$PWD/example"
}

@test "by make and clang" {
    example clang make
    runs "$PWD/example"
}

@test "by meson" {
    example gcc sh -c "meson setup build && ninja -C build"
    runs "$PWD/example/build"
}

@test "it needs nothing of polydump's libraries" {
    example gcc make
    ! readelf -d example/addresses.so | grep -q polydump
    [ "$(nm -D --defined-only example/addresses.so | cut -d ' ' -f 3)" = addresses_LTX_polydump_plugin ]
}
