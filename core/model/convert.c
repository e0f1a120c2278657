// SPDX-License-Identifier: Apache-2.0
// convert - values of one neutral type as values of another: which pairs there are, and one cell.
#include "model/convert.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <polydump/schema.h>

#include "model/canonical.h"
#include "model/convert_meaning.h"
#include "model/kind.h"
#include "model/promise.h"
#include "model/utf8.h"

/* ---- Which pairs there are ---- */

bool
convert_lists_kind(const char *list, int kind)
{
    const char *name = kind_name(kind);
    size_t size = name ? strlen(name) : 0;

    if (!name)
        return false;
    if (strcmp(list, "*") == 0)
        return true;
    while (*list) {
        size_t word = strcspn(list, " ");

        if (word == size && memcmp(list, name, size) == 0)
            return true;
        list += word;
        list += strspn(list, " ");
    }
    return false;
}

static bool
pair_exists(int from, int to)
{
    for (size_t i = 0; i < n_convert_pairs; i++) {
        if (convert_lists_kind(convert_pairs[i].from, from) &&
            convert_lists_kind(convert_pairs[i].to, to))
            return true;
    }
    return false;
}

static bool
is_tagged_kind(int kind)
{
    return kind == PD_KIND_TEXT || kind == PD_KIND_BINARY;
}

static bool
is_convertible(const struct pd_type *from, const struct pd_type *to, unsigned flags)
{
    if (flags & CONVERT_TAGGED)
        return is_tagged_kind(to->kind);
    if (flags & CONVERT_UNTAGGED)
        return is_tagged_kind(from->kind);
    return from->kind == to->kind || pair_exists(from->kind, to->kind);
}

/* ---- Opening ---- */

/* Without labels an enum or set of the target takes all. */
static bool
has_labels_of(const struct pd_type *a, const struct pd_type *b)
{
    return b->n_labels == 0 || pd_same_labels(a, b);
}

static bool
is_same_type(const struct pd_type *a, const struct pd_type *b)
{
    if (a->kind != b->kind)
        return false;
    if (a->kind == PD_KIND_DECIMAL)
        return a->precision == b->precision && a->scale == b->scale;
    if (a->kind == PD_KIND_MONEY)
        return a->scale == b->scale;
    if (a->kind == PD_KIND_TIME)
        return !(a->flags & PD_TYPE_WIDE) || b->flags & PD_TYPE_WIDE;
    return (a->kind != PD_KIND_ENUM && a->kind != PD_KIND_SET) || has_labels_of(a, b);
}

static bool
has_length(int kind)
{
    return kind == PD_KIND_TEXT || kind == PD_KIND_CHAR || kind == PD_KIND_BINARY ||
           kind == PD_KIND_BIT || kind == PD_KIND_VARBIT;
}

static bool
has_precision(int kind)
{
    return kind >= PD_KIND_TIME && kind < PD_KIND_INTERVAL;
}

/* What the declaration of `from` admits and that of `to` does not. */
static bool
needs_size_check(const struct pd_type *from, const struct pd_type *to)
{
    bool same = from->kind == to->kind;
    int32_t digits = same && from->precision >= 0 && from->precision < 6 ? from->precision : 6;

    if (kind_class(to->kind) == PD_CLASS_FLOAT)
        return to->precision > 0;
    if (to->flags & PD_TYPE_FIXED)
        return true;
    if (has_length(to->kind))
        return to->length && !(same && from->length && from->length <= to->length);
    return has_precision(to->kind) && to->precision >= 0 && to->precision < digits;
}

/* Text of `any` always tells storage classes apart. */
static unsigned
flags_of_any(const struct pd_type *from, const struct pd_type *to, unsigned flags)
{
    if (from->kind == PD_KIND_ANY && is_tagged_kind(to->kind) && !(flags & CONVERT_BACK))
        flags |= CONVERT_TAGGED;
    if (to->kind == PD_KIND_ANY && from->kind == PD_KIND_TEXT)
        flags |= CONVERT_UNTAGGED;
    return flags;
}

static unsigned
flags_of_way_back(unsigned flags)
{
    unsigned back = CONVERT_BACK;

    if (flags & CONVERT_TAGGED)
        back |= CONVERT_UNTAGGED;
    return back;
}

pd_status
convert_open(const struct pd_type *from, const struct pd_type *to, unsigned flags,
             struct conversion **ret_conversion, struct pd_error *err)
{
    CLEANUP(conversion) struct conversion *c = NULL;
    const char *name = kind_name(from->kind), *wanted = kind_name(to->kind);
    pd_status status = PD_OK;

