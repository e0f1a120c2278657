// SPDX-License-Identifier: Apache-2.0
/* chain - the steps from one version to another, proved before anything is written. */
#include "migrate/chain.h"

#include <string.h>

#include "migrate/version.h"

struct finding {
    const struct step_list *list;
    struct chain chain;  /* as far as it goes */
    const char *current; /* where it has come to */
    struct pd_error *err;
};

/* ---- What is said ---- */

/* "step '1.0' -> '1.1' (1.0.lua)" */
static void
step_put(struct buffer *out, const struct pd_migration *step)
{
    buffer_printf(out, "step '%s' -> '%s'", step->from, step->to);
    if (step->origin)
        buffer_printf(out, " (%s)", step->origin);
}

static pd_status
refuse(struct finding *finding, struct buffer *text)
{
    const char *string = buffer_string(text);

    if (!string)
        return error_memory(finding->err);
    return error_fail(finding->err, PD_FAILED, PD_CAUSE_VERSION, "%s", string);
}

static pd_status
version_check(struct finding *finding, const char *whose, const char *version)
{
    if (version_is_valid(version))
        return PD_OK;
    return error_fail(finding->err, PD_FAILED, PD_CAUSE_VERSION,
                      "%s'%s' is no version: it takes a digit, and nothing but letters, digits and "
                      ". - _ + ~",
                      whose, version);
}

/* "1.0 -> 1.1: " before what is wrong there. */
static void
way_put(struct buffer *out, const struct finding *finding)
{
    struct chain way = finding->chain;

    way.to = finding->current;
    chain_put(&way, out);
    buffer_text(out, ": ");
}

void
chain_put(const struct chain *chain, struct buffer *out)
{
    const char *at = chain->from;

    buffer_text(out, at);
    for (size_t i = 0; i < chain->n_steps; i++) {
        at = chain->steps[i]->to;
        buffer_printf(out, " -> %s", at);
    }
    if (version_compare(at, chain->to) != 0)
        buffer_printf(out, " -> %s", chain->to);
}

/* ---- Steps that are wrong wherever they stand ---- */

static bool
applies(const struct pd_migration *step, const char *version)
{
    return version_compare(step->from, version) <= 0 && version_compare(version, step->to) < 0;
}

/* The step that stands for a version: of several the one with the largest `from`, and of those the
   first. limit: not beyond it; NULL: however far. */
static const struct pd_migration *
step_for(const struct step_list *list, const char *version, const char *limit)
{
    const struct pd_migration *best = NULL;

    for (size_t i = 0; i < list->n_steps; i++) {
        const struct pd_migration *step = list->steps[i];

        if (applies(step, version) && (!limit || version_compare(step->to, limit) <= 0) &&
            (!best || version_compare(best->from, step->from) < 0))
            best = step;
    }
    return best;
}

/* A step downwards: do others lead up to where it begins? */
static pd_status
refuse_downwards(struct finding *finding, const struct pd_migration *wrong)
{
    CLEANUP_BUFFER struct buffer text = {0};
    CLEANUP_BUFFER struct buffer way = {0};
    const struct pd_migration *step;
    const char *at = wrong->to;

    buffer_text(&way, at);
    while (version_compare(at, wrong->from) < 0 &&
           (step = step_for(finding->list, at, wrong->from))) {
        at = step->to;
        buffer_printf(&way, " -> %s", at);
    }
    step_put(&text, wrong);
    if (version_compare(wrong->from, wrong->to) != 0 && version_compare(at, wrong->from) == 0)
        buffer_printf(&text, " closes a cycle: %s -> %s; a step leads to a later version",
                      buffer_string(&way) ? buffer_string(&way) : "", wrong->to);
    else
        buffer_text(&text, " does not lead upwards; a step leads to a later version");
    return refuse(finding, &text);
}

static pd_status
refuse_twice(struct finding *finding, const struct pd_migration *a, const struct pd_migration *b)
{
    CLEANUP_BUFFER struct buffer text = {0};

    step_put(&text, a);
    buffer_text(&text, " is there twice: ");
    step_put(&text, b);
    buffer_text(&text, " does the same; keep one of them");
    return refuse(finding, &text);
}

static pd_status
step_check(struct finding *finding, size_t number)
{
    const struct pd_migration *const *steps = finding->list->steps;
    const struct pd_migration *step = steps[number];

    CLEANUP_BUFFER struct buffer whose = {0};
    pd_status status;

    step_put(&whose, step);
    buffer_text(&whose, ": ");
    if (!buffer_string(&whose))
        return error_memory(finding->err);
    status = version_check(finding, buffer_string(&whose), step->from);
    if (status == PD_OK)
        status = version_check(finding, buffer_string(&whose), step->to);
    for (size_t i = 0; i < number && status == PD_OK; i++) {
        if (version_compare(steps[i]->from, step->from) == 0 &&
            version_compare(steps[i]->to, step->to) == 0)
            status = refuse_twice(finding, steps[i], step);
    }
    return status;
}

static pd_status
list_check(struct finding *finding)
{
    const struct step_list *list = finding->list;
    pd_status status = PD_OK;

    for (size_t i = 0; i < list->n_steps && status == PD_OK; i++)
        status = step_check(finding, i);
    for (size_t i = 0; i < list->n_steps && status == PD_OK; i++) {
        if (version_compare(list->steps[i]->from, list->steps[i]->to) >= 0)
            status = refuse_downwards(finding, list->steps[i]);
    }
    for (size_t i = 0; i < list->n_versions && status == PD_OK; i++)
        status = version_check(finding, "listed version ", list->versions[i]);
    return status;
}

