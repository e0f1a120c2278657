// SPDX-License-Identifier: Apache-2.0
// ruled_said - which rules for values were said of which columns.
#include <stdlib.h>
#include <string.h>

#include "model/kind.h"
#include "model/schema.h"
#include "model/text_time.h"
#include "run/ruled_inside.h"
#include "run/rules.h"

/* What is said of each column of a table, while it is gathered. */
struct gathered {
    struct value_rules rules;
    const struct ruled_saying *by[VALUE_RULE_COUNT_];
};

/* Engines that put text into any column. */
static bool
is_loose(const struct ruled *ruled)
{
    const char *engine = ruled->inner->catalog->engine;

    return engine && strcmp(engine, "sqlite") == 0;
}

/* ---- Reading what was said ---- */

static pd_status
saying_refuse(int rule, const char *text, struct pd_error *err)
{
    CLEANUP_BUFFER struct buffer expected = {0};

    value_rule_expect(&expected, rule);
    if (!buffer_string(&expected))
        return error_memory(err);
    return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                      "--%s '%s': expected %s, or TABLE.COLUMN= and one of these",
                      value_rule_option(rule), text, buffer_string(&expected));
}

static pd_status
saying_read(struct ruled *ruled, int rule, const char *text, bool stands, struct pd_error *err)
{
    struct ruled_saying *saying = &ruled->sayings[ruled->n_sayings];
    const char *equals = strrchr(text, '=');

    *saying = (struct ruled_saying){.rule = rule, .text = text, .stands = stands};
    if (!value_rule_read(rule, equals ? equals + 1 : text, &saying->gives))
        return saying_refuse(rule, text, err);
    if (equals) {
        saying->pattern = arena_printf(ruled->arena, "%.*s", (int)(equals - text), text);
        if (!saying->pattern)
            return error_memory(err);
    }
    ruled->n_sayings++;
    return PD_OK;
}

static pd_status
sayings_read(struct ruled *ruled, struct pd_error *err)
{
    const struct run_said *values = ruled->options->values;
    size_t n = 0;
    pd_status status = PD_OK;

    for (int rule = 0; rule < VALUE_RULE_COUNT_; rule++)
        for (size_t i = 0; values[rule].list && values[rule].list[i]; i++)
            n++;
    ruled->sayings = arena_array(ruled->arena, struct ruled_saying, n + 1);
    if (!ruled->sayings)
        return error_memory(err);
    for (int rule = 0; rule < VALUE_RULE_COUNT_; rule++)
        for (size_t i = 0; values[rule].list && values[rule].list[i] && status == PD_OK; i++)
            status = saying_read(ruled, rule, values[rule].list[i], values[rule].stands, err);
    return status;
}

/* ---- Columns ---- */

static bool
is_same(const struct value_gives *a, const struct value_gives *b)
{
    return a->gift == b->gift && a->day == b->day && a->early == b->early;
}

/* What is said by name counts more than what is said of all. */
static pd_status
column_gather(struct gathered *g, const struct ruled_saying *saying, const struct pd_table *table,
              const struct pd_column *column, struct pd_error *err)
{
    const struct ruled_saying *before = g->by[saying->rule];

    if (before && !before->pattern == !saying->pattern &&
        !is_same(&before->gives, &saying->gives)) {
        if (!saying->pattern)
            return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                              "--%s '%s' and '%s' say two things of all columns; give one of "
                              "them, or TABLE.COLUMN=RULE",
                              value_rule_option(saying->rule), before->text, saying->text);
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                          "--%s '%s' and '%s' say two things of column '%s' of table '%s'; give "
                          "one of them",
                          value_rule_option(saying->rule), before->text, saying->text, column->name,
                          schema_table_name(table));
    }
    if (before && before->pattern && !saying->pattern)
        return PD_OK;
    g->by[saying->rule] = saying;
    g->rules.gives[saying->rule] = saying->gives;
    return PD_OK;
}

