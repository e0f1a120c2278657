# SPDX-License-Identifier: Apache-2.0
# together.bash - cases that go through one run together, and are looked at one by one.

# together GROUP COMMAND... - runs COMMAND once for all tests of the file that name this GROUP. They
# work in its folder; databases with the names a, b and via are the group's, others the test's own.
together()
{
    group=$1
    shift
    if [ -d "$BATS_FILE_TMPDIR/$group" ]; then
        cd "$BATS_FILE_TMPDIR/$group" || return 1
        [ -e "../$group.done" ] || { echo "# '$group' failed in a test before" >&2; return 1; }
    else
        mkdir "$BATS_FILE_TMPDIR/$group"
        cd "$BATS_FILE_TMPDIR/$group" || return 1
        "$@"
        touch "../$group.done"
    fi
}

teardown_file()
{
    pg_clean "$BATS_FILE_TMPDIR"
    my_clean "$BATS_FILE_TMPDIR"
}
