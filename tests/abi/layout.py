#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""layout - writes a program that prints the layout of every struct in a public header.

    layout.py HEADER OUT.c
"""
import os
import re
import sys

STRUCT = re.compile(r'^struct (pd_\w+) \{\n(.*?)^\};', re.S | re.M)
NAME = re.compile(r'\(\*(\w+)\)|(\w+)\s*(?:\[\d+\])?\s*$')

TABLES = ('CAUSE', 'KIND', 'TAG', 'PROFILE', 'FACT')


def members(body):
    """Names and declarations: of function pointers the name is what stands in (*name)."""
    body = re.sub(r'/\*.*?\*/', '', body, flags=re.S)
    body = re.sub(r'PD_PRINTF\([^)]*\)', '', body)
    names, depth, begin = [], 0, 0
    for at, c in enumerate(body):
        depth += (c == '(') - (c == ')')
        if c == ';' and depth == 0:
            declaration = ' '.join(body[begin:at].split())
            found = NAME.search(declaration)
            names.append((found.group(1) or found.group(2), declaration))
            begin = at + 1
    return names


def main():
    source, target = sys.argv[1:]
    with open(source, encoding='utf-8') as file:
        text = file.read()
    structs = STRUCT.findall(text)
    with open(target, 'w', encoding='utf-8') as out:
        out.write('#include "%s"\n\n#include <stdio.h>\n\n' % os.path.abspath(source))
        out.write('#define STRUCT(s) printf("%s size %zu\\n", #s, sizeof(struct s))\n')
        out.write('#define MEMBER(s, m) printf("%s.%s at %zu size %zu\\n", #s, #m, '
                  'offsetof(struct s, m), sizeof(((struct s *)0)->m))\n')
        out.write('int\nmain(void)\n{\n')
        out.write('    printf("pointer size %zu\\n", sizeof(void *));\n')
        for name, body in structs:
            for member, declaration in members(body):
                out.write('    MEMBER(%s, %s);\n' % (name, member))
                if '(' in declaration:
                    out.write('    puts("%s.%s is %s");\n' % (name, member, declaration))
            out.write('    STRUCT(%s);\n' % name)
        for table in TABLES:
            if '#define PD_%s_TABLE(X)' % table not in text:
                continue
            out.write('#define %s(name, number, ...) printf("%s %%s = %%d\\n", #name, number);\n'
                      % (table, table))
            out.write('    PD_%s_TABLE(%s)\n' % (table, table))
        out.write('    return 0;\n}\n')


main()
