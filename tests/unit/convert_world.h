// SPDX-License-Identifier: Apache-2.0
/* convert_world - what the tests of conversions share: an arena, types spelled shortly, cells that
   are compared by what they mean. */
#pragma once

#include "model_rows.h"

#include "model/canonical.h"
#include "model/convert.h"

#define TYPE(kind_, ...)                                                                           \
    {                                                                                              \
        .struct_size = sizeof(struct pd_type), .kind = PD_KIND_##kind_, __VA_ARGS__                \
    }

static struct arena *memory;

static inline int
setup(void **state)
{
    memory = arena_new();
    return memory ? 0 : -1;
}

static inline int
teardown(void **state)
{
    arena_free(memory);
    return 0;
}

static inline bool
same_cell(const struct pd_type *type, const struct cell *a, const struct cell *b)
{
    struct canonical x, y;

    canonical_cell(type, a, &x);
    canonical_cell(type, b, &y);
    return x.class == y.class && x.size == y.size &&
           (x.size == 0 || memcmp(x.bytes, y.bytes, x.size) == 0);
}
