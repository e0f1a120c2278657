// SPDX-License-Identifier: Apache-2.0
/* Statements are cut where the server would cut them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "objects_inside.h"

/* All statements of a text, each followed by "|". */
static const char *
cut(const char *text)
{
    static char out[512];
    const char *start;
    size_t size, n = 0;

    while (objects_split(&text, &start, &size)) {
        assert_true(n + size + 2 < sizeof out);
        memcpy(out + n, start, size);
        n += size;
        out[n++] = '|';
    }
    out[n] = 0;
    return out;
}

static void
nothing_has_no_statement(void **state)
{
    assert_string_equal(cut(""), "");
    assert_string_equal(cut(" \n;; -- a comment; that ends nowhere"), "");
    assert_string_equal(cut("/* a /* nested; */ comment; */;"), "");
}

static void
statements_lose_blanks_and_comments_around_them(void **state)
{
    assert_string_equal(cut("-- one\nA;\n/* two */ B ; C"), "A|B|C|");
    assert_string_equal(cut("A -- within\n B; -- behind"), "A -- within\n B|");
    assert_string_equal(cut("A /* within; */ B;"), "A /* within; */ B|");
}

static void
semicolons_in_texts_and_names_end_nothing(void **state)
{
    assert_string_equal(cut("A 'x;''y;' B; C"), "A 'x;''y;' B|C|");
    assert_string_equal(cut("A 'x\\'; B"), "A 'x\\'|B|");
    assert_string_equal(cut("A E'x\\';' B; C"), "A E'x\\';' B|C|");
    assert_string_equal(cut("A e'x\\\\'; C"), "A e'x\\\\'|C|");
    assert_string_equal(cut("A nameE'x\\'; C"), "A nameE'x\\'|C|");
    assert_string_equal(cut("A \"x;\"\"--;\" B; C"), "A \"x;\"\"--;\" B|C|");
    assert_string_equal(cut("A '--' ; B '/*' ; C"), "A '--'|B '/*'|C|");
}

static void
dollar_quotes_end_at_their_own_tag(void **state)
{
    assert_string_equal(cut("A $$x;$a$;$$ B; C"), "A $$x;$a$;$$ B|C|");
    assert_string_equal(cut("A $_1$;$$;$_2$;$_1$; C"), "A $_1$;$$;$_2$;$_1$|C|");
    assert_string_equal(cut("A $1; B a$b$; C d$b$"), "A $1|B a$b$|C d$b$|");
    assert_string_equal(cut("A $1$; C"), "A $1$|C|");
}

static void
rules_and_atomic_bodies_hold_together(void **state)
{
    assert_string_equal(cut("R (a; b); S"), "R (a; b)|S|");
    assert_string_equal(cut("F BEGIN ATOMIC a; b; END; S"), "F BEGIN ATOMIC a; b; END|S|");
    assert_string_equal(cut("F BEGIN ATOMIC SELECT CASE WHEN a THEN b END; c; END; S"),
                        "F BEGIN ATOMIC SELECT CASE WHEN a THEN b END; c; END|S|");
    assert_string_equal(cut("F \"begin\" atomic; S"), "F \"begin\" atomic|S|");
    assert_string_equal(cut("BEGIN; ATOMIC; END; S"), "BEGIN|ATOMIC|END|S|");
}

static void
what_is_open_ends_with_the_text(void **state)
{
    assert_string_equal(cut("A 'x; B"), "A 'x; B|");
    assert_string_equal(cut("A E'x\\"), "A E'x\\|");
    assert_string_equal(cut("A $q$ x; B"), "A $q$ x; B|");
    assert_string_equal(cut("A (x; B"), "A (x; B|");
    assert_string_equal(cut("A /* x; B"), "A|");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_has_no_statement),
        cmocka_unit_test(statements_lose_blanks_and_comments_around_them),
        cmocka_unit_test(semicolons_in_texts_and_names_end_nothing),
        cmocka_unit_test(dollar_quotes_end_at_their_own_tag),
        cmocka_unit_test(rules_and_atomic_bodies_hold_together),
        cmocka_unit_test(what_is_open_ends_with_the_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
