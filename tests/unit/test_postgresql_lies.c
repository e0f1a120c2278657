// SPDX-License-Identifier: Apache-2.0
/* Tests of the PostgreSQL plugin against a server whose catalogue does not hold together: whatever
   one cell says, however often a row comes, the catalogue is read or refused, in one line. */
#include "fake_host.h"

#include "catalog.h"
#include "objects_inside.h"
#include "pg_result.h"
#include "session.h"

enum { MOST_ROWS = 10, MOST_CELLS = 24, NO_ROW = -1 };

/* ---- A server that has a small database ---- */

struct query {
    const char *name; /* of the cursor, or what question() makes of it */
    int n_columns;
    const char *rows[MOST_ROWS]; /* "\N" is NULL */
};

static const struct query queries[] = {
    {"facts", 2, {"t|2"}},
    {"relations",
     12,
     {"100|public|author|r|f|\\N|100|10|1|3|said|t", "101|public|book|r|f|\\N|101|300|7|4|\\N|t",
      "102|s|part|p|f|\\N|0|-1|0|2|\\N|t", "103|s|part_1|r|t|102|103|5|2|2|\\N|t",
      "104|public|far|f|f|\\N|0|-1|0|1|\\N|t"}},
    {"labels", 2, {"200|sad", "200|ok", "201|other"}},
    {"columns",
     21,
     {"100|1|id|integer|23|int4|b|N|t|-1|0|t|a||\\N|0|0|\\N|integer|\\N|3",
      "100|2|name|text|25|text|b|S|t|-1|0|t|||'x'::text|950|100|pg_catalog.\"C\"|text|said|3",
      "100|3|now|\"public\".\"mood\"|200|mood|e|E|t|-1|0|f|||\\N|0|0|\\N|\"public\".\"mood\"|\\N|3",
      "101|1|id|integer|23|int4|b|N|t|-1|0|t|||nextval('book_id_seq'::regclass)|0|0|\\N|integer|"
      "\\N|3",
      "101|2|author_id|integer|23|int4|b|N|t|-1|0|f|||\\N|0|0|\\N|integer|\\N|3",
      "101|4|price|numeric(8,2)|1700|numeric|b|N|t|524294|0|f||s|(1 + 2)|0|0|\\N|numeric|\\N|3",
      "102|1|a|bigint|20|int8|b|N|t|-1|0|t|||\\N|0|0|\\N|bigint|\\N|2",
      "102|2|b|time(3)[]|1183|_time|b|A|t|3|1083|f|||\\N|0|0|\\N|time[]|\\N|2"}},
    {"keys",
     19,
     {"300|100|author_pkey|p|t|t|f|f|f|\\N|ALTER TABLE author ...|2|1|1|1|0|0|f|\\N",
      "301|100|author_x|\\N|f|t|f|f|f|(id > 1)|CREATE INDEX ...|2|2|1|2|3|950|f|\\N",
      "301|100|author_x|\\N|f|t|f|f|f|\\N|\\N|2|2|2|0|0|100|f|lower(name)",
      "302|101|book_pkey|p|t|t|f|f|f|\\N|ALTER TABLE book ...|1|1|1|1|0|0|f|\\N",
      "303|102|part_pkey|p|t|t|f|f|t|\\N|ALTER TABLE part ...|2|1|1|1|0|0|f|\\N",
      "304|102|part_bad|\\N|f|f|f|f|t|\\N|CREATE INDEX i ON ONLY part (b)|2|1|1|2|0|0|f|\\N"}},
    {"checks", 6, {"100|c1|(id > 0)|t|f|1", "101|c2|(price > 0)|f|t|2", "101|c3|\\N|t|f|2"}},
    {"foreign",
     18,
     {"101|of_author|public|public|author|a|n|s|f|f|t|f|2|1|{2}|1|2|id",
      "101|of_part|public|s|part|c|c|f|t|t|f|f|2|2|\\N|1|1|a",
      "101|of_part|public|s|part|c|c|f|t|t|f|f|2|2|\\N|2|2|b"}},
    {"sequences",
     16,
     {"400|public|author_id_seq|23|1|1|1|2147483647|1|f|i|100|1|\\N|t|f",
      "401|public|book_id_seq|23|1|1|1|2147483647|1|f|a|101|1|\\N|t|f",
      "402|s|alone|20|5|-2|-10|10|20|t|\\N|\\N|\\N|said|t|f",
      "403|s|hidden|20|1|1|1|9223372036854775807|1|f|\\N|\\N|\\N|\\N|f|f"}},
    {"states", 3, {"0|7|t", "1|300|t", "2|3|f"}},
    {"users", 3, {"401|101|1", "402|\\N|\\N"}},
    {"not_null", 3, {"public|author|name"}},
    {"configuration", 3, {"ext|public|conf"}},
    {"detached", 4, {"public|author_old|author|public"}},
    {"things",
     9,
     {"1259|30001|public|v|100|VIEW v|postgres|CREATE VIEW v; GRANT|author_pkey",
      "1255|30002|s|f|0|FUNCTION s.f()|\\N|CREATE FUNCTION s.f()|\\N",
      "0|0|\\N|\\N|30001|\\N|\\N|\\N|\\N"}},
    {"needs", 1, {"1255 30002 1259 100 n", "1259 30001 1255 30002 n", "2606 300 1259 100 a k"}},
};