/* By name, and there is no such column, or none that may have such values. */
static pd_status
saying_judge(const struct ruled *ruled, const struct ruled_saying *saying, struct pd_error *err)
{
    const struct pd_catalog *catalog = ruled->inner->catalog;
    const struct pd_table *first = NULL;
    size_t column = 0;

    if (!saying->pattern || saying->stands)
        return PD_OK;
    for (size_t i = 0; i < catalog->n_tables; i++) {
        const struct pd_table *table = &catalog->tables[i];

        for (size_t k = 0; k < table->n_columns; k++) {
            if (!rules_fits(saying->pattern, table, &table->columns[k]))
                continue;
            if (value_rule_fits(saying->rule, &table->columns[k].type, is_loose(ruled)))
                return PD_OK;
            column = first ? column : k;
            first = first ? first : table;
        }
    }
    if (!first)
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                          "--%s '%s': no column fits; expected TABLE.COLUMN=RULE, and `polydump "
                          "info` lists them",
                          value_rule_option(saying->rule), saying->text);
    return error_fail(
        err, PD_FATAL, PD_CAUSE_USAGE,
        "--%s '%s' would do nothing: column '%s' of table '%s' is of '%s', and has no "
        "%s",
        value_rule_option(saying->rule), saying->text, first->columns[column].name,
        schema_table_name(first), kind_name(first->columns[column].type.kind),
        value_rule_about(saying->rule));
}

static pd_status
table_gather(const struct ruled *ruled, const struct pd_table *table, struct gathered *columns,
             struct pd_error *err)
{
    pd_status status = PD_OK;

    for (size_t i = 0; i < ruled->n_sayings; i++) {
        const struct ruled_saying *saying = &ruled->sayings[i];

        for (size_t k = 0; k < table->n_columns && status == PD_OK; k++) {
            const struct pd_column *column = &table->columns[k];

            if (value_rule_fits(saying->rule, &column->type, is_loose(ruled)) &&
                (!saying->pattern || rules_fits(saying->pattern, table, column)))
                status = column_gather(&columns[k], saying, table, column, err);
        }
    }
    return status;
}

/* ---- Keys ---- */

static bool
key_has(const struct pd_key *key, uint32_t column)
{
    for (size_t i = 0; i < key->n_parts; i++)
        if (key->parts[i].column == (int32_t)column)
            return true;
    return false;
}

static bool
foreign_has(const struct pd_foreign *foreign, uint32_t column)
{
    for (size_t i = 0; i < foreign->n_columns; i++)
        if (foreign->columns[i] == column)
            return true;
    return false;
}

/* false: memory is short. */
static bool
column_find_key(const struct ruled *ruled, const struct pd_table *table, struct ruled_column *c)
{
    for (size_t i = 0; i < table->n_keys && !c->key; i++) {
        const struct pd_key *key = &table->keys[i];

        c->is_key = key->kind != PD_KEY_INDEX && key_has(key, c->column);
        if (!c->is_key)
            continue;
        c->key = key->kind == PD_KEY_PRIMARY ? "the primary key"
                 : key->name ? arena_printf(ruled->arena, "the unique key '%s'", key->name)
                             : "a unique key";
        return c->key;
    }
    for (size_t i = 0; i < table->n_foreigns; i++) {
        const struct pd_foreign *foreign = &table->foreigns[i];

        if (!foreign_has(foreign, c->column))
            continue;
        c->key = foreign->name ? arena_printf(ruled->arena, "the foreign key '%s'", foreign->name)
                               : "a foreign key";
        return c->key;
    }
    return true;
}

/* ---- Defaults ---- */

/* "'0000-00-00'" or "0000-00-00 00:00:00": like a day, and none. */
static bool
is_zero_date(const char *text)
{
    static const struct pd_type date = {.struct_size = sizeof date, .kind = PD_KIND_DATE};
    struct text_time time;

    text += *text == '\'';
    if (strlen(text) < 10 || strspn(text, "0123456789") != 4 || text[4] != '-' ||
        strspn(text + 5, "0123456789") != 2 || text[7] != '-')
        return false;
    return strspn(text + 8, "0123456789") == 2 && !text_time_read(&date, text, 10, &time);
}

