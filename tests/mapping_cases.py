# SPDX-License-Identifier: Apache-2.0
"""mapping_cases - what tests/mapping.py asks about: declared types of each engine, neutral types with the values
that change what becomes of them, and columns of SQLite whose declaration promises more than SQLite enforces."""

# ---- Sources: declarations, in groups that make the first column of the page ----

# MariaDB's types by the names in plugins/mariadb/types.c; each stands for itself and for what is listed behind it.
MARIADB = {
    "bigint": ["bigint", "bigint unsigned"],
    "binary": ["binary(16)"],
    "bit": ["bit(1)", "bit(64)"],
    "blob": ["blob"],
    "char": ["char(10)", "char(10) CHARACTER SET latin1", "char(10) CHARACTER SET binary"],
    "date": ["date"],
    "datetime": ["datetime", "datetime(6)"],
    "decimal": ["decimal(10,2)", "decimal(10,2) unsigned", "decimal(65,38)"],
    "double": ["double", "double unsigned"],
    "enum": ["enum('a','b')"],
    "float": ["float", "float(10,2)"],
    "geomcollection": [],  # the name that MySQL has for the next but one
    "geometry": ["geometry", "geometry REF_SYSTEM_ID=4326"],
    "geometrycollection": ["geometrycollection"],
    "inet4": ["inet4"],
    "inet6": ["inet6"],
    "int": ["int", "int unsigned"],
    "json": ["json"],
    "linestring": ["linestring"],
    "longblob": ["longblob"],
    "longtext": ["longtext"],
    "mediumblob": ["mediumblob"],
    "mediumint": ["mediumint", "mediumint unsigned"],
    "mediumtext": ["mediumtext"],
    "multilinestring": ["multilinestring"],
    "multipoint": ["multipoint"],
    "multipolygon": ["multipolygon"],
    "point": ["point", "point REF_SYSTEM_ID=4326"],
    "polygon": ["polygon"],
    "set": ["set('a','b')"],
    "smallint": ["smallint", "smallint unsigned"],
    "text": ["text", "text COMPRESSED"],
    "time": ["time", "time(6)"],
    "timestamp": ["timestamp NULL", "timestamp(6) NULL"],
    "tinyblob": ["tinyblob"],
    "tinyint": ["tinyint", "tinyint unsigned", "tinyint(1)", "tinyint(1) CHECK (%c IN (0, 1))"],
    "tinytext": ["tinytext"],
    "uuid": ["uuid"],
    "varbinary": ["varbinary(100)"],
    "varchar": ["varchar(100)", "varchar(100) CHARACTER SET ascii", "varchar(100) CHARACTER SET gbk"],
    "vector": [],  # of 11.7 and later
    "year": ["year(4)"],
}

# Besides all base types that the server itself lists, but for these, to whose names it adds something.
POSTGRESQL_SPECIAL = ["bit", "character", "character varying"]
POSTGRESQL = [
    "character varying", "character varying(100)", "character(10)", "bit(3)", "bit varying(10)", "numeric(10,2)",
    "numeric(3,-2)", "time(3) without time zone", "time(3) with time zone", "timestamp(3) without time zone",
    "timestamp(3) with time zone", "interval(3)", "interval day to second", "integer[]", "text[]", "numeric(10,2)[]",
    "mapping_enum", "mapping_domain", "mapping_composite", "mapping_range", "mapping_enum[]",
]
POSTGRESQL_TYPES = """
CREATE TYPE mapping_enum AS ENUM ('a', 'b');
CREATE DOMAIN mapping_domain AS integer CHECK (VALUE > 0);
CREATE TYPE mapping_composite AS (a integer, b text);
CREATE TYPE mapping_range AS RANGE (subtype = time);
"""

# Besides the names in plugins/sqlite/declared.c that promise something.
SQLITE = [
    "", "INTEGER", "INT", "BIGINT UNSIGNED", "REAL", "DOUBLE PRECISION", "FLOAT", "TEXT", "CLOB", "BLOB", "STRING",
    "NUMERIC(10,2)", "DECIMAL(10,2)", "VARCHAR(100)", "CHAR(10)", "NVARCHAR(100)", "TIMESTAMP(3)",
]
SQLITE_STRICT = ["INT", "INTEGER", "REAL", "TEXT", "BLOB", "ANY"]