/* What is told otherwise. */
struct lie {
    const char *query;
    int time; /* which of the queries of that name, from 0 */
    int row;
    int column;       /* -1: the row as a whole */
    const char *text; /* of the cell; NULL: the row is missing; with column -1: it comes twice */
};

static struct lie lie;
static int n_times; /* that lie.query was asked */

static const struct query *
question(const char *sql)
{
    const char *name = strstr(sql, "last_value, is_called")        ? "states"
                       : strncmp(sql, "FETCH 1000 FROM ", 16) == 0 ? sql + 16 + strlen("polydump_")
                       : strstr(sql, "concat_ws(' ', d.classid")   ? "needs"
                                                                   : "things";
    size_t i = 0;

    while (i < sizeof queries / sizeof *queries && strcmp(queries[i].name, name) != 0)
        i++;
    assert_true(i < sizeof queries / sizeof *queries);
    return &queries[i];
}

static char *
altered(const char *row, int column, const char *text)
{
    static char buffer[1024];
    const char *at = row;
    size_t n;
    int i;

    for (i = 0; i < column; i++)
        at = strchr(at, '|') + 1;
    n = (size_t)(at - row);
    snprintf(buffer, sizeof buffer, "%.*s%s%s", (int)n, row, text, at + strcspn(at, "|"));
    return buffer;
}

static PGresult *
answered(const struct query *q)
{
    bool is_asked = lie.query && strcmp(lie.query, q->name) == 0;
    int time = is_asked ? n_times++ : 0;
    bool lies = is_asked && time == lie.time;
    /* Of the other kinds of object a few do. */
    bool is_empty = time > 2 && !lies;
    const char *rows[MOST_ROWS + 2] = {NULL};
    int i, n = 0;

    for (i = 0; q->rows[i] && !is_empty; i++) {
        rows[n++] = q->rows[i];
        if (!lies || lie.row != i)
            continue;
        if (!lie.text)
            n--;
        else if (lie.column >= 0)
            rows[n - 1] = altered(q->rows[i], lie.column, lie.text);
        else
            rows[n++] = q->rows[i];
    }
    return pg_result(q->n_columns, rows);
}

pd_status
pg_query(struct pg *pg, const char *sql, int n_params, const char *const *params,
         const char *answer, PGresult **ret_result, struct pd_error *err)
{
    PGresult *result = answered(question(sql));
    pd_status status = answer_check(pg, result, answer, sql, err);

    if (status == PD_OK)
        *ret_result = result;
    else
        PQclear(result);
    return status;
}

pd_status
pg_run(struct pg *pg, const char *sql, struct pd_error *err)
{
    return PD_OK;
}

pd_status
pg_runf(struct pg *pg, struct pd_error *err, const char *fmt, ...)
{
    return PD_OK;
}

pd_status
pg_value(struct pg *pg, struct pd_pool *pool, const char *sql, int n_params,
         const char *const *params, const char **ret_text, struct pd_error *err)
{
    *ret_text = "t";
    return PD_OK;
}

/* No sequence is a stranger's, and pg_dump is not asked. */
pd_status
pg_open(const struct pd_host *h, const struct pd_endpoint *end, enum pg_use use,
        const char *database, struct pg **ret_pg, struct pd_error *err)
{
    *ret_pg = NULL;
    return host_fail(err, PD_FAILED, PD_CAUSE_CONNECT, "there is no other server");
}

void
pg_close(struct pg *pg)
{
}

void
stop_request(struct pg *pg)
{
}

