-- SPDX-License-Identifier: Apache-2.0
-- nasty.sqlite.sql: values, names and schemas that dump tools get wrong. Fed to the sqlite3 shell.
PRAGMA foreign_keys = OFF;
PRAGMA application_id = -2;
PRAGMA user_version = 2147483647;
BEGIN;

-- Every storage class in every affinity.
CREATE TABLE class_any (id INTEGER PRIMARY KEY, i INTEGER, t TEXT, b BLOB, r REAL, n NUMERIC, u UNIQUE);
INSERT INTO class_any VALUES
    (1, 1, 1, 1, 1, 1, 1),
    (2, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5),
    (3, 'one', 'one', 'one', 'one', 'one', 'one'),
    (4, x'31', x'31', x'31', x'31', x'31', x'31'),
    (5, NULL, NULL, NULL, NULL, NULL, NULL),
    (6, '1', '1', '1', '1', '1', '1'),
    (7, '1.50', '1.50', '1.50', '1.50', '1.50', '1.50'),
    (8, '', '', '', '', '', ''),
    (9, x'', x'', x'', x'', x'', x''),
    (10, ' 7 ', ' 7 ', ' 7 ', ' 7 ', ' 7 ', ' 7 '),
    (11, '0x10', '0x10', '0x10', '0x10', '0x10', '0x10'),
    (12, 1e3, 1e3, 1e3, 1e3, 1e3, 1e3),
    (13, '1e3', '1e3', '1e3', '1e3', '1e3', '1e3');

-- The ends of the number line.
CREATE TABLE numbers (id INTEGER PRIMARY KEY, i INTEGER, r REAL, n NUMERIC, x);
INSERT INTO numbers VALUES
    (1, 9223372036854775807, 1.7976931348623157e308, 9223372036854775807, 9223372036854775807),
    (2, -9223372036854775808, -1.7976931348623157e308, -9223372036854775808, -9223372036854775808),
    (3, 9223372036854775808, 9007199254740993, -9223372036854775808.0, -0.0),
    (4, 9e999, 9e999, 9e999, 9e999),
    (5, -9e999, -9e999, -9e999, -9e999),
    (6, '9007199254740993.0', -0.0, 1e18, 1e18),
    (7, 9007199254740993, 0.1, 9007199254740993, 1.0),
    (8, 0, 4.9406564584124654e-324, 0, 4.9406564584124654e-324),
    (9, -1, 2.2250738585072014e-308, -1, 0.1),
    (10, 255, 3.14, 256, 65536),
    (11, -128, 1.0, -129, -32769),
    (12, 2147483648, 100000000000000000000.0, 4294967296, 1e15);

