// SPDX-License-Identifier: Apache-2.0
/* nearest - see nearest.h. */
#include "plugin/nearest.h"

#include <stdint.h>
#include <string.h>

enum { LONGEST = 64 }; /* names of options and schemes; longer ones are not compared */

static size_t
least(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;

    return ab < c ? ab : c;
}

/* How many letters must be put in, left out or changed to get from one to the other. */
static size_t
distance(const char *from, const char *to)
{
    size_t row[LONGEST + 1], n_from = strlen(from), n_to = strlen(to);

    if (n_from > LONGEST || n_to > LONGEST)
        return SIZE_MAX;
    for (size_t j = 0; j <= n_to; j++)
        row[j] = j;
    for (size_t i = 1; i <= n_from; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= n_to; j++) {
            size_t above = row[j];

            row[j] = least(above + 1, row[j - 1] + 1, diagonal + (from[i - 1] != to[j - 1]));
            diagonal = above;
        }
    }
    return row[n_to];
}

struct nearest
nearest_to(const char *wanted)
{
    return (struct nearest){.wanted = wanted, .distance = SIZE_MAX};
}

void
nearest_offer(struct nearest *nearest, const char *name)
{
    size_t d = distance(nearest->wanted, name);

    if (d < nearest->distance) {
        nearest->distance = d;
        nearest->best = name;
    }
}

const char *
nearest_get(const struct nearest *nearest)
{
    size_t bound = strlen(nearest->wanted) / 3 + 1;

    return nearest->distance <= bound ? nearest->best : NULL;
}
