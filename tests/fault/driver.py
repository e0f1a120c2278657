# SPDX-License-Identifier: Apache-2.0
"""driver.py --build FOLDER (--short | --long) [FAMILY...] - injects faults into dump, restore and
verify and looks at what is left: kills and signals at every file system call, errors of the disk,
shortage of memory, every bit and length of an archive.

A run that ends with 0 must have done all of it, right; a run that fails must leave what was there
before, say one line, and the next run must work without anybody cleaning up; what a kill leaves
must be refused. Prints a line a family, then what was silent, accepted, crashed or left behind, and
"N passed, N failed" counted in injections. --short takes strides, --long takes every point."""

import argparse
import concurrent.futures
import hashlib
import importlib.util
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
CHANGES = ("write,pwrite,writev,open,create,close,fsync,fdatasync,rename,mkdir,unlink,link,ftruncate,"
           "fallocate,flock,fchmod")
ERRNO = {"EINTR": 4, "EIO": 5, "ENOSPC": 28, "EDQUOT": 122}

SMALL = """
CREATE TABLE author (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, born REAL);
CREATE TABLE book (id INTEGER PRIMARY KEY, author_id INT REFERENCES author (id), title TEXT,
    price DECIMAL(8,2), cover BLOB);
CREATE INDEX book_by_title ON book (title, price DESC);
CREATE TABLE pair (a TEXT, b INT, x, PRIMARY KEY (a, b)) WITHOUT ROWID;
CREATE TABLE plain (x, y);
INSERT INTO author VALUES (1, 'Ada', 1815.5), (2, 'Émile', NULL), (7, 'B' || char(0) || 'b', -0.0);
INSERT INTO book VALUES (1, 1, 'One', 1.5, x'00FF'), (2, 1, NULL, 10, NULL), (3, 2, '', '9.99', x'');
INSERT INTO pair VALUES ('a', 1, 1), ('a', 2, '1'), ('b', 1, x'31'), ('c', -9223372036854775808, 0.1);
INSERT INTO plain
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)
SELECT i * 7919 % 1009, 'row ' || i FROM n;
"""
APPENDED = """
CREATE TABLE author (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, born REAL);
CREATE TABLE book (id INTEGER PRIMARY KEY, author_id INT REFERENCES author (id), title TEXT,
    price DECIMAL(8,2), cover BLOB);
CREATE INDEX book_by_title ON book (title, price DESC);
CREATE TABLE pair (a TEXT, b INT, x, PRIMARY KEY (a, b)) WITHOUT ROWID;
CREATE TABLE plain (x, y);
INSERT INTO author VALUES (100, 'was here', 1);
INSERT INTO plain (rowid, x) VALUES (1000, 'was here');
"""


