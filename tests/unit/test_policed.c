// SPDX-License-Identifier: Apache-2.0
// test_policed - which policy counts, and the rows of a source as policies make them.
#include "stage_world.h"

#include "migrate/policed.h"

/* kind(id, name), thing(id, kind_id, text), session(id), between a source, whose kinds are 1 to 5,
   and a target, whose kinds are 10 times 100 less that. */
enum { KIND, THING, SESSION, N_KINDS = 5 };

static int64_t key_factor;  /* of keys in the target */
static int64_t key_missing; /* the target does not have this one; 0: it has all */
static bool keys_are_texts; /* of the target: "t99" for 99 */
static uint32_t long_row;   /* of thing; UINT32_MAX: none */

static struct cell
source_cell(uint32_t table, uint32_t column, uint32_t row, char *scratch)
{
    if (column == 0)
        return cell_int(row + 1);
    if (table == KIND) {
        snprintf(scratch, 8, "k%u", row + 1);
        return cell_text(scratch);
    }
    if (column == 1)
        return row == 3 ? cell_null() : cell_int(row % N_KINDS + 1);
    return row == long_row ? cell_long(7) : cell_text("t");
}

static struct cell
target_cell(uint32_t table, uint32_t column, uint32_t row, char *scratch)
{
    if (column == 0 && keys_are_texts) {
        snprintf(scratch, 8, "t%u", 100 - row - 1);
        return cell_text(scratch);
    }
    if (column == 0)
        return cell_int((100 - row - 1) * key_factor);
    if (table == KIND) {
        snprintf(scratch, 8, "%c%u", row + 1 == key_missing ? 'x' : 'k', row + 1);
        return cell_text(scratch);
    }
    return cell_null();
}

static const uint32_t kind_columns[] = {1};
static const struct pd_foreign to_kind = {
    .struct_size = sizeof to_kind, .columns = kind_columns, .n_columns = 1, .to_table = "kind"};
static const struct pd_foreign to_session = {.struct_size = sizeof to_session,
                                             .columns = kind_columns,
                                             .n_columns = 1,
                                             .to_table = "session"};

static void
schema_make(struct schema *s, const char *key_kind, const struct pd_foreign *foreign)
{
    char columns[64];

    *s = (struct schema){0};
    snprintf(columns, sizeof columns, "id %s,name text", key_kind);
    table_add(s, "kind", columns);
    table_add(s, "thing", "id int64,kind_id int16,text text");
    table_add(s, "session", "id int64");
    s->tables[THING].foreigns = foreign;
    s->tables[THING].n_foreigns = foreign ? 1 : 0;
    s->tables[THING].foreign_size = sizeof *foreign;
}

struct both {
    struct arena *arena;
    struct schema schemas[2];
    struct world source;
    struct world target;
    struct policies policies;
    struct policed_target to;
    struct run_options options;
    struct policed *policed;
    struct pd_error err;
};

static void
both_open(struct both *b, const struct pd_foreign *foreign)
{
    *b = (struct both){0};
    key_factor = 1;
    key_missing = 0;
    keys_are_texts = false;
    long_row = UINT32_MAX;
    b->arena = arena_new();
    assert_non_null(b->arena);
    b->policies.arena = b->arena;
    schema_make(&b->schemas[0], "int64", foreign);
    schema_make(&b->schemas[1], "int32", NULL);
    b->source.n_rows[KIND] = b->target.n_rows[KIND] = N_KINDS;
    b->source.n_rows[THING] = 11;
    b->source.n_rows[SESSION] = 2;
    b->source.has_extent = b->source.has_stats = true;
    world_open(&b->source, &b->schemas[0], source_cell);
    world_open(&b->target, &b->schemas[1], target_cell);
    b->to = (struct policed_target){.source = &b->target.source, .name = "there"};
}

static pd_status
both_police(struct both *b, const char *text)
{
    assert_int_equal(policies_parse(&b->policies, text, "--policy", &b->err), PD_OK);
    return policed_open(&b->source.source, &b->policies, &b->to, &b->options, &b->policed, &b->err);
}

static void
both_close(struct both *b)
{
    policed_close(b->policed);
    world_free(&b->source);
    world_free(&b->target);
    arena_free(b->arena);
}

/* ---- Lists ---- */