# ---- Targets: (kind, parameters, [(what is said of the values, values as lines of rows have them, column extras)]) ----

SMILE = "\U0001f600"
LONG = "x" * 900
KEY = {"key": True}
UUID = "00112233-4455-4677-8899-aabbccddeeff"
DEEP = "[" * 32 + "]" * 32
POINT = "e6100000" + "0101000000" + "00" * 16
ORDINARY = "ordinary"

STAMPS = [
    ("before the year 0", "0044-03-15{} BC"), ("after 9999", "10000-01-01{}"), ("infinity", {"inf": True}),
    ("`0000-00-00`, `2024-02-31`", {"ymd": "0000-00-00"}),
]


def stamps(ordinary, clock, zone=""):
    rows = [(ORDINARY, [ordinary])]
    for what, value in STAMPS:
        if isinstance(value, str):
            value = value.format(clock + zone)
        elif "ymd" in value:
            value = {"ymd": value["ymd"] + clock}
        rows.append((what, [value]))
    return rows


def floats():
    return [(ORDINARY, [1.5]), ("-0", [-0.0]), ("NaN", [{"real": "NaN"}]), ("infinity", [{"real": "Infinity"}])]


def texts(value="abc"):
    return [(ORDINARY, [value]), ("with U+0000", ["a\0b"]), ("not valid UTF-8", [{"badtext": "ff"}])]


def plain(value):
    return [("all", [value])]


DEPENDS = [("whole numbers", [1]), ("floats", [1.5]), ("both", [1, 1.5]), ("also text", [1, "a"])]

