// SPDX-License-Identifier: Apache-2.0
/* trial - data that comes through migrations put to the test: restored to a scratch database, which
   then stands a double dump test, and compared with an archive of what should come of it. */
#pragma once

#include "run/run.h"

struct trial_options {
    const struct end *beside; /* the scratch databases are of its engine, and have its options */
    const char *expected;     /* path of the archive; NULL: nothing is compared */
    bool writes;              /* it is written anew, in text form, when it is missing or differs */
    bool any_version;         /* one of another version than the data's is passed over */
};

/* What came of the comparison. */
enum trial_expected {
    TRIAL_NONE = 0, /* there is nothing to compare with */
    TRIAL_EQUAL,
    TRIAL_WRITTEN,
    TRIAL_OTHER_VERSION, /* it was passed over */
    TRIAL_DIFFERS        /* the report says where */
};

/* The ledger of the restore, what it left out, and as differences what the double dump test and the
   comparison found, go to report. An error says in which part it happened. No scratch database is
   left, whatever it returns; run_options->application_version is the version of the data. */
MUST_USE pd_status trial_run(struct opened_source *from, const struct trial_options *options,
                             const struct run_options *run_options, struct report *report,
                             enum trial_expected *ret_expected, struct pd_error *err);
