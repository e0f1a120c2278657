# SPDX-License-Identifier: Apache-2.0
"""fetch_debian.py DIR SUITE PACKAGE... - programs of another Debian, to be run beside this one's.

What the packages need is unpacked into DIR with them, as nobody special; nothing is installed. Of
+PACKAGE only itself is. In the place of each program of theirs comes a small script that runs it with
the libraries of DIR. Each file is checked against the sum in the list of packages, which comes by HTTPS
from DEBIAN_MIRROR (https://deb.debian.org/debian). The folder has a file .packages with what is in it
when all of it is."""

import concurrent.futures
import glob
import hashlib
import lzma
import os
import re
import shlex
import subprocess
import sys
import tempfile
import urllib.request

MIRROR = os.environ.get("DEBIAN_MIRROR", "https://deb.debian.org/debian").rstrip("/")
MERGED = ("bin", "lib", "lib64", "sbin")    # links into usr, which base-files would bring
LEFT_OUT = {"perl", "debconf", "adduser"}   # for scripts that nobody runs here


def bytes_of(address):
    for left in (2, 1, 0):
        try:
            with urllib.request.urlopen(address, timeout=60) as answer:
                return answer.read()
        except OSError as failure:
            if left == 0:
                sys.exit(f"fetch_debian: {address}: {failure}")


def packages_of(suite, architecture):
    """Each package's fields, and who stands in for a name that is no package."""
    listed = bytes_of(f"{MIRROR}/dists/{suite}/main/binary-{architecture}/Packages.xz")
    packages, provided = {}, {}
    for paragraph in lzma.decompress(listed).decode().split("\n\n"):
        fields = dict(re.findall(r"^([A-Za-z0-9-]+): (.*)$", paragraph, re.M))
        if "Package" in fields:
            packages[fields["Package"]] = fields
    for name, fields in packages.items():
        for other in names_of(fields.get("Provides", "")):
            provided.setdefault(other[0], name)
    return packages, provided


def names_of(field):
    """The names of a list of packages, with their alternatives; versions do not matter in one suite."""
    for wanted in filter(None, (part.strip() for part in field.split(","))):
        yield [re.split(r"[\s(:\[]", alternative.strip())[0] for alternative in wanted.split("|")]


def with_dependencies(wanted, packages, provided):
    found = []
    alone = [name[1:] for name in wanted if name[0] == "+"]
    waiting = [[name.lstrip("+")] for name in wanted]
    while waiting:
        alternatives = waiting.pop(0)
        if LEFT_OUT & set(alternatives):
            continue
        there = [name if name in packages else provided.get(name) for name in alternatives]
        name = next(filter(None, there), None)
        if name is None:
            sys.exit("fetch_debian: the suite has no package " + " or ".join(alternatives))
        if name in found:
            continue
        found.append(name)
        if name not in alone:
            for field in ("Pre-Depends", "Depends"):
                waiting += names_of(packages[name].get(field, ""))
    return [packages[name] for name in found]


def unpack(package, folder):
    content = bytes_of(f"{MIRROR}/{package['Filename']}")
    if hashlib.sha256(content).hexdigest() != package["SHA256"]:
        sys.exit(f"fetch_debian: {package['Filename']} is not what the list of packages says")
    with tempfile.NamedTemporaryFile(suffix=".deb") as file:
        file.write(content)
        file.flush()
        subprocess.run(["dpkg-deb", "-x", file.name, folder], check=True)
        listing = subprocess.run(["dpkg-deb", "--fsys-tarfile", file.name], check=True, capture_output=True)
        names = subprocess.run(["tar", "-tf", "-"], input=listing.stdout, check=True, capture_output=True)
    return names.stdout.decode().split()


def wrap(folder, path):
    """A script in the place of a program, which runs it as it would run in its own Debian."""
    program = os.path.normpath(os.path.join(folder, path))
    if not re.search("/s?bin/[^/]*$", program) or os.path.islink(program) or not os.path.isfile(program):
        return
    with open(program, "rb") as file:
        if file.read(4) != b"\x7fELF":
            return
    loader = glob.glob(f"{folder}/usr/lib*/ld-linux*.so.*")[0]
    libraries = [name for name in glob.glob(f"{folder}/usr/lib/*-linux-gnu*") if os.path.isdir(name)]
    real = program + ".real"
    os.rename(program, real)
    with open(program, "w", encoding="utf-8") as script:
        script.write("#!/bin/sh\nexec {} --library-path {} --argv0 {} {} \"$@\"\n".format(
            *map(shlex.quote, (loader, ":".join(libraries), program, real))))
    os.chmod(program, 0o755)


def main():
    if len(sys.argv) < 4:
        sys.exit("usage: fetch_debian.py DIR SUITE PACKAGE...")
    folder, suite, wanted = os.path.abspath(sys.argv[1]), sys.argv[2], sys.argv[3:]
    architecture = subprocess.run(["dpkg", "--print-architecture"], check=True, capture_output=True, text=True)
    chosen = with_dependencies(wanted, *packages_of(suite, architecture.stdout.strip()))
    for name in MERGED:
        os.makedirs(f"{folder}/usr/{name}", exist_ok=True)
        if not os.path.lexists(f"{folder}/{name}"):
            os.symlink("usr/" + name, f"{folder}/{name}")
    wanted = {name.lstrip("+") for name in wanted}
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        contents = list(pool.map(lambda package: unpack(package, folder), chosen))
    for package, paths in zip(chosen, contents):
        if package["Package"] in wanted:
            for path in paths:
                wrap(folder, path)
    with open(f"{folder}/.packages", "w", encoding="utf-8") as done:
        done.writelines(f"{package['Package']} {package['Version']}\n" for package in chosen)


if __name__ == "__main__":
    main()