-- Text that C strings, quote() and careless decoders cut or change.
CREATE TABLE texts (id INTEGER PRIMARY KEY, t TEXT, v VARCHAR(3), b BLOB);
INSERT INTO texts (t, v, b) VALUES
    (CAST(x'610062' AS TEXT), 'too long', x'610062'),
    (char(0), '', x'00'),
    ('plain', 'a', zeroblob(5)),
    ('a' || char(10) || 'b' || char(13) || char(9) || char(27) || '[31m', char(127), x'0A'),
    ('back\slash ''quote'' "double" `tick` %s %n $1 ; -- /* */ \N \.', '\', x'5C2E0A'),
    (char(128512, 233, 101, 769, 65279, 8238, 65534, 1114111), char(66304), x'F09F9880'),
    ('  both sides  ', ' ', x'2020'),
    ('NULL', 'NaN', x'4E554C4C');
-- Bytes that are no UTF-8: in an UTF-8 database TEXT holds them as they are.
CREATE TABLE bad_texts (id INTEGER PRIMARY KEY, t TEXT);
INSERT INTO bad_texts (t) VALUES
    (CAST(x'FF' AS TEXT)), (CAST(x'EDA080' AS TEXT)), (CAST(x'C080' AS TEXT)), (CAST(x'F4908080' AS TEXT)),
    (CAST(x'61E282' AS TEXT)), (CAST(x'80' AS TEXT)), (CAST(x'6100FF' AS TEXT)), ('good');

-- Larger values: overflow pages, more than a block.
CREATE TABLE large (id INTEGER PRIMARY KEY, t TEXT, b BLOB);
INSERT INTO large VALUES
    (1, replace(hex(zeroblob(5000)), '0', 'é'), zeroblob(100000)),
    (2, NULL, CAST(replace(hex(zeroblob(600000)), '00', 'pd') AS BLOB)),
    (3, replace(hex(zeroblob(700000)), '00', 'ab'), NULL),
    (4, '', x'');

-- Keys.
CREATE TABLE key_nullable (a INT PRIMARY KEY, b);
INSERT INTO key_nullable VALUES (NULL, 1), (NULL, 2), (1, 3);
CREATE TABLE key_desc_no_alias (a INTEGER PRIMARY KEY DESC, b);
INSERT INTO key_desc_no_alias (rowid, a, b) VALUES (77, 5, 1), (3, 6, 2);
CREATE TABLE key_desc_alias (a INTEGER, b, PRIMARY KEY (a DESC));
INSERT INTO key_desc_alias VALUES (7, 1), (-7, 2);
CREATE TABLE key_composite (b TEXT, a INT, c, PRIMARY KEY (a, b)) WITHOUT ROWID;
INSERT INTO key_composite VALUES ('x', 2, 'z'), ('x', 1, NULL), ('', 1, x'00'), ('X', 1, 1.0);
CREATE TABLE key_nocase (k TEXT COLLATE NOCASE PRIMARY KEY, v) WITHOUT ROWID;
INSERT INTO key_nocase VALUES ('b', 1), ('A', 2), ('c', 3);
CREATE TABLE key_mixed (k PRIMARY KEY, v) WITHOUT ROWID;
INSERT INTO key_mixed VALUES (1, 'int'), ('1', 'text'), (x'31', 'blob'), (1.5, 'real'), ('', 'empty'), (x'', 'no bytes');
CREATE TABLE no_key (x);
INSERT INTO no_key (rowid, x) VALUES
    (-9223372036854775808, 'min'), (-1, 'dup'), (0, 'dup'), (5, 'dup'), (9, 'dup'), (9223372036854775807, 'max');
CREATE TABLE rowid_taken (rowid TEXT, _rowid_ TEXT, oid TEXT);
INSERT INTO rowid_taken VALUES ('a', 'b', 'c'), ('a', 'b', 'c');
CREATE TABLE rowid_partly_taken (rowid TEXT, x);
INSERT INTO rowid_partly_taken (_rowid_, rowid, x) VALUES (100, 'a', 1), (50, 'b', 2);
CREATE TABLE counter (id INTEGER PRIMARY KEY AUTOINCREMENT, v);
INSERT INTO counter VALUES (10, 1), (20, 2), (30, 3);
DELETE FROM counter WHERE id > 10;
CREATE TABLE counter_empty (id INTEGER PRIMARY KEY AUTOINCREMENT, v);
INSERT INTO counter_empty VALUES (41, 1);
DELETE FROM counter_empty;
CREATE TABLE counter_unused (id INTEGER PRIMARY KEY AUTOINCREMENT);

-- STRICT.
CREATE TABLE strict_all (i INT, n INTEGER, r REAL, t TEXT, b BLOB, a ANY) STRICT;
INSERT INTO strict_all VALUES
    (1, 2, 3, '4', x'05', 6), (NULL, NULL, NULL, NULL, NULL, NULL), (-1, -2, -3.5, '', x'', '007'),
    (0, 0, 0, '0', x'30', 1.0), (0, 0, -0.0, '0', x'30', x'00');

-- Generated columns, defaults, checks, conflict clauses.
CREATE TABLE computed (
    a INTEGER PRIMARY KEY,
    b INT,
    c INT AS (a + b),
    d TEXT GENERATED ALWAYS AS (substr(e, 1, 2)) STORED,
    e TEXT,
    f AS (a * 2) VIRTUAL NOT NULL
);
INSERT INTO computed (a, b, e) VALUES (1, 2, 'three'), (4, NULL, NULL), (-1, 9223372036854775806, '');
CREATE TABLE defaults (
    k TEXT COLLATE NOCASE PRIMARY KEY ON CONFLICT REPLACE,
    a DEFAULT (1 + 1), b DEFAULT -5, c DEFAULT 'it''s', d DEFAULT x'00FF', e DEFAULT NULL,
    f DEFAULT CURRENT_TIMESTAMP, g DEFAULT CURRENT_DATE, h DEFAULT 1e3, i DEFAULT TRUE, j DEFAULT "dq",
    "k l" TEXT NOT NULL ON CONFLICT IGNORE DEFAULT '', CHECK (length(k) < 10), CONSTRAINT positive CHECK (a > 0)
);
INSERT INTO defaults (k, f, g) VALUES ('a', 'then', 'there');

-- Indexes.
CREATE TABLE indexed (a INT, b TEXT COLLATE RTRIM, c);
INSERT INTO indexed VALUES (1, 'x ', NULL), (2, 'x', NULL), (3, 'Y', 1);
CREATE INDEX index_plain ON indexed (a DESC, b COLLATE NOCASE);
CREATE UNIQUE INDEX index_expression ON indexed (a + 1, lower(b), c DESC);
CREATE INDEX index_partial ON indexed (b) WHERE c IS NOT NULL AND a > 1;
CREATE INDEX "index ""quoted""
line" ON indexed (c);

-- Foreign keys: cycles, self references, orphans, deferral, a missing parent, composite, to a unique key.
CREATE TABLE cycle_a (id INTEGER PRIMARY KEY, b INT REFERENCES cycle_b (id));
CREATE TABLE cycle_b (id INTEGER PRIMARY KEY, a INT REFERENCES cycle_a ON DELETE SET NULL ON UPDATE CASCADE);
INSERT INTO cycle_a VALUES (1, 1), (2, NULL);
INSERT INTO cycle_b VALUES (1, 2), (2, 1);
CREATE TABLE tree (id INTEGER PRIMARY KEY, parent INT REFERENCES tree (id) DEFERRABLE INITIALLY DEFERRED);
INSERT INTO tree VALUES (1, 3), (2, 1), (3, 3);
CREATE TABLE orphan (id INTEGER PRIMARY KEY, t INT REFERENCES tree (id), gone INT REFERENCES nowhere (x));
INSERT INTO orphan VALUES (1, 999, 1), (2, 1, NULL);
CREATE TABLE parent2 (a INT, b TEXT, c INT UNIQUE, PRIMARY KEY (a, b));
CREATE TABLE child2 (a INT, b TEXT, c INT REFERENCES parent2 (c) MATCH FULL,
    CONSTRAINT both FOREIGN KEY (a, b) REFERENCES parent2 ON UPDATE RESTRICT ON DELETE SET DEFAULT NOT DEFERRABLE);
INSERT INTO parent2 VALUES (1, 'x', 1), (1, 'y', NULL);
INSERT INTO child2 VALUES (1, 'x', 1), (NULL, 'q', 5), (1, 'y', NULL);
CREATE TABLE nocase_parent (k TEXT COLLATE NOCASE PRIMARY KEY);
CREATE TABLE nocase_child (k TEXT REFERENCES nocase_parent (k));
INSERT INTO nocase_parent VALUES ('a');
INSERT INTO nocase_child VALUES ('A');

-- Names.
CREATE TABLE "" ("" INT, "xmin" INT, "ctid" TEXT);
INSERT INTO "" VALUES (1, 2, '3');
CREATE TABLE "é" (a);
CREATE TABLE "É" (a);
INSERT INTO "é" VALUES ('small');
INSERT INTO "É" VALUES ('large');
CREATE TABLE "x""y.z/w " ("a""b" INT, "c'd" TEXT, "e
f" TEXT, [g] INT, `h``i` INT, "%s%n" INT);
INSERT INTO "x""y.z/w " VALUES (1, 'two', 'three', 4, 5, 6);
CREATE TABLE "../../etc/passwd" (a);
INSERT INTO "../../etc/passwd" VALUES ('not a path');
CREATE TABLE "select" ("from" INT, "where" TEXT, "order" INT);
INSERT INTO "select" VALUES (1, 'group', 2);
CREATE TABLE "new
line	tab%s;--" (a);
INSERT INTO "new
line	tab%s;--" VALUES (1);
CREATE TABLE "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" (a);
CREATE TABLE "." (a);
CREATE TABLE ".." (a);
CREATE TABLE "a
 -- comment
" (a /* inner */, b -- to the end
);
INSERT INTO "a
 -- comment
" VALUES (1, 2);

-- Declared types that lie.
CREATE TABLE lies (id INTEGER PRIMARY KEY, v VARCHAR(3), b BOOLEAN, d DATETIME, m DECIMAL(10,2), f FLOAT, c CHARINT,
    p POINT, j JSON, u UUID, "double precision" DOUBLE PRECISION, ub UNSIGNED BIG INT, s STRING);
INSERT INTO lies VALUES
    (1, 'too long', 1, '2024-01-02 03:04:05', 1.50, 1, '12', 'x', '{"a":1}', '00000000-0000-0000-0000-000000000001', 1, 1, 1),
    (2, 'a', 0, 1704164645, '1.50', 2.5, 'x', x'00', '{"a":1, "a":2}', x'00', 2, 18446744073709551615, '007'),
    (3, '', 2, 2460311.6, '9' || '99999999999999999', NULL, NULL, NULL, '{', 'x', 'y', -1, 1.0);

-- Nothing in them.
CREATE TABLE empty (a INT, b TEXT);
CREATE TABLE empty_without_rowid (a INT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE all_null (a INT, b TEXT, c REAL, d BLOB, e);
INSERT INTO all_null VALUES (NULL, NULL, NULL, NULL, NULL), (NULL, NULL, NULL, NULL, NULL);

-- Virtual tables with rows in shadow tables.
CREATE VIRTUAL TABLE words USING fts5 (a, b);
INSERT INTO words (rowid, a, b) VALUES (7, 'hello', 'world'), (9, 'é', 'ü');
DELETE FROM words WHERE rowid = 9;
CREATE VIRTUAL TABLE words_contentless USING fts5 (a, content = '', tokenize = 'porter');
INSERT INTO words_contentless (rowid, a) VALUES (5, 'running');
CREATE VIRTUAL TABLE boxes USING rtree (id, x0, x1);
INSERT INTO boxes VALUES (1, 0.1, 2.5), (2, -1, 1);
CREATE VIRTUAL TABLE words4 USING fts4 (a);
INSERT INTO words4 VALUES ('four');

-- Wide.
CREATE TABLE wide (
    c1 INT, c2 INT, c3 INT, c4 INT, c5 INT, c6 INT, c7 INT, c8 INT, c9 INT, c10 INT,
    c11 INT, c12 INT, c13 INT, c14 INT, c15 INT, c16 INT, c17 INT, c18 INT, c19 INT, c20 INT,
    c21 INT, c22 INT, c23 INT, c24 INT, c25 INT, c26 INT, c27 INT, c28 INT, c29 INT, c30 INT,
    c31 INT, c32 INT, c33 INT, c34 INT, c35 INT, c36 INT, c37 INT, c38 INT, c39 INT, c40 INT,
    c41 INT, c42 INT, c43 INT, c44 INT, c45 INT, c46 INT, c47 INT, c48 INT, c49 INT, c50 INT,
    c51 INT, c52 INT, c53 INT, c54 INT, c55 INT, c56 INT, c57 INT, c58 INT, c59 INT, c60 INT,
    c61 INT, c62 INT, c63 INT, c64 INT, c65 INT, c66 INT, c67 INT, c68 INT, c69 INT, c70 INT,
    c71 INT, c72 INT, c73 INT, c74 INT, c75 INT, c76 INT, c77 INT, c78 INT, c79 INT, c80 INT,
    c81 INT, c82 INT, c83 INT, c84 INT, c85 INT, c86 INT, c87 INT, c88 INT, c89 INT, c90 INT,
    c91 INT, c92 INT, c93 INT, c94 INT, c95 INT, c96 INT, c97 INT, c98 INT, c99 INT, c100 INT,
    c101 INT, c102 INT, c103 INT, c104 INT, c105 INT, c106 INT, c107 INT, c108 INT, c109 INT, c110 INT,
    c111 INT, c112 INT, c113 INT, c114 INT, c115 INT, c116 INT, c117 INT, c118 INT, c119 INT, c120 INT,
    c121 INT, c122 INT, c123 INT, c124 INT, c125 INT, c126 INT, c127 INT, c128 INT, c129 INT, c130 INT,
    c131 INT, c132 INT, c133 INT, c134 INT, c135 INT, c136 INT, c137 INT, c138 INT, c139 INT, c140 INT,
    c141 INT, c142 INT, c143 INT, c144 INT, c145 INT, c146 INT, c147 INT, c148 INT, c149 INT, c150 INT,
    c151 INT, c152 INT, c153 INT, c154 INT, c155 INT, c156 INT, c157 INT, c158 INT, c159 INT, c160 INT,
    c161 INT, c162 INT, c163 INT, c164 INT, c165 INT, c166 INT, c167 INT, c168 INT, c169 INT, c170 INT,
    c171 INT, c172 INT, c173 INT, c174 INT, c175 INT, c176 INT, c177 INT, c178 INT, c179 INT, c180 INT,
    c181 INT, c182 INT, c183 INT, c184 INT, c185 INT, c186 INT, c187 INT, c188 INT, c189 INT, c190 INT,
    c191 INT, c192 INT, c193 INT, c194 INT, c195 INT, c196 INT, c197 INT, c198 INT, c199 INT, c200 INT,
    c201 INT, c202 INT, c203 INT, c204 INT, c205 INT, c206 INT, c207 INT, c208 INT, c209 INT, c210 INT,
    c211 INT, c212 INT, c213 INT, c214 INT, c215 INT, c216 INT, c217 INT, c218 INT, c219 INT, c220 INT,
    c221 INT, c222 INT, c223 INT, c224 INT, c225 INT, c226 INT, c227 INT, c228 INT, c229 INT, c230 INT,
    c231 INT, c232 INT, c233 INT, c234 INT, c235 INT, c236 INT, c237 INT, c238 INT, c239 INT, c240 INT,
    c241 INT, c242 INT, c243 INT, c244 INT, c245 INT, c246 INT, c247 INT, c248 INT, c249 INT, c250 INT,
    c251 INT, c252 INT, c253 INT, c254 INT, c255 INT, c256 INT, c257 INT, c258 INT, c259 INT, c260 INT,
    c261 INT, c262 INT, c263 INT, c264 INT, c265 INT, c266 INT, c267 INT, c268 INT, c269 INT, c270 INT,
    c271 INT, c272 INT, c273 INT, c274 INT, c275 INT, c276 INT, c277 INT, c278 INT, c279 INT, c280 INT,
    c281 INT, c282 INT, c283 INT, c284 INT, c285 INT, c286 INT, c287 INT, c288 INT, c289 INT, c290 INT,
    c291 INT, c292 INT, c293 INT, c294 INT, c295 INT, c296 INT, c297 INT, c298 INT, c299 INT, c300 INT
);
INSERT INTO wide (c1, c150, c300) VALUES (1, 150, 300), (NULL, NULL, NULL), (-1, 'text', x'00');

-- Objects that run.
CREATE VIEW view_plain AS SELECT id, t FROM texts WHERE t IS NOT NULL;
CREATE VIEW view_named (one, "two ""2""") AS SELECT 1, 'x';
CREATE VIEW "view of view" AS SELECT one FROM view_named;
CREATE VIEW broken AS SELECT a FROM nothing_there;
CREATE TABLE audit (what TEXT, n INT);
CREATE TRIGGER indexed_logged AFTER INSERT ON indexed FOR EACH ROW WHEN new.a > 100 BEGIN
    INSERT INTO audit VALUES ('it''s; in', new.a);
    UPDATE audit SET n = n + 1 WHERE n < 0;
END;
CREATE TRIGGER "trigger ""q""" INSTEAD OF DELETE ON view_plain BEGIN
    SELECT RAISE(ABORT, 'no');
END;
CREATE TRIGGER always_counts AFTER INSERT ON audit BEGIN
    UPDATE audit SET n = n + 1000;
END;
INSERT INTO audit VALUES ('first', 1);
COMMIT;
ANALYZE;
