// SPDX-License-Identifier: Apache-2.0
/* types - the server's types by their object numbers, which are the same in every database: what
   kind each is, and how its bytes come. */
#include <string.h>

#include "postgresql.h"

/* What the type modifier says; -1 always means that there is none. */
enum modifier {
    MODIFIER_NONE,
    MODIFIER_CHARACTERS, /* less 4 */
    MODIFIER_BITS,
    MODIFIER_DIGITS,   /* precision and scale, less 4 */
    MODIFIER_FRACTION, /* digits of a second */
    MODIFIER_FIELDS    /* the same in the low half, fields of an interval in the high one */
};

struct type_row {
    uint32_t oid;
    uint8_t kind;
    uint8_t form;
    uint8_t modifier;
};

enum {
    TYPMOD_EXTRA = 4, /* since a modifier once counted the bytes of a header */
    NAME_LENGTH = 63,
    FRACTION_FULL = 0xffff,
    SCALE_BITS = 0x7ff, /* 11 bits, two's complement */
    SCALE_SIGN = 0x400,
    MONEY_DIGITS = 2
};

enum { OID_BPCHAR = 1042, OID_BIT = 1560, OID_NAME = 19, OID_INT2VECTOR = 22, OID_OIDVECTOR = 30 };

/* Sorted by number. What is not here has its text form: among others all reg* types, whose bytes
   are numbers of the source's own catalogue, and xml, whose output functions drop its encoding. */
static const struct type_row type_rows[] = {
    {16, PD_KIND_BOOL, PG_FORM_BOOL, MODIFIER_NONE},
    {17, PD_KIND_BINARY, PG_FORM_BYTEA, MODIFIER_NONE},
    {OID_NAME, PD_KIND_TEXT, PG_FORM_STRING, MODIFIER_NONE},
    {20, PD_KIND_INT64, PG_FORM_INT8, MODIFIER_NONE},
    {21, PD_KIND_INT16, PG_FORM_INT2, MODIFIER_NONE},
    {23, PD_KIND_INT32, PG_FORM_INT4, MODIFIER_NONE},
    {25, PD_KIND_TEXT, PG_FORM_STRING, MODIFIER_NONE},
    {26, PD_KIND_OID, PG_FORM_OID, MODIFIER_NONE},
    {28, PD_KIND_OID, PG_FORM_OID, MODIFIER_NONE}, /* xid */
    {29, PD_KIND_OID, PG_FORM_OID, MODIFIER_NONE}, /* cid */
    {114, PD_KIND_JSON, PG_FORM_STRING, MODIFIER_NONE},
    {142, PD_KIND_XML, PG_FORM_TEXT, MODIFIER_NONE},
    {650, PD_KIND_CIDR, PG_FORM_INET, MODIFIER_NONE},
    {700, PD_KIND_FLOAT32, PG_FORM_FLOAT4, MODIFIER_NONE},
    {701, PD_KIND_FLOAT64, PG_FORM_FLOAT8, MODIFIER_NONE},
    {774, PD_KIND_MACADDR8, PG_FORM_MAC, MODIFIER_NONE},
    {790, PD_KIND_MONEY, PG_FORM_MONEY, MODIFIER_NONE},
    {829, PD_KIND_MACADDR, PG_FORM_MAC, MODIFIER_NONE},
    {869, PD_KIND_INET, PG_FORM_INET, MODIFIER_NONE},
    {OID_BPCHAR, PD_KIND_CHAR, PG_FORM_BPCHAR, MODIFIER_CHARACTERS},
    {1043, PD_KIND_TEXT, PG_FORM_STRING, MODIFIER_CHARACTERS}, /* varchar */
    {1082, PD_KIND_DATE, PG_FORM_DATE, MODIFIER_NONE},
    {1083, PD_KIND_TIME, PG_FORM_TIME, MODIFIER_FRACTION},
    {1114, PD_KIND_TIMESTAMP, PG_FORM_TIMESTAMP, MODIFIER_FRACTION},
    {1184, PD_KIND_TIMESTAMPTZ, PG_FORM_TIMESTAMP, MODIFIER_FRACTION},
    {1186, PD_KIND_INTERVAL, PG_FORM_INTERVAL, MODIFIER_FIELDS},
    {1266, PD_KIND_TIMETZ, PG_FORM_TIMETZ, MODIFIER_FRACTION},
    {OID_BIT, PD_KIND_BIT, PG_FORM_BIT, MODIFIER_BITS},
    {1562, PD_KIND_VARBIT, PG_FORM_BIT, MODIFIER_BITS},
    {1700, PD_KIND_DECIMAL, PG_FORM_NUMERIC, MODIFIER_DIGITS},
    {2950, PD_KIND_UUID, PG_FORM_UUID, MODIFIER_NONE},
    {3802, PD_KIND_JSONB, PG_FORM_JSONB, MODIFIER_NONE},
    {5069, PD_KIND_UINT64, PG_FORM_INT8, MODIFIER_NONE}, /* xid8 */
};

