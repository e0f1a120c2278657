-- SPDX-License-Identifier: Apache-2.0
-- The rows of the old site, which is to be moved into the new one.
INSERT INTO django_migrations (id, app, name, applied) VALUES
  (1, 'contenttypes', '0001_initial', '2024-02-29 12:00:00'),
  (2, 'auth', '0001_initial', '2024-02-29 12:00:00'),
  (3, 'blog', '0001_initial', '2024-02-29 12:00:00');
INSERT INTO django_content_type (id, app_label, model) VALUES
  (1, 'admin', 'logentry'),
  (2, 'auth', 'permission'),
  (3, 'auth', 'group'),
  (4, 'auth', 'user'),
  (5, 'contenttypes', 'contenttype'),
  (6, 'sessions', 'session'),
  (7, 'sites', 'site'),
  (8, 'blog', 'post'),
  (9, 'blog', 'comment'),
  (10, 'tags', 'taggeditem'),
  (11, 'blog', 'oldthing');
INSERT INTO auth_permission (id, name, content_type_id, codename) VALUES
  (1, 'Can add logentry', 1, 'add_logentry'),
  (2, 'Can change logentry', 1, 'change_logentry'),
  (3, 'Can delete logentry', 1, 'delete_logentry'),
  (4, 'Can view logentry', 1, 'view_logentry'),
  (5, 'Can add permission', 2, 'add_permission'),
  (6, 'Can change permission', 2, 'change_permission'),
  (7, 'Can delete permission', 2, 'delete_permission'),
  (8, 'Can view permission', 2, 'view_permission'),
  (9, 'Can add group', 3, 'add_group'),
  (10, 'Can change group', 3, 'change_group'),
  (11, 'Can delete group', 3, 'delete_group'),
  (12, 'Can view group', 3, 'view_group'),
  (13, 'Can add user', 4, 'add_user'),
  (14, 'Can change user', 4, 'change_user'),
  (15, 'Can delete user', 4, 'delete_user'),
  (16, 'Can view user', 4, 'view_user'),
  (17, 'Can add contenttype', 5, 'add_contenttype'),
  (18, 'Can change contenttype', 5, 'change_contenttype'),
  (19, 'Can delete contenttype', 5, 'delete_contenttype'),
  (20, 'Can view contenttype', 5, 'view_contenttype'),
  (21, 'Can add session', 6, 'add_session'),
  (22, 'Can change session', 6, 'change_session'),
  (23, 'Can delete session', 6, 'delete_session'),
  (24, 'Can view session', 6, 'view_session'),
  (25, 'Can add site', 7, 'add_site'),
  (26, 'Can change site', 7, 'change_site'),
  (27, 'Can delete site', 7, 'delete_site'),
  (28, 'Can view site', 7, 'view_site'),
  (29, 'Can add post', 8, 'add_post'),
  (30, 'Can change post', 8, 'change_post'),
  (31, 'Can delete post', 8, 'delete_post'),
  (32, 'Can view post', 8, 'view_post'),
  (33, 'Can add comment', 9, 'add_comment'),
  (34, 'Can change comment', 9, 'change_comment'),
  (35, 'Can delete comment', 9, 'delete_comment'),
  (36, 'Can view comment', 9, 'view_comment'),
  (37, 'Can add taggeditem', 10, 'add_taggeditem'),
  (38, 'Can change taggeditem', 10, 'change_taggeditem'),
  (39, 'Can delete taggeditem', 10, 'delete_taggeditem'),
  (40, 'Can view taggeditem', 10, 'view_taggeditem'),
  (41, 'Can add oldthing', 11, 'add_oldthing'),
  (42, 'Can change oldthing', 11, 'change_oldthing'),
  (43, 'Can delete oldthing', 11, 'delete_oldthing'),
  (44, 'Can view oldthing', 11, 'view_oldthing');
INSERT INTO auth_group (id, name) VALUES
  (1, 'editors'),
  (2, 'readers');
INSERT INTO auth_group_permissions (id, group_id, permission_id) VALUES
  (1, 1, 29),
  (2, 1, 30),
  (3, 2, 32),
  (4, 2, 36);
INSERT INTO auth_user (id, password, last_login, is_superuser, username, email, is_active, date_joined) VALUES
  (1, 'pbkdf2$1', '2024-02-29 12:00:00', TRUE, 'ann', 'ann@example.org', TRUE, '2024-02-29 12:00:00'),
  (2, 'pbkdf2$2', NULL, FALSE, 'bob', 'bob@example.org', TRUE, '2024-02-29 12:00:00');
INSERT INTO auth_user_groups (id, user_id, group_id) VALUES
  (1, 1, 1),
  (2, 2, 2);
INSERT INTO auth_user_user_permissions (id, user_id, permission_id) VALUES
  (1, 2, 35);
INSERT INTO django_site (id, name, domain) VALUES
  (1, 'Our blog', 'blog.example.org'),
  (7, 'Second', 'second.example.org');
INSERT INTO django_admin_log (id, object_id, object_repr, action_flag, change_message, content_type_id, user_id, action_time) VALUES
  (1, '1', 'First post', 1, '[]', 8, 1, '2024-02-29 12:00:00'),
  (2, '2', 'bob', 2, '[]', 4, 1, '2024-02-29 12:00:00'),
  (3, NULL, 'gone', 3, '', NULL, 1, '2024-02-29 12:00:00');
INSERT INTO django_session (session_key, session_data, expire_date) VALUES
  ('k1', 'secret one', '2024-02-29 12:00:00'),
  ('k2', 'secret two', '2024-02-29 12:00:00');
INSERT INTO blog_post (id, title, author_id, site_id) VALUES
  (1, 'First post', 1, 1),
  (2, 'Second post', 2, 7);
INSERT INTO blog_comment (id, text, post_id) VALUES
  (10, 'Nice', 1),
  (11, 'Really', 2);
INSERT INTO tags_taggeditem (id, tag, object_id, content_type_id) VALUES
  (1, 'new', 1, 8),
  (2, 'good', 10, 9),
  (3, 'staff', 1, 4),
  (4, 'new', 2, 8);
