# SPDX-License-Identifier: Apache-2.0
# doc_example.awk - the blocks of a page that are marked "<!-- file: NAME -->", each into its file; the
# one marked "<!-- run -->" into run.sh, "<!-- output -->" into output.txt.
/^<!-- (file: .*|run|output) -->$/ {
    name = $2 == "file:" ? $3 : $2 == "run" ? "run.sh" : "output.txt"
    next
}
/^```/ {
    inside = name != "" && !inside
    if (!inside)
        name = ""
    else
        printf "" > name
    next
}
inside { print >> name }
