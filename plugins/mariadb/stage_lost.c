// SPDX-License-Identifier: Apache-2.0
/* stage_lost - triggers that go with the tables that --into=replace replaces, and that nobody makes
   again. */
#include <strings.h>

#include "stage.h"

/* Does the run make one of that name? */
static bool
comes_back(const struct pd_sink *sink, const char *trigger)
{
    for (size_t i = 0; sink->native && sink->same && i < sink->catalog->n_objects; i++) {
        const struct pd_object *object = pd_object_at(sink->catalog, i);

        if (strcasecmp(object->kind, "trigger") == 0 && strcasecmp(object->name, trigger) == 0)
            return true;
    }
    return false;
}

pd_status
stage_say_lost(struct pd_sink *sink, struct pd_error *err)
{
    MYSQL_RES *result = NULL;
    MYSQL_ROW row;
    pd_status status = my_query(sink->my,
                                "SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE FROM "
                                "information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE() "
                                "ORDER BY EVENT_OBJECT_TABLE, TRIGGER_NAME",
                                &result, err);

    if (status != PD_OK)
        return status;
    while ((row = my_row(sink->my, result, 2, 3, &status, err)) != NULL) {
        if (!stage_will_move(sink, row[1]) || comes_back(sink, row[0]))
            continue;
        sink_leave_out(sink, PD_PART_OBJECT, PD_NO_TABLE, UINT32_MAX,
                       "trigger '%s' of table '%s' in the target: it goes with the table that is "
                       "replaced; make it again",
                       row[0], row[1]);
    }
    mysql_free_result(result);
    return status;
}
