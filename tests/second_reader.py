# SPDX-License-Identifier: Apache-2.0
"""A second reader of polydump archives, written from format.md and the pages it names alone,
without a look at the program that writes them.

    second_reader.py [--rows] ARCHIVE

It checks hashes, seals, places, counts, canonical JSON, digests, facts and the content id, and
prints one line a table, with --rows each row in the form of the text encoding too, and at the end
the content id. Nothing is printed of an archive that is not right in full: then one line on stderr
says what and where, and the exit code is 1. A name of a table that would not stand alone in its
line is printed as a JSON string; before it stand the schema, if there is one, and a point.
"""

import io
import itertools
import os
import re
import shutil
import stat
import struct
import sys
import tempfile

import xxhash
import zstandard
from second_values import (
    BADTEXT, BYTES, EMPTY_TAGS, INT, M64, MALFORMED, MAX63, NATIVE, PLAIN, REAL, TEXT, Column,
    Facts, Refused, count, counted, counted_counter, dumps, integer, need, parse_json)

MIB = 1 << 20
LONG = 4 * MIB  # a larger cell is kept in slices
MAX_LINE, MAX_MANIFEST = 64 * MIB, 65536
FEATURES = {"zstd-blocks", "json-rows", "schema-only"}
BLOCK = struct.Struct("<4sHHIIQIIQQQQ")
STREAM = b"polydump stream\n"

LONG_TAGS = {PLAIN, TEXT, BYTES, BADTEXT}
TAG_LAYOUT = {INT: "int", REAL: "f64"}


# Blocks


def doubles(values):
    return list(struct.unpack(f"<{len(values)}d", struct.pack(f"<{len(values)}Q", *values)))


def check_text(col, tag, data, where):
    if tag == TEXT or tag == PLAIN and col.kind not in ("binary", "geometry"):
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            raise Refused(f"{where}: column {col.quoted}: text that is not UTF-8") from None


class Long:
    """A cell whose bytes follow in slices."""

    def __init__(self, col, tag, size, digest):
        self.col, self.tag, self.size, self.digest, self.data = col, tag, size, digest, bytearray()


