# SPDX-License-Identifier: Apache-2.0
"""Values for second_reader.py: JSON, kinds, canonical texts and bytes, facts.

Written from format-text.md, format-values.md and types.md alone, without a look at the program.
"""

import itertools
import json
import re
import struct
import zlib
from decimal import Decimal
from fractions import Fraction

MAX63, M64 = 2**63 - 1, 2**64 - 1
DAY = 86400 * 10**6
(PLAIN, INT, REAL, TEXT, BYTES, BADTEXT, UTF16, POS_INF, NEG_INF, NAN, FAR, YMD,
 ENUM0, NATIVE) = range(14)
TAGS = {"badtext": BADTEXT, "utf16": UTF16, "inf": POS_INF, "-inf": NEG_INF, "nan": NAN,
        "far": FAR, "ymd": YMD, "enum0": ENUM0, "native": NATIVE}
TAG_NAMES = {tag: name for name, tag in TAGS.items()}
EMPTY_TAGS = {POS_INF, NEG_INF, NAN, ENUM0}
TAG_CLASS = {INT: 2, REAL: 4, TEXT: 5, BYTES: 6}

# kind: layout, width (what a cell counts at least), digest class
KINDS = {}
for _line in """int 1 2 int8 uint8|int 2 2 int16 uint16 year|int 4 2 int32 uint32 oid
int 8 2 int64 uint64 money|bits 1 1 bool|f32 4 4 float32|f64 8 4 float64|i128 16 3 decimal
none 8 0 number|none 4 0 any|var 4 5 text char enum set|var 4 6 binary|int 4 7 date|int 8 8 time
int 8 9 timestamp|int 8 10 timestamptz|fixed 12 11 timetz|fixed 16 12 interval|fixed 16 13 uuid
var 4 14 bit varbit|var 4 15 json jsonb|var 4 16 inet cidr inet4 inet6 macaddr macaddr8
var 4 17 geometry|var 4 18 xml array opaque""".replace("\n", "|").split("|"):
    _layout, _width, _class, *_kinds = _line.split()
    KINDS.update((kind, (_layout, int(_width), int(_class))) for kind in _kinds)
INTEGERS = {kind for kind, v in KINDS.items() if v[2] == 2}
UNSIGNED = {"uint8", "uint16", "uint32", "uint64", "oid"}
FLOATS = {"float32", "float64"}
TEXTS = {"text", "char", "enum", "set", "json", "jsonb", "xml"}
NOT_STRINGS = INTEGERS | FLOATS | {"bool", "number", "any", "binary"}
MALFORMED = (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError,
             RecursionError, struct.error)


class Refused(Exception):
    """The archive is not right; the text says what and where."""


def need(condition, where, what):
    if not condition:
        raise Refused(f"{where}: {what}")


class Num(str):
    """A JSON number with a point or an exponent, as it was written."""


def unique(pairs):
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a member is there twice")
    return made


def no_constant(name):
    raise ValueError(f"{name} is not JSON")


def depth(value):
    inner = value.values() if isinstance(value, dict) else value
    return 1 + max((depth(v) for v in inner if isinstance(v, (dict, list))), default=0)


def dumps(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def parse_json(data, where):
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=unique, parse_float=Num,
                           parse_constant=no_constant)
        need(isinstance(value, dict), where, "no JSON object")
        need(depth(value) <= 64, where, "JSON nests too deep")
        dumps(value).encode()  # finds halves of surrogate pairs
    except (ValueError, RecursionError) as error:
        raise Refused(f"{where}: no JSON object: {error}") from None
    return value


def integer(value, where, low=0, high=MAX63):
    if type(value) is str and re.fullmatch(r"-?[0-9]{1,40}", value):
        value = int(value)
    need(type(value) is int, where, f"no integer: {value!r}")
    need(low <= value <= high, where, f"number out of bounds: {value}")
    return value


def count(parent, name, where):
    return integer(parent.get(name, 0), f"{where}: {name}")


def counted_counter(owner):
    """A column or sequence without what does not count of its counter."""
    kept = {k: v for k, v in owner.get("counter", {}).items() if k != "unused"}
    return {k: kept if k == "counter" else v for k, v in owner.items() if k != "counter" or kept}


def counted(table):
    """The counted form of a neutral half."""
    columns = [counted_counter(c) for c in table.get("columns", [])]
    kept = [i for i, c in enumerate(columns) if not c.get("passenger")]
    new = {old: i for i, old in enumerate(kept)}
    lists = {"columns": [columns[i] for i in kept], "keys": [], "foreigns": []}
    for key in table.get("keys", []):
        parts = key.get("parts", [])
        if new.keys() >= {p["column"] for p in parts if "column" in p}:
            parts = [dict(p, column=new[p["column"]]) if "column" in p else p for p in parts]
            lists["keys"].append(dict(key, parts=parts) if parts else key)
    for foreign in table.get("foreigns", []):
        moved = {k: foreign[k] for k in ("columns", "set_columns") if k in foreign}
        if new.keys() >= set(itertools.chain(*moved.values())):
            moved = {k: [new[c] for c in v] for k, v in moved.items()}
            lists["foreigns"].append(dict(foreign, **moved))
    made = {k: lists.get(k, v) for k, v in table.items() if k != "passenger"}
    return {k: v for k, v in made.items() if v or k not in lists}


