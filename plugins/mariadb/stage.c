// SPDX-License-Identifier: Apache-2.0
/* stage - tables are filled under names of their own, in the same database, and get their final
   ones by one RENAME of all. The marker table "pd$HEX$run" says whose they are and what else was
   made: while it is there, the database is INCOMPLETE.

   Rows of the marker: 'table' staged, final (listed right before the renaming); 'moved' aside,
   final; 'kept' name, kind, text and settings of an object that was there before; 'foreign' table,
   name for the time being, text of a key that gets its own name at the end; 'done', from which on
   only the past has to be dropped; and objects that the run makes, by their kind. Each is listed
   before it is done. */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/random.h>

#include "ddl.h"
#include "locks_told.h"
#include "stage.h"

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
    bool is_done = false;
    pd_status status = sink->stage ? PD_OK : new_stage(sink, err);

    if (status == PD_OK)
        status = stage_lock(sink->my, STAGE_WAIT, err);
    if (status == PD_OK)
        status = stage_read(sink->my, run, err);
    while (status == PD_OK && *run) {
        status = stage_drop_run(sink->my, run, &is_done, err);
        if (status == PD_OK)
            sink->host->log(sink->host, PD_LOG_WARNING,
                            "an earlier restore into this database did not come to its end: %s",
                            is_done ? "what it had replaced was dropped"
                                    : "what it had made was dropped");
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
put_text(struct pd_sql *sql, const char *text)
{
    pd_sql_add(sql, ", ");
    if (text)
        my_literal(sql, text, strlen(text));
    else
        pd_sql_add(sql, "NULL");
}

static void
put_entry(struct pd_sql *sql, const struct stage_entry *entry)
{
    pd_sql_add(sql, "(");
    my_literal(sql, entry->kind, strlen(entry->kind));
    put_text(sql, entry->name);
    put_text(sql, entry->final);
    put_text(sql, entry->text);
    put_text(sql, entry->settings);
    pd_sql_add(sql, ")");
}

pd_status
stage_put(struct pd_sink *sink, const struct stage_entry *entries, size_t n, struct pd_error *err)
{
    struct pd_sql sql = {.host = sink->host};
    pd_status status = PD_OK;

    pd_sql_add(&sql, "INSERT INTO ");
    put_marker(&sql, sink->stage);
    pd_sql_add(&sql, " (kind, name, final, text, settings) VALUES ");
    for (size_t i = 0; i < n; i++) {
        pd_sql_add(&sql, i ? ", " : "");
        put_entry(&sql, &entries[i]);
    }
    if (n)
        status = my_run_sql(sink->my, &sql, err);
    pd_sql_free(&sql);
    return status;
}

pd_status
stage_add(struct pd_sink *sink, const char *kind, const char *name, struct pd_error *err)
{
    struct stage_entry entry = {.kind = kind, .name = name, .final = ""};

    return sink->stage && sink->stage->is_made ? stage_put(sink, &entry, 1, err) : PD_OK;
}

pd_status
stage_remove(struct pd_sink *sink, const char *kind, const char *name, struct pd_error *err)
{
    struct pd_sql sql = {.host = sink->host};
    pd_status status = PD_OK;

    pd_sql_add(&sql, "DELETE FROM ");
    put_marker(&sql, sink->stage);
    pd_sql_add(&sql, " WHERE kind = ");
    my_literal(&sql, kind, strlen(kind));
    pd_sql_add(&sql, " AND name = ");
    my_literal(&sql, name, strlen(name));
    if (sink->stage->is_made)
        status = my_run_sql(sink->my, &sql, err);
    pd_sql_free(&sql);
    return status;
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
                  "name varchar(64) NOT NULL, final varchar(64) NOT NULL, text longtext, "
                  "settings longtext) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin "
                  "COMMENT='%s%s'",
                  STAGE_COMMENT, sink->stage->run);
    status = my_run_sql(sink->my, &sql, err);
    pd_sql_free(&sql);
    return status;
}

