// SPDX-License-Identifier: Apache-2.0
/* fake_host - the core's services as a test of a plugin's own files needs them: memory that is
   counted and can be short, memory of one batch, the last error, options, and every expression
   taken for portable. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* All of them, since their arguments are called host too. */
#include <polydump/batch.h>
#include <polydump/left_out.h>
#include <polydump/options.h>
#include <polydump/schema.h>
#include <polydump/sql.h>
#include <polydump/value.h>

static long n_live;           /* blocks not yet given back */
static long n_until_out = -1; /* allocations until memory is short; negative: never */
static char said[1024];       /* the last error ... */
static int cause_said;        /* ... and its cause */
static void *batch_blocks[4096];
static size_t n_batch_blocks;
static const char *(*option_of)(const char *name); /* NULL: no option has a value */

static void *
host_resize(const struct pd_host *host, void *ptr, size_t size)
{
    if (n_until_out == 0)
        return NULL;
    n_until_out--;
    n_live += ptr == NULL;
    return realloc(ptr, size);
}

static void *
host_alloc(const struct pd_host *host, size_t size)
{
    return host_resize(host, NULL, size);
}

static void
host_release(const struct pd_host *host, void *ptr)
{
    n_live -= ptr != NULL;
    free(ptr);
}

/* One batch at a time. */
static struct pd_memory *
host_batch_begin(const struct pd_host *host)
{
    return (struct pd_memory *)(void *)batch_blocks;
}

static void *
host_batch_alloc(struct pd_memory *memory, size_t size)
{
    void *block = aligned_alloc(64, (size + 64) / 64 * 64);

    assert_true(block && n_batch_blocks < sizeof batch_blocks / sizeof *batch_blocks);
    batch_blocks[n_batch_blocks++] = block;
    return block;
}

static void
host_batch_end(struct pd_memory *memory)
{
    while (n_batch_blocks)
        free(batch_blocks[--n_batch_blocks]);
}

static pd_status
host_fail(struct pd_error *err, pd_status status, int cause, const char *fmt, ...)
{
    va_list list;

    va_start(list, fmt);
    vsnprintf(said, sizeof said, fmt, list);
    va_end(list);
    cause_said = cause;
    return status;
}

static const char *
host_option(const struct pd_options *options, const char *name)
{
    return option_of ? option_of(name) : NULL;
}

static int
host_cancelled(const struct pd_host *host)
{
    return 0;
}

static pd_status
host_expr_read(const struct pd_host *host, const struct pd_dialect *dialect, const char *sql,
               char **ret_text, struct pd_error *err)
{
    size_t size = strlen(sql) + 1;

    *ret_text = host_alloc(host, size);
    if (!*ret_text)
        return PD_FATAL;
    memcpy(*ret_text, sql, size);
    return PD_OK;
}

static uint32_t uses_said; /* what every expression uses: PD_USES_* */

static pd_status
host_expr_uses(const struct pd_host *host, const struct pd_operands *operands, const char *text,
               uint32_t *ret_uses, struct pd_error *err)
{
    *ret_uses = uses_said;
    return PD_OK;
}

static int default_tag_said; /* of every literal, which stays as it stands */

static pd_status
host_default_value(const struct pd_host *host, const struct pd_column *column,
                   const struct pd_type *as, uint32_t flags, int *ret_tag, char **ret_text,
                   size_t *ret_size, struct pd_error *err)
{
    *ret_text = host_alloc(host, column->default_size + 1);
    if (!*ret_text)
        return PD_FATAL;
    memcpy(*ret_text, column->default_text, column->default_size);
    (*ret_text)[column->default_size] = 0;
    *ret_tag = default_tag_said;
    *ret_size = column->default_size;
    return PD_OK;
}

static size_t
host_real_text(double value, char *buffer)
{
    return (size_t)snprintf(buffer, 32, "%.17g", value);
}

static const struct pd_host host = {
    .struct_size = sizeof host,
    .abi = PD_ABI,
    .fail = host_fail,
    .alloc = host_alloc,
    .resize = host_resize,
    .release = host_release,
    .batch_begin = host_batch_begin,
    .batch_alloc = host_batch_alloc,
    .batch_end = host_batch_end,
    .option = host_option,
    .cancelled = host_cancelled,
    .expr_read = host_expr_read,
    .real_text = host_real_text,
    .expr_uses = host_expr_uses,
    .default_value = host_default_value,
};
