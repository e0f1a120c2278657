// SPDX-License-Identifier: Apache-2.0
/* host - see host.h. */
#include "plugin/host.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/budget.h"
#include "base/buffer.h"
#include "base/cancel.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "model/expr.h"
#include "model/literal.h"
#include "model/text.h"
#include "model/value.h"
#include "plugin/options.h"
#include "plugin/url.h"

enum { LOG_SIZE = 2 * ERROR_TEXT_SIZE };

/* Stands before each piece, so that what is given back can be counted. */
union head {
    size_t size;
    alignas(max_align_t) unsigned char bytes[sizeof(max_align_t)];
};

static atomic_size_t allocated;

size_t
host_allocated(void)
{
    return atomic_load(&allocated);
}

/* ---- Memory ---------------------------------------------------------------------------------- */

static void
host_release(const struct pd_host *host, void *ptr)
{
    union head *head = ptr;

    if (!ptr)
        return;
    head--;
    atomic_fetch_sub_explicit(&allocated, head->size, memory_order_relaxed);
    free(head);
}

static void *
host_resize(const struct pd_host *host, void *ptr, size_t size)
{
    union head *head = ptr ? (union head *)ptr - 1 : NULL;
    size_t old_size = head ? head->size : 0;

    if (size > SIZE_MAX - sizeof *head)
        return NULL;
    head = realloc(head, sizeof *head + size);
    if (!head)
        return NULL;
    head->size = size;
    atomic_fetch_add_explicit(&allocated, size - old_size, memory_order_relaxed);
    return head + 1;
}

static void *
host_alloc(const struct pd_host *host, size_t size)
{
    return host_resize(host, NULL, size);
}

static struct pd_memory *
host_batch_begin(const struct pd_host *host)
{
    return budget_begin();
}

/* ---- What is told and asked ------------------------------------------------------------------ */

static void PD_PRINTF(3, 4) host_log(const struct pd_host *host, int level, const char *fmt, ...)
{
    char text[LOG_SIZE];
    va_list args;

    if (level > log_level())
        return;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    log_message(level < PD_LOG_ERROR ? PD_LOG_ERROR : level, "%s", text);
}

static int
host_cancelled(const struct pd_host *host)
{
    return cancel_wanted();
}

/* A copy of a string that release() takes. */
static pd_status
copy_out(const struct pd_host *host, const char *text, char **ret_text, struct pd_error *err)
{
    char *copy = host_alloc(host, strlen(text) + 1);

    if (!copy)
        return error_memory(err);
    memcpy(copy, text, strlen(text) + 1);
    *ret_text = copy;
    return PD_OK;
}

/* Hand a string of malloc() over. */
static pd_status
hand_over(const struct pd_host *host, pd_status status, char *text, char **ret_text,
          struct pd_error *err)
{
    CLEANUP_FREE char *owned = text;

    return status == PD_OK ? copy_out(host, owned, ret_text, err) : status;
}

/* A plugin of an earlier release has fewer members in it. */
static const struct pd_dialect *
whole_dialect(const struct pd_dialect *dialect, struct pd_dialect *whole)
{
    size_t size;

    if (!dialect || dialect->struct_size >= sizeof *whole)
        return dialect;
    size = dialect->struct_size;
    memset(whole, 0, sizeof *whole);
    memcpy(whole, dialect, size);
    return whole;
}

static pd_status
host_expr_read(const struct pd_host *host, const struct pd_dialect *dialect, const char *sql,
               char **ret_text, struct pd_error *err)
{
    struct pd_dialect whole;
    char *text = NULL;
    pd_status status = expr_read(whole_dialect(dialect, &whole), sql, &text, err);

    return hand_over(host, status, text, ret_text, err);
}

static pd_status
host_expr_write(const struct pd_host *host, const struct pd_dialect *dialect, const char *text,
                char **ret_sql, struct pd_error *err)
{
    struct pd_dialect whole;
    char *sql = NULL;
    pd_status status = expr_write(whole_dialect(dialect, &whole), text, &sql, err);

    return hand_over(host, status, sql, ret_sql, err);
}

