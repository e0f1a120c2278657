// SPDX-License-Identifier: Apache-2.0
/* trust - may a plugin's file be loaded? Asked before it is opened by the loader, since its
   constructors run before any symbol can be checked. */
#pragma once

#include "base/error.h"

/* PD_OK; PD_UNSUPPORTED: there is no such folder. Every folder on the way to it must be real (no
   symbolic link), of root or the user, and writable by nobody else; only a folder of root on the
   way may be sticky and open to all (/tmp). */
MUST_USE pd_status trust_folder(const char *path, struct pd_error *err);
/* PD_OK; PD_UNSUPPORTED: there is no such file. The file in a trusted folder must be regular and
   whole, of root or the user, and writable by nobody else. */
MUST_USE pd_status trust_file(const char *folder, const char *name, struct pd_error *err);