class Body:
    """The body of a block of rows."""

    def __init__(self, data, where):
        self.data, self.where, self.at = data, where, 0

    def take(self, size):
        need(size <= len(self.data) - self.at, self.where, "the body is too short")
        self.at += size
        return self.data[self.at - size:self.at]

    def integers(self, n, width, signed=False):
        if n == 0:
            return []
        code, base = struct.unpack("<BQ", self.take(9))
        store, differences, m = code & 15, code & 16, n
        need(code < 32 and (store <= width or store == 9) and (n > 1 or not differences),
             self.where, f"bad code {code}")
        if differences:
            first, m = struct.unpack("<Q", self.take(8))[0], n - 1
        if store == 9:
            bits = int.from_bytes(self.take((m + 7) // 8), "little")
            elements = [bits >> i & 1 for i in range(m)]
        else:
            wide = bytearray(8 * m)
            for k in range(store):
                wide[k::8] = self.take(m)
            elements = struct.unpack(f"<{m}Q", wide)
        values = [base + e for e in elements]
        if differences:
            values = itertools.accumulate(values, initial=first)
        mask, half = (1 << 8 * width) - 1, 1 << 8 * width - 1 if signed else 0
        return [((v & mask) ^ half) - half for v in values]

    def reals(self, n):
        scale = self.take(1)[0]
        need(scale <= 9 or scale == 255, self.where, f"bad scale {scale}")
        if scale == 255:
            return doubles(self.integers(n, 8))
        values = [float(v) / 10.0**scale for v in self.integers(n, 8, True)]
        n_odd = struct.unpack("<I", self.take(4))[0]
        need(n_odd <= n // 16, self.where, "too many odd reals")
        places = self.integers(n_odd, 8)
        need(all(a < b for a, b in zip(places, places[1:] + [n])), self.where, "bad odd places")
        for place, real in zip(places, doubles(self.integers(n_odd, 8))):
            values[place] = real
        return values

    def cells(self, col, tag, n):
        layout, width = col.layout, col.width
        if tag != PLAIN:
            layout, width = TAG_LAYOUT.get(tag, "var"), 8
        if layout == "int":
            return self.integers(n, width, tag == INT or col.bounds[0] < 0)
        if layout == "bits":
            bits = self.integers(n, 1)
            need(max(bits) < 2, self.where, f"no bool: {max(bits)}")
            return bits
        if layout == "f32":
            return struct.unpack(f"<{n}f", struct.pack(f"<{n}I", *self.integers(n, 4)))
        if layout == "f64":
            return self.reals(n)
        if layout == "i128":
            lows, highs = self.integers(n, 8), self.integers(n, 8)
            wide = [low | (high - (low >> 63) & M64) << 64 for low, high in zip(lows, highs)]
            return [(v ^ 1 << 127) - (1 << 127) for v in wide]
        if layout == "fixed":
            return [self.take(width) for _ in range(n)]
        sizes = self.integers(n, 4)
        need(tag not in EMPTY_TAGS or not any(sizes), self.where, "a tag with bytes")
        need(tag not in LONG_TAGS or max(sizes) <= LONG, self.where, "a long cell not in slices")
        values = [self.take(size) for size in sizes]
        for v in values:
            check_text(col, tag, v, self.where)
        return values

    def column(self, col, n_rows):
        """The cells of a column; the only one may be a Long."""
        states = self.integers(n_rows, 1)
        if 255 in states:
            tag, size, digest = struct.unpack("<BQQ", self.take(17))
            need(n_rows == 1 and tag in LONG_TAGS and (tag != PLAIN or col.layout == "var")
                 and LONG < size <= MAX63, self.where, "a bad long cell")
            return [Long(col, tag, size, digest)]
        made = [None] * n_rows
        for state in sorted(set(states) - {0}):
            tag = state - 1
            need(tag <= NATIVE and (tag != PLAIN or col.layout != "none"), self.where,
                 f"column {col.quoted}: bad state {state}")
            rows = [i for i, s in enumerate(states) if s == state]
            for i, v in zip(rows, self.cells(col, tag, len(rows))):
                made[i] = tag, v
        return made


def unpack_frame(frame, size, where):
    """The body in what has to be exactly one frame in the form that the page wants."""
    need(frame[:4] == b"\x28\xb5\x2f\xfd" and len(frame) > 6, where, "no zstd frame")
    descriptor = frame[4]
    need(descriptor & 0x1f == 4 and descriptor & 0xe0, where, "a zstd frame of another form")
    need(zstandard.frame_content_size(frame) == size, where, "the frame has another content size")
    at = 5 + (1, 2, 4, 8)[descriptor >> 6] + (0 if descriptor & 0x20 else 1)
    last = False
    while not last:
        head = int.from_bytes(frame[at:at + 3], "little")
        last, at = head & 1, at + 3 + (1 if head >> 1 & 3 == 1 else head >> 3)
        need(at <= len(frame), where, "the frame is too short")
    need(at + 4 == len(frame), where, "the frame does not end where it should")
    try:
        body = zstandard.ZstdDecompressor().decompress(frame)
    except zstandard.ZstdError as error:
        raise Refused(f"{where}: {error}") from None
    need(len(body) == size, where, "the body has another size")
    return body


class Table:
    """A table as it is read: its rows come in blocks or in lines."""

    def __init__(self, line, number, out):
        self.neutral, self.number, self.out = line["table"], number, out
        self.key = self.neutral.get("schema"), self.neutral["name"]
        plain = re.fullmatch(r'[^\s"\x00-\x20\x7f-\x9f]+', self.key[1])
        self.name = self.key[1] if plain else dumps(self.key[1])
        if self.key[0] is not None:
            self.name = f"{self.key[0]}.{self.name}"
        self.where = f"table {number} ({self.name})"
        self.columns = [Column(c, self.where) for c in self.neutral.get("columns", [])]
        self.travel = [c for c in self.columns if not c.generated]
        self.facts = {c: Facts(c) for c in self.travel}
        self.sum = self.n_rows = self.n_blocks = self.bytes = self.number_in_part = 0
        self.part, self.row, self.long = -1, [], []

    def start_part(self, part):
        need(not self.long, self.where, "slices of a long cell are missing")
        self.part, self.number_in_part = part, 0

    def add_row(self, row):
        """Counts a row and returns its line."""
        hashes = []
        for col, cell in zip(self.travel, row):
            self.facts[col].add(cell)
            if col.counts:
                klass, data = col.canonical(cell) if cell else (0, b"")
                hashes.append(xxhash.xxh3_64_intdigest(data, klass))
        self.sum += xxhash.xxh3_128_intdigest(struct.pack(f"<{len(hashes)}Q", *hashes))
        self.n_rows += 1
        members = (f"{c.quoted}:{c.to_json(cell)}" for c, cell in zip(self.travel, row))
        line = b"{%s}\n" % ",".join(members).encode()
        self.out.write(line)
        return line

    def add_line(self, line):
        where = f"{self.where} row {self.n_rows}"
        row = parse_json(line, where)
        need(list(row) == [c.name for c in self.travel], where, "other members than columns")
        try:
            cells = [c.from_json(row[c.name], f"{where}: {c.quoted}") for c in self.travel]
            need(self.add_row(cells) == line, where, "not in canonical form")
        except MALFORMED as error:
            raise Refused(f"{where}: no value of its column: {error}") from None

    def add_block(self, header, frame):
        where = f"{self.where} part {self.part} block {self.number_in_part}"
        (magic, kind, n_rows, table, part, number, size, frame_size, low, high, frame_hash,
         header_hash) = BLOCK.unpack(header)
        need(magic == b"PDB1" and xxhash.xxh3_64_intdigest(header[:56]) == header_hash, where,
             "a damaged header")
        need((table, part, number) == (self.number, self.part, self.number_in_part), where,
             f"a block of table {table} part {part} number {number}")
        need(frame_size == len(frame) and xxhash.xxh3_64_intdigest(frame) == frame_hash, where,
             "a damaged frame")
        need(kind == 1 and 0 < n_rows <= 16384 and size <= (1024 if n_rows == 1 else 4) * MIB
             or kind == 2 and n_rows == 0 and 0 < size <= MIB, where, "a bad kind, count or size")
        most = size + size // 256 + (size // 16384 + 1) * 32 + max(0, (131072 - size) // 2048)
        need(size // 32768 <= frame_size <= most, where, "sizes that do not fit each other")
        body = unpack_frame(frame, size, where)
        need(xxhash.xxh3_128_intdigest(header[:28] + body) == high << 64 | low, where,
             "a damaged body")
        self.number_in_part += 1
        self.n_blocks += 1
        self.bytes += len(header) + len(frame)
        need((kind == 2) == bool(self.long), where, "slices that are missing or too much")
        if kind == 2:
            return self.add_slice(body, where)
        need(n_rows == 1 or n_rows * sum(c.width for c in self.travel) <= MIB, where,
             "more cells than a block may have")
        reader = Body(body, where)
        columns = [reader.column(c, n_rows) for c in self.travel]
        need(reader.at == len(body), where, "bytes behind the last column")
        self.row = [column[0] for column in columns]
        self.long = [i for i, cell in enumerate(self.row) if isinstance(cell, Long)]
        if not self.long:
            for row in zip(*columns) if columns else [()] * n_rows:
                self.add_row(row)

    def add_slice(self, body, where):
        long = self.row[self.long[0]]
        need(len(body) == min(MIB, long.size - len(long.data)), where, "a slice of another size")
        long.data += body
        if len(long.data) == long.size:
            data = bytes(long.data)
            need(xxhash.xxh3_64_intdigest(data) == long.digest, where, "a damaged long cell")
            check_text(long.col, long.tag, data, where)
            self.row[self.long.pop(0)] = long.tag, data
            if not self.long:
                self.add_row(self.row)

    def finish(self, stats, schema_only):
        """Compares what was read with what the archive says was counted."""
        need(not self.long, self.where, "slices of a long cell are missing")
        need(not schema_only or self.n_rows == 0, self.where, "rows in a dump of the schema")
        self.digest = f"{self.sum % 2**128:032x}"
        if stats is None and schema_only:
            return
        for name, mine in (("rows", self.n_rows), ("digest", self.digest)):
            need(stats[name] == mine, self.where, f"{name} of what is there: {mine}")
        told = {}
        for fact in stats.get("facts", []):
            value = fact["value"] if "value" in fact else fact["text"]
            told.setdefault(fact.get("column"), {})[fact["fact"]] = value
        need(told.pop(None, {}) in ({}, {"rows": self.n_rows}), self.where, "wrong facts")
        for i, col in enumerate(self.columns):
            its = told.pop(i, {})
            if stats.get("facts") and not col.generated:
                self.facts[col].compare(its, f"{self.where} column {i} ({col.quoted})")
        need(not told, self.where, "facts of no column")


# Archives


def check_seal(data, seal, where):
    need(len(data) == count(seal, "size", where), where, "the size is not that of the seal")
    need(xxhash.xxh3_128_hexdigest(data) == seal["hash"], where, "the hash is not the seal's")


class Archive:
    """What folders and streams have in common."""

    def __init__(self, path, want_rows):
        self.path, self.out = path, tempfile.TemporaryFile()
        self.rows_out = tempfile.TemporaryFile() if want_rows else open(os.devnull, "wb")
        self.want_rows, self.tables, self.sequences, self.names = want_rows, [], [], set()
        self.manifest, self.known, self.schema_only, self.rank = {}, True, False, 0
        self.place = path

    def check_manifest(self, data, shape, where):
        made = parse_json(data, where)
        version = re.fullmatch(r"(\d+)\.(\d+)", made["version"])
        need(made["format"] == "polydump archive" and version[1] == "1", where,
             "another format or version")
        need(FEATURES.issuperset(made["features"]), where, f"unknown among {made['features']}")
        self.known, self.schema_only = version[2] == "0", "schema-only" in made["features"]
        rows = {"binary": "zstd-blocks", "text": "json-rows"}[made["encoding"]]
        need(made["shape"] == shape and made["order"] in ("source", "key") and
             (self.schema_only or rows in made["features"]) and (shape, rows) !=
             ("stream", "json-rows"), where, "shape, order, encoding and features do not fit")
        self.manifest = made

    def check_sealed(self, data, shape, where):
        need(len(data) <= MAX_MANIFEST and data[-44:-36] == b'"seal":"' and
             data[-4:] == b'"\n}\n' and data.startswith(b'{\n"format":') and
             xxhash.xxh3_128_hexdigest(data[:-36]).encode() == data[-36:-4], where,
             "the seal is not right")
        self.check_manifest(data, shape, where)

    def line(self, data, where):
        self.place = where
        need(data.endswith(b"\n") and len(data) <= MAX_LINE, where, "a line without end")
        made = parse_json(data, where)
        need(not self.known or dumps(made).encode() + b"\n" == data, where, "no canonical JSON")
        return made

    def add_table(self, line, where):
        table = Table(line, len(self.tables), self.rows_out)
        need(table.key not in self.names, where, "a second table of this name")
        self.tables.append(table)
        self.names.add(table.key)

    def add_origin(self, data, where):
        made = self.line(data, where)
        for rank, kind in enumerate(("engine", "property", "native", "object")):
            if kind in made:
                need(rank >= self.rank, where, "a line out of order")
                self.rank = rank
        if "native" in made:
            key = self.tables[count(made, "table", where)].key
            native = made["native"]
            need((native.get("schema"), native["name"]) == key, where, "native half of another")

    def check_stamp(self, data, where):
        need((data is None) == ("stamp.json" not in self.manifest), where, "missing or too much")
        if data is not None:
            check_seal(data, self.manifest["stamp.json"], where)
            need(all(type(v) is str for v in parse_json(data, where).values()), where, "no texts")

    def check_rejects(self):
        if "rejects.jsonl" not in self.manifest:
            return
        lines = self.read_file("rejects.jsonl")
        check_seal(lines, self.manifest["rejects.jsonl"], "rejects.jsonl")
        for i, data in enumerate(io.BytesIO(lines)):
            where = f"rejects.jsonl line {i + 1}"
            line = parse_json(data, where)
            need(list(line) == ["table", "key", "by", "cause", "code", "constraint", "reason"], where, "other members")
            need(line["by"] in ("target", "migration") and type(line["reason"]) is str, where, "no reason")

    def finish_table(self, table, stats):
        table.finish(stats, self.schema_only)
        self.out.write(f"table {table.name} {table.n_rows} {table.digest}\n".encode())
        if self.want_rows:
            self.rows_out.seek(0)
            shutil.copyfileobj(self.rows_out, self.out)
            self.rows_out.seek(0)
            self.rows_out.truncate()

    def check_sums(self, **sums):
        sums.update(tables=len(self.tables), sequences=len(self.sequences))
        for name, mine in sums.items():
            need(count(self.manifest, name, "manifest") == mine, "manifest", f"{name} are {mine}")

    def check_content(self, told):
        """Told is a pair of rows and digest for each table."""
        made = self.manifest
        text = "polydump content 1\n"
        text += dumps([made["application"], made["application_version"]]) + "\n"
        for table, (rows, digest) in zip(self.tables, told):
            if not table.neutral.get("passenger"):
                text += f"{dumps(counted(table.neutral))}\n{rows} {digest}\n"
        text += "".join(dumps(counted_counter(s)) + "\n" for s in self.sequences)
        content = xxhash.xxh3_128_hexdigest(text.encode())
        need(not self.known or content == made["content"], "manifest", f"content is {content}")

    # folders

    def open_file(self, name):
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        file = open(os.open(os.path.join(self.path, name), flags), "rb")
        need(stat.S_ISREG(os.fstat(file.fileno()).st_mode), name, "no regular file")
        return file

    def read_file(self, name):
        with self.open_file(name) as file:
            return file.read()

    def read_folder(self):
        name = os.path.basename(os.path.normpath(self.path))
        need(os.path.lexists(os.path.join(self.path, "manifest.json")) and not
             (name.startswith(".") and name.endswith(".partial")), self.path, "INCOMPLETE")
        self.check_sealed(self.read_file("manifest.json"), "directory", "manifest.json")
        lines, native = self.read_file("tables.jsonl"), self.read_file("origin.jsonl")
        check_seal(lines, self.manifest["tables.jsonl"], "tables.jsonl")
        check_seal(native, self.manifest["origin.jsonl"], "origin.jsonl")
        told = []
        for i, data in enumerate(io.BytesIO(lines)):
            where = f"tables.jsonl line {i + 1}"
            line = self.line(data, where)
            if "sequence" in line:
                self.sequences.append(line["sequence"])
                continue
            need(not self.sequences, where, "a table behind a sequence")
            self.add_table(line, where)
            told.append(line)
        for i, data in enumerate(io.BytesIO(native)):
            self.add_origin(data, f"origin.jsonl line {i + 1}")
        stamp = "stamp.json" in self.manifest
        self.check_stamp(self.read_file("stamp.json") if stamp else None, "stamp.json")
        self.check_rejects()
        files, places = self.lay_out(told)
        self.check_files(files, stamp)
        none = {"rows": 0, "digest": "0" * 32}
        self.check_content([((s := t["stats"] or none)["rows"], s["digest"]) for t in told])
        for table, line, segments in zip(self.tables, told, places):
            for number, (part, where) in enumerate(zip(line["parts"], segments)):
                self.read_part(table, number, part, where)
            self.finish_table(table, line["stats"])

    def lay_out(self, told):
        """Files of rows with their sizes, and for each part the pieces of files that hold it."""
        files, places, sums = {}, [], dict.fromkeys(("rows", "blocks", "row_bytes"), 0)
        small, offset = 0, 0
        for table, line in zip(self.tables, told):
            where, rows = f"tables.jsonl: {table.where}", 0
            places.append([])
            binary = self.manifest["encoding"] == "binary"
            need(binary or len(line["parts"]) == 1 or self.schema_only, where, "has not one part")
            for number, part in enumerate(line["parts"]):
                size, blocks = count(part, "size", where), count(part, "blocks", where)
                rows += count(part, "rows", where)
                sums["blocks"] += blocks
                sums["row_bytes"] += size
                pieces = []
                if not binary:
                    need(blocks == 0, where, "blocks in a text archive")
                    pieces.append((f"rows/{table.number:06d}.jsonl", 0, size))
                else:
                    need((blocks > 0) == (size > 0), where, "blocks without bytes or the reverse")
                if "small" in part:
                    place = count(part, "small", where), count(part, "offset", where)
                    need(size and (place == (small, offset) or place == (small + 1, 0) and offset),
                         where, "a small part out of place")
                    small, offset = place[0], place[1] + size
                    pieces.append((f"rows/small-{small:06d}.pack", place[1], size))
                for i, pack in enumerate(part.get("packs", [])):
                    name = f"rows/{table.number:06d}-{number:04d}-{i:03d}.pack"
                    pieces.append((name, 0, integer(pack, where, 1)))
                need(sum(p[2] for p in pieces) == size, where, "a part that lies elsewhere")
                need(binary or "small" not in part and "packs" not in part, where, "packs in text")
                for name, start, piece in pieces:
                    files[name] = start + piece
                places[-1].append(pieces)
            stats = line["stats"]
            need(stats is not None or self.schema_only, where, "stats are missing")
            need(stats is None or count(stats, "rows", where) == rows, where, "sum of rows")
            sums["rows"] += rows
        need(all(v <= MAX63 for v in sums.values()), "tables.jsonl", "sums that are too large")
        self.check_sums(small_packs=small + (offset > 0), **sums)
        return files, places

    def check_files(self, files, stamp):
        there = set(os.listdir(self.path))
        expected = {"manifest.json", "tables.jsonl", "origin.jsonl", *files}
        if stamp:
            expected.add("stamp.json")
        if "rejects.jsonl" in self.manifest:
            expected.add("rejects.jsonl")
        if "rows" in there:
            mode = os.lstat(os.path.join(self.path, "rows")).st_mode
            need(stat.S_ISDIR(mode), "rows", "no folder")
            there.discard("rows")
            there.update("rows/" + n for n in os.listdir(os.path.join(self.path, "rows")))
        for name in sorted(there ^ expected):
            need(name not in there, name, "is in no archive like this")
            need(name in there, name, "is missing")
        for name, size in sorted(files.items()):
            with self.open_file(name) as file:
                its = os.fstat(file.fileno()).st_size
                need(its == size, name, f"has {its} bytes, not {size}")

    def read_part(self, table, number, part, pieces):
        where = f"{table.where} part {number}"
        rows, blocks, part_hash = table.n_rows, table.n_blocks, xxhash.xxh3_128()
        table.start_part(number)
        for name, start, left in pieces:
            with self.open_file(name) as file:
                file.seek(start)
                while left and name.endswith(".jsonl"):
                    line = file.readline()
                    need(line.endswith(b"\n"), where, "the last line has no end")
                    part_hash.update(line)
                    left -= len(line)
                    table.add_line(line)
                while left:
                    header = file.read(min(BLOCK.size, left))
                    need(len(header) == BLOCK.size, where, "a block leaves its part")
                    size = BLOCK.unpack(header)[7]
                    need(BLOCK.size + size <= left, where, "a block leaves its part")
                    frame = file.read(size)
                    part_hash.update(header + frame)
                    left -= BLOCK.size + size
                    table.add_block(header, frame)
        table.start_part(number)
        need(table.n_rows - rows == count(part, "rows", where) and
             table.n_blocks - blocks == count(part, "blocks", where), where,
             f"{table.n_rows - rows} rows in {table.n_blocks - blocks} blocks")
        need(part_hash.hexdigest() == part["hash"], where, "the hash of its bytes is another")

    # streams

    def read_exactly(self, size):
        data = self.stream.read(size)
        need(len(data) == size, self.path, "INCOMPLETE")
        return data

    def section(self, *tags):
        """The next section: its tag and bytes. The tag has to be one of these."""
        head = self.read_exactly(8)
        tag, size = head[:4].decode("latin-1"), int.from_bytes(head[4:], "little")
        self.at += 1
        where = f"section {self.at}"
        need(tag in tags, where, f"{tag!r} where {' or '.join(tags)} should be")
        limit = {"HEAD": MAX_MANIFEST, "LAST": MAX_MANIFEST, "STMP": MAX_MANIFEST,
                 "BLCK": 2048 * MIB}.get(tag, MAX_LINE)
        need(size <= limit, where, f"{tag} is too large")
        data = self.read_exactly(size)
        if tag != "LAST":
            self.hash.update(head + data)
            self.size += 8 + size
        return tag, data, f"{where} ({tag})"

    def read_stream(self):
        self.stream, self.at, self.hash = open(self.path, "rb"), 0, xxhash.xxh3_128(STREAM)
        self.size = len(STREAM)
        begin = self.stream.read(self.size)
        need(STREAM.startswith(begin), self.path, "no polydump archive")
        need(begin == STREAM, self.path, "INCOMPLETE")
        _, head, where = self.section("HEAD")
        need(head.endswith(b"\n}\n"), where, "has another end")
        self.check_manifest(head, "stream", where)
        for _ in range(count(self.manifest, "tables", where)):
            _, data, where = self.section("TABL")
            self.add_table(self.line(data, where), where)
        for _ in range(count(self.manifest, "sequences", where)):
            _, data, where = self.section("SEQU")
            self.sequences.append(self.line(data, where)["sequence"])
        following = ["DONE", "BLCK"] if self.tables else ["STMP", "LAST"]
        tag, data, where = self.section("ORIG", *following)
        while tag == "ORIG":
            self.add_origin(data, where)
            tag, data, where = self.section("ORIG", *following)
        for table in self.tables:
            while tag == "BLCK":
                need(len(data) >= BLOCK.size, where, "no block")
                part = BLOCK.unpack(data[:BLOCK.size])[4]
                if part > table.part:
                    table.start_part(part)
                table.add_block(data[:BLOCK.size], data[BLOCK.size:])
                tag, data, where = self.section("BLCK", "DONE")
            done = self.line(data, where)
            need([count(done, n, where) for n in ("table", "rows", "blocks")] ==
                 [table.number, table.n_rows, table.n_blocks], where, "counts of another table")
            self.finish_table(table, done["stats"])
            last = table is self.tables[-1]
            tag, data, where = self.section(*(("STMP", "LAST") if last else ("BLCK", "DONE")))
        stamp = None
        if tag == "STMP":
            stamp = data
            tag, data, where = self.section("LAST")
        self.check_sealed(data, "stream", where)
        need(data.startswith(head[:-3] + b",\n"), where, "HEAD is not the begin of LAST")
        need(self.manifest["stream"] == {"size": self.size, "hash": self.hash.hexdigest()},
             where, "the seal of the stream is another")
        need(not self.stream.read(1), self.path, "data behind LAST")
        self.check_stamp(stamp, "STMP")
        self.check_sums(**{name: sum(getattr(t, mine) for t in self.tables) for name, mine in
                           (("rows", "n_rows"), ("blocks", "n_blocks"), ("row_bytes", "bytes"))})
        self.check_content([(t.n_rows, t.digest) for t in self.tables])


def main(arguments):
    want_rows = "--rows" in arguments
    paths = [a for a in arguments if a != "--rows"]
    if len(paths) != 1:
        print("usage: second_reader.py [--rows] ARCHIVE", file=sys.stderr)
        return 2
    archive = Archive(paths[0], want_rows)
    try:
        if os.path.isdir(paths[0]):
            archive.read_folder()
        else:
            archive.read_stream()
    except (Refused, OSError, MemoryError) as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return 1
    except MALFORMED as error:
        what = " ".join(f"{type(error).__name__}: {error}".split())
        print(f"{archive.place}: malformed: {what}", file=sys.stderr)
        return 1
    archive.out.seek(0)
    shutil.copyfileobj(archive.out, sys.stdout.buffer)
    print(f"content {archive.manifest['content']}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
