// SPDX-License-Identifier: Apache-2.0
/* json_load - parses JSON text by jansson, which does not survive a shortage of memory: it goes on
   without the byte of a string that found no room, or ends the process. So a request that fails
   leaves the parser at once, and what it had by then is given back here. */
#include <pthread.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "model/json.h"

enum {
    /* jansson recurses once a level, up to 2048; the deepest line that polydump writes has 6. */
    JSON_MAX_DEPTH = 64,
    FEW_PIECES = 256
};

/* What jansson has got in a parse and not given back. */
struct parse {
    void **pieces;
    size_t n;
    size_t room;
    void *few[FEW_PIECES];
    jmp_buf out;
};

static _Thread_local struct parse *parsing;

/* Whatever allocator the program has given jansson is asked. */
static json_malloc_t asked_malloc;
static json_free_t asked_free;

/* The deepest nesting, as far as brackets outside of strings tell. */
static size_t
nesting(const char *text, size_t size)
{
    size_t depth = 0, deepest = 0;
    bool in_string = false;

    for (size_t i = 0; i < size; i++) {
        char c = text[i];

        if (in_string && c == '\\') {
            i++;
        } else if (c == '"') {
            in_string = !in_string;
        } else if (in_string) {
            continue;
        } else if (c == '{' || c == '[') {
            depth++;
            if (depth > deepest)
                deepest = depth;
        } else if ((c == '}' || c == ']') && depth > 0) {
            depth--;
        }
    }
    return deepest;
}

/* ---- Memory ---- */

static bool
parse_has_room(struct parse *parse)
{
    void **grown;

    if (parse->n < parse->room)
        return true;
    grown = parse->pieces == parse->few ? NULL : parse->pieces;
    grown = realloc(grown, 2 * parse->room * sizeof *grown);
    if (!grown)
        return false;
    if (parse->pieces == parse->few)
        memcpy(grown, parse->few, sizeof parse->few);
    parse->pieces = grown;
    parse->room *= 2;
    return true;
}

static void *
parse_malloc(size_t size)
{
    struct parse *parse = parsing;
    void *piece = asked_malloc(size);

    if (!parse || size == 0)
        return piece;
    if (!piece || !parse_has_room(parse)) {
        asked_free(piece);
        longjmp(parse->out, 1);
    }
    parse->pieces[parse->n++] = piece;
    return piece;
}

/* What is given back is most often what came last. */
static void
parse_free(void *piece)
{
    struct parse *parse = parsing;

    for (size_t i = parse && piece ? parse->n : 0; i-- > 0;) {
        if (parse->pieces[i] == piece) {
            parse->pieces[i] = parse->pieces[--parse->n];
            break;
        }
    }
    asked_free(piece);
}

static void
watch_memory(void)
{
    json_get_alloc_funcs(&asked_malloc, &asked_free);
    json_set_alloc_funcs(parse_malloc, parse_free);
}

/* ---- Parsing ---- */

/* NULL: the text is wrong, or memory was short. */
static json_t *
parse_text(struct parse *parse, const char *text, size_t size, json_error_t *why, bool *ret_short)
{
    json_t *json;

    *ret_short = setjmp(parse->out) != 0;
    if (*ret_short) {
        parsing = NULL;
        while (parse->n > 0)
            asked_free(parse->pieces[--parse->n]);
        return NULL;
    }
    parsing = parse;
    json = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, why);
    parsing = NULL;
    return json;
}

pd_status
json_load(const char *text, size_t size, json_t **ret_json, struct pd_error *err)
{
    static pthread_once_t watched = PTHREAD_ONCE_INIT;
    struct parse parse;
    json_error_t why;
    json_t *json;
    bool is_short;

    if (nesting(text, size) > JSON_MAX_DEPTH)
        return error_fail(err, PD_FAILED, PD_CAUSE_LIMIT, "more than %d brackets within another",
                          JSON_MAX_DEPTH);
    pthread_once(&watched, watch_memory);
    parse.pieces = parse.few;
    parse.n = 0;
    parse.room = FEW_PIECES;
    json = parse_text(&parse, text, size, &why, &is_short);
    if (parse.pieces != parse.few)
        free(parse.pieces);
    if (is_short)
        return error_memory(err);
    if (!json)
        return error_fail(err, PD_FAILED, PD_CAUSE_CORRUPT, "line %d, byte %d: %s", why.line,
                          why.position, why.text);
    *ret_json = json;
    return PD_OK;
}
