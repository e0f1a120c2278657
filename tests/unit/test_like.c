// SPDX-License-Identifier: Apache-2.0
/* Tests of run/like: what counts as equal in two catalogues, what is shown, what is told. */
#include "like_world.h"

/* ---- A comparison ---- */

struct likeness {
    struct world a;
    struct world b;
    struct opened_source *opened_a;
    struct opened_source *opened_b;
    struct opened_source *like;
    const struct like_difference *differences;
    size_t n;
};

static int
likeness_begin(void **state)
{
    struct likeness *l = calloc(1, sizeof *l);

    assert_non_null(l);
    world_a(&l->a);
    world_b(&l->b);
    *state = l;
    return 0;
}

static int
likeness_end(void **state)
{
    struct likeness *l = *state;

    source_close(l->like);
    source_close(l->opened_a);
    source_close(l->opened_b);
    free(l);
    return 0;
}

static void
compare(struct likeness *l, const struct like_options *options)
{
    static const struct like_options none = {0};
    struct pd_error err = {0};
    pd_status status = source_wrap(&world_ops, source_of(&l->a), "alpha", &l->opened_a, &err);

    if (status == PD_OK)
        status = source_wrap(&world_ops, source_of(&l->b), "beta", &l->opened_b, &err);
    if (status == PD_OK)
        status = like_open(l->opened_a, l->opened_b, options ? options : &none, &l->like, &err);
    if (status != PD_OK)
        fail_msg("%s", err.text);
    l->differences = like_differences(l->like, &l->n);
}

static void
assert_only(const struct likeness *l, uint32_t part, uint32_t number)
{
    if (l->n != 1)
        for (size_t i = 0; i < l->n; i++)
            print_message("%s\n", l->differences[i].text);
    assert_int_equal(l->n, 1);
    assert_int_equal(l->differences[0].part, part);
    assert_int_equal(l->differences[0].table, 0);
    assert_int_equal(l->differences[0].number, number);
}

static const struct pd_table *
shown(const struct likeness *l)
{
    assert_int_equal(l->like->catalog->n_tables, 1);
    return &l->like->catalog->tables[0];
}

/* ---- Tests ---- */

static void
what_only_spells_the_types_of_another_engine_is_no_difference(void **state)
{
    struct likeness *l = *state;

    compare(l, NULL);
    for (size_t i = 0; i < l->n; i++)
        print_message("%s\n", l->differences[i].text);
    assert_int_equal(l->n, 0);
}

static void
what_is_equal_is_shown_as_the_first_has_it(void **state)
{
    struct likeness *l = *state;
    const struct pd_table *table;

    compare(l, NULL);
    table = shown(l);
    assert_string_equal(l->like->catalog->engine, "alpha");
    assert_string_equal(table->schema, "shop");
    assert_string_equal(table->name, "item");
    assert_int_equal(table->columns[1].type.kind, PD_KIND_ENUM);
    assert_string_equal(table->columns[2].native, "numeric(12,2)");
    assert_int_equal(table->columns[0].flags, PD_COLUMN_NOT_NULL);
    assert_int_equal(table->n_checks, 1);
    assert_null(table->foreigns[0].name);
    assert_string_equal(table->foreigns[0].to_table, "item");
}

static const struct pd_batch *
read_batch(struct likeness *l)
{
    const struct pd_scan scan = {.struct_size = sizeof scan};
    const struct pd_batch *batch = NULL;
    struct pd_error err = {0};

    budget_grant(2);
    assert_int_equal(l->like->ops->start(l->like->handle, &scan, &err), PD_OK);
    if (l->like->ops->read(l->like->handle, &batch, &err) != PD_OK)
        fail_msg("%s", err.text);
    assert_int_equal(batch_check(shown(l), batch, &err), PD_OK);
    return batch;
}

static struct cell
cell_of(const struct likeness *l, const struct pd_batch *batch, uint32_t column, uint32_t row)
{
    return batch_cell(&l->like->catalog->tables[0].columns[column].type,
                      batch_vector(batch, column), row);
}