/* ---- Known versions ---- */

/* The n-th known version: the listed ones, then the ends of the steps. */
static const char *
known_nth(const struct step_list *list, size_t n)
{
    if (n < list->n_versions)
        return list->versions[n];
    n -= list->n_versions;
    if (n < 2 * list->n_steps)
        return n % 2 ? list->steps[n / 2]->to : list->steps[n / 2]->from;
    return NULL;
}

static const char *
known_newest(const struct step_list *list)
{
    const char *newest = NULL, *version;

    for (size_t i = 0; (version = known_nth(list, i)); i++) {
        if (!newest || version_compare(newest, version) < 0)
            newest = version;
    }
    return newest;
}

/* The known version that follows, of equal ones the listed one; NULL: there is none. */
static const char *
known_after(const struct step_list *list, const char *version, bool *ret_listed)
{
    const char *next = NULL, *known;

    for (size_t i = 0; (known = known_nth(list, i)); i++) {
        if (version_compare(version, known) < 0 && (!next || version_compare(known, next) < 0)) {
            next = known;
            *ret_listed = i < list->n_versions;
        }
    }
    return next;
}

/* Nobody who does not know a version or an earlier one can say that nothing has changed since. */
static bool
is_before_all(const struct step_list *list, const char *version)
{
    const char *known;

    for (size_t i = 0; (known = known_nth(list, i)); i++) {
        if (version_compare(known, version) <= 0)
            return false;
    }
    return true;
}

/* ---- The way ---- */

static pd_status
refuse_gap(struct finding *finding, const char *next)
{
    CLEANUP_BUFFER struct buffer text = {0};

    way_put(&text, finding);
    buffer_printf(&text, "no step leads from '%s' ", finding->current);
    if (is_before_all(finding->list, finding->current))
        buffer_printf(&text, "to '%s', and it is older than every version that is known", next);
    else if (version_compare(next, finding->chain.to) < 0)
        buffer_printf(&text, "to '%s' on the way to '%s', and '%s' is not listed as a version",
                      next, finding->chain.to, next);
    else
        buffer_printf(&text, "to '%s', and '%s' is not listed as a version", next, next);
    buffer_text(&text, "; a step is missing");
    return refuse(finding, &text);
}

/* Of two steps from one version neither is the better one. */
static pd_status
step_check_alone(struct finding *finding, const struct pd_migration *step)
{
    const struct step_list *list = finding->list;
    CLEANUP_BUFFER struct buffer text = {0};

    for (size_t i = 0; i < list->n_steps; i++) {
        const struct pd_migration *other = list->steps[i];

        if (other == step || version_compare(other->from, step->from) != 0 ||
            !applies(other, finding->current) || version_compare(other->to, finding->chain.to) > 0)
            continue;
        way_put(&text, finding);
        step_put(&text, step);
        buffer_text(&text, " and ");
        step_put(&text, other);
        buffer_text(&text, " begin at one version; keep one of them");
        return refuse(finding, &text);
    }
    return PD_OK;
}

/* A version without a step: nothing has changed when the next one is listed. */
static pd_status
way_unchanged(struct finding *finding)
{
    bool is_listed = false;
    const char *next = known_after(finding->list, finding->current, &is_listed);

    if (!next || version_compare(next, finding->chain.to) > 0)
        return refuse_gap(finding, finding->chain.to);
    if (!is_listed || is_before_all(finding->list, finding->current))
        return refuse_gap(finding, next);
    finding->current = next;
    return PD_OK;
}

static pd_status
way_on(struct finding *finding)
{
    struct chain *chain = &finding->chain;
    const struct pd_migration *step = step_for(finding->list, finding->current, chain->to);
    pd_status status;

    if (!step)
        return way_unchanged(finding);
    status = step_check_alone(finding, step);
    if (status == PD_OK) {
        chain->steps[chain->n_steps++] = step;
        finding->current = step->to;
    }
    return status;
}

static pd_status
ends_check(struct finding *finding)
{
    const struct chain *chain = &finding->chain;
    pd_status status = version_check(finding, "the data's version ", chain->from);

    if (status != PD_OK)
        return status;
    if (!chain->to)
        return error_fail(finding->err, PD_FAILED, PD_CAUSE_VERSION,
                          "there is no step, and no version is listed, so that none is the newest");
    status = version_check(finding, "the wanted version ", chain->to);
    if (status == PD_OK && version_compare(chain->from, chain->to) > 0)
        return error_fail(finding->err, PD_FAILED, PD_CAUSE_VERSION,
                          "the data is of version '%s', which is newer than '%s'; no step leads "
                          "back",
                          chain->from, chain->to);
    return status;
}

pd_status
chain_find(const struct step_list *list, const char *from, const char *to, struct arena *arena,
           struct chain *ret_chain, struct pd_error *err)
{
    struct finding finding = {.list = list, .current = from, .err = err};
    struct chain *chain = &finding.chain;
    pd_status status = list_check(&finding);

    if (status != PD_OK)
        return status;
    chain->from = from;
    chain->to = to ? to : known_newest(list);
    chain->steps = arena_array(arena, const struct pd_migration *, list->n_steps + 1);
    if (!chain->steps)
        return error_memory(err);
    status = ends_check(&finding);
    while (status == PD_OK && version_compare(finding.current, chain->to) < 0)
        status = way_on(&finding);
    if (status == PD_OK)
        *ret_chain = *chain;
    return status;
}
