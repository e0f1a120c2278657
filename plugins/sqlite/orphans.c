// SPDX-License-Identifier: Apache-2.0
/* orphans - rows of the target that point nowhere, whichever table they are in. */
#include "orphans.h"

#include <stdio.h>
#include <string.h>

/* ---- Which foreign keys there are ---- */

/* A parent's primary key need not be named. */
static const char links_sql[] =
    "SELECT m.name, f.id, f.\"table\", f.\"from\", coalesce(f.\"to\", (SELECT x.name FROM "
    "pragma_table_xinfo(p.name, 'main') x WHERE x.pk = f.seq + 1)), p.name IS NOT NULL "
    "FROM main.sqlite_schema m JOIN pragma_foreign_key_list(m.name, 'main') f "
    "LEFT JOIN main.sqlite_schema p ON p.type = 'table' AND p.name = f.\"table\" COLLATE NOCASE "
    "WHERE m.type = 'table' AND (?1 IS NULL OR m.name = ?1 COLLATE NOCASE) "
    "ORDER BY m.rowid, f.id, f.seq";

enum { LINK_CHILD, LINK_ID, LINK_PARENT, LINK_FROM, LINK_TO, LINK_HAS_PARENT };

static const char *
text_of(struct pd_pool *pool, sqlite3_stmt *stmt, int column)
{
    const char *text = (const char *)sqlite3_column_text(stmt, column);

    return pd_pool_text(pool, text ? text : "");
}

static struct orphans_link *
add_link(struct pd_pool *pool, sqlite3_stmt *stmt, struct orphans_links *links)
{
    struct orphans_link *link =
        pd_pool_append(pool, &links->list, links->n, &links->room, sizeof *link);

    if (!link)
        return NULL;
    memset(link, 0, sizeof *link);
    link->child = text_of(pool, stmt, LINK_CHILD);
    link->parent = text_of(pool, stmt, LINK_PARENT);
    link->label = text_of(pool, stmt, LINK_FROM);
    link->id = sqlite3_column_int(stmt, LINK_ID);
    link->has_parent = sqlite3_column_int(stmt, LINK_HAS_PARENT);
    if (!link->child || !link->parent || !link->label)
        return NULL;
    links->n++;
    return link;
}

/* false: memory is short. */
static bool
add_part(struct pd_pool *pool, sqlite3_stmt *stmt, struct orphans_links *links)
{
    struct orphans_link *link = links->n ? &links->list[links->n - 1] : NULL;
    const char **from, **to;

    if (!link || link->id != sqlite3_column_int(stmt, LINK_ID) ||
        strcmp(link->child, (const char *)sqlite3_column_text(stmt, LINK_CHILD)) != 0)
        link = add_link(pool, stmt, links);
    if (!link)
        return false;
    from = pd_pool_append(pool, &link->from, link->n, &link->from_room, sizeof *from);
    to = pd_pool_append(pool, &link->to, link->n, &link->to_room, sizeof *to);
    if (!from || !to)
        return false;
    *from = text_of(pool, stmt, LINK_FROM);
    *to = text_of(pool, stmt, LINK_TO);
    link->n++;
    return *from && *to;
}

/* No pragma tells their names: the statement of the table does, in the other order. */
static pd_status
name_links(struct pd_pool *pool, struct orphans_links *links, const char *sql)
{
    struct parse_statement *parsed = NULL;
    const char *child = links->list[links->n - 1].child;
    size_t i, n = 0, at = links->n;
    pd_status status = parse_create(pool, sql, &parsed);

    if (status != PD_OK)
        return status == PD_FATAL ? PD_FATAL : PD_OK;
    for (i = 0; i < parsed->n_constraints; i++) {
        const struct parse_constraint *c = &parsed->constraints[i];

        if (c->kind != PARSE_FOREIGN)
            continue;
        if (n++ == links->n || at == 0 || strcmp(links->list[--at].child, child) != 0)
            return PD_OK;
        if (c->name && sqlite_same_name(c->to_table, links->list[at].parent))
            links->list[at].label = c->name;
    }
    return PD_OK;
}

