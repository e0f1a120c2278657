// SPDX-License-Identifier: Apache-2.0
/* passive - which statements of the server's own may be run without having been asked for: CREATE
   TABLE and the making of keys, each parsed from its first to its last word. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "passive.h"
#include "sink.h"

struct reader {
    struct lex lex;
    struct pd_pool *pool;
    struct passive *p;
};

/* ---- Lists ---- */

static struct passive_item *
add_item(struct reader *r, enum passive_item_kind kind)
{
    struct passive_item *item =
        pd_pool_append(r->pool, &r->p->items, r->p->n_items, &r->p->item_room, sizeof *item);

    if (!item)
        return NULL;
    memset(item, 0, sizeof *item);
    item->kind = kind;
    r->p->n_items++;
    return item;
}

static struct passive_span
span_to(const char *begin, const struct lex *lex)
{
    const char *end = lex->text;

    while (end > begin && (end[-1] == ' ' || end[-1] == '\n'))
        end--;
    return (struct passive_span){begin, (size_t)(end - begin)};
}

static bool
read_column(struct reader *r)
{
    struct passive *p = r->p;
    struct passive_column *c =
        pd_pool_append(r->pool, &p->columns, p->n_columns, &p->column_room, sizeof *c);
    struct passive_item *item = c ? add_item(r, PASSIVE_COLUMN) : NULL;

    if (!item || !passive_take_column(&r->lex, r->pool, c))
        return false;
    item->name = c->name;
    item->whole = c->whole;
    item->column = p->n_columns++;
    return true;
}

/* ---- Keys ---- */

/* `c`, `c`(10) DESC, `p` WITHOUT OVERLAPS */
static bool
take_part(struct lex *lex)
{
    if (!lex_take_kind(lex, LEX_NAME))
        return false;
    if (lex_take(lex, "(") && (!lex_take_kind(lex, LEX_NUMBER) || !lex_take(lex, ")")))
        return false;
    if (lex_take(lex, "DESC") || lex_take(lex, "ASC"))
        return true;
    return lex_take_words(lex, "WITHOUT OVERLAPS") || true;
}

static bool
take_parts(struct reader *r, const char **ret_first)
{
    struct lex *lex = &r->lex, ahead;

    if (!lex_take(lex, "("))
        return false;
    ahead = *lex;
    *ret_first = lex_take_name(&ahead, r->pool);
    do {
        if (!take_part(lex))
            return false;
    } while (lex_take(lex, ","));
    return *ret_first && lex_take(lex, ")");
}

static bool
take_key_option(struct lex *lex)
{
    if (lex_take(lex, "USING"))
        return lex_take(lex, "BTREE") || lex_take(lex, "HASH") || lex_take(lex, "RTREE");
    if (lex_take(lex, "COMMENT"))
        return lex_take_kind(lex, LEX_STRING);
    if (lex_take(lex, "KEY_BLOCK_SIZE"))
        return lex_take(lex, "=") && lex_take_kind(lex, LEX_NUMBER);
    return lex_take(lex, "IGNORED");
}

/* `m`='8' `distance`='cosine' */
static bool
take_vector_option(struct lex *lex)
{
    return lex_take_kind(lex, LEX_NAME) && lex_take(lex, "=") &&
           (lex_take_kind(lex, LEX_STRING) || lex_take_kind(lex, LEX_NUMBER));
}

/* begin: where the line begins, whose first words were taken. */
static bool
read_key(struct reader *r, enum passive_item_kind kind, const char *begin)
{
    struct passive_item *item = add_item(r, kind);

    if (!item)
        return false;
    if (kind != PASSIVE_PRIMARY) {
        if (r->lex.kind != LEX_NAME)
            return false;
        item->name = lex_take_name(&r->lex, r->pool);
    }
    if (!take_parts(r, &item->first))
        return false;
    while (!lex_is(&r->lex, ",") && !lex_is(&r->lex, ")") && r->lex.kind != LEX_END) {
        if (!take_key_option(&r->lex) && (kind != PASSIVE_VECTOR || !take_vector_option(&r->lex)))
            return false;
    }
    item->whole = span_to(begin, &r->lex);
    return true;
}

