// SPDX-License-Identifier: Apache-2.0
/* collations - MySQL's collations by MariaDB's names, and the other way: those that order text
   alike, or nearly so. */
#include <stdio.h>
#include <string.h>

#include "map.h"

enum { VERSION_UCA1400 = 101001 };

/* Why another name is no news. */
static bool
is_the_same(const char *name)
{
    return strcmp(name, "utf8mb4_0900_bin") == 0 || strcmp(name, "utf8mb4_nopad_bin") == 0;
}

static bool
ends_with(const char *name, const char *end)
{
    size_t size = strlen(name), end_size = strlen(end);

    return size >= end_size && strcmp(name + size - end_size, end) == 0;
}

/* By how they end: what counts of accents and case. Those of single languages become the one of
 * all. */
static const struct {
    const char *end;
    const char *mysql;
    const char *mariadb;
    const char *mariadb_old; /* before VERSION_UCA1400 */
} twins[] = {
    {"_ai_ci", "utf8mb4_0900_ai_ci", "utf8mb4_uca1400_nopad_ai_ci", "utf8mb4_unicode_520_nopad_ci"},
    {"_as_ci", "utf8mb4_0900_as_ci", "utf8mb4_uca1400_nopad_as_ci", "utf8mb4_unicode_520_nopad_ci"},
    {"_as_cs", "utf8mb4_0900_as_cs", "utf8mb4_uca1400_nopad_as_cs", "utf8mb4_nopad_bin"},
    {"_bin", "utf8mb4_0900_bin", "utf8mb4_nopad_bin", "utf8mb4_nopad_bin"},
    {"_ci", "utf8mb4_0900_ai_ci", "utf8mb4_uca1400_nopad_ai_ci", "utf8mb4_unicode_520_nopad_ci"},
};

/* Is it one of those that the other kind of server has alone? */
static bool
is_foreign(const struct my *my, const char *name)
{
    if (strncmp(name, "utf8mb4_", 8) != 0)
        return false;
    return my->is_mariadb ? strstr(name, "_0900_") != NULL
                          : strstr(name, "_nopad_") != NULL || strstr(name, "_uca1400_") != NULL;
}

const char *
map_collation(const struct my *my, const char *name)
{
    size_t i;

    if (!my || !is_foreign(my, name))
        return name;
    for (i = 0; i < sizeof twins / sizeof *twins; i++) {
        if (!ends_with(name, twins[i].end))
            continue;
        if (!my->is_mariadb)
            return twins[i].mysql;
        return my->version >= VERSION_UCA1400 ? twins[i].mariadb : twins[i].mariadb_old;
    }
    return name;
}

static bool
is_new(const struct pd_catalog *catalog, size_t table, size_t column, const char *name)
{
    size_t i, k;

    for (i = 0; i <= table; i++) {
        const struct pd_table *t = pd_table_at(catalog, i);

        for (k = 0; k < (i < table ? t->n_columns : column); k++) {
            const char *other = pd_column_at(t, k)->collation_native;

            if (other && strcmp(other, name) == 0)
                return false;
        }
    }
    return true;
}

void
map_tell_collations(struct map *map)
{
    size_t i, k;

    for (i = 0; i < map->catalog->n_tables; i++) {
        const struct pd_table *t = pd_table_at(map->catalog, i);

        for (k = 0; k < t->n_columns; k++) {
            const char *name = pd_column_at(t, k)->collation_native;
            const char *here = name ? map_collation(map->sink->my, name) : NULL;

            if (here != name && !is_the_same(name) && is_new(map->catalog, i, k, name))
                sink_leave_out(map->sink, 0, PD_NO_TABLE, 0,
                               "collation '%s': the server has no such one, its '%s' may order "
                               "letters otherwise",
                               name, here);
        }
    }
}