static int
name_all(struct pd_sink *sink, struct pd_pool *pool, struct orphans_links *links)
{
    sqlite3_stmt *stmt = NULL;
    struct orphans_links part = *links;
    int rc = sqlite3_prepare_v2(sink->db,
                                "SELECT sql FROM main.sqlite_schema WHERE type = 'table' AND "
                                "name = ?1",
                                -1, &stmt, NULL);

    /* Of each table the last one, and those before it. */
    for (size_t i = 0; i < links->n && rc == SQLITE_OK; i++) {
        if (i + 1 < links->n && strcmp(links->list[i].child, links->list[i + 1].child) == 0)
            continue;
        part.n = i + 1;
        rc = sqlite3_bind_text(stmt, 1, links->list[i].child, -1, SQLITE_STATIC);
        if (rc == SQLITE_OK)
            rc = sqlite3_step(stmt);
        if (rc == SQLITE_ROW) {
            const char *sql = text_of(pool, stmt, 0);

            rc = sql && name_links(pool, &part, sql) == PD_OK ? SQLITE_OK : SQLITE_NOMEM;
        } else if (rc == SQLITE_DONE) {
            rc = SQLITE_OK;
        }
        sqlite3_reset(stmt);
    }
    sqlite3_finalize(stmt);
    return rc;
}

pd_status
orphans_read(struct pd_sink *sink, struct pd_pool *pool, const char *table,
             struct orphans_links *ret_links, struct pd_error *err)
{
    sqlite3_stmt *stmt = NULL;
    int rc = sqlite3_prepare_v2(sink->db, links_sql, -1, &stmt, NULL);

    memset(ret_links, 0, sizeof *ret_links);
    if (rc == SQLITE_OK && table)
        rc = sqlite3_bind_text(stmt, 1, table, -1, SQLITE_STATIC);
    while (rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
        rc = add_part(pool, stmt, ret_links) ? SQLITE_OK : SQLITE_NOMEM;
    sqlite3_finalize(stmt);
    if (rc == SQLITE_DONE)
        rc = name_all(sink, pool, ret_links);
    return rc == SQLITE_OK ? PD_OK : sink_fail(sink, rc, err, "cannot read foreign keys");
}

size_t
orphans_table(const struct pd_sink *sink, const char *name)
{
    size_t i = 0;

    while (i < sink->catalog->n_tables &&
           (sink->tables[i].passes || !sqlite_same_name(sink->tables[i].name, name)))
        i++;
    return i;
}

/* ---- Rows that break one ---- */

pd_status
orphans_can_look(struct pd_sink *sink, const char *table, bool *ret_can, struct pd_error *err)
{
    char *sql = sqlite3_mprintf("PRAGMA main.foreign_key_check(\"%w\")", table);
    sqlite3_stmt *stmt = NULL;
    int rc = sql ? sqlite3_prepare_v2(sink->db, sql, -1, &stmt, NULL) : SQLITE_NOMEM;

    sqlite3_free(sql);
    sqlite3_finalize(stmt);
    *ret_can = rc == SQLITE_OK;
    if (rc == SQLITE_OK)
        return PD_OK;
    if ((rc & 0xff) != SQLITE_ERROR)
        return sink_fail(sink, rc, err, "cannot check foreign keys of table '%s'", table);
    sink->host->log(sink->host, PD_LOG_WARNING,
                    "foreign keys of table '%s' are not checked, since SQLite cannot look them "
                    "up: %s",
                    table, sqlite3_errmsg(sink->db));
    return PD_OK;
}

/* As the key compares: by the parent's collation, after what the parent's type makes of a value;
   the + takes the child's out of it. */
void
orphans_put(const struct orphans_link *link, sqlite3_str *sql)
{
    size_t i;

    sqlite3_str_appendf(sql, " FROM main.\"%w\" AS c WHERE ", link->child);
    for (i = 0; i < link->n; i++)
        sqlite3_str_appendf(sql, "%sc.\"%w\" IS NOT NULL", i ? " AND " : "", link->from[i]);
    if (!link->has_parent)
        return;
    sqlite3_str_appendf(sql, " AND NOT EXISTS (SELECT 1 FROM main.\"%w\" AS p WHERE ",
                        link->parent);
    for (i = 0; i < link->n; i++)
        sqlite3_str_appendf(sql, "%sp.\"%w\" = +c.\"%w\"", i ? " AND " : "", link->to[i],
                            link->from[i]);
    sqlite3_str_appendall(sql, ")");
}

pd_status
orphans_count_rows(struct pd_sink *sink, const struct orphans_link *link, const char *rows,
                   int64_t *ret_n, struct pd_error *err)
{
    char *sql = sqlite3_mprintf("SELECT count(*)%s", rows);
    sqlite3_stmt *stmt = NULL;
    int rc = sql ? sqlite3_prepare_v2(sink->db, sql, -1, &stmt, NULL) : SQLITE_NOMEM;

    sqlite3_free(sql);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(stmt);
    *ret_n = rc == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
    sqlite3_finalize(stmt);
    return rc == SQLITE_ROW
               ? PD_OK
               : sink_fail(sink, rc, err, "cannot check foreign key '%s' of table '%s'",
                           link->label, link->child);
}

/* What orphans_put() puts; NULL: memory is short. */
static char *
rows_of(struct pd_sink *sink, const struct orphans_link *link)
{
    sqlite3_str *sql = sqlite3_str_new(sink->db);

    orphans_put(link, sql);
    return sqlite3_str_finish(sql);
}

pd_status
orphans_count(struct pd_sink *sink, const struct orphans_link *link, int64_t *ret_n,
              struct pd_error *err)
{
    char *rows = rows_of(sink, link);
    pd_status status =
        rows ? orphans_count_rows(sink, link, rows, ret_n, err) : sqlite_no_memory(sink->host, err);

