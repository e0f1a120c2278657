// SPDX-License-Identifier: Apache-2.0
/* fold - collations of MariaDB by their names, and those that the catalogue has words for.
   MariaDB's know Unicode as it was when each was made, and some languages have letters of their
   own, so that two forms are made of a text: one that folds no more than they all do, and one that
   folds as much as any of them. */
#include "model/fold.h"

#include <string.h>
#include <utf8proc.h>

#include "base/cleanup.h"

enum { CHAR_ROOM = 32 };

/* ---- Names ---- */

static bool
has_word(const char *name, const char *word)
{
    size_t size = strlen(word);

    for (const char *at = name; at; at = strchr(at, '_'), at += at != NULL)
        if (strncmp(at, word, size) == 0 && (at[size] == '_' || at[size] == '\0'))
            return true;
    return false;
}

/* Words that name no language. */
static bool
is_root(const char *name)
{
    static const char *const words[] = {"general", "unicode", "520", "uca1400", "0900",
                                        "nopad",   "ai",      "as",  "ci",      "cs"};
    const char *at = strchr(name, '_');

    while (at) {
        const char *end = strchr(at + 1, '_');
        size_t size = end ? (size_t)(end - at) - 1 : strlen(at + 1);
        bool is_known = false;

        for (size_t i = 0; i < COUNT_OF(words); i++)
            is_known |= strlen(words[i]) == size && memcmp(at + 1, words[i], size) == 0;
        if (!is_known)
            return false;
        at = end;
    }
    return true;
}

static bool
is_unicode(const char *name)
{
    static const char *const sets[] = {"utf8", "utf16", "utf32", "ucs2", "uca1400"};

    for (size_t i = 0; i < COUNT_OF(sets); i++)
        if (strncmp(name, sets[i], strlen(sets[i])) == 0)
            return true;
    return false;
}

/* "utf8mb4_general_ci", "utf8mb4_uca1400_swedish_nopad_as_ci", "latin1_bin" */
static bool
fold_of_name(const char *name, struct fold *fold)
{
    bool is_ci = has_word(name, "ci");

    if (!is_ci && !has_word(name, "cs") && !has_word(name, "bin"))
        return false; /* another engine's */
    fold->trims = !has_word(name, "nopad") && !has_word(name, "0900");
    if (has_word(name, "bin"))
        return fold->trims;
    fold->is_plain = !has_word(name, "520") && !has_word(name, "uca1400") &&
                     !has_word(name, "0900") && is_unicode(name);
    fold->has_short_s = has_word(name, "general");
    fold->at_most = has_word(name, "as") ? FOLD_CASE : FOLD_BASE;
    if (!is_ci) {
        fold->at_most = has_word(name, "ai") ? FOLD_BASE : FOLD_NO_LETTERS;
        return fold->trims || fold->at_most;
    }
    fold->sure = FOLD_CASE;
    if (has_word(name, "turkish"))
        fold->sure = FOLD_NO_LETTERS; /* I is not i */
    else if (is_unicode(name) && is_root(name))
        fold->sure = fold->at_most;
    fold->skips_marks = fold->sure == FOLD_BASE && !fold->has_short_s;
    return true;
}

bool
fold_of_column(const struct pd_column *column, struct fold *ret_fold)
{
    *ret_fold = (struct fold){0};
    switch (column->collation) {
    case PD_COLLATION_NOCASE:
        ret_fold->sure = ret_fold->at_most = FOLD_ASCII;
        return true;
    case PD_COLLATION_RTRIM:
        ret_fold->trims = true;
        return true;
    case PD_COLLATION_CI:
        if (column->collation_native)
            return fold_of_name(column->collation_native, ret_fold);
        ret_fold->sure = ret_fold->at_most = FOLD_CASE;
        return true;
    case PD_COLLATION_NATIVE:
        return column->collation_native && fold_of_name(column->collation_native, ret_fold);
    default:
        return false;
    }
}

bool
fold_is_open(const struct fold *fold)
{
    return fold->at_most >= FOLD_CASE;
}

/* ---- Letters ---- */

static void
letter_put(struct buffer *out, utf8proc_int32_t letter)
{
    utf8proc_uint8_t bytes[4];
    utf8proc_ssize_t size = utf8proc_encode_char(letter, bytes);

    buffer_append(out, bytes, (size_t)size);
}

/* Letters that all versions of Unicode which collations were made of fold alike: Latin, Greek and
   Cyrillic ones of old, without the dotless i and the long s, which not all take for i and s. */
