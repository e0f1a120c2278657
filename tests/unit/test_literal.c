// SPDX-License-Identifier: Apache-2.0
/* test_literal - which literal default of a column is the same value in one of another type. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "model/batch.h"
#include "model/literal.h"

struct literal {
    struct pd_type type;
    int tag;
    const char *text;
    struct pd_type as;
    const char *wanted; /* NULL: it has no value there */
    int wanted_tag;
};

#define TYPE(of, ...)                                                                              \
    {                                                                                              \
        .struct_size = sizeof(struct pd_type), .kind = PD_KIND_##of, __VA_ARGS__                   \
    }
#define DECIMAL(p, s) TYPE(DECIMAL, .precision = p, .scale = s)
#define TIMESTAMP(digits) TYPE(TIMESTAMP, .precision = digits)

static const char *const labels[] = {"sad", "ok"}, *const others[] = {"sad"};

static const struct literal all[] = {
    /* Numbers of SQLite. */
    {TYPE(INT64), PD_TAG_INT, "7", TYPE(INT64), "7"},
    {TYPE(INT64), PD_TAG_INT, "7", TYPE(INT16), "7"},
    {TYPE(INT64), PD_TAG_INT, "40000", TYPE(INT16), NULL},
    {TYPE(INT64), PD_TAG_REAL, "1.5", TYPE(INT64), NULL},
    {TYPE(INT64), PD_TAG_TEXT, "7", TYPE(INT64), NULL},
    {TYPE(INT64), PD_TAG_TEXT, " 7 ", TYPE(INT64), NULL},
    {TYPE(INT64), PD_TAG_TEXT, "7", TYPE(NONE), "7", PD_TAG_TEXT},
    {TYPE(NUMBER), PD_TAG_REAL, "1.005", DECIMAL(5, 2), NULL},
    {TYPE(NUMBER), PD_TAG_REAL, "1.25", DECIMAL(5, 2), "1.25"},
    {TYPE(NUMBER), PD_TAG_INT, "1", DECIMAL(5, 2), "1.00"},
    {TYPE(NUMBER), PD_TAG_INT, "1000", DECIMAL(5, 2), NULL},
    {TYPE(NUMBER), PD_TAG_TEXT, "x", DECIMAL(5, 2), NULL},
    {TYPE(NUMBER), PD_TAG_REAL, "-0.0", TYPE(FLOAT64), "-0.0"},
    {TYPE(NUMBER), PD_TAG_INT, "1", TYPE(BOOL), "t"},
    {TYPE(NUMBER), PD_TAG_INT, "2", TYPE(BOOL), NULL},
    {TYPE(NUMBER), PD_TAG_TEXT, "t", TYPE(BOOL), NULL},
    {TYPE(FLOAT64), PD_TAG_REAL, "Infinity", TYPE(FLOAT64), "Infinity"},
    {TYPE(FLOAT64), PD_TAG_BYTES, "x", TYPE(FLOAT64), NULL},
    /* Text of SQLite that other engines would read in their way. */
    {TYPE(NUMBER), PD_TAG_TEXT, "2020-01-02", TYPE(DATE), "2020-01-02"},
    {TYPE(NUMBER), PD_TAG_TEXT, "now", TIMESTAMP(6), NULL},
    {TYPE(NUMBER), PD_TAG_TEXT, "infinity", TYPE(DATE), NULL},
    {TYPE(NUMBER), PD_TAG_TEXT, "2020-02-30", TYPE(DATE), NULL},
    {TYPE(NUMBER), PD_TAG_TEXT, "02/01/2020", TYPE(DATE), NULL},
    {TYPE(NUMBER), PD_TAG_TEXT, "allballs", TYPE(TIME, .precision = 6), NULL},
    {TYPE(NUMBER), PD_TAG_TEXT, "10:11", TYPE(TIME, .precision = 6), NULL},
    {TYPE(NUMBER), PD_TAG_TEXT, "2020-01-02 03:04:05.25", TIMESTAMP(6), "2020-01-02 03:04:05.25"},
    {TYPE(NUMBER), PD_TAG_TEXT, "2020-01-02 03:04:05.25", TIMESTAMP(0), NULL},
    {TYPE(NUMBER), PD_TAG_TEXT, "now", TYPE(TEXT), "now"},
    {TYPE(NUMBER), PD_TAG_TEXT, "{\"a\": 1}", TYPE(JSON), "{\"a\": 1}"},
    {TYPE(NUMBER), PD_TAG_TEXT, "{", TYPE(JSON), NULL},
    {TYPE(NUMBER), PD_TAG_TEXT, "6ccd780c-baba-4026-9564-5b8c656024db", TYPE(UUID),
     "6ccd780c-baba-4026-9564-5b8c656024db"},
    {TYPE(NUMBER), PD_TAG_TEXT, "6CCD780C-BABA-4026-9564-5B8C656024DB", TYPE(UUID), NULL},
    {TYPE(TEXT), PD_TAG_TEXT, "abc", TYPE(TEXT, .length = 3), "abc"},
    {TYPE(TEXT), PD_TAG_TEXT, "abcd", TYPE(TEXT, .length = 3), NULL},
    {TYPE(TEXT), PD_TAG_BYTES, "abc", TYPE(TEXT), NULL},
    {TYPE(BINARY), PD_TAG_BYTES, "abc", TYPE(BINARY), "abc"},
    {TYPE(BINARY), PD_TAG_TEXT, "abc", TYPE(BINARY), NULL},
    {TYPE(BINARY), PD_TAG_TEXT, "abc", TYPE(NONE), "abc", PD_TAG_TEXT},
    {TYPE(ANY), PD_TAG_INT, "7", TYPE(TEXT), "i:7"},
    {TYPE(ANY), PD_TAG_BYTES, "\001", TYPE(TEXT), "x:01"},
    /* Of other engines. */
    {TYPE(TEXT, .length = 3), PD_TAG_TEXT, "abcd", TYPE(TEXT), NULL},
    {TYPE(TEXT, .length = 3), PD_TAG_TEXT, "abcd", TYPE(NONE), NULL},
    {TYPE(INT32), PD_TAG_INT, "7", TYPE(NONE), "7"},
    {TYPE(BOOL), PD_TAG_INT, "1", TYPE(BOOL), "t"},
    {TYPE(FLOAT32), PD_TAG_REAL, "0.12345679104328156", TYPE(FLOAT32), "0.12345679"},
    {TYPE(FLOAT32), PD_TAG_REAL, "-0.0", TYPE(FLOAT32), "-0.0"},
    {TYPE(FLOAT64), PD_TAG_REAL, "NaN", TYPE(FLOAT64), "NaN"},
    {DECIMAL(5, 2), PD_TAG_TEXT, "1.50", DECIMAL(5, 2), "1.50"},
    {DECIMAL(0, 0), PD_TAG_TEXT, "1.50", DECIMAL(5, 2), "1.50"},
    {DECIMAL(0, 0), PD_TAG_TEXT, "1.5", DECIMAL(5, 2), NULL},
    {DECIMAL(0, 0), PD_TAG_TEXT, "1.005", DECIMAL(5, 2), NULL},
    {DECIMAL(0, 0), PD_TAG_TEXT, "NaN", DECIMAL(0, 0), "NaN", PD_TAG_NAN},
    {TYPE(DATE), PD_TAG_TEXT, "infinity", TYPE(DATE), "infinity", PD_TAG_POS_INF},
    {TYPE(TIMESTAMPTZ), PD_TAG_TEXT, "2020-01-02 03:04:05+00", TIMESTAMP(6), "2020-01-02 03:04:05"},
    {TYPE(TIME, .precision = 0), PD_TAG_TEXT, "10:11:12", TYPE(INTERVAL), "P0M0DT36672S"},
    {TYPE(ENUM, .labels = labels, .n_labels = 2), PD_TAG_TEXT, "ok", TYPE(TEXT), "ok"},
    {TYPE(ENUM, .labels = labels, .n_labels = 2), PD_TAG_TEXT, "no", TYPE(TEXT), NULL},
    {TYPE(TEXT), PD_TAG_TEXT, "ok", TYPE(ENUM, .labels = others, .n_labels = 1), NULL},
    {TYPE(JSON), PD_TAG_TEXT, "1.", TYPE(TEXT), "1."},
    {TYPE(BIT, .length = 3), PD_TAG_TEXT, "101", TYPE(TEXT), "101"},
};

