// SPDX-License-Identifier: Apache-2.0
/* stage - tables are filled under names of their own, in the same database, and get their final
   ones by one RENAME of all. The marker table "pd$HEX$run" says whose they are and what else was
   made: while it is there, the database is INCOMPLETE.

   Rows of the marker: 'table' staged, final (listed right before the renaming); 'moved' aside,
   final; 'done', from which on only the past has to be dropped; objects, by their kind; and
   'unmade' behind an object that the server refused. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/random.h>
#include <time.h>

#include "stage.h"

enum { STAGE_WAIT = 5, STAGE_TRIES = 6, STAGE_PAUSE_MS = 500 };

/* ---- The run ---- */

static pd_status
new_stage(struct pd_sink *sink, struct pd_error *err)
{
    unsigned char id[(STAGE_RUN - 1) / 2];
    struct sink_stage *stage = pd_pool_alloc(&sink->pool, sizeof *stage);

    if (!stage)
        return my_no_memory(sink->host, err);
    if (getrandom(id, sizeof id, 0) != (ssize_t)sizeof id)
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_IO, "the system gives no random bytes: %m");
    for (size_t i = 0; i < sizeof id; i++)
        snprintf(stage->run + 2 * i, 3, "%02x", id[i]);
    sink->stage = stage;
    return PD_OK;
}

static const char *
run_name(struct pd_sink *sink, const char *mark, size_t number)
{
    char name[STAGE_NAME];

    if (!sink->stage && new_stage(sink, NULL) != PD_OK) {
        sink->memory_short = true;
        return "";
    }
    snprintf(name, sizeof name, "pd$%s$%s%zu", sink->stage->run, mark, number);
    return pd_pool_text(&sink->pool, name);
}

const char *
stage_name(struct pd_sink *sink, uint32_t table)
{
    const char *name = run_name(sink, "", table);

    if (!name)
        sink->memory_short = true;
    return name ? name : "";
}

pd_status
stage_enter(struct pd_sink *sink, struct pd_error *err)
{
    char run[STAGE_RUN];
    pd_status status = sink->stage ? PD_OK : new_stage(sink, err);

    if (status == PD_OK)
        status = stage_lock(sink->my, STAGE_WAIT, err);
    if (status == PD_OK)
        status = stage_read(sink->my, run, err);
    while (status == PD_OK && *run) {
        status = stage_drop_run(sink->my, run, err);
        if (status == PD_OK)
            sink->host->log(sink->host, PD_LOG_WARNING,
                            "an earlier restore into this database did not finish: what it had "
                            "made was dropped");
        if (status == PD_OK)
            status = stage_read(sink->my, run, err);
    }
    return status == PD_OK ? stage_drop_rest(sink->my, err) : status;
}

/* ---- The marker ---- */

static void
put_marker(struct pd_sql *sql, const struct sink_stage *stage)
{
    pd_sql_printf(sql, "`pd$%s$run`", stage->run);
}

static void
put_entry(struct pd_sql *sql, const char *kind, const char *name, const char *final)
{
    pd_sql_add(sql, "(");
    my_literal(sql, kind, strlen(kind));
    pd_sql_add(sql, ", ");
    my_literal(sql, name, strlen(name));
    pd_sql_add(sql, ", ");
    my_literal(sql, final, strlen(final));
    pd_sql_add(sql, ")");
}

static pd_status
add_entry(struct pd_sink *sink, const char *kind, const char *name, const char *final,
          struct pd_error *err)
{
    struct pd_sql sql = {.host = sink->host};
    pd_status status;

    pd_sql_add(&sql, "INSERT INTO ");
    put_marker(&sql, sink->stage);
    pd_sql_add(&sql, " (kind, name, final) VALUES ");
    put_entry(&sql, kind, name, final);
    status = my_run_sql(sink->my, &sql, err);
    pd_sql_free(&sql);
    return status;
}

pd_status
stage_add(struct pd_sink *sink, const char *kind, const char *name, struct pd_error *err)
{
    if (!sink->stage || !sink->stage->is_made)
        return PD_OK;
    return add_entry(sink, kind, name, "", err);
}

static pd_status
make_marker(struct pd_sink *sink, struct pd_error *err)
{
    struct pd_sql sql = {.host = sink->host};
    pd_status status;

    sink->stage->is_made = true; /* it may be, even when the answer is lost */
    pd_sql_add(&sql, "CREATE TABLE ");
    put_marker(&sql, sink->stage);
    pd_sql_printf(&sql,
                  " (n bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, kind varchar(64) NOT NULL, "
                  "name varchar(64) NOT NULL, final varchar(64) NOT NULL) ENGINE=InnoDB "
                  "CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='%s%s'",
                  STAGE_COMMENT, sink->stage->run);
    status = my_run_sql(sink->my, &sql, err);
    pd_sql_free(&sql);
    return status;
}

/* ---- What stands in the way of --into=replace ---- */

static bool
is_same_name(const struct pd_sink *sink, const char *a, const char *b)
{
    return sink->my->names_fold ? strcasecmp(a, b) == 0 : strcmp(a, b) == 0;
}

