// SPDX-License-Identifier: Apache-2.0
/* stage_kept - routines, triggers and events that --into=replace replaces: no name can be given to
   them for a while, so they are dropped before the new ones are made. Their texts stay in the
   marker until all is done, and whoever undoes the run makes them again. */
#include <string.h>
#include <strings.h>

#include "native_run.h"
#include "objects_inside.h"
#include "stage.h"

/* ---- Which ones ---- */

static const struct pd_object *
find_wanted(const struct pd_sink *sink, const char *kind, const char *name)
{
    for (size_t i = 0; i < sink->catalog->n_objects; i++) {
        const struct pd_object *object = pd_object_at(sink->catalog, i);

        if (strcmp(object->kind, kind) == 0 && strcasecmp(object->name, name) == 0)
            return object;
    }
    return NULL;
}

/* All triggers of a table that gives way, since the order in which they fire is that in which they
   are made. */
static bool
gives_way(const struct pd_sink *sink, const struct pd_object *object)
{
    if (strcmp(object->kind, "trigger") == 0)
        return object->table && stage_will_move(sink, object->table);
    /* With a package its body is dropped too. */
    if (strcmp(object->kind, "package body") == 0 && find_wanted(sink, "package", object->name))
        return true;
    return find_wanted(sink, object->kind, object->name) != NULL;
}

/* One of a table that stays is none of the archive's. */
static pd_status
refuse_trigger(const struct pd_sink *sink, const struct pd_object *object, struct pd_error *err)
{
    if (strcmp(object->kind, "trigger") != 0 || !object->table ||
        !find_wanted(sink, "trigger", object->name))
        return PD_OK;
    return sink->host->fail(err, PD_FAILED, PD_CAUSE_CONFLICT,
                            "trigger '%s' of table '%s', which is not replaced, stands in the way; "
                            "drop that trigger first",
                            object->name, object->table);
}

static pd_status
add_kept(struct pd_sink *sink, const struct pd_object *object, struct pd_error *err)
{
    struct sink_stage *stage = sink->stage;
    struct stage_kept *kept =
        pd_pool_append(&sink->pool, &stage->kept, stage->n_kept, &stage->kept_room, sizeof *kept);

    if (!kept)
        return my_no_memory(sink->host, err);
    kept->kind = pd_pool_text(&sink->pool, object->kind);
    kept->name = pd_pool_text(&sink->pool, object->name);
    if (!kept->kind || !kept->name)
        return my_no_memory(sink->host, err);
    stage->n_kept++;
    return PD_OK;
}

static pd_status
keep(struct pd_sink *sink, const struct pd_object *object, const char *settings, bool list,
     struct pd_error *err)
{
    struct stage_entry entry = {.kind = "kept",
                                .name = object->name,
                                .final = object->kind,
                                .text = object->sql,
                                .settings = settings};
    pd_status status;

    if (!gives_way(sink, object))
        return refuse_trigger(sink, object, err);
    if (!list)
        return PD_OK;
    status = stage_put(sink, &entry, 1, err);
    return status == PD_OK ? add_kept(sink, object, err) : status;
}

static pd_status
keep_all(struct pd_sink *sink, const struct pd_catalog *catalog, bool list, struct pd_error *err)
{
    const char *settings = NULL;
    pd_status status = PD_OK;

    for (size_t i = 0; i < catalog->n_objects && status == PD_OK; i++) {
        const struct pd_object *object = pd_object_at(catalog, i);

        if (strcmp(object->kind, "settings") == 0)
            settings = object->sql;
        else
            status = keep(sink, object, settings, list, err);
    }
    return status;
}

pd_status
stage_keep(struct pd_sink *sink, bool list, struct pd_error *err)
{
    struct my_catalog catalog = {.pool = {.host = sink->host}};
    pd_status status;

    if (!sink->native || !sink->same || sink->into != PD_INTO_REPLACE ||
        sink->catalog->n_objects == 0)
        return PD_OK;
    status = objects_read_code(sink->my, &catalog, err);
    if (status == PD_OK)
        status = keep_all(sink, &catalog.catalog, list, err);
    pd_pool_close(&catalog.pool);
    return status;
}

bool
stage_is_kept(const struct pd_sink *sink, const char *kind, const char *name)
{
    for (size_t i = 0; i < sink->stage->n_kept; i++) {
        if (strcmp(sink->stage->kept[i].kind, kind) == 0 &&
            strcasecmp(sink->stage->kept[i].name, name) == 0)
            return true;
    }
    return false;
}

/* ---- Put back ---- */

enum { KEPT_KIND, KEPT_NAME, KEPT_TEXT, KEPT_SETTINGS };

static pd_status
make(struct my *my, const char *run, MYSQL_ROW row, struct pd_error *err)
{
    const struct native native = {row[KEPT_KIND], row[KEPT_NAME], row[KEPT_SETTINGS],
                                  row[KEPT_TEXT]};
    pd_status status = row[KEPT_SETTINGS] ? under_apply(my, row[KEPT_SETTINGS], err) : PD_OK;

    if (status != PD_OK)
        return status;
    memset(&my->complaint, 0, sizeof my->complaint);
    status = native_run(my, &native, NULL, NULL, err);
    if (status != PD_FAILED || !my->complaint.code)
        return status;
    return my->host->fail(err, PD_FAILED, PD_CAUSE_AUTH,
                          "%s '%s', which was there before a restore that failed, cannot be made "
                          "again: %s; its text is in table 'pd$%s$run'",
                          row[KEPT_KIND], row[KEPT_NAME], my->complaint.text, run);
}

/* What the run had begun to replace; of triggers all, in their order. */
static pd_status
read_touched(struct my *my, const char *run, MYSQL_RES **ret_result, struct pd_error *err)
{
    return my_queryf(my, ret_result, err,
                     "SELECT k.final, k.name, k.text, k.settings FROM `pd$%s$run` AS k WHERE "
                     "k.kind = 'kept' AND EXISTS (SELECT 1 FROM `pd$%s$run` AS m WHERE "
                     "(m.kind = 'trigger' AND k.final = 'trigger') OR (LOWER(m.name) = "
                     "LOWER(k.name) AND (m.kind = k.final OR (m.kind = 'package' AND k.final = "
                     "'package body')))) ORDER BY k.n",
                     run, run);
}

static pd_status
put_back(struct my *my, const char *run, MYSQL_RES *result, struct pd_error *err)
{
    struct my *other = NULL;
    MYSQL_ROW row;
    pd_status status = PD_OK;

    while (status == PD_OK && (row = my_row(my, result, 4, 7, &status, err)) != NULL)
        status = stage_drop_object(my, row[KEPT_KIND], row[KEPT_NAME], err);
    /* A connection of their own, since each has its settings. */
    if (status == PD_OK && mysql_num_rows(result))
        status = my_open(my->host, my->end, MY_WRITE, NULL, &other, err);
    mysql_data_seek(result, 0);
    while (status == PD_OK && (row = my_row(my, result, 4, 7, &status, err)) != NULL)
        status = make(other, run, row, err);
    my_close(other);
    return status;
}

pd_status
stage_put_back(struct my *my, const char *run, struct pd_error *err)
{
    MYSQL_RES *result = NULL;
    pd_status status = read_touched(my, run, &result, err);

    if (status != PD_OK)
        return status;
    status = put_back(my, run, result, err);
    mysql_free_result(result);
    return status;
}
