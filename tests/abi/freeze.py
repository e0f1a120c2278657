#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""freeze - records the current headers as the released ones.

    freeze.py FOLDER LAYOUT-PROGRAM HEADER [LAYOUT-PROGRAM HEADER]...
"""
import os
import shutil
import subprocess
import sys


def freeze(folder, program, header):
    layout = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    name = os.path.basename(header)
    with open(os.path.join(folder, name[:-len('.h')] + '.txt'), 'w', encoding='utf-8') as file:
        file.write(layout)
    shutil.copyfile(header, os.path.join(folder, name))


def main():
    folder, *pairs = sys.argv[1:]
    for program, header in zip(pairs[::2], pairs[1::2]):
        freeze(folder, program, header)


main()
