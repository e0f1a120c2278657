// SPDX-License-Identifier: Apache-2.0
/* scaffold_table - what a new table consists of, as add_table() has it. */
#include <string.h>

#include "migrate/scaffold_inside.h"

static pd_status
put_list(struct scaffold *s, const struct pd_table *table, const char *name, enum part kind,
         int key_kind)
{
    bool is_open = false;
    pd_status status = PD_OK;

    for (size_t i = 0; i < part_count(table, kind) && status == PD_OK; i++) {
        const char *text;
        struct said said;

        if (kind == PART_KEY &&
            (table->keys[i].kind != key_kind || part_is_passenger(table, &table->keys[i])))
            continue;
        status = part_say(s, SIDE_NEW, table, kind, i, NULL, &said);
        if (status != PD_OK || said.impossible)
            continue;
        if (!is_open) {
            buffer_printf(&s->line, "%s = {", name);
            put_line(s, LINE_COMMENT, NULL);
            s->indent++;
        }
        is_open = true;
        buffer_char(&s->line, '{');
        if (said.name) {
            buffer_text(&s->line, "name = ");
            say_quoted(&s->line, said.name, strlen(said.name));
            buffer_text(&s->line, ", ");
        }
        text = said.text; /* the list says what kind it is */
        if (kind == PART_KEY && strstr(text, "columns = "))
            text = strstr(text, "columns = ");
        buffer_printf(&s->line, "%s},", text);
        put_line(s, LINE_COMMENT, NULL);
    }
    if (is_open) {
        s->indent--;
        buffer_text(&s->line, "},");
        put_line(s, LINE_COMMENT, NULL);
    }
    return status;
}

static void
put_primary(struct scaffold *s, const struct pd_table *table)
{
    const struct pd_key *key = table->n_keys ? &table->keys[0] : NULL;

    for (size_t i = 0; key && i < key->n_parts; i++) {
        if (key->parts[i].column < 0 || part_lacks(s, table, (uint32_t)key->parts[i].column))
            key = NULL; /* put_left() tells it */
    }
    if (!key || key->kind != PD_KEY_PRIMARY || part_is_passenger(table, key))
        return;
    buffer_text(&s->line, "primary_key = {");
    for (size_t i = 0; i < key->n_parts; i++) {
        const char *name =
            key->parts[i].column < 0 ? "?" : table->columns[key->parts[i].column].name;

        if (i)
            buffer_text(&s->line, ", ");
        say_quoted(&s->line, name, strlen(name));
    }
    buffer_text(&s->line, "},");
    put_line(s, LINE_COMMENT, NULL);
}

static pd_status
put_new_columns(struct scaffold *s, const struct pd_table *table)
{
    pd_status status = PD_OK;

    buffer_text(&s->line, "columns = {");
    put_line(s, LINE_COMMENT, NULL);
    s->indent++;
    for (uint32_t i = 0; i < table->n_columns && status == PD_OK; i++) {
        struct said_column said;

        if (table->columns[i].flags & PD_COLUMN_PASSENGER)
            continue;
        status = say_column(s, table, i, NULL, NULL, &said);
        if (status != PD_OK)
            return status;
        if (said.impossible) {
            put_note(s, LINE_UNSAID, "column '%s': %s", table->columns[i].name, said.impossible);
            continue;
        }
        buffer_text(&s->line, "{name = ");
        say_quoted(&s->line, table->columns[i].name, strlen(table->columns[i].name));
        buffer_text(&s->line, ", ");
        say_described(&s->line, &said);
        buffer_text(&s->line, "},");
        put_line(s, LINE_COMMENT, NULL);
        if (*said.unsaid)
            put_note(s, LINE_UNSAID, "it does not say %s", said.unsaid);
    }
    s->indent--;
    buffer_text(&s->line, "},");
    put_line(s, LINE_COMMENT, NULL);
    return status;
}

/* What the lists of the table had to leave out. */
static pd_status
put_left(struct scaffold *s, const struct pd_table *table)
{
    pd_status status = PD_OK;

    for (int kind = PART_KEY; kind <= PART_FOREIGN; kind++) {
        for (size_t i = 0; i < part_count(table, (enum part)kind) && status == PD_OK; i++) {
            struct said said;

            status = part_say(s, SIDE_NEW, table, (enum part)kind, i, NULL, &said);
            if (status == PD_OK && said.impossible)
                put_note(s, LINE_UNSAID, "%s '%s': %s", part_words[kind],
                         said.name ? said.name : "", said.impossible);
            else if (status == PD_OK && *said.unsaid)
                put_note(s, LINE_UNSAID, "%s '%s' does not say %s", part_words[kind],
                         said.name ? said.name : "", said.unsaid);
        }
    }
    return status;
}

pd_status
put_new_table(struct scaffold *s, uint32_t number)
{
    const struct pd_table *table = &s->catalogs[SIDE_NEW]->tables[number];
    pd_status status;

    buffer_text(&s->line, "db:add_table{name = ");
    say_quoted(&s->line, table->name, strlen(table->name));
    if (table->schema && *table->schema) {
        buffer_text(&s->line, ", schema = ");
        say_quoted(&s->line, table->schema, strlen(table->schema));
    }
    if (table->comment && *table->comment) {
        buffer_text(&s->line, ", comment = ");
        say_quoted(&s->line, table->comment, strlen(table->comment));
    }
    buffer_char(&s->line, ',');
    put_line(s, LINE_CALL, NULL);
    s->indent++;
    status = put_new_columns(s, table);
    if (status != PD_OK)
        return status;
    put_primary(s, table);
    status = put_list(s, table, "unique", PART_KEY, PD_KEY_UNIQUE);
    if (status == PD_OK)
        status = put_list(s, table, "indexes", PART_KEY, PD_KEY_INDEX);
    if (status == PD_OK)
        status = put_list(s, table, "foreign_keys", PART_FOREIGN, 0);
    if (status == PD_OK)
        status = put_list(s, table, "checks", PART_CHECK, 0);
    s->indent--;
    buffer_char(&s->line, '}');
    put_line(s, LINE_COMMENT, NULL);
    return status == PD_OK ? put_left(s, table) : status;
}
