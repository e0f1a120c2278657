# SPDX-License-Identifier: Apache-2.0
"""network_mariadb.py - what network.py has to know of MariaDB. A place is a socket."""

import concurrent.futures
import itertools
import os
import re
import shutil
import subprocess
import tempfile
import threading

import network_lab


class Engine:
    name = "mariadb"
    options = ["--native"]  # of every restore
    # It takes memory for as many columns as a server says, and uses it for those that come.
    library = "libmariadb.so"
    SMALL = """
CREATE SEQUENCE number START WITH 7;
CREATE TABLE author (id int AUTO_INCREMENT PRIMARY KEY, name varchar(50) NOT NULL, now enum('sad', 'ok', 'happy'));
CREATE TABLE book (id int PRIMARY KEY DEFAULT nextval(number), author_id int, title varchar(60), price decimal(8,2),
    KEY book_by_title (title), CONSTRAINT book_author FOREIGN KEY (author_id) REFERENCES author (id));
INSERT INTO author (name, now) VALUES ('Ada', 'ok'), ('Émile', NULL), ('Bob', 'sad');
INSERT INTO book (author_id, title, price) SELECT seq % 3 + 1, CONCAT('title ', seq), seq * 1.25 FROM seq_1_to_300;
CREATE TABLE `odd "name` (a longblob, b timestamp(6) NULL, c json, d date);
INSERT INTO `odd "name` VALUES (x'00ff', '2024-02-29 12:00:00', '{"a": 1}', '2024-02-29'), (NULL, NULL, NULL, NULL);
CREATE FUNCTION twice(n int) RETURNS int DETERMINISTIC RETURN n * 2;
CREATE VIEW dear AS SELECT title, twice(price) AS price FROM book WHERE price > 100;
CREATE TRIGGER book_before BEFORE INSERT ON `book` FOR EACH ROW SET NEW.title = COALESCE(NEW.title, 'none');
"""

    # Where the server of tests/servers.sh is, by its shell variables.
    place_variable = "POLYDUMP_TEST_MARIADB_SOCKET"

    def __init__(self):
        self.place = os.environ["POLYDUMP_TEST_MARIADB_SOCKET"]
        self.user = os.environ["POLYDUMP_TEST_MARIADB_USER"]

    @staticmethod
    def socket_of(place):
        return place

    @staticmethod
    def folder_of(place):
        """What tests/servers.sh keeps of the server."""
        return os.path.dirname(place)

    @staticmethod
    def proxy_place(folder):
        """Where a proxy in a folder is found, and its socket."""
        return os.path.join(folder, "s"), os.path.join(folder, "s")

    def sql(self, sql, database="mysql", place=None):
        done = subprocess.run(["mariadb", "--no-defaults", "--default-character-set=utf8mb4", "-BN", "--user=" + self.user,
                               "--socket=" + (place or self.place), database],
                              input=sql.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode != 0:
            raise RuntimeError("mariadb: %s" % done.stderr.decode())
        return done.stdout.decode()

    def create(self, name, place=None):
        self.sql("CREATE DATABASE %s CHARACTER SET utf8mb4" % name, place=place)

    def drop(self, name):
        self.sql("DROP DATABASE IF EXISTS %s" % name)

    def url(self, database, place=None):
        return "mariadb://%s@localhost/%s?socket=%s" % (self.user, database, place or self.place)

    def names(self, database, place=None):
        """Of all that is in it."""
        return self.sql("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = '{0}' UNION ALL "
                        "SELECT ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = '{0}' UNION ALL "
                        "SELECT EVENT_NAME FROM information_schema.EVENTS WHERE EVENT_SCHEMA = '{0}'"
                        .format(database), place=place).split("\n")[:-1]

    @staticmethod
    def is_marked(names):
        return any(re.fullmatch(r"pd\$[0-9a-f]{16}\$run", name) for name in names)

    def sessions(self, database):
        return int(self.sql("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE DB = '%s'" % database))

    def terminate(self, database, is_last, number):
        """The first or last sessions of a database."""
        for thread in self.sql("SELECT ID FROM information_schema.PROCESSLIST WHERE DB = '%s' ORDER BY ID %s LIMIT %d" %
                               (database, "DESC" if is_last else "", number)).split():
            try:
                self.sql("KILL CONNECTION " + thread)
            except RuntimeError:
                pass  # it had ended

    def families(self):
        return {"statements": statements}


# ---- A connection that is lost at one statement

class Statements(network_lab.Proxy):
    """Cuts all connections at the statement of number `limit`, counted from the first one that begins
    with `since`: before it is passed on (mode "before"), or once the server has answered it, which
    nobody hears ("after")."""

    def __init__(self, path, target, since, limit, mode, heals):
        self.since, self.streams, self.counts = since, {}, not since
        self.last = b""
        super().__init__(path, target, limit, "c2s", mode, heals)

    def share(self, data, direction, pair):
        if pair[2]:
            return data, False
        if self.failed:
            return b"", True
        if direction == "s2c":
            if pair[0] is not self.waits_for:
                return data, False
            self.fail()
            return b"", True
        return self.statements(data, pair)

    waits_for = None

    def statements(self, data, pair):
        """Packets begin with three bytes of length and their number, which is 0 for a command."""
        stream = self.streams.get(pair[0], b"") + data
        while len(stream) >= 4 and len(stream) >= 4 + int.from_bytes(stream[:3], "little"):
            size = 4 + int.from_bytes(stream[:3], "little")
            packet, stream = stream[:size], stream[size:]
            if packet[3] != 0 or size == 4:
                continue
            self.counts = self.counts or packet[5:].startswith(self.since)
            if not self.counts:
                continue
            if self.passed == self.limit:
                self.last = packet[4:150]
                if self.mode == "before":
                    self.fail()
                    return b"", True
                self.waits_for = pair[0]
            self.passed += 1
        self.streams[pair[0]] = stream
        return data, False

    def fail(self):
        self.failed = True
        for client, server, after in self.pairs:
            if not after:
                threading.Timer(0.005, self.cut, [(client, server)]).start()


# A renaming writes the names of tables in triggers so.
OLD = """
CREATE TABLE author (id int PRIMARY KEY, was varchar(10)); INSERT INTO author VALUES (1, 'old');
CREATE TABLE book (id int PRIMARY KEY, author_id int, CONSTRAINT book_author FOREIGN KEY (author_id) REFERENCES author (id));
INSERT INTO book VALUES (5, 1), (6, NULL);
CREATE SEQUENCE number START WITH 1000;
CREATE FUNCTION twice(n int) RETURNS int DETERMINISTIC RETURN n + n;
CREATE VIEW dear AS SELECT id, twice(author_id) AS twice FROM book;
CREATE TRIGGER book_after AFTER UPDATE ON `book` FOR EACH ROW SET @old = twice(NEW.id);
CREATE TRIGGER book_before BEFORE INSERT ON `book` FOR EACH ROW SET NEW.id = NEW.id + 1;
CREATE TRIGGER book_later BEFORE INSERT ON `book` FOR EACH ROW SET NEW.id = NEW.id + 2;
CREATE TABLE other (x int); INSERT INTO other VALUES (3);
CREATE VIEW of_other AS SELECT x FROM other;
"""


class Replacing:
    """A restore with --into=replace, cut at one statement after another."""

    def __init__(self, lab):
        self.lab = lab
        lab.archive_of(lab.database(OLD), "before")
        after = lab.database(OLD)
        lab.restore(lab.url(after), ["--into=replace"])
        lab.archive_of(after, "after")
        self.tiny = lab.archive_of(lab.database("CREATE TABLE tiny (x int)"), "tiny")

    def holds(self, database):
        names = self.lab.engine.names(database)
        if self.lab.engine.is_marked(names):
            return "marked"
        folder = tempfile.mkdtemp(dir=self.lab.folder)
        code, errors = self.lab.run(["dump", self.lab.url(database), folder + "/b", "--order=key"] +
                                     (["--exclude=tiny"] if "tiny" in names else []))
        found = [name for name in ("before", "after") if code == 0 and not self.lab.difference(
            os.path.join(self.lab.folder, name), folder + "/b")]
        shutil.rmtree(folder)
        return found[0] if found else "neither, with %s %s" % (names, errors)

    def judge(self, code, errors, database):
        found = self.holds(database)
        # 3: it is finished; a trigger of an old table went with it, and that is told.
        if code in (0, 3):
            return None if found == "after" else "exit %d but the target is: %s" % (code, found)
        trouble = self.lab.one_line(code, errors)
        if trouble or found == "before":
            return trouble
        if found == "after":
            return None if "unknown" in errors else "failed, but all is there: " + errors
        if found != "marked":
            return "failed, and the target is: %s: %s" % (found, errors)
        # Whatever is restored next, it is one or the other again first.
        code, errors = self.lab.run(["restore", self.tiny, self.lab.url(database), "--into=replace"])
        found = self.holds(database)
        if code != 0 or found not in ("before", "after"):
            return "after the next restore, which ended with %d, it is: %s: %s" % (code, found, errors)
        return None

    def one(self, since, limit, mode, heals):
        lab, folder = self.lab, tempfile.mkdtemp(dir=self.lab.folder)
        target = lab.database(OLD)
        place, path = lab.engine.proxy_place(folder)
        proxy = Statements(path, lab.engine.place, since, limit, mode, heals)
        try:
            code, errors = lab.restore(lab.url(target, place), ["--into=replace", "--jobs=1"])
            lab.wait_for_end(target)
            trouble = self.judge(code, errors, target)
            return proxy.failed, trouble and "%s [%r]" % (trouble, proxy.last)
        finally:
            proxy.close()
            shutil.rmtree(folder)
            lab.drop(target)


def statements(lab, tally, long):
    """What is there stays, or is replaced by all that comes; wherever it stops, it is one or the other."""
    replacing = Replacing(lab)
    modes = itertools.product(("after", "before"), (False, True)) if long else (("after", False), ("after", True))
    for mode, heals in modes:
        done = threading.Event()

        def one(limit):
            if done.is_set():
                return
            reached, trouble = replacing.one(b"" if long else b"RENAME TABLE `author`", limit, mode, heals)
            tally.note(trouble, "restore cut %s statement %d%s" % (mode, limit, ", once" if heals else ""))
            if not reached:
                done.set()

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(one, range(1000)))
