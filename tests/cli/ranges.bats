#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The main job with a table of many rows, which is read and written in ranges.

load polydump

@test "the bytes are the same with 1, 2, 3 and 8 jobs, in source and in key order" {
    range_database old.db
    pd dump old.db a --jobs 1
    [ "$(find a/rows -name "*-000[012]-*" | wc -l)" -eq 3 ]
    for jobs in 2 3 8; do
        pd dump old.db b --jobs $jobs
        diff -r a b
        rm -r b
    done
    pd dump old.db k1 --jobs 1 --order=key
    pd dump old.db k8 --jobs 8 --order=key
    diff -r k1 k8
}

# The same bytes are the same database.
@test "a table of many ranges comes back the same, with 1 and with 8 jobs, and by copy" {
    range_database old.db
    pd dump old.db a --jobs 8
    pd restore a new1.db --jobs 1
    pd restore a new8.db --jobs 8
    pd copy old.db sqlite:copied.db --jobs 4
    same_database old.db new1.db
    cmp new1.db new8.db || same_database old.db new8.db
    cmp new1.db copied.db || same_database old.db copied.db
    pd dump new8.db b --jobs 8
    diff -r a b
}
