// SPDX-License-Identifier: Apache-2.0
/* lua_world - a step in Lua without a run: schemas made by hand, change calls that are noted, and
   lookups that are answered from what was taught. Rows go in and come out as lines of JSON. */
#pragma once

#include "work_folder.h"

#include <polydump/schema.h>
#include <polydump/value.h>

#include "base/buffer.h"
#include "base/log.h"
#include "model/batch.h"
#include "model/cell_json.h"
#include "model/kind.h"
#include "model/text.h"
#include "plugin/host.h"
#include "plugin/options.h"

pd_plugin_entry lua_LTX_polydump_plugin;

#define COLUMN(called, of)                                                                         \
    {                                                                                              \
        .struct_size = sizeof(struct pd_column), .name = called, .type = {                         \
            .struct_size = sizeof(struct pd_type),                                                 \
            .kind = PD_KIND_##of,                                                                  \
            .precision = 0                                                                         \
        }                                                                                          \
    }
#define TABLE(called, of)                                                                          \
    {                                                                                              \
        .struct_size = sizeof(struct pd_table), .name = called, .columns = of,                     \
        .n_columns = sizeof(of) / sizeof *(of), .column_size = sizeof *(of),                       \
        .key_size = sizeof(struct pd_key)                                                          \
    }

static struct pd_options *options;
static const struct pd_plugin *plugin;
static const struct pd_steps *steps;
static const struct pd_migration *migration;
static struct pd_migrator *migrator;
static struct pd_catalog before = {.struct_size = sizeof before};
static struct pd_catalog after = {.struct_size = sizeof after};
static struct buffer calls; /* what the script asked for, a line each */
static struct buffer rows;  /* what came out, a line each */

/* ---- What schema() asks for ------------------------------------------------------------------ */

static void
note(const char *fmt, ...)
{
    char line[512];
    va_list args;

    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    buffer_text(&calls, line);
    buffer_char(&calls, '\n');
}

static pd_status
note_names(const char *what, const char *table, const char *const *names)
{
    char line[400];
    size_t used = (size_t)snprintf(line, sizeof line, "%s %s", what, table);

    for (; names && *names; names++)
        used += (size_t)snprintf(line + used, sizeof line - used, " %s", *names);
    note("%s", line);
    return PD_OK;
}

static pd_status
fake_rename_table(struct pd_changes *changes, const char *table, const char *to, struct pd_error *e)
{
    if (strcmp(table, "missing") == 0)
        return error_fail(e, PD_FAILED, PD_CAUSE_MISSING, "there is no table 'missing'");
    note("rename_table %s %s", table, to);
    return PD_OK;
}

static pd_status
fake_drop_table(struct pd_changes *changes, const char *table, struct pd_error *e)
{
    note("drop_table %s", table);
    return PD_OK;
}

static void
note_column(const char *what, const char *table, const struct pd_column *c)
{
    note("%s %s %s kind %d (%d,%d) length %d flags %d default %d tag %d '%.*s' identity %d", what,
         table, c->name, c->type.kind, c->type.precision, c->type.scale, (int)c->type.length,
         c->flags, c->default_kind, c->default_tag, (int)c->default_size,
         c->default_text ? c->default_text : "", c->identity);
}

static pd_status
fake_add_table(struct pd_changes *changes, const struct pd_table *table, struct pd_error *e)
{
    for (size_t i = 0; i < table->n_columns; i++)
        note_column("add_table", table->name, pd_column_at(table, i));
    for (size_t i = 0; i < table->n_keys; i++) {
        const struct pd_key *key = pd_key_at(table, i);

        note("key %s kind %d flags %d parts %d first %d", key->name ? key->name : "-", key->kind,
             key->flags, (int)key->n_parts, pd_part_at(key, 0)->column);
    }
    for (size_t i = 0; i < table->n_foreigns; i++) {
        const struct pd_foreign *f = pd_foreign_at(table, i);

        note("foreign %d to %s %s on delete %d", f->columns[0], f->to_table,
             f->to_columns ? f->to_columns[0] : "-", f->on_delete);
    }
    for (size_t i = 0; i < table->n_checks; i++)
        note("check %s", pd_check_at(table, i)->expression);
    return PD_OK;
}