/* What a default is that is no value of a calendar; false: it is one, or something else. */
static bool
default_cell(const struct pd_column *column, struct cell *ret_cell, const char **ret_text)
{
    bool is_literal = column->default_kind == PD_DEFAULT_LITERAL;
    const char *text = is_literal ? column->default_text : column->default_native;

    *ret_text = text;
    if (!text || (!is_literal && column->default_kind != PD_DEFAULT_NATIVE))
        return false;
    *ret_cell = (struct cell){.tag = is_zero_date(text)               ? PD_TAG_YMD
                                     : strcmp(text, "infinity") == 0  ? PD_TAG_POS_INF
                                     : strcmp(text, "-infinity") == 0 ? PD_TAG_NEG_INF
                                                                      : PD_TAG_PLAIN};
    return ret_cell->tag != PD_TAG_PLAIN;
}

/* A default follows the rule that is for such values of its column. */
static pd_status
default_follow(const struct ruled *ruled, struct ruled_column *c, struct pd_error *err)
{
    struct pd_column *shown = &c->shown;
    struct buffer scratch[2] = {{0}}; /* days need none */
    struct cell cell;
    const char *text;
    int rule = default_cell(shown, &cell, &text) ? value_rule_of(&shown->type, &cell) : -1;
    struct text_time time;
    char day[TEXT_TIME_SIZE];

    if (rule < 0 || c->rules.gives[rule].gift == VALUE_STAYS ||
        c->rules.gives[rule].gift == VALUE_KEPT)
        return PD_OK;
    value_rules_apply(&c->rules, &shown->type, &cell, scratch);
    c->default_was = text;
    c->default_rule = rule;
    shown->default_kind = PD_DEFAULT_NONE;
    shown->default_native = shown->default_text = NULL;
    shown->default_size = 0;
    if (cell.tag < 0)
        return PD_OK;
    time = (struct text_time){.value = cell.integer};
    shown->default_size = (uint32_t)text_time_write(shown->type.kind, &time, day);
    shown->default_text = arena_printf(ruled->arena, "%.*s", (int)shown->default_size, day);
    shown->default_kind = PD_DEFAULT_LITERAL;
    shown->default_tag = PD_TAG_TEXT;
    return shown->default_text ? PD_OK : error_memory(err);
}

/* ---- Tables ---- */

/* Does any rule say something of the column, and may it have values that it is for? */
static bool
is_ruled(const struct gathered *g, const struct pd_profile *profile)
{
    for (int rule = 0; rule < VALUE_RULE_COUNT_; rule++)
        if (g->rules.gives[rule].gift != VALUE_STAYS &&
            (!profile || profile->flags & value_rule_flags(rule)))
            return true;
    return false;
}

static pd_status
columns_make(struct ruled *ruled, uint32_t number, const struct gathered *gathered,
             struct pd_error *err)
{
    const struct pd_table *table = &ruled->inner->catalog->tables[number];
    struct ruled_table *t = &ruled->tables[number];
    const struct pd_source_ops *ops = ruled->inner->ops;
    const struct pd_stats *known = NULL;
    pd_status status = PD_UNSUPPORTED;

    if (ops->stats)
        status = ops->stats(ruled->inner->handle, number, &known, err);
    if (status != PD_OK && status != PD_UNSUPPORTED)
        return status;
    t->columns = arena_array(ruled->arena, struct ruled_column, table->n_columns + 1);
    if (!t->columns)
        return error_memory(err);
    for (uint32_t i = 0; i < table->n_columns; i++) {
        struct ruled_column *c = &t->columns[t->n_columns];
        const struct pd_profile *profile =
            status == PD_OK && known->profiles
                ? PD_AT(struct pd_profile, known->profiles, known->profile_size, i)
                : NULL;

        if (!is_ruled(&gathered[i], profile))
            continue;
        c->column = i;
        c->rules = gathered[i].rules;
        c->shown = table->columns[i];
        c->alone = (struct pd_table){.struct_size = sizeof c->alone,
                                     .name = table->name,
                                     .columns = &c->shown,
                                     .n_columns = 1,
                                     .column_size = sizeof c->shown};
        if (!column_find_key(ruled, table, c))
            return error_memory(err);
        t->n_columns++;
    }
    return PD_OK;
}

