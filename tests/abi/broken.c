// SPDX-License-Identifier: Apache-2.0
/* broken - modules that the loader must refuse; -DNAME says as what, one of the macros why. Each
   notes in the environment that its constructor ran. */
#include <stdlib.h>

#include <polydump/plugin.h>

__attribute__((constructor)) static void
note(void)
{
    setenv("POLYDUMP_TEST_CONSTRUCTOR", "ran", 1);
}

#define ENTRY_(name) name##_LTX_polydump_plugin
#define ENTRY(name) ENTRY_(name)

#if defined(NO_ABI)
PD_EXPORT pd_plugin_entry ENTRY(NAME);
const struct pd_plugin *
ENTRY(NAME)(uint32_t abi)
{
    return NULL;
}
#elif defined(OTHER_NAME)
static const struct pd_plugin plugin = {
    .struct_size = sizeof plugin, .abi = 1, .name = "other", .version = "1", .about = "lies"};
PD_EXPORT pd_plugin_entry ENTRY(NAME);
const struct pd_plugin *
ENTRY(NAME)(uint32_t abi)
{
    return &plugin;
}
#elif defined(UNDEFINED)
extern int function_that_nobody_has(void);
PD_EXPORT pd_plugin_entry ENTRY(NAME);
const struct pd_plugin *
ENTRY(NAME)(uint32_t abi)
{
    return function_that_nobody_has() ? NULL : NULL;
}
#elif defined(NO_SYMBOL)
PD_EXPORT int polydump_plugin_of_some_other_age = 1;
#endif
