// SPDX-License-Identifier: Apache-2.0
/* keys - primary keys, unique constraints and indexes of all tables, one row of the query for each
   of their parts. */
#include "maker.h"
#include "objects_sql.h"

#include <string.h>

enum column_of_key {
    KEY_INDEX,
    KEY_TABLE,
    KEY_NAME,
    KEY_CONSTRAINT,
    KEY_IS_UNIQUE,
    KEY_IS_VALID,
    KEY_IS_SPECIAL,   /* by its method, its columns to carry along, its NULLs or when it acts */
    KEY_IS_OF_OTHERS, /* its method or an operator class is not the server's own */
    KEY_IS_PARTITIONED,
    KEY_PREDICATE,
    KEY_DEFINITION,
    KEY_COUNT, /* of the table */
    KEY_N_PARTS,
    PART_NUMBER,
    PART_ATTRIBUTE,
    PART_OPTION,
    PART_COLLATION,
    PART_IS_OTHER_CLASS,
    PART_EXPRESSION
};

#define KEY_OPTIONS OPTIONS("ic.reloptions", "''")
/* The server's text leaves storage parameters out. */
#define CONSTRAINT_TEXT                                                                            \
    "CASE WHEN ic.reloptions IS NULL THEN pg_catalog.pg_get_constraintdef(k.oid)"                  \
    " ELSE pg_catalog.regexp_replace(pg_catalog.pg_get_constraintdef(k.oid),"                      \
    " '( DEFERRABLE( INITIALLY DEFERRED)?)?$', ' WITH (' || " KEY_OPTIONS " || ')\\1') END"

/* What is the same for all parts of an index is said with the first. */
static const char keys_sql[] =
    "SELECT i.indexrelid, i.indrelid, COALESCE(k.conname, ic.relname), k.contype, i.indisunique,"
    " i.indisvalid, am.amname <> 'btree' OR i.indnatts > i.indnkeyatts"
    " OR COALESCE(k.condeferrable, false) OR ";
static const char keys_nulls_sql[] = "i.indnullsnotdistinct";
static const char keys_rest_sql[] =
    ", am.oid >= 16384 OR o.oid >= 16384, c.relkind = 'p',"
    " CASE WHEN g.part = 1 THEN pg_catalog.pg_get_expr(i.indpred, i.indrelid) END,"
    " CASE WHEN g.part <> 1 THEN NULL WHEN k.oid IS NULL"
    " THEN pg_catalog.pg_get_indexdef(i.indexrelid) ELSE pg_catalog.format("
    "'ALTER TABLE %s%I.%I ADD CONSTRAINT %I %s', CASE WHEN c.relkind = 'r' THEN 'ONLY ' END,"
    " n.nspname, c.relname, k.conname, " CONSTRAINT_TEXT ") END,"
    " pg_catalog.count(*) FILTER (WHERE g.part = 1) OVER (PARTITION BY i.indrelid),"
    " i.indnkeyatts, g.part, i.indkey[g.part - 1], i.indoption[g.part - 1],"
    " i.indcollation[g.part - 1],"
    " NOT o.opcdefault OR EXISTS (SELECT 1 FROM pg_catalog.pg_opclass p"
    " WHERE p.opcmethod = o.opcmethod AND p.opcdefault AND p.opcintype = a.atttypid"
    " AND p.oid <> o.oid),"
    " CASE WHEN i.indkey[g.part - 1] = 0"
    " THEN pg_catalog.pg_get_indexdef(i.indexrelid, g.part, false) END"
    " FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid"
    " JOIN pg_catalog.pg_class c ON c.oid = i.indrelid"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " JOIN pg_catalog.pg_am am ON am.oid = ic.relam"
    " LEFT JOIN pg_catalog.pg_constraint k ON k.conindid = i.indexrelid"
    " AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')"
    " CROSS JOIN LATERAL pg_catalog.generate_series(1, i.indnkeyatts) g(part)"
    " JOIN pg_catalog.pg_opclass o ON o.oid = i.indclass[g.part - 1]"
    " LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid"
    " AND a.attnum = i.indkey[g.part - 1]"
    " WHERE " MAKER_OF_TABLE " AND c.relnamespace NOT IN (11, 99) AND i.indislive"
    " AND k.contype IS DISTINCT FROM 'x'"
    " ORDER BY i.indrelid, CASE k.contype WHEN 'p' THEN 0 WHEN 'u' THEN 1 ELSE 2 END,"
    " COALESCE(k.conname, ic.relname), g.part";