static void
same_values_go(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        const struct literal *l = &all[i];
        struct pd_column column = {.struct_size = sizeof column,
                                   .name = "c",
                                   .type = l->type,
                                   .default_kind = PD_DEFAULT_LITERAL,
                                   .default_tag = (uint16_t)l->tag,
                                   .default_text = l->text,
                                   .default_size = (uint32_t)strlen(l->text)};
        CLEANUP_BUFFER struct buffer text = {0};
        struct pd_error err = {0};
        int tag = -1;
        pd_status status = literal_convert(&column, &l->as, false, &text, &tag, &err);

        if (status != (l->wanted ? PD_OK : PD_UNSUPPORTED) ||
            (l->wanted && (tag != l->wanted_tag || strcmp(buffer_string(&text), l->wanted) != 0)))
            fail_msg("%zu, '%s': %d, tag %d, '%s'", i, l->text, status, tag, buffer_string(&text));
    }
}

/* Text with outliers of storage classes tells them apart. */
static void
tagged_text_says_what_it_is(void **state)
{
    struct pd_column column = {.struct_size = sizeof column,
                               .name = "c",
                               .type = TYPE(TEXT),
                               .default_kind = PD_DEFAULT_LITERAL,
                               .default_tag = PD_TAG_TEXT,
                               .default_text = "a",
                               .default_size = 1};
    static const struct pd_type as = TYPE(TEXT);
    CLEANUP_BUFFER struct buffer text = {0};
    int tag = -1;

    (void)state;
    assert_int_equal(literal_convert(&column, &as, true, &text, &tag, NULL), PD_OK);
    assert_string_equal(buffer_string(&text), "t:a");
    column.default_kind = PD_DEFAULT_NOW;
    assert_int_equal(literal_convert(&column, &as, true, &text, &tag, NULL), PD_UNSUPPORTED);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_values_go),
        cmocka_unit_test(tagged_text_says_what_it_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
