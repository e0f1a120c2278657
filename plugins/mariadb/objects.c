// SPDX-License-Identifier: Apache-2.0
/* objects - what only MariaDB has, as statements that can be run one by one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "objects_inside.h"

/* Errors that mean: not for this user. */
enum {
    ERROR_TABLE_ACCESS = 1142,
    ERROR_SPECIFIC_ACCESS = 1227,
    ERROR_SP_DOES_NOT_EXIST = 1305, /* so routines are hidden */
    ERROR_DB_ACCESS = 1044,
    ERROR_VIEW_EXPLAIN = 1345,
    ERROR_EVENT_DOES_NOT_EXIST = 1539
};

static bool
is_hidden(unsigned code)
{
    return code == ERROR_TABLE_ACCESS || code == ERROR_SPECIFIC_ACCESS ||
           code == ERROR_SP_DOES_NOT_EXIST || code == ERROR_DB_ACCESS ||
           code == ERROR_VIEW_EXPLAIN || code == ERROR_EVENT_DOES_NOT_EXIST;
}

enum { KIND_ROOM = 24 };

static const char *
kind_of(const struct listed_object *listed, char kind[KIND_ROOM])
{
    size_t i;

    for (i = 0; listed->kind[i] && i + 1 < KIND_ROOM; i++)
        kind[i] = (char)(listed->kind[i] | (listed->kind[i] == ' ' ? 0 : 0x20));
    kind[i] = 0;
    return kind;
}

static void
note_hidden(struct objects *o, const struct listed_object *listed)
{
    char kind[KIND_ROOM];

    maker_note(&o->m, "not verifiable", "%s '%s': user %s may not see how it is made",
               kind_of(listed, kind), listed->name, o->m.my->user);
}

/* ---- One object's text ---- */

static const char *
cell(struct objects *o, MYSQL_ROW row, const unsigned long *sizes, int column)
{
    return column < 0 || !row[column] ? NULL : maker_text(&o->m, row[column], sizes[column]);
}

static void
take_shown(struct objects *o, MYSQL_RES *result, struct listed_object *listed, const int *columns)
{
    MYSQL_ROW row = mysql_fetch_row(result);
    const unsigned long *sizes = mysql_fetch_lengths(result);
    int text = columns[0];
    char kind[KIND_ROOM];

    if (!row || !row[text]) {
        note_hidden(o, listed);
        return;
    }
    if (!maker_is_utf8(row[text], sizes[text])) {
        maker_note(&o->m, "text that is not valid UTF-8 is not carried", "%s '%s'",
                   kind_of(listed, kind), listed->name);
        return;
    }
    listed->sql = cell(o, row, sizes, text);
    listed->under.sql_mode = cell(o, row, sizes, columns[1]);
    listed->under.time_zone = cell(o, row, sizes, columns[2]);
    listed->under.client = cell(o, row, sizes, columns[3] - 1);
    listed->under.collation = cell(o, row, sizes, columns[3]);
    if (!listed->under.sql_mode)
        listed->under.sql_mode = "";
    if (o->m.my->is_mariadb && mysql_num_fields(result) > (unsigned)columns[3] + 1 && listed->sql &&
        text_uses_database(listed->sql, text_mode_of(listed->under.sql_mode)))
        listed->under.database = cell(o, row, sizes, columns[3] + 1);
}

pd_status
objects_show(struct objects *o, struct listed_object *listed, int text, int mode, int zone,
             int collation)
{
    const int columns[] = {text, mode, zone, collation};
    struct pd_sql sql = {.host = o->m.host};
    MYSQL_RES *result = NULL;
    pd_status status;

    pd_sql_printf(&sql, "SHOW CREATE %s ", listed->kind);
    my_name(&sql, listed->name);
    status = pd_sql_text(&sql) ? my_query(o->m.my, pd_sql_text(&sql), &result, o->m.err)
                               : my_no_memory(o->m.host, o->m.err);
    pd_sql_free(&sql);
    if (status == PD_FAILED && is_hidden(o->m.my->complaint.code)) {
        note_hidden(o, listed);
        return PD_OK;
    }
    if (status != PD_OK)
        return status;
    if ((int)mysql_num_fields(result) > collation)
        take_shown(o, result, listed, columns);
    mysql_free_result(result);
    return o->m.status;
}

/* ---- The list ---- */

static struct pd_object *
append(struct objects *o, const char *kind, const char *name, const char *sql)
{
    struct pd_object *object =
        maker_append(&o->m, o->m.pool, &o->list, o->n, &o->room, sizeof *object);

    if (!object)
        return NULL;
    memset(object, 0, sizeof *object);
    object->struct_size = sizeof *object;
    object->kind = kind;
    object->name = name;
    object->sql = sql;
    o->n++;
    return object;
}

/* The text is UTF-8 here, whatever it was typed in: see under_run(). The server takes the
   database's collation from the database itself; in the session it only tells who makes the object
   what there was. */