enum { OPTION_DESC = 1, OPTION_NULLS_FIRST = 2, VERSION_15 = 150000 };

/* ---- Keys ---- */

/* "CREATE INDEX i ON ONLY t" makes none for the leaves. */
static const char *
without_only(struct maker *m, const char *definition)
{
    static const char only[] = " ON ONLY ";
    const char *at = definition;
    char *copy;
    size_t before;

    for (; *at && strncmp(at, only, sizeof only - 1) != 0; at++) {
        if (*at == '"') {
            at = strchr(at + 1, '"');
            if (!at)
                return definition;
        }
    }
    if (!*at)
        return definition;
    before = (size_t)(at - definition) + strlen(" ON ");
    copy = maker_alloc(m, m->pool, strlen(definition) + 1);
    if (!copy)
        return definition;
    memcpy(copy, definition, before);
    at += sizeof only - 1;
    memcpy(copy + before, at, strlen(at));
    return copy;
}

static void
set_predicate(struct maker *m, const PGresult *r, int row, const struct pd_table *table,
              struct pd_key *key)
{
    key->predicate_native = maker_text(m, r, row, KEY_PREDICATE);
    if (!key->predicate_native)
        return;
    key->predicate = portable_read(m, table, key->predicate_native);
    if (!key->predicate)
        key->flags |= PD_KEY_NATIVE_ONLY | PD_KEY_ACTIVE_SQL;
}

static int
key_kind(const PGresult *r, int row)
{
    if (maker_char(r, row, KEY_CONSTRAINT) == 'p')
        return PD_KEY_PRIMARY;
    return maker_flag(r, row, KEY_IS_UNIQUE) ? PD_KEY_UNIQUE : PD_KEY_INDEX;
}

static struct pd_key *
begin_key(struct maker *m, const PGresult *r, int row, uint32_t number)
{
    struct pd_table *table = &m->tables[number];
    struct table_work *work = &m->works[number];
    struct pd_key *key;

    if (!work->keys) {
        work->key_room = maker_count(m, r, row, KEY_COUNT, MAKER_MOST);
        table->keys = work->keys = maker_alloc(m, m->pool, work->key_room * sizeof *key);
    }
    if (!work->keys || !maker_is_counted(m, table->n_keys, work->key_room))
        return NULL;
    key = &work->keys[table->n_keys++];
    key->struct_size = sizeof *key;
    key->kind = (uint16_t)key_kind(r, row);
    key->flags = maker_char(r, row, KEY_CONSTRAINT) ? PD_KEY_CONSTRAINT : 0;
    if (maker_flag(r, row, KEY_IS_SPECIAL))
        key->flags |= PD_KEY_NATIVE_ONLY;
    if (maker_flag(r, row, KEY_IS_OF_OTHERS))
        key->flags |= PD_KEY_ACTIVE_SQL;
    key->name = maker_text(m, r, row, KEY_NAME);
    key->native_sql = maker_text(m, r, row, KEY_DEFINITION);
    if (key->native_sql && maker_flag(r, row, KEY_IS_PARTITIONED))
        key->native_sql = without_only(m, key->native_sql);
    set_predicate(m, r, row, table, key);
    work->part_room = maker_count(m, r, row, KEY_N_PARTS, MAKER_MOST);
    key->parts = work->parts = maker_alloc(m, m->pool, work->part_room * sizeof *work->parts);
    key->part_size = sizeof(struct pd_key_part);
    return m->status == PD_OK ? key : NULL;
}

