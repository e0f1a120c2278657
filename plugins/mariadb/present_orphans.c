// SPDX-License-Identifier: Apache-2.0
/* present_orphans - foreign keys when rows go into tables that are there, in any order, so that the
   server does not look at them: which rows point nowhere is asked before the rows and after them.
   Rows that did so before are nobody's fault now. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ddl.h"

enum { ORPHANS_MOST = 4096 /* groups of rows that point nowhere before the run */ };

/* Rows of a child that point to the same that is not there. */
struct orphan_group {
    const char *values; /* each with its length before it */
    size_t size;
    unsigned long long n;
};

/* A foreign key that joins a table of the run with another. */
struct present_link {
    const char *name;
    struct ddl_orphans orphans;
    bool is_emptied; /* the child: what points nowhere afterwards came with the run */
    struct orphan_group *before;
    size_t n_before;
    size_t before_room;
};

struct present_links {
    struct present_link *list;
    size_t n;
    size_t room;
};

/* Its number; n_tables: it is none of the run's. */
static size_t
find_target(const struct pd_sink *sink, const char *name)
{
    size_t i = 0;

    while (i < sink->catalog->n_tables &&
           (sink->my->names_fold ? strcasecmp(sink->tables[i].name, name)
                                 : strcmp(sink->tables[i].name, name)))
        i++;
    return i;
}

bool
present_is_target(const struct pd_sink *sink, const char *name)
{
    return find_target(sink, name) < sink->catalog->n_tables;
}

bool
present_is_emptied(const struct pd_sink *sink, const char *name)
{
    size_t i = find_target(sink, name);

    return i < sink->catalog->n_tables &&
           (sink->into == PD_INTO_TRUNCATE || pd_load_empties(sink->load, i));
}

/* ---- Which foreign keys there are ---- */

enum { LINK_NAME, LINK_SCHEMA, LINK_TABLE, LINK_COLUMN, LINK_TO_SCHEMA, LINK_TO, LINK_TO_COLUMN };
enum { LINK_IS_OURS = LINK_TO_COLUMN + 1, LINK_TO_IS_OURS };

static bool
is_yes(const char *text)
{
    return text && strcmp(text, "1") == 0;
}

static pd_status
add_link(struct pd_sink *sink, struct present_links *links, MYSQL_ROW row, struct pd_error *err)
{
    struct pd_pool *pool = &sink->pool;
    struct present_link *link =
        pd_pool_append(pool, &links->list, links->n, &links->room, sizeof *link);

    if (!link)
        return my_no_memory(sink->host, err);
    memset(link, 0, sizeof *link);
    link->name = pd_pool_text(pool, row[LINK_NAME]);
    link->orphans.child_schema = pd_pool_text(pool, row[LINK_SCHEMA]);
    link->orphans.child = pd_pool_text(pool, row[LINK_TABLE]);
    link->orphans.parent_schema = pd_pool_text(pool, row[LINK_TO_SCHEMA]);
    link->orphans.parent = pd_pool_text(pool, row[LINK_TO]);
    if (!link->name || !link->orphans.child_schema || !link->orphans.child ||
        !link->orphans.parent_schema || !link->orphans.parent)
        return my_no_memory(sink->host, err);
    link->is_emptied = is_yes(row[LINK_IS_OURS]) && present_is_emptied(sink, row[LINK_TABLE]);
    links->n++;
    return PD_OK;
}

static bool
is_same_link(const struct present_link *link, MYSQL_ROW row)
{
    return strcmp(link->name, row[LINK_NAME]) == 0 &&
           strcmp(link->orphans.child, row[LINK_TABLE]) == 0 &&
           strcmp(link->orphans.child_schema, row[LINK_SCHEMA]) == 0;
}

static pd_status
add_part(struct pd_sink *sink, struct present_links *links, MYSQL_ROW row, struct pd_error *err)
{
    struct ddl_orphans *o;
    pd_status status = PD_OK;

    if (!links->n || !is_same_link(&links->list[links->n - 1], row))
        status = add_link(sink, links, row, err);
    if (status != PD_OK)
        return status;
    o = &links->list[links->n - 1].orphans;
    if (o->n == DDL_MOST_LINKED)
        return PD_OK;
    o->from[o->n] = pd_pool_text(&sink->pool, row[LINK_COLUMN]);
    o->to[o->n] = pd_pool_text(&sink->pool, row[LINK_TO_COLUMN]);
    if (!o->from[o->n] || !o->to[o->n])
        return my_no_memory(sink->host, err);
    o->n++;
    return PD_OK;
}

