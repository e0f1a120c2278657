// SPDX-License-Identifier: Apache-2.0
/* present_limits - tables that are there: what their columns lack of what the kind has. What else
   the server would refuse, and what it would change, encode_check.c looks for. */
#include <string.h>

#include "ddl.h"
#include "encode.h"

enum { VERSION_14 = 140000, NAME_SIZE = 63 };

static const int64_t date_min = -2440588;                 /* 4714-11-24 BC */
static const int64_t date_max = 2145042905;               /* 5874897-12-31 */
static const int64_t timestamp_min = -210866803200000000; /* 4714-11-24 BC */

static bool
is_name(const struct present_column *to)
{
    return strcmp(to->spelled, "name") == 0;
}

static void
limit_days(int kind, struct pd_limits *limits)
{
    bool is_date = kind == PD_KIND_DATE;

    limits->lacks = PD_LACKS_DAYS | (is_date ? PD_LACKS_FAR : 0u);
    limits->low = is_date ? date_min : timestamp_min;
    limits->high = is_date ? date_max : INT64_MAX;
    limits->bounds = is_date ? "the column holds the years 4714 BC to 5874897"
                             : "the column holds the years 4714 BC to 294276";
}

pd_status
present_limits(struct pd_sink *sink, const struct pd_load *load, uint32_t table, uint32_t column,
               struct pd_limits *limits, struct pd_error *err)
{
    const struct pd_column *from = pd_column_at(pd_table_at(load->catalog, table), column);
    const struct present_column *to = present_find(&sink->ddl->present[table], from->name);

    if (!to)
        return PD_UNSUPPORTED;
    switch (to->type.kind) {
    case PD_KIND_DATE:
    case PD_KIND_TIMESTAMP:
    case PD_KIND_TIMESTAMPTZ:
        limit_days(to->type.kind, limits);
        return PD_OK;
    case PD_KIND_DECIMAL:
        if (to->type.precision || sink->pg->version < VERSION_14)
            limits->lacks = PD_LACKS_INFINITY;
        return PD_OK;
    case PD_KIND_TEXT:
    case PD_KIND_CHAR:
    case PD_KIND_JSON:
    case PD_KIND_JSONB:
    case PD_KIND_XML:
    case PD_KIND_ENUM:
    case PD_KIND_ARRAY:
    case PD_KIND_OPAQUE:
        limits->lacks =
            PD_LACKS_NUL | PD_LACKS_ERROR | (sink->pg->sql_ascii ? 0u : PD_LACKS_BADTEXT);
        limits->n_bytes = is_name(to) ? NAME_SIZE : 0;
        return PD_OK;
    default:
        return PD_OK;
    }
}