static pd_status
table_make(struct ruled *ruled, uint32_t number, struct pd_error *err)
{
    const struct pd_table *table = &ruled->inner->catalog->tables[number];
    CLEANUP_FREE struct gathered *gathered = calloc(table->n_columns + 1, sizeof *gathered);
    pd_status status = gathered ? table_gather(ruled, table, gathered, err) : error_memory(err);

    return status == PD_OK ? columns_make(ruled, number, gathered, err) : status;
}

static bool
source_takes_null(const void *arg, uint32_t table, uint32_t column)
{
    const struct ruled *ruled = arg;

    return !(ruled->inner->catalog->tables[table].columns[column].flags & PD_COLUMN_NOT_NULL);
}

pd_status
ruled_said(struct ruled *ruled, struct pd_error *err)
{
    size_t n = ruled->inner->catalog->n_tables;
    bool is_made = !ruled->target.in_place;
    pd_status status = sayings_read(ruled, err);

    ruled->tables = arena_array(ruled->arena, struct ruled_table, n + 1);
    if (status == PD_OK && !ruled->tables)
        return error_memory(err);
    for (size_t i = 0; i < ruled->n_sayings && status == PD_OK; i++)
        status = saying_judge(ruled, &ruled->sayings[i], err);
    for (uint32_t i = 0; i < n && status == PD_OK; i++)
        status = table_make(ruled, i, err);
    /* Columns that are there may take NULL where those of the source do not, and have defaults. */
    if (status == PD_OK && is_made)
        status = ruled_nulls(ruled, source_takes_null, ruled, err);
    for (uint32_t i = 0; i < n && is_made && !ruled->target.keeps_defaults; i++)
        for (uint32_t k = 0; k < ruled->tables[i].n_columns && status == PD_OK; k++)
            status = default_follow(ruled, &ruled->tables[i].columns[k], err);
    return status;
}

/* ---- NULL ---- */

/* By name, and not one of the columns that it names takes NULL. */
static pd_status
null_judge(const struct ruled *ruled, const struct ruled_saying *saying,
           ruled_takes_null *takes_null, const void *arg, struct pd_error *err)
{
    const struct pd_catalog *catalog = ruled->inner->catalog;
    const struct pd_table *first = NULL;
    const struct pd_column *refused = NULL;

    for (uint32_t i = 0; i < catalog->n_tables; i++) {
        const struct pd_table *table = &catalog->tables[i];

        for (uint32_t k = 0; k < table->n_columns; k++) {
            if (!rules_fits(saying->pattern, table, &table->columns[k]) ||
                !value_rule_fits(saying->rule, &table->columns[k].type, is_loose(ruled)))
                continue;
            if (takes_null(arg, i, k))
                return PD_OK;
            refused = first ? refused : &table->columns[k];
            first = first ? first : table;
        }
    }
    if (!first)
        return PD_OK;
    return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                      "--%s '%s': column '%s' of table '%s' takes no NULL; give a date, as in "
                      "'%s.%s=1970-01-01'",
                      value_rule_option(saying->rule), saying->text, refused->name,
                      schema_table_name(first), schema_table_name(first), refused->name);
}

pd_status
ruled_nulls(struct ruled *ruled, ruled_takes_null *takes_null, const void *arg,
            struct pd_error *err)
{
    pd_status status = PD_OK;

    for (size_t i = 0; i < ruled->n_sayings && status == PD_OK; i++) {
        const struct ruled_saying *saying = &ruled->sayings[i];

        if (saying->pattern && !saying->stands && saying->gives.gift == VALUE_NULL)
            status = null_judge(ruled, saying, takes_null, arg, err);
    }
    for (uint32_t i = 0; i < ruled->inner->catalog->n_tables; i++) {
        for (uint32_t k = 0; k < ruled->tables[i].n_columns; k++) {
            struct ruled_column *c = &ruled->tables[i].columns[k];

            for (int rule = 0; rule < VALUE_RULE_COUNT_; rule++)
                if (c->rules.gives[rule].gift == VALUE_NULL && !takes_null(arg, i, c->column))
                    c->rules.gives[rule].gift = VALUE_KEPT;
        }
    }
    return status;
}