static const struct type_row *
find_row(uint32_t oid)
{
    size_t low = 0, high = sizeof type_rows / sizeof *type_rows;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (type_rows[middle].oid == oid)
            return &type_rows[middle];
        if (type_rows[middle].oid < oid)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static void
read_digits(int32_t typmod, struct pd_type *type)
{
    int32_t packed = typmod - TYPMOD_EXTRA;

    type->precision = (packed >> 16) & 0xffff;
    type->scale = ((packed & SCALE_BITS) ^ SCALE_SIGN) - SCALE_SIGN;
}

static void
read_modifier(enum modifier modifier, int32_t typmod, struct pd_type *type)
{
    bool is_given = typmod >= 0;

    switch (modifier) {
    case MODIFIER_NONE:
        return;
    case MODIFIER_CHARACTERS:
        type->length = typmod > TYPMOD_EXTRA ? (uint64_t)(typmod - TYPMOD_EXTRA) : 0;
        return;
    case MODIFIER_BITS:
        type->length = is_given ? (uint64_t)typmod : 0;
        return;
    case MODIFIER_DIGITS:
        if (typmod >= TYPMOD_EXTRA)
            read_digits(typmod, type);
        return;
    case MODIFIER_FRACTION:
        type->precision = is_given ? typmod : -1;
        return;
    case MODIFIER_FIELDS:
        type->precision =
            is_given && (typmod & FRACTION_FULL) != FRACTION_FULL ? typmod & FRACTION_FULL : -1;
    }
}

/* What depends on more than the row says. */
static enum pg_form
correct(uint32_t oid, enum pg_form form, struct pd_type *type)
{
    if (oid == OID_BPCHAR && type->length == 0) {
        type->kind = PD_KIND_TEXT; /* without a length blanks at the end are kept */
        return PG_FORM_STRING;
    }
    if (oid == OID_BIT && type->length == 0)
        type->kind = PD_KIND_VARBIT; /* without a length any is taken */
    if (oid == OID_NAME)
        type->length = NAME_LENGTH;
    if (type->kind == PD_KIND_MONEY)
        type->scale = MONEY_DIGITS;
    return form;
}

static const char *
opaque_name(const char *name, struct pd_pool *pool)
{
    static const char prefix[] = "postgresql:";
    size_t size = strlen(name);
    char *text = pd_pool_alloc(pool, sizeof prefix + size);

    if (!text)
        return NULL;
    memcpy(text, prefix, sizeof prefix - 1);
    memcpy(text + sizeof prefix - 1, name, size);
    return text;
}

/* Those two print themselves without braces. */
static bool
is_array(const struct pg_type_facts *facts)
{
    return facts->category == 'A' && facts->element && facts->oid != OID_INT2VECTOR &&
           facts->oid != OID_OIDVECTOR;
}

enum pg_form
pg_type_read(const struct pg_type_facts *facts, struct pd_type *ret_type, struct pd_pool *pool)
{
    const struct type_row *row = find_row(facts->oid);

    memset(ret_type, 0, sizeof *ret_type);
    ret_type->struct_size = sizeof *ret_type;
    if (row) {
        ret_type->kind = row->kind;
        read_modifier(row->modifier, facts->typmod, ret_type);
        return correct(facts->oid, row->form, ret_type);
    }
    if (facts->typtype == 'e') {
        ret_type->kind = PD_KIND_ENUM;
        return PG_FORM_STRING;
    }
    if (is_array(facts)) {
        row = find_row(facts->element);
        ret_type->kind = PD_KIND_ARRAY;
        ret_type->element = row ? row->kind : PD_KIND_OPAQUE;
        return PG_FORM_TEXT;
    }
    ret_type->kind = PD_KIND_OPAQUE;
    ret_type->native_name = opaque_name(facts->name, pool);
    return PG_FORM_TEXT;
}
