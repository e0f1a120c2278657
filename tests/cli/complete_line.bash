# SPDX-License-Identifier: Apache-2.0
# complete_line.bash SCRIPT LINE... - what bash offers at the end of each line by a completion script, one a
# line, and a line END. The line is cut in words as readline does it. Where nothing is offered, but readline
# told to complete files, that is said instead: "(default)", "(dirnames)".

# shellcheck disable=SC1090
source "$1"
shift

told=
compopt()
{
    [ "$1" != -o ] || [ "$2" = nospace ] || told="($2)"
}

# Blanks lie between words; = and : are words of their own, as COMP_WORDBREAKS wants.
cut_line()
{
    local rest=$1
    COMP_WORDS=()
    while [[ $rest =~ ^([[:space:]]*)([=:]+|[^[:space:]=:]+)(.*)$ ]]; do
        COMP_WORDS+=("${BASH_REMATCH[2]}")
        rest=${BASH_REMATCH[3]}
    done
    [[ -z $rest ]] || COMP_WORDS+=("")
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
}

for line; do
    COMP_LINE=$line COMP_POINT=${#line} COMPREPLY=() told=
    cut_line "$line"
    word=${COMP_WORDS[COMP_CWORD]}
    _polydump polydump "${word##*[=:]}" "${COMP_WORDS[COMP_CWORD - 1]}"
    [ ${#COMPREPLY[@]} -eq 0 ] || printf '%s\n' "${COMPREPLY[@]}"
    [ ${#COMPREPLY[@]} -gt 0 ] || [ -z "$told" ] || echo "$told"
    echo END
done
