// SPDX-License-Identifier: Apache-2.0
// rules - what the user says of values that go into columns that are there.
#include "run/rules_inside.h"

#include <string.h>

#include "model/kind.h"
#include "model/schema.h"

struct rules {
    const struct selection *selection;
    const struct mapping *mapping;
    struct convert_rules *columns; /* as mapping->columns */
    const char **said;             /* RULE_COUNT_ a column: by name, as given; NULL: nothing */
    const char *zone;              /* of all columns, as given; NULL: none */
    int64_t zone_us;
};

/* ---- What is said of a column ---- */

static void
rule_set(struct convert_rules *rule, const struct said *said)
{
    switch (said->option) {
    case RULE_EPOCH:
        rule->epoch_us = said->number;
        return;
    case RULE_ZONE:
        rule->zone_us = said->number;
        rule->has_zone = true;
        return;
    case RULE_BOOL:
        rule->reads_bools = true;
        return;
    default:
        rule->packs_uuids = true;
    }
}

static bool
says_otherwise(const struct convert_rules *rule, const struct said *said)
{
    return said->option == RULE_EPOCH ? rule->epoch_us != said->number
                                      : said->option == RULE_ZONE && rule->zone_us != said->number;
}

/* Each column once; what is said of it by name counts more than what is said of all. */
static pd_status
rule_add(struct rules *rules, const struct said *said, const struct pd_table *table, size_t column,
         size_t at, struct pd_error *err)
{
    const char **before = &rules->said[at * RULE_COUNT_ + (size_t)said->option];

    if (*said->pattern) {
        if (*before && says_otherwise(&rules->columns[at], said))
            return error_fail(
                err, PD_FATAL, PD_CAUSE_USAGE,
                "--%s '%s' and '%s' say two things of column '%s' of table '%s'; give "
                "one of them",
                said_name(said->option), *before, said->text, table->columns[column].name,
                schema_table_name(table));
        *before = said->text;
    } else if (*before) {
        return PD_OK;
    }
    rule_set(&rules->columns[at], said);
    return PD_OK;
}

static pd_status
said_apply(void *arg, struct said *said, struct pd_error *err)
{
    struct rules *rules = arg;
    const struct pd_catalog *catalog = rules->selection->catalog;
    pd_status status = PD_OK;
    size_t n = 0;

    if (!*said->pattern && rules->zone && rules->zone_us != said->number)
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                          "--assume-zone '%s' and '%s' say two things of all columns; give one of "
                          "them, or TABLE.COLUMN=ZONE",
                          rules->zone, said->text);
    if (!*said->pattern) {
        rules->zone = said->text;
        rules->zone_us = said->number;
    }
    for (size_t i = 0; i < catalog->n_tables; i++) {
        const struct pd_table *table = &catalog->tables[i];

        for (size_t k = 0; k < table->n_columns && status == PD_OK; k++) {
            if (*said->pattern && !rules_fits(said->pattern, table, &table->columns[k]))
                continue;
            status = rule_add(rules, said, table, k, rules->mapping->first[i] + k, err);
            n++;
        }
    }
    if (status != PD_OK || n || !*said->pattern || said->stands)
        return status;
    return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                      "--%s '%s': no column fits; expected TABLE.COLUMN, and `polydump info` lists "
                      "them",
                      said_name(said->option), said->text);
}

/* ---- What would do nothing ---- */

static bool
is_loose(int kind)
{
    return kind == PD_KIND_NUMBER || kind == PD_KIND_ANY;
}

static bool
is_text(int kind)
{
    return kind == PD_KIND_TEXT || kind == PD_KIND_CHAR;
}

/* Without a zone. */
static bool
is_local(int kind)
{
    return kind == PD_KIND_DATE || kind == PD_KIND_TIMESTAMP;
}