/* *ret_sequence: it is made under its final name. */
static bool
is_wanted(const struct pd_sink *sink, const char *name, bool *ret_sequence)
{
    for (size_t i = 0; i < sink->catalog->n_tables; i++) {
        *ret_sequence = false;
        if (!sink->tables[i].is_history && is_same_name(sink, sink->tables[i].name, name))
            return true;
    }
    for (size_t i = 0; i < sink->catalog->n_sequences; i++) {
        *ret_sequence = true;
        if (is_same_name(sink, pd_sequence_at(sink->catalog, i)->name, name))
            return true;
    }
    return false;
}

static pd_status
add_moved(struct pd_sink *sink, const char *name, bool is_moved, struct pd_error *err)
{
    struct sink_stage *stage = sink->stage;
    struct stage_moved *moved = pd_pool_append(&sink->pool, &stage->moved, stage->n_moved,
                                               &stage->moved_room, sizeof *moved);

    if (!moved)
        return my_no_memory(sink->host, err);
    moved->name = pd_pool_text(&sink->pool, name);
    moved->aside = run_name(sink, "o", stage->n_moved);
    moved->is_moved = is_moved;
    if (!moved->name || !moved->aside)
        return my_no_memory(sink->host, err);
    stage->n_moved++;
    return PD_OK;
}

static pd_status
find_moved(struct pd_sink *sink, struct pd_error *err)
{
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    bool is_sequence;
    pd_status status = my_query(sink->my,
                                "SELECT TABLE_NAME FROM information_schema.TABLES WHERE "
                                "TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME",
                                &result, err);

    if (status != PD_OK)
        return status;
    while (status == PD_OK && (row = mysql_fetch_row(result)) != NULL) {
        if (row[0] && is_wanted(sink, row[0], &is_sequence))
            status = add_moved(sink, row[0], is_sequence, err);
    }
    mysql_free_result(result);
    return status;
}

static bool
will_move(const struct pd_sink *sink, const char *name)
{
    for (size_t i = 0; i < sink->stage->n_moved; i++) {
        if (is_same_name(sink, sink->stage->moved[i].name, name))
            return true;
    }
    return false;
}

/* A key of a table that stays would go on pointing to the one that goes. */
static pd_status
refuse_references(struct pd_sink *sink, struct pd_error *err)
{
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    char line[256];
    pd_status status =
        my_query(sink->my,
                 "SELECT DISTINCT TABLE_SCHEMA = DATABASE(), TABLE_NAME, REFERENCED_TABLE_NAME "
                 "FROM information_schema.KEY_COLUMN_USAGE WHERE REFERENCED_TABLE_SCHEMA = "
                 "DATABASE() AND REFERENCED_TABLE_NAME IS NOT NULL ORDER BY 2, 3",
                 &result, err);

    if (status != PD_OK)
        return status;
    while (status == PD_OK && (row = mysql_fetch_row(result)) != NULL) {
        bool stays = !row[0] || row[0][0] != '1' || !will_move(sink, row[1]);

        if (!stays || !will_move(sink, row[2]))
            continue;
        snprintf(line, sizeof line, "'%.64s' to '%.64s'", row[1], row[2]);
        status = sink->host->fail(err, PD_FAILED, PD_CAUSE_CONFLICT,
                                  "a foreign key from table %s, which is to be replaced, stands in "
                                  "the way; drop that key first",
                                  line);
    }
    mysql_free_result(result);
    return status;
}

static void
put_pair(struct pd_sql *sql, const char *from, const char *to)
{
    pd_sql_add(sql, sql->size ? ", " : "RENAME TABLE ");
    my_name(sql, from);
    pd_sql_add(sql, " TO ");
    my_name(sql, to);
}

static pd_status
run_renaming(struct pd_sink *sink, struct pd_sql *sql, struct pd_error *err)
{
    pd_status status = PD_OK;

    if (sql->size || sql->failed)
        status = my_run_sql(sink->my, sql, err);
    pd_sql_free(sql);
    return status;
}

/* Listed before it is done. */
static pd_status
move_aside(struct pd_sink *sink, struct pd_error *err)
{
    struct pd_sql sql = {.host = sink->host};
    pd_status status = find_moved(sink, err);

    if (status == PD_OK)
        status = refuse_references(sink, err);
    for (size_t i = 0; i < sink->stage->n_moved && status == PD_OK; i++) {
        const struct stage_moved *moved = &sink->stage->moved[i];

        status = add_entry(sink, "moved", moved->aside, moved->name, err);
        if (moved->is_moved)
            put_pair(&sql, moved->name, moved->aside);
    }
    if (status == PD_OK)
        return run_renaming(sink, &sql, err);
    pd_sql_free(&sql);
    return status;
}

pd_status
stage_begin(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status = make_marker(sink, err);

    if (status == PD_OK && sink->into == PD_INTO_REPLACE)
        status = move_aside(sink, err);
    return status;
}

/* ---- The renaming ---- */

