#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""compare_layout - is everything of a released header still in its place?

    compare_layout.py RELEASED-PROGRAM RECORDED CURRENT-PROGRAM

Members may be added at the end of a struct and rows at the end of a table; nothing else."""
import subprocess
import sys

# They have no struct_size, and nobody tells their stride.
NEVER_GROW = {'pd_outlier', 'pd_long', 'pd_fact', 'pd_type', 'pd_counter', 'pd_range', 'pd_value'}


def run(program):
    return subprocess.run([program], check=True, capture_output=True, text=True).stdout


def may_change(line):
    words = line.split()
    if '.reserved' in words[0]:
        return True  # it has got a use
    return len(words) == 3 and words[1] == 'size' and words[0] not in NEVER_GROW


def main():
    released, recorded, current = sys.argv[1:]
    wrong = []
    old = run(released).splitlines()
    new = set(run(current).splitlines())
    with open(recorded, encoding='utf-8') as file:
        record = file.read().splitlines()
    if len(old) < 80:
        sys.exit('compare_layout.py: the list is too short to be true')
    if old[0] == record[0] and old != record:
        wrong += ['recorded: ' + line for line in record if line not in set(old)]
        wrong += ['not recorded: ' + line for line in old if line not in set(record)]
    wrong += ['gone or moved: ' + line for line in old if line not in new and not may_change(line)]
    if wrong:
        sys.exit('\n'.join(wrong))


main()