static void
values_are_decoded_into_the_types_of_the_first(void **state)
{
    struct likeness *l = *state;
    const struct pd_batch *batch;
    struct cell price, odd;

    compare(l, NULL);
    batch = read_batch(l);
    assert_int_equal(batch->n_rows, ROWS);
    price = cell_of(l, batch, 2, 1);
    odd = cell_of(l, batch, 4, 0);
    assert_int_equal(price.tag, PD_TAG_PLAIN);
    assert_int_equal(odd.tag, PD_TAG_PLAIN);
    assert_int_equal(odd.integer, 1);
    assert_int_equal(cell_of(l, batch, 4, 1).integer, 0);
    /* What the first's type does not hold stays what it is: an outlier. */
    assert_int_equal(cell_of(l, batch, 2, 2).tag, PD_TAG_TEXT);
    batch_release(batch);
}

static void
facts_of_decoded_columns_are_their_nulls_only(void **state)
{
    const struct pd_scan scan = {.struct_size = sizeof scan};
    struct likeness *l = *state;
    const struct pd_fact *facts;
    size_t n;
    struct pd_error err = {0};

    compare(l, NULL);
    assert_int_equal(l->like->ops->facts(l->like->handle, &scan, PD_FACTS_ENGINE, &facts, &n, &err),
                     PD_OK);
    assert_int_equal(n, 2);
    assert_int_equal(facts[0].id, PD_FACT_ROWS);
    assert_int_equal(facts[1].column, 2);
    assert_int_equal(facts[1].id, PD_FACT_NULLS);
}

static void
columns_that_changed_their_place_are_found_by_name(void **state)
{
    struct likeness *l = *state;
    struct pd_column swap = l->b.columns[1];
    const struct pd_batch *batch;

    l->b.columns[1] = l->b.columns[2];
    l->b.columns[2] = swap;
    l->b.parts[1][0].column = 2;
    l->b.parts[1][1].column = 1;
    compare(l, NULL);
    assert_int_equal(l->n, 0);
    batch = read_batch(l);
    assert_int_equal(cell_of(l, batch, 1, 0).size, 4); /* the price that was read as a state */
    batch_release(batch);
}

static void
a_column_that_was_renamed_is_one_difference_and_no_more(void **state)
{
    struct likeness *l = *state;

    l->b.columns[2].name = "Price__1";
    l->b.checks[0].expression = "(\"Price__1\" < 100)";
    compare(l, NULL);
    assert_only(l, PD_PART_NAME, 2);
    assert_string_equal(shown(l)->columns[2].name, "price");
    assert_string_equal(shown(l)->checks[0].expression, "(\"price\" < 100)");
}

static void
a_table_that_was_put_elsewhere_is_found_by_its_placement(void **state)
{
    struct likeness *l = *state;
    const struct placement place = {.name = "thing"};
    const struct like_options options = {.placements = &place};

    l->b.tables[0].name = "thing";
    l->b.foreigns[0].to_table = "thing";
    compare(l, &options);
    assert_only(l, PD_PART_NAME, PD_NO_COLUMN);
}

static void
schemas_are_mapped(void **state)
{
    static const char *const map[] = {"shop=store", NULL};
    const struct like_options options = {.schema_map = map};
    struct likeness *l = *state;

    l->b.tables[0].name = "store__item";
    l->b.foreigns[0].to_table = "store__item";
    compare(l, &options);
    assert_int_equal(l->n, 0);
}

static void
another_default_is_a_difference_and_the_same_number_is_none(void **state)
{
    struct likeness *l = *state;

    l->b.columns[2].default_text = "1.5";
    l->b.columns[2].default_size = 3;
    compare(l, NULL);
    assert_int_equal(l->n, 0);
    source_close(l->like);
    source_close(l->opened_a);
    source_close(l->opened_b);
    l->b.columns[2].default_text = "1.6";
    compare(l, NULL);
    assert_only(l, PD_PART_DEFAULT, 2);
    assert_string_equal(l->differences[0].text,
                        "default of column 'price' of 'shop.item' is 1.6, not 1.50");
    assert_string_equal(shown(l)->columns[2].default_text, "1.6");
}

static void
a_default_that_is_gone_is_a_difference(void **state)
{
    struct likeness *l = *state;

    l->b.columns[2].default_kind = PD_DEFAULT_NONE;
    compare(l, NULL);
    assert_only(l, PD_PART_DEFAULT, 2);
    assert_int_equal(shown(l)->columns[2].default_kind, PD_DEFAULT_NONE);
}

