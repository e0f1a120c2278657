/* SPDX-License-Identifier: Apache-2.0 */
/* odd - a plugin of nothing but options whose texts roff and shells could take for something else;
   manual.bats compiles it. */
#include <polydump/migration.h>

static const struct pd_migration *const migrations[] = {NULL};

static const struct pd_option options[] = {
    {"odd-text", ".\\*(x$(touch ran)",
     ".TH is \\fB no \"request\", 'nor' $(touch ran) ~ ^ a|b %s\n'br -- -x \xc3\xa9 end. `; "
     "touch [x]:a:compadd ran",
     "A'B]:C", NULL, PD_OPTION_TEXT, 0},
    {"odd-choice", NULL, "not for shells", NULL, "plain $(touch${IFS}ran) `touch${IFS}ran` 'q",
     PD_OPTION_CHOICE, 0},
    {"odd-good", NULL, "for all", NULL, "a.b c_d +e", PD_OPTION_CHOICE, 0}};

static const struct pd_plugin plugin = {
    .struct_size = sizeof plugin,
    .abi = PD_ABI,
    .name = "odd",
    .version = "1",
    .about = "'odd\\' $(touch ran)",
    .options = options,
    .n_options = 3,
    .option_size = sizeof options[0],
    .migrations = migrations,
};
PD_PLUGIN(odd, plugin)
