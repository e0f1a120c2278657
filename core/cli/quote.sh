#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# quote.sh FILE... - C source of each file as a string: complete.bash is complete_bash[].
set -eu
echo '#include "cli/manual.h"'
for file; do
    printf '\nconst char %s[] =\n' "$(basename "$file" | tr . _)"
    sed -e 's/[\\"]/\\&/g' -e 's/.*/    "&\\n"/' -e '$s/$/;/' "$file"
done
