// SPDX-License-Identifier: Apache-2.0
/* present_limits - tables that are there: what their columns lack of what the kind has. What else
   the server would refuse or warn of is left to it, and what it would change without a word to
   encode_check.c. */
#include <string.h>

#include "ddl.h"

static const int64_t day_us = INT64_C(86400000000);
static const int64_t year_0 = -719528;                   /* days */
static const int64_t year_10000 = 2932897;               /* days */
static const int64_t clock_max = INT64_C(3020399999999); /* 838:59:59.999999 */

static void
limit_days(const struct my *my, const struct present_column *to, struct pd_limits *limits)
{
    bool is_date = to->form == MY_FORM_DATE;

    limits->lacks = PD_LACKS_INFINITY | PD_LACKS_FAR;
    limits->low = is_date ? year_0 : year_0 * day_us;
    limits->high = is_date ? year_10000 - 1 : year_10000 * day_us - 1;
    limits->bounds = "the column holds the years 0 to 9999";
    if (strncmp(to->spelled, "timestamp", 9) != 0)
        return;
    limits->low = 1;
    limits->high = my_stamp_most(my);
    limits->bounds = my_has_later_stamps(my) ? "the column holds the years 1970 to 2106"
                                             : "the column holds the years 1970 to 2038";
}

/* Of tinytext, text, mediumtext, and of their blobs. */
static uint64_t
bytes_of(const char *spelled)
{
    static const struct {
        const char *name;
        uint64_t most;
    } rows[] = {{"tinytext", 255}, {"text", 65535}, {"mediumtext", 16777215},
                {"tinyblob", 255}, {"blob", 65535}, {"mediumblob", 16777215}};
    size_t size = strcspn(spelled, " (");
    size_t i;

    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strlen(rows[i].name) == size && memcmp(rows[i].name, spelled, size) == 0)
            return rows[i].most;
    }
    return 0;
}

/* Of other character sets the server alone knows what they have, and how long it is. */
static void
limit_text(const struct present_column *to, struct pd_limits *limits)
{
    if (!to->charset || strncmp(to->charset, "utf8", 4) != 0)
        return;
    limits->lacks = PD_LACKS_BADTEXT;
    if (strcmp(to->charset, "utf8mb4") != 0)
        limits->lacks |= PD_LACKS_NON_BMP;
    limits->n_bytes = bytes_of(to->spelled);
}

pd_status
present_limits(struct pd_sink *sink, const struct pd_load *load, uint32_t table, uint32_t column,
               struct pd_limits *limits, struct pd_error *err)
{
    const struct pd_column *from = pd_column_at(pd_table_at(load->catalog, table), column);
    const struct present_column *to = present_find(&sink->ddl->present[table], from->name);

    if (!to)
        return PD_UNSUPPORTED;
    switch (to->form) {
    case MY_FORM_DATE:
    case MY_FORM_DATETIME:
        limit_days(sink->my, to, limits);
        return PD_OK;
    case MY_FORM_TIME:
        limits->low = -clock_max;
        limits->high = clock_max;
        limits->bounds = "the column holds times up to 838:59:59.999999";
        return PD_OK;
    case MY_FORM_FLOAT:
    case MY_FORM_DOUBLE:
        limits->lacks = PD_LACKS_NAN | PD_LACKS_INFINITY | PD_LACKS_NEGATIVE_ZERO;
        return PD_OK;
    case MY_FORM_DECIMAL:
        limits->lacks = PD_LACKS_NAN | PD_LACKS_INFINITY;
        return PD_OK;
    case MY_FORM_TEXT:
        limit_text(to, limits);
        return PD_OK;
    case MY_FORM_BYTES:
        limits->n_bytes = bytes_of(to->spelled);
        return PD_OK;
    default:
        return PD_OK;
    }
}
