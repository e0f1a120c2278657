// SPDX-License-Identifier: Apache-2.0
/* unpack - an archive that is read once, in its own order, as one that is read in any. */
#pragma once

#include "base/temporary.h"
#include "run/run.h"

struct unpacked {
    struct temporary folder;
    struct end *end;
    struct opened_source *source; /* to read from */
};

void unpacked_close(struct unpacked *unpacked); /* NULL is fine */
CLEANUP_DEFINE(unpacked, unpacked_close);
/* *ret_unpacked is NULL when the source is no stream. Else it is read to its end, and found whole,
   into an archive below TMPDIR. */
MUST_USE pd_status unpack(struct opened_source *source, const struct run_options *options,
                          struct unpacked **ret_unpacked, struct pd_error *err);
