// SPDX-License-Identifier: Apache-2.0
// rules - what the user says of values that go into columns that are there.
#include "run/rules.h"

#include <fnmatch.h>
#include <string.h>

#include "model/kind.h"
#include "model/schema.h"

#define US_PER_MINUTE INT64_C(60000000)

enum { PATTERN_MAX = 400, ZONE_HOURS_MAX = 15 };

/* An option on its way: "PATTERN=VALUE", or a pattern alone. */
struct said {
    const char *option;
    const char *text; /* as given */
    char pattern[PATTERN_MAX];
    const char *value; /* NULL: none */
    int64_t number;    /* what the value says */
};

struct rules {
    const struct selection *selection;
    const struct mapping *mapping;
    struct convert_rules *columns; /* as mapping->columns */
};

/* ---- Patterns ---- */

bool
rules_fits(const char *pattern, const struct pd_table *table, const struct pd_column *column)
{
    const char *dot = strrchr(pattern, '.');
    char of_table[PATTERN_MAX];
    size_t size = dot ? (size_t)(dot - pattern) : 0;

    if (!dot || size >= sizeof of_table || fnmatch(dot + 1, column->name, 0) != 0)
        return false;
    memcpy(of_table, pattern, size);
    of_table[size] = 0;
    return fnmatch(of_table, table->name, 0) == 0 ||
           fnmatch(of_table, schema_table_name(table), 0) == 0;
}

/* ---- Values ---- */

/* One or two digits. */
static int
take_number(const char **at)
{
    int number = 0, n = 0;

    for (; n < 2 && **at >= '0' && **at <= '9'; n++, ++*at)
        number = number * 10 + (**at - '0');
    return n ? number : -1;
}

bool
rules_zone(const char *text, int64_t *ret_us)
{
    bool is_west = *text == '-';
    const char *at = text + 1;
    int hours, minutes = 0;
    bool has_minutes;

    *ret_us = 0;
    if (strcmp(text, "UTC") == 0 || strcmp(text, "Z") == 0)
        return true;
    if (*text != '+' && *text != '-')
        return false;
    hours = take_number(&at);
    has_minutes = *at != 0;
    at += *at == ':';
    if (has_minutes)
        minutes = take_number(&at);
    if (hours < 0 || hours > ZONE_HOURS_MAX || minutes < 0 || minutes > 59 || *at)
        return false;
    *ret_us = (hours * 60 + minutes) * US_PER_MINUTE * (is_west ? -1 : 1);
    return true;
}

static bool
read_unit(const char *text, int64_t *ret_us)
{
    static const struct {
        const char *name;
        int64_t us;
    } units[] = {{"s", 1000000}, {"ms", 1000}, {"us", 1}};

    for (size_t i = 0; i < COUNT_OF(units); i++) {
        if (strcmp(text, units[i].name) == 0) {
            *ret_us = units[i].us;
            return true;
        }
    }
    return false;
}

/* ---- Reading the options ---- */

static pd_status
said_split(struct said *said, bool has_value, struct pd_error *err)
{
    const char *equals = has_value ? strrchr(said->text, '=') : NULL;
    size_t size = equals ? (size_t)(equals - said->text) : strlen(said->text);

    if (size >= sizeof said->pattern)
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE, "--%s: the pattern is too long",
                          said->option);
    memcpy(said->pattern, said->text, size);
    said->pattern[size] = 0;
    said->value = equals ? equals + 1 : NULL;
    return PD_OK;
}

static void
rule_set(struct convert_rules *rule, const struct said *said)
{
    if (strcmp(said->option, "epoch") == 0) {
        rule->epoch_us = said->number;
    } else if (strcmp(said->option, "assume-zone") == 0) {
        rule->zone_us = said->number;
        rule->has_zone = true;
    } else if (strcmp(said->option, "bool-text") == 0) {
        rule->reads_bools = true;
    } else {
        rule->packs_uuids = true;
    }
}

static pd_status
said_apply(struct rules *rules, const struct said *said, struct pd_error *err)
{
    const struct pd_catalog *catalog = rules->selection->catalog;
    size_t n = 0;

    for (size_t i = 0; i < catalog->n_tables; i++) {
        const struct pd_table *table = &catalog->tables[i];

        for (size_t k = 0; k < table->n_columns; k++) {
            if (*said->pattern && !rules_fits(said->pattern, table, &table->columns[k]))
                continue;
            rule_set(&rules->columns[rules->mapping->first[i] + k], said);
            n++;
        }
    }
    if (n || !*said->pattern)
        return PD_OK;
    return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                      "--%s '%s': no column fits; expected TABLE.COLUMN, and `polydump info` lists "
                      "them",
                      said->option, said->text);
}

static pd_status
epoch_read(struct rules *rules, const char *text, struct pd_error *err)
{
    struct said said = {.option = "epoch", .text = text};
    pd_status status = said_split(&said, /* has_value= */ true, err);

    if (status != PD_OK)
        return status;
    if (!said.value || !read_unit(said.value, &said.number))
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                          "--epoch '%s': expected TABLE.COLUMN=s, =ms or =us", text);
    return said_apply(rules, &said, err);
}