    sqlite3_free(rows);
    return status;
}

/* ---- The first of rows ---- */

/* "SELECT cells of the key FROM ... ORDER BY the key", or of the rowid where there is none. */
static int
put_first(struct pd_sink *sink, const char *table, const char *rows, sqlite3_str *sql)
{
    sqlite3_str *key = sqlite3_str_new(sink->db);
    sqlite3_stmt *stmt = NULL;
    char *text;
    int rc = sqlite3_prepare_v2(sink->db,
                                "SELECT name FROM pragma_table_xinfo(?1, 'main') WHERE pk > 0 "
                                "ORDER BY pk",
                                -1, &stmt, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_bind_text(stmt, 1, table, -1, SQLITE_STATIC);
    while (rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(stmt, 0);

        rc = name ? SQLITE_OK : SQLITE_NOMEM;
        sqlite3_str_appendf(key, "%s\"%w\"", sqlite3_str_length(key) ? ", " : "", name);
    }
    sqlite3_finalize(stmt);
    text = sqlite3_str_finish(key);
    sqlite3_str_appendf(sql, "SELECT %s%s ORDER BY %s LIMIT 1", text ? text : "rowid", rows,
                        text ? text : "1");
    sqlite3_free(text);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* Enough of a cell to find its row. */
static size_t
show_cell(sqlite3_stmt *stmt, int i, char *room, size_t size)
{
    enum { SHOWN = 40 };
    const unsigned char *text =
        sqlite3_column_type(stmt, i) == SQLITE_BLOB ? NULL : sqlite3_column_text(stmt, i);
    const unsigned char *bytes = text ? NULL : sqlite3_column_blob(stmt, i);
    int n = sqlite3_column_bytes(stmt, i), k = SHOWN;
    char shown[SHOWN * 2 + 1] = "";

    while (text && n > SHOWN && k > 0 && (text[k] & 0xc0) == 0x80)
        k--;
    for (int at = 0; bytes && at < n && at < SHOWN / 2; at++)
        snprintf(shown + (size_t)at * 2, 3, "%02x", bytes[at]);
    return (size_t)snprintf(room, size, "%s%s = '%.*s%s'", i ? ", " : "",
                            sqlite3_column_name(stmt, i), k, text ? (const char *)text : shown,
                            n > (text ? SHOWN : SHOWN / 2) ? "..." : "");
}

static void
show_row(sqlite3_stmt *stmt, char key[ORPHANS_KEY])
{
    size_t size = 0;

    for (int i = 0; i < sqlite3_column_count(stmt) && size < ORPHANS_KEY; i++)
        size += show_cell(stmt, i, key + size, ORPHANS_KEY - size);
}

pd_status
orphans_first(struct pd_sink *sink, const char *table, const char *rows, char key[ORPHANS_KEY],
              struct pd_error *err)
{
    sqlite3_str *sql = sqlite3_str_new(sink->db);
    sqlite3_stmt *stmt = NULL;
    int rc = put_first(sink, table, rows, sql);
    char *text = sqlite3_str_finish(sql);

    *key = 0;
    if (rc == SQLITE_OK)
        rc = text ? sqlite3_prepare_v2(sink->db, text, -1, &stmt, NULL) : SQLITE_NOMEM;
    sqlite3_free(text);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        show_row(stmt, key);
    sqlite3_finalize(stmt);
    return rc == SQLITE_ROW || rc == SQLITE_DONE
               ? PD_OK
               : sink_fail(sink, rc, err, "cannot read rows of table '%s'", table);
}

pd_status
orphans_first_of(struct pd_sink *sink, const struct orphans_link *link, char key[ORPHANS_KEY],
                 struct pd_error *err)
{
    char *rows = rows_of(sink, link);
    pd_status status =
        rows ? orphans_first(sink, link->child, rows, key, err) : sqlite_no_memory(sink->host, err);

    sqlite3_free(rows);
    return status;
}
