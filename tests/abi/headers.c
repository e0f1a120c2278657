/* SPDX-License-Identifier: Apache-2.0 */
/* headers - every public header, and the rows of standard options where the language has them. */
#include <polydump/batch.h>
#include <polydump/choice.h>
#include <polydump/joined.h>
#include <polydump/json.h>
#include <polydump/left_out.h>
#include <polydump/migration.h>
#include <polydump/options.h>
#include <polydump/pool.h>
#include <polydump/present.h>
#include <polydump/problems.h>
#include <polydump/schema.h>
#include <polydump/scratch.h>
#include <polydump/sql.h>
#include <polydump/value.h>

#ifndef __cplusplus
const struct pd_option rows[] = {
    PD_OPTION_ROW_INTO("drop it"),
    PD_OPTION_ROW_MISFIT,
    PD_OPTION_ROW_NAMES("names"),
    PD_OPTION_ROW_SEQUENCES("here"),
    PD_OPTION_ROW_ATOMIC("run or marked"),
    PD_OPTION_ROW_ANALYZE,
    PD_OPTION_ROW_GRANTS("their roles"),
    PD_OPTION_ROW_INSECURE,
    PD_OPTION_ROW_PASSWORD_FILE,
    PD_OPTION_ROW_TIMEOUT,
    PD_OPTION_ROW_LOCK_TIMEOUT,
};
#endif