static pd_status
fake_merge_table(struct pd_changes *changes, const char *table, const char *into,
                 struct pd_error *e)
{
    note("merge_table %s %s", table, into);
    return PD_OK;
}

static pd_status
fake_rename_column(struct pd_changes *changes, const char *table, const char *column,
                   const char *to, struct pd_error *e)
{
    note("rename_column %s %s %s", table, column, to);
    return PD_OK;
}

static pd_status
fake_drop_column(struct pd_changes *changes, const char *table, const char *column,
                 struct pd_error *e)
{
    note("drop_column %s %s", table, column);
    return PD_OK;
}

static pd_status
fake_add_column(struct pd_changes *changes, const char *table, const struct pd_column *column,
                const char *in_front, struct pd_error *e)
{
    note_column("add_column", table, column);
    if (in_front)
        note("before %s", in_front);
    return PD_OK;
}

static pd_status
fake_change_column(struct pd_changes *changes, const char *table, const char *column,
                   const struct pd_column *as, struct pd_error *e)
{
    note_column("change_column", column, as);
    return PD_OK;
}

static pd_status
fake_add_key(struct pd_changes *changes, const char *table, const struct pd_key *key,
             const char *const *columns, struct pd_error *e)
{
    note("key %s kind %d flags %d where %s", key->name ? key->name : "-", key->kind, key->flags,
         key->predicate ? key->predicate : "-");
    return note_names("add_key", table, columns);
}

static pd_status
fake_drop_key(struct pd_changes *changes, const char *table, const char *name, struct pd_error *e)
{
    note("drop_key %s %s", table, name ? name : "-");
    return PD_OK;
}

static pd_status
fake_add_foreign(struct pd_changes *changes, const char *table, const struct pd_foreign *f,
                 const char *const *columns, struct pd_error *e)
{
    note("foreign to %s flags %d on update %d", f->to_table, f->flags, f->on_update);
    return note_names("add_foreign", table, columns);
}

static pd_status
fake_drop_foreign(struct pd_changes *changes, const char *table, const char *name,
                  const char *const *columns, struct pd_error *e)
{
    return note_names("drop_foreign", name ? name : table, columns);
}

static pd_status
fake_drop_key_on(struct pd_changes *changes, const char *table, const char *const *columns,
                 struct pd_error *e)
{
    return note_names("drop_key_on", table, columns);
}

static pd_status
fake_drop_check_of(struct pd_changes *changes, const char *table, const char *expression,
                   struct pd_error *e)
{
    note("drop_check_of %s %s", table, expression);
    return PD_OK;
}

static pd_status
fake_add_check(struct pd_changes *changes, const char *table, const struct pd_check *check,
               struct pd_error *e)
{
    note("add_check %s %s %s", table, check->name ? check->name : "-", check->expression);
    return PD_OK;
}

static pd_status
fake_drop_check(struct pd_changes *changes, const char *table, const char *name, struct pd_error *e)
{
    note("drop_check %s %s", table, name ? name : "-");
    return PD_OK;
}

static pd_status
fake_see_rows(struct pd_changes *changes, const char *table, const char *const *emits,
              struct pd_error *e)
{
    return note_names("see_rows", table, emits);
}

static pd_status
fake_need(struct pd_changes *changes, const struct pd_need *need, uint32_t *ret_need,
          struct pd_error *e)
{
    static uint32_t n;

    *ret_need = 10 + n++ % 5;
    note_names("need", need->table, need->keys);
    return note_names("values", need->table, need->values);
}

static pd_status
fake_may_update(struct pd_changes *changes, const char *table, struct pd_error *e)
{
    note("may_update %s", table);
    return PD_OK;
}

static pd_status
fake_run_statement(struct pd_changes *changes, const struct pd_statement *s, struct pd_error *e)
{
    note("sql %s %d %s", s->engine, s->when, s->sql);
    return PD_OK;
}

static pd_status
fake_make_rows(struct pd_changes *changes, const char *const *tables, struct pd_error *e)
{
    return note_names("make_rows", "", tables);
}