static void
not_null_that_no_key_says_is_a_difference(void **state)
{
    struct likeness *l = *state;

    l->a.columns[2].flags = PD_COLUMN_NOT_NULL;
    compare(l, NULL);
    assert_only(l, PD_PART_NOT_NULL, 2);
}

static void
a_key_that_admits_null_only_in_its_own_engine_is_no_difference(void **state)
{
    struct likeness *l = *state;

    l->a.columns[0].flags = 0;
    l->a.keys[0].flags = PD_KEY_NULLS_ADMITTED;
    l->b.columns[0].flags = PD_COLUMN_NOT_NULL;
    compare(l, NULL);
    assert_int_equal(l->n, 0);
    assert_int_equal(shown(l)->keys[0].flags, PD_KEY_NULLS_ADMITTED);
}

static void
a_key_that_admits_null_now_is_a_difference(void **state)
{
    struct likeness *l = *state;

    l->b.keys[0].flags = PD_KEY_NULLS_ADMITTED;
    compare(l, NULL);
    assert_int_equal(l->n, 2);
    assert_int_equal(l->differences[0].part, PD_PART_NOT_NULL);
    assert_int_equal(l->differences[1].part, PD_PART_KEY);
}

static void
an_index_that_is_missing_is_told_with_its_number(void **state)
{
    struct likeness *l = *state;

    l->b.tables[0].n_keys = 1;
    compare(l, NULL);
    assert_only(l, PD_PART_KEY, 1);
    assert_int_equal(shown(l)->n_keys, 1);
}

static void
an_index_of_another_name_is_a_difference_and_one_without_name_has_none(void **state)
{
    struct likeness *l = *state;

    l->b.keys[0].name = "sqlite_1";
    l->a.keys[0].name = NULL;
    l->b.keys[1].name = "shop__item_by_state";
    compare(l, NULL);
    assert_only(l, PD_PART_KEY, 1);
    assert_string_equal(shown(l)->keys[1].name, "shop__item_by_state");
}

static void
a_key_that_nobody_asked_for_is_a_difference_without_a_number(void **state)
{
    struct likeness *l = *state;

    key_set(&l->b, 2, PD_KEY_UNIQUE, "more", 3, -1);
    l->b.tables[0].n_keys = 3;
    compare(l, NULL);
    assert_only(l, PD_PART_KEY, PD_NO_COLUMN);
    assert_int_equal(shown(l)->n_keys, 3);
}

static void
a_check_that_is_missing_is_told_with_its_number(void **state)
{
    struct likeness *l = *state;

    l->b.checks[0] = l->b.checks[1];
    l->b.tables[0].n_checks = 1;
    compare(l, NULL);
    assert_only(l, PD_PART_CHECK, 0);
    assert_int_equal(shown(l)->n_checks, 0);
}

static void
a_check_of_other_labels_counts(void **state)
{
    struct likeness *l = *state;

    l->b.checks[1].expression = "(\"state\" IN ('new', 'its'))";
    compare(l, NULL);
    assert_only(l, PD_PART_CHECK, PD_NO_COLUMN);
}

static void
another_action_of_a_foreign_key_is_a_difference(void **state)
{
    struct likeness *l = *state;

    l->b.foreigns[0].on_delete = PD_ACTION_CASCADE;
    compare(l, NULL);
    assert_only(l, PD_PART_FOREIGN, 0);
    assert_int_equal(shown(l)->foreigns[0].on_delete, PD_ACTION_CASCADE);
    assert_string_equal(shown(l)->foreigns[0].to_table, "item");
}

static void
a_foreign_key_to_another_column_is_a_difference(void **state)
{
    struct likeness *l = *state;

    l->b.foreign_to[0] = "parent";
    compare(l, NULL);
    assert_only(l, PD_PART_FOREIGN, 0);
}

static void
another_next_number_is_a_difference(void **state)
{
    struct likeness *l = *state;

    l->b.columns[0].counter.next = 5;
    compare(l, NULL);
    assert_only(l, PD_PART_IDENTITY, 0);
}

