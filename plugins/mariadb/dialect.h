// SPDX-License-Identifier: Apache-2.0
/* dialect - how the server spells the portable grammar, for reading what it shows and for writing.
 */
#pragma once

#include <polydump/plugin.h>

extern const struct pd_dialect mariadb_dialect;
