#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""freeze - records the current header as the released one.

    freeze.py LAYOUT-PROGRAM HEADER FOLDER
"""
import os
import shutil
import subprocess
import sys


def main():
    program, header, folder = sys.argv[1:]
    layout = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    with open(os.path.join(folder, 'layout.txt'), 'w', encoding='utf-8') as file:
        file.write(layout)
    shutil.copyfile(header, os.path.join(folder, 'plugin.h'))


main()
