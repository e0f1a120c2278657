-- SPDX-License-Identifier: Apache-2.0
-- native.mariadb.sql: views, routines, triggers, events and sequences, fed to the mariadb client. DEFINER
-- is whoever runs it, unless said.
SET sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO', time_zone = '+00:00';
CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY, v varchar(20), n int NOT NULL DEFAULT 0) COMMENT 'base';
CREATE TABLE log (at int AUTO_INCREMENT PRIMARY KEY, what varchar(40));
CREATE SEQUENCE s START WITH 5 INCREMENT BY 3 MINVALUE -7 MAXVALUE 500 CACHE 10 CYCLE;
CREATE SEQUENCE s_down START WITH -1 INCREMENT BY -1 NOCACHE;
CREATE TABLE with_s (id int DEFAULT NEXTVAL(s), v int);
INSERT INTO with_s (v) VALUES (1), (2);
INSERT INTO t (id, v) VALUES (0, 'zero'), (7, 'seven');
-- Views that use each other against the order of their names.
CREATE VIEW z_base AS SELECT id, v FROM t WHERE id > 0;
CREATE ALGORITHM = MERGE SQL SECURITY INVOKER VIEW m_checked AS SELECT id, v FROM z_base WHERE v <> 'x' WITH LOCAL CHECK OPTION;
CREATE ALGORITHM = TEMPTABLE VIEW a_top AS SELECT count(*) AS c, max(m.id) AS `max id` FROM m_checked m JOIN t USING (id);
DELIMITER //
CREATE FUNCTION twice(x int) RETURNS int DETERMINISTIC NO SQL COMMENT 'it''s twice' RETURN x * 2//
CREATE VIEW uses_routine AS SELECT twice(3) AS six, 'é😀' AS text//
CREATE PROCEDURE fill(IN n int, INOUT total int) MODIFIES SQL DATA SQL SECURITY INVOKER
BEGIN
    DECLARE i int DEFAULT 0; -- a comment; with a semicolon
    WHILE i < n DO
        INSERT INTO t (v) VALUES (CONCAT('é ', i));
        SET i = i + 1, total = total + twice(i);
    END WHILE;
END//
SET sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT'//
CREATE FUNCTION "ansi ""name"""(a varchar(10) CHARACTER SET latin1) RETURNS varchar(40) CHARSET utf8mb4 READS SQL DATA RETURN a || (SELECT "v" FROM t ORDER BY "id" LIMIT 1)//
SET sql_mode = 'ORACLE'//
CREATE PACKAGE pack AS
    FUNCTION f(a int) RETURN int;
END//
CREATE PACKAGE BODY pack AS
    hidden int := 3;
    FUNCTION f(a int) RETURN int AS BEGIN RETURN a + hidden; END;
END//
SET sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO'//
CREATE AGGREGATE FUNCTION product(x double) RETURNS double
BEGIN
    DECLARE p double DEFAULT 1;
    DECLARE CONTINUE HANDLER FOR NOT FOUND RETURN p;
    LOOP FETCH GROUP NEXT ROW; SET p = p * x; END LOOP;
END//
-- Triggers of one event, in an order that is not that of their names.
CREATE TRIGGER z_first BEFORE INSERT ON t FOR EACH ROW SET NEW.n = NEW.n + 1//
CREATE TRIGGER b_second BEFORE INSERT ON t FOR EACH ROW FOLLOWS z_first SET NEW.n = NEW.n * 10//
CREATE TRIGGER a_zeroth BEFORE INSERT ON t FOR EACH ROW PRECEDES z_first SET NEW.n = 5//
CREATE TRIGGER after_insert AFTER INSERT ON t FOR EACH ROW INSERT INTO log (what) VALUES (CONCAT('in ', NEW.id))//
CREATE TRIGGER after_delete AFTER DELETE ON t FOR EACH ROW BEGIN INSERT INTO log (what) VALUES ('out'); END//
SET time_zone = '+05:30', sql_mode = ''//
CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY STARTS '2037-01-01 03:00:00' ENDS '2037-12-31 00:00:00' ON COMPLETION PRESERVE DISABLE COMMENT 'every night' DO INSERT INTO log (what) VALUES ('event')//
SET time_zone = '+00:00'//
CREATE EVENT once ON SCHEDULE AT '2037-06-01 00:00:00' DO BEGIN DELETE FROM log; END//
DELIMITER ;
DELETE FROM log;
