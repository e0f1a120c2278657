// SPDX-License-Identifier: Apache-2.0
/* tables - which tables and sequences the database has, by their final names. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "maker.h"

enum column_of_table {
    TAB_NAME,
    TAB_TYPE,
    TAB_ENGINE,
    TAB_ROWS,
    TAB_BYTES,
    TAB_AUTO_INCREMENT,
    TAB_OPTIONS,
    TAB_COMMENT
};

static const char tables_sql[] =
    "SELECT TABLE_NAME, TABLE_TYPE, ENGINE, TABLE_ROWS, DATA_LENGTH, AUTO_INCREMENT, "
    "CREATE_OPTIONS, TABLE_COMMENT"
    " FROM information_schema.TABLES WHERE TABLE_SCHEMA = %s"
    " AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED', 'SEQUENCE')";

/* Their rows are another table's or another server's. */
static const char *const foreign_engines[] = {
    "CONNECT", "FEDERATED", "MRG_MyISAM", "OQGRAPH", "S3", "SPHINX", "SPIDER",
};
static const char *const transactional_engines[] = {"InnoDB", "ROCKSDB", "TokuDB"};

static bool
is_among(const char *engine, const char *const *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcasecmp(list[i], engine) == 0)
            return true;
    }
    return false;
}

/* ---- Names ---- */

/* The name that a staged table of the server's shall have; else the same. */
static const char *
final_name(const struct maker *m, const char *server_name)
{
    for (size_t i = 0; m->staged && i < m->staged->n; i++) {
        if (strcmp(m->staged->names[i], server_name) == 0)
            return m->staged->finals[i];
    }
    return server_name;
}

/* Of a review those that it is about, else all but what unfinished runs left. */
static bool
is_wanted(const struct maker *m, const char *server_name)
{
    if (!m->staged)
        return !catalog_is_staged(server_name);
    for (size_t i = 0; i < m->staged->n; i++) {
        if (strcmp(m->staged->names[i], server_name) == 0)
            return true;
    }
    return false;
}

static int
compare_server_names(const void *a, const void *b, void *arg)
{
    const struct table_work *works = arg;

    return strcmp(works[*(const size_t *)a].name, works[*(const size_t *)b].name);
}