static bool
zone_acts(int from, int to, bool is_epoch)
{
    if (to == PD_KIND_TIMESTAMPTZ)
        return is_local(from) || is_text(from) || is_loose(from);
    if (is_local(to))
        return from == PD_KIND_TIMESTAMPTZ || is_text(from) || is_loose(from) || is_epoch;
    return is_epoch && is_local(from);
}

static bool
is_truth(int kind)
{
    int class = kind_class(kind);

    return class == PD_CLASS_BOOL || class == PD_CLASS_BIT ||
           (class == PD_CLASS_INTEGER && kind != PD_KIND_MONEY);
}

static bool
is_number(int kind)
{
    int class = kind_class(kind);

    return class == PD_CLASS_INTEGER || class == PD_CLASS_DECIMAL || class == PD_CLASS_FLOAT;
}

/* Can it make a difference to values on their way between two kinds? */
static bool
rule_acts(const struct convert_rules *rule, int option, int from, int to)
{
    const struct convert_meaning *meaning = convert_meaning_find(from, to);
    const char *needed = meaning && meaning->option ? meaning->option : "";

    if (from == to)
        return false;
    if (strcmp(needed, said_name(option)) == 0)
        return true;
    switch (option) {
    case RULE_EPOCH:
        return (is_loose(from) || is_text(from)) &&
               (is_local(to) || to == PD_KIND_TIMESTAMPTZ || is_number(to));
    case RULE_ZONE:
        return zone_acts(from, to, rule->epoch_us != 0);
    case RULE_BOOL:
        return (is_loose(from) || is_text(from) || from == PD_KIND_ENUM) && is_truth(to);
    default:
        return is_loose(from) && to == PD_KIND_UUID;
    }
}

static int
kind_there(const struct rules *rules, size_t table, size_t column)
{
    const struct pd_mapping *m = mapping_of(rules->mapping, rules->selection, table, column);
    int kind = rules->selection->catalog->tables[table].columns[column].type.kind;

    if (!m || !(m->flags & PD_MAPPING_PRESENT))
        return PD_KIND_NONE;
    return m->as.kind == PD_KIND_NONE ? kind : (int)m->as.kind;
}

/* By name, and not one of the columns that it names is changed by it. */
static pd_status
said_judge(void *arg, struct said *said, struct pd_error *err)
{
    struct rules *rules = arg;
    const struct pd_catalog *catalog = rules->selection->catalog;
    const struct pd_table *first = NULL;
    size_t column = 0;
    int there = PD_KIND_NONE;

    for (size_t i = 0; *said->pattern && !said->stands && i < catalog->n_tables; i++) {
        const struct pd_table *table = &catalog->tables[i];

        for (size_t k = 0; k < table->n_columns; k++) {
            int kind = kind_there(rules, i, k);

            if (!rules_fits(said->pattern, table, &table->columns[k]))
                continue;
            if (kind != PD_KIND_NONE && rule_acts(&rules->columns[rules->mapping->first[i] + k],
                                                  said->option, table->columns[k].type.kind, kind))
                return PD_OK;
            if (!first || there == PD_KIND_NONE) {
                first = table;
                column = k;
                there = kind;
            }
        }
    }
    if (!first)
        return PD_OK;
    if (there == PD_KIND_NONE)
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                          "--%s '%s' would do nothing: column '%s' of table '%s' is not written",
                          said_name(said->option), said->text, first->columns[column].name,
                          schema_table_name(first));
    return error_fail(
        err, PD_FATAL, PD_CAUSE_USAGE,
        "--%s '%s' would do nothing: column '%s' of table '%s' has values of '%s' and "
        "goes into one of '%s'; --%s reads %s",
        said_name(said->option), said->text, first->columns[column].name, schema_table_name(first),
        kind_name(first->columns[column].type.kind), kind_name(there), said_name(said->option),
        said_about(said->option));
}

/* ---- What they make of the mapping ---- */

