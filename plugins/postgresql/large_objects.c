// SPDX-License-Identifier: Apache-2.0
/* large_objects - rows of PG_LO_TABLE become large objects with the numbers that they had.

   A batch goes by COPY into a passage, a temporary table, from where one statement makes the
   objects and another puts their pages in; nothing but SQL, and no round trip a page. */
#include "write.h"

#define PASSAGE "\"pg_temp\".\"polydump_lo\""
#define MADE "\"pg_temp\".\"polydump_lo_made\""

static pd_status
begin(struct pd_sink *sink, struct pd_error *err)
{
    static const char *const statements[] = {
        "CREATE TEMPORARY TABLE polydump_lo (loid oid, page integer, data bytea) ON COMMIT DROP",
        "CREATE TEMPORARY TABLE polydump_lo_made (loid oid PRIMARY KEY) ON COMMIT DROP",
    };
    const struct encoder *e = &sink->writer->encoder;
    pd_status status = PD_OK;

    if (e->n_columns != 3 || e->by_text || e->columns[0].form != PG_FORM_OID ||
        e->columns[1].form != PG_FORM_INT4 || e->columns[2].form != PG_FORM_BYTEA)
        return sink->host->fail(err, PD_FATAL, PD_CAUSE_DATA,
                                "table '%s' has other columns than large objects have",
                                sink->tables[sink->writer->number].name);
    for (size_t i = 0; i < sizeof statements / sizeof *statements && status == PD_OK; i++)
        status = pg_run(sink->pg, statements[i], err);
    sink->writer->lo_begun = status == PD_OK;
    return status;
}

static pd_status
unlink_objects(struct pd_sink *sink, const char *sql, struct pd_error *err)
{
    PGresult *result = NULL;
    pd_status status = pg_query(sink->pg, sql, 0, NULL, NULL, &result, err);

    if (status == PD_OK)
        PQclear(result);
    return status;
}

/* As TRUNCATE does with a table. */
pd_status
large_objects_empty(struct pd_sink *sink, struct pd_error *err)
{
    if (sink->into != PD_INTO_TRUNCATE)
        return PD_OK;
    return unlink_objects(sink, "SELECT lo_unlink(oid) FROM pg_largeobject_metadata", err);
}

/* A number that is taken is not overwritten unless that was asked for, and no other is a
   substitute: it stands in rows. */
static pd_status
refuse_taken(struct pd_sink *sink, struct pd_error *err)
{
    PGresult *result = NULL;
    pd_status status;

    if (sink->into == PD_INTO_REPLACE)
        return unlink_objects(sink,
                              "SELECT lo_unlink(o.oid) FROM pg_largeobject_metadata AS o WHERE "
                              "o.oid IN (SELECT loid FROM " PASSAGE " EXCEPT SELECT loid FROM " MADE
                              ")",
                              err);
    status = pg_query(sink->pg,
                      "SELECT o.oid FROM pg_largeobject_metadata AS o WHERE o.oid IN "
                      "(SELECT loid FROM " PASSAGE " EXCEPT SELECT loid FROM " MADE
                      ") ORDER BY o.oid LIMIT 1",
                      0, NULL, "?i", &result, err);

    if (status != PD_OK)
        return status;
    if (PQntuples(result))
        status = sink->host->fail(err, PD_FATAL, PD_CAUSE_CONFLICT,
                                  "large object %.10s is there already; drop it (lo_unlink), or "
                                  "restore into an empty database",
                                  PQgetvalue(result, 0, 0));
    PQclear(result);
    return status;
}

/* New numbers only: an object may reach over several batches. */
static const char made_sql[] =
    "INSERT INTO " MADE " SELECT lo_create(n.loid) FROM (SELECT loid FROM " PASSAGE
    " EXCEPT SELECT loid FROM " MADE ") AS n RETURNING loid";

static pd_status
make_objects(struct pd_sink *sink, struct pd_error *err)
{
    if (sink->atomic == ATOMIC_MARKED)
        return pg_runf(sink->pg, err,
                       "WITH made AS (%s) INSERT INTO " MARKER_TABLE " (kind, name) SELECT 'large "
                       "object', loid::text FROM made",
                       made_sql);
    return pg_runf(sink->pg, err, "WITH made AS (%s) SELECT count(*) FROM made", made_sql);
}

static pd_status
put_pages(struct pd_sink *sink, struct pd_error *err)
{
    pd_status status =
        pg_runf(sink->pg, err,
                "DO $$BEGIN PERFORM lo_put(loid, page::bigint * %d, data) FROM " PASSAGE
                " WHERE octet_length(data) > 0; END$$",
                PG_LO_PAGE);

    return status == PD_OK ? pg_run(sink->pg, "TRUNCATE " PASSAGE, err) : status;
}

pd_status
large_objects_batch(struct pd_sink *sink, const struct encode_long *from, struct pd_error *err)
{
    uint64_t line;
    pd_status status = sink->writer->lo_begun ? PD_OK : begin(sink, err);

    if (status == PD_OK)
        status = write_copy(sink, "COPY " PASSAGE " FROM STDIN (FORMAT binary)", err);
    if (status == PD_OK)
        status = write_rows(sink, 0, sink->writer->encoder.batch->n_rows, from, err);
    if (status == PD_OK)
        status = write_copy_end(sink, &line, err);
    if (status == PD_OK)
        status = refuse_taken(sink, err);
    if (status == PD_OK)
        status = make_objects(sink, err);
    return status == PD_OK ? put_pages(sink, err) : status;
}

pd_status
large_objects_end(struct pd_sink *sink, struct pd_error *err)
{
    if (!sink->writer->lo_begun)
        return PD_OK;
    sink->writer->lo_begun = false;
    return pg_run(sink->pg, "DROP TABLE " PASSAGE ", " MADE, err);
}