    flags = flags_of_any(from, to, flags);
    if (!name || !wanted || !is_convertible(from, to, flags))
        return error_fail(err, PD_UNSUPPORTED, PD_CAUSE_DATA,
                          "values of type '%s' cannot be converted to '%s'",
                          name ? name : "unknown", wanted ? wanted : "unknown");
    c = calloc(1, sizeof *c);
    if (!c)
        return error_memory(err);
    c->from = from;
    c->to = to;
    c->flags = flags;
    c->is_same_type = !(flags & (CONVERT_TAGGED | CONVERT_UNTAGGED)) && is_same_type(from, to);
    c->checks_size = !(flags & CONVERT_BACK) && needs_size_check(from, to);
    c->checks_json = flags & CONVERT_JSON && kind_class(to->kind) == PD_CLASS_JSON &&
                     kind_class(from->kind) != PD_CLASS_JSON;
    c->way = vector_way(c);
    if (!(flags & CONVERT_BACK))
        status = convert_open(to, from, flags_of_way_back(flags), &c->back, err);
    if (status != PD_OK)
        return status;
    *ret_conversion = take(c);
    return PD_OK;
}

pd_status
convert_open_meaning(const struct pd_type *from, const struct pd_type *to,
                     const struct convert_rules *rules, struct conversion **ret_conversion,
                     const char **ret_option, struct pd_error *err)
{
    static const struct convert_rules none;
    struct conversion *c;

    *ret_option = NULL;
    if (!meaning_exists(from, to, rules ? rules : &none, ret_option))
        return error_fail(err, PD_UNSUPPORTED, PD_CAUSE_DATA,
                          "values of type '%s' mean nothing as '%s'%s%s",
                          kind_name(from->kind) ? kind_name(from->kind) : "unknown",
                          kind_name(to->kind) ? kind_name(to->kind) : "unknown",
                          *ret_option ? " without --" : "", *ret_option ? *ret_option : "");
    c = calloc(1, sizeof *c);
    if (!c)
        return error_memory(err);
    c->from = from;
    c->to = to;
    c->flags = CONVERT_MEANING;
    c->rules = rules ? *rules : none;
    c->is_same_type = is_same_type(from, to) && !c->rules.spells_json;
    c->checks_size = needs_size_check(from, to);
    c->way = meaning_way(c, vector_way(c));
    if (c->checks_size && kind_class(to->kind) == PD_CLASS_FLOAT)
        c->way = WAY_CELLS;
    *ret_conversion = c;
    return PD_OK;
}

const char *
convert_why(const struct conversion *c, const char **ret_option)
{
    *ret_option = c->option;
    return c->why;
}

void
convert_free(struct conversion *c)
{
    if (!c)
        return;
    convert_free(c->back);
    buffer_free(&c->text);
    buffer_free(&c->out);
    jsonb_free(&c->jsonb);
    free(c);
}

bool
convert_is_identity(const struct conversion *c)
{
    return c->is_same_type && c->flags & CONVERT_BACK && place_stays(c, PD_TAG_TEXT);
}

/* ---- One cell ---- */

static uint64_t
count_chars(const struct cell *cell)
{
    struct utf8_scan scan = {0};

    utf8_feed(&scan, cell->bytes, cell->size);
    return scan.n_chars;
}

/* What a column of so many digits after the point makes of a float, to the last bit as MariaDB and
   MySQL compute it. */
static bool
is_rounded(const struct pd_type *to, double value)
{
    double unit = 1, rounded;

    for (int32_t i = 0; i < to->scale; i++)
        unit *= 10; /* exact: MariaDB has no more than 30 digits, and doubles 22 */
    rounded = floor(value) + rint((value - floor(value)) * unit) / unit;
    return to->kind == PD_KIND_FLOAT32 ? (float)rounded == (float)value : rounded == value;
}

bool
conversion_is_json(const struct cell *cell)
{
    return cell->tag == PD_TAG_PLAIN && promise_is_kept(PD_KIND_JSON, cell->bytes, cell->size);
}

/* Does a plain value fit the declaration of the target? Engines cut or round what does not. */
static bool
fits_size(const struct conversion *c, const struct cell *cell)
{
    const struct pd_type *to = c->to;

    if (!c->checks_size || cell->tag != PD_TAG_PLAIN)
        return true;
    if (has_precision(to->kind))
        return time_fits_precision(to, cell);
    if (kind_class(to->kind) == PD_CLASS_FLOAT)
        return is_rounded(to, cell->real);
    if (to->kind == PD_KIND_BIT || to->flags & PD_TYPE_FIXED)
        return cell->size == to->length;
    return cell->size <= to->length ||
           (to->kind <= PD_KIND_CHAR && count_chars(cell) <= to->length);
}

static const char *
why_of_size(const struct conversion *c, const struct cell *cell)
{
    if (kind_class(c->to->kind) == PD_CLASS_FLOAT)
        return "the column rounds, and would keep another number";
    if (c->to->flags & PD_TYPE_FIXED && cell->size < c->to->length)
        return "the column would fill it up with zeros";
    return has_precision(c->to->kind) ? "the column keeps fewer digits of a second"
                                      : "it is too long for the column";
}

