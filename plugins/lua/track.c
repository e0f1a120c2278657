// SPDX-License-Identifier: Apache-2.0
// track - which column of the old schema each column of the new one comes from.
#include <string.h>

#include "script.h"

void
track_open(lua_State *L, struct pd_migrator *g, const struct pd_catalog *before)
{
    g->n_tracks = before->n_tables;
    g->tracks = check_alloc(L, &g->pool, (g->n_tracks + 1) * sizeof *g->tracks);
    for (size_t i = 0; i < g->n_tracks; i++) {
        const struct pd_table *table = pd_table_at(before, i);
        struct track *track = &g->tracks[i];

        track->table = table;
        track->now = check_table_name(L, &g->pool, table);
        track->columns = check_alloc(L, &g->pool, (table->n_columns + 1) * sizeof *track->columns);
        for (size_t k = 0; k < table->n_columns; k++) {
            const char *name = pd_column_at(table, k)->name;

            track->columns[k] = (struct track_column){name, name};
        }
    }
}

const char *
track_now(const struct pd_migrator *g, const char *table)
{
    for (size_t i = 0; i < g->n_tracks; i++) {
        const struct pd_table *t = g->tracks[i].table;
        bool has_schema = t->schema && *t->schema;
        size_t size = has_schema ? strlen(t->schema) : 0;

        if (has_schema && (strncmp(table, t->schema, size) != 0 || table[size] != '.'))
            continue;
        if (strcmp(table + (has_schema ? size + 1 : 0), t->name) == 0)
            return g->tracks[i].now;
    }
    return table;
}

/* With a table that others were merged into, all of them go on. */
void
track_rename_table(lua_State *L, struct pd_migrator *g, const char *table, const char *to)
{
    for (size_t i = 0; i < g->n_tracks; i++) {
        if (g->tracks[i].now && strcmp(g->tracks[i].now, table) == 0)
            g->tracks[i].now = check_copy(L, &g->pool, to);
    }
}

void
track_drop_table(struct pd_migrator *g, const char *table)
{
    for (size_t i = 0; i < g->n_tracks; i++) {
        if (g->tracks[i].now && strcmp(g->tracks[i].now, table) == 0)
            g->tracks[i].now = NULL;
    }
}

static struct track_column *
next_column(struct pd_migrator *g, const char *table, const char *column, size_t *track)
{
    for (; *track < g->n_tracks; ++*track) {
        struct track *t = &g->tracks[*track];

        if (!t->now || strcmp(t->now, table) != 0)
            continue;
        for (size_t k = 0; k < t->table->n_columns; k++) {
            if (t->columns[k].now && strcmp(t->columns[k].now, column) == 0)
                return &t->columns[k];
        }
    }
    return NULL;
}

void
track_rename_column(lua_State *L, struct pd_migrator *g, const char *table, const char *column,
                    const char *to)
{
    struct track_column *found;

    for (size_t i = 0; (found = next_column(g, table, column, &i)); i++)
        found->now = check_copy(L, &g->pool, to);
}

void
track_drop_column(struct pd_migrator *g, const char *table, const char *column)
{
    struct track_column *found;

    for (size_t i = 0; (found = next_column(g, table, column, &i)); i++)
        found->now = NULL;
}