# Canonical texts


def nearest_single(exact):
    """The single nearest to a Fraction, of two the even one."""
    bits = struct.unpack("<I", struct.pack("<f", abs(float(exact))))[0]
    near = [(b, struct.unpack("<f", struct.pack("<I", b))[0])
            for b in range(max(bits - 1, 0), min(bits + 2, 0x7f800000))]
    best = min(near, key=lambda n: (abs(Fraction(n[1]) - abs(exact)), n[0] & 1))[1]
    return -best if exact < 0 else best


def shortest_single(x):
    """The shortest decimal that reads back as this single, the nearest of several."""
    for digits in range(8):
        text = f"{x:.{digits}e}"
        unit = Decimal((0, (1,), int(text.split("e")[1]) - digits))
        fit = []
        for d in (Decimal(text) - unit, Decimal(text), Decimal(text) + unit):
            try:
                if nearest_single(Fraction(d)) == x:
                    fit.append(d)
            except OverflowError:
                pass
        if fit:
            return min(fit, key=lambda d: abs(Fraction(d) - Fraction(x)))
    return Decimal(f"{x:.8e}")


def real_text(x, single=False):
    if x != x or abs(x) == float("inf"):
        return "NaN" if x != x else "Infinity" if x > 0 else "-Infinity"
    if x == 0:
        return repr(x)
    sign, digits, power = (shortest_single(x) if single else Decimal(repr(x))).as_tuple()
    first = len(digits) + power - 1
    digits = "".join(map(str, digits)).rstrip("0")
    minus = "-" if sign else ""
    if -5 <= first < 0:
        return f"{minus}0.{'0' * (-first - 1)}{digits}"
    if 0 <= first <= 20:
        digits = digits.ljust(first + 1, "0")
        return f"{minus}{digits[:first + 1]}.{digits[first + 1:] or '0'}"
    return f"{minus}{digits[0]}{'.' if digits[1:] else ''}{digits[1:]}e{first:+03d}"


def days_of(year, month, day):
    year -= month <= 2
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return year * 365 + year // 4 - year // 100 + year // 400 + of_year - 719468


def civil(days):
    era, of_era = divmod(days + 719468, 146097)
    year = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    day = of_year - (153 * month + 2) // 5 + 1
    month = month + 3 if month < 10 else month - 9
    return year + era * 400 + (month <= 2), month, day


def seconds_text(micros, form):
    """Sign, seconds in a form, fraction."""
    seconds, part = divmod(abs(micros), 10**6)
    return ("-" if micros < 0 else "") + form(seconds) + f".{part:06d}".rstrip("0").rstrip(".")


def clock(seconds):
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def moment_text(days, rest):
    year, month, day = civil(days)
    bc = "" if year > 0 else " BC"
    return f"{year if year > 0 else 1 - year:04d}-{month:02d}-{day:02d}{rest}{bc}"


CLOCK = r"(-?)(\d{2,}):(\d\d):(\d\d)(?:\.(\d{1,6}))?"
MOMENT = re.compile(r"(\d{4,})-(\d\d)-(\d\d)(?: " + CLOCK + r"(\+00)?)?( BC)?", re.A)
TIMETZ = re.compile(CLOCK + r"([-+])(\d\d)(?::(\d\d))?(?::(\d\d))?", re.A)
INTERVAL = re.compile(r"P(-?\d+)M(-?\d+)DT(-?)(\d+)(?:\.(\d{1,6}))?S", re.A)


def micros_of(sign, seconds, part):
    micros = int(seconds) * 10**6 + int((part or "").ljust(6, "0"))
    return -micros if sign else micros


def clock_of(sign, hours, minutes, seconds, part):
    return micros_of(sign, int(hours) * 3600 + int(minutes) * 60 + int(seconds), part)


def moment_of(text):
    """Days and microseconds of the day of a date or timestamp."""
    m = MOMENT.fullmatch(text)
    year = 1 - int(m[1]) if m[10] else int(m[1])
    return days_of(year, int(m[2]), int(m[3])), clock_of(*m.groups()[3:8]) if m[5] else 0


