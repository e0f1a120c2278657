// SPDX-License-Identifier: Apache-2.0
/* saving - a batch on its way into the sink. A batch of which all rows get in, as nearly every one
   is, is not copied; else it is made anew without the others. */
#include "run/saving.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <polydump/migration.h>

#include "base/cancel.h"
#include "model/profile.h"
#include "run/value_advice.h"

/* A batch in hand. */
struct passage;

/* A step's answers, and where they belong. */
struct saving_answers {
    struct pd_answers answers; /* first */
    struct passage *passage;
};

struct passage {
    struct pd_rejects answers; /* first: the sink's */
    struct saving *saving;
    const struct pd_batch *batch; /* as it came */
    const struct pd_source_ops *long_ops;
    struct pd_source *long_source;
    const uint32_t *kept; /* of each row that the sink was given: its number; NULL: the same */
    uint32_t n_out;
    uint8_t out[PD_BATCH_ROWS / 8]; /* one bit a row: it is not in */
    uint32_t numbers[PD_BATCH_ROWS];
    /* Refused, where that ends the run. */
    uint64_t n_fatal;
    uint32_t first_row;
    bool is_step;   /* by a step */
    bool is_misfit; /* no error of the engine, but a value that it has no place for */
    char first[512];
    pd_status status; /* of what could not say so at once */
    struct pd_error *err;
};

static bool
is_out(const struct passage *p, uint32_t row)
{
    return p->out[row / 8] >> row % 8 & 1;
}

/* ---- Rows that do not get in ---- */

static pd_status
pile_put(struct passage *p, uint32_t row, enum pile_state state, const struct pile_reason *reason)
{
    const struct saving *saving = p->saving;
    struct pile *pile = saving->lanes->rejects->pile;
    const struct pd_table *table = &saving->lanes->selection->catalog->tables[saving->table];

    if (!saving->rows)
        return pile_add(pile, table, saving->table, p->batch, row, p->long_ops, p->long_source,
                        state, reason, p->err);
    pile_set_state(pile, saving->rows[row], state);
    return pile_set_reason(pile, saving->rows[row], reason, p->err);
}

static pd_status
put_aside(struct passage *p, uint32_t row, enum pile_state state, const struct pile_reason *reason)
{
    struct rejects *rejects = p->saving->lanes->rejects;
    pd_status status;

    if (is_out(p, row))
        return PD_OK;
    p->out[row / 8] |= (uint8_t)(1u << row % 8);
    p->n_out++;
    p->saving->n_waiting += state == PILE_WAITING;
    p->saving->n_rejected += state == PILE_REFUSED;
    pthread_mutex_lock(&rejects->mutex);
    status = pile_put(p, row, state, reason);
    pthread_mutex_unlock(&rejects->mutex);
    return status;
}

/* Rows that nobody wants to go without. */
static void
note_fatal(struct passage *p, uint32_t row, const struct pile_reason *reason)
{
    if (p->n_fatal++ > 0)
        return;
    p->first_row = row;
    p->is_step = reason->by_step;
    p->is_misfit = reason->cause == PD_CAUSE_DATA && !reason->code && !reason->by_step;
    snprintf(p->first, sizeof p->first, "%s%s%s", reason->text, reason->constraint ? ": " : "",
             reason->constraint ? reason->constraint : "");
}

static void
row_refused(struct passage *p, uint32_t row, const struct pile_reason *reason)
{
    const struct rejects *rejects = p->saving->lanes->rejects;
    bool waits = reason->cause == PD_CAUSE_MISSING && rejects && rejects->defers;

    if (p->status != PD_OK)
        return;
    if (waits || (rejects && rejects->asked))
        p->status = put_aside(p, row, waits ? PILE_WAITING : PILE_REFUSED, reason);
    else
        note_fatal(p, row, reason);
}

/* "or --zero-date 't.d=null' (or =DATE); " when the row has such a value in the column that the
   target spoke of. */
static void
advice_put(const struct passage *p, struct buffer *out)
{
    const struct saving *saving = p->saving;
    const struct pd_table *table = &saving->lanes->selection->catalog->tables[saving->table];
    CLEANUP_BUFFER struct buffer option = {0};

    for (uint32_t i = 0; p->is_misfit && i < p->batch->n_columns; i++) {
        const struct pd_column *column = &table->columns[i];
        struct cell cell = batch_cell(&column->type, batch_vector(p->batch, i), p->first_row);
        char name[200];

        snprintf(name, sizeof name, "column '%s'", column->name);
        if (!strstr(p->first, name) ||
            !value_advice_put(&option, table, column, PD_KIND_NONE,
                              !(column->flags & PD_COLUMN_NOT_NULL), &cell))
            continue;
        if (buffer_string(&option))
            buffer_printf(out, "%s --%s; ", strstr(p->first, "use --") ? "or" : "use",
                          buffer_string(&option));
        return;
    }
}