pd_status
dump_open(struct pg *pg, const char *snapshot, struct dump **ret_dump, struct pd_error *err)
{
    return PD_UNSUPPORTED;
}

pd_status
objects_take_dump(struct objects *o, struct dump *dump, const char **ret_version,
                  struct pd_error *err)
{
    return PD_UNSUPPORTED;
}

void
dump_close(struct dump *dump)
{
}

/* ---- Reading it ---- */

static const struct pd_endpoint here = {.struct_size = sizeof here};

/* The catalogue, or NULL when it was refused. */
static struct pg_catalog *
read_it(bool objects)
{
    struct session session = {
        .pg = {.host = &host, .end = &here, .use = PG_WRITE, .version = 180000}};
    struct pg_catalog *catalog = NULL;
    pd_status status;

    n_times = 0;
    said[0] = 0;
    status = catalog_read(&session.pg, objects, NULL, &catalog, NULL);
    assert_true((status == PD_OK) == (catalog != NULL));
    assert_true((status == PD_OK) == !*said);
    assert_null(strchr(said, '\n'));
    return catalog;
}

static void
the_truth_is_read(void **state)
{
    struct pg_catalog *catalog;

    lie = (struct lie){0};
    catalog = read_it(true);
    if (!catalog)
        fail_msg("%s", said);
    assert_int_equal(catalog->catalog.n_tables, 4); /* and the large objects */
    assert_int_equal(catalog->catalog.tables[0].n_columns, 3);
    assert_int_equal(catalog->catalog.tables[0].n_keys, 2);
    assert_int_equal(catalog->catalog.tables[0].keys[1].n_parts, 2);
    assert_int_equal(catalog->catalog.tables[1].n_checks, 2);
    assert_int_equal(catalog->catalog.tables[1].n_foreigns, 2);
    assert_int_equal(catalog->catalog.tables[1].foreigns[1].n_columns, 2);
    assert_int_equal(catalog->tables[2].n_leaves, 1);
    assert_int_equal(catalog->catalog.tables[1].n_bytes_estimate, 7 * 8192);
    assert_int_equal(catalog->catalog.tables[2].n_rows_estimate, 5);
    assert_int_equal(catalog->catalog.tables[2].n_bytes_estimate, 2 * 8192);
    assert_int_equal(catalog->catalog.n_sequences, 3);
    assert_int_equal(catalog->catalog.sequences[0].counter.next, 301);
    assert_int_equal(catalog->catalog.sequences[1].counter.next, 3);
    catalog_free(catalog);
    assert_int_equal(n_live, 0);
}

/* What the core would refuse later on must be within what it looks at. */
static void
check_numbers(const struct pg_catalog *catalog)
{
    size_t i, k, p;

    for (i = 0; i < catalog->catalog.n_tables; i++) {
        const struct pd_table *t = &catalog->catalog.tables[i];

        for (k = 0; k < t->n_columns; k++)
            assert_non_null(t->columns[k].name);
        for (k = 0; k < t->n_keys; k++) {
            for (p = 0; p < t->keys[k].n_parts; p++)
                assert_true(t->keys[k].parts[p].column < (int32_t)t->n_columns);
        }
        for (k = 0; k < t->n_foreigns; k++) {
            for (p = 0; p < t->foreigns[k].n_columns; p++)
                assert_true(t->foreigns[k].columns[p] < t->n_columns);
            for (p = 0; p < t->foreigns[k].n_set_columns; p++)
                assert_true(t->foreigns[k].set_columns[p] < t->n_columns);
        }
    }
    for (i = 0; i < catalog->catalog.n_objects; i++)
        assert_true(catalog->catalog.objects[i].name && catalog->catalog.objects[i].sql);
}

/* True: it was refused. */
static bool
tell(const char *query, int time, int row, int column, const char *text)
{
    struct pg_catalog *catalog;

    lie = (struct lie){query, time, row, column, text};
    catalog = read_it(strcmp(query, "things") == 0 || strcmp(query, "needs") == 0);
    if (catalog)
        check_numbers(catalog);
    catalog_free(catalog);
    assert_int_equal(n_live, 0);
    return !catalog;
}

/* ---- One lie at a time ---- */

static const char *const texts[] = {
    "\\N",
    "",
    "t",
    "f",
    "-1",
    "0",
    "1",
    "2",
    "3",
    "17",
    "100",
    "102",
    "103",
    "104",
    "65536",
    "2147483647",
    "4294967295",
    "9223372036854775807",
    "-9223372036854775808",
    "{0,-1,9,1,1}",
    "\"",
    "p",
    "public",
    "\xff",
};