static bool
is_staged(const struct target_table *t)
{
    return !t->is_history && !t->exists;
}

static pd_status
list_some(struct pd_sink *sink, size_t *at, struct pd_error *err)
{
    struct pd_sql sql = {.host = sink->host};
    pd_status status = PD_OK;
    size_t n = 0;

    pd_sql_add(&sql, "INSERT INTO ");
    put_marker(&sql, sink->stage);
    pd_sql_add(&sql, " (kind, name, final) VALUES ");
    for (; *at < sink->catalog->n_tables && n < STAGE_LIST; (*at)++) {
        const struct target_table *t = &sink->tables[*at];

        if (!is_staged(t))
            continue;
        pd_sql_add(&sql, n++ ? ", " : "");
        put_entry(&sql, "table", t->staged, t->name);
    }
    if (n)
        status = my_run_sql(sink->my, &sql, err);
    pd_sql_free(&sql);
    return status;
}

static pd_status
list_tables(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status = PD_OK;
    size_t at = 0;

    while (status == PD_OK && at < sink->catalog->n_tables)
        status = list_some(sink, &at, err);
    return status;
}

pd_status
stage_publish(struct pd_sink *sink, struct pd_error *err)
{
    struct pd_sql sql = {.host = sink->host};
    pd_status status = list_tables(sink, err);

    for (size_t i = 0; i < sink->stage->n_moved; i++) {
        if (!sink->stage->moved[i].is_moved)
            put_pair(&sql, sink->stage->moved[i].name, sink->stage->moved[i].aside);
    }
    for (size_t i = 0; i < sink->catalog->n_tables; i++) {
        if (is_staged(&sink->tables[i]))
            put_pair(&sql, sink->tables[i].staged, sink->tables[i].name);
    }
    if (status == PD_OK)
        return run_renaming(sink, &sql, err);
    pd_sql_free(&sql);
    return status;
}

pd_status
stage_withdraw(struct pd_sink *sink, struct pd_error *err)
{
    struct pd_sql sql = {.host = sink->host};

    for (size_t i = 0; i < sink->catalog->n_tables; i++) {
        if (is_staged(&sink->tables[i]))
            put_pair(&sql, sink->tables[i].name, sink->tables[i].staged);
    }
    for (size_t i = 0; i < sink->stage->n_moved; i++) {
        if (!sink->stage->moved[i].is_moved)
            put_pair(&sql, sink->stage->moved[i].aside, sink->stage->moved[i].name);
    }
    return run_renaming(sink, &sql, err);
}

/* From 'done' on, whoever comes later finishes this. */
pd_status
stage_end(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status = add_entry(sink, "done", "", "", err);

    if (status == PD_OK)
        status = stage_drop_run(sink->my, sink->stage->run, err);
    if (status == PD_OK)
        sink->stage->is_made = false;
    return status;
}

/* ---- After a failure ---- */

static int
never(const struct pd_host *host)
{
    return 0;
}

/* Another connection, which also works when the run was cancelled. */
static pd_status
connect_calmly(struct pd_sink *sink, struct my **ret_my, struct pd_error *err)
{
    struct pd_host *calm = &sink->stage->calm;
    size_t size = sink->host->struct_size < sizeof *calm ? sink->host->struct_size : sizeof *calm;

    memcpy(calm, sink->host, size);
    calm->struct_size = (uint32_t)size;
    calm->cancelled = never;
    return my_open(calm, sink->end, MY_WRITE, NULL, ret_my, err);
}

static void
pause_a_bit(void)
{
    struct timespec pause = {.tv_nsec = STAGE_PAUSE_MS * 1000000L};

    nanosleep(&pause, NULL);
}

static pd_status
clean_over(struct pd_sink *sink, struct my *my, struct pd_error *err)
{
    char run[STAGE_RUN] = "";
    pd_status status = my_run(my, "SET lock_wait_timeout = 10, innodb_lock_wait_timeout = 10", err);

    if (status == PD_OK)
        status = stage_lock(my, 2 * STAGE_WAIT, err);
    if (status == PD_OK)
        status = stage_read(my, run, err);
    /* Gone: the run had come to its end after all, or not to its beginning. */
    if (status == PD_OK && strcmp(run, sink->stage->run) == 0)
        status = stage_drop_run(my, run, err);
    return status;
}

/* The session of the run is ended first, as it may hold locks. */
pd_status
stage_clean(struct pd_sink *sink, struct pd_error *err)
{
    struct my *my = NULL;
    pd_status status = PD_FATAL;

    if (!sink->stage || !sink->stage->is_made)
        return PD_OK;
    write_close(sink);
    my_close(sink->my);
    sink->my = NULL;
    for (int i = 0; i < STAGE_TRIES && status != PD_OK; i++) {
        if (i)
            pause_a_bit();
        status = connect_calmly(sink, &my, err);
    }
    if (status == PD_OK)
        status = clean_over(sink, my, err);
    my_close(my);
    if (status == PD_OK)
        sink->stage->is_made = false;
    return status;
}