void
rules_put(struct buffer *out, const char *option, const struct pd_table *table,
          const struct pd_column *column)
{
    if (strcmp(option, "epoch") == 0)
        buffer_printf(out, "epoch '%s.%s=s' (or =ms, =us)", schema_table_name(table), column->name);
    else if (strcmp(option, "assume-zone") == 0)
        buffer_text(out, "assume-zone=UTC, or another zone");
    else if (strcmp(option, "bool-text") == 0 || strcmp(option, "uuid-bytes") == 0)
        buffer_printf(out, "%s '%s.%s'", option, schema_table_name(table), column->name);
    else
        buffer_text(out, option);
}

static pd_status
column_judge(struct rules *rules, size_t table, size_t column, struct arena *arena,
             struct pd_mapping *m, struct pd_error *err)
{
    const struct pd_table *t = &rules->selection->catalog->tables[table];
    const struct pd_column *c = &t->columns[column];
    CLEANUP(conversion) struct conversion *conversion = NULL;
    CLEANUP_BUFFER struct buffer text = {0};
    const char *option;
    pd_status status = convert_open_meaning(&c->type, &m->as,
                                            &rules->columns[rules->mapping->first[table] + column],
                                            &conversion, &option, err);

    if (status == PD_OK && c->type.kind != m->as.kind) {
        const struct convert_meaning *meaning = convert_meaning_find(c->type.kind, m->as.kind);

        m->reason = meaning ? meaning->brief : m->reason;
    }
    if (status != PD_UNSUPPORTED)
        return status;
    m->rung = PD_RUNG_REFUSED;
    m->reason = arena_strdup(arena, err->text);
    if (option) {
        rules_put(&text, option, t, c);
        m->reason = arena_printf(arena, "%s means a %s only when that is said",
                                 kind_name(c->type.kind), kind_name(m->as.kind));
        m->option = buffer_string(&text) ? arena_strdup(arena, buffer_string(&text)) : NULL;
    }
    return m->reason && (m->option || !option) ? PD_OK : error_memory(err);
}

/* Columns that are there, all of a run's or none. */
static bool
has_present(const struct mapping *mapping, const struct selection *selection, size_t *ret_n)
{
    bool has = false;

    *ret_n = 0;
    for (size_t i = 0; i < selection->catalog->n_tables; i++) {
        size_t n = selection->catalog->tables[i].n_columns;

        for (size_t k = 0; mapping->columns && k < n; k++)
            has |= (mapping->columns[mapping->first[i] + k].flags & PD_MAPPING_PRESENT) != 0;
        *ret_n += n;
    }
    return has;
}

static pd_status
columns_judge(struct rules *rules, struct arena *arena, struct pd_mapping *columns,
              struct pd_error *err)
{
    const struct pd_catalog *catalog = rules->selection->catalog;
    pd_status status = PD_OK;

    for (size_t i = 0; i < catalog->n_tables; i++) {
        for (size_t k = 0; k < catalog->tables[i].n_columns && status == PD_OK; k++) {
            struct pd_mapping *m = &columns[rules->mapping->first[i] + k];

            rules->columns[rules->mapping->first[i] + k].spells_json =
                mapping_spells_json(&catalog->tables[i].columns[k], m);
            if (m->flags & PD_MAPPING_PRESENT && m->rung != PD_RUNG_REFUSED &&
                m->as.kind != PD_KIND_NONE && mapping_of(rules->mapping, rules->selection, i, k))
                status = column_judge(rules, i, k, arena, m, err);
        }
    }
    return status;
}

pd_status
rules_apply(const struct run_options *options, const struct selection *selection,
            struct arena *arena, struct mapping *mapping, struct pd_error *err)
{
    struct rules rules = {.selection = selection, .mapping = mapping};
    struct pd_mapping *columns;
    size_t n;
    pd_status status;