/* Rows are counted as they were sent, from 1. */
static pd_status
fail_refused(const struct passage *p, uint64_t n_before)
{
    const struct saving *saving = p->saving;
    CLEANUP_BUFFER struct buffer option = {0};
    const char *advice = p->is_misfit && saving->lanes->may_carry
                             ? "use --misfit=carrier"
                             : "correct the source, change in the target what refuses it, or have "
                               "such rows set aside by --rejects";

    /* Whoever refused it may have said so. */
    if (p->is_misfit && (strstr(p->first, "--misfit") || strstr(p->first, "--rejects")))
        advice = "`polydump plan` lists all such columns";
    advice_put(p, &option);
    return error_fail(
        p->err, PD_FATAL, PD_CAUSE_DATA, "%llu %s refused by %s, the first is row %llu%s: %s; %s%s",
        (unsigned long long)p->n_fatal, p->n_fatal == 1 ? "row was" : "rows were",
        p->is_step ? "a migration" : "the target", (unsigned long long)n_before + p->first_row + 1,
        saving->n_parts > 1 ? " of a part" : "", p->first,
        option.size && buffer_string(&option) ? buffer_string(&option) : "", advice);
}

/* ---- Who refuses: the types, the target ---- */

static pd_status
tell_misfit(void *arg, uint32_t row, const char *text, struct pd_error *err)
{
    return put_aside(arg, row, PILE_REFUSED,
                     &(struct pile_reason){.cause = PD_CAUSE_DATA, .text = text});
}

/* struct pd_rejects */
static void
sink_refuses(struct pd_rejects *answers, uint32_t row, int cause, const char *code,
             const char *constraint, const char *text)
{
    struct passage *p = (struct passage *)answers;
    const struct pile_reason reason = {
        .cause = cause, .code = code, .constraint = constraint, .text = text ? text : "refused"};

    row_refused(p, p->kept ? p->kept[row] : row, &reason);
}

/* struct pd_answers */
static void
step_later(struct pd_answers *answers, uint32_t row, const char *reason)
{
    struct passage *p = ((struct saving_answers *)answers)->passage;

    if (p->status == PD_OK && row < p->batch->n_rows)
        p->status = put_aside(p, row, PILE_WAITING,
                              &(struct pile_reason){.cause = PD_CAUSE_MISSING,
                                                    .by_step = true,
                                                    .text = reason ? reason : "later"});
}

static void
step_rejects(struct pd_answers *answers, uint32_t row, const char *reason)
{
    struct passage *p = ((struct saving_answers *)answers)->passage;

    if (row < p->batch->n_rows)
        row_refused(p, row,
                    &(struct pile_reason){.cause = PD_CAUSE_DATA,
                                          .by_step = true,
                                          .text = reason ? reason : "rejected"});
}

static pd_status
ask_steps(struct passage *p)
{
    const struct saving *saving = p->saving;
    const struct rejects *rejects = saving->lanes->rejects;
    const struct save_hook *hook = rejects ? rejects->hook : NULL;
    uint32_t table = saving->lanes->selection->origins[saving->table];
    struct saving_answers answers = {.answers = {.struct_size = sizeof answers.answers,
                                                 .round = saving->round,
                                                 .later = step_later,
                                                 .reject = step_rejects},
                                     .passage = p};
    pd_status status;

    if (!hook || !hook->wants(hook->arg, table))
        return PD_OK;
    status = hook->ask(hook->arg, table, p->batch, &answers.answers, p->err);
    return status == PD_OK ? p->status : status;
}

/* ---- A batch without some of its rows ---- */

static const struct pd_table *
written_table(const struct saving *saving)
{
    const struct lanes *lanes = saving->lanes;

    return lanes->mapping ? &lanes->mapping->tables[saving->table]
                          : &lanes->selection->catalog->tables[saving->table];
}

static void
put_row(struct pd_builder *builder, const struct pd_table *table, const struct pd_batch *batch,
        uint32_t row)
{
    for (uint32_t i = 0; i < batch->n_columns; i++) {
        const struct pd_type *type = &table->columns[i].type;
        struct cell cell = batch_cell(type, batch_vector(batch, i), row);

        batch_put_cell(builder, i, type, &cell);
    }
    pd_builder_row(builder);
}