static pd_status
host_expr_uses(const struct pd_host *host, const struct pd_operands *operands, const char *text,
               uint32_t *ret_uses, struct pd_error *err)
{
    (void)host;
    return expr_uses(operands, text, ret_uses, err);
}

static pd_status
host_default_value(const struct pd_host *host, const struct pd_column *column,
                   const struct pd_type *as, uint32_t flags, int *ret_tag, char **ret_text,
                   size_t *ret_size, struct pd_error *err)
{
    CLEANUP_BUFFER struct buffer text = {0};
    bool is_tagged = flags & PD_MAPPING_TAGGED;
    pd_status status = literal_convert(column, as, is_tagged, &text, ret_tag, err);
    char *copy;

    if (status != PD_OK)
        return status;
    copy = host_alloc(host, text.size + 1);
    if (!copy)
        return error_memory(err);
    memcpy(copy, buffer_string(&text), text.size + 1);
    *ret_text = copy;
    *ret_size = text.size;
    return PD_OK;
}

static pd_status
make_partial(const struct pd_host *host, const char *path, bool is_folder, char **ret_partial,
             struct pd_error *err)
{
    CLEANUP_FREE char *partial = NULL;
    pd_status status = partial_name(path, is_folder, &partial, err);

    if (status != PD_OK)
        return status;
    status = copy_out(host, partial, ret_partial, err);
    if (status != PD_OK && remove(partial) != 0) /* nobody would know of it */
        log_message(PD_LOG_WARNING, "cannot remove '%s'", partial);
    return status;
}

static pd_status
host_file_partial(const struct pd_host *host, const char *path, char **ret_partial,
                  struct pd_error *err)
{
    return make_partial(host, path, /* is_folder= */ false, ret_partial, err);
}

static pd_status
host_folder_partial(const struct pd_host *host, const char *path, char **ret_partial,
                    struct pd_error *err)
{
    return make_partial(host, path, /* is_folder= */ true, ret_partial, err);
}

static pd_status
host_file_publish(const struct pd_host *host, const char *partial, const char *path, int replace,
                  struct pd_error *err)
{
    return partial_publish_name(partial, path, replace != 0, err);
}

/* ---- Ends that are wrapped ------------------------------------------------------------------- */

static pd_status
host_resolve(const struct pd_host *host, const char *url, const struct pd_options *options,
             const struct pd_plugin **ret_plugin, const struct pd_endpoint **ret_end,
             struct pd_error *err)
{
    CLEANUP(end) struct end *end = NULL;
    pd_status status = url_resolve(url, END_WRAPPED, &end, err);

    if (status < 0)
        return status;
    status = options_pass(end->options, options, err);
    if (status < 0)
        return error_prefix(err, status, "'%s'", url_redacted(url));
    *ret_plugin = &end->loaded->plugin;
    *ret_end = &take(end)->endpoint;
    return PD_OK;
}

static void
host_unresolve(const struct pd_host *host, const struct pd_endpoint *endpoint)
{
    if (endpoint)
        end_free((struct end *)((uintptr_t)endpoint - offsetof(struct end, endpoint)));
}

static const struct pd_host the_host = {
    .struct_size = sizeof the_host,
    .abi = PD_ABI,
    .fail = error_fail,
    .detail = error_detail,
    .log = host_log,
    .alloc = host_alloc,
    .resize = host_resize,
    .release = host_release,
    .batch_begin = host_batch_begin,
    .batch_alloc = budget_alloc,
    .batch_end = budget_end,
    .option = options_get,
    .cancelled = host_cancelled,
    .expr_read = host_expr_read,
    .expr_write = host_expr_write,
    .file_partial = host_file_partial,
    .file_publish = host_file_publish,
    .resolve = host_resolve,
    .unresolve = host_unresolve,
    .real_text = text_real,
    .value_text = value_text,
    .value_read = value_read,
    .expr_uses = host_expr_uses,
    .folder_partial = host_folder_partial,
    .default_value = host_default_value,
};

const struct pd_host *
host_get(void)
{
    return &the_host;
}