static void
test_first_that_fits_counts(void **state)
{
    struct both b;
    const struct policy *policy;
    const struct pd_table *kind, *thing;

    both_open(&b, NULL);
    kind = &b.schemas[0].tables[KIND];
    thing = &b.schemas[0].tables[THING];
    assert_int_equal(policies_parse(&b.policies, "k*=keep", "first", &b.err), PD_OK);
    assert_int_equal(policies_parse(&b.policies, "kind=recreate:a,b c", "second", &b.err), PD_OK);
    assert_int_equal(policies_parse(&b.policies, "[kt]*=replace", "third", &b.err), PD_OK);
    policy = policies_of(&b.policies, kind);
    assert_string_equal(policy->origin, "first");
    assert_string_equal(policies_passed_over(&b.policies, policy, kind)->origin, "second");
    assert_string_equal(policies_of(&b.policies, thing)->origin, "third");
    assert_null(policies_passed_over(&b.policies, policies_of(&b.policies, thing), thing));
    assert_null(policies_of(&b.policies, &b.schemas[0].tables[SESSION]));
    policy = &b.policies.list[1];
    assert_int_equal(policy->kind, PD_POLICY_RECREATE);
    assert_string_equal(policy->natural_key[0], "a");
    assert_string_equal(policy->natural_key[1], "b c");
    assert_null(policy->natural_key[2]);
    both_close(&b);
}

static void
test_plugins_may_be_older(void **state)
{
    static const char *const key[] = {"name", NULL};
    struct pd_policy old = {.struct_size = offsetof(struct pd_policy, flags),
                            .kind = PD_POLICY_RECREATE,
                            .tables = "kind",
                            .natural_key = key,
                            .flags = UINT32_MAX};
    struct pd_policy odd = {.struct_size = sizeof odd, .kind = 4, .tables = "kind"};
    const struct pd_policy *const list[] = {&old, NULL}, *const odds[] = {&odd, NULL};
    struct both b;

    both_open(&b, NULL);
    assert_int_equal(policies_adopt(&b.policies, list, "plugin 'p'", &b.err), PD_OK);
    assert_false(b.policies.list[0].references_null);
    assert_string_equal(b.policies.list[0].natural_key[0], "name");
    assert_int_equal(policies_adopt(&b.policies, odds, "plugin 'p'", &b.err), PD_FATAL);
    assert_string_equal(b.err.text,
                        "plugin 'p': a policy has no pattern, or is of the unknown kind 4");
    old.struct_size = 8;
    assert_int_equal(policies_adopt(&b.policies, list, "plugin 'p'", &b.err), PD_FATAL);
    assert_non_null(strstr(b.err.text, "'struct_size' is 8"));
    both_close(&b);
}

/* ---- Rows ---- */

/* Reads a table to its end; the value in a column of each row, -1: NULL. */
static size_t
rows_read(struct both *b, uint32_t table, uint32_t column, int64_t *values, pd_status *ret_status)
{
    struct opened_source *source = policed_source(b->policed);
    const struct pd_scan scan = {.struct_size = sizeof scan, .table = table};
    const struct pd_table *t = &source->catalog->tables[table];
    size_t n = 0;

    assert_int_equal(source->ops->start(source->handle, &scan, &b->err), PD_OK);
    for (;;) {
        const struct pd_batch *batch = NULL;

        *ret_status = source->ops->read(source->handle, &batch, &b->err);
        if (*ret_status != PD_OK)
            return n;
        assert_int_equal(batch_check(t, batch, &b->err), PD_OK);
        for (uint32_t row = 0; row < batch->n_rows; row++) {
            struct cell cell =
                batch_cell(&t->columns[column].type, batch_vector(batch, column), row);
            struct cell text = batch_cell(&t->columns[t->n_columns - 1].type,
                                          batch_vector(batch, (uint32_t)t->n_columns - 1), row);
            char start[4];

            values[n++] = cell.tag < 0 ? -1 : cell.integer;
            if (!text.as_long)
                continue;
            assert_int_equal(
                source->ops->read_long(source->handle, text.as_long, 5, start, 4, &b->err), PD_OK);
            assert_int_equal(start[3], long_byte(7, 8));
        }
        batch_release(batch);
    }
}