uint32_t
tables_find(const struct maker *m, const char *server_name)
{
    size_t low = 0, high = m->n_tables;

    while (low < high) {
        size_t middle = (low + high) / 2, number = m->by_server_name[middle];
        int order = strcmp(m->works[number].name, server_name);

        if (order == 0)
            return (uint32_t)number;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return PD_NO_TABLE;
}

/* ---- The lists ---- */

static void
add_sequence(struct maker *m, const struct maker_row *row)
{
    struct listed_sequence *sequence = maker_append(m, &m->scratch, &m->sequences, m->n_sequences,
                                                    &m->sequence_room, sizeof *sequence);

    if (!sequence || (!m->staged && catalog_is_staged(row->text[TAB_NAME])))
        return;
    sequence->name = maker_cell(m, row, TAB_NAME);
    sequence->comment = maker_comment(m, row, TAB_COMMENT);
    m->n_sequences++;
}

/* A table while the names are collected. */
struct listed {
    struct pd_table table;
    struct my_table reader;
    struct table_work work;
};

static void
note_table(struct maker *m, const char *what, const char *table, const char *how)
{
    maker_note_elsewhere(m, what, "table '%s'%s%s", table ? table : "", *how ? ": " : "", how);
    maker_note_table(m, table);
}

/* How rows are kept. What else stands there differs between a table and the same one made again
   (Aria's page_checksum). */
static bool
is_told(const char *option)
{
    if (strncasecmp(option, "row_format=dynamic", 18) == 0) /* which tables from elsewhere get */
        return false;
    return strncasecmp(option, "row_format=", 11) == 0 ||
           strncasecmp(option, "key_block_size=", 15) == 0 ||
           strncasecmp(option, "`page_compressed`", 17) == 0 ||
           strncasecmp(option, "`encrypted`", 11) == 0;
}

/* Of "row_format=COMPRESSED key_block_size=8 partitioned". */
static void
note_options(struct maker *m, const char *options, const char *table)
{
    char text[256] = "";
    size_t size = 0, n;

    for (; *options; options += n + (options[n] == ' ')) {
        n = strcspn(options, " ");
        if (n && is_told(options) && size + n + 2 < sizeof text)
            size += (size_t)snprintf(text + size, sizeof text - size, "%s%.*s", size ? " " : "",
                                     (int)n, options);
    }
    if (size)
        note_table(m, "options of a table are not carried", table, text);
}

/* What no other engine gets. */
static void
note(struct maker *m, const struct maker_row *row, const struct listed *listed)
{
    const char *table = listed->table.name;

    if (maker_says(row, TAB_OPTIONS, "partitioned"))
        note_table(m, "partitions are not carried", table, "");
    if (listed->work.is_versioned)
        note_table(m, "system versioning and past rows are not carried", table, "");
    if (row->text[TAB_ENGINE] && !maker_is(row, TAB_ENGINE, "InnoDB"))
        note_table(m, "engine is not carried", table, row->text[TAB_ENGINE]);
    if (row->text[TAB_OPTIONS])
        note_options(m, row->text[TAB_OPTIONS], table);
}

static void
fill(struct maker *m, const struct maker_row *row, struct listed *listed)
{
    const char *engine = row->text[TAB_ENGINE] ? row->text[TAB_ENGINE] : "";

    listed->work.name = maker_cell(m, row, TAB_NAME);
    listed->work.is_versioned = maker_is(row, TAB_TYPE, "SYSTEM VERSIONED");
    listed->work.auto_increment = maker_unsigned(row, TAB_AUTO_INCREMENT);
    listed->reader.kind = MY_TABLE_PLAIN;
    listed->reader.name = listed->work.name;
    listed->reader.engine = maker_word(m, engine);
    listed->reader.is_transactional =
        is_among(engine, transactional_engines,
                 sizeof transactional_engines / sizeof *transactional_engines);
    listed->reader.is_versioned = listed->work.is_versioned;
    listed->reader.n_rows_estimate = maker_unsigned(row, TAB_ROWS);
    listed->table.struct_size = sizeof listed->table;
    listed->table.name = listed->work.name ? final_name(m, listed->work.name) : NULL;
    listed->table.comment = maker_comment(m, row, TAB_COMMENT);
    listed->table.n_rows_estimate = listed->reader.n_rows_estimate;
    listed->table.n_bytes_estimate = maker_unsigned(row, TAB_BYTES);
    note(m, row, listed);
    listed->table.column_size = sizeof(struct pd_column);
    listed->table.key_size = sizeof(struct pd_key);
    listed->table.check_size = sizeof(struct pd_check);
    listed->table.foreign_size = sizeof(struct pd_foreign);
}

static void
take_table(struct maker *m, const struct maker_row *row)
{
    struct listed *listed;

    if (!row->text[TAB_NAME])
        return;
    if (maker_is(row, TAB_TYPE, "SEQUENCE")) {
        add_sequence(m, row);
        return;
    }
    if (!is_wanted(m, row->text[TAB_NAME]))
        return;
    if (row->text[TAB_ENGINE] && is_among(row->text[TAB_ENGINE], foreign_engines,
                                          sizeof foreign_engines / sizeof *foreign_engines)) {
        maker_note(m, "table whose rows are elsewhere is not carried", "'%s' of engine %s",
                   row->text[TAB_NAME], row->text[TAB_ENGINE]);
        maker_note_table(m, maker_text(m, row->text[TAB_NAME], strlen(row->text[TAB_NAME])));
        return;
    }
    listed = maker_append(m, &m->scratch, &m->listed, m->n_tables, &m->table_room, sizeof *listed);
    if (!listed)
        return;
    m->n_tables++;
    fill(m, row, listed);
}

static int
compare_listed(const void *a, const void *b)
{
    const struct listed *x = a, *y = b;

    return strcmp(x->table.name, y->table.name);
}

static int
compare_sequences(const void *a, const void *b)
{
    const struct listed_sequence *x = a, *y = b;

    return strcmp(x->name, y->name);
}

static void
sort(struct maker *m)
{
    m->tables = maker_alloc(m, m->pool, (m->n_tables + 1) * sizeof *m->tables);
    m->my_tables = maker_alloc(m, m->pool, (m->n_tables + 1) * sizeof *m->my_tables);
    m->works = maker_alloc(m, &m->scratch, (m->n_tables + 1) * sizeof *m->works);
    m->by_server_name = maker_alloc(m, &m->scratch, (m->n_tables + 1) * sizeof(size_t));
    if (m->status != PD_OK)
        return;
    if (m->n_tables)
        qsort(m->listed, m->n_tables, sizeof *m->listed, compare_listed);
    if (m->n_sequences)
        qsort(m->sequences, m->n_sequences, sizeof *m->sequences, compare_sequences);
    for (size_t i = 0; i < m->n_tables; i++) {
        m->tables[i] = m->listed[i].table;
        m->my_tables[i] = m->listed[i].reader;
        m->works[i] = m->listed[i].work;
        m->by_server_name[i] = i;
    }
    qsort_r(m->by_server_name, m->n_tables, sizeof(size_t), compare_server_names, m->works);
}

pd_status
tables_read(struct maker *m)
{
    pd_status status = counters_freshen(m);

    if (status == PD_OK)
        status = maker_each(m, tables_sql, take_table);
    if (status == PD_OK)
        sort(m);
    return status == PD_OK ? m->status : status;
}

/* ---- Names alone ---- */

static const char names_sql[] =
    "SELECT TABLE_NAME, TABLE_TYPE, ENGINE FROM information_schema.TABLES WHERE TABLE_SCHEMA = "
    "DATABASE() AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED', 'SEQUENCE')";

static int
compare_to_table(const void *name, const void *table)
{
    return strcmp(name, ((const struct pd_table *)table)->name);
}

static int
compare_to_sequence(const void *name, const void *sequence)
{
    return strcmp(name, ((const struct pd_sequence *)sequence)->name);
}

static bool
is_known(const struct pd_catalog *catalog, MYSQL_ROW row, bool is_sequence)
{
    if (is_sequence)
        return catalog->n_sequences && bsearch(row[0], catalog->sequences, catalog->n_sequences,
                                               catalog->sequence_size, compare_to_sequence);
    return catalog->n_tables && bsearch(row[0], catalog->tables, catalog->n_tables,
                                        catalog->table_size, compare_to_table);
}

/* Past rows are no tables of the server's. */
static size_t
count_own(const struct my_catalog *catalog)
{
    size_t n = catalog->catalog.n_sequences;

    for (size_t i = 0; i < catalog->catalog.n_tables; i++)
        n += catalog->tables[i].kind == MY_TABLE_PLAIN;
    return n;
}

static bool
has_names(const struct my_catalog *catalog, MYSQL_RES *result)
{
    MYSQL_ROW row;
    size_t n = 0;

    while ((row = my_row_any(result, 3)) != NULL) {
        bool is_sequence = row[1] && strcmp(row[1], "SEQUENCE") == 0;

        if (!row[0] || catalog_is_staged(row[0]) ||
            (!is_sequence && row[2] &&
             is_among(row[2], foreign_engines, sizeof foreign_engines / sizeof *foreign_engines)))
            continue;
        if (!is_known(&catalog->catalog, row, is_sequence))
            return false;
        n++;
    }
    return n == count_own(catalog);
}

pd_status
catalog_check_names(struct my *my, const struct my_catalog *catalog, struct pd_error *err)
{
    MYSQL_RES *result = NULL;
    bool is_so;
    pd_status status = my_query(my, names_sql, &result, err);

    if (status != PD_OK)
        return status;
    is_so = has_names(catalog, result);
    mysql_free_result(result);
    if (is_so)
        return PD_OK;
    return my->host->fail(err, PD_RETRY, PD_CAUSE_CHANGED,
                          "tables were made, dropped or renamed while the database was about to be "
                          "read; try again when nobody does so");
}
