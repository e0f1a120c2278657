// SPDX-License-Identifier: Apache-2.0
// convert_pairs - which kinds can be converted to which, and that doc/types.md says the same.
#include "convert_world.h"

#include <stdio.h>
#include <stdlib.h>

static void
pairs_that_are_not_there_are_refused(void **state)
{
    const struct pd_type date = TYPE(DATE), uuid = TYPE(UUID), none = {0};
    struct conversion *c = NULL;
    struct pd_error err = {0};

    assert_int_equal(convert_open(&date, &uuid, 0, &c, &err), PD_UNSUPPORTED);
    assert_string_equal(err.text, "values of type 'date' cannot be converted to 'uuid'");
    assert_int_equal(convert_open(&date, &none, 0, &c, &err), PD_UNSUPPORTED);
    assert_int_equal(convert_open(&date, &uuid, CONVERT_TAGGED, &c, &err), PD_UNSUPPORTED);
    assert_null(c);
}

/* "`a` `b`" of "a b"; "all" of "*". */
static void
put_kinds(struct buffer *out, const char *list)
{
    if (strcmp(list, "*") == 0) {
        buffer_text(out, "all");
        return;
    }
    buffer_char(out, '`');
    for (; *list; list++)
        buffer_text(out, *list == ' ' ? "` `" : (char[]){*list, 0});
    buffer_char(out, '`');
}

static char *
file_text(const char *path)
{
    char *text = arena_alloc(memory, 1 << 17);
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    assert_true(fread(text, 1, (1 << 17) - 1, file) > 0);
    fclose(file);
    return text;
}

static void
the_document_has_the_table_of_pairs(void **state)
{
    CLEANUP_BUFFER struct buffer table = {0};
    const char *path = getenv("POLYDUMP_TYPES_MD");

    if (!path)
        skip();
    buffer_text(&table, "| from | to | how |\n|---|---|---|\n");
    for (size_t i = 0; i < n_convert_pairs; i++) {
        buffer_text(&table, "| ");
        put_kinds(&table, convert_pairs[i].from);
        buffer_text(&table, " | ");
        put_kinds(&table, convert_pairs[i].to);
        buffer_printf(&table, " | %s |\n", convert_pairs[i].rule);
    }
    buffer_char(&table, '\n');
    assert_non_null(strstr(file_text(path), buffer_string(&table)));
}

static bool
lists(const char *list, int kind)
{
    CLEANUP_BUFFER struct buffer all = {0};
    CLEANUP_BUFFER struct buffer one = {0};

    buffer_printf(&all, " %s ", list);
    buffer_printf(&one, " %s ", kind_name(kind));
    return strcmp(list, "*") == 0 || strstr(buffer_string(&all), buffer_string(&one));
}

static bool
is_listed(int from, int to)
{
    for (size_t i = 0; i < n_convert_pairs; i++) {
        if (lists(convert_pairs[i].from, from) && lists(convert_pairs[i].to, to))
            return true;
    }
    return from == to;
}

static void
the_pairs_that_are_listed_are_there_and_no_others(void **state)
{
    for (int from = 1; from < PD_KIND_COUNT_; from++) {
        for (int to = 1; to < PD_KIND_COUNT_; to++) {
            struct pd_type a = {.struct_size = sizeof a, .kind = (uint16_t)from};
            struct pd_type b = {.struct_size = sizeof b, .kind = (uint16_t)to};
            struct conversion *c = NULL;
            pd_status status = convert_open(&a, &b, CONVERT_BACK, &c, NULL);

            if ((status == PD_OK) != is_listed(from, to))
                fail_msg("%s to %s", kind_name(from), kind_name(to));
            convert_free(c);
        }
    }
}

/* Where a way there is, one back is too, but for what only comes back from SQLite. */
static void
every_way_has_a_way_back(void **state)
{
    for (int from = 1; from < PD_KIND_COUNT_; from++) {
        for (int to = 1; to < PD_KIND_COUNT_; to++) {
            bool is_float = to == PD_KIND_FLOAT32 || to == PD_KIND_FLOAT64;

            if (is_listed(from, to) && !is_listed(to, from) &&
                !(from == PD_KIND_BINARY && is_float))
                fail_msg("%s to %s", kind_name(from), kind_name(to));
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_that_are_not_there_are_refused),
        cmocka_unit_test(the_document_has_the_table_of_pairs),
        cmocka_unit_test(the_pairs_that_are_listed_are_there_and_no_others),
        cmocka_unit_test(every_way_has_a_way_back),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
