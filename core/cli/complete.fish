# Is the command that is completed one of these?
function __polydump_command
    set -l words (commandline -opc)
    test (count $words) -gt 1; and contains -- $words[2] $argv
end

# Is the command not yet there?
function __polydump_no_command
    test (count (commandline -opc)) -eq 1
end

# __polydump_word COMMAND N - is the N-th word of this command the one at the cursor?
function __polydump_word
    set -l words (commandline -opc)
    __polydump_command $argv[1]; or return
    set -l position 1
    set -l only_words no
    set -l is_value no
    for word in $words[3..-1]
        if test $is_value = yes
            set is_value no
        else if test $only_words = yes; or not string match -qr -- '^-.' $word
            set position (math $position + 1)
        else if test $word = --
            set only_words yes
        else if contains -- $word (__polydump_valued $argv[1])
            set is_value yes
        end
    end
    test $position -eq $argv[2]
end
