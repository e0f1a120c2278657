// SPDX-License-Identifier: Apache-2.0
/* misfit - finds values that SQLite would store as something else without a word. Their rows are
   rejected before SQLite sees them. */
#include <math.h>
#include <string.h>

#include "sink.h"
#include "text.h"

/* Integers beyond it are not all doubles. */
#define MISFIT_EXACT (INT64_C(1) << 53)

struct misfits {
    struct pd_sink *sink;
    const struct pd_batch *batch;
    struct pd_rejects *rejects;
};

static void
reject(struct misfits *m, uint32_t row, const struct feed_column *c, const char *what)
{
    struct feed *feed = &m->sink->feed;
    char text[512];

    if (!feed->skips) {
        memset(feed->skip, 0, sizeof m->sink->skip);
        feed->skips = true;
    }
    if (feed->skip[row >> 3] >> (row & 7) & 1)
        return; /* a row is rejected once */
    feed->skip[row >> 3] |= (uint8_t)(1u << (row & 7));
    sqlite3_snprintf(sizeof text, text, "column '%s': %s", c->column->name, what);
    m->rejects->add(m->rejects, row, PD_CAUSE_DATA, NULL, c->column->name, text);
}

static bool
is_blank(uint8_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static size_t
skip_digits(const uint8_t *text, size_t size, size_t at)
{
    while (at < size && text[at] >= '0' && text[at] <= '9')
        at++;
    return at;
}

/* What affinity NUMERIC takes for a number: blanks, sign, digits with a point, exponent, blanks. */
static bool
looks_numeric(const uint8_t *text, size_t size)
{
    size_t at = 0, begin, n_digits;

    while (at < size && is_blank(text[at]))
        at++;
    at += at < size && (text[at] == '-' || text[at] == '+');
    begin = at;
    at = skip_digits(text, size, at);
    n_digits = at - begin;
    if (at < size && text[at] == '.') {
        begin = at + 1;
        at = skip_digits(text, size, begin);
        n_digits += at - begin;
    }
    if (n_digits == 0)
        return false;
    if (at < size && (text[at] == 'e' || text[at] == 'E')) {
        begin = at + 1;
        begin += begin < size && (text[begin] == '-' || text[begin] == '+');
        at = skip_digits(text, size, begin);
        if (at == begin)
            return false;
    }
    while (at < size && is_blank(text[at]))
        at++;
    return at == size;
}

static const char *
misfit_of_integer(const struct feed_column *c, int64_t value)
{
    if (c->stored.misfits & MISFIT_UNSIGNED && value < 0 && c->column->type.kind == PD_KIND_UINT64)
        return "it is larger than 2^63-1, the end of SQLite's integers";
    if (c->stored.misfits & MISFIT_WIDE_INTEGER && (value > MISFIT_EXACT || value < -MISFIT_EXACT))
        return "an integer of more than 53 bits would be rounded in a column of floats";
    return NULL;
}

static const char *
misfit_of_plain(const struct feed_column *c, const struct plain *plain)
{
    int form = c->stored.form;

    if (form == FORM_INTEGER || form == FORM_UNSIGNED)
        return misfit_of_integer(c, plain->integer);
    if (form == FORM_REAL && c->stored.misfits & MISFIT_NEGATIVE_ZERO && plain->real == 0 &&
        signbit(plain->real))
        return "-0 would be stored as 0: use --misfit=carrier";
    if (form == FORM_TEXT && c->stored.misfits & MISFIT_NUMERIC_TEXT &&
        looks_numeric(plain->bytes, plain->size))
        return "text that looks like a number would become one in the column there";
    return NULL;
}

static bool
is_whole(double real)
{
    return real > -0x1p63 && real < 0x1p63 && real == (double)(int64_t)real;
}

static bool
is_numeric(int affinity)
{
    return affinity == SQLITE_AFFINITY_NUMERIC || affinity == SQLITE_AFFINITY_INTEGER ||
           affinity == SQLITE_AFFINITY_REAL;
}

/* A value of another storage class than the column's, which its affinity would change. */
static const char *
misfit_of_class(const struct feed_column *c, uint32_t tag, const uint8_t *bytes, size_t size)
{
    int affinity = c->stored.affinity;
    uint64_t bits = tag == PD_TAG_REAL ? render_le64(bytes) : 0;
    double real;

    memcpy(&real, &bits, sizeof real);
    if (!(c->stored.misfits & MISFIT_CLASS))
        return NULL;
    if ((tag == PD_TAG_INT || (tag == PD_TAG_REAL && real == real)) &&
        affinity == SQLITE_AFFINITY_TEXT)
        return "a number would become text in the column there";
    if (tag == PD_TAG_INT && affinity == SQLITE_AFFINITY_REAL)
        return "an integer would become a float in the column there";
    if (tag == PD_TAG_REAL && is_numeric(affinity) && is_whole(real) &&
        (affinity != SQLITE_AFFINITY_REAL || (real == 0 && signbit(real))))
        return "a float without a fraction would become an integer in the column there";
    if (tag >= PD_TAG_TEXT && tag != PD_TAG_BYTES && is_numeric(affinity) &&
        looks_numeric(bytes, size))
        return "text that looks like a number would become one in the column there";
    return NULL;
}

static bool
is_label(const struct pd_type *type, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < type->n_labels; i++) {
        if (strlen(type->labels[i]) == size && memcmp(type->labels[i], bytes, size) == 0)
            return true;
    }
    return false;
}