TARGETS = [
    ("bool", {}, plain(True)),
    ("int8", {}, plain(1)),
    ("int16", {}, plain(1)),
    ("int32", {}, plain(1)),
    ("int64", {}, [(ORDINARY, [1]), ("text only (from SQLite)", ["a"]), ("also text (from SQLite)", [1, "a"])]),
    ("uint8", {}, plain(1)),
    ("uint16", {}, plain(1)),
    ("uint32", {}, plain(1)),
    ("uint64", {}, [("up to 2^63-1", [1]), ("larger", ["18446744073709551615"])]),
    ("float32", {}, floats()),
    ("float64", {}, floats() + [("also text (from SQLite)", [1.5, "a"])]),
    ("decimal", {"precision": 10, "scale": 2},
     [(ORDINARY, ["1.50"]), ("NaN", [{"nan": True}]), ("infinity", [{"inf": True}])]),
    ("decimal", {"precision": 18}, plain("1")),
    ("decimal", {"precision": 30, "scale": 10}, plain("1.5000000000")),
    ("decimal", {"precision": 65, "scale": 38}, plain("0." + "1" * 38)),
    ("decimal", {"precision": 200, "scale": 50}, [("few digits", ["1." + "0" * 50]), ("many", ["9" * 150 + "." + "1" * 50])]),
    ("decimal", {"precision": 2, "scale": -3}, plain("12000")),
    ("decimal", {"precision": 2, "scale": 5}, plain("0.00012")),
    ("decimal", {}, [("none", []), ("of one scale", ["1.5", "2.5"]), ("of several scales", ["1.5", "1.50"]),
                     ("NaN", [{"nan": True}])]),
    ("number", {}, [("none", [])] + DEPENDS + [("infinity", [{"real": "Infinity"}])]),
    ("text", {}, texts() + [("in a key", ["abc"], KEY), ("in a key, longer than 768 characters", [LONG], KEY),
                           ("also other storage classes (from SQLite)", ["a", 1])]),
    ("text", {"length": 100}, texts()),
    ("text", {"length": 40000}, plain("abc")),
    ("text", {"length": 20000000}, plain("abc")),
    ("char", {"length": 10}, texts()),
    ("char", {"length": 1000}, plain("abc")),
    ("binary", {}, [(ORDINARY, [{"hex": "00ff"}]), ("in a key", [{"hex": "00ff"}], KEY),
                    ("also other storage classes (from SQLite)", [{"hex": "00ff"}, {"text": "a"}])]),
    ("binary", {"length": 16}, plain({"hex": "00ff"})),
    ("date", {}, stamps("2024-02-29", "")),
    ("time", {"precision": 6}, plain("12:34:56.5")),
    ("time", {"precision": 6, "wide": True}, [("within a day", ["12:34:56.5", "24:00:00"]), ("negative, or beyond a day", ["-838:59:59"])]),
    ("timetz", {"precision": 6}, plain("12:34:56.5+05:30")),
    ("timestamp", {"precision": 6}, stamps("2024-02-29 12:34:56", " 00:00:00")),
    ("timestamp", {"precision": -1}, plain("2024-02-29 12:34:56")),
    ("timestamptz", {"precision": 6}, stamps("2024-02-29 12:34:56+00", " 00:00:00", "+00")),
    ("interval", {"precision": 6}, plain("P1M2DT3S")),
    ("year", {}, plain(2024)),
    ("json", {}, [(ORDINARY, ['{"a": 1}']), ("32 levels", [DEEP]), ("half of a surrogate pair, escaped", ['"\\ud800"']), ("JSON of MariaDB's own", ["[1.]"])]),
    ("jsonb", {}, [(ORDINARY, ['{"a": 1}']), ("32 levels", [DEEP])]),
    ("xml", {}, plain("<a/>")),
    ("uuid", {}, [("of RFC 9562", [UUID]), ("of no version", ["00112233-4455-0677-0899-aabbccddeeff"])]),
    ("bit", {"length": 3}, plain("101")),
    ("bit", {"length": 100}, plain("01" * 50)),
    ("varbit", {"length": 10}, plain("101")),
    ("enum", {"labels": ["a", "b"]}, [(ORDINARY, ["a"]), ("MariaDB's error value", [{"enum0": True}])]),
    ("enum", {"labels": ["x" * 64]}, plain("x" * 64)),
    ("enum", {"labels": ["a "]}, plain("a ")),
    ("enum", {"labels": [SMILE]}, plain(SMILE)),
    ("set", {"labels": ["a", "b"]}, plain("a,b")),
    ("inet", {}, plain("192.168.0.1/24")),
    ("cidr", {}, plain("10.0.0.0/8")),
    ("inet4", {}, plain("192.168.0.1")),
    ("inet6", {}, plain("::1")),
    ("macaddr", {}, plain("08:00:2b:01:02:03")),
    ("macaddr8", {}, plain("08:00:2b:01:02:03:04:05")),
    ("array", {"element": "int32"}, plain("{1,NULL}")),
    ("geometry", {"srid": 4326, "native_name": "point"}, plain(POINT)),
    ("any", {}, [("none", [])] + DEPENDS + [("text only", ["a"]), ("bytes only", [{"hex": "00"}])]),
    ("money", {"scale": 2}, plain(1250)),
    ("oid", {}, plain(4294967295)),
    ("opaque", {"native_name": "elsewhere:thing"}, plain("(1,2)")),
]

# What a label says of itself in the first column, for labels that matter.
LABELS = {"x" * 64: "64 bytes", "a ": "a blank at its end", SMILE: "a character of four bytes"}

# ---- Promises: (declared in SQLite, [(what is said of the values, values in SQL)]) ----

PROMISES = [
    ("BOOLEAN", [("0 and 1", "0", "1"), ("other numbers", "0", "2")]),
    ("DATE", [("days", "'2024-02-29'"), ("also other text", "'2024-02-29'", "'soon'"), ("numbers", "1700000000")]),
    ("DATETIME", [("timestamps", "'2024-02-29 12:34:56'"), ("also other text", "'2024-02-29 12:34:56'", "'soon'"),
                  ("numbers", "1700000000")]),
    ("TIMESTAMPTZ", [("timestamps", "'2024-02-29 12:34:56+00'"), ("none",)]),
    ("TIME", [("times", "'12:34:56'"), ("also other text", "'12:34:56'", "'soon'")]),
    ("DECIMAL(8,2)", [("that fit", "1.5", "10"), ("more digits", "1.555"), ("also text", "1.5", "'a'")]),
    ("UUID", [("uuids", f"'{UUID}'"), ("also other text", f"'{UUID}'", "'a'")]),
    ("JSON", [("JSON", "'{\"a\": 1}'"), ("also other text", "'{\"a\": 1}'", "'a'")]),
    ("VARCHAR(5)", [("that fit", "'abc'"), ("longer", "'abcdef'")]),
]
