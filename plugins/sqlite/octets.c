// SPDX-License-Identifier: Apache-2.0
/* octets - how many bytes texts have in UTF-8, where no function of SQLite says so: in a database
   of UTF-16, and of cells that are too large to be loaded. */
#include "facts.h"

/* Bytes in UTF-8; of text that is not valid its own, as the row stream has it. */
static sqlite3_int64
utf8_size(const uint16_t *units, size_t size)
{
    size_t n = size / 2, i;
    sqlite3_int64 sum = 0;

    for (i = 0; i < n; i++) {
        uint16_t unit = units[i];
        bool pair = unit >= 0xd800 && unit < 0xdc00 && i + 1 < n && units[i + 1] >= 0xdc00 &&
                    units[i + 1] < 0xe000;

        if (unit >= 0xd800 && unit < 0xe000 && !pair)
            return (sqlite3_int64)size;
        sum += unit < 0x80 ? 1 : unit < 0x800 ? 2 : pair ? 4 : 3;
        i += pair;
    }
    return size % 2 ? (sqlite3_int64)size : sum;
}

static void
octets(sqlite3_context *context, int n, sqlite3_value **values)
{
    const uint16_t *units;

    if (sqlite3_value_type(values[0]) != SQLITE_TEXT) {
        sqlite3_result_int64(context, sqlite3_value_bytes(values[0]));
        return;
    }
    units = sqlite3_value_text16(values[0]);
    if (units)
        sqlite3_result_int64(context, utf8_size(units, (size_t)sqlite3_value_bytes16(values[0])));
    else
        sqlite3_result_error_nomem(context);
}

int
sqlite_octets_register(sqlite3 *db)
{
    int flags = SQLITE_UTF16 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
    int rc = sqlite3_create_function_v2(db, FACTS_OCTETS, 1, flags, NULL, octets, NULL, NULL, NULL);

    /* It is there already, and a statement is under way. */
    return rc == SQLITE_BUSY ? SQLITE_OK : rc;
}

static int
add_sizes(const struct facts_maker *m, struct facts_column *c, sqlite3_stmt *rowids)
{
    const char *name = m->table->columns[c->column].name;
    sqlite3_blob *blob = NULL;
    int rc;

    while ((rc = sqlite3_step(rowids)) == SQLITE_ROW) {
        sqlite3_int64 rowid = sqlite3_column_int64(rowids, 0);

        rc = blob ? sqlite3_blob_reopen(blob, rowid)
                  : sqlite3_blob_open(m->source->db, "main", m->table->name, name, rowid, 0, &blob);
        if (rc != SQLITE_OK)
            break;
        c->octets += (uint64_t)sqlite3_blob_bytes(blob);
    }
    sqlite3_blob_close(blob);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* The axis of a table whose long cells can be fetched in slices is its rowid. */
int
sqlite_octets_add(const struct facts_maker *m, struct facts_column *c)
{
    const struct pd_column *column = &m->table->columns[c->column];
    sqlite3_str *sql = sqlite3_str_new(m->source->db);
    sqlite3_stmt *rowids = NULL;
    int rc;

    sqlite3_str_appendf(sql, "SELECT %s FROM main.\"%w\" NOT INDEXED WHERE typeof(", m->axis,
                        m->table->name);
    sqlite_put_name(sql, column->name);
    sqlite3_str_appendall(sql, ") = 'text'");
    sqlite_facts_put_range(m, sql, " AND ");
    rc = sqlite_facts_prepare(m, sql, &rowids);
    if (rc == SQLITE_OK)
        rc = add_sizes(m, c, rowids);
    sqlite3_finalize(rowids);
    return rc;
}
