// SPDX-License-Identifier: Apache-2.0
/* archive - what archives cannot do, in each of their forms. They keep every value as it is. */
#include "conformance.h"

static struct comes_back
comes_back(const struct pd_column *column, const struct cell *cell)
{
    return (struct comes_back){.back = BACK_SAME};
}

static const char *
place_folder(unsigned n)
{
    return n ? "archive:other" : "archive:here";
}

static const char *
place_file(unsigned n)
{
    return n ? "archive:other.polydump" : "archive:here.polydump";
}

static const char *const as_text[] = {"text", "1", NULL};

#define COMMON                                                                                     \
    .no_changes = "an archive is replaced, never changed",                                         \
    .no_rejects = "an archive has no constraints that a row could break",                          \
    .no_facts_of_ranges = "facts were counted of whole tables when it was written",                \
    .comes_back = comes_back, .standing = files_standing, .clear = files_clear

static const struct quirks folder_binary = {
    .name = "archive: a folder, binary",
    COMMON,
    .place = place_folder,
};
static const struct quirks folder_text = {
    .name = "archive: a folder, text",
    COMMON,
    .sink_options = as_text,
    .no_twin_sinks = "a text file is written from its begin to its end",
    .no_ranges = "the rows of a table are one text file, and have no borders in it",
    .place = place_folder,
};
static const struct quirks file = {
    .name = "archive: a file",
    COMMON,
    .no_twin_sinks = "a stream is written from its begin to its end",
    .no_twin_sources = "a stream is read from its begin to its end",
    .no_second_scan = "a stream is read from its begin to its end",
    .no_ranges = "a stream is read from its begin to its end",
    .place = place_file,
};

const struct quirks *const engine_ways[] = {&folder_binary, &folder_text, &file, NULL};