static bool
is_old(utf8proc_int32_t letter)
{
    return (letter >= 0xc0 && letter < 0x220 && letter != 0x130 && letter != 0x131 &&
            letter != 0x17f) ||
           (letter >= 0x386 && letter < 0x3cf) || (letter >= 0x400 && letter < 0x482) ||
           (letter >= 0x1e00 && letter < 0x1efa && letter != 0x1e9b && letter != 0x1e9e);
}

static utf8proc_int32_t
without_marks(utf8proc_int32_t letter)
{
    utf8proc_int32_t parts[CHAR_ROOM];
    int last = 0;
    utf8proc_ssize_t n =
        utf8proc_decompose_char(letter, parts, CHAR_ROOM, UTF8PROC_DECOMPOSE, &last);

    if (n < 2 || n > CHAR_ROOM)
        return letter;
    for (utf8proc_ssize_t i = 1; i < n; i++)
        if (utf8proc_category(parts[i]) != UTF8PROC_CATEGORY_MN)
            return letter;
    /* Of Cyrillic, most letters with marks are letters of their own. */
    return letter >= 0x400 && letter < 0x482 && parts[0] != 0x415 && parts[0] != 0x435 ? letter
                                                                                       : parts[0];
}

static void
letter_fold(const struct fold *fold, utf8proc_int32_t letter, struct buffer *out)
{
    if (letter >= 'A' && letter <= 'Z' && fold->sure != FOLD_NO_LETTERS)
        letter += 'a' - 'A';
    else if (fold->skips_marks && letter >= 0x300 && letter < 0x340)
        return;
    else if (letter == 0xdf && fold->sure == FOLD_BASE) { /* sharp s */
        buffer_text(out, fold->has_short_s ? "s" : "ss");
        return;
    } else if (fold->sure >= FOLD_CASE && is_old(letter)) {
        if (fold->sure == FOLD_BASE)
            letter = without_marks(letter);
        letter = utf8proc_tolower(utf8proc_toupper(letter));
    }
    letter_put(out, letter);
}

/* One that has no marks any more. */
static void
part_fold_wide(utf8proc_int32_t letter, struct buffer *out)
{
    utf8proc_int32_t parts[CHAR_ROOM];
    int last = 0;
    utf8proc_ssize_t n = utf8proc_decompose_char(
        letter, parts, CHAR_ROOM,
        UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE, &last);

    for (utf8proc_ssize_t i = 0; i < n && n <= CHAR_ROOM; i++)
        if (parts[i] >= 0x30a1 && parts[i] <= 0x30f6)
            letter_put(out, parts[i] - 0x60); /* katakana as hiragana */
        else
            letter_put(out, parts[i] == 0x131 ? 'i' : parts[i]);
}

static void
letter_fold_wide(const struct fold *fold, utf8proc_int32_t letter, struct buffer *out)
{
    utf8proc_int32_t parts[CHAR_ROOM];
    int last = 0;
    utf8proc_ssize_t n;

    if (letter == 0xdf && fold->has_short_s)
        letter = 's';
    else if (letter > 0xffff && fold->is_plain)
        letter = 0xfffd;
    n = utf8proc_decompose_char(letter, parts, CHAR_ROOM, UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT,
                                &last);
    for (utf8proc_ssize_t i = 0; i < n && n <= CHAR_ROOM; i++)
        if (fold->at_most < FOLD_BASE || utf8proc_category(parts[i]) != UTF8PROC_CATEGORY_MN)
            part_fold_wide(parts[i], out);
}

typedef void fold_letter(const struct fold *fold, utf8proc_int32_t letter, struct buffer *out);

static void
put(const struct fold *fold, fold_letter *one, const void *text, size_t size, struct buffer *out)
{
    const utf8proc_uint8_t *at = text;

    while (fold->trims && size && at[size - 1] == ' ')
        size--;
    while (size) {
        utf8proc_int32_t letter;
        utf8proc_ssize_t n = utf8proc_iterate(at, (utf8proc_ssize_t)size, &letter);

        if (n > 0)
            one(fold, letter, out);
        else
            buffer_u8(out, *at);
        at += n > 0 ? n : 1;
        size -= (size_t)(n > 0 ? n : 1);
    }
}

void
fold_put(const struct fold *fold, const void *text, size_t size, struct buffer *out)
{
    put(fold, letter_fold, text, size, out);
}

void
fold_put_wide(const struct fold *fold, const void *text, size_t size, struct buffer *out)
{
    put(fold, fold_is_open(fold) ? letter_fold_wide : letter_fold, text, size, out);
}
