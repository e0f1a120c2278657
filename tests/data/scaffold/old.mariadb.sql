-- Version 1 of a shop, with what only MariaDB can say.
CREATE TABLE customer (id int unsigned AUTO_INCREMENT PRIMARY KEY, `end` text, born date, open time, active tinyint(1) DEFAULT 1, city varchar(40) NOT NULL DEFAULT 'Ayr',
    feeling enum('sad', 'ok'), likes set('tea', 'milk'), total int CHECK (total >= 0), seen timestamp NULL, spot point, UNIQUE KEY by_city (city)) COMMENT 'people';
CREATE TABLE visit (id bigint AUTO_INCREMENT PRIMARY KEY, customer_id int unsigned NOT NULL, at datetime(3), CONSTRAINT who FOREIGN KEY (customer_id) REFERENCES customer (id));
CREATE TABLE crate (code varchar(12) PRIMARY KEY, weight decimal(8,2), place varchar(20) COMMENT 'shelf', KEY by_place (place));
INSERT INTO customer (id, `end`, born, open, city, feeling, likes, total) VALUES (1, 'x', '1970-01-31', '30:00:00', 'Ayr', 'ok', 'tea', 7), (2, NULL, NULL, NULL, 'Cork', NULL, NULL, 0);
INSERT INTO visit VALUES (1, 1, '2024-01-02 03:04:05'), (2, 2, NULL);
INSERT INTO crate VALUES ('A1', 12.50, 'left'), ('B2', 0.10, NULL), ('C3', NULL, 'right');
