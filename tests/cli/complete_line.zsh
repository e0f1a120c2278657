# SPDX-License-Identifier: Apache-2.0
# complete_line.zsh SCRIPT LINE... - what zsh offers at the end of each line by a completion script, one a
# line, and a line END. An interactive zsh in a terminal of its own writes what is added as a match to a file.

zmodload zsh/zpty
script=$1
shift
said=$(mktemp -d)
trap 'zpty -d inner 2>/dev/null; rm -rf $said' EXIT

cat >$said/inner.zsh <<INNER
PS1= PS2=
autoload -Uz compinit && compinit -u -D
source ${(q)script}
compadd()
{
    local -a matches
    # Those that only ask, of which _describe and others have many.
    if [[ " \${(j: :)@[1,(i)--]} " == *' -[OAD] '* ]]; then
        builtin compadd "\$@"
        return
    fi
    builtin compadd -O matches "\$@"
    print -rl -- \$matches >>$said/matches
    builtin compadd "\$@"
}
report()
{
    : >$said/matches
    zle complete-word
    sort -u $said/matches | grep . >$said/sorted
    zle kill-whole-line
    mv $said/sorted $said/done
}
zle -N report
bindkey '^I' report
setopt no_beep
print >$said/done
INNER

# wait_done - until the inner shell has said something; what it prints must be read, or it waits.
wait_done()
{
    local i ignored
    for ((i = 0; i < 3000; i++)); do
        while zpty -r -t inner ignored; do :; done
        [[ -e $said/done ]] && return
        sleep 0.01
    done
    print "the inner zsh does not answer"
    exit 1
}

zpty inner zsh -f -i
zpty -w inner " source $said/inner.zsh"
wait_done
for line; do
    rm -f $said/done
    zpty -w -n inner "$line"$'\t'
    wait_done
    cat $said/done
    print END
done
