-- SPDX-License-Identifier: Apache-2.0
-- shop.sqlite.sql: a shop as every engine can have it, for the ways from each engine into each other one.
BEGIN;
CREATE TABLE Country (
    CountryId INTEGER NOT NULL PRIMARY KEY,
    Name VARCHAR(60) NOT NULL
);
CREATE TABLE Customer (
    CustomerId INTEGER NOT NULL,
    FirstName VARCHAR(40) NOT NULL,
    LastName VARCHAR(40),
    CountryId INTEGER,
    RecommendedBy INTEGER,
    CONSTRAINT PK_Customer PRIMARY KEY (CustomerId),
    FOREIGN KEY (CountryId) REFERENCES Country (CountryId) ON DELETE SET NULL,
    FOREIGN KEY (RecommendedBy) REFERENCES Customer (CustomerId)
);
CREATE TABLE Invoice (
    InvoiceId INTEGER NOT NULL,
    CustomerId INTEGER NOT NULL,
    InvoiceDate DATETIME NOT NULL,
    Total NUMERIC(10, 2) NOT NULL,
    CONSTRAINT PK_Invoice PRIMARY KEY (InvoiceId),
    FOREIGN KEY (CustomerId) REFERENCES Customer (CustomerId) ON DELETE CASCADE
);
CREATE TABLE InvoiceTag (
    InvoiceId INTEGER NOT NULL,
    Tag VARCHAR(20) NOT NULL,
    CONSTRAINT PK_InvoiceTag PRIMARY KEY (InvoiceId, Tag),
    FOREIGN KEY (InvoiceId) REFERENCES Invoice (InvoiceId)
);
CREATE INDEX IX_Customer_Country ON Customer (CountryId);
CREATE INDEX IX_Invoice_Date ON Invoice (InvoiceDate DESC, Total);
CREATE UNIQUE INDEX IX_Country_Name ON Country (Name);

INSERT INTO Country VALUES (1, 'Österreich'), (2, 'Česko'), (3, '日本'), (4, 'United Kingdom'), (0, '😀 land'), (-7, ''), (5, 'österreich'), (6, 'Osterreich');
INSERT INTO Customer
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 1499)
SELECT i, CASE i % 5 WHEN 0 THEN 'Zoë' WHEN 1 THEN 'O''Brien ' WHEN 2 THEN 'back\slash' WHEN 3 THEN 'a' || char(9) || 'b' ELSE '' END,
    CASE WHEN i % 7 THEN 'name ' || (i * 48271 % 65537) END, CASE WHEN i % 11 THEN i % 7 END,
    CASE WHEN i % 3 THEN i * 31 % 1500 END
FROM n;
UPDATE Customer SET CountryId = -7 WHERE CountryId = 4 AND CustomerId % 2;
INSERT INTO Invoice
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 4999)
SELECT i, i * 7919 % 1500, datetime(1230768000 + i * 86400 * 3 + i * 7 % 86400, 'unixepoch'), (i * 104729 % 2000000 - 500000) / 100.0
FROM n;
INSERT INTO InvoiceTag
SELECT InvoiceId, 'paid' FROM Invoice WHERE InvoiceId % 4 UNION ALL SELECT InvoiceId, 'Paid' FROM Invoice WHERE InvoiceId % 9 = 0
UNION ALL SELECT InvoiceId, 'paid ' FROM Invoice WHERE InvoiceId % 13 = 0;
COMMIT;