static bool
key_kind(struct lex *lex, enum passive_item_kind *ret_kind)
{
    static const struct {
        const char *words;
        enum passive_item_kind kind;
    } kinds[] = {
        {"PRIMARY KEY", PASSIVE_PRIMARY},
        {"UNIQUE KEY", PASSIVE_UNIQUE},
        {"KEY", PASSIVE_INDEX},
        {"FULLTEXT KEY", PASSIVE_FULLTEXT},
        {"SPATIAL KEY", PASSIVE_SPATIAL},
        {"VECTOR KEY", PASSIVE_VECTOR},
        {"UNIQUE INDEX", PASSIVE_UNIQUE},
        {"INDEX", PASSIVE_INDEX},
        {"FULLTEXT INDEX", PASSIVE_FULLTEXT},
        {"SPATIAL INDEX", PASSIVE_SPATIAL},
        {"VECTOR INDEX", PASSIVE_VECTOR},
    };
    size_t i;

    for (i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (lex_take_words(lex, kinds[i].words)) {
            *ret_kind = kinds[i].kind;
            return true;
        }
    }
    return false;
}

/* ---- Constraints ---- */

static bool
take_names(struct lex *lex)
{
    if (!lex_take(lex, "("))
        return false;
    do {
        if (!lex_take_kind(lex, LEX_NAME))
            return false;
    } while (lex_take(lex, ","));
    return lex_take(lex, ")");
}

static bool
take_action(struct lex *lex)
{
    if (!lex_take(lex, "DELETE") && !lex_take(lex, "UPDATE"))
        return false;
    return lex_take(lex, "CASCADE") || lex_take(lex, "RESTRICT") ||
           lex_take_words(lex, "NO ACTION") || lex_take_words(lex, "SET NULL") ||
           lex_take_words(lex, "SET DEFAULT");
}

/* FOREIGN KEY was taken. */
static bool
read_foreign(struct reader *r, struct passive_item *item)
{
    struct lex *lex = &r->lex;

    item->kind = PASSIVE_FOREIGN;
    lex_take_kind(lex, LEX_NAME); /* that of its index */
    if (!take_names(lex) || !lex_take(lex, "REFERENCES") || lex->kind != LEX_NAME)
        return false;
    item->to = lex_take_name(lex, r->pool);
    if (lex_take(lex, ".") && !lex_take_kind(lex, LEX_NAME))
        return false;
    if (!take_names(lex))
        return false;
    while (lex_take(lex, "ON")) {
        if (!take_action(lex))
            return false;
    }
    return true;
}

static bool
read_constraint(struct reader *r, const char *begin)
{
    struct passive_item *item = add_item(r, PASSIVE_CHECK);
    bool fine;

    if (!item || r->lex.kind != LEX_NAME)
        return false;
    item->name = lex_take_name(&r->lex, r->pool);
    if (lex_take(&r->lex, "CHECK"))
        fine = passive_skip_expression(&r->lex);
    else
        fine = lex_take_words(&r->lex, "FOREIGN KEY") && read_foreign(r, item);
    item->whole = span_to(begin, &r->lex);
    return fine;
}

/* PERIOD FOR was taken. */
static bool
read_period(struct reader *r, const char *begin)
{
    struct passive_item *item = add_item(r, PASSIVE_PERIOD);

    if (!item)
        return false;
    item->name = lex_take_name(&r->lex, r->pool);
    if (!item->name || !take_names(&r->lex))
        return false;
    item->whole = span_to(begin, &r->lex);
    return true;
}

/* ---- The list ---- */