/* ---- What stands in the way of --into=replace ---- */

bool
stage_is_same_name(const struct pd_sink *sink, const char *a, const char *b)
{
    return sink->my->names_fold ? strcasecmp(a, b) == 0 : strcmp(a, b) == 0;
}

/* By its final name, from the beginning. */
static bool
is_sequence_wanted(struct pd_sink *sink, const char *name)
{
    for (size_t i = 0; i < sink->catalog->n_sequences; i++) {
        if (ddl_is_sequence_made(sink, i) &&
            stage_is_same_name(sink, sink->ddl->sequences[i], name))
            return true;
    }
    for (size_t i = 0; i < sink->catalog->n_tables; i++) {
        for (size_t k = 0; k < sink->tables[i].table->n_columns; k++) {
            const char *own =
                ddl_is_sequence_owned(sink, i, k) ? ddl_own_sequence(sink, i, k) : NULL;

            if (own && stage_is_same_name(sink, own, name))
                return true;
        }
    }
    return false;
}

static bool
is_table_wanted(const struct pd_sink *sink, const char *name)
{
    for (size_t i = 0; i < sink->catalog->n_tables; i++) {
        if (!sink->tables[i].is_history && stage_is_same_name(sink, sink->tables[i].name, name))
            return true;
    }
    return false;
}

static const struct pd_object *
find_view(const struct pd_sink *sink, const char *name)
{
    for (size_t i = 0; sink->native && sink->same && i < sink->catalog->n_objects; i++) {
        const struct pd_object *object = pd_object_at(sink->catalog, i);

        if (strcmp(object->kind, "view") == 0 && stage_is_same_name(sink, object->name, name))
            return object;
    }
    return NULL;
}

/* A table of that name holds rows, and gives way to no view. One that cannot be made anyway is left
   out for that. */
