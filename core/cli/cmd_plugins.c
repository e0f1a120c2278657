// SPDX-License-Identifier: Apache-2.0
/* cmd_plugins - polydump plugins: what is loaded, from where, which ABI, which options. */
#include <stdio.h>
#include <string.h>

#include "base/buffer.h"
#include "base/log.h"
#include "cli/command.h"
#include "cli/print.h"
#include "model/json.h"

static void
refused_print(void *arg, const char *path, const struct pd_error *err)
{
    log_warning("'%s' is not loaded: %s", path, err->text);
    *(int *)arg = 3;
}

/* ", reads, writes": what a plugin can do. */
static void
abilities_print(const struct pd_plugin *plugin)
{
    const struct {
        bool has;
        const char *text;
    } abilities[] = {
        {plugin->source, "reads"},
        {plugin->sink, "writes"},
        {plugin->migrations, "has migrations"},
        {plugin->steps, "reads migrations from folders"},
    };

    for (size_t i = 0; i < COUNT_OF(abilities); i++) {
        if (abilities[i].has)
            printf(", %s", abilities[i].text);
    }
}

static void
plugin_print(const struct loaded *loaded)
{
    CLEANUP_BUFFER struct buffer out = {0};
    const struct pd_plugin *plugin = &loaded->plugin;

    printf("%s %s: %s\n", print_safe(plugin->name), print_safe(plugin->version),
           print_safe(plugin->about));
    printf("  %s, ABI %u", loaded->path ? print_safe(loaded->path) : "linked in", loaded->abi);
    abilities_print(plugin);
    printf("%s%s\n", plugin->schemes ? ", schemes " : "",
           plugin->schemes ? print_safe(plugin->schemes) : "");
    options_help(&out, plugin->options, plugin->n_options, plugin->option_size);
    if (plugin->n_options && buffer_string(&out))
        fputs(buffer_string(&out), stdout);
}

static void
member_json(struct buffer *out, const char *name, const char *value)
{
    buffer_printf(out, "\"%s\":", name);
    if (value)
        json_write_string(out, value, strlen(value));
    else
        buffer_text(out, "null");
}

static void
plugin_json(struct buffer *out, const struct loaded *loaded)
{
    const struct pd_plugin *plugin = &loaded->plugin;

    buffer_char(out, '{');
    member_json(out, "name", plugin->name);
    buffer_char(out, ',');
    member_json(out, "version", plugin->version);
    buffer_char(out, ',');
    member_json(out, "path", loaded->path);
    buffer_printf(out, ",\"abi\":%u,\"reads\":%s,\"writes\":%s,\"migrations\":%s,\"folders\":%s}",
                  loaded->abi, plugin->source ? "true" : "false", plugin->sink ? "true" : "false",
                  plugin->migrations ? "true" : "false", plugin->steps ? "true" : "false");
}

static int
plugins_run(struct invocation *invocation, struct pd_error *err)
{
    CLEANUP_BUFFER struct buffer out = {0};
    bool json = options_flag(invocation->options, "json");
    int status = 0;
    const struct loaded *loaded;

    loader_load_all(refused_print, &status);
    for (size_t i = 0; (loaded = loader_nth(i)); i++) {
        if (!json) {
            plugin_print(loaded);
            continue;
        }
        buffer_char(&out, i ? ',' : '[');
        plugin_json(&out, loaded);
    }
    if (json && buffer_string(&out))
        printf("%s]\n", buffer_string(&out));
    return status;
}

const struct command plugins_command = {
    .name = "plugins",
    .usage = "",
    .about = "list plugins, where they are from and their options",
    .bit = FOR_PLUGINS,
    .run = plugins_run,
};
