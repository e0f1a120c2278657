-- Version 2 of the shop in old.mariadb.sql.
CREATE TABLE client (id int unsigned AUTO_INCREMENT PRIMARY KEY, `end` text, born date, open time, active tinyint(1) DEFAULT 1, city varchar(60) NOT NULL DEFAULT 'Cork',
    feeling enum('sad', 'ok', 'happy'), likes set('tea', 'milk'), total bigint CHECK (total >= 0), seen timestamp NULL, spot point, UNIQUE KEY by_city (city)) COMMENT 'people';
CREATE TABLE visit (id bigint AUTO_INCREMENT PRIMARY KEY, client_id int unsigned NOT NULL, at datetime(6), level int NOT NULL DEFAULT 3,
    CONSTRAINT who FOREIGN KEY (client_id) REFERENCES client (id) ON DELETE CASCADE);
CREATE TABLE crate (code varchar(12) PRIMARY KEY, kilos decimal(8,2), place varchar(20) COMMENT 'rack', KEY by_place (place, code));
CREATE TABLE label (id uuid PRIMARY KEY, crate_code varchar(12), text json NOT NULL, CONSTRAINT of_crate FOREIGN KEY (crate_code) REFERENCES crate (code) ON DELETE SET NULL);
INSERT INTO client (id, `end`, born, open, city, feeling, likes, total) VALUES (1, 'x', '1970-01-31', '30:00:00', 'Ayr', 'ok', 'tea', 7), (2, NULL, NULL, NULL, 'Cork', NULL, NULL, 0);
INSERT INTO visit (id, client_id, at) VALUES (1, 1, '2024-01-02 03:04:05'), (2, 2, NULL);
INSERT INTO crate VALUES ('A1', 12.50, 'left'), ('B2', 0.10, NULL), ('C3', NULL, 'right');
