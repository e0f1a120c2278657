// SPDX-License-Identifier: Apache-2.0
/* diff_schema - two schemas of a table compared by the members that count, as an archive writes
   them (model/json_schema.c): a member that is written is compared. */
#include "run/diff_schema.h"

#include <stdlib.h>
#include <string.h>

#include "model/json.h"

enum { SHOWN = 80 /* bytes of a value */, DEPTH = 8 };

struct schemas {
    diff_tell *tell;
    void *arg;
    struct pd_error *err;
    struct buffer line;
};

/* The lists of a table, and what one element of them is called. */
static const struct part {
    const char *list;
    const char *word;
} parts[] = {
    {"columns", "column"}, {"keys", "key"}, {"checks", "check"}, {"foreigns", "foreign key"}};

/* ---- Values ---- */

/* Nothing is cut in the middle of a character. */
static void
put_cut(struct buffer *out, const char *text, size_t size)
{
    size_t end = size > SHOWN ? SHOWN : size;

    while (end < size && end > 0 && ((unsigned char)text[end] & 0xc0) == 0x80)
        end--;
    buffer_append(out, text, end);
    if (end < size)
        buffer_text(out, "...");
}

static void
put_value(struct buffer *out, json_t *value)
{
    CLEANUP_FREE char *text = NULL;

    if (!value) {
        buffer_text(out, "not there");
    } else if (json_is_boolean(value)) {
        buffer_text(out, json_is_true(value) ? "so" : "not so");
    } else if (json_is_string(value)) {
        buffer_char(out, '\'');
        put_cut(out, json_string_value(value), json_string_length(value));
        buffer_char(out, '\'');
    } else {
        text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
        if (text)
            put_cut(out, text, strlen(text));
        else
            out->failed = true;
    }
}

/* ---- Members ---- */

static void put_members(struct buffer *out, size_t begin, const char *path, json_t *a, json_t *b,
                        unsigned depth);

/* "; type.length is 20 in a and 30 in b" */
static void
put_member(struct buffer *out, size_t begin, const char *path, const char *name, json_t *a,
           json_t *b, unsigned depth)
{
    char inner[128];

    if (a && b && json_equal(a, b))
        return;
    snprintf(inner, sizeof inner, "%s%s%s", path, *path ? "." : "", name);
    if (depth < DEPTH && json_is_object(a) && json_is_object(b)) {
        put_members(out, begin, inner, a, b, depth + 1);
        return;
    }
    buffer_text(out, out->size == begin ? ": " : "; ");
    buffer_printf(out, "%s is ", inner);
    put_value(out, a);
    buffer_text(out, " in a and ");
    put_value(out, b);
    buffer_text(out, " in b");
}

static void
put_members(struct buffer *out, size_t begin, const char *path, json_t *a, json_t *b,
            unsigned depth)
{
    const char *name;
    json_t *value;

    json_object_foreach(a, name, value)
        put_member(out, begin, path, name, value, json_object_get(b, name), depth);
    json_object_foreach(b, name, value) if (!json_object_get(a, name))
        put_member(out, begin, path, name, NULL, value, depth);
}

static pd_status
tell_line(struct schemas *s)
{
    return buffer_string(&s->line) ? s->tell(s->arg, buffer_string(&s->line), s->err)
                                   : error_memory(s->err);
}

/* ---- Elements of lists ---- */

/* "column 'n'", or what it consists of where it has no name. */
static void
put_label(struct buffer *out, const struct part *part, json_t *element)
{
    json_t *name = json_object_get(element, "name");

    buffer_printf(out, "%s ", part->word);
    put_value(out, name ? name : element);
}

static bool
same_name(json_t *a, json_t *b)
{
    json_t *x = json_object_get(a, "name"), *y = json_object_get(b, "name");

    return x && y && json_equal(x, y);
}

/* Which untaken element of b belongs to one of a: an equal one, else one of its name. */
static size_t
find_partner(json_t *a, json_t *list, const bool *taken)
{
    size_t n = json_array_size(list);

    for (size_t i = 0; i < n; i++)
        if (!taken[i] && json_equal(a, json_array_get(list, i)))
            return i;
    for (size_t i = 0; i < n; i++)
        if (!taken[i] && same_name(a, json_array_get(list, i)))
            return i;
    return n;
}