static void
no_cell_makes_it_read_too_far(void **state)
{
    int row, column, n_refused = 0, n = 0;
    size_t i, k;

    for (i = 0; i < sizeof queries / sizeof *queries; i++) {
        const struct query *q = &queries[i];

        for (row = 0; strcmp(q->name, "things") != 0 && q->rows[row]; row++) {
            for (column = 0; column < q->n_columns; column++) {
                for (k = 0; k < sizeof texts / sizeof *texts; k++, n++)
                    n_refused += tell(q->name, 0, row, column, texts[k]);
            }
        }
    }
    /* Names may be anything, numbers may not. */
    assert_true(n_refused > n / 4 && n_refused < n * 3 / 4);
}

/* Each kind of object has its query. */
static void
no_cell_of_any_kind_of_object_makes_it_read_too_far(void **state)
{
    static const char *const words[] = {"\\N", "", "102", "30001", "4294967295"};
    int time, row, column;
    size_t k;

    for (time = 0;; time++) {
        tell("things", time, NO_ROW, -1, "");
        if (n_times <= time)
            break;
        for (row = 0; row < 3; row++) {
            for (column = 0; column < 9; column++) {
                for (k = 0; k < sizeof words / sizeof *words; k++)
                    tell("things", time, row, column, words[k]);
            }
        }
    }
    assert_true(time > 40);
}

static void
rows_may_be_missing_or_come_twice(void **state)
{
    size_t i;
    int row;

    for (i = 0; i < sizeof queries / sizeof *queries; i++) {
        for (row = 0; queries[i].rows[row]; row++) {
            tell(queries[i].name, 0, row, -1, NULL);
            tell(queries[i].name, 0, row, -1, "");
        }
    }
}

/* ---- What is said of some of them ---- */

#define WRONG "the server's catalogue is wrong: it has other numbers of rows than it counts"

static void
lies_are_told_apart(void **state)
{
    static const struct {
        struct lie lie;
        const char *said;
    } told[] = {
        {{"columns", 0, 0, 20, "2"}, WRONG},
        {{"columns", 0, 0, 20, "0"}, WRONG},
        {{"columns", 0, 0, 20, "9223372036854775807"}, WRONG},
        {{"columns", 0, 0, 1, "-1"}, "table 'author' changed while its columns were read"},
        {{"columns", 0, 0, 1, "0"}, "table 'author' changed while its columns were read"},
        {{"columns", 0, 0, 1, "4"}, "table 'author' changed while its columns were read"},
        {{"relations", 0, 0, 9, "4294967295"}, WRONG},
        {{"relations", 0, 0, 9, "-1"}, WRONG},
        {{"keys", 0, 0, 13, "2"}, WRONG},
        {{"keys", 0, 0, 11, "1"}, WRONG},
        {{"keys", 0, 1, 12, "1"}, WRONG},
        {{"keys", 0, 0, 14, "17"}, "table 'author' changed while its catalogue was read"},
        {{"checks", 0, 1, 5, "1"}, WRONG},
        {{"foreign", 0, 0, 15, "2"}, WRONG},
        {{"foreign", 0, 0, 12, "1"}, WRONG},
        {{"foreign", 0, 1, 13, "1"}, WRONG},
        {{"foreign", 0, 0, 16, "3"}, "table 'book' changed while its catalogue was read"},
        {{"foreign", 0, 0, 14, "{3}"}, "table 'book' changed while its catalogue was read"},
        {{"states", 0, 0, 0, "4"}, WRONG},
        {{"states", 0, 0, 0, "-1"}, WRONG},
        {{"relations", 0, 0, 2, "\\N"},
         "the server's answer is wrong: row 1, column 3 is NULL, which it never is: 'FETCH 1000 "
         "FROM polydump_relations'"},
    };

    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        assert_true(
            tell(told[i].lie.query, 0, told[i].lie.row, told[i].lie.column, told[i].lie.text));
        assert_string_equal(said, told[i].said);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_truth_is_read),
        cmocka_unit_test(lies_are_told_apart),
        cmocka_unit_test(no_cell_makes_it_read_too_far),
        cmocka_unit_test(no_cell_of_any_kind_of_object_makes_it_read_too_far),
        cmocka_unit_test(rows_may_be_missing_or_come_twice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
