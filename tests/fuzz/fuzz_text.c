// SPDX-License-Identifier: Apache-2.0
/* fuzz_text - small texts from outside: JSON as jsonb and as json.h sees it, versions, UTF-8,
   collations, URLs. The first byte chooses who reads the rest; two that read the same agree, and
   what was written once is written the same again. */
#include "fuzz.h"

#include <string.h>

#include <polydump/json.h>
#include <sqlite3.h>

#include "migrate/version.h"
#include "model/fold.h"
#include "model/json.h"
#include "model/jsonb.h"
#include "model/text.h"
#include "model/utf8.h"
#include "plugin/url.h"

static char *
text_of(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    FUZZ_HOLDS(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    return text;
}

/* ---- JSON ---- */

/* The same of pieces as of the whole, and of another parser. */
static void
json_agrees(const uint8_t *data, size_t size)
{
    struct pd_json_scan scan;
    struct pd_error err = {0};
    json_t *json = NULL;

    memset(&scan, 0, sizeof scan);
    for (size_t i = 0; i < size; i++)
        pd_json_feed(&scan, data + i, 1);
    FUZZ_HOLDS(pd_json_is_whole(&scan) == pd_json_is_valid(data, size));
    if (json_load((const char *)data, size, &json, &err) == PD_OK) {
        FUZZ_HOLDS(!pd_json_is_wrong(&scan));
        json_decref(json);
    }
}

static int
sqlite_says(const char *text)
{
    static sqlite3 *db;
    static sqlite3_stmt *statement;
    int valid;

    if (!db) {
        FUZZ_HOLDS(sqlite3_open(":memory:", &db) == SQLITE_OK);
        FUZZ_HOLDS(sqlite3_prepare_v2(db, "SELECT json_valid(?1)", -1, &statement, NULL) ==
                   SQLITE_OK);
    }
    sqlite3_bind_text(statement, 1, text, -1, SQLITE_STATIC);
    FUZZ_HOLDS(sqlite3_step(statement) == SQLITE_ROW);
    valid = sqlite3_column_int(statement, 0);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return valid;
}

/* SQLite reads what is valid by the letter, and some more. */
static void
json_is_sqlites(const uint8_t *data, size_t size)
{
    char *text = text_of(data, size);

    if (strlen(text) == size && text_is_utf8(data, size) && pd_json_is_valid(data, size))
        FUZZ_HOLDS(sqlite_says(text));
    free(text);
}

static void
jsonb_again(const uint8_t *data, size_t size)
{
    struct jsonb jsonb = {0};
    CLEANUP_BUFFER struct buffer first = {0};
    CLEANUP_BUFFER struct buffer second = {0};
    const char *why = jsonb_write(&jsonb, data, size, &first);

    if (!why) {
        FUZZ_HOLDS(pd_json_is_valid(data, size));
        FUZZ_HOLDS(pd_json_is_valid(first.data, first.size));
        FUZZ_HOLDS(!text_is_utf8(data, size) || text_is_utf8(first.data, first.size));
        FUZZ_HOLDS(!jsonb_write(&jsonb, first.data, first.size, &second));
        FUZZ_HOLDS(first.size == second.size && memcmp(first.data, second.data, first.size) == 0);
    }
    jsonb_free(&jsonb);
}

/* ---- Versions ---- */

static int
sign(int order)
{
    return (order > 0) - (order < 0);
}

/* Three of them, with blanks between: an order. */
static void
versions_are_in_order(const uint8_t *data, size_t size)
{
    char *a = text_of(data, size), *b = strchr(a, ' '), *c = b ? strchr(b + 1, ' ') : NULL;

    if (c) {
        *b++ = *c++ = '\0';
        FUZZ_HOLDS(version_compare(a, a) == 0);
        FUZZ_HOLDS(sign(version_compare(a, b)) == -sign(version_compare(b, a)));
        if (version_is_valid(a) && version_is_valid(b) && version_is_valid(c) &&
            version_compare(a, b) <= 0 && version_compare(b, c) <= 0)
            FUZZ_HOLDS(version_compare(a, c) <= 0);
    }
    free(a);
}

/* ---- Text ---- */

static void
utf8_agrees(const uint8_t *data, size_t size)
{
    struct utf8_scan whole = {0}, slices = {0};

    utf8_feed(&whole, data, size);
    utf8_end(&whole);
    for (size_t i = 0, n; i < size; i += n) {
        n = 1 + data[i] % 7;
        n = n < size - i ? n : size - i;
        utf8_feed(&slices, data + i, n);
    }
    utf8_end(&slices);
    FUZZ_HOLDS(!whole.bad == text_is_utf8(data, size));
    FUZZ_HOLDS(whole.bad == slices.bad && whole.n_chars == slices.n_chars);
    FUZZ_HOLDS(whole.nul == slices.nul && whole.non_bmp == slices.non_bmp);
    FUZZ_HOLDS(!utf8_is_plain_ascii(data, size) || (!whole.bad && whole.n_chars == size));
}

/* What is surely equal is maybe equal, whatever the name of the collation. */
static void
fold_holds(const uint8_t *data, size_t size)
{
    CLEANUP_BUFFER struct buffer sure = {0};
    CLEANUP_BUFFER struct buffer wide = {0};
    CLEANUP_BUFFER struct buffer again = {0};
    struct fold fold = {.trims = size && data[0] & 1,
                        .skips_marks = size && data[0] & 2,
                        .is_plain = size && data[0] & 4,
                        .has_short_s = size && data[0] & 8};

    if (size < 2 || !text_is_utf8(data + 2, size - 2))
        return;
    fold.sure = (enum fold_letters)(data[1] % 4);
    fold.at_most = (enum fold_letters)(data[1] / 4 % 4);
    fold_put(&fold, data + 2, size - 2, &sure);
    fold_put_wide(&fold, data + 2, size - 2, &wide);
    fold_put(&fold, sure.data, sure.size, &again);
    FUZZ_HOLDS(text_is_utf8(sure.data, sure.size));
    FUZZ_HOLDS(sure.size == again.size &&
               (!sure.size || memcmp(sure.data, again.data, sure.size) == 0));
}

/* ---- URLs ---- */

static void
url_keeps_no_password(const uint8_t *data, size_t size)
{
    char *text = text_of(data, size), *shown = strdup(url_redacted(text));

    FUZZ_HOLDS(shown != NULL);
    FUZZ_HOLDS(strcmp(shown, url_redacted(shown)) == 0);
    free(shown);
    free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const readers[])(const uint8_t *data, size_t size) = {
        json_agrees,           json_is_sqlites, jsonb_again, jsonb_again,
        versions_are_in_order, utf8_agrees,     fold_holds,  url_keeps_no_password,
    };

    if (size)
        readers[data[0] % 8](data + 1, size - 1);
    return 0;
}