def load_same():
    spec = importlib.util.spec_from_file_location("same", os.path.join(HERE, "..", "cli", "same.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


same = load_same()


# ---- States: what lies under a name, so that before, after and found can be compared

def file_state(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def database_state(path):
    """All of a database; opening it lets the engine roll back what a kill left half done."""
    connection = same.sqlite3.connect(path)
    connection.text_factory = bytes
    try:
        content = [repr(same.schema(connection)), repr(same.settings(connection))]
        for table in same.tables(connection):
            content.append(table)
            content.extend(repr(same.exact(row)) for row in same.cells(connection, table))
        content.append(repr(connection.execute("PRAGMA integrity_check").fetchall()))
        return "database " + hashlib.sha256("\n".join(content).encode()).hexdigest()
    except same.sqlite3.DatabaseError as error:
        return "not a database: %s" % error
    finally:
        connection.close()


def state(path):
    if os.path.isdir(path):
        entries = []
        for folder, _, names in os.walk(path):
            for name in names:
                below = os.path.join(folder, name)
                entries.append((os.path.relpath(below, path), file_state(below)))
        return sorted(entries)
    if not os.path.exists(path):
        return None
    if path.endswith(".db"):
        return database_state(path)
    return file_state(path)


# ---- The lab: reference archives and databases, and how to run the program

class Lab:
    def __init__(self, build, folder):
        self.folder = folder
        self.program = os.path.join(build, "core", "cli", "polydump")
        self.plugins = os.path.join(build, "plugins")
        self.tools = os.path.join(build, "tests", "fault")
        for path in (self.program, os.path.join(self.tools, "failcall.so"),
                     os.path.join(self.tools, "failmalloc.so"), os.path.join(self.tools, "flip")):
            if not os.path.exists(path):
                sys.exit("driver: %s is missing; build first, without a sanitizer" % path)
        self.path = lambda name: os.path.join(folder, name)
        self.make_references()

    def environment(self, extra=None):
        variables = {"PATH": os.environ["PATH"], "HOME": self.folder, "TMPDIR": self.folder,
                     "POLYDUMP_PLUGIN_PATH": self.plugins}
        variables.update(extra or {})
        return variables

    def run(self, arguments, folder, extra=None, stdout=None, timeout=60):
        """(exit status, stderr); a run that hangs counts as a crash."""
        out = open(os.path.join(folder, stdout), "wb") if stdout else subprocess.DEVNULL
        try:
            done = subprocess.run([self.program, arguments[0], "--quiet"] + arguments[1:], cwd=folder,
                                  env=self.environment(extra), stdin=subprocess.DEVNULL, stdout=out,
                                  stderr=subprocess.PIPE, timeout=timeout)
            return done.returncode, done.stderr.decode("utf-8", "replace")
        except subprocess.TimeoutExpired:
            return -1000, "hung for %d s" % timeout
        finally:
            if stdout:
                out.close()

    def must(self, arguments):
        code, text = self.run(arguments, self.folder)
        if code != 0:
            sys.exit("driver: polydump %s: exit status %d: %s" % (" ".join(arguments), code, text))

    def database(self, name, script):
        connection = same.sqlite3.connect(self.path(name))
        connection.executescript(script)
        connection.close()

    def make_references(self):
        self.database("small.db", SMALL)
        self.database("other.db", "CREATE TABLE other (a); INSERT INTO other VALUES (1), (2);")
        self.database("appended.db", APPENDED)
        self.must(["dump", "small.db", "folder", "--jobs", "1"])
        self.must(["dump", "small.db", "file.polydump", "--jobs", "1"])
        self.must(["dump", "small.db", "text", "--text", "--jobs", "1"])
        self.must(["dump", "other.db", "other", "--jobs", "1"])
        self.must(["dump", "other.db", "other.polydump", "--jobs", "1"])
        self.must(["restore", "folder", "restored.db", "--jobs", "1"])
        if state(self.path("restored.db")) != state(self.path("small.db")):
            sys.exit("driver: a restore without any fault is not right")
        shutil.copy(self.path("appended.db"), self.path("appended_to.db"))
        code, text = self.run(["restore", "folder", "appended_to.db", "--into=append", "--jobs", "1"], self.folder)
        self.broken = {} if code == 0 else {"restore append": text.strip()}
        shutil.copytree(self.path("folder"), self.path("bad"))
        packs = sorted(os.path.join(at, name) for at, _, names in os.walk(self.path("bad"))
                       for name in names if name.endswith(".pack"))
        with open(packs[0], "r+b") as file:
            file.seek(os.path.getsize(packs[0]) // 2)
            byte = file.read(1)[0]
            file.seek(-1, 1)
            file.write(bytes([byte ^ 4]))


class Subject:
    """A command that faults are injected into, and what may lie under its final name."""

    def __init__(self, lab, name, arguments, final=None, before=None, after=None, stdout=None):
        self.lab = lab
        self.name = name
        self.arguments = [lab.path(a[1:]) if a.startswith("@") else a for a in arguments]
        self.arguments += ["--jobs", "1"]
        self.final = final
        self.source_before = lab.path(before) if before else None
        self.before = state(self.source_before) if before else None
        self.after = state(lab.path(after)) if after else None
        self.stdout = stdout
        self.never_right = name == "verify bad"

    def prepare(self, folder):
        shutil.rmtree(folder, ignore_errors=True)
        os.mkdir(folder)
        if self.source_before:
            target = os.path.join(folder, self.final)
            copy = shutil.copytree if os.path.isdir(self.source_before) else shutil.copy
            copy(self.source_before, target)

    def found(self, folder):
        return state(os.path.join(folder, self.final)) if self.final else None

    def left(self, folder):
        """Names in the folder that have no business there."""
        allowed = {self.final, "report"}
        if self.final and self.final.endswith(".db") and os.path.exists(os.path.join(folder, self.final)):
            # A journal after a kill belongs to its database; one after an error does not stay.
            allowed |= {self.final + "-journal"}
        return sorted(set(os.listdir(folder)) - allowed)


def subjects(lab):
    make = lambda *a, **k: Subject(lab, *a, **k)
    return {subject.name: subject for subject in (
        make("dump folder", ["dump", "@small.db", "a"], final="a", after="folder"),
        make("dump file", ["dump", "@small.db", "a.polydump"], final="a.polydump", after="file.polydump"),
        make("dump text", ["dump", "@small.db", "a", "--text"], final="a", after="text"),
        make("dump pipe", ["dump", "@small.db", "-"], final="out", after="file.polydump", stdout="out"),
        make("dump over folder", ["dump", "@small.db", "a", "--replace"], final="a", before="other",
             after="folder"),
        make("dump over file", ["dump", "@small.db", "a.polydump", "--replace"], final="a.polydump",
             before="other.polydump", after="file.polydump"),
        make("restore", ["restore", "@folder", "new.db"], final="new.db", after="small.db"),
        make("restore file", ["restore", "@file.polydump", "new.db"], final="new.db", after="small.db"),
        make("restore replace", ["restore", "@folder", "new.db", "--into=replace"], final="new.db",
             before="other.db", after="small.db"),
        make("restore append", ["restore", "@folder", "new.db", "--into=append"], final="new.db",
             before="appended.db", after="appended_to.db"),
        make("verify", ["verify", "@folder"]),
        make("verify file", ["verify", "@file.polydump"]),
        make("verify bad", ["verify", "@bad"]),
    )}


# ---- One injection and its verdict

class Row:
    """Figures of one family."""

    def __init__(self, family, subject, points):
        self.family = family
        self.subject = subject
        self.points = points
        self.injected = self.detected = self.unaffected = 0
        self.silent = self.accepted = self.crashed = self.left = self.stuck = self.unspoken = 0
        self.notes = []

    def bad(self):
        return self.silent + self.accepted + self.crashed + self.left + self.stuck + self.unspoken


def read_report(folder):
    try:
        with open(os.path.join(folder, "report")) as file:
            return file.read().split("\n")
    except OSError:
        return []


def hit_of(report):
    return next((line[4:] for line in report if line.startswith("hit ")), None)


def is_one_line(text):
    return re.fullmatch(r"polydump: [^\n]+\n", text) is not None


def accepted_leftovers(subject, folder):
    """What is left after a kill must be refused as an archive, unless it is whole."""
    accepted = []
    names = subject.left(folder) + ([subject.final] if subject.stdout else [])
    for name in names:
        path = os.path.join(folder, name)
        if ".db" in name or not os.path.exists(path) or state(path) in (subject.after, subject.before):
            continue
        for command in (["info", path], ["verify", path], ["restore", path, "refused.db"]):
            if subject.lab.run(command, folder)[0] == 0:
                accepted.append("%s accepted %s" % (command[0], name))
        if os.path.exists(os.path.join(folder, "refused.db")):
            accepted.append("restore of %s made a database" % name)
            os.unlink(os.path.join(folder, "refused.db"))
    return accepted


def recovers(subject, folder):
    """The same command once more, without a fault; but not where it was done and cannot be repeated."""
    done = subject.final and not subject.stdout and subject.found(folder) == subject.after
    if done and not {"--replace", "--into=replace"} & set(subject.arguments):
        return not subject.left(folder) or "left behind: %s" % subject.left(folder)
    code, text = subject.lab.run(subject.arguments, folder, stdout=subject.stdout)
    if subject.never_right:
        return code == 1 or "exit status %d" % code
    if code != 0:
        return "the next run failed: " + text.strip()
    if subject.final and subject.found(folder) != subject.after:
        return "the next run was not right"
    return not subject.left(folder) or "the next run left %s" % subject.left(folder)


def judge_kill(subject, folder, row, label):
    found = subject.found(folder)
    if not subject.stdout and found not in (subject.before, subject.after):
        row.silent += 1
        row.notes.append("%s: neither the state before nor the one after" % label)
        return
    accepted = accepted_leftovers(subject, folder)
    if accepted:
        row.accepted += 1
        row.notes.append("%s: %s" % (label, "; ".join(accepted)))
        return
    again = recovers(subject, folder)
    if again is not True:
        row.stuck += 1
        row.notes.append("%s: %s" % (label, again))
        return
    row.detected += 1


def judge_end(subject, folder, row, label, code, text, may_die_of=()):
    """After an error, a signal or a shortage: 0 and right, or not 0 and as before."""
    if code < 0 and -code not in may_die_of:
        row.crashed += 1
        row.notes.append("%s: %s" % (label, text.strip() if code == -1000 else "died of signal %d" % -code))
        return
    found = subject.found(folder)
    if code == 0:
        if subject.never_right or (subject.final and found != subject.after) or subject.left(folder):
            row.silent += 1
            row.notes.append("%s: exit status 0, but it is not right; left: %s" % (label, subject.left(folder)))
        else:
            row.unaffected += 1
        return
    if subject.stdout:
        accepted = accepted_leftovers(subject, folder)
        if accepted:
            row.accepted += 1
            row.notes.append("%s: %s" % (label, "; ".join(accepted)))
            return
    elif found not in (subject.before, subject.after):
        row.silent += 1
        row.notes.append("%s: exit status %d, and what was there has changed" % (label, code))
        return
    if subject.left(folder):
        row.left += 1
        row.notes.append("%s: exit status %d, left %s" % (label, code, subject.left(folder)))
    elif code > 0 and not is_one_line(text):
        row.unspoken += 1
        row.notes.append("%s: exit status %d and this: %r" % (label, code, text[:300]))
    else:
        row.detected += 1


def strided(points, most):
    """All points, or about `most` of them: the first, the last 20, and even strides between."""
    if not most or points <= most:
        return list(range(1, points + 1))
    stride = points / (most - 25)
    chosen = set(range(1, 6)) | set(range(points - 19, points + 1))
    chosen |= {int(i * stride) + 1 for i in range(most - 25) if int(i * stride) < points}
    return sorted(chosen)


class Driver:
    def __init__(self, lab, long):
        self.lab = lab
        self.long = long
        self.subjects = subjects(lab)
        self.rows = []
        for name, text in lab.broken.items():
            del self.subjects[name]
            row = Row("none", name, 1)
            row.injected = row.stuck = 1
            row.notes.append("fails without any fault: " + text)
            self.add(row)
        self.workers = max(2, min(os.cpu_count() or 2, 8))

    def preload(self, tool, variables, folder):
        extra = {"LD_PRELOAD": os.path.join(self.lab.tools, tool + ".so")}
        report = "FAULT_REPORT" if tool == "failcall" else "FAIL_REPORT"
        extra[report] = os.path.join(folder, "report")
        extra.update({key: str(value) for key, value in variables.items()})
        return extra

    def count(self, subject, tool, variables):
        folder = self.lab.path("count")
        subject.prepare(folder)
        self.lab.run(subject.arguments, folder, self.preload(tool, variables, folder),
                     stdout=subject.stdout)
        for line in read_report(folder):
            if line.startswith("calls "):
                return int(line[6:])
        sys.exit("driver: nothing was counted in '%s'" % subject.name)

    def sweep(self, family, name, tool, variables, key, judge, most, repeat=1):
        """Inject at each point of a command. judge(subject, folder, row, label, code, text, report)."""
        subject = self.subjects.get(name)
        if not subject:
            return
        points = self.count(subject, tool, {k: v for k, v in variables.items() if k.endswith("CALLS")})
        # Threads make the number of calls vary a little; what is not reached is not counted.
        chosen = strided(points + (3 if points else 0), 0 if self.long else most)
        row = Row(family, name, points)

        def inject(point):
            folder = os.path.join(self.lab.folder, "at-%s-%d" % (abs(hash((family, name))), point))
            subject.prepare(folder)
            extra = self.preload(tool, dict(variables, **{key: point}), folder)
            code, text = self.lab.run(subject.arguments, folder, extra, stdout=subject.stdout)
            report = read_report(folder)
            part = Row(family, name, points)
            if hit_of(report):
                part.injected = 1
                judge(subject, folder, part, "%s, '%s', point %d (%s)" % (family, name, point, hit_of(report)),
                      code, text, report)
            shutil.rmtree(folder, ignore_errors=True)
            return part

        with concurrent.futures.ThreadPoolExecutor(self.workers) as pool:
            for part in pool.map(inject, chosen):
                for figure in ("injected", "detected", "unaffected", "silent", "accepted", "crashed",
                               "left", "stuck", "unspoken"):
                    setattr(row, figure, getattr(row, figure) + getattr(part, figure))
                row.notes += part.notes
        self.add(row)

    def add(self, row):
        self.rows.append(row)
        print("%-24s %-17s %6d %8d %8d %10d %6d %8d %7d %6d" % (
            row.family, row.subject, row.points, row.injected, row.detected, row.unaffected, row.silent,
            row.accepted, row.crashed, row.left + row.stuck + row.unspoken), flush=True)
        for note in row.notes[:8]:
            print("  ! " + note, flush=True)
        if len(row.notes) > 8:
            print("  ! ... and %d more" % (len(row.notes) - 8), flush=True)

    # ---- Families

    def kills(self):
        """A1, A2, A4, A11: kill at every file system call that changes something."""
        def judge(subject, folder, row, label, code, text, report):
            if code != -signal.SIGKILL:
                row.crashed += 1
                row.notes.append("%s: not killed, %d" % (label, code))
            else:
                judge_kill(subject, folder, row, label)
        for name in self.subjects:
            if name != "verify bad":
                self.sweep("kill", name, "failcall", {"FAULT_CALLS": CHANGES, "FAULT_DO": "KILL"},
                           "FAULT_AT", judge, 70)

    def signals(self):
        """A8: SIGINT, SIGTERM, SIGHUP at every file system call."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            def judge(subject, folder, row, label, code, text, report, number=number):
                judge_end(subject, folder, row, label, code, text, may_die_of=(number,))
            for name in ("dump folder", "dump over folder", "dump file", "restore", "restore replace",
                         "restore append"):
                self.sweep(number.name, name, "failcall",
                           {"FAULT_CALLS": CHANGES + ",read,pread", "FAULT_DO": "SIG:%d" % number},
                           "FAULT_AT", judge, 30)

    def disk(self):
        """B1, B2, B3, B10: errors of the disk, once and from a point on."""
        def judge(subject, folder, row, label, code, text, report):
            if any(line.startswith("again ") for line in report) and subject.name.startswith("dump"):
                row.silent += 1
                row.notes.append("%s: fsync() was tried again after it had failed" % label)
                return
            judge_end(subject, folder, row, label, code, text)
        writers = ("dump folder", "dump file", "dump text", "dump pipe", "dump over folder", "restore",
                   "restore replace", "restore append")
        readers = ("dump folder", "restore", "restore file", "verify", "verify file", "verify bad")
        writes = "write,pwrite,writev,ftruncate,fallocate"
        once, on = ("FAULT_AT", "once"), ("FAULT_FROM", "on")
        for error, calls, names, most, kinds in (
                ("ENOSPC", writes, writers, 40, (once, on)),
                ("EDQUOT", writes, ("dump folder", "restore"), 30, (once, on)),
                ("EIO", writes, writers, 30, (once, on)),
                ("EIO", "fsync,fdatasync", writers, 40, (once, on)),
                ("EIO", "rename,mkdir,link,close", writers, 40, (once, on)),
                ("ENOSPC", "create,mkdir,rename,link", writers, 40, (once, on)),
                # Who can open nothing any more cannot clean up either.
                ("EIO", "open", readers, 40, (once,)),
                ("EIO", "read,pread", readers, 40, (once, on))):
            for key, kind in kinds:
                for name in names:
                    family = "%s %s %s" % (error, calls.split(",")[0], kind)
                    self.sweep(family, name, "failcall",
                               {"FAULT_CALLS": calls, "FAULT_DO": ERRNO[error]}, key, judge, most)

    def interruptions(self):
        """B2, B8: EINTR and short reads and writes change nothing."""
        def judge(subject, folder, row, label, code, text, report):
            if code == 0 and (not subject.final or subject.found(folder) == subject.after):
                row.unaffected += 1
            else:
                row.silent += 1
                row.notes.append("%s: exit status %d: %s" % (label, code, text.strip()))
        for name in ("dump folder", "dump pipe", "restore", "restore file", "verify"):
            self.sweep("EINTR", name, "failcall",
                       {"FAULT_CALLS": "write,pwrite,read,pread", "FAULT_DO": ERRNO["EINTR"]},
                       "FAULT_AT", judge, 40)
        for name in ("dump folder", "dump file", "dump text", "dump pipe", "restore", "restore file", "verify"):
            subject = self.subjects[name]
            folder = self.lab.path("short")
            subject.prepare(folder)
            code, text = self.lab.run(subject.arguments, folder,
                                      self.preload("failcall", {"FAULT_DO": "SHORT"}, folder),
                                      stdout=subject.stdout)
            row = Row("7 bytes a call", name, 1)
            row.injected = 1
            judge(subject, folder, row, row.family + ", " + name, code, text, [])
            self.add(row)

    def memory(self):
        """C1, C2: each allocation fails, once and from a point on."""
        def judge(subject, folder, row, label, code, text, report):
            judge_end(subject, folder, row, label, code, text)
        for key, kind in (("FAIL_AT", "once"), ("FAIL_FROM", "on")):
            for name in ("dump folder", "dump file", "dump text", "restore", "restore append", "verify",
                         "verify bad"):
                self.sweep("no memory " + kind, name, "failmalloc", {}, key, judge, 110)

    def damages(self):
        """E1 to E5: bits, lengths, runs and files of an archive, by flip; and some by the program."""
        stride = 1 if self.long else 23
        for shape in ("folder", "file.polydump", "text"):
            self.flip(shape, stride)
        self.flip_by_program()

    def flip(self, shape, stride):
        row = Row("bits and lengths", shape, 0)
        size = sum(os.path.getsize(os.path.join(at, name)) for at, _, names in os.walk(self.lab.path(shape))
                   for name in names) or os.path.getsize(self.lab.path(shape))
        row.points = size * 9

        def part(share):
            copy = self.lab.path("flip-%s-%d" % (shape, share))
            if os.path.isdir(self.lab.path(shape)):
                shutil.copytree(self.lab.path(shape), copy)
            else:
                shutil.copy(self.lab.path(shape), copy)
            return subprocess.run([os.path.join(self.lab.tools, "flip"), self.lab.path(shape), copy,
                                   str(stride), str(share), str(self.workers)],
                                  env=self.lab.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)

        with concurrent.futures.ThreadPoolExecutor(self.workers) as pool:
            for done in pool.map(part, range(self.workers)):
                text = done.stdout.decode("utf-8", "replace")
                figures = re.search(r"tried (\d+) detected (\d+) silent (\d+)", text)
                if figures:
                    row.injected += int(figures.group(1))
                    row.detected += int(figures.group(2))
                    row.silent += int(figures.group(3))
                else:
                    row.crashed += 1
                    row.notes.append("flip ended with %d: %s" % (
                        done.returncode, (text + done.stderr.decode("utf-8", "replace"))[-400:].strip()))
                row.notes += [line for line in text.split("\n") if line.startswith("silent:")]
        self.add(row)

    def flip_by_program(self):
        """A sample of the same through verify, restore and info, and by whole archives (E3, E6)."""
        lottery = random.Random(20261122)
        row = Row("by the program", "all shapes", 0)
        for shape in ("folder", "file.polydump", "text"):
            original = self.lab.path(shape)
            files = [original] if os.path.isfile(original) else sorted(
                os.path.join(at, name) for at, _, names in os.walk(original) for name in names)
            for _ in range(200 if self.long else 20):
                path = lottery.choice(files)
                place = lottery.randrange(os.path.getsize(path))
                bit = lottery.randrange(8)
                self.try_damage(row, shape, "%s byte %d bit %d" % (os.path.relpath(path, self.lab.folder), place, bit),
                                os.path.relpath(path, original), lambda data: data[:place]
                                + bytes([data[place] ^ (1 << bit)]) + data[place + 1:])
        stream = open(self.lab.path("file.polydump"), "rb").read()
        other = open(self.lab.path("other.polydump"), "rb").read()
        for label, data in (("twice", stream + stream), ("with another behind", stream + other),
                            ("a zero more", stream + b"\0"), ("its first half and another's end",
                                                              stream[:len(stream) // 2] + other[len(other) // 2:])):
            self.try_damage(row, "file.polydump", label, ".", lambda _, data=data: data)
        # The manifest of another run.
        with open(os.path.join(self.lab.path("other"), "manifest.json"), "rb") as file:
            manifest = file.read()
        self.try_damage(row, "folder", "the manifest of another archive", "manifest.json", lambda _: manifest)
        row.points = row.injected
        self.add(row)

    def try_damage(self, row, shape, label, below, change):
        folder = self.lab.path("damage")
        shutil.rmtree(folder, ignore_errors=True)
        os.mkdir(folder)
        copy = os.path.join(folder, shape)
        if os.path.isdir(self.lab.path(shape)):
            shutil.copytree(self.lab.path(shape), copy)
        else:
            shutil.copy(self.lab.path(shape), copy)
        path = copy if below == "." else os.path.join(copy, below)
        with open(path, "rb") as file:
            data = change(file.read())
        with open(path, "wb") as file:
            file.write(data)
        row.injected += 1
        for command in (["verify", copy], ["restore", copy, "new.db"]):
            code, text = self.lab.run(command, folder)
            if code < 0:
                row.crashed += 1
                row.notes.append("%s: %s died of %d" % (label, command[0], -code))
                return
            if code == 0 or os.path.exists(os.path.join(folder, "new.db")):
                row.silent += 1
                row.notes.append("%s: %s said %d" % (label, command[0], code))
                return
            if not is_one_line(text):
                row.unspoken += 1
                row.notes.append("%s: %s said this: %r" % (label, command[0], text[:300]))
                return
        row.detected += 1

    def full_disk(self):
        """B4: a disk that is really full; needs the right to mount."""
        disk = self.lab.path("disk")
        os.makedirs(disk, exist_ok=True)
        row = Row("full disk", "tmpfs", 0)
        need = sum(os.path.getsize(os.path.join(at, name)) for at, _, names in os.walk(self.lab.path("folder"))
                   for name in names)
        for size in (4096, 8192, 16384, need // 2 // 4096 * 4096 + 4096):
            for name in ("dump folder", "dump file", "restore"):
                subject = self.subjects[name]
                if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=%d" % size, "tmpfs", disk],
                                  stderr=subprocess.DEVNULL).returncode != 0:
                    print("full disk: nothing can be mounted here", flush=True)
                    return
                try:
                    folder = os.path.join(disk, "w")
                    os.mkdir(folder)
                    code, text = self.lab.run(subject.arguments, folder)
                    row.injected += 1
                    judge_end(subject, folder, row, "%s on %d bytes" % (name, size), code, text)
                finally:
                    subprocess.run(["umount", disk], check=True)
        row.points = row.injected
        self.add(row)

    def blindness(self):
        """Does failcall see the calls that strace sees?"""
        if not shutil.which("strace"):
            return
        row = Row("strace agrees", "dump, restore", 0)
        for name in ("dump folder", "restore"):
            subject = self.subjects[name]
            folder = self.lab.path("trace")
            subject.prepare(folder)
            log = self.lab.path("strace.txt")
            calls = "fsync,fdatasync,rename,renameat,renameat2,mkdir,mkdirat,ftruncate,pwrite64"
            done = subprocess.run(["strace", "-f", "-qq", "-o", log, "-e", "trace=" + calls, self.lab.program]
                                  + subject.arguments, cwd=folder, env=self.lab.environment(),
                                  stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            if done.returncode != 0 or subject.found(folder) != subject.after:
                print("strace: nothing can be traced here", flush=True)
                return
            with open(log) as file:
                traced = sum(1 for line in file if re.search(r"\) += ", line) or "resumed" in line)
            seen = self.count(subject, "failcall",
                              {"FAULT_CALLS": "fsync,fdatasync,rename,mkdir,ftruncate,pwrite"})
            row.points += traced
            row.injected += 1
            if seen == traced:
                row.detected += 1
            else:
                row.silent += 1
                row.notes.append("%s: strace saw %d calls, failcall %d" % (name, traced, seen))
        self.add(row)


FAMILIES = ("blindness", "kills", "signals", "disk", "interruptions", "memory", "damages", "full_disk")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", required=True)
    kind = parser.add_mutually_exclusive_group(required=True)
    kind.add_argument("--short", action="store_true")
    kind.add_argument("--long", action="store_true")
    parser.add_argument("family", nargs="*", choices=[[], *FAMILIES], default=[])
    arguments = parser.parse_args()

    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="polydump-fault-", dir=memory) as folder:
        print("%-24s %-17s %6s %8s %8s %10s %6s %8s %7s %6s" % (
            "fault", "in", "points", "injected", "detected", "unaffected", "silent", "accepted", "crashed", "other"))
        driver = Driver(Lab(os.path.abspath(arguments.build), folder), arguments.long)
        for family in arguments.family or FAMILIES:
            getattr(driver, family)()

    total = lambda figure: sum(getattr(row, figure) for row in driver.rows)
    failed = sum(row.bad() for row in driver.rows)
    print("injected %d: detected %d, unaffected %d, silent %d, accepted partials %d, crashed %d, "
          "temporary files left %d, next run failed %d, without its line %d; %.0f s" % (
              total("injected"), total("detected"), total("unaffected"), total("silent"), total("accepted"),
              total("crashed"), total("left"), total("stuck"), total("unspoken"), time.monotonic() - began))
    empty = [row for row in driver.rows if row.injected == 0]
    for row in empty:
        print("nothing was injected: %s, %s" % (row.family, row.subject))
    print("%d passed, %d failed" % (total("injected") - failed, failed))
    return 1 if failed or not driver.rows else 0


sys.exit(main())
