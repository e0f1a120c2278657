-- SPDX-License-Identifier: Apache-2.0
-- The tables of a small Django site (django.contrib.auth, admin, sessions, sites; a blog; tags by
-- generic foreign keys), as its migrations make them on this engine.
CREATE TABLE `django_migrations` (
  `id` bigint AUTO_INCREMENT NOT NULL PRIMARY KEY,
  `app` varchar(255) NOT NULL,
  `name` varchar(255) NOT NULL,
  `applied` datetime(6) NOT NULL
);
CREATE TABLE `django_content_type` (
  `id` integer AUTO_INCREMENT NOT NULL PRIMARY KEY,
  `app_label` varchar(100) NOT NULL,
  `model` varchar(100) NOT NULL
);
ALTER TABLE `django_content_type` ADD CONSTRAINT `django_content_type_app_label_model_uniq` UNIQUE (`app_label`, `model`);
CREATE TABLE `auth_permission` (
  `id` integer AUTO_INCREMENT NOT NULL PRIMARY KEY,
  `name` varchar(255) NOT NULL,
  `content_type_id` integer NOT NULL,
  `codename` varchar(100) NOT NULL
);
ALTER TABLE `auth_permission` ADD CONSTRAINT `auth_permission_content_type_id_codename_uniq` UNIQUE (`content_type_id`, `codename`);
ALTER TABLE `auth_permission` ADD CONSTRAINT `auth_permission_content_type_id_fk`
  FOREIGN KEY (`content_type_id`) REFERENCES `django_content_type` (`id`);
CREATE TABLE `auth_group` (
  `id` integer AUTO_INCREMENT NOT NULL PRIMARY KEY,
  `name` varchar(150) NOT NULL
);
ALTER TABLE `auth_group` ADD CONSTRAINT `auth_group_name_uniq` UNIQUE (`name`);
CREATE TABLE `auth_group_permissions` (
  `id` bigint AUTO_INCREMENT NOT NULL PRIMARY KEY,
  `group_id` integer NOT NULL,
  `permission_id` integer NOT NULL
);
ALTER TABLE `auth_group_permissions` ADD CONSTRAINT `auth_group_permissions_group_id_permission_id_uniq` UNIQUE (`group_id`, `permission_id`);
ALTER TABLE `auth_group_permissions` ADD CONSTRAINT `auth_group_permissions_group_id_fk`
  FOREIGN KEY (`group_id`) REFERENCES `auth_group` (`id`);
ALTER TABLE `auth_group_permissions` ADD CONSTRAINT `auth_group_permissions_permission_id_fk`
  FOREIGN KEY (`permission_id`) REFERENCES `auth_permission` (`id`);
CREATE TABLE `auth_user` (
  `id` integer AUTO_INCREMENT NOT NULL PRIMARY KEY,
  `password` varchar(128) NOT NULL,
  `last_login` datetime(6) NULL,
  `is_superuser` bool NOT NULL,
  `username` varchar(150) NOT NULL,
  `email` varchar(254) NOT NULL,
  `is_active` bool NOT NULL,
  `date_joined` datetime(6) NOT NULL
);
ALTER TABLE `auth_user` ADD CONSTRAINT `auth_user_username_uniq` UNIQUE (`username`);
CREATE TABLE `auth_user_groups` (
  `id` bigint AUTO_INCREMENT NOT NULL PRIMARY KEY,
  `user_id` integer NOT NULL,
  `group_id` integer NOT NULL
);
ALTER TABLE `auth_user_groups` ADD CONSTRAINT `auth_user_groups_user_id_group_id_uniq` UNIQUE (`user_id`, `group_id`);
ALTER TABLE `auth_user_groups` ADD CONSTRAINT `auth_user_groups_user_id_fk`
  FOREIGN KEY (`user_id`) REFERENCES `auth_user` (`id`);