    if (!has_present(mapping, selection, &n)) {
        if (!said_any(options, /* with_standing= */ false))
            return PD_OK;
        return error_fail(
            err, PD_FATAL, PD_CAUSE_USAGE,
            "--epoch, --assume-zone, --bool-text and --uuid-bytes are for tables that "
            "the target has already");
    }
    columns = arena_array(arena, struct pd_mapping, n + 1);
    rules.columns = arena_array(arena, struct convert_rules, n + 1);
    rules.said = arena_array(arena, const char *, n *RULE_COUNT_ + 1);
    if (!columns || !rules.columns || !rules.said)
        return error_memory(err);
    memcpy(columns, mapping->columns, n * sizeof *columns);
    /* Of rows that are set aside it is told what the engine says. */
    for (size_t i = 0; options->rejects && i < n; i++)
        columns[i].flags &= ~(uint32_t)PD_MAPPING_NOT_NULL;
    status = said_each(options, said_apply, &rules, err);
    if (status == PD_OK)
        status = said_each(options, said_judge, &rules, err);
    if (status == PD_OK)
        status = columns_judge(&rules, arena, columns, err);
    mapping->columns = columns;
    mapping->rules = rules.columns;
    return status;
}

/* ---- What they make of the catalogue ---- */

/* Flags for columns on their way. */
struct marking {
    struct arena *arena;
    struct pd_catalog *catalog;
    struct pd_table *tables; /* of the catalogue: a copy */
    uint32_t flag;
    size_t n; /* columns that the last pattern fits */
};

static pd_status
pattern_mark(struct marking *marking, const char *pattern, struct pd_error *err)
{
    marking->n = 0;
    for (size_t i = 0; i < marking->catalog->n_tables; i++) {
        struct pd_table *table = &marking->tables[i];
        struct pd_column *columns = NULL;

        for (size_t k = 0; k < table->n_columns; k++) {
            if (!rules_fits(pattern, table, &table->columns[k]))
                continue;
            if (!columns)
                columns =
                    arena_copy(marking->arena, table->columns, table->n_columns * sizeof *columns);
            if (!columns)
                return error_memory(err);
            columns[k].flags |= marking->flag;
            marking->n++;
        }
        if (columns)
            table->columns = columns;
    }
    return PD_OK;
}

static pd_status
dropped_mark(struct marking *marking, const struct run_said *said, struct pd_error *err)
{
    pd_status status = PD_OK;

    marking->flag = PD_COLUMN_DROPPED;
    for (const char *const *at = said->list; at && *at && status == PD_OK; at++) {
        status = pattern_mark(marking, *at, err);
        if (status == PD_OK && marking->n == 0 && !said->stands)
            status = error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                                "--drop-column '%s': no column fits; expected TABLE.COLUMN, and "
                                "`polydump info` lists them",
                                *at);
    }
    return status;
}

/* An engine is not to take for the same what the user says something of. */
static pd_status
said_mark(void *arg, struct said *said, struct pd_error *err)
{
    struct marking *marking = arg;

    marking->flag = PD_COLUMN_NEUTRAL;
    return *said->pattern ? pattern_mark(marking, said->pattern, err) : PD_OK;
}

pd_status
rules_mark(const struct run_options *options, bool in_place, struct arena *arena,
           struct selection *selection, struct pd_error *err)
{
    struct pd_catalog *catalog = selection->catalog;
    const struct run_said *dropped = &options->drop_columns;
    struct marking marking = {.arena = arena, .catalog = catalog};
    pd_status status;

    if (!in_place && dropped->list && !dropped->stands)
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                          "--drop-column is for tables that the target has already; a migration "
                          "drops columns of others");
    if (!in_place || (!dropped->list && !said_any(options, /* with_standing= */ true)))
        return PD_OK;
    marking.tables = arena_copy(arena, catalog->tables, catalog->n_tables * sizeof *marking.tables);
    if (!marking.tables)
        return error_memory(err);
    status = dropped_mark(&marking, dropped, err);
    if (status == PD_OK)
        status = said_each(options, said_mark, &marking, err);
    catalog->tables = marking.tables;
    catalog->table_size = sizeof *marking.tables;
    return status;
}