/* Rows that are added need their parents; rows that go, or change, may leave children. */
static bool
matters(const struct pd_sink *sink, MYSQL_ROW row)
{
    return (is_yes(row[LINK_IS_OURS]) && present_is_target(sink, row[LINK_TABLE])) ||
           ((present_is_emptied(sink, row[LINK_TO]) ||
             (sink->conflict == PD_CONFLICT_UPDATE && present_is_target(sink, row[LINK_TO]))) &&
            is_yes(row[LINK_TO_IS_OURS]));
}

pd_status
orphans_scope(struct my *my, const char **ret_condition, struct pd_error *err)
{
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    pd_status status =
        my_query(my,
                 "SELECT COUNT(*) FROM information_schema.INNODB_SYS_FOREIGN AS f, (SELECT "
                 "CONCAT(CAST(CONVERT(DATABASE() USING filename) AS BINARY), '/') AS p) AS d WHERE "
                 "LEFT(CAST(f.REF_NAME AS BINARY), LENGTH(d.p)) = d.p AND "
                 "LEFT(CAST(f.FOR_NAME AS BINARY), LENGTH(d.p)) <> d.p",
                 &result, err);

    *ret_condition = "(TABLE_SCHEMA = DATABASE() OR REFERENCED_TABLE_SCHEMA = DATABASE())";
    if (status != PD_OK) /* it may not be asked, or the server has no such table */
        return status == PD_FAILED && !my->broken ? PD_OK : status;
    row = mysql_fetch_row(result);
    if (row && row[0] && strcmp(row[0], "0") == 0)
        *ret_condition = "TABLE_SCHEMA = DATABASE()";
    mysql_free_result(result);
    return PD_OK;
}

static pd_status
read_links(struct pd_sink *sink, struct present_links *links, struct pd_error *err)
{
    const char *scope;
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    pd_status status = orphans_scope(sink->my, &scope, err);

    if (status == PD_OK)
        status = my_queryf(
            sink->my, &result, err,
            "SELECT CONSTRAINT_NAME, TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, "
            "REFERENCED_TABLE_SCHEMA, REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME, TABLE_SCHEMA "
            "= DATABASE(), REFERENCED_TABLE_SCHEMA = DATABASE() FROM "
            "information_schema.KEY_COLUMN_USAGE WHERE REFERENCED_TABLE_NAME IS NOT NULL AND %s "
            "ORDER BY TABLE_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, ORDINAL_POSITION",
            scope);
    if (status != PD_OK)
        return status;
    while (status == PD_OK && (row = my_row(sink->my, result, 9, 127, &status, err))) {
        if (matters(sink, row))
            status = add_part(sink, links, row, err);
    }
    mysql_free_result(result);
    return status;
}

/* ---- Rows that point nowhere ---- */

static pd_status
ask(struct pd_sink *sink, const struct present_link *link, MYSQL_RES **ret_result,
    struct pd_error *err)
{
    struct pd_sql sql = {.host = sink->host};
    const struct ddl_orphans *o = &link->orphans;
    size_t i;
    pd_status status;

    pd_sql_add(&sql, "SELECT count(*)");
    for (i = 0; i < o->n; i++) {
        pd_sql_add(&sql, ", c.");
        my_name(&sql, o->from[i]);
    }
    ddl_put_orphans(o, &sql);
    for (i = 0; i < o->n; i++) {
        pd_sql_add(&sql, i ? ", c." : " GROUP BY c.");
        my_name(&sql, o->from[i]);
    }
    pd_sql_printf(&sql, " LIMIT %d", ORPHANS_MOST + 1);
    status = pd_sql_text(&sql) ? my_query(sink->my, pd_sql_text(&sql), ret_result, err)
                               : my_no_memory(sink->host, err);
    pd_sql_free(&sql);
    return status;
}

/* The values of a row behind its first column; each with its length before it. */
static void
put_values(MYSQL_RES *result, MYSQL_ROW row, struct pd_sql *values)
{
    const unsigned long *sizes = mysql_fetch_lengths(result);
    unsigned i;

    pd_sql_clear(values);
    for (i = 1; i < mysql_num_fields(result); i++) {
        pd_sql_printf(values, "%lu:", row[i] ? sizes[i] : 0);
        pd_sql_bytes(values, row[i] ? row[i] : "", row[i] ? sizes[i] : 0);
    }
}

