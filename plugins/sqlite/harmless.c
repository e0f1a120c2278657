// SPDX-License-Identifier: Apache-2.0
/* harmless - the built-in functions that a replayed definition may call: without effects beyond
   their result, and there in any SQLite that is new enough. */
#include <stdio.h>
#include <string.h>

#include "parse.h"

static const char harmless_names[] =
    " abs acos acosh asin asinh atan atan2 atanh ceil ceiling changes char coalesce concat "
    "concat_ws"
    " cos cosh date datetime degrees exp floor format glob hex ifnull iif instr json json_array"
    " json_array_length json_error_position json_extract json_insert json_object json_patch"
    " json_quote json_remove json_replace json_set json_type json_valid julianday length like"
    " likelihood likely ln log log10 log2 lower ltrim max min mod nullif octet_length pi pow power"
    " printf quote radians random randomblob replace round rtrim sign sin sinh sqrt strftime substr"
    " substring tan tanh time timediff trim trunc typeof unhex unicode unixepoch unlikely upper"
    " zeroblob ";

bool
parse_function_is_harmless(const char *name)
{
    char word[32];
    size_t i;

    if (strlen(name) > sizeof word - 3 || strchr(name, ' '))
        return false;
    snprintf(word, sizeof word, " %s ", name);
    for (i = 0; word[i]; i++) {
        if (word[i] >= 'A' && word[i] <= 'Z')
            word[i] = (char)(word[i] + ('a' - 'A'));
    }
    return strstr(harmless_names, word) != NULL;
}
