// SPDX-License-Identifier: Apache-2.0
/* objects_toc - reads the table of contents of pg_dump's custom format. Its entries name what they
   make by the oids of catalogue and object, so nothing has to be guessed from names or comments. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "objects_inside.h"

enum {
    TOC_OLDEST = 14, /* of archives, 1.14: pg_dump 12 */
    TOC_NEWEST = 16, /* pg_dump 17 and 18 */
    TOC_CUSTOM = 1,
    TOC_STRING = 256 << 20, /* no text is longer */
    TOC_NAME = 256,         /* of a tag that is remembered; tags may be longer */
    TOC_ENTRIES = 100000000
};

struct toc {
    struct objects *o;
    struct dump *dump;
    int minor;
    uint8_t int_size;
    uint8_t offset_size;
    struct pd_error *err;
    /* View definitions that had to be taken apart, since views need each other. */
    struct late_rule {
        uint32_t oid;
        uint32_t view; /* number of the thing */
        const char *sql;
    } * rules;
    size_t n_rules;
    size_t rules_room;
};

struct toc_entry {
    uint32_t class_oid;
    uint32_t oid;
    char tag[TOC_NAME];
    char what[TOC_NAME];
};

/* What the neutral schema says, or another query. */
static const char *const said_elsewhere[] = {
    "ACL",
    "BLOB",
    "BLOBS",
    "BLOB METADATA",
    "CHECK CONSTRAINT",
    "COMMENT",
    "CONSTRAINT",
    "DATABASE",
    "DATABASE PROPERTIES",
    "DEFAULT",
    "DEFAULT ACL",
    "ENCODING",
    "FK CONSTRAINT",
    "FOREIGN DATA WRAPPER",
    "FOREIGN TABLE",
    "INDEX",
    "INDEX ATTACH",
    "ROW SECURITY",
    "SCHEMA",
    "SEARCHPATH",
    "SECURITY LABEL",
    "SEQUENCE",
    "SEQUENCE OWNED BY",
    "SEQUENCE SET",
    "SERVER",
    "SHELL TYPE",
    "STATISTICS DATA",
    "STDSTRINGS",
    "SUBSCRIPTION",
    "SUBSCRIPTION TABLE",
    "TABLE",
    "TABLE ATTACH",
    "TABLE DATA",
    "TRIGGER",
    "TYPE",
    "USER MAPPING",
};

static pd_status
strange(struct toc *toc, const char *what)
{
    return toc->o->pg->host->fail(toc->err, PD_UNSUPPORTED, PD_CAUSE_VERSION,
                                  "the output of pg_dump is not understood: %s", what);
}

/* A sign, then the bytes, the lowest first. */
static pd_status
read_int(struct toc *toc, int64_t *ret_value)
{
    uint8_t bytes[1 + 8] = {0};
    pd_status status = dump_read(toc->dump, bytes, (size_t)toc->int_size + 1, toc->err);
    uint64_t value = 0;
    int i;

    for (i = toc->int_size; i > 0 && status == PD_OK; i--)
        value = value << 8 | bytes[i];
    *ret_value = (int64_t)(bytes[0] ? 0 - value : value);
    return status;
}

/* *ret_size: -1 for none. */
static pd_status
read_size(struct toc *toc, int64_t *ret_size)
{
    pd_status status = read_int(toc, ret_size);

    if (status == PD_OK && (*ret_size < -1 || *ret_size > TOC_STRING))
        return strange(toc, "a text has an impossible length");
    return status;
}

/* A text of which what fits is kept. *ret_any: false for none. */
static pd_status
read_text(struct toc *toc, char *buffer, size_t room, bool *ret_any)
{
    int64_t size = 0;
    pd_status status = read_size(toc, &size);
    size_t kept = size <= 0 ? 0 : (size_t)size < room ? (size_t)size : room - 1;

    if (ret_any)
        *ret_any = size >= 0;
    buffer[0] = 0;
    if (status == PD_OK && kept) {
        status = dump_read(toc->dump, buffer, kept, toc->err);
        buffer[status == PD_OK ? kept : 0] = 0;
    }
    if (status == PD_OK && size > 0)
        status = dump_read(toc->dump, NULL, (size_t)size - kept, toc->err);
    return status;
}

static pd_status
skip_text(struct toc *toc)
{
    char waste[1];

    return read_text(toc, waste, sizeof waste, NULL);
}

static pd_status
read_oid(struct toc *toc, uint32_t *ret_oid)
{
    char text[16];
    pd_status status = read_text(toc, text, sizeof text, NULL);

    *ret_oid = status == PD_OK ? (uint32_t)strtoul(text, NULL, 10) : 0;
    return status;
}