static int
compare_groups(const void *a_, const void *b_)
{
    const struct orphan_group *a = a_, *b = b_;

    if (a->size != b->size)
        return a->size < b->size ? -1 : 1;
    return memcmp(a->values, b->values, a->size);
}

static pd_status
refuse_many(struct pd_sink *sink, const struct present_link *link, struct pd_error *err)
{
    return sink->host->fail(err, PD_FAILED, PD_CAUSE_CONFLICT,
                            "foreign key '%s' of table '%s': rows that are there point to more "
                            "than %d that are not in '%s', so that those which come cannot be told "
                            "from them; mend these first",
                            link->name, link->orphans.child, ORPHANS_MOST, link->orphans.parent);
}

static pd_status
add_group(struct pd_sink *sink, struct present_link *link, const struct pd_sql *values,
          const char *count, struct pd_error *err)
{
    struct orphan_group *group = pd_pool_append(&sink->pool, &link->before, link->n_before,
                                                &link->before_room, sizeof *group);

    if (!group || !pd_sql_text(values))
        return my_no_memory(sink->host, err);
    group->values = pd_pool_copy(&sink->pool, pd_sql_text(values), values->size);
    group->size = values->size;
    group->n = strtoull(count, NULL, 10);
    link->n_before += group->values != NULL;
    return group->values ? PD_OK : my_no_memory(sink->host, err);
}

static pd_status
count_before(struct pd_sink *sink, struct present_link *link, struct pd_error *err)
{
    struct pd_sql values = {.host = sink->host};
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    pd_status status = ask(sink, link, &result, err);

    if (status != PD_OK)
        return status;
    if (mysql_num_rows(result) > ORPHANS_MOST)
        status = refuse_many(sink, link, err);
    while (status == PD_OK && (row = mysql_fetch_row(result))) {
        put_values(result, row, &values);
        status = add_group(sink, link, &values, row[0] ? row[0] : "0", err);
    }
    if (link->n_before)
        qsort(link->before, link->n_before, sizeof *link->before, compare_groups);
    mysql_free_result(result);
    pd_sql_free(&values);
    return status;
}

/* How many of a group came with the run. */
static unsigned long long
count_new(const struct present_link *link, const struct pd_sql *values, const char *count)
{
    struct orphan_group key = {values->text, values->size, strtoull(count, NULL, 10)};
    const struct orphan_group *before =
        link->n_before ? bsearch(&key, link->before, link->n_before, sizeof key, compare_groups)
                       : NULL;

    if (!before)
        return key.n;
    return key.n > before->n ? key.n - before->n : 0;
}

/* The first question of the transaction, so that it sees what others did until now; from then on
   the server lets nobody take away what the rows that came point to. */
static pd_status
count_after(struct pd_sink *sink, const struct present_link *link, struct pd_error *err)
{
    struct pd_sql values = {.host = sink->host};
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    unsigned long long n = 0;
    pd_status status = ask(sink, link, &result, err);

    if (status != PD_OK)
        return status;
    while ((row = mysql_fetch_row(result))) {
        put_values(result, row, &values);
        n += count_new(link, &values, row[0] ? row[0] : "0");
    }
    if (values.failed)
        status = my_no_memory(sink->host, err);
    else if (n > 0)
        status = sink->host->fail(err, PD_FAILED, PD_CAUSE_DATA,
                                  "foreign key '%s' of table '%s': %llu rows point to none in '%s'",
                                  link->name, link->orphans.child, n, link->orphans.parent);
    mysql_free_result(result);
    pd_sql_free(&values);
    return status;
}

pd_status
orphans_before(struct pd_sink *sink, struct pd_error *err)
{
    struct present_links *links = pd_pool_alloc(&sink->pool, sizeof *links);
    size_t i;
    pd_status status = links ? read_links(sink, links, err) : my_no_memory(sink->host, err);

    for (i = 0; status == PD_OK && i < links->n; i++) {
        if (!links->list[i].is_emptied)
            status = count_before(sink, &links->list[i], err);
    }
    sink->ddl->links = links;
    return status;
}

pd_status
orphans_after(struct pd_sink *sink, struct pd_error *err)
{
    const struct present_links *links = sink->ddl->links;
    size_t i;
    pd_status status = PD_OK;

    for (i = 0; links && i < links->n && status == PD_OK; i++)
        status = count_after(sink, &links->list[i], err);
    return status;
}