/* The rows that are not out, the caller's. Their numbers go to p->numbers. */
static pd_status
pick_rows(struct passage *p, const struct pd_batch *batch, const struct pd_batch **ret_batch)
{
    const struct pd_table *table = written_table(p->saving);
    struct pd_builder builder = {0};
    uint32_t n = 0;
    pd_status status = batch_builder_open(&builder, table, p->err);

    *ret_batch = NULL;
    builder.max_rows = batch->n_rows; /* its own columns may be wider than those of the source */
    if (status == PD_OK && pd_builder_begin(&builder) != PD_OK)
        status = cancel_wanted() ? error_fail(p->err, PD_FATAL, PD_CAUSE_CANCELLED, "interrupted")
                                 : error_memory(p->err);
    for (uint32_t row = 0; row < batch->n_rows && status == PD_OK; row++) {
        if (is_out(p, row))
            continue;
        put_row(&builder, table, batch, row);
        p->numbers[n++] = row;
    }
    if (status == PD_OK && !(*ret_batch = pd_builder_finish(&builder)))
        status = error_memory(p->err);
    pd_builder_close(&builder);
    return status;
}

/* ---- The way in ---- */

static pd_status
write_rows(struct passage *p, const struct pd_batch *batch)
{
    const struct saving *saving = p->saving;
    const struct pd_batch *picked = NULL;
    pd_status status = PD_OK;

    if (p->n_out == batch->n_rows)
        return PD_OK;
    if (p->n_out) {
        status = pick_rows(p, batch, &picked);
        p->kept = p->numbers;
    }
    if (status == PD_OK)
        status = saving->lanes->sink_ops->write(saving->sink, picked ? picked : batch, p->long_ops,
                                                p->long_source, &p->answers, p->err);
    batch_release(picked);
    return status == PD_OK ? p->status : status;
}

static pd_status
count_rows(struct passage *p, const struct pd_batch *batch)
{
    struct tally *written = p->saving->written;
    const struct pd_batch *picked = NULL;
    pd_status status = PD_OK;

    if (!written || p->n_out == batch->n_rows)
        return PD_OK;
    if (p->n_out)
        status = pick_rows(p, batch, &picked);
    if (status == PD_OK)
        status = tally_batch(written, picked ? picked : batch, p->long_ops, p->long_source, NULL,
                             p->err);
    batch_release(picked);
    return status;
}

static void
mark_done(struct passage *p)
{
    const struct saving *saving = p->saving;

    for (uint32_t row = 0; saving->rows && row < p->batch->n_rows; row++) {
        if (!is_out(p, row))
            pile_set_state(saving->lanes->rejects->pile, saving->rows[row], PILE_DONE);
    }
}

static pd_status
save_rows(struct passage *p, uint64_t n_before)
{
    struct saving *saving = p->saving;
    const struct rejects *rejects = saving->lanes->rejects;
    const struct fit_listener listener = {tell_misfit, p};
    const struct pd_batch *fitted = p->batch;
    pd_status status = ask_steps(p);

    if (status == PD_OK && p->n_fatal)
        status = fail_refused(p, n_before);
    if (status == PD_OK && saving->fit)
        status = fit_batch(saving->fit, p->batch, p->long_ops, p->long_source, n_before,
                           rejects && rejects->asked ? &listener : NULL, &fitted, p->err);
    if (status != PD_OK) {
        batch_release(p->batch);
        return status;
    }
    status = write_rows(p, fitted);
    if (status == PD_OK)
        status = p->n_fatal ? fail_refused(p, n_before) : count_rows(p, fitted);
    if (status == PD_OK)
        mark_done(p);
    saving->n_written += p->batch->n_rows - p->n_out;
    batch_release(fitted);
    return status;
}

pd_status
saving_batch(struct saving *saving, const struct pd_batch *batch,
             const struct pd_source_ops *long_ops, struct pd_source *long_source,
             struct pd_error *err)
{
    struct passage *p = calloc(1, sizeof *p);
    uint64_t n_before = saving->n_written + saving->n_rejected + saving->n_waiting;
    pd_status status;

    if (!p) {
        batch_release(batch);
        return error_memory(err);
    }
    p->answers = (struct pd_rejects){.struct_size = sizeof p->answers, .add = sink_refuses};
    p->saving = saving;
    p->batch = batch;
    p->long_ops = long_ops;
    p->long_source = long_source;
    p->err = err;
    status = save_rows(p, n_before);
    free(p);
    return status;
}
