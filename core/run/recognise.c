// SPDX-License-Identifier: Apache-2.0
// recognise - are the tables of a run in the target already?
#include "run/recognise.h"

#include <polydump/options.h>

#include "base/log.h"
#include "model/schema.h"
#include "plugin/host.h"

static pd_status
found_judge(const struct pd_catalog *catalog, const struct pd_found *found, bool *ret_present,
            struct pd_error *err)
{
    if (found->n_found == 0)
        return PD_OK;
    if (found->filled < catalog->n_tables)
        return error_fail(err, PD_FAILED, PD_CAUSE_CONFLICT,
                          "table '%s' is in the target and has rows: use --into=append, "
                          "--into=truncate or --into=replace, leave it out by --exclude, or name "
                          "another database",
                          schema_table_name(&catalog->tables[found->filled]));
    if (found->missing < catalog->n_tables)
        return error_fail(err, PD_FAILED, PD_CAUSE_CONFLICT,
                          "the target has %u of the %zu tables, and table '%s' is not among them: "
                          "make it there, leave it out by --exclude, or use --into=replace or "
                          "another database",
                          found->n_found, catalog->n_tables,
                          schema_table_name(&catalog->tables[found->missing]));
    *ret_present = true;
    log_info("rows go into the %u %s that the target has already", found->n_found,
             found->n_found == 1 ? "table" : "tables");
    return PD_OK;
}

pd_status
recognise_able(const struct pd_plugin *plugin, const struct run_options *options,
               struct pd_error *err)
{
    if (!options->data_only || plugin->sink->look)
        return PD_OK;
    return error_fail(err, PD_FAILED, PD_CAUSE_USAGE,
                      "plugin '%s': it cannot write into tables that are there: leave out "
                      "--data-only",
                      plugin->name);
}

pd_status
recognise(const struct opened_source *source, const struct pd_plugin *plugin,
          const struct pd_endpoint *endpoint, struct pd_sink *sink,
          const struct run_options *options, struct arena *arena, bool *ret_present,
          struct pd_error *err)
{
    CLEANUP(report) struct report *report = NULL; /* of nobody: the run itself tells */
    struct run_options rows_only = *options;
    struct selection selection;
    enum pd_into into;
    struct pd_load load = {.struct_size = sizeof load, .flags = PD_LOAD_DATA_ONLY};
    struct pd_found found = {
        .struct_size = sizeof found, .missing = PD_NO_TABLE, .filled = PD_NO_TABLE};
    pd_status status;

    *ret_present = false;
    into = pd_option_into(host_get(), endpoint->options);
    if (!plugin->sink->look || options->data_only || options->schema_only)
        return PD_OK;
    *ret_present = into == PD_INTO_APPEND || into == PD_INTO_TRUNCATE;
    if (into != PD_INTO_EMPTY)
        return PD_OK;
    rows_only.data_only = true;
    status = report_new(&report, err);
    if (status == PD_OK)
        status = select_tables(arena, source, plugin->name, /* to_archive= */ false, &rows_only,
                               report, &selection, err);
    if (status != PD_OK)
        return status;
    load.flags |= selection.same_engine ? PD_LOAD_SAME_ENGINE : 0u;
    load.catalog = selection.catalog;
    status = select_emptied(arena, options, &selection, &load.emptied, err);
    if (status != PD_OK)
        return status;
    status = plugin->sink->look(sink, &load, &found, err);
    return status == PD_OK ? found_judge(selection.catalog, &found, ret_present, err) : status;
}