static bool
convert_value(struct conversion *c, const struct cell *from, struct cell *to)
{
    bool is_back = c->flags & CONVERT_BACK;
    struct value value;

    if (c->flags & CONVERT_MEANING)
        return meaning_convert(c, from, to);
    if (c->is_same_type && place_stays(c, from->tag)) {
        *to = *from;
        return true;
    }
    if (!(c->flags & (CONVERT_TAGGED | CONVERT_UNTAGGED)) && time_to_time(c, from, to))
        return true;
    if (!value_of(c, from, &value))
        return false;
    if (c->flags & CONVERT_UNTAGGED && from->tag == PD_TAG_PLAIN)
        tagged_read(c, from->bytes, from->size, &value);
    if (c->flags & CONVERT_TAGGED ? tagged_write(c, &value, to) : place_value(c, &value, to))
        return true;
    return is_back && place_outlier(c, &value, to);
}

static bool
same_value(const struct pd_type *type, const struct cell *a, const struct cell *b)
{
    struct canonical x, y;

    canonical_cell(type, a, &x);
    canonical_cell(type, b, &y);
    return x.class == y.class && x.size == y.size &&
           (x.size == 0 || memcmp(x.bytes, y.bytes, x.size) == 0);
}

/* Plain values come back by construction. */
static bool
comes_back(struct conversion *c, const struct cell *from, const struct cell *to)
{
    struct cell again;

    if (!c->back || from->tag == PD_TAG_PLAIN)
        return true;
    return convert_value(c->back, to, &again) && same_value(c->from, from, &again);
}

static void
begin_cell(struct conversion *c)
{
    if (!c)
        return;
    c->is_short = c->text.failed = c->out.failed = false;
    c->why = c->option = NULL;
}

static bool
ran_short(const struct conversion *c)
{
    return c && (c->is_short || c->text.failed || c->out.failed);
}

pd_status
convert_cell(struct conversion *c, const struct cell *cell, struct cell *ret_cell,
             struct pd_error *err)
{
    struct cell to = {.tag = -1};
    bool fits;

    begin_cell(c);
    begin_cell(c->back);
    fits = cell->tag < 0 || (convert_value(c, cell, &to) && comes_back(c, cell, &to));
    if (fits && cell->tag >= 0 && !fits_size(c, &to)) {
        fits = false;
        c->why = why_of_size(c, &to);
    }
    if (fits && cell->tag >= 0 && c->limits)
        fits = limits_admit(c, &to);
    if (fits && cell->tag >= 0 && c->checks_json && !conversion_is_json(&to)) {
        fits = false;
        c->why = "it is no JSON";
    }
    if (ran_short(c) || ran_short(c->back))
        return error_memory(err);
    if (!fits) {
        return error_fail(err, PD_FAILED, PD_CAUSE_DATA, "the value has no exact form as '%s'",
                          kind_name(c->to->kind));
    }
    *ret_cell = to;
    return PD_OK;
}

/* ---- The pairs ---- */

#define WHOLE "bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 year oid"
#define NUMBERS "decimal money number any"
#define STRINGS                                                                                    \
    "text char json jsonb xml enum set bit varbit inet cidr inet4 inet6 macaddr macaddr8 array "   \
    "opaque"
#define TIMES "date time timetz timestamp timestamptz interval"

const struct convert_pair convert_pairs[] = {
    {WHOLE, WHOLE, "the same number; false is 0 and true is 1"},
    {WHOLE, NUMBERS, "the same number"},
    {NUMBERS, WHOLE, "the same number, when it is a whole one"},
    {NUMBERS, NUMBERS,
     "the same number: a decimal that has a scale of its own keeps it, a double is its shortest "
     "decimal with a digit behind the point at least, an integer has none; NaN and infinities of "
     "doubles are those of `decimal`"},
    {"float32 float64", "float32 float64 number any", "the same float"},
    {"number any binary", "float32 float64",
     "doubles, and single texts that are canonical: SQLite keeps NaN as text, and -0 in a column "
     "of bytes"},
    {STRINGS, STRINGS,
     "the same text, when the kind admits it: no blank at the end of `char`, a label of `enum`, "
     "labels of `set` in their order, digits of `bit`"},
    {STRINGS, "binary", "the bytes of the text, valid or not"},
    {"binary", STRINGS, "the bytes as text, `badtext` when they are not valid UTF-8"},
    {"binary geometry", "binary geometry", "the same bytes"},
    {"*", "text", "canonical text, of outliers their spelling; of `any` tagged text"},
    {"text", "*", "canonical text and spellings of outliers, read; to `any` tagged text"},
    {"number any", TIMES " uuid " STRINGS " binary",
     "single texts, read as canonical text; single bytes"},
    {TIMES " uuid " STRINGS " binary", "number any", "a single text, canonical; single bytes"},
    {"time", "interval", "the same microseconds"},
    {"interval", "time", "the same microseconds, when there are neither days nor months"},
    {"timestamp", "timestamptz", "the same digits, taken to be UTC"},
    {"timestamptz", "timestamp", "the same instant, in UTC"},
};
const size_t n_convert_pairs = COUNT_OF(convert_pairs);
