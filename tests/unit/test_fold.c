// SPDX-License-Identifier: Apache-2.0
// test_fold - which texts are equal for which collation: surely, or perhaps.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/fold.h"

static bool
is_same(const struct fold *fold,
        void (*put)(const struct fold *, const void *, size_t, struct buffer *), const char *a,
        const char *b)
{
    CLEANUP_BUFFER struct buffer x = {0};
    CLEANUP_BUFFER struct buffer y = {0};
    bool same;

    put(fold, a, strlen(a), &x);
    put(fold, b, strlen(b), &y);
    same = x.size == y.size && (x.size == 0 || memcmp(x.data, y.data, x.size) == 0);
    return same;
}

enum outcome { DIFFERENT, PERHAPS, SAME, NO_FOLD };

static enum outcome
compare(const struct pd_column *column, const char *a, const char *b)
{
    struct fold fold;

    if (!fold_of_column(column, &fold))
        return NO_FOLD;
    if (!is_same(&fold, fold_put_wide, a, b)) {
        assert_false(is_same(&fold, fold_put, a, b)); /* the wide form is the wider one */
        return DIFFERENT;
    }
    return is_same(&fold, fold_put, a, b) ? SAME : PERHAPS;
}

/* What MariaDB 10.11 says of each pair is beside it. */
static const struct {
    const char *collation, *a, *b;
    enum outcome outcome;
} pairs[] = {
    {"utf8mb4_general_ci", "n", "N", SAME},
    {"utf8mb4_general_ci", "n  ", "N", SAME},
    {"utf8mb4_general_ci", " n", "n", DIFFERENT},
    {"utf8mb4_general_ci", "sud", "Süd", SAME},
    {"utf8mb4_general_ci", "strase", "Straße", SAME},
    {"utf8mb4_general_ci", "strasse", "Straße", DIFFERENT},
    {"utf8mb4_general_ci", "артем", "АРТЁМ", SAME},
    {"utf8mb4_general_ci", "мои", "мой", PERHAPS},            /* other letters */
    {"utf8mb4_general_ci", "a😀", "a😃", PERHAPS},              /* equal */
    {"utf8mb4_general_ci", "su\xcc\x88\x64", "süd", PERHAPS}, /* other letters */
    {"utf8mb4_unicode_ci", "su\xcc\x88\x64", "Süd", SAME},
    {"utf8mb4_unicode_ci", "strasse", "Straße", SAME},
    {"utf8mb4_unicode_ci", "か", "カ", PERHAPS},
    {"utf8mb4_unicode_520_ci", "😀", "😃", DIFFERENT},
    {"utf8mb4_unicode_520_nopad_ci", "n ", "N", DIFFERENT},
    {"utf8mb4_unicode_520_nopad_ci", "n", "N", SAME},
    {"utf8mb4_0900_ai_ci", "n ", "n", DIFFERENT}, /* of MySQL */
    {"utf8mb4_uca1400_ai_ci", "SUD ", "süd", SAME},
    {"utf8mb4_uca1400_as_ci", "SUD", "süd", DIFFERENT},
    {"utf8mb4_uca1400_as_ci", "SÜD ", "süd", SAME},
    {"utf8mb4_uca1400_ai_cs", "sud", "süd", PERHAPS},
    {"utf8mb4_uca1400_as_cs", "sud", "SUD", DIFFERENT},
    {"utf8mb4_uca1400_as_cs", "sud ", "sud", SAME},
    {"utf8mb4_turkish_ci", "I", "i", PERHAPS}, /* other letters */
    {"utf8mb4_swedish_ci", "å", "a", PERHAPS}, /* other letters */
    {"utf8mb4_swedish_ci", "Å", "å", SAME},
    {"latin1_swedish_ci", "café", "CAFE", PERHAPS}, /* equal */
    {"latin1_general_ci", "é", "e", PERHAPS},       /* other letters */
    {"utf8mb4_bin", "a ", "a", SAME},
    {"utf8mb4_bin", "a", "A", DIFFERENT},
    {"utf8mb4_nopad_bin", "a", "A", NO_FOLD},
    {"en_US", "a", "A", NO_FOLD},
    {"\"de-x-icu\"", "a", "A", NO_FOLD},
};

static void
test_collations_of_mariadb(void **state)
{
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        const struct pd_column column = {.collation = PD_COLLATION_NATIVE,
                                         .collation_native = pairs[i].collation};

        if (compare(&column, pairs[i].a, pairs[i].b) != pairs[i].outcome)
            fail_msg("%s: '%s' and '%s' are %d", pairs[i].collation, pairs[i].a, pairs[i].b,
                     compare(&column, pairs[i].a, pairs[i].b));
    }
}

static void
test_collations_with_words(void **state)
{
    struct pd_column column = {.collation = PD_COLLATION_NOCASE};

    assert_int_equal(compare(&column, "aZ", "Az"), SAME);
    assert_int_equal(compare(&column, "ä", "Ä"), DIFFERENT);
    assert_int_equal(compare(&column, "a", "a "), DIFFERENT);
    column.collation = PD_COLLATION_RTRIM;
    assert_int_equal(compare(&column, "a", "a  "), SAME);
    assert_int_equal(compare(&column, "a", "A"), DIFFERENT);
    assert_int_equal(compare(&column, "", "   "), SAME);
    column.collation = PD_COLLATION_CI; /* citext */
    assert_int_equal(compare(&column, "Ä", "ä"), SAME);
    assert_int_equal(compare(&column, "a", "ä"), DIFFERENT);
    assert_int_equal(compare(&column, "a", "a "), DIFFERENT);
    column.collation = PD_COLLATION_NATIVE;
    assert_int_equal(compare(&column, "a", "a"), NO_FOLD);
    column.collation = PD_COLLATION_BINARY;
    assert_int_equal(compare(&column, "a", "a"), NO_FOLD);
    column.collation = PD_COLLATION_DEFAULT;
    assert_int_equal(compare(&column, "a", "a"), NO_FOLD);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_collations_of_mariadb),
        cmocka_unit_test(test_collations_with_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