/* Whole, in the pool. */
static pd_status
keep_text(struct toc *toc, const char **ret_text)
{
    struct objects *o = toc->o;
    int64_t size = 0;
    pd_status status = read_size(toc, &size);
    char *text = NULL;

    *ret_text = NULL;
    if (status != PD_OK || size <= 0)
        return status;
    text = pd_pool_alloc(&o->pool, (size_t)size + 1);
    if (!text)
        return objects_no_memory(o, toc->err);
    status = dump_read(toc->dump, text, (size_t)size, toc->err);
    if (status == PD_OK && strlen(text) != (size_t)size)
        return strange(toc, "a text has a NUL in it");
    *ret_text = text;
    return status;
}

/* ---- Entries ---- */

/* The thing whose text this entry is. */
static struct thing *
thing_of(struct toc *toc, const struct toc_entry *entry)
{
    struct thing *thing = entry->oid ? objects_find(toc->o, entry->class_oid, entry->oid) : NULL;

    return thing && thing->kind->toc && strcmp(thing->kind->toc, entry->what) == 0 ? thing : NULL;
}

static bool
is_said_elsewhere(const struct toc_entry *entry)
{
    size_t i;

    for (i = 0; i < sizeof said_elsewhere / sizeof *said_elsewhere; i++) {
        if (strcmp(said_elsewhere[i], entry->what) == 0)
            return true;
    }
    return false;
}

static pd_status
keep_rule(struct toc *toc, uint32_t oid)
{
    struct late_rule *rule =
        pd_pool_append(&toc->o->pool, &toc->rules, toc->n_rules, &toc->rules_room, sizeof *rule);

    if (!rule)
        return objects_no_memory(toc->o, toc->err);
    rule->oid = oid;
    toc->n_rules++;
    return keep_text(toc, &rule->sql);
}

static pd_status
read_definition(struct toc *toc, const struct toc_entry *entry)
{
    struct thing *thing = thing_of(toc, entry);

    if (thing)
        return keep_text(toc, &thing->dumped);
    if (entry->class_oid == CLASS_PG_REWRITE && strcmp(entry->what, "RULE") == 0)
        return keep_rule(toc, entry->oid);
    if (!is_said_elsewhere(entry)) {
        pd_status status = objects_note(toc->o, "object",
                                        "'%s' (%s) is not carried: pg_dump tells "
                                        "of it, but this version of polydump does not know it",
                                        entry->tag, entry->what);
        if (status != PD_OK)
            return objects_no_memory(toc->o, toc->err);
    }
    return skip_text(toc);
}

/* The numbers of other entries that an entry needs, up to an empty one. */
static pd_status
skip_dependencies(struct toc *toc)
{
    char text[16];
    bool any = true;
    pd_status status = PD_OK;

    while (any && status == PD_OK)
        status = read_text(toc, text, sizeof text, &any);
    return status;
}

static pd_status
read_entry(struct toc *toc)
{
    struct toc_entry entry;
    int64_t number;
    /* Behind the definition: how to drop it, how to copy its rows, schema, tablespace, method. */
    int i, texts_behind = 5;
    pd_status status = read_int(toc, &number);

    if (status == PD_OK)
        status = read_int(toc, &number); /* has it rows? */
    if (status == PD_OK)
        status = read_oid(toc, &entry.class_oid);
    if (status == PD_OK)
        status = read_oid(toc, &entry.oid);
    if (status == PD_OK)
        status = read_text(toc, entry.tag, sizeof entry.tag, NULL);
    if (status == PD_OK)
        status = read_text(toc, entry.what, sizeof entry.what, NULL);
    if (status == PD_OK)
        status = read_int(toc, &number); /* section */
    if (status == PD_OK)
        status = read_definition(toc, &entry);
    for (i = 0; i < texts_behind && status == PD_OK; i++)
        status = skip_text(toc);
    if (status == PD_OK && toc->minor >= 16)
        status = read_int(toc, &number); /* kind of relation */
    for (i = 0; i < 2 && status == PD_OK; i++)
        status = skip_text(toc); /* owner; with oids */
    if (status == PD_OK)
        status = skip_dependencies(toc);
    if (status == PD_OK) /* where its rows are */
        status = dump_read(toc->dump, NULL, (size_t)toc->offset_size + 1, toc->err);
    return status;
}

/* ---- The whole ---- */

