-- SPDX-License-Identifier: Apache-2.0
-- nasty_utf16.sqlite.sql: goes before nasty.sqlite.sql to make the same in UTF-16, where lone
-- surrogates and odd bytes can stand in TEXT.
PRAGMA encoding = 'UTF-16le';
CREATE TABLE surrogates (id INTEGER PRIMARY KEY, t TEXT);
INSERT INTO surrogates (t) VALUES
    (CAST(x'00D87800' AS TEXT)), (CAST(x'3DD800DE' AS TEXT)), (CAST(x'61000000' AS TEXT)), (CAST(x'00DC' AS TEXT)), ('ok');