static void
add_settings(struct objects *o, const struct made_under *under)
{
    struct pd_sql sql = {.host = o->m.host};
    const char *text, *collation = under->collation ? under->collation : "utf8mb4_general_ci";
    const char *zone = under->time_zone ? under->time_zone : "+00:00";
    char number[24];

    pd_sql_add(&sql, "SET SESSION sql_mode = ");
    my_literal(&sql, under->sql_mode, strlen(under->sql_mode));
    pd_sql_add(&sql, ", collation_connection = ");
    my_literal(&sql, collation, strlen(collation));
    pd_sql_add(&sql, ", time_zone = ");
    my_literal(&sql, zone, strlen(zone));
    if (under->client && strcmp(under->client, "utf8mb4") != 0) {
        pd_sql_add(&sql, ", " MY_OF_CLIENT);
        my_literal(&sql, under->client, strlen(under->client));
    }
    if (under->database) {
        pd_sql_add(&sql, ", " MY_OF_DATABASE);
        my_literal(&sql, under->database, strlen(under->database));
    }
    text = maker_built(&o->m, &sql);
    if (!text || (o->settings && strcmp(text, o->settings) == 0))
        return;
    o->settings = text;
    snprintf(number, sizeof number, "%zu", ++o->n_settings);
    append(o, "settings", maker_text(&o->m, number, strlen(number)), text);
}

/* What belongs to this very database stays here: a restore elsewhere must not point back to it. */
static const char *
strip(struct objects *o, const struct listed_object *listed, const char *kind)
{
    struct pd_sql sql = {.host = o->m.host};

    if (o->is_verbatim)
        return listed->sql;
    if (!text_strip(listed->sql, text_mode_of(listed->under.sql_mode), &o->names,
                    strcmp(kind, "view") == 0, &sql))
        maker_note(&o->m, "change of the database's own name",
                   "%s '%s' says '%s' where it may be the database or something else, and is kept "
                   "as it is; after a restore into a database of another name look at its text",
                   kind, listed->name, o->m.my->database);
    else if (text_has_in_string(listed->sql, text_mode_of(listed->under.sql_mode), &o->names))
        maker_note(&o->m, "change of the database's own name",
                   "%s '%s' says '%s' in a string, which may be the database or something else, "
                   "and is kept as it is; after a restore into a database of another name look at "
                   "its text",
                   kind, listed->name, o->m.my->database);
    return maker_built(&o->m, &sql);
}

void
objects_add(struct objects *o, const struct listed_object *listed, const char *kind)
{
    struct pd_object *object;
    const char *sql;

    if (!listed->sql || o->m.status != PD_OK)
        return;
    sql = strip(o, listed, kind);
    add_settings(o, &listed->under);
    object = append(o, kind, listed->name, sql);
    if (!object)
        return;
    object->table = listed->table;
    object->flags = listed->is_broken ? PD_OBJECT_BROKEN : 0;
}

void
objects_add_passive(struct objects *o, const char *kind, const char *name, const char *sql)
{
    struct pd_object *object = name && sql ? append(o, kind, name, sql) : NULL;

    if (object)
        object->flags = PD_OBJECT_PASSIVE;
}

/* ---- All of them ---- */

static pd_status
hand_over(struct objects *o, struct pd_catalog *catalog)
{
    size_t n = catalog->n_properties + o->m.n_properties;
    struct pd_property *properties = maker_alloc(&o->m, o->m.pool, (n + 1) * sizeof *properties);

    if (o->m.status != PD_OK)
        return o->m.status;
    maker_sort_notes(&o->m);
    if (catalog->n_properties)
        memcpy(properties, catalog->properties, catalog->n_properties * sizeof *properties);
    if (o->m.n_properties)
        memcpy(properties + catalog->n_properties, o->m.properties,
               o->m.n_properties * sizeof *properties);
    catalog->properties = properties;
    catalog->n_properties = n;
    catalog->objects = o->list;
    catalog->n_objects = o->n;
    return PD_OK;
}

typedef pd_status objects_step(struct objects *o);

static pd_status
read_steps(struct my *my, struct my_catalog *catalog, objects_step *const *steps, bool is_verbatim,
           struct pd_error *err)
{
    struct objects o = {.m = {.my = my,
                              .host = my->host,
                              .err = err,
                              .pool = &catalog->pool,
                              .scratch = {.host = my->host},
                              .lines = {.host = my->host}},
                        .is_verbatim = is_verbatim};
    pd_status status = PD_OK;

    for (size_t i = 0; steps[i] && status == PD_OK; i++)
        status = steps[i](&o);
    if (status == PD_OK)
        status = hand_over(&o, &catalog->catalog);
    pd_pool_close(&o.m.lines);
    pd_pool_close(&o.m.scratch);
    return status;
}

pd_status
objects_read(struct my *my, struct my_catalog *catalog, struct pd_error *err)
{
    static objects_step *const steps[] = {names_read,    engines_read, sequence_types_read,
                                          routines_read, views_read,   triggers_read,
                                          events_read,   grants_check, NULL};

    return read_steps(my, catalog, steps, /* is_verbatim= */ false, err);
}

pd_status
objects_read_code(struct my *my, struct my_catalog *catalog, struct pd_error *err)
{
    static objects_step *const steps[] = {routines_read, triggers_read, events_read, NULL};

    catalog->catalog.object_size = sizeof(struct pd_object);
    catalog->catalog.property_size = sizeof(struct pd_property);
    return read_steps(my, catalog, steps, /* is_verbatim= */ true, err);
}