static pd_status
read_header(struct toc *toc)
{
    uint8_t head[5 + 3 + 3];
    pd_status status = dump_read(toc->dump, head, sizeof head, toc->err);
    int64_t number;
    int i;

    if (status != PD_OK)
        return status;
    if (memcmp(head, "PGDMP", 5) || head[5] != 1)
        return strange(toc, "it is no archive");
    toc->minor = head[6];
    toc->int_size = head[8];
    toc->offset_size = head[9];
    if (toc->minor < TOC_OLDEST || toc->minor > TOC_NEWEST || head[10] != TOC_CUSTOM)
        return strange(toc, "the version of its format");
    if (toc->int_size < 4 || toc->int_size > 8 || !toc->offset_size)
        return strange(toc, "the size of its numbers");
    if (toc->minor >= 15) /* compression: a byte, before it was a number */
        status = dump_read(toc->dump, NULL, 1, toc->err);
    else
        status = read_int(toc, &number);
    for (i = 0; i < 7 && status == PD_OK; i++)
        status = read_int(toc, &number); /* the time */
    for (i = 0; i < 3 && status == PD_OK; i++)
        status = skip_text(toc); /* database and versions */
    return status;
}

static pd_status
read_entries(struct toc *toc)
{
    int64_t i, n = 0;
    pd_status status = read_header(toc);

    if (status == PD_OK)
        status = read_int(toc, &n);
    if (status == PD_OK && (n < 0 || n > TOC_ENTRIES))
        return strange(toc, "the number of its entries");
    for (i = 0; i < n && status == PD_OK; i++)
        status = read_entry(toc);
    return status == PD_OK ? dump_end(toc->dump, toc->err) : status;
}

/* Whose definition is it? */
static pd_status
find_view(struct toc *toc, struct late_rule *rule)
{
    struct objects *o = toc->o;
    char number[16];
    const char *params[1] = {number};
    PGresult *result = NULL;
    const struct thing *view = NULL;
    pd_status status;

    snprintf(number, sizeof number, "%u", rule->oid);
    status = pg_query(o->pg, "SELECT r.ev_class FROM pg_catalog.pg_rewrite r WHERE r.oid = $1::oid",
                      1, params, "?i", &result, toc->err);
    if (status == PD_OK && PQntuples(result) == 1)
        view =
            objects_find(o, CLASS_PG_CLASS, (uint32_t)strtoul(PQgetvalue(result, 0, 0), NULL, 10));
    PQclear(result);
    if (status != PD_OK)
        return status;
    if (!view)
        return strange(toc, "a rule of no view");
    rule->view = (uint32_t)(view - o->things);
    return PD_OK;
}

/* A view that needs another one that needs it: pg_dump makes it empty first, and replaces it. */
static pd_status
add_rule(struct toc *toc, const struct late_rule *rule)
{
    struct objects *o = toc->o;
    struct thing *thing = objects_add(o, o->things[rule->view].kind);

    if (!thing)
        return objects_no_memory(o, toc->err);
    *thing = o->things[rule->view];
    thing->class_oid = CLASS_PG_REWRITE;
    thing->oid = rule->oid;
    thing->dumped = rule->sql;
    thing->owner = NULL;
    thing->is_late = true;
    thing->view = rule->view;
    return PD_OK;
}

static pd_status
take(struct toc *toc)
{
    struct objects *o = toc->o;
    pd_status status = PD_OK;
    size_t i;

    for (i = 0; i < toc->n_rules && status == PD_OK; i++)
        status = find_view(toc, &toc->rules[i]);
    for (i = 0; i < toc->n_rules && status == PD_OK; i++)
        status = add_rule(toc, &toc->rules[i]);
    if (status != PD_OK)
        return status;
    for (i = 0; i < o->n_things; i++) {
        if (o->things[i].dumped)
            o->things[i].sql = o->things[i].dumped;
    }
    return toc->n_rules ? objects_index(o, toc->err) : PD_OK;
}

pd_status
objects_take_dump(struct objects *o, struct dump *dump, const char **ret_version,
                  struct pd_error *err)
{
    struct toc toc = {.o = o, .dump = dump, .err = err};
    size_t n_notes = o->catalog->catalog.n_properties;
    pd_status status = read_entries(&toc);

    if (status == PD_OK)
        status = take(&toc);
    if (status != PD_OK) {
        o->catalog->catalog.n_properties = n_notes;
        return status;
    }
    *ret_version = pd_pool_text(&o->catalog->pool, dump_version(dump));
    return *ret_version ? PD_OK : objects_no_memory(o, err);
}
