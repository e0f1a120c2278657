# SPDX-License-Identifier: Apache-2.0
"""network.py --build FOLDER (--short | --long) [--engine ENGINE] [--bytes RANGE] [FAMILY...] - faults between polydump
and a server: connections that are cut or fall silent after N bytes, sessions that are terminated, a
server that is killed, servers that lie about what they are. The servers are those that
tests/servers.sh started; the one that is killed is another, started here. What an engine has of its
own is in network_ENGINE.py.

RANGE (FROM-TO or FROM-TO:STEP) is which bytes of the server's the families spoil and spoil-restore
begin at, to look closer at a few.

A run that ends with 0 must have done all of it, right; a dump that fails must leave nothing; a
restore that fails must leave the target as it was, or marked so that nothing takes it for complete
and the next restore does it all. Prints a line a family and "N passed, N failed". When a family cannot
go on, it says how the server is, or ended."""

import argparse
import concurrent.futures
import itertools
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback

import network_mariadb
import network_postgresql
from network_lab import SILENCE, Lab, Proxy, Tally

HERE = os.path.dirname(os.path.abspath(__file__))
SERVERS = os.path.join(HERE, "..", "servers.sh")
ENGINES = {"postgresql": network_postgresql.Engine, "mariadb": network_mariadb.Engine}


def print_servers(engine, place):
    """How a server is or ended, and its last words."""
    subprocess.run(["sh", SERVERS, "report", os.path.dirname(engine.folder_of(place)), engine.name],
                   stderr=subprocess.STDOUT, check=False)


# ---- Connections that fail after so many bytes

def limits(long):
    """Every byte (or every 57th) up to 512, then 1.5 times as many each time."""
    yield from range(0, 514, 1 if long else 57)
    at = 512
    while at < 1 << 26:
        at = at * 3 // 2
        yield at


def sweep(lab, tally, name, long, direction, mode, heals, command):
    """Cut at each limit until a run no longer reaches it."""
    done = threading.Event()

    def one(limit):
        if done.is_set():
            return
        reached, trouble = lab.through(limit, direction, mode, heals, command)
        tally.note(trouble, "%s after %d bytes" % (name, limit))
        if not reached:
            done.set()

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(one, limits(long)))


# ---- The families

def cut_dump(lab, tally, long):
    sweep(lab, tally, "dump cut", long, "s2c", "cut", False, "dump")
    sweep(lab, tally, "dump cut on its way out", long, "c2s", "cut", False, "dump")


def cut_restore(lab, tally, long):
    sweep(lab, tally, "restore cut", long, "s2c", "cut", False, "restore")
    sweep(lab, tally, "restore cut on its way out", long, "c2s", "cut", False, "restore")
    sweep(lab, tally, "restore cut once", long, "c2s", "cut", True, "restore")


def silence(lab, tally, long):
    def one(case):
        limit, command = case
        _, trouble = lab.through(limit, "s2c", "hang", True, command)
        tally.note(trouble, "%s: silence after %d bytes" % (command, limit))

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(one, itertools.product((0, 300, 3000, 9000, 20000) if long else (300, 9000),
                                             ("dump", "restore"))))


