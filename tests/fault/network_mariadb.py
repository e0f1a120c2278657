# SPDX-License-Identifier: Apache-2.0
"""network_mariadb.py - what network.py has to know of MariaDB. A place is a socket."""

import os
import re
import shutil
import subprocess
import tempfile
import threading


class Engine:
    name = "mariadb"
    options = ["--native"]  # of every restore
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
CREATE TRIGGER book_before BEFORE INSERT ON book FOR EACH ROW SET NEW.title = COALESCE(NEW.title, 'none');
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
        return {}