static bool
read_item(struct reader *r)
{
    const char *begin = r->lex.text;
    enum passive_item_kind kind;

    if (r->lex.kind == LEX_NAME)
        return read_column(r);
    if (key_kind(&r->lex, &kind))
        return read_key(r, kind, begin);
    if (lex_take(&r->lex, "CONSTRAINT"))
        return read_constraint(r, begin);
    return lex_take_words(&r->lex, "PERIOD FOR") && read_period(r, begin);
}

static bool
read_list(struct reader *r)
{
    if (!lex_take(&r->lex, "("))
        return false;
    do {
        if (!read_item(r))
            return false;
    } while (lex_take(&r->lex, ","));
    return lex_take(&r->lex, ")");
}

/* ---- What stands behind the list ---- */

/* NAME=value, of which the value is a number or one of a few words. */
static bool
take_plain_option(struct lex *lex)
{
    static const char *const names[] = {
        "ROW_FORMAT",    "MAX_ROWS",         "MIN_ROWS",          "AVG_ROW_LENGTH",
        "PACK_KEYS",     "STATS_PERSISTENT", "STATS_AUTO_RECALC", "STATS_SAMPLE_PAGES",
        "CHECKSUM",      "DELAY_KEY_WRITE",  "KEY_BLOCK_SIZE",    "PAGE_CHECKSUM",
        "TRANSACTIONAL", "SEQUENCE",
    };
    size_t i;

    for (i = 0; i < sizeof names / sizeof *names; i++) {
        if (lex_take(lex, names[i]))
            return lex_take(lex, "=") &&
                   (lex_take_kind(lex, LEX_NUMBER) || lex_take_kind(lex, LEX_WORD));
    }
    return false;
}

/* `page_compressed`='1', in the case in which somebody wrote it */
static bool
take_engine_option(struct reader *r)
{
    static const char *const names[] = {"encrypted", "encryption_key_id", "page_compressed",
                                        "page_compression_level", "ietf_quotes"};
    struct lex ahead = r->lex;
    const char *name = ahead.kind == LEX_NAME ? lex_take_name(&ahead, r->pool) : NULL;
    size_t i;

    for (i = 0; name && i < sizeof names / sizeof *names; i++) {
        if (strcasecmp(name, names[i]) != 0)
            continue;
        r->lex = ahead;
        return lex_take(&r->lex, "=") &&
               (lex_take_kind(&r->lex, LEX_NUMBER) || lex_take_kind(&r->lex, LEX_STRING) ||
                lex_take_kind(&r->lex, LEX_WORD));
    }
    return false;
}

/* CONNECTION='...', UNION=(`a`,`b`): who asked for it gets it. */
static bool
take_any_option(struct reader *r)
{
    if (!r->lex.any || r->lex.kind == LEX_END || r->lex.kind == LEX_BAD)
        return false;
    lex_step(&r->lex);
    return true;
}

static bool
take_value(struct reader *r, const char **ret_word)
{
    if (!lex_take(&r->lex, "=") || r->lex.kind != LEX_WORD)
        return false;
    *ret_word = lex_take_name(&r->lex, r->pool);
    return *ret_word != NULL;
}

static bool
take_counter(struct reader *r)
{
    const char *begin = r->lex.text;

    lex_step(&r->lex);
    if (!lex_take(&r->lex, "=") || !lex_take_kind(&r->lex, LEX_NUMBER))
        return false;
    while (begin[-1] == ' ')
        begin--;
    r->p->counter = span_to(begin, &r->lex);
    return true;
}

static bool
take_engine(struct reader *r)
{
    struct lex ahead = r->lex;

    return lex_take(&ahead, "=") && passive_is_engine(&ahead) && take_value(r, &r->p->engine);
}