static pd_status
refuse_view(struct pd_sink *sink, const struct pd_object *view, const char *name, const char *type,
            struct pd_error *err)
{
    if (view->flags & PD_OBJECT_BROKEN)
        return PD_OK;
    return sink->host->fail(err, PD_FAILED, PD_CAUSE_CONFLICT,
                            "%s '%s' stands in the way of view '%s', for which it does not give "
                            "way; drop it or give it another name first, or leave views out by "
                            "--no-native",
                            strcmp(type, "SEQUENCE") == 0 ? "sequence" : "table", name, view->name);
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
look_at(struct pd_sink *sink, const char *name, const char *type, struct pd_error *err)
{
    const struct pd_object *view = find_view(sink, name);

    if (is_table_wanted(sink, name))
        return add_moved(sink, name, false, err);
    if (is_sequence_wanted(sink, name))
        return add_moved(sink, name, true, err);
    if (!view)
        return PD_OK;
    return strcmp(type, "VIEW") == 0 ? add_moved(sink, name, false, err)
                                     : refuse_view(sink, view, name, type, err);
}

static pd_status
find_moved(struct pd_sink *sink, struct pd_error *err)
{
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    pd_status status = my_query(sink->my,
                                "SELECT TABLE_NAME, TABLE_TYPE FROM information_schema.TABLES "
                                "WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME",
                                &result, err);

    if (status != PD_OK)
        return status;
    while (status == PD_OK && (row = my_row(sink->my, result, 2, 3, &status, err)) != NULL) {
        status = look_at(sink, row[0], row[1], err);
    }
    mysql_free_result(result);
    return status;
}

bool
stage_will_move(const struct pd_sink *sink, const char *name)
{
    for (size_t i = 0; i < sink->stage->n_moved; i++) {
        if (stage_is_same_name(sink, sink->stage->moved[i].name, name))
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
    const char *scope;
    pd_status status = orphans_scope(sink->my, &scope, err);

    if (status == PD_OK)
        status =
            my_queryf(sink->my, &result, err,
                      "SELECT DISTINCT TABLE_SCHEMA = DATABASE(), TABLE_NAME, "
                      "REFERENCED_TABLE_NAME FROM information_schema.KEY_COLUMN_USAGE WHERE %s "
                      "AND REFERENCED_TABLE_SCHEMA = DATABASE() AND REFERENCED_TABLE_NAME IS NOT "
                      "NULL ORDER BY 2, 3",
                      scope);

    if (status != PD_OK)
        return status;
    while (status == PD_OK && (row = my_row(sink->my, result, 3, 6, &status, err)) != NULL) {
        bool stays = !row[0] || row[0][0] != '1' || !stage_will_move(sink, row[1]);

        if (!stays || !stage_will_move(sink, row[2]))
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

/* Others may be at work on the tables that give way. */
static pd_status
run_renaming(struct pd_sink *sink, struct pd_sql *sql, struct pd_error *err)
{
    pd_status status = PD_OK;
    size_t i = 0;

    if (sql->size || sql->failed)
        status = my_run_sql(sink->my, sql, err);
    pd_sql_free(sql);
    while (status == PD_FAILED && i < sink->stage->n_moved &&
           !lock_tell(sink->my, sink->stage->moved[i].name, /* is_alone= */ true, err))
        i++;
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
    if (status == PD_OK)
        status = outside_check(sink, err);
    for (size_t i = 0; i < sink->stage->n_moved && status == PD_OK; i++) {
        const struct stage_moved *moved = &sink->stage->moved[i];

        status = stage_put(sink, &(struct stage_entry){"moved", moved->aside, moved->name}, 1, err);
        if (moved->is_moved)
            put_pair(&sql, moved->name, moved->aside);
    }
    if (status == PD_OK)
        return run_renaming(sink, &sql, err);
    pd_sql_free(&sql);
    return status;
}

/* The longest statement of the cleaning is a RENAME of everything, whose text grows by doubling. */
static size_t
reserved_size(const struct pd_sink *sink)
{
    size_t size = 0;

    for (size_t i = 0; i < sink->catalog->n_tables; i++)
        size += 2 * (2 * strlen(sink->tables[i].name) + STAGE_NAME + 16);
    for (size_t i = 0; i < sink->catalog->n_sequences; i++)
        size += 2 * strlen(pd_sequence_at(sink->catalog, i)->name) + STAGE_NAME + 16;
    return STAGE_RESERVE + 2 * size;
}

pd_status
stage_begin(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status = reserve_open(&sink->stage->reserve, sink->host, reserved_size(sink), err);

    if (status == PD_OK)
        status = make_marker(sink, err);
    if (status == PD_OK)
        status = stage_join(sink, sink->my, err);
    if (status == PD_OK && sink->into == PD_INTO_REPLACE)
        status = move_aside(sink, err);
    if (status == PD_OK && sink->into == PD_INTO_REPLACE)
        status = stage_say_lost(sink, err);
    if (status == PD_OK)
        status = stage_keep(sink, /* list= */ false, err);
    return status;
}

/* ---- The renaming ---- */

static bool
is_staged(const struct target_table *t)
{
    return !t->is_history && !t->exists;
}

static pd_status
list_tables(struct pd_sink *sink, struct pd_error *err)
{
    struct stage_entry entries[STAGE_LIST];
    pd_status status = PD_OK;
    size_t n = 0;

    for (size_t i = 0; i < sink->catalog->n_tables && status == PD_OK; i++) {
        const struct target_table *t = &sink->tables[i];

        if (!is_staged(t))
            continue;
        entries[n++] = (struct stage_entry){"table", t->staged, t->name};
        if (n == STAGE_LIST) {
            status = stage_put(sink, entries, n, err);
            n = 0;
        }
    }
    return status == PD_OK ? stage_put(sink, entries, n, err) : status;
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
