// SPDX-License-Identifier: Apache-2.0
// tally_values - counts runs of values of one class; the loops that every row passes.
#include <float.h>
#include <math.h>

#include "model/profile.h"
#include "model/promise.h"
#include "model/tally.h"
#include "model/text_pattern.h"
#include "model/values.h"

/* From here on a double has no bits below 1. */
#define WHOLE_FROM 4503599627370496.0     /* 2^52 */
#define CHECK_LIMIT 4611686018427387904.0 /* 2^62 */
#define CHECK_PRIME 2147483647
#define CHECK_FRACTION 4503599627370496.0 /* 2^52 */

enum { MAX_REAL_SCALE = 15 };

static const double tens[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                              1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

static void
fold_ints(struct column_tally *t, int128 low, int128 high, int128 sum, size_t n)
{
    if (n == 0)
        return;
    if (t->n_ints == 0 || low < t->int_min)
        t->int_min = low;
    if (t->n_ints == 0 || high > t->int_max)
        t->int_max = high;
    t->int_sum += sum;
    t->n_ints += n;
}

void
tally_ints(struct column_tally *t, const uint64_t *values, size_t n, bool is_unsigned)
{
    /* Turning the sign over makes one order of both kinds; the offset is taken back below. */
    const uint64_t turn = is_unsigned ? UINT64_C(1) << 63 : 0;
    const int128 offset = (int128)turn;
    int64_t low = INT64_MAX, high = INT64_MIN;
    int128 sum = 0;

    for (size_t i = 0; i < n; i++) {
        int64_t value = (int64_t)(values[i] ^ turn);

        low = value < low ? value : low;
        high = value > high ? value : high;
        sum += value;
    }
    fold_ints(t, low + offset, high + offset, sum + offset * (int128)n, n);
}

static inline int64_t
real_check(double value)
{
    int64_t whole = (int64_t)value;
    int64_t part = (int64_t)((value - (double)whole) * CHECK_FRACTION);

    return whole % CHECK_PRIME + part % CHECK_PRIME;
}

int64_t
fact_real_check(double value)
{
    return fabs(value) < CHECK_LIMIT ? real_check(value) : 0;
}

/* Is size = i / 10^scale, read as a float of its width, for some integer i below 2^52? */
static inline bool
has_scale(double size, uint32_t scale, bool is_narrow)
{
    double product = size * tens[scale];
    double whole = (product + WHOLE_FROM) - WHOLE_FROM; /* rounds where there are no bits below 1 */
    double back = whole / tens[scale];

    return product < WHOLE_FROM && (is_narrow ? (float)back == (float)size : back == size);
}

static void
raise_scale(struct column_tally *t, double size, bool is_narrow)
{
    uint32_t scale = 0;

    if (size >= WHOLE_FROM)
        return;
    while (scale <= MAX_REAL_SCALE && !has_scale(size, scale, is_narrow))
        scale++;
    if (scale > MAX_REAL_SCALE)
        t->real_no_scale = true;
    else if (scale > t->real_scale)
        t->real_scale = scale;
}

static void
tally_special(struct column_tally *t, double real)
{
    t->n_nans += real != real;
    t->n_infinite += real > DBL_MAX;
    t->n_minus_infinite += real < -DBL_MAX;
}

/* Its own pass, which ends for good at the first float that is no short decimal. */
static void
tally_scale(struct column_tally *t, const uint64_t *bits, size_t n)
{
    bool is_narrow = t->type->kind == PD_KIND_FLOAT32;

    for (size_t i = 0; i < n && !t->real_no_scale; i++) {
        double size = fabs(values_real(bits[i]));

        if (!has_scale(size, t->real_scale, is_narrow) && size <= DBL_MAX)
            raise_scale(t, size, is_narrow);
    }
}

void
tally_reals(struct column_tally *t, const uint64_t *bits, size_t n)
{
    double low = t->real_min, high = t->real_max;
    uint64_t n_negatives = 0, n_finite = 0, n_minus_zeros = 0;
    int64_t check = 0;

    for (size_t i = 0; i < n; i++) {
        double real = values_real(bits[i]);

        if (!(fabs(real) <= DBL_MAX)) {
            tally_special(t, real);
            n_negatives += real < 0;
            continue;
        }
        low = real < low ? real : low;
        high = real > high ? real : high;
        n_finite++;
        n_negatives += real < 0;
        n_minus_zeros += bits[i] == UINT64_C(1) << 63;
        check += fabs(real) < CHECK_LIMIT ? real_check(real) : 0;
    }
    t->real_min = low;
    t->real_max = high;
    t->n_finite += n_finite;
    t->n_negatives += n_negatives;
    t->real_check += check;
    t->n_reals += n;
    if (n_minus_zeros)
        t->flags |= PD_PROFILE_NEGATIVE_ZERO;
    tally_scale(t, bits, n);
}

static inline bool
is_date(const uint8_t *text)
{
    struct pattern_day day;

    return pattern_date(text, &day);
}

static bool
is_fraction(const uint8_t *text, size_t size)
{
    if (size < 2 || size > 7 || text[0] != '.' || text[size - 1] == '0')
        return false;
    for (size_t i = 1; i < size; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
    }
    return true;
}

static inline bool
is_timestamp(const uint8_t *text, size_t size)
{
    struct pattern_day day;
    unsigned seconds;

    return size >= 19 && pattern_timestamp(text, &day, &seconds) &&
           (size == 19 || is_fraction(text + 19, size - 19));
}

/* What does not need the characters of a text; kept apart from the tally, so that the compiler may
   hold it in registers. */
struct text_ends {
    uint64_t n_texts;
    uint64_t n_octets;
    uint64_t max_size;
    bool has_blank;
    bool not_dates;
    bool not_timestamps;
};

static inline void
add_ends(struct text_ends *ends, const uint8_t *bytes, size_t size)
{
    ends->n_texts++;
    ends->n_octets += size;
    ends->max_size = size > ends->max_size ? size : ends->max_size;
    ends->has_blank |= size && bytes[size - 1] == ' ';
    if (!ends->not_dates)
        ends->not_dates = size != 10 || !is_date(bytes);
    if (!ends->not_timestamps)
        ends->not_timestamps = !is_timestamp(bytes, size);
}

bool
tally_has_labels(const struct pd_type *type)
{
    return type->kind == PD_KIND_ENUM || type->kind == PD_KIND_SET;
}

/* CRC-32 by halves of bytes: labels are short. */
static uint32_t
label_crc(const uint8_t *bytes, size_t size)
{
    static const uint32_t table[16] = {0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
                                       0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
                                       0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                       0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c};
    uint32_t crc = UINT32_MAX;

    for (size_t i = 0; i < size; i++) {
        crc = table[(crc ^ bytes[i]) & 15] ^ crc >> 4;
        crc = table[(crc ^ (uint32_t)(bytes[i] >> 4)) & 15] ^ crc >> 4;
    }
    return ~crc;
}

uint64_t
tally_label(const struct pd_type *type, const uint8_t *bytes, size_t size)
{
    uint64_t sum = 0;
    size_t from = 0;

    for (size_t i = 0; type->kind == PD_KIND_SET && i < size; i++) {
        if (bytes[i] != ',')
            continue;
        sum += label_crc(bytes + from, i - from);
        from = i + 1;
    }
    return sum + label_crc(bytes + from, size - from);
}

static struct text_ends
begin_ends(const struct column_tally *t)
{
    return (struct text_ends){.not_dates = t->not_dates, .not_timestamps = t->not_timestamps};
}

static void
fold_ends(struct column_tally *t, const struct text_ends *ends)
{
    t->n_texts += ends->n_texts;
    t->n_octets += ends->n_octets;
    t->max_size = ends->max_size > t->max_size ? ends->max_size : t->max_size;
    t->flags |= ends->has_blank ? PD_PROFILE_TRAILING_BLANK : 0;
    t->not_dates |= ends->not_dates;
    t->not_timestamps |= ends->not_timestamps;
}

static void
note_utf8(struct column_tally *t, const struct utf8_scan *scan)
{
    if (scan->n_chars > t->max_chars)
        t->max_chars = scan->n_chars;
    t->flags |= (scan->nul ? PD_PROFILE_NUL : 0) | (scan->bad ? PD_PROFILE_BAD_TEXT : 0) |
                (scan->non_bmp ? PD_PROFILE_NON_BMP : 0);
}

/* A \uXXXX is complete: is it half a character that has no other half? */
static bool
is_lone_escape(struct json_scan *scan)
{
    bool is_low = (scan->code & 0xfc00) == 0xdc00;
    bool was_high = scan->after_high;

    scan->after_high = (scan->code & 0xfc00) == 0xd800;
    return was_high != is_low;
}

static uint32_t
hex_digit(uint8_t c)
{
    return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* One byte inside of a string. */
static bool
scan_string(struct json_scan *scan, uint8_t c)
{
    bool is_lone = false;

    if (scan->hex_left) {
        scan->code = (scan->code << 4 | (hex_digit(c) & 15)) & 0xffff;
        return --scan->hex_left == 0 && is_lone_escape(scan);
    }
    if (scan->after_backslash) {
        scan->after_backslash = false;
        if (c == 'u') {
            scan->hex_left = 4;
            return false;
        }
        is_lone = scan->after_high;
        scan->after_high = false;
        return is_lone;
    }
    if (c == '\\') {
        scan->after_backslash = true;
        return false;
    }
    is_lone = scan->after_high;
    scan->after_high = false;
    scan->in_string = c != '"';
    return is_lone;
}

/* MariaDB takes 31 levels. */
enum { JSON_DEPTH = 31 };

static uint32_t
scan_json(struct json_scan *scan, const uint8_t *bytes, size_t size)
{
    uint32_t flags = 0;

    for (size_t i = 0; i < size; i++) {
        uint8_t c = bytes[i];

        if (scan->in_string)
            flags |= scan_string(scan, c) ? PD_PROFILE_JSON_SURROGATE : 0;
        else if (c == '"')
            scan->in_string = true;
        else if (c == '[' || c == '{')
            flags |= ++scan->depth > JSON_DEPTH ? PD_PROFILE_JSON_DEEP : 0;
        else if ((c == ']' || c == '}') && scan->depth)
            scan->depth--;
    }
    return flags;
}

static inline bool
is_json(const struct column_tally *t)
{
    return t->type->kind == PD_KIND_JSON || t->type->kind == PD_KIND_JSONB;
}

/* The characters of a text. */
static void
tally_chars(struct column_tally *t, const uint8_t *bytes, size_t size)
{
    struct utf8_scan scan = {0};
    struct json_scan json = {0};
    struct pd_json_scan letter = {0};

    utf8_feed(&scan, bytes, size);
    utf8_end(&scan);
    note_utf8(t, &scan);
    if (!is_json(t))
        return;
    t->flags |= scan_json(&json, bytes, size);
    pd_json_feed(&letter, bytes, size);
    t->flags |= pd_json_is_wrong(&letter) ? PD_PROFILE_JSON_LOOSE : 0;
}

static void
hold_against_promise(struct column_tally *t, const uint8_t *bytes, size_t size)
{
    if (!promise_is_kept(t->promise, bytes, size))
        t->not_promised = true;
    else if (t->promise == PD_KIND_UUID && promise_is_odd_uuid(bytes))
        t->flags |= PD_PROFILE_ODD_UUID;
}

void
tally_text(struct column_tally *t, const uint8_t *bytes, size_t size)
{
    struct text_ends ends = begin_ends(t);

    add_ends(&ends, bytes, size);
    fold_ends(t, &ends);
    tally_chars(t, bytes, size);
    if (tally_has_labels(t->type))
        t->label_check += tally_label(t->type, bytes, size);
    if (t->promise && !t->not_promised)
        hold_against_promise(t, bytes, size);
}

void
tally_plain_texts(struct column_tally *t, const uint8_t *data, const int32_t *offsets,
                  const uint8_t *mask, uint32_t start, uint32_t n)
{
    size_t all = (size_t)(offsets[start + n] - offsets[start]);
    bool is_ascii = !is_json(t) && utf8_is_plain_ascii(data ? data + offsets[start] : NULL, all);
    struct text_ends ends = begin_ends(t);
    bool has_labels = tally_has_labels(t->type);

    for (uint32_t row = start; row < start + n; row++) {
        const uint8_t *bytes = data ? data + offsets[row] : NULL;
        size_t size = (size_t)(offsets[row + 1] - offsets[row]);

        if (!values_bit(mask, row))
            continue;
        add_ends(&ends, bytes, size);
        if (has_labels)
            t->label_check += tally_label(t->type, bytes, size);
        if (is_ascii)
            continue;
        if (is_json(t) || !utf8_is_plain_ascii(bytes, size))
            tally_chars(t, bytes, size);
        else if (size > t->max_chars)
            t->max_chars = size;
    }
    if (is_ascii && ends.max_size > t->max_chars)
        t->max_chars = ends.max_size;
    fold_ends(t, &ends);
}

void
long_tally_begin(struct long_tally *l, struct column_tally *t, const struct pd_long *cell)
{
    *l = (struct long_tally){.column = t, .cell = cell};
}

void
long_tally_slice(struct long_tally *l, const uint8_t *bytes, size_t size)
{
    utf8_feed(&l->utf8, bytes, size);
    if (is_json(l->column) && l->cell->tag != PD_TAG_BYTES) {
        l->column->flags |= scan_json(&l->json, bytes, size);
        pd_json_feed(&l->letter, bytes, size);
    }
    if (size)
        l->last_byte = bytes[size - 1];
}

/* A long cell is too long for a date. */
static void
end_long_text(struct long_tally *l)
{
    struct column_tally *t = l->column;

    utf8_end(&l->utf8);
    note_utf8(t, &l->utf8);
    if (l->cell->tag == PD_TAG_BADTEXT && !l->utf8.bad)
        t->flags |= PD_PROFILE_BAD_TEXT | PD_PROFILE_OTHER_TEXT;
    t->n_texts++;
    t->not_dates = true;
    t->not_timestamps = true;
    t->not_promised = true;
    if (l->last_byte == ' ')
        t->flags |= PD_PROFILE_TRAILING_BLANK;
    if (is_json(t) && pd_json_is_wrong(&l->letter))
        t->flags |= PD_PROFILE_JSON_LOOSE;
}

void
long_tally_end(struct long_tally *l)
{
    struct column_tally *t = l->column;
    bool is_plain;

    if (!t)
        return;
    is_plain = l->cell->tag == PD_TAG_PLAIN;
    if (is_plain ? t->group == TALLY_TEXT : l->cell->tag != PD_TAG_BYTES)
        end_long_text(l);
    else if (!is_plain || t->group == TALLY_BLOB)
        t->n_blobs++;
    else
        t->n_plain++;
    if (!is_plain || t->group == TALLY_TEXT || t->group == TALLY_BLOB)
        t->n_octets += l->cell->size;
    if (!is_plain && (t->type->kind != PD_KIND_ANY || l->cell->tag == PD_TAG_BADTEXT))
        t->n_outliers++;
    if (l->cell->size > t->max_size)
        t->max_size = l->cell->size;
    l->column = NULL;
}