static const struct pd_change_ops change_ops = {
    .struct_size = sizeof change_ops,
    .rename_table = fake_rename_table,
    .drop_table = fake_drop_table,
    .add_table = fake_add_table,
    .merge_table = fake_merge_table,
    .rename_column = fake_rename_column,
    .drop_column = fake_drop_column,
    .add_column = fake_add_column,
    .change_column = fake_change_column,
    .add_key = fake_add_key,
    .drop_key = fake_drop_key,
    .add_foreign = fake_add_foreign,
    .drop_foreign = fake_drop_foreign,
    .add_check = fake_add_check,
    .drop_check = fake_drop_check,
    .see_rows = fake_see_rows,
    .need = fake_need,
    .may_update = fake_may_update,
    .run_statement = fake_run_statement,
    .make_rows = fake_make_rows,
    .drop_key_on = fake_drop_key_on,
    .drop_check_of = fake_drop_check_of,
};

/* ---- What functions ask for ------------------------------------------------------------------ */

/* Needs of one key that is text and one value that is an integer. */
static struct {
    char key[64];
    int64_t value;
} taught[100];
static size_t n_taught;
static int64_t last_number = 100;

static pd_status
fake_lookup(struct pd_step *step, uint32_t need, const struct pd_value *keys,
            const struct pd_value **ret_values, struct pd_error *e)
{
    static struct pd_value found;

    for (size_t i = 0; i < n_taught; i++) {
        if (strlen(taught[i].key) == keys->size &&
            memcmp(taught[i].key, keys->bytes, keys->size) == 0) {
            found = (struct pd_value){.tag = PD_TAG_PLAIN, .integer = taught[i].value};
            *ret_values = &found;
            return PD_OK;
        }
    }
    return PD_DONE;
}

static pd_status
fake_learn(struct pd_step *step, uint32_t need, const struct pd_value *keys,
           const struct pd_value *values, struct pd_error *e)
{
    if (n_taught == sizeof taught / sizeof *taught)
        return PD_OK;
    snprintf(taught[n_taught].key, sizeof taught->key, "%.*s", (int)keys->size,
             (const char *)keys->bytes);
    taught[n_taught++].value = values->integer;
    note("learn %.*s %lld", (int)keys->size, (const char *)keys->bytes, (long long)values->integer);
    return PD_OK;
}

static pd_status
fake_next_number(struct pd_step *step, uint32_t need, uint32_t value, int64_t *ret_number,
                 struct pd_error *e)
{
    if (last_number == INT64_MAX)
        return error_fail(e, PD_FAILED, PD_CAUSE_LIMIT, "no number is left");
    *ret_number = ++last_number;
    return PD_OK;
}

static pd_status
fake_update(struct pd_step *step, uint32_t table, const struct pd_value *key,
            const uint32_t *columns, const struct pd_value *values, uint32_t n_columns,
            struct pd_error *e)
{
    note("update %u key %lld column %u of %u: %lld", table, (long long)key->integer, columns[0],
         n_columns, (long long)values->integer);
    return PD_OK;
}

static pd_status PD_PRINTF(3, 4)
    fake_warn(struct pd_step *step, struct pd_error *e, const char *fmt, ...)
{
    char line[256];
    va_list args;

    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    note("warn %s", line);
    return PD_OK;
}

static const struct pd_step_ops step_ops = {
    .struct_size = sizeof step_ops,
    .lookup = fake_lookup,
    .learn = fake_learn,
    .next_number = fake_next_number,
    .update = fake_update,
    .warn = fake_warn,
};

/* ---- A step ---------------------------------------------------------------------------------- */

static inline void
set_option(const char *name, const char *value)
{
    assert_int_equal(options_set(options, name, value, &err), PD_OK);
}

static int
begin_world(void **state)
{
    plugin = lua_LTX_polydump_plugin(PD_ABI);
    n_taught = 0;
    last_number = 100;
    before.n_tables = after.n_tables = 0;
    before.table_size = after.table_size = sizeof(struct pd_table);
    if (begin(state) < 0)
        return -1;
    return options_new(plugin->options, plugin->n_options, plugin->option_size, &options, &err);
}

static void
close_step(void)
{
    if (migrator)
        migration->close(migrator);
    plugin->steps->close(steps);
    migrator = NULL;
    steps = NULL;
}