/* A zone alone is that of all columns. */
static pd_status
zone_read(struct rules *rules, const char *text, struct pd_error *err)
{
    struct said said = {.option = "assume-zone", .text = text};
    pd_status status = said_split(&said, /* has_value= */ true, err);

    if (status != PD_OK)
        return status;
    if (!said.value) {
        said.value = text;
        *said.pattern = 0;
    }
    if (!rules_zone(said.value, &said.number))
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                          "--assume-zone '%s': expected UTC or +HH:MM, or TABLE.COLUMN= and that",
                          text);
    return said_apply(rules, &said, err);
}

static pd_status
names_read(struct rules *rules, const char *option, const char *text, struct pd_error *err)
{
    struct said said = {.option = option, .text = text};
    pd_status status = said_split(&said, /* has_value= */ false, err);

    return status == PD_OK ? said_apply(rules, &said, err) : status;
}

static pd_status
options_read(struct rules *rules, const struct run_options *options, struct pd_error *err)
{
    pd_status status = PD_OK;

    /* What is said for one column counts more than what is said for all. */
    for (size_t i = 0; options->zones && options->zones[i] && status == PD_OK; i++)
        if (!strchr(options->zones[i], '='))
            status = zone_read(rules, options->zones[i], err);
    for (size_t i = 0; options->zones && options->zones[i] && status == PD_OK; i++)
        if (strchr(options->zones[i], '='))
            status = zone_read(rules, options->zones[i], err);
    for (size_t i = 0; options->epochs && options->epochs[i] && status == PD_OK; i++)
        status = epoch_read(rules, options->epochs[i], err);
    for (size_t i = 0; options->bool_texts && options->bool_texts[i] && status == PD_OK; i++)
        status = names_read(rules, "bool-text", options->bool_texts[i], err);
    for (size_t i = 0; options->uuid_bytes && options->uuid_bytes[i] && status == PD_OK; i++)
        status = names_read(rules, "uuid-bytes", options->uuid_bytes[i], err);
    return status;
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

static bool
any_is_said(const struct run_options *options)
{
    return options->zones || options->epochs || options->bool_texts || options->uuid_bytes;
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
        if (!any_is_said(options))
            return PD_OK;
        return error_fail(
            err, PD_FATAL, PD_CAUSE_USAGE,
            "--epoch, --assume-zone, --bool-text and --uuid-bytes are for tables that "
            "the target has already");
    }
    columns = arena_array(arena, struct pd_mapping, n + 1);
    rules.columns = arena_array(arena, struct convert_rules, n + 1);
    if (!columns || !rules.columns)
        return error_memory(err);
    memcpy(columns, mapping->columns, n * sizeof *columns);
    status = options_read(&rules, options, err);
    if (status == PD_OK)
        status = columns_judge(&rules, arena, columns, err);
    mapping->columns = columns;
    mapping->rules = rules.columns;
    return status;
}

/* ---- Columns that are left behind ---- */

/* A copy of the table with the flag at its columns; *ret_n counts them. */
static pd_status
table_drop(const char *pattern, struct arena *arena, struct pd_table *table, size_t *ret_n,
           struct pd_error *err)
{
    struct pd_column *columns = NULL;

    for (size_t i = 0; i < table->n_columns; i++) {
        if (!rules_fits(pattern, table, &table->columns[i]))
            continue;
        if (!columns)
            columns = arena_copy(arena, table->columns, table->n_columns * sizeof *columns);
        if (!columns)
            return error_memory(err);
        columns[i].flags |= PD_COLUMN_DROPPED;
        ++*ret_n;
    }
    if (columns)
        table->columns = columns;
    return PD_OK;
}

pd_status
rules_drop(const struct run_options *options, bool in_place, struct arena *arena,
           struct selection *selection, struct pd_error *err)
{
    struct pd_catalog *catalog = selection->catalog;
    const char *const *patterns = options->drop_columns;
    struct pd_table *tables;
    pd_status status = PD_OK;

    if (!patterns)
        return PD_OK;
    if (!in_place)
        return error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                          "--drop-column is for tables that the target has already; a migration "
                          "drops columns of others");
    tables = arena_copy(arena, catalog->tables, catalog->n_tables * sizeof *tables);
    if (!tables)
        return error_memory(err);
    for (; *patterns && status == PD_OK; patterns++) {
        size_t n = 0;

        for (size_t i = 0; i < catalog->n_tables && status == PD_OK; i++)
            status = table_drop(*patterns, arena, &tables[i], &n, err);
        if (status == PD_OK && n == 0)
            status = error_fail(err, PD_FATAL, PD_CAUSE_USAGE,
                                "--drop-column '%s': no column fits; expected TABLE.COLUMN, and "
                                "`polydump info` lists them",
                                *patterns);
    }
    catalog->tables = tables;
    catalog->table_size = sizeof *tables;
    return status;
}
