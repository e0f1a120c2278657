// SPDX-License-Identifier: Apache-2.0
/* present_orphans - foreign keys when rows go into tables that are there, in any order, so that
   SQLite does not look at them: which rows point nowhere is asked before the rows and after them.
   Those that did so before are nobody's fault now. */
#include <stdlib.h>
#include <string.h>

#include "orphans.h"

/* How many rows pointed to the same that is not there, key by key. */
#define BEFORE "temp.polydump_orphans"

/* ---- Which foreign keys matter ---- */

static bool
is_emptied(const struct pd_sink *sink, size_t number)
{
    return number < sink->catalog->n_tables &&
           (sink->into == PD_INTO_TRUNCATE || sink->into == PD_INTO_REPLACE ||
            pd_load_empties(&sink->load, number));
}

/* Rows that are added need their parents; rows that go, or change, may leave children. */
static bool
matters(const struct pd_sink *sink, const struct orphans_link *link)
{
    size_t n = sink->catalog->n_tables, parent = orphans_table(sink, link->parent);

    return sink->fires || orphans_table(sink, link->child) < n || is_emptied(sink, parent) ||
           (sink->conflict == PD_CONFLICT_UPDATE && parent < n);
}

static pd_status
read_links(struct pd_sink *sink, struct orphans_links *links, struct pd_error *err)
{
    const char *child = NULL;
    bool can = false;
    size_t i, n = 0;
    pd_status status = orphans_read(sink, &sink->pool, NULL, links, err);

    for (i = 0; i < links->n && status == PD_OK; i++) {
        struct orphans_link *link = &links->list[i];

        if (!matters(sink, link))
            continue;
        if (link->child != child && (!child || strcmp(link->child, child) != 0))
            status = orphans_can_look(sink, link->child, &can, err);
        child = link->child;
        link->is_emptied = is_emptied(sink, orphans_table(sink, link->child));
        if (can)
            links->list[n++] = *link;
    }
    links->n = n;
    return status;
}

/* ---- Rows that point nowhere ---- */

/* All values of the key as one text, under which they are found again. */
static void
put_values(const struct orphans_link *link, sqlite3_str *sql)
{
    for (size_t i = 0; i < link->n; i++)
        sqlite3_str_appendf(sql, "%squote(c.\"%w\")", i ? " || ',' || " : "", link->from[i]);
}

static pd_status
keep_groups(struct pd_sink *sink, const struct orphans_link *link, size_t number,
            struct pd_error *err)
{
    sqlite3_str *sql = sqlite3_str_new(sink->db);

    sqlite3_str_appendf(sql,
                        "CREATE TABLE IF NOT EXISTS " BEFORE " (link INTEGER, held TEXT, n "
                        "INTEGER, PRIMARY KEY (link, held)) WITHOUT ROWID; "
                        "INSERT INTO " BEFORE " SELECT %d, ",
                        (int)number);
    put_values(link, sql);
    sqlite3_str_appendall(sql, ", count(*)");
    orphans_put(link, sql);
    sqlite3_str_appendall(sql, " GROUP BY 2");
    return sink_run(sink, sql, err, "cannot check foreign key '%s' of table '%s'", link->label,
                    link->child);
}

pd_status
orphans_before(struct pd_sink *sink, struct pd_error *err)
{
    struct orphans_links *links = pd_pool_alloc(&sink->pool, sizeof *links);
    pd_status status = links ? read_links(sink, links, err) : sqlite_no_memory(sink->host, err);

    for (size_t i = 0; status == PD_OK && i < links->n; i++) {
        struct orphans_link *link = &links->list[i];

        if (link->is_emptied)
            continue;
        status = orphans_count(sink, link, &link->n_before, err);
        if (status == PD_OK && link->n_before)
            status = keep_groups(sink, link, i, err);
    }
    sink->links = links;
    return status;
}

/* Those that point to something to which fewer pointed before. */
static void
put_new(const struct orphans_link *link, size_t number, sqlite3_str *sql)
{
    orphans_put(link, sql);
    if (!link->n_before)
        return;
    sqlite3_str_appendall(sql, " AND ");
    put_values(link, sql);
    sqlite3_str_appendall(sql, " IN (SELECT g.held FROM (SELECT ");
    put_values(link, sql);
    sqlite3_str_appendall(sql, " AS held, count(*) AS n");
    orphans_put(link, sql);
    sqlite3_str_appendf(sql,
                        " GROUP BY 1) AS g WHERE g.n > coalesce((SELECT b.n FROM " BEFORE
                        " AS b WHERE b.link = %d AND b.held = g.held), 0))",
                        (int)number);
}

static pd_status
refuse(struct pd_sink *sink, const struct orphans_link *link, int64_t n, const char *rows,
       struct pd_error *err)
{
    char key[ORPHANS_KEY];
    pd_status status = orphans_first(sink, link->child, rows, key, err);

    if (status != PD_OK)
        return status;
    return sink->host->fail(err, PD_FAILED, PD_CAUSE_DATA,
                            "foreign key '%s' of table '%s': %lld rows point to none in '%s'; the "
                            "first one has %s",
                            link->label, link->child, (long long)n, link->parent, key);
}

static pd_status
look_after(struct pd_sink *sink, const struct orphans_link *link, size_t number,
           struct pd_error *err)
{
    sqlite3_str *sql = sqlite3_str_new(sink->db);
    char *rows;
    int64_t n = 0;
    pd_status status;

    put_new(link, number, sql);
    rows = sqlite3_str_finish(sql);
    status =
        rows ? orphans_count_rows(sink, link, rows, &n, err) : sqlite_no_memory(sink->host, err);
    if (status == PD_OK && n)
        status = refuse(sink, link, n, rows, err);
    sqlite3_free(rows);
    return status;
}

/* They stay, but somebody should know. */
static pd_status
tell_old(struct pd_sink *sink, const struct orphans_link *link, struct pd_error *err)
{
    char key[ORPHANS_KEY];
    int64_t n = 0;
    pd_status status = orphans_count(sink, link, &n, err);

    if (status == PD_OK && n)
        status = orphans_first_of(sink, link, key, err);
    if (status == PD_OK && n)
        sink->host->log(sink->host, PD_LOG_WARNING,
                        "foreign key '%s' of table '%s': %lld rows that were there before point to "
                        "none in '%s'; the first one has %s",
                        link->label, link->child, (long long)n, link->parent, key);
    return status;
}

pd_status
orphans_after(struct pd_sink *sink, struct pd_error *err)
{
    const struct orphans_links *links = sink->links;
    size_t i;
    pd_status status = PD_OK;

    for (i = 0; links && i < links->n && status == PD_OK; i++)
        status = look_after(sink, &links->list[i], i, err);
    for (i = 0; links && i < links->n && status == PD_OK; i++) {
        if (links->list[i].n_before)
            status = tell_old(sink, &links->list[i], err);
    }
    return status;
}
