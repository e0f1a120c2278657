// SPDX-License-Identifier: Apache-2.0
/* conformance - one suite that every source and every sink must pass. An engine adds one file,
   NAME.c, which says what it cannot do, and why; what it says nothing of, it must do. */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/error.h"
#include "model/batch.h"

/* How a value comes back out of an engine that took it. */
enum back {
    BACK_SAME,    /* with the type of its column and its tag */
    BACK_TEXT,    /* as text: its canonical text, or what stands for it */
    BACK_BYTES,   /* as bytes */
    BACK_INTEGER, /* as an integer */
    BACK_REAL,    /* as a float */
    BACK_NUMBER,  /* a decimal: as an integer when it is one, else as a float */
    BACK_CLASS,   /* as a value of its storage class: tags INT, REAL, TEXT, BYTES, BADTEXT */
    BACK_SPELLED, /* with its tag, spelled in the engine's way */
    BACK_PLAIN,   /* a plain value of its column, although it was tagged */
    BACK_REFUSED  /* it does not: its row is rejected, alone */
};

struct comes_back {
    enum back back;
    const char *reason; /* for all but BACK_SAME */
    const char *text;   /* BACK_TEXT: what stands for a value without a text of its own;
                           BACK_SPELLED: the spelling */
    int64_t integer;    /* BACK_PLAIN */
};

/* An engine, or one way to use it. A member no_... is the reason why it cannot do a thing; NULL:
   it can. */
struct quirks {
    const char *name;
    const char *const *sink_options; /* name, value, ..., NULL; NULL: none */
    const char *const *impatient;    /* as they: for when an answer is lost, and waited for */
    bool tables_first;               /* the sink loads into tables that are there */
    bool is_slow;                    /* a server: not every request for memory fails once */
    bool maps;  /* map() says which types the sink wants; what is read is converted back, so that
                   all comes back as it was, but for what map() refuses */
    bool knows; /* map() is told what is in the columns, as by an archive */

    /* A client library that loses what it had asked for right before a request was refused. */
    const char *careless_library;
    size_t reserve; /* the plugin keeps a block of this size to tidy up with */

    const char *no_source;
    const char *no_twin_sources;
    const char *no_twin_sinks;
    const char *no_second_scan; /* each table is read once, in the order of the catalogue */
    const char *no_ranges;
    const char *no_facts;
    const char *no_facts_of_ranges;
    const char *no_changes;     /* nobody can change what a source reads */
    const char *no_rejects;     /* the sink refuses no row */
    const char *no_marks;       /* an unfinished run leaves nothing since nothing is ever there */
    const char *no_empty_shape; /* a table without columns gets one */

    /* With maps, and not knows: of single values only BACK_SPELLED, BACK_PLAIN and BACK_REFUSED
       count, for nobody chose the column's type for them. */
    struct comes_back (*comes_back)(const struct pd_column *column, const struct cell *cell);
    /* The URL of place number 0 or 1; that of 1 is asked for anew after clear(). */
    const char *(*place)(unsigned n);
    /* Let nothing stand there. */
    void (*clear)(void);
    /* All that stands in all places, in any form that shows every change. */
    void (*standing)(struct buffer *out);
    /* Make it possible for somebody to write while somebody reads. */
    void (*open_to_changes)(const char *url);
    /* Commit a change to the rows of table "many" and to the tables themselves. False: readers kept
       it from being done. */
    bool (*change)(const char *url, unsigned n);
};

/* The engine's file: all ways to use it, the last one NULL. */
extern const struct quirks *const engine_ways[];

/* The way that is being tested, and what the last call said. */
extern const struct quirks *quirks;
extern struct pd_error err;

/* For engines whose places are files below the current folder, which is a scratch one. */
void files_standing(struct buffer *out);
void files_clear(void);

#define assert_ok(call)                                                                            \
    do {                                                                                           \
        pd_status status_ = (call);                                                                \
        if (status_ != PD_OK)                                                                      \
            fail_msg("%s: status %d: %s", #call, status_, err.text);                               \
    } while (0)

/* Leave a test that this engine cannot take. */
#define unless(reason)                                                                             \
    do {                                                                                           \
        if (reason) {                                                                              \
            print_message("skipped: %s\n", reason);                                                \
            skip();                                                                                \
        }                                                                                          \
    } while (0)

/* The parts of the suite. */
#define SUITE_TABLE(X)                                                                             \
    X(values_come_back)                                                                            \
    X(the_catalogue_comes_back)                                                                    \
    X(long_cells_come_back)                                                                        \
    X(a_row_that_breaks_a_key_is_rejected_alone)                                                   \
    X(stats_come_back_if_there_are_any)                                                            \
    X(close_takes_null)                                                                            \
    X(close_without_finish_leaves_nothing)                                                         \
    X(open_changes_nothing)                                                                        \
    X(a_place_that_is_taken_is_left_alone)                                                         \
    X(a_failing_long_cell_fails_the_run)                                                           \
    X(cancelling_ends_a_run)                                                                       \
    X(the_catalogue_is_valid_until_close)                                                          \
    X(a_batch_is_released_by_another_thread)                                                       \
    X(start_drops_what_was_begun)                                                                  \
    X(two_handles_know_nothing_of_each_other)                                                      \
    X(ranges_cover_the_table_without_overlap)                                                      \
    X(rough_extents_are_made_good_by_what_was_sent)                                                \
    X(facts_are_those_of_the_stream)                                                               \
    X(twins_read_the_same_while_somebody_writes)                                                   \
    X(twins_write_parts_in_any_order)                                                              \
    X(memory_that_the_host_refuses_is_reported)                                                    \
    X(memory_that_the_system_refuses_is_reported)
#define SUITE_DECLARE_(name) void name(void **state);
SUITE_TABLE(SUITE_DECLARE_)
#undef SUITE_DECLARE_
