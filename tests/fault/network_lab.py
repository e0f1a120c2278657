# SPDX-License-Identifier: Apache-2.0
"""network_lab.py - what the families of network.py work with: a proxy that fails, databases of one
engine, and what must hold of a run."""

import itertools
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

SILENCE = 3  # seconds that --timeout endures here
LATEST = 60  # a run that takes longer hangs
SANITIZERS = ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS")


# ---- A proxy on a Unix socket that fails after so many bytes

class Proxy:
    """Passes on what goes through the socket `path`; after `limit` bytes in one direction, counted
    over all connections, those are cut, fall silent ("hang"), or come wrong once ("spoil"). Later
    connections pass when `heals`."""

    def __init__(self, path, target, limit, direction, mode, heals):
        self.path = path
        self.target, self.limit, self.direction, self.mode, self.heals = target, limit, direction, mode, heals
        self.passed, self.failed = 0, False
        self.lock = threading.Lock()
        self.pairs = []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(64)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            if self.failed and not self.heals:
                client.close()
                continue
            server = socket.socket(socket.AF_UNIX)
            server.connect(self.target)
            with self.lock:
                pair = (client, server, self.failed)
                self.pairs.append(pair)
            threading.Thread(target=self.pump, args=(client, server, "c2s", pair), daemon=True).start()
            threading.Thread(target=self.pump, args=(server, client, "s2c", pair), daemon=True).start()

    def pump(self, source, sink, direction, pair):
        try:
            while True:
                data = source.recv(65536)
                if not data:
                    break
                with self.lock:
                    keep, stop = self.share(data, direction, pair)
                if keep:
                    sink.sendall(keep)
                if stop:
                    break
        except OSError:
            pass
        if not (self.failed and self.mode == "hang"):
            self.cut((source, sink))

    def share(self, data, direction, pair):
        """What of the data goes on, and whether this ends the connections."""
        if pair[2]:
            return data, False
        if self.failed:
            return (data, False) if self.mode == "spoil" else (b"", self.mode != "hang")
        if direction != self.direction:
            return data, False
        room = self.limit - self.passed
        if len(data) < room or (len(data) == room and self.limit != 0):
            self.passed += len(data)
            return data, False
        self.failed = True
        self.passed = self.limit
        if self.mode == "spoil":
            return data[:room] + self.spoilt(data[room:]), False
        if self.mode == "cut":
            for client, server, after in self.pairs:
                if not after:
                    threading.Timer(0.02, self.cut, [(client, server)]).start()
        return data[:room], False

    def spoilt(self, data):
        """A bit or byte is another, some are missing, or come twice."""
        which = self.limit % 16
        if which < 8:
            return bytes([data[0] ^ (1 << which)]) + data[1:]
        if which < 14:
            return bytes([(0x00, 0xfb, 0xfc, 0xfd, 0xfe, 0xff)[which - 8]]) + data[1:]
        return data[5:] if which == 14 else data[:64] + data

    @staticmethod
    def cut(sockets):
        for one in sockets:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.listener.close()
        for client, server, _ in self.pairs:
            self.cut((client, server))
            client.close()
            server.close()
        os.unlink(self.path)


# ---- The lab

