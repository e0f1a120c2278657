// SPDX-License-Identifier: Apache-2.0
/* reserve - memory that is held back for tidying up after memory has run short.

   Blocks lie one behind the other; what is given back is used again if it was the last one, which
   is how connections and statements use memory. */
#include "reserve.h"

#include <string.h>

/* Before each block, and as long as the strictest alignment. */
union block {
    struct {
        size_t size;
        size_t before; /* where the block before it begins */
    } head;
    unsigned char align_[16];
};

static size_t
rounded(size_t size)
{
    return (size + sizeof(union block) - 1) / sizeof(union block) * sizeof(union block);
}

static struct reserve *
reserve_of(const struct pd_host *host)
{
    return (struct reserve *)(uintptr_t)host;
}

static bool
is_ours(const struct reserve *r, const void *ptr)
{
    uintptr_t at = (uintptr_t)ptr, room = (uintptr_t)r->room;

    return at >= room && at < room + r->size;
}

static union block *
block_at(const struct reserve *r, size_t at)
{
    return (union block *)(void *)(r->room + at);
}

static bool
is_last(const struct reserve *r, const void *ptr)
{
    return r->used && (const void *)(block_at(r, r->last) + 1) == ptr;
}

static void *
take(struct reserve *r, size_t size)
{
    union block *block = block_at(r, r->used);

    if (size > r->size || rounded(size) + sizeof *block > r->size - r->used)
        return NULL;
    block->head.size = size;
    block->head.before = r->last;
    r->last = r->used;
    r->used += sizeof *block + rounded(size);
    return block + 1;
}

static void *
reserve_alloc(const struct pd_host *host, size_t size)
{
    struct reserve *r = reserve_of(host);
    void *memory = take(r, size);

    return memory ? memory : r->core->alloc(r->core, size);
}

static void
reserve_release(const struct pd_host *host, void *ptr)
{
    struct reserve *r = reserve_of(host);

    if (!is_ours(r, ptr)) {
        r->core->release(r->core, ptr);
    } else if (is_last(r, ptr)) {
        r->used = r->last;
        r->last = block_at(r, r->last)->head.before;
    }
}

static bool
grow_last(struct reserve *r, void *ptr, size_t size)
{
    if (!is_last(r, ptr) || size > r->size ||
        rounded(size) > r->size - r->last - sizeof(union block))
        return false;
    block_at(r, r->last)->head.size = size;
    r->used = r->last + sizeof(union block) + rounded(size);
    return true;
}

static void *
reserve_resize(const struct pd_host *host, void *ptr, size_t size)
{
    struct reserve *r = reserve_of(host);
    size_t held;
    void *grown;

    if (!ptr)
        return reserve_alloc(host, size);
    if (!is_ours(r, ptr))
        return r->core->resize(r->core, ptr, size);
    if (grow_last(r, ptr, size))
        return ptr;
    held = ((union block *)ptr - 1)->head.size;
    grown = reserve_alloc(host, size);
    if (!grown)
        return NULL;
    memcpy(grown, ptr, held < size ? held : size);
    reserve_release(host, ptr);
    return grown;
}

static int
never(const struct pd_host *host)
{
    return 0;
}

pd_status
reserve_open(struct reserve *r, const struct pd_host *core, size_t size, struct pd_error *err)
{
    size_t known = core->struct_size < sizeof r->host ? core->struct_size : sizeof r->host;

    memset(r, 0, sizeof *r);
    r->core = core;
    r->room = core->alloc(core, rounded(size));
    r->spare = core->alloc(core, RESERVE_LIBRARY);
    if (!r->room || !r->spare) {
        reserve_close(r);
        return my_no_memory(core, err);
    }
    r->size = rounded(size);
    memcpy(&r->host, core, known);
    r->host.struct_size = (uint32_t)known;
    r->host.alloc = reserve_alloc;
    r->host.resize = reserve_resize;
    r->host.release = reserve_release;
    r->host.cancelled = never;
    return PD_OK;
}

const struct pd_host *
reserve_use(struct reserve *r)
{
    r->core->release(r->core, r->spare);
    r->spare = NULL;
    return &r->host;
}

void
reserve_close(struct reserve *r)
{
    if (!r->core)
        return;
    r->core->release(r->core, r->spare);
    r->core->release(r->core, r->room);
    memset(r, 0, sizeof *r);
}