static void
test_keys_become_those_of_the_target(void **state)
{
    static const int64_t wanted[] = {99, 98, 97, -1, 95, 99, 98, 97, 96, 95, 99};
    struct opened_source *source;
    struct pd_extent extent = {.struct_size = sizeof extent};
    const struct pd_stats *stats;
    int64_t values[20];
    pd_status status;
    struct both b;

    both_open(&b, &to_kind);
    long_row = 6;
    assert_int_equal(both_police(&b, "kind=recreate:name"), PD_OK);
    for (int turn = 0; turn < 2; turn++) {
        assert_int_equal(rows_read(&b, THING, 1, values, &status), 11);
        assert_int_equal(status, PD_DONE);
        assert_memory_equal(values, wanted, sizeof wanted);
    }
    assert_int_equal(rows_read(&b, THING, 0, values, &status), 11);
    assert_int_equal(values[10], 11);
    assert_int_equal(policed_ways(b.policed)[KIND], RUN_WAY_LEFT);
    assert_int_equal(policed_ways(b.policed)[THING], RUN_WAY_ALONG);
    source = policed_source(b.policed);
    /* What was counted of other rows is not true of these; how many there are is. */
    assert_int_equal(source->ops->stats(source->handle, THING, &stats, &b.err), PD_UNSUPPORTED);
    assert_int_equal(source->ops->stats(source->handle, SESSION, &stats, &b.err), PD_OK);
    assert_int_equal(source->ops->extent(source->handle, THING, &extent, &b.err), PD_OK);
    assert_int_equal(extent.n_rows, 11);
    both_close(&b);
}

static void
test_foreign_key_of_the_target_counts(void **state)
{
    int64_t values[20];
    pd_status status;
    struct both b;

    both_open(&b, NULL);
    schema_make(&b.schemas[1], "int32", &to_kind);
    assert_int_equal(both_police(&b, "kind=recreate:name"), PD_OK);
    assert_int_equal(rows_read(&b, THING, 1, values, &status), 11);
    assert_int_equal(values[0], 99);
    both_close(&b);
}

static void
test_missing_row_is_refused_if_needed(void **state)
{
    struct both b;

    both_open(&b, &to_kind);
    key_missing = 2;
    assert_int_equal(both_police(&b, "kind=recreate:name"), PD_FATAL);
    assert_int_equal(b.err.cause, PD_CAUSE_MISSING);
    assert_string_equal(
        b.err.text, "table 'thing', row with id = '2' and 1 more row: column 'kind_id' refers to "
                    "(name) = [\"k2\"] of table 'kind', which the target does not have (policy "
                    "recreate, --policy): let the application make it there, or take these rows "
                    "out by a migration");
    both_close(&b);
    both_open(&b, &to_kind);
    key_missing = 4; /* the row that would refer to it is NULL, and there are but 8 rows */
    b.source.n_rows[THING] = b.source.n_said[THING] = 8;
    assert_int_equal(both_police(&b, "kind=recreate:name"), PD_OK);
    both_close(&b);
}

/* thing.kind_id is an int16 in the source, and the keys are int32 in the target. */
static void
test_keys_are_of_the_type_that_the_target_has(void **state)
{
    const struct pd_column *column;
    int64_t values[20];
    pd_status status;
    struct both b;

    both_open(&b, &to_kind);
    key_factor = 1000; /* 99,000 is no int16 */
    assert_int_equal(both_police(&b, "kind=recreate:name"), PD_OK);
    column = &policed_source(b.policed)->catalog->tables[THING].columns[1];
    assert_int_equal(column->type.kind, PD_KIND_INT32);
    assert_int_equal(column->flags & PD_COLUMN_NEUTRAL, PD_COLUMN_NEUTRAL);
    assert_int_equal(b.source.source.catalog->tables[THING].columns[1].type.kind, PD_KIND_INT16);
    assert_int_equal(rows_read(&b, THING, 1, values, &status), 11);
    assert_int_equal(status, PD_DONE);
    assert_int_equal(values[0], 99000);
    assert_int_equal(values[3], -1);
    both_close(&b);
}

