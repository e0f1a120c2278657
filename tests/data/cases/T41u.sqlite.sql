-- T41u the same in a database of UTF-16, with a lone surrogate
PRAGMA encoding='UTF-16le';
CREATE TABLE t41(id INTEGER PRIMARY KEY, t TEXT); INSERT INTO t41(t) VALUES (CAST(x'610062' AS TEXT)),(char(0)),('ok'),(CAST(x'00D87800' AS TEXT));
