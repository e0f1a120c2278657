# The words of the line up to the cursor, in words. Bash splits them at COMP_WORDBREAKS; what stands
# together in the line is put together again.
_polydump_words()
{
    local rest=${COMP_LINE:0:COMP_POINT} word i
    words=()
    rest=${rest#"${rest%%"${COMP_WORDS[0]}"*}"}
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $i -eq 0 || $rest == [[:space:]]* ]]; then
            words+=("")
            rest=${rest#"${rest%%[![:space:]]*}"}
        fi
        [[ $i -lt $COMP_CWORD ]] || word=$rest
        words[${#words[@]} - 1]+=$word
        rest=${rest#"$word"}
    done
}

# What begins as value, the end of word, does. Readline replaces only current, which ends word, too.
_polydump_among()
{
    local candidate kept=${word%"$current"}
    for candidate; do
        [[ $candidate == "$value"* ]] || continue
        candidate=${word%"$value"}$candidate
        COMPREPLY+=("${candidate:${#kept}}")
    done
}

# Schemes and files. Where no scheme fits, readline completes files.
_polydump_ends()
{
    local scheme file quoted found=
    if [[ $value == *:* ]]; then
        for scheme in "${files[@]}"; do
            [[ $value != "$scheme":* ]] || compopt -o default 2>/dev/null
        done
        return
    fi
    for scheme; do
        [[ $scheme != "$value"* ]] || found=1
    done
    if [[ -z $found ]]; then
        compopt -o default 2>/dev/null
        return
    fi
    compopt -o nospace 2>/dev/null
    _polydump_among "${@/%/:}"
    for file in "$value"*; do
        [[ -e $file ]] || continue
        printf -v quoted %q "$file"
        if [[ -d $file ]]; then quoted+=/; else quoted+=' '; fi
        _polydump_among "$quoted"
    done
}

# _polydump_offer KIND VALUE - what the value of an option, or a word, may be.
_polydump_offer()
{
    local value=$2 choices
    case $1 in
    source) _polydump_ends "${sources[@]}" ;;
    target) _polydump_ends "${targets[@]}" ;;
    path) compopt -o default 2>/dev/null ;;
    folder) compopt -o dirnames 2>/dev/null ;;
    choice\ *)
        read -ra choices <<<"${1#choice }"
        _polydump_among "${choices[@]}"
        ;;
    esac
}

# The kind of value that an option takes, in kind; empty: none.
_polydump_kind()
{
    local option
    kind=
    for option in "${options[@]}"; do
        [[ $option != "$1="* ]] || kind=${option#*=}
    done
}

# The kind that the word at the cursor is of by the options and words before it, in kind, and how
# many words there were, in position.
_polydump_before()
{
    local i word
    kind="" position=0 only_words=""
    for ((i = 2; i < ${#words[@]} - 1; i++)); do
        word=${words[i]}
        if [[ -n $kind ]]; then # it is the value of the option before
            kind=
        elif [[ -n $only_words || $word != -?* ]]; then
            position=$((position + 1))
        elif [[ $word == -- ]]; then
            only_words=1
        else
            _polydump_kind "$word"
        fi
    done
}

_polydump()
{
    local current=$2 words word kind position only_words value
    local commands sources targets files options kinds
    COMPREPLY=()
    _polydump_words
    word=${words[${#words[@]} - 1]}
    value=$word
    _polydump_table "${words[1]-}"
    if [[ ${#words[@]} -le 2 ]]; then
        _polydump_among "${commands[@]}" help --help --version
        return
    fi
    if [[ ${words[1]} == help ]]; then
        [[ ${#words[@]} -gt 3 ]] || _polydump_among "${commands[@]}"
        return
    fi
    _polydump_before
    if [[ -n $kind ]]; then
        _polydump_offer "$kind" "$word"
    elif [[ -z $only_words && $word == --*=* ]]; then
        _polydump_kind "${word%%=*}"
        _polydump_offer "$kind" "${word#*=}"
    elif [[ -z $only_words && ($word == -?* || -z $word && -z ${kinds[position]-}) ]]; then
        _polydump_among "${options[@]%%=*}"
    else
        _polydump_offer "${kinds[position]-}" "$word"
    fi
}

complete -F _polydump polydump
