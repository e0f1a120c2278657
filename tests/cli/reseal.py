# SPDX-License-Identifier: Apache-2.0
"""reseal.py ARCHIVE version VERSION | ARCHIVE feature NAME | ARCHIVE file NAME - change the manifest of
an archive as another program would have written it, a later one or, where a file was edited, one that
found that there: with a seal that is right (doc/format.md, "manifest.json")."""

import ctypes
import ctypes.util
import re
import sys

MARK = '"seal":"'


class Hash(ctypes.Structure):
    _fields_ = [("low", ctypes.c_uint64), ("high", ctypes.c_uint64)]


def xxh3_128(data):
    library = ctypes.CDLL(ctypes.util.find_library("xxhash") or "libxxhash.so.0")
    library.XXH3_128bits.restype = Hash
    library.XXH3_128bits.argtypes = (ctypes.c_char_p, ctypes.c_size_t)
    result = library.XXH3_128bits(data, len(data))
    return "%016x%016x" % (result.high, result.low)


def main():
    folder, what, value = sys.argv[1:]
    path = folder + "/manifest.json"
    with open(path, encoding="utf-8") as file:
        text = file.read()
    at = text.index(MARK) + len(MARK)
    head, seal, tail = text[:at], text[at:at + 32], text[at + 32:]
    if xxh3_128(head.encode()) != seal:
        sys.exit("reseal: the seal of %s is not what this script thinks" % path)
    if what == "version":
        changed = re.sub(r'"version":"[0-9.]+"', '"version":"%s"' % value, head, count=1)
    elif what == "file":
        with open(folder + "/" + value, "rb") as file:
            data = file.read()
        changed = re.sub(r'("%s":)\{[^}]*\}' % re.escape(value),
                         r'\1{"size":%d,"hash":"%s"}' % (len(data), xxh3_128(data)), head, count=1)
    else:
        changed = re.sub(r'"features":\[', '"features":["%s",' % value, head, count=1).replace(",]", "]")
    if changed == head:
        sys.exit("reseal: nothing to change in %s" % path)
    with open(path, "w", encoding="utf-8") as file:
        file.write(changed + xxh3_128(changed.encode()) + tail)


main()