static void
a_sequence_is_found_without_its_schema(void **state)
{
    struct likeness *l = *state;
    struct pd_sequence a = {.struct_size = sizeof a,
                            .schema = "shop",
                            .name = "s",
                            .kind = PD_KIND_INT64,
                            .counter = {.struct_size = sizeof a.counter, .next = 3}};
    struct pd_sequence b = a;

    b.schema = NULL;
    b.name = "shop__s";
    l->a.catalog.sequences = &a;
    l->b.catalog.sequences = &b;
    l->a.catalog.n_sequences = l->b.catalog.n_sequences = 1;
    l->a.catalog.sequence_size = l->b.catalog.sequence_size = sizeof a;
    l->a.columns[3].default_kind = l->b.columns[3].default_kind = PD_DEFAULT_NEXTVAL;
    l->a.columns[3].default_text = "shop.s";
    l->b.columns[3].default_text = "shop__s";
    l->a.columns[3].default_size = 6;
    l->b.columns[3].default_size = 7;
    compare(l, NULL);
    assert_int_equal(l->n, 0);
    assert_string_equal(l->like->catalog->sequences[0].schema, "shop");
    source_close(l->like);
    source_close(l->opened_a);
    source_close(l->opened_b);
    b.name = "shop__t";
    compare(l, NULL);
    assert_int_equal(l->n, 2); /* one is missing, one is additional */
}

static void
a_rowid_that_numbers_itself_is_as_good_as_a_counter(void **state)
{
    struct likeness *l = *state;

    l->a.columns[0].identity = PD_IDENTITY_ROWID;
    compare(l, NULL);
    assert_int_equal(l->n, 0);
    source_close(l->like);
    source_close(l->opened_a);
    source_close(l->opened_b);
    l->a.columns[0].identity = PD_IDENTITY_NO;
    l->b.columns[0].identity = PD_IDENTITY_ROWID;
    compare(l, NULL);
    assert_int_equal(l->n, 0);
}

static void
a_collation_that_is_lost_is_a_difference(void **state)
{
    struct likeness *l = *state;

    l->a.columns[1].collation = PD_COLLATION_NOCASE;
    compare(l, NULL);
    assert_only(l, PD_PART_COLLATION, 1);
}

static void
a_column_that_is_missing_is_told_and_not_shown(void **state)
{
    struct likeness *l = *state;

    l->a.columns[4].generated = PD_GENERATED_STORED;
    l->b.tables[0].n_columns = 4;
    compare(l, NULL);
    assert_only(l, PD_PART_GENERATED, 4);
    assert_int_equal(shown(l)->n_columns, 4);
}

static void
the_same_engine_is_compared_to_the_letter(void **state)
{
    struct likeness *l = *state;

    l->b.catalog.engine = "alpha";
    compare(l, NULL);
    assert_int_equal(l->n, 1); /* NOT NULL of a key is spelt out, or it is not */
    assert_int_equal(l->differences[0].part, PD_PART_NOT_NULL);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, likeness_begin, likeness_end)
    const struct CMUnitTest tests[] = {
        T(what_only_spells_the_types_of_another_engine_is_no_difference),
        T(what_is_equal_is_shown_as_the_first_has_it),
        T(values_are_decoded_into_the_types_of_the_first),
        T(facts_of_decoded_columns_are_their_nulls_only),
        T(columns_that_changed_their_place_are_found_by_name),
        T(a_column_that_was_renamed_is_one_difference_and_no_more),
        T(a_table_that_was_put_elsewhere_is_found_by_its_placement),
        T(schemas_are_mapped),
        T(another_default_is_a_difference_and_the_same_number_is_none),
        T(a_default_that_is_gone_is_a_difference),
        T(not_null_that_no_key_says_is_a_difference),
        T(a_key_that_admits_null_only_in_its_own_engine_is_no_difference),
        T(a_key_that_admits_null_now_is_a_difference),
        T(an_index_that_is_missing_is_told_with_its_number),
        T(an_index_of_another_name_is_a_difference_and_one_without_name_has_none),
        T(a_key_that_nobody_asked_for_is_a_difference_without_a_number),
        T(a_check_that_is_missing_is_told_with_its_number),
        T(a_check_of_other_labels_counts),
        T(another_action_of_a_foreign_key_is_a_difference),
        T(a_foreign_key_to_another_column_is_a_difference),
        T(another_next_number_is_a_difference),
        T(a_sequence_is_found_without_its_schema),
        T(a_rowid_that_numbers_itself_is_as_good_as_a_counter),
        T(a_collation_that_is_lost_is_a_difference),
        T(a_column_that_is_missing_is_told_and_not_shown),
        T(the_same_engine_is_compared_to_the_letter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