class Lab:
    """Databases of one engine, and runs."""

    numbers = itertools.count()

    def __init__(self, build, folder, engine, chosen=None):
        self.folder = folder
        self.bytes = chosen  # at which the family spoil begins; None: as it likes
        self.engine = engine
        self.program = os.path.join(build, "core", "cli", "polydump")
        self.plugins = os.path.join(build, "plugins")
        self.made = []
        self.source = self.database(engine.SMALL)
        self.reference = self.archive_of(self.source, engine.name)

    def archive_of(self, database, name):
        """What runs are compared with."""
        archive = os.path.join(self.folder, name)
        code, errors = self.run(["dump", self.url(database), archive, "--order=key"])
        if code != 0:
            sys.exit("network: the reference dump failed: " + errors)
        return archive

    def database(self, sql=None):
        name = "network_%d_%d" % (os.getpid(), next(self.numbers))
        self.engine.create(name)
        self.made.append(name)
        if sql:
            self.engine.sql(sql, name)
        return name

    def drop(self, name):
        self.engine.drop(name)
        if name in self.made:
            self.made.remove(name)

    def url(self, database, place=None):
        return self.engine.url(database, place)

    def run(self, arguments, extra=None, background=False):
        variables = {"PATH": os.environ["PATH"], "HOME": self.folder, "TMPDIR": self.folder,
                     "POLYDUMP_PLUGIN_PATH": self.plugins}
        variables.update({name: os.environ[name] for name in SANITIZERS if name in os.environ})
        variables.update(extra or {})
        command = [self.program, arguments[0], "--quiet"] + arguments[1:]
        process = subprocess.Popen(command, cwd=self.folder, env=variables, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        return process if background else self.ended(process)

    def restore(self, url, options=(), background=False):
        """Of the reference, with what the engine wants."""
        return self.run(["restore", self.reference, url, *self.engine.options, *options], background=background)

    @staticmethod
    def ended(process):
        try:
            errors = process.communicate(timeout=LATEST)[1]
            return process.returncode, errors.decode("utf-8", "replace")
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            return -1000, "hung for %d s" % LATEST

    def wait_for_end(self, database):
        """Of its sessions, which do to its end what they are about when their client goes. False: one
        stays for 5 s."""
        for _ in range(100):
            if self.engine.sessions(database) == 0:
                return True
            time.sleep(0.05)
        return False

    # ---- What must hold

    @staticmethod
    def difference(reference, archive):
        done = subprocess.run(["diff", "-r", reference, archive], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        if done.returncode == 0:
            return None
        return "exit 0 but the archive is another: " + done.stdout.decode("utf-8", "replace")[:4000]

    def holds(self, database, place=None, before=None):
        """What a target holds: "empty", "all", "marked", "before" (what the archive of that name has) or
        "other"."""
        names = self.engine.names(database, place)
        if not names:
            return "empty"
        if self.engine.is_marked(names):
            return "marked"
        folder = tempfile.mkdtemp(dir=self.folder)
        code, _ = self.run(["dump", self.url(database, place), folder + "/b", "--order=key"])
        found = "other"
        if code == 0 and not self.difference(self.reference, folder + "/b"):
            found = "all"
        elif code == 0 and before and not self.difference(before, folder + "/b"):
            found = "before"
        shutil.rmtree(folder)
        return found

    @staticmethod
    def one_line(code, errors):
        """What is wrong with the way a run failed."""
        if code < 0:
            return "ended by signal or hung: %d %s" % (code, shown(errors))
        lines = [line for line in errors.strip().split("\n") if "INCOMPLETE until" not in line]
        if len(lines) != 1 or not lines[0]:
            return "not one line: " + shown(errors)
        return None

    @staticmethod
    def sanitizer(errors):
        """What a sanitizer said of a run that ended well otherwise."""
        return shown(errors) if "runtime error:" in errors or "Sanitizer" in errors else None

    def is_library_greedy(self, errors):
        """Did AddressSanitizer end it because the client library alone asked for too much memory? It
        would have been told that there is none."""
        library = getattr(self.engine, "library", None)
        return library and re.search(
            r"AddressSanitizer: (requested allocation size|allocator is out of memory).*\n"
            r" *#0 .* in (__interceptor_)?malloc .*\n *#1 [^\n]*/" + re.escape(library), errors) is not None

    def judge_dump(self, code, errors, archive):
        if code == 0:
            return self.difference(self.reference, archive)
        if os.path.exists(archive):
            return "failed, but left an archive"
        left = os.listdir(os.path.dirname(archive))
        return self.one_line(code, errors) or ("left %s" % left if left else None)

    def judge_restore(self, code, errors, database, place=None, before=None):
        found = self.holds(database, place, before)
        if code == 0:
            return None if found == "all" else "exit 0 but the target is: " + found
        trouble = self.one_line(code, errors)
        if trouble or found == ("before" if before else "empty"):
            return trouble
        if found == "all":
            return None if "unknown" in errors else "failed, but all is there: " + shown(errors)
        if found != "marked":
            return "failed, and the target is: %s: %s" % (found, shown(errors))
        return self.judge_marked(database, place, before)

    def judge_marked(self, database, place, before):
        """Nobody takes it for whole, and the next restore cleans up and does it all."""
        url = self.url(database, place)
        code, errors = self.run(["dump", url, os.path.join(self.folder, "never")])
        if code == 0 or "INCOMPLETE" not in errors:
            return "an unfinished target was taken for a whole one: " + shown(errors)
        code, errors = self.restore(url, ["--into=replace"] if before else [])
        if code != 0 or self.holds(database, place) != "all":
            return "the next restore does not help: " + shown(errors)
        return None

    # ---- Through a proxy

    def through(self, limit, direction, mode, heals, command):
        """Run a dump or a restore through a proxy that fails. Did it, and what is wrong with the result?"""
        folder = tempfile.mkdtemp(dir=self.folder)
        place, path = self.engine.proxy_place(folder)
        proxy = Proxy(path, self.engine.socket_of(self.engine.place), limit, direction, mode, heals)
        try:
            if command == "dump":
                out = os.path.join(folder, "out")
                os.mkdir(out)
                code, errors = self.run(["dump", self.url(self.source, place), out + "/a", "--order=key",
                                         "--timeout=%d" % SILENCE])
                return proxy.failed, self.judge_dump(code, errors, out + "/a")
            target = self.database()
            try:
                code, errors = self.restore(self.url(target, place), ["--timeout=%d" % SILENCE])
                # One that the proxy holds on to does not end before it.
                if mode != "hang" and not self.wait_for_end(target):
                    return proxy.failed, "a session stays behind for 5 s"
                return proxy.failed, self.judge_restore(code, errors, target)
            finally:
                self.drop(target)
        finally:
            proxy.close()
            shutil.rmtree(folder)


class Tally:
    def __init__(self):
        self.passed, self.failed, self.lock = 0, 0, threading.Lock()

    def note(self, trouble, case):
        with self.lock:
            if trouble:
                self.failed += 1
                if self.failed <= 40:
                    print("  ! %s: %s" % (case, trouble), flush=True)
            else:
                self.passed += 1


def shown(errors):
    return errors.strip().replace("\n", " | ")[:200]
