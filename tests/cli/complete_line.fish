# SPDX-License-Identifier: Apache-2.0
# complete_line.fish SCRIPT LINE... - what fish offers at the end of each line by a completion script, one a
# line without its description, and a line END.

source $argv[1]
for line in $argv[2..-1]
    complete -C $line | string replace -r '\t.*' '' | sort -u
    echo END
end