/* Checks are not looked at while rows are written. */
static const char *
misfit_of_labels(const struct feed_column *c, uint32_t tag, const uint8_t *bytes, size_t size)
{
    if (!(c->stored.misfits & MISFIT_LABEL) || tag == PD_TAG_PLAIN)
        return NULL;
    if (tag == PD_TAG_ENUM0)
        return "it is MariaDB's error value, no label: use --misfit=carrier";
    return !c->column->type.n_labels ||
                   (tag == PD_TAG_TEXT && is_label(&c->column->type, bytes, size))
               ? NULL
               : "it is none of the labels of its type";
}

static const char *
misfit_of_tagged(const struct misfits *m, const struct feed_column *c, uint32_t tag,
                 const uint8_t *bytes, size_t size)
{
    const char *of_labels = misfit_of_labels(c, tag, bytes, size);
    bool utf16 = m->sink->feed.utf16;
    struct plain plain;

    if (of_labels)
        return of_labels;
    switch (tag) {
    case PD_TAG_PLAIN:
        if (!plain_decode(&c->column->type, bytes, size, &plain))
            return "its bytes are not those of its type";
        return misfit_of_plain(c, &plain);
    case PD_TAG_INT:
        if (size != 8)
            return "its bytes are not those of an integer";
        break;
    case PD_TAG_REAL:
        if (size != 8)
            return "its bytes are not those of a float";
        break;
    case PD_TAG_BADTEXT:
        if (utf16)
            return "text that is not valid UTF-8 does not fit into a UTF-16 database";
        if (text_is_utf8(bytes, size))
            return "its bytes, of another character set, would be other text here: convert the "
                   "column to utf8mb4 in the source, or have such rows set aside by --rejects";
        break;
    case PD_TAG_UTF16:
        return utf16 ? NULL : "text that is not valid UTF-16 does not fit into a UTF-8 database";
    case PD_TAG_TEXT:
        if (c->stored.misfits & MISFIT_NUMERIC_TEXT && looks_numeric(bytes, size))
            return "text that looks like a number would become one in the column there";
        break;
    default:
        break;
    }
    return misfit_of_class(c, tag, bytes, size);
}

static void
look_at_outliers(struct misfits *m, const struct feed_column *c)
{
    uint32_t i;

    for (i = 0; i < c->vector->n_outliers; i++) {
        const struct pd_outlier *odd = &c->vector->outliers[i];
        const char *what = misfit_of_tagged(m, c, odd->tag, odd->bytes, (size_t)odd->size);

        if (what)
            reject(m, odd->row, c, what);
    }
}

static bool
is_null(const struct feed_column *c, uint32_t row)
{
    return c->validity && !(c->validity[row >> 3] >> (row & 7) & 1);
}

static void
look_at_tagged(struct misfits *m, const struct feed_column *c)
{
    uint32_t row;

    for (row = 0; row < m->batch->n_rows; row++) {
        size_t size = (size_t)(c->offsets[row + 1] - c->offsets[row]);
        const char *what;

        if (is_null(c, row))
            continue;
        what = misfit_of_tagged(m, c, c->tags[row], c->data + c->offsets[row], size);
        if (what)
            reject(m, row, c, what);
    }
}

/* The zero in the place of an outlier or a long cell fits. */
static void
look_at_plain(struct misfits *m, const struct feed_column *c)
{
    struct plain plain;
    uint32_t row;

    for (row = 0; row < m->batch->n_rows; row++) {
        const char *what;

        if (is_null(c, row))
            continue;
        plain_take(&c->column->type, c->vector, row, &plain);
        what = misfit_of_plain(c, &plain);
        if (what)
            reject(m, row, c, what);
    }
}

/* Layout NUM64. */
static void
look_at_numbers(struct misfits *m, const struct feed_column *c)
{
    uint32_t row;

    for (row = 0; row < m->batch->n_rows; row++) {
        double real;

        memcpy(&real, c->data + (size_t)row * 8, sizeof real);
        if (!is_null(c, row) && c->tags[row] == PD_TAG_REAL && is_whole(real))
            reject(m, row, c,
                   "a float without a fraction would become an integer in the column there");
    }
}

static void
look_at_nulls(struct misfits *m, const struct feed_column *c)
{
    uint32_t row;

    for (row = 0; row < m->batch->n_rows; row++) {
        if (is_null(c, row))
            reject(m, row, c, "NULL in a key that is the rowid would become the next number");
    }
}

void
misfit_reject(struct pd_sink *sink, const struct pd_batch *batch, struct pd_rejects *rejects)
{
    struct misfits m = {sink, batch, rejects};
    uint32_t i;

    for (i = 0; i < sink->feed.n_columns; i++) {
        const struct feed_column *c = &sink->feed.columns[i];

        if (c->stored.misfits & MISFIT_NULL && c->validity)
            look_at_nulls(&m, c);
        if (c->vector->layout == PD_LAYOUT_TAGGED) {
            look_at_tagged(&m, c);
            continue;
        }
        if (c->vector->n_outliers)
            look_at_outliers(&m, c);
        if (c->vector->layout == PD_LAYOUT_NUM64 && c->stored.misfits & MISFIT_WHOLE_FLOAT)
            look_at_numbers(&m, c);
        else if (c->stored.misfits & MISFITS_OF_PLAIN)
            look_at_plain(&m, c);
    }
}
