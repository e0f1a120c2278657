#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""variant - makes the header of an older or of a newer polydump out of the current one.

    variant.py old IN OUT    the last members of some structs are not invented yet
    variant.py new IN OUT    structs have one member more at the end
"""
import re
import sys

# How many members of each the older header does not have.
CUT = {'pd_source_ops': 2, 'pd_sink_ops': 1, 'pd_plugin': 1, 'pd_catalog': 3}
# By value inside others, whose later members would move: these can never grow.
EMBEDDED = {'pd_type', 'pd_counter', 'pd_range'}

STRUCT = re.compile(r'^(struct (pd_\w+) \{\n)((?:(?!^\}).)*)(    /\* ABI 1 ends here\. \*/\n\};)',
                    re.S | re.M)


def members(body):
    """The declarations of a struct's body, each with the comments before it."""
    parts, depth, begin = [], 0, 0
    text = re.sub(r'/\*.*?\*/', lambda m: ' ' * len(m.group()), body, flags=re.S)
    for at, c in enumerate(text):
        depth += (c == '(') - (c == ')')
        if c == ';' and depth == 0:
            end = body.index('\n', at) + 1
            if '/*' in body[at:end] and '*/' not in body[at:end]:
                end = body.index('*/', at) + 3
            parts.append(body[begin:end])
            begin = end
    return parts


def old(match):
    head, name, body, tail = match.groups()
    parts = members(body)
    return head + ''.join(parts[:len(parts) - CUT.get(name, 0)]) + tail


def new(match):
    head, name, body, tail = match.groups()
    if name in EMBEDDED:
        return match.group()
    return head + body + '    const char *member_of_tomorrow;\n' + tail


def main():
    which, source, target = sys.argv[1:]
    with open(source, encoding='utf-8') as file:
        text = file.read()
    changed = STRUCT.sub({'old': old, 'new': new}[which], text)
    missing = set(CUT) - {m.group(2) for m in STRUCT.finditer(text)}
    if changed == text or missing:
        sys.exit('variant.py: the header does not look as expected: ' + ' '.join(missing))
    with open(target, 'w', encoding='utf-8') as file:
        file.write(changed)


main()