ALTER TABLE `auth_user_groups` ADD CONSTRAINT `auth_user_groups_group_id_fk`
  FOREIGN KEY (`group_id`) REFERENCES `auth_group` (`id`);
CREATE TABLE `auth_user_user_permissions` (
  `id` bigint AUTO_INCREMENT NOT NULL PRIMARY KEY,
  `user_id` integer NOT NULL,
  `permission_id` integer NOT NULL
);
ALTER TABLE `auth_user_user_permissions` ADD CONSTRAINT `auth_user_user_permissions_user_id_permission_id_uniq` UNIQUE (`user_id`, `permission_id`);
ALTER TABLE `auth_user_user_permissions` ADD CONSTRAINT `auth_user_user_permissions_user_id_fk`
  FOREIGN KEY (`user_id`) REFERENCES `auth_user` (`id`);
ALTER TABLE `auth_user_user_permissions` ADD CONSTRAINT `auth_user_user_permissions_permission_id_fk`
  FOREIGN KEY (`permission_id`) REFERENCES `auth_permission` (`id`);
CREATE TABLE `django_admin_log` (
  `id` integer AUTO_INCREMENT NOT NULL PRIMARY KEY,
  `object_id` longtext NULL,
  `object_repr` varchar(200) NOT NULL,
  `action_flag` smallint UNSIGNED NOT NULL,
  `change_message` longtext NOT NULL,
  `content_type_id` integer NULL,
  `user_id` integer NOT NULL,
  `action_time` datetime(6) NOT NULL
);
ALTER TABLE `django_admin_log` ADD CONSTRAINT `django_admin_log_content_type_id_fk`
  FOREIGN KEY (`content_type_id`) REFERENCES `django_content_type` (`id`);
ALTER TABLE `django_admin_log` ADD CONSTRAINT `django_admin_log_user_id_fk`
  FOREIGN KEY (`user_id`) REFERENCES `auth_user` (`id`);
CREATE TABLE `django_session` (
  `session_key` varchar(40) NOT NULL PRIMARY KEY,
  `session_data` longtext NOT NULL,
  `expire_date` datetime(6) NOT NULL
);
CREATE TABLE `django_site` (
  `id` integer AUTO_INCREMENT NOT NULL PRIMARY KEY,
  `name` varchar(50) NOT NULL,
  `domain` varchar(100) NOT NULL
);
ALTER TABLE `django_site` ADD CONSTRAINT `django_site_domain_uniq` UNIQUE (`domain`);
CREATE TABLE `blog_post` (
  `id` bigint AUTO_INCREMENT NOT NULL PRIMARY KEY,
  `title` varchar(200) NOT NULL,
  `author_id` integer NOT NULL,
  `site_id` integer NOT NULL
);
ALTER TABLE `blog_post` ADD CONSTRAINT `blog_post_author_id_fk`
  FOREIGN KEY (`author_id`) REFERENCES `auth_user` (`id`);
ALTER TABLE `blog_post` ADD CONSTRAINT `blog_post_site_id_fk`
  FOREIGN KEY (`site_id`) REFERENCES `django_site` (`id`);
CREATE TABLE `blog_comment` (
  `id` bigint AUTO_INCREMENT NOT NULL PRIMARY KEY,
  `text` longtext NOT NULL,
  `post_id` bigint NOT NULL
);
ALTER TABLE `blog_comment` ADD CONSTRAINT `blog_comment_post_id_fk`
  FOREIGN KEY (`post_id`) REFERENCES `blog_post` (`id`);
CREATE TABLE `tags_taggeditem` (
  `id` bigint AUTO_INCREMENT NOT NULL PRIMARY KEY,
  `tag` varchar(50) NOT NULL,
  `object_id` bigint NOT NULL,
  `content_type_id` integer NOT NULL
);
ALTER TABLE `tags_taggeditem` ADD CONSTRAINT `tags_taggeditem_content_type_id_fk`
  FOREIGN KEY (`content_type_id`) REFERENCES `django_content_type` (`id`);
