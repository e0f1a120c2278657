// SPDX-License-Identifier: Apache-2.0
/* labels - the labels of all enums, in the order of their definition. */
#include "maker.h"

static const char labels_sql[] = "SELECT e.enumtypid, e.enumlabel FROM pg_catalog.pg_enum e"
                                 " ORDER BY e.enumtypid, e.enumsortorder";

static struct enum_labels *
labels_of(struct maker *m, uint32_t oid)
{
    struct enum_labels *last = m->n_enums ? &m->enums[m->n_enums - 1] : NULL;

    if (last && last->oid == oid)
        return last;
    last = maker_append(m, &m->scratch, &m->enums, m->n_enums, &m->enum_room, sizeof *last);
    if (!last)
        return NULL;
    last->oid = oid;
    m->n_enums++;
    return last;
}

static void
take_label(struct maker *m, const PGresult *r, int row)
{
    struct enum_labels *labels = labels_of(m, maker_oid(r, row, 0));
    const char **label = labels ? maker_append(m, m->pool, &labels->labels, labels->n_labels,
                                               &labels->room, sizeof *label)
                                : NULL;

    if (!label)
        return;
    *label = maker_text(m, r, row, 1);
    labels->n_labels++;
}

pd_status
labels_read(struct maker *m)
{
    return maker_each(m, "labels", labels_sql, "it", take_label);
}