/* Of whose parts one came before. */
static struct pd_key *
last_key(struct maker *m, uint32_t number)
{
    size_t n = m->tables[number].n_keys;

    return maker_is_counted(m, 0, n) ? &m->works[number].keys[n - 1] : NULL;
}

/* ---- Parts ---- */

static void
set_part_collation(const struct maker *m, const PGresult *r, int row, uint32_t number,
                   struct pd_key_part *part, struct pd_key *key)
{
    uint32_t own = part->column >= 0 ? m->works[number].collations[part->column] : 0;
    uint32_t oid = maker_oid(r, row, PART_COLLATION);

    if (oid == own || (part->column < 0 && columns_collation(oid, 0) == PD_COLLATION_DEFAULT))
        return;
    part->collation = columns_collation(oid, 0);
    /* The collation of the column, which is another here, is what DEFAULT would say. */
    if (part->collation != PD_COLLATION_BINARY)
        key->flags |= PD_KEY_NATIVE_ONLY;
}

static void
set_part_expression(struct maker *m, const PGresult *r, int row, const struct pd_table *table,
                    struct pd_key_part *part, struct pd_key *key)
{
    part->expression_native = maker_text(m, r, row, PART_EXPRESSION);
    if (part->expression_native)
        part->expression = portable_read(m, table, part->expression_native);
    if (!part->expression)
        key->flags |= PD_KEY_NATIVE_ONLY | PD_KEY_ACTIVE_SQL;
}

static void
add_part(struct maker *m, const PGresult *r, int row, uint32_t number, struct pd_key *key,
         struct pd_key_part *part)
{
    int64_t option = maker_int(r, row, PART_OPTION), attribute = maker_int(r, row, PART_ATTRIBUTE);
    bool is_descending = option & OPTION_DESC;

    part->struct_size = sizeof *part;
    part->column = attribute ? columns_need(m, number, attribute) : -1;
    part->flags = is_descending ? PD_PART_DESC : 0;
    if (is_descending != !!(option & OPTION_NULLS_FIRST) || maker_flag(r, row, PART_IS_OTHER_CLASS))
        key->flags |= PD_KEY_NATIVE_ONLY;
    if (part->column < 0)
        set_part_expression(m, r, row, &m->tables[number], part, key);
    set_part_collation(m, r, row, number, part, key);
}

static void
note_invalid(struct maker *m, const PGresult *r, int row, uint32_t number)
{
    const char *name = maker_text(m, r, row, KEY_NAME);

    if (!name || maker_int(r, row, PART_NUMBER) != 1)
        return;
    maker_note(m, "index that is not valid is not carried", "'%s' of table '%s'", name,
               m->tables[number].name);
    maker_note_table(m, m->tables[number].schema, m->tables[number].name);
}

static void
take_part(struct maker *m, const PGresult *r, int row)
{
    uint32_t number = relations_table(m, maker_oid(r, row, KEY_TABLE));
    struct table_work *work;
    struct pd_key *key;

    if (number == PD_NO_TABLE)
        return;
    if (!maker_flag(r, row, KEY_IS_VALID)) {
        note_invalid(m, r, row, number);
        return;
    }
    work = &m->works[number];
    key = maker_int(r, row, PART_NUMBER) == 1 ? begin_key(m, r, row, number) : last_key(m, number);
    if (key && maker_is_counted(m, key->n_parts, work->part_room))
        add_part(m, r, row, number, key, &work->parts[key->n_parts++]);
}

pd_status
keys_read(struct maker *m)
{
    struct pd_sql sql = {.host = m->host};
    const char *text;
    pd_status status;

    pd_sql_add(&sql, keys_sql);
    pd_sql_add(&sql, m->pg->version >= VERSION_15 ? keys_nulls_sql : "false");
    pd_sql_add(&sql, keys_rest_sql);
    text = pd_sql_text(&sql);
    status = text ? maker_each(m, "keys", text, "iitTbbbbbTTiiiiiibT", take_part)
                  : pg_no_memory(m->host, m->err);
    pd_sql_free(&sql);
    return status;
}
