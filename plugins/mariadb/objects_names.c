// SPDX-License-Identifier: Apache-2.0
/* objects_names - what in a database the texts in it may mean by its name, or by names behind that.
 */
#include "objects_inside.h"

enum { VERSION_OF_FUNCTIONS = 100603 }; /* the first server that lists its own */

static const char packages_sql[] =
    "SELECT ROUTINE_NAME, ROUTINE_NAME = ROUTINE_SCHEMA FROM information_schema.ROUTINES"
    " WHERE ROUTINE_SCHEMA = %s AND ROUTINE_TYPE = 'PACKAGE'";
static const char sequences_sql[] =
    "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = %s"
    " AND TABLE_TYPE = 'SEQUENCE' AND TABLE_NAME = TABLE_SCHEMA";
static const char natives_sql[] =
    "SELECT ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = %s"
    " AND ROUTINE_TYPE = 'FUNCTION'"
    " AND ROUTINE_NAME IN (SELECT `FUNCTION` FROM information_schema.SQL_FUNCTIONS)";

static struct own_names *
names_of(struct maker *m)
{
    return &((struct objects *)(void *)m)->names; /* its first member */
}

static void
take_namesake(struct maker *m, const struct maker_row *row)
{
    (void)row;
    names_of(m)->is_taken = true;
}

static void
take_package(struct maker *m, const struct maker_row *row)
{
    struct own_names *names = names_of(m);
    const char **place = maker_append(m, &m->scratch, &names->packages, names->n_packages,
                                      &names->package_room, sizeof *place);

    if (!place)
        return;
    *place = maker_known_cell(m, row, 0);
    names->n_packages += *place != NULL;
    names->is_taken |= maker_int(row, 1) != 0;
}

static void
take_native(struct maker *m, const struct maker_row *row)
{
    struct own_names *names = names_of(m);
    const char **place = maker_append(m, &m->scratch, &names->natives, names->n_natives,
                                      &names->room, sizeof *place);

    if (!place)
        return;
    *place = maker_known_cell(m, row, 0);
    names->n_natives += *place != NULL;
}

pd_status
names_read(struct objects *o)
{
    pd_status status = PD_OK;

    o->names = (struct own_names){.database = o->m.my->database, .fold = o->m.my->names_fold != 0};
    if (!o->m.my->is_mariadb)
        return PD_OK;
    status = maker_each(&o->m, packages_sql, take_package);
    if (status == PD_OK)
        status = maker_each(&o->m, sequences_sql, take_namesake);
    if (status == PD_OK && o->m.my->version >= VERSION_OF_FUNCTIONS)
        status = maker_each(&o->m, natives_sql, take_native);
    return status == PD_OK ? o->m.status : status;
}