static int
end_world(void **state)
{
    close_step();
    options_free(options);
    buffer_free(&calls);
    buffer_free(&rows);
    if (host_allocated())
        fprintf(stderr, "%zu bytes were not given back\n", host_allocated());
    return host_allocated() ? -1 : end(state);
}

static pd_status
open_folder(void)
{
    pd_status status = plugin->steps->open(host_get(), ".", options, &steps, &err);

    if (status == PD_OK)
        migration = steps->migrations[0];
    return status;
}

/* A script as 1.0.lua, opened. */
static inline pd_status
open_step(const char *script)
{
    pd_status status;

    put("1.0.lua", script);
    status = open_folder();
    return status == PD_OK ? migration->open(migration, host_get(), options, &migrator, &err)
                           : status;
}

/* The rest of a script that has its head already. */
static inline pd_status
open_body(const char *body)
{
    char script[8192];

    snprintf(script, sizeof script, "return {to=\"1.1\", about=\"test\", %s}", body);
    return open_step(script);
}

static pd_status
plan(void)
{
    return migration->plan(migrator, &before, &change_ops, NULL, &err);
}

static pd_status
plan_and_begin(void)
{
    pd_status status = plan();

    return status == PD_OK ? migration->begin(migrator, &before, &after, &step_ops, NULL, &err)
                           : status;
}

static inline void
take_batch(uint32_t table, const struct pd_batch *batch)
{
    const struct pd_table *t = &after.tables[table];

    assert_int_equal(batch_check(t, batch, &err), PD_OK);
    for (uint32_t row = 0; row < batch->n_rows; row++) {
        buffer_text(&rows, t->name);
        buffer_char(&rows, ' ');
        assert_int_equal(cell_json_row(&rows, t, batch, row, NULL, NULL, &err), PD_OK);
        buffer_char(&rows, '\n');
    }
    batch->release(batch);
}

/* before_load or after_load */
static inline pd_status
load_code(pd_status (*code)(struct pd_migrator *g, uint32_t *ret_table,
                            const struct pd_batch **ret_batch, struct pd_error *e))
{
    const struct pd_batch *made;
    uint32_t to;
    pd_status status;

    while ((status = code(migrator, &to, &made, &err)) == PD_OK)
        take_batch(to, made);
    return status;
}

/* Gives a batch to a table's function. */
static inline pd_status
feed_batch(uint32_t table, const struct pd_batch *batch)
{
    const struct pd_batch *made;
    uint32_t to;
    pd_status status;

    while ((status = migration->rows(migrator, table, batch, &to, &made, &err)) == PD_OK)
        take_batch(to, made);
    return status;
}

/* Lines of JSON as a batch of a table of the old schema. */
static inline const struct pd_batch *
batch_of_lines(uint32_t table, const char *lines)
{
    struct pd_builder builder;
    const struct pd_batch *batch;

    assert_int_equal(batch_builder_open(&builder, &before.tables[table], &err), PD_OK);
    assert_int_equal(pd_builder_begin(&builder), PD_OK);
    while (*lines) {
        size_t size = strcspn(lines, "\n");

        if (cell_json_parse(&before.tables[table], lines, size, &builder, &err) != PD_OK)
            fail_msg("%s", err.text);
        lines += size + (lines[size] == '\n');
    }
    batch = pd_builder_finish(&builder);
    assert_non_null(batch);
    pd_builder_close(&builder);
    return batch;
}

static inline pd_status
feed(uint32_t table, const char *lines)
{
    const struct pd_batch *batch = batch_of_lines(table, lines);
    pd_status status = feed_batch(table, batch);

    batch->release(batch);
    return status;
}

static inline pd_status
feed_rest(uint32_t table)
{
    const struct pd_batch *made;
    uint32_t to;
    pd_status status;

    while ((status = migration->rest(migrator, table, &to, &made, &err)) == PD_OK)
        take_batch(to, made);
    return status;
}

#define assert_ok(status)                                                                          \
    do {                                                                                           \
        if ((status) < 0)                                                                          \
            fail_msg("%s", err.text);                                                              \
    } while (0)

static inline void
assert_text(struct buffer *buffer, const char *wanted)
{
    const char *text = buffer_string(buffer);

    assert_string_equal(text ? text : "", wanted);
    buffer_clear(buffer);
}