/* What is said of numbers is not said of texts; what else the table says stays. */
static void
test_texts_take_the_place_of_numbers(void **state)
{
    struct opened_source *source;
    const struct pd_table *thing;
    const struct pd_batch *batch;
    const struct pd_scan scan = {.struct_size = sizeof scan, .table = THING};
    struct cell cell;
    struct both b;

    both_open(&b, &to_kind);
    keys_are_texts = true;
    b.schemas[0].columns[THING][1].flags = PD_COLUMN_NOT_NULL;
    b.schemas[0].columns[THING][1].default_kind = PD_DEFAULT_LITERAL;
    b.schemas[1].columns[KIND][0].type.kind = PD_KIND_TEXT;
    assert_int_equal(both_police(&b, "kind=recreate:name"), PD_OK);
    source = policed_source(b.policed);
    thing = &source->catalog->tables[THING];
    assert_int_equal(thing->columns[0].type.kind, PD_KIND_INT64);
    assert_int_equal(thing->columns[1].type.kind, PD_KIND_TEXT);
    assert_int_equal(thing->columns[1].flags, PD_COLUMN_NOT_NULL | PD_COLUMN_NEUTRAL);
    assert_int_equal(thing->columns[1].default_kind, PD_DEFAULT_NONE);
    assert_string_equal(thing->columns[1].name, "kind_id");
    assert_int_equal(source->ops->start(source->handle, &scan, &b.err), PD_OK);
    assert_int_equal(source->ops->read(source->handle, &batch, &b.err), PD_OK);
    assert_int_equal(batch_check(thing, batch, &b.err), PD_OK);
    cell = batch_cell(&thing->columns[1].type, batch_vector(batch, 1), 2);
    assert_int_equal(cell.size, 3);
    assert_memory_equal(cell.bytes, "t97", 3);
    assert_int_equal(batch_cell(&thing->columns[1].type, batch_vector(batch, 1), 3).tag, -1);
    batch_release(batch);
    both_close(&b);
}

static void
test_rows_that_are_gone_are_noticed(void **state)
{
    int64_t values[20];
    pd_status status;
    struct both b;

    both_open(&b, &to_kind);
    b.source.n_said[THING] = 12;
    assert_int_equal(both_police(&b, "kind=recreate:name"), PD_OK);
    rows_read(&b, THING, 1, values, &status);
    assert_int_equal(status, PD_FATAL);
    assert_string_equal(b.err.text, "table 'thing': 12 rows were written and 11 read");
    b.source.n_said[THING] = 11;
    b.source.fails_at_read = b.source.n_reads + 2;
    rows_read(&b, THING, 1, values, &status);
    assert_string_equal(b.err.text, "the disk is gone");
    both_close(&b);
}

static void
test_skipped_tables_have_no_rows(void **state)
{
    struct pd_extent extent = {.struct_size = sizeof extent};
    struct opened_source *source;
    int64_t values[20];
    pd_status status;
    struct both b;

    both_open(&b, NULL);
    b.to = (struct policed_target){.is_archive = true, .name = "archive"};
    assert_int_equal(both_police(&b, "session=skip"), PD_OK);
    source = policed_source(b.policed);
    assert_int_equal(rows_read(&b, SESSION, 0, values, &status), 0);
    assert_int_equal(status, PD_DONE);
    assert_int_equal(rows_read(&b, THING, 0, values, &status), 11);
    assert_int_equal(source->ops->extent(source->handle, SESSION, &extent, &b.err), PD_OK);
    assert_int_equal(extent.n_rows, 0);
    assert_int_equal(b.source.n_starts[SESSION], 0);
    both_close(&b);
}

static void
test_references_to_skipped_rows(void **state)
{
    static const char *const refusal =
        "table 'thing', row with id = '1' and 9 more rows: column 'kind_id' refers to table "
        "'session', whose rows stay behind (policy skip, --policy): skip 'thing', too, let such "
        "references become NULL ('references: null'), or change these rows by a migration";
    int64_t values[20];
    pd_status status;
    struct both b;

    both_open(&b, &to_session);
    assert_int_equal(both_police(&b, "session=skip"), PD_FATAL);
    assert_string_equal(b.err.text, refusal);
    both_close(&b);
    both_open(&b, &to_session);
    assert_int_equal(both_police(&b, "[st]*=skip"), PD_OK);
    both_close(&b);
    both_open(&b, &to_session);
    assert_int_equal(policies_parse(&b.policies, "session=skip", "here", &b.err), PD_OK);
    b.policies.list[0].references_null = true;
    assert_int_equal(both_police(&b, "kind=keep"), PD_OK);
    assert_int_equal(rows_read(&b, THING, 1, values, &status), 11);
    for (int i = 0; i < 11; i++)
        assert_int_equal(values[i], -1);
    both_close(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_that_fits_counts),
        cmocka_unit_test(test_plugins_may_be_older),
        cmocka_unit_test(test_keys_become_those_of_the_target),
        cmocka_unit_test(test_foreign_key_of_the_target_counts),
        cmocka_unit_test(test_missing_row_is_refused_if_needed),
        cmocka_unit_test(test_keys_are_of_the_type_that_the_target_has),
        cmocka_unit_test(test_texts_take_the_place_of_numbers),
        cmocka_unit_test(test_rows_that_are_gone_are_noticed),
        cmocka_unit_test(test_skipped_tables_have_no_rows),
        cmocka_unit_test(test_references_to_skipped_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