def terminate(lab, tally, long):
    """A session is terminated at some moment."""
    def one(number):
        command = ("dump", "restore")[number % 2]
        folder = tempfile.mkdtemp(dir=lab.folder)
        os.mkdir(folder + "/out")
        target = lab.database(lab.engine.SMALL if command == "dump" else None)
        try:
            process = (lab.run(["dump", lab.url(target), folder + "/out/a", "--order=key"], background=True)
                       if command == "dump" else lab.restore(lab.url(target), background=True))
            time.sleep(0.015 * (number // 2))
            lab.engine.terminate(target, number // 2 % 2 == 1, 1 + number // 4 % 3)
            code, errors = lab.ended(process)
            trouble = (lab.judge_dump(code, errors, folder + "/out/a") if command == "dump"
                       else lab.judge_restore(code, errors, target))
            tally.note(trouble, "%s: session terminated (%d)" % (command, number))
        finally:
            lab.drop(target)
            shutil.rmtree(folder)

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(one, range(80 if long else 16)))


def wait_for_handlers(process):
    """Until it has begun, or ended: before that a signal is the system's to deliver."""
    for _ in range(1000):
        try:
            with open("/proc/%d/status" % process.pid, encoding="ascii") as status:
                caught = re.search(r"^SigCgt:\s*([0-9a-f]+)", status.read(), re.M)
        except OSError:
            return
        if not caught or int(caught[1], 16) >> (signal.SIGTERM - 1) & 1:
            return
        time.sleep(0.005)


def interrupt(lab, tally, long):
    """SIGINT, SIGTERM, SIGKILL to polydump: no session stays behind."""
    def one(number):
        sent = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)[number % 3]
        target = lab.database()
        try:
            process = lab.restore(lab.url(target), background=True)
            wait_for_handlers(process)
            time.sleep(0.012 * (number // 3))
            process.send_signal(sent)
            code, errors = lab.ended(process)
            trouble = None
            if sent == signal.SIGKILL:
                code, errors = (0, "") if code == 0 else (1, "killed")
            if not lab.wait_for_end(target):
                trouble = "a session stays behind for 5 s"
            if sent == signal.SIGKILL and lab.holds(target) == "all":
                code = 0
            tally.note(trouble or lab.judge_restore(code, errors, target), "restore: %s (%d)" % (sent.name, number))
        finally:
            lab.drop(target)

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(one, range(90 if long else 18)))


def kill_server(lab, tally, long):
    """The whole server goes down without a word, and comes back."""
    engine = lab.engine
    folder = tempfile.mkdtemp()
    os.chmod(folder, 0o755)
    programs = os.environ["POLYDUMP_TEST_%s_BIN" % engine.name.upper()]  # of the same version
    shell = subprocess.run(["sh", SERVERS, "start", folder, "%s=%s" % (engine.name, programs)],
                           stdout=subprocess.PIPE, check=True).stdout.decode()
    place = subprocess.run(["sh", "-c", '%s\nprintf %%s "$%s"' % (shell, engine.place_variable)],
                           stdout=subprocess.PIPE, check=True).stdout.decode()
    try:
        for number in range(12 if long else 3):
            target = "killed_%d" % number
            engine.create(target, place)
            process = lab.restore(lab.url(target, place), background=True)
            time.sleep(0.03 + 0.03 * number)
            subprocess.run(["sh", SERVERS, "crash", folder, engine.name], check=True, stdout=subprocess.DEVNULL)
            code, errors = lab.ended(process)
            subprocess.run(["sh", SERVERS, "again", folder, engine.name], check=True, stdout=subprocess.DEVNULL)
            tally.note(lab.judge_restore(code, errors, target, place), "restore: server killed (%d)" % number)
    except (RuntimeError, subprocess.CalledProcessError):
        print_servers(engine, place)
        raise
    finally:
        # It keeps the log of one that ended by itself.
        subprocess.run(["sh", SERVERS, "stop", folder], check=False, stdout=subprocess.DEVNULL,
                       env=dict(os.environ, SERVER_LOGS=os.environ.get("SERVER_LOGS") or tempfile.gettempdir()))
        shutil.rmtree(folder, ignore_errors=True)


def spoiling(lab, tally, name, chosen, start):
    """What a server says is wrong somewhere: that is found, or is in a value; it is never the end of
    polydump. start(lab, folder, place, limit) runs it."""
    def one(limit):
        folder = tempfile.mkdtemp(dir=lab.folder)
        place, path = lab.engine.proxy_place(folder)
        proxy = Proxy(path, lab.engine.socket_of(lab.engine.place), limit, "s2c", "spoil", True)
        try:
            code, errors = start(lab, folder, place, limit)
            trouble = lab.one_line(code, errors) if code not in (0, 3) else lab.sanitizer(errors)
            if lab.is_library_greedy(errors):
                trouble = None
            tally.note(trouble, "%s that is spoilt after %d bytes" % (name, limit))
        finally:
            proxy.close()
            shutil.rmtree(folder)

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(one, lab.bytes or chosen))


def spoil(lab, tally, long):
    def start(lab, folder, place, limit):
        return lab.run(["dump", lab.url(lab.source, place), folder + "/a", "--order=key", "--timeout=%d" % SILENCE])

    spoiling(lab, tally, "dump", range(0, 24000, 7) if long else range(3, 12000, 601), start)


def spoil_restore(lab, tally, long):
    """Into a database that is empty, or has the tables."""
    def start(lab, folder, place, limit):
        into = ("empty", "replace", "truncate")[limit // 16 % 3]
        target = lab.database(lab.engine.SMALL if into != "empty" else None)
        try:
            return lab.restore(lab.url(target, place), ["--into=" + into, "--timeout=%d" % SILENCE])
        finally:
            lab.drop(target)

    spoiling(lab, tally, "restore", range(0, 24000, 7) if long else range(3, 12000, 601), start)


FAMILIES = {"cut-restore": cut_restore, "cut-dump": cut_dump, "silence": silence, "terminate": terminate,
            "interrupt": interrupt, "spoil": spoil, "spoil-restore": spoil_restore, "kill-server": kill_server}
LONGEST = ("cut-restore", "statements", "terminate", "kill-server", "interrupt")  # which begin first


def run_family(lab, name, family, long):
    tally, began = Tally(), time.monotonic()
    try:
        family(lab, tally, long)
    except Exception:  # pylint: disable=broad-except
        tally.note(traceback.format_exc(limit=-4).strip().replace("\n", " | "), "%s %s broke off" % (lab.engine.name, name))
        print_servers(lab.engine, lab.engine.place)
    print("%-11s %-17s %5d injected, %d wrong, %.0f s" % (
        lab.engine.name, name, tally.passed + tally.failed, tally.failed, time.monotonic() - began), flush=True)
    return tally


def run_all(labs, wanted, long, total):
    """Three families at a time: many of them wait."""
    families = [(lab, name, family) for lab in labs for name, family in {**FAMILIES, **lab.engine.families()}.items()
                if not wanted or name in wanted]
    families.sort(key=lambda one: LONGEST.index(one[1]) if one[1] in LONGEST else len(LONGEST))
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        for tally in pool.map(lambda one: run_family(*one, long), families):
            total.passed += tally.passed
            total.failed += tally.failed


def byte_range(text):
    ends, _, step = text.partition(":")
    first, _, last = ends.partition("-")
    return range(int(first), int(last or first) + 1, int(step or 1))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--engine", action="append", choices=ENGINES)
    parser.add_argument("--bytes", type=byte_range)
    parser.add_argument("family", nargs="*")
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="pd-net-")
    total, labs = Tally(), []
    try:
        for name in options.engine or ENGINES:
            labs.append(Lab(os.path.abspath(options.build), folder, ENGINES[name](), options.bytes))
        run_all(labs, options.family, options.long, total)
    finally:
        for lab in labs:
            try:
                for database in list(lab.made):
                    lab.drop(database)
            except RuntimeError as error:
                total.note(str(error), "%s: the databases of the tests stay" % lab.engine.name)
        shutil.rmtree(folder, ignore_errors=True)
    print("%d passed, %d failed" % (total.passed, total.failed))
    return 1 if total.failed or not total.passed else 0


if __name__ == "__main__":
    sys.exit(main())
