// SPDX-License-Identifier: Apache-2.0
/* model_count - counts one column of given cells, for tests of profiles and facts. */
#pragma once

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/digest.h"
#include "model/profile.h"
#include "model/text.h"
#include "model_rows.h"

/* One column, its cells, and what was counted. */
struct counted {
    struct arena *arena;
    struct pd_column column;
    struct pd_table table;
    struct tally *tally;
    struct pd_stats stats;
};

static inline void
count(struct counted *c, struct pd_type type, const struct cell *cells, uint32_t n)
{
    const struct pd_batch *batch;
    struct pd_error err = {0};

    c->column = (struct pd_column){.name = "x", .type = type};
    c->table = (struct pd_table){.name = "t", .columns = &c->column, .n_columns = 1};
    assert_int_equal(tally_new(&c->table, &c->tally, &err), PD_OK);
    if (n) {
        batch = rows_batch(&c->table, cells, n);
        assert_int_equal(batch_check(&c->table, batch, &err), PD_OK);
        assert_int_equal(tally_batch(c->tally, batch, NULL, NULL, NULL, &err), PD_OK);
        batch_release(batch);
    }
    assert_int_equal(tally_stats(c->tally, &c->stats, &err), PD_OK);
}

static inline const struct pd_fact *
find(const struct pd_stats *stats, uint32_t column, uint32_t id)
{
    for (size_t i = 0; i < stats->n_facts; i++) {
        if (stats->facts[i].column == column && stats->facts[i].id == id)
            return &stats->facts[i];
    }
    return NULL;
}

static inline const char *
fact_text(const struct counted *c, uint32_t id)
{
    static char text[200];
    const struct pd_fact *fact = find(&c->stats, id == PD_FACT_ROWS ? PD_NO_COLUMN : 0, id);

    if (!fact)
        return "absent";
    fact_value_text(fact, text, sizeof text);
    return text;
}

static inline struct cell
text_cell(int tag, const char *text)
{
    return (struct cell){.tag = tag, .bytes = (const uint8_t *)text, .size = strlen(text)};
}