def plain_text(col, v):
    """The canonical text, as bytes, of a plain value of a kind whose JSON is a string."""
    kind, text = col.kind, None
    if col.layout == "var":
        return v.hex().encode() if kind == "geometry" else v
    if kind == "decimal":
        digits = str(abs(v)).rjust(col.scale + 1, "0")
        whole = len(digits) - col.scale
        text = ("-" if v < 0 else "") + digits[:whole] + "." * (col.scale > 0) + digits[whole:]
    elif kind == "date":
        text = moment_text(v, "")
    elif kind == "time":
        text = seconds_text(v, clock)
    elif kind in ("timestamp", "timestamptz"):
        zone = "+00" if kind == "timestamptz" else ""
        text = moment_text(v // DAY, " " + seconds_text(v % DAY, clock) + zone)
    elif kind == "timetz":
        micros, west = struct.unpack("<qi", v)
        zone = clock(abs(west)).removesuffix(":00").removesuffix(":00")
        text = seconds_text(micros, clock) + ("-" if west > 0 else "+") + zone
    elif kind == "interval":
        micros, days, months = struct.unpack("<qii", v)
        text = f"P{months}M{days}DT{seconds_text(micros, str)}S"
    else:
        text = re.sub("(.{8})(.{4})(.{4})(.{4})", r"\1-\2-\3-\4-", v.hex(), count=1)
    return text.encode()


def plain_of(col, text):
    """The plain value of a canonical text. That it is canonical is checked elsewhere."""
    kind = col.kind
    if col.layout == "var":
        return bytes.fromhex(text) if kind == "geometry" else text.encode()
    if kind == "decimal":
        return int(text.replace(".", ""))
    if kind == "time":
        return clock_of(*re.fullmatch(CLOCK, text).groups())
    if kind == "timetz":
        *time, sign, hours, minutes, seconds = TIMETZ.fullmatch(text).groups()
        east = int(hours) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
        return struct.pack("<qi", clock_of(*time), east if sign == "-" else -east)
    if kind == "interval":
        months, days, *time = INTERVAL.fullmatch(text).groups()
        return struct.pack("<qii", micros_of(*time), int(days), int(months))
    if kind == "uuid":
        return bytes.fromhex(text.replace("-", ""))
    days, micros = moment_of(text)
    return days if kind == "date" else days * DAY + micros


# Columns. A cell is None or a pair: tag and value (an int, a float or bytes).


class Column:
    def __init__(self, spec, where):
        self.name, self.kind, self.quoted = spec["name"], spec["type"]["kind"], dumps(spec["name"])
        need(self.kind in KINDS, where, f"column {self.quoted} is of an unknown kind")
        self.layout, self.width, self.klass = KINDS[self.kind]
        self.single = self.kind == "float32"
        self.scale = spec["type"].get("scale", 0)
        precision = spec["type"].get("precision", 0)
        fits = 1 <= precision <= 38 and 0 <= self.scale <= precision
        if self.kind == "decimal" and not fits:
            self.layout, self.width = "var", 4
        self.generated = bool(spec.get("generated"))
        self.counts = not self.generated and not spec.get("passenger")
        bits = self.width * 8
        unsigned = self.kind in UNSIGNED
        self.bounds = (0, 2**bits - 1) if unsigned else (-2**(bits - 1), 2**(bits - 1) - 1)

    def canonical(self, cell):
        """Class and canonical bytes of a cell that is not NULL."""
        tag, v = cell
        klass = self.klass if tag == PLAIN else TAG_CLASS.get(tag, 32 + tag)
        if klass == 3:
            text = plain_text(self, v)
            if b"." in text or not -2**63 <= int(text) <= MAX63:
                return 3, text
            klass, v = 2, int(text)
        if klass == 2 and v > MAX63:
            return 3, b"%d" % v
        if klass == 1:
            return 1, bytes((v,))
        if klass == 4:
            return 4, struct.pack("<d", v if v == v else float("nan"))
        return klass, struct.pack("<q", v) if klass in (2, 7, 8, 9, 10) else v

    def to_json(self, cell):
        if cell is None:
            return "null"
        (tag, v), kind = cell, self.kind
        if tag == INT or tag == PLAIN and kind in INTEGERS:
            if tag == INT and kind in INTEGERS:
                return '{"int":"%d"}' % v
            return str(v) if v <= MAX63 else '"%d"' % v
        if tag == REAL or tag == PLAIN and kind in FLOATS:
            text = real_text(v, self.single and tag == PLAIN)
            if tag == REAL and kind in FLOATS:
                return '{"outlier":"%s"}' % text
            return text if abs(v) < float("inf") else '{"real":"%s"}' % text
        if tag == BYTES or tag == PLAIN and kind == "binary":
            return '{"%s":"%s"}' % ("bytes" if kind == "binary" and tag else "hex", v.hex())
        if tag == PLAIN and kind == "bool":
            return "true" if v else "false"
        if tag in (BADTEXT, UTF16):
            return '{"%s":"%s"}' % (TAG_NAMES[tag], v.hex())
        if tag in EMPTY_TAGS:
            return '{"%s":true}' % TAG_NAMES[tag]
        v = plain_text(self, v) if tag == PLAIN else v
        try:
            text, bad = dumps(v.decode()), False
        except UnicodeDecodeError:
            text, bad = '{"hex":"%s"}' % v.hex(), True
        if tag == PLAIN and not bad or tag == TEXT and kind in NOT_STRINGS - {"uint64"}:
            return text
        return '{"%s":%s}' % ({PLAIN: "plain", TEXT: "text"}.get(tag) or TAG_NAMES[tag], text)

    def from_json(self, v, where):
        """The cell of a JSON value. That this is its canonical form is checked elsewhere."""
        kind, name, tag = self.kind, None, None
        if v is None:
            return None
        if type(v) is dict:
            ((name, v),) = v.items()
            tag = TAGS.get(name)
        if name == "plain" or type(v) is dict:
            return tag or PLAIN, bytes.fromhex(v["hex"])
        if tag:
            data = b"" if v is True else bytes.fromhex(v) if tag <= UTF16 else v.encode()
            return tag, data
        if name in ("hex", "bytes"):
            return PLAIN if (name, kind) == ("hex", "binary") else BYTES, bytes.fromhex(v)
        if name == "text" or type(v) is str and not name and kind in NOT_STRINGS - {"uint64"}:
            return TEXT, v.encode()
        if name in ("real", "outlier") or type(v) is Num:
            tag, x = PLAIN if kind in FLOATS and name != "outlier" else REAL, float(v)
            if self.single and tag == PLAIN and 0 < abs(x) < float("inf"):
                x = nearest_single(Fraction(v))
            return tag, x
        if type(v) is bool:
            return PLAIN, v
        if name == "int" or type(v) is int or kind == "uint64":
            if kind in INTEGERS and not name:
                return PLAIN, integer(v, where, *self.bounds)
            return INT, integer(v, where, -2**63)
        need(not name, where, f"unknown form {name}")
        return PLAIN, plain_of(self, v)


class Facts:
    """What is counted of one column."""

    def __init__(self, col):
        self.col, self.values = col, {}

    def total(self, name, more=1):
        self.values[name] = self.values.get(name, 0) + more

    def ends(self, name, low, high):
        """Notes the lowest and the highest tuple; the last element is the value."""
        for end, choose, new in ((name + "-min", min, low), (name + "-max", max, high)):
            self.values[end] = choose(self.values.get(end, new), new)

    def add(self, cell):
        if cell is None:
            return self.total("nulls")
        (tag, v), kind = cell, self.col.kind if cell[0] == PLAIN else None
        if tag == INT or kind in INTEGERS:
            self.total("ints")
            self.total("int-sum", v)
            self.ends("int", (v,), (v,))
        elif tag == REAL or kind in FLOATS:
            self.total("reals")
            self.total("real-nans", v != v)
            self.total("real-negatives", v < 0)
            if v == v:
                bits = struct.unpack("<Q", struct.pack("<d", v + 0.0))[0]
                self.ends("real", (v, bits), (v, bits))
            if abs(v) < 2.0**62:
                for n in (int(v), int((v - int(v)) * 2.0**52)):
                    self.total("real-check", abs(n) % 2147483647 * (1 if n > 0 else -1))
        elif tag in (TEXT, BADTEXT, UTF16) or kind in TEXTS:
            self.total("texts")
            self.total("octets", len(v))
            if self.col.kind in ("enum", "set") and tag != UTF16:
                for label in v.split(b",") if self.col.kind == "set" else [v]:
                    self.total("label-check", zlib.crc32(label))
        elif tag == BYTES or kind in ("binary", "geometry"):
            self.total("blobs")
            self.total("octets", len(v))
        elif kind == "decimal":
            text = plain_text(self.col, v).decode()
            exact = Fraction(text)
            self.total("decimal-sum", exact)
            self.ends("decimal", (exact, len(text), text), (exact, -len(text), text))
        elif kind in ("date", "time", "timestamp", "timestamptz"):
            self.ends("time", (v,), (v,))
        elif kind == "bool":
            self.total("trues", v)

    def compare(self, told, where):
        for name in self.values.keys() | told.keys():
            mine, its = self.values.get(name), told.get(name)
            if name.endswith(("-min", "-max")):
                need(mine and its is not None, where, f"fact {name} is missing or too much")
                mine = mine[-1]
            if name == "decimal-sum":
                mine, its = mine or 0, Fraction(its or 0)
            elif type(mine) is not str:
                mine, its = mine or 0, integer(its or 0, f"{where}: {name}", -2**127, 2**127 - 1)
            need(mine == its, where, f"fact {name} is {mine}, not {its}")