static pd_status
tell_element(struct schemas *s, const struct part *part, json_t *a, json_t *b)
{
    buffer_clear(&s->line);
    put_label(&s->line, part, a ? a : b);
    if (a && b)
        put_members(&s->line, s->line.size, "", a, b, 0);
    else
        buffer_text(&s->line, a ? " is only in a" : " is only in b");
    return tell_line(s);
}

static pd_status
compare_list(struct schemas *s, const struct part *part, json_t *a, json_t *b)
{
    size_t n_a = json_array_size(a), n_b = json_array_size(b);
    CLEANUP_FREE bool *taken = calloc(n_b + 1, sizeof *taken);
    bool differs = false;
    pd_status status = taken ? PD_OK : error_memory(s->err);

    for (size_t i = 0; i < n_a && status == PD_OK; i++) {
        json_t *element = json_array_get(a, i);
        size_t at = find_partner(element, b, taken);
        json_t *partner = at < n_b ? json_array_get(b, at) : NULL;

        taken[at] = true;
        if (partner && json_equal(element, partner))
            continue;
        differs = true;
        status = tell_element(s, part, element, partner);
    }
    for (size_t i = 0; i < n_b && status == PD_OK; i++) {
        if (taken[i])
            continue;
        differs = true;
        status = tell_element(s, part, NULL, json_array_get(b, i));
    }
    if (status != PD_OK || differs || (n_a == n_b && (n_a == 0 || json_equal(a, b))))
        return status;
    buffer_clear(&s->line);
    buffer_printf(&s->line, "%s stand in another order", part->list);
    return tell_line(s);
}

/* ---- Tables ---- */

static bool
is_list(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(parts); i++)
        if (strcmp(parts[i].list, name) == 0)
            return true;
    return false;
}

/* What is no list: "comment is 'x' in a and not there in b". */
static pd_status
compare_rest(struct schemas *s, json_t *a, json_t *b)
{
    json_t *const sides[] = {a, b};
    pd_status status = PD_OK;

    for (size_t side = 0; side < COUNT_OF(sides); side++) {
        const char *name;
        json_t *value;

        json_object_foreach(sides[side], name, value)
        {
            json_t *x = json_object_get(a, name), *y = json_object_get(b, name);

            if (status != PD_OK || is_list(name) || (side && x) || (x && y && json_equal(x, y)))
                continue;
            buffer_clear(&s->line);
            buffer_text(&s->line, "the table");
            put_member(&s->line, s->line.size, "", name, x, y, 0);
            status = tell_line(s);
        }
    }
    return status;
}

static pd_status
compare_texts(struct schemas *s, struct buffer *a, struct buffer *b)
{
    json_t *x = NULL, *y = NULL;
    pd_status status = json_load((const char *)a->data, a->size, &x, s->err);

    if (status == PD_OK)
        status = json_load((const char *)b->data, b->size, &y, s->err);
    for (size_t i = 0; i < COUNT_OF(parts) && status == PD_OK; i++)
        status = compare_list(s, &parts[i], json_object_get(x, parts[i].list),
                              json_object_get(y, parts[i].list));
    if (status == PD_OK)
        status = compare_rest(s, x, y);
    json_decref(x);
    json_decref(y);
    return status;
}

pd_status
diff_schema(const struct pd_table *a, const struct pd_table *b, diff_tell *tell, void *arg,
            struct pd_error *err)
{
    CLEANUP_BUFFER struct buffer left = {0}, right = {0};
    struct schemas s = {.tell = tell, .arg = arg, .err = err};
    pd_status status = json_write_table(&left, a, JSON_COUNTED, err);

    if (status == PD_OK)
        status = json_write_table(&right, b, JSON_COUNTED, err);
    if (status != PD_OK)
        return status;
    if (!buffer_string(&left) || !buffer_string(&right))
        return error_memory(err);
    if (left.size == right.size && memcmp(left.data, right.data, left.size) == 0)
        return PD_OK;
    status = compare_texts(&s, &left, &right);
    buffer_free(&s.line);
    return status;
}