static bool
take_option(struct reader *r)
{
    struct passive *p = r->p;

    if (lex_take(&r->lex, "ENGINE"))
        return take_engine(r);
    if (lex_is(&r->lex, "AUTO_INCREMENT"))
        return !p->counter.size && take_counter(r);
    if (lex_take_words(&r->lex, "DEFAULT CHARSET"))
        return take_value(r, &p->charset);
    if (lex_take(&r->lex, "COLLATE"))
        return take_value(r, &p->collation);
    if (lex_take(&r->lex, "COMMENT"))
        return lex_take(&r->lex, "=") && lex_take_kind(&r->lex, LEX_STRING);
    if (lex_take_words(&r->lex, "WITH SYSTEM VERSIONING"))
        return p->is_versioned = true;
    return take_plain_option(&r->lex) || take_engine_option(r) || take_any_option(r);
}

static bool
read_options(struct reader *r)
{
    const char *begin = r->lex.text;

    while (r->lex.kind != LEX_END) {
        const char *at = r->lex.text;

        if (lex_take_words(&r->lex, "PARTITION BY")) {
            r->p->is_partitioned = true;
            if (!passive_skip_partitions(&r->lex))
                return false;
            r->p->partitions = span_to(at, &r->lex);
        } else if (!take_option(r)) {
            return false;
        }
    }
    r->p->options = span_to(begin, &r->lex);
    return true;
}

/* ---- Statements ---- */

static bool
read_table(const char *sql, bool any, struct pd_pool *pool, struct passive *ret_passive)
{
    struct reader r = {.pool = pool, .p = ret_passive};
    size_t i;

    memset(ret_passive, 0, sizeof *ret_passive);
    lex_begin(&r.lex, sql);
    r.lex.any = any;
    r.lex.has_comments = true;
    if (!lex_take_words(&r.lex, "CREATE TABLE") || r.lex.kind != LEX_NAME)
        return false;
    ret_passive->name = lex_take_name(&r.lex, pool);
    if (!ret_passive->name || !read_list(&r) || !read_options(&r))
        return false;
    for (i = 0; i < ret_passive->n_columns; i++)
        passive_settle_charset(ret_passive, pool, &ret_passive->columns[i]);
    return true;
}

bool
passive_read(const char *sql, struct pd_pool *pool, struct passive *ret_passive)
{
    return read_table(sql, /* any= */ false, pool, ret_passive);
}

bool
passive_read_any(const char *sql, struct pd_pool *pool, struct passive *ret_passive)
{
    return read_table(sql, /* any= */ true, pool, ret_passive);
}

bool
passive_next_unknown(struct lex *lex, struct passive_span *ret_options)
{
    const char *before = lex->comment;

    while (lex->comment == before) {
        if (lex->kind == LEX_END || lex->kind == LEX_BAD)
            return false;
        lex_step(lex);
    }
    *ret_options = (struct passive_span){lex->comment + 2, lex->comment_size - 4};
    return true;
}

/* ALTER TABLE `t` ADD KEY `k` (...) */
static bool
read_alter(const char *sql, struct pd_pool *pool)
{
    struct passive p = {0};
    struct reader r = {.pool = pool, .p = &p};
    enum passive_item_kind kind;

    lex_begin(&r.lex, sql);
    r.lex.has_comments = true;
    if (!lex_take_words(&r.lex, "ALTER TABLE") || !lex_take_kind(&r.lex, LEX_NAME) ||
        !lex_take(&r.lex, "ADD") || !key_kind(&r.lex, &kind))
        return false;
    return read_key(&r, kind, r.lex.text) && r.lex.kind == LEX_END;
}

/* Without a host to ask for memory, the C library's. */
static void *
plain_resize(const struct pd_host *host, void *ptr, size_t size)
{
    return realloc(ptr, size);
}

static void *
plain_alloc(const struct pd_host *host, size_t size)
{
    return malloc(size);
}

static void
plain_release(const struct pd_host *host, void *ptr)
{
    free(ptr);
}

static const struct pd_host plain_host = {
    .alloc = plain_alloc, .resize = plain_resize, .release = plain_release};

bool
passive_statement(const char *sql)
{
    struct pd_pool pool = {.host = &plain_host};
    struct passive p;
    bool is = passive_read(sql, &pool, &p) || read_alter(sql, &pool);

    pd_pool_close(&pool);
    return is;
}
