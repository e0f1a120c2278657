#!/usr/bin/env bats
# SPDX-License-Identifier: Apache-2.0
# The manual as a man page and as completion: what the tables have is in all of them, and no more.

load polydump

# reference - doc/commands.md as it would be now: section, name, meaning and value of each option, tabs
# between. FILE and BYTES are left away, since it has them only where an option says so itself.
reference()
{
    "$POLYDUMP" manual | awk -F ' \\| ' '
    /^## / { section = substr($0, 4); sub(/ $/, "", section) }
    /^\| `--/ {
        split(substr($1, 4), part, "`")
        if (part[3] !~ /[^a-z_ ]/)
            gsub(/ /, "|", part[3])
        sub(/^(FILE|BYTES)$/, "", part[3])
        sub(/ *\|$/, "", $3)
        print section "\t" part[1] "\t" $2 ($3 == "" ? "" : " (default: " $3 ")") "\t" part[3]
    }'
}

# own COMMAND - its options in the reference.
own()
{
    reference | awk -F '\t' -v command="$1" '{ split($1, word, " ") } word[1] == "polydump" && word[2] == command { print $2 }' | sort
}

of_plugins()
{
    reference | awk -F '\t' '$1 ~ / of plugin / && $2 != "--*" { print $2 }' | sort -u
}

command_names()
{
    "$POLYDUMP" manual | sed -n 's/^## polydump \([^ ]*\).*/\1/p'
}

# offered SHELL LINE... - what a shell offers there, and END behind each.
offered()
{
    local shell=$1
    shift
    [ -e "polydump.$shell" ] || "$POLYDUMP" manual --as="$shell" >"polydump.$shell" || return 1
    case $shell in
    bash) bash --norc "$cli_folder/complete_line.bash" "./polydump.$shell" "$@" ;;
    zsh) zsh -f "$cli_folder/complete_line.zsh" "./polydump.$shell" "$@" ;;
    fish) HOME=$PWD fish --no-config "$cli_folder/complete_line.fish" "./polydump.$shell" "$@" ;;
    esac
}

# offers SHELL LINE WORD... - exactly these.
offers()
{
    local shell=$1 line=$2
    shift 2
    diff -u <([ $# -eq 0 ] || printf '%s\n' "$@" | sort) <(offered "$shell" "$line" | sed '$d' | sort) ||
        { echo "# $shell: $line" >&2; return 1; }
}

# rendered - the man page, each paragraph on one line.
rendered()
{
    mandoc -Tascii -Owidth=990 "$@" | sed -e 's/.\x08//g' -e 's/\([^ ]\)  */\1 /g'
}

# ---- The man page ----

@test "the linters have nothing to say of the man page, with all plugins and with none" {
    "$POLYDUMP" manual --as=man >all.1
    "$POLYDUMP" manual --as=man --plugin=archive >none.1
    local page
    for page in all.1 none.1; do
        ends_with 0 mandoc -Tlint "$page"
        [ -z "$output$stderr" ]
        ends_with 0 groff -man -ww -z -Tutf8 "$page"
        [ -z "$output$stderr" ]
    done
}

@test "the man page has every option of the table, letter by letter, and no other" {
    "$POLYDUMP" manual --as=man >page
    rendered page | awk '
    /^   [^ ]/ { section = substr($0, 4) }
    /^       --/ {
        name = $1
        value = ""
        meaning = substr($0, 9 + length(name)) # behind a short name, else on the next line
        getline
        if (/^              [^ ]/) {
            value = meaning
            meaning = substr($0, 15)
        }
        sub(/^(FILE|BYTES)$/, "", value)
        print section "\t" name "\t" meaning "\t" value
    }' >has
    reference >wants
    [ "$(wc -l <wants)" -gt 200 ]
    diff -u wants has
}

@test "the man page has every member of the config file, exit status and cause" {
    "$POLYDUMP" manual --as=man >page
    rendered page | awk '
    /^[A-Z]/ { section = $0 }
    section == "CONFIG FILE" && /^       [a-z-]*: / { sub(/:/, "", $1); print $1 }
    section == "EXIT STATUS" && /^       ([0-9]|[A-Z]+ \([0-9]\))/ { sub(/\).*/, ")"); print $1, $2 ~ /\(/ ? $2 : "" }' |
        sed 's/ $//' | sort >has
    "$POLYDUMP" manual | awk -F ' \\| ' '
    /^## / { section = $0 }
    section ~ /config file/ && /^\| `/ { gsub(/[|` ]/, "", $1); print $1 }
    section ~ /Exit status/ && /^\| [0-9]/ { print substr($1, 3) }
    section ~ /Exit status/ && /^\| [A-Z]/ { print substr($1, 3) " (" $2 ")" }' | sort >wants
    [ "$(wc -l <wants)" -gt 30 ]
    diff -u wants has
}

@test "the man page has the sections of one" {
    "$POLYDUMP" manual --as=man >page
    rendered page | grep -E '^[A-Z ]+$' >has
    diff -u - has <<'END'
NAME
SYNOPSIS
DESCRIPTION
COMMANDS
ENDS AND THEIR OPTIONS
CONFIG FILE
EXIT STATUS
ENVIRONMENT
FILES
EXAMPLES
SEE ALSO
END
}

# ---- Completion ----

@test "bash offers every command, with exactly its own options and some of the plugins'" {
    local command plugins names
    mapfile -t names < <(command_names)
    offers bash 'polydump ' "${names[@]}" help --help --version
    offers bash 'polydump help ' "${names[@]}"
    plugins=$(of_plugins)
    for command in "${names[@]}"; do
        offered bash "polydump $command --" | sed '$d' | sort >has
        own "$command" >wants
        [ -z "$(uniq -d has)" ]
        # Nothing of its own is missing; what else there is are options of plugins and --help.
        [ -z "$(comm -13 has wants)" ] || { comm -13 has wants >&2; return 1; }
        comm -23 has wants | grep -vxF -e '--help' >others || true
        [ -z "$(comm -23 others <(echo "$plugins"))" ] || { comm -23 others <(echo "$plugins") >&2; return 1; }
        grep -qx -e --help has
        cat has >>all
    done
    [ -z "$(comm -23 <(echo "$plugins") <(sort -u all))" ] # some command takes each
}

# takes COMMAND NAME ... but NAME ... - the first options are offered, those behind "but" are not.
takes()
{
    local command=$1 name wanted=0 found
    shift
    for name; do
        [ "$name" != but ] || { wanted=1; continue; }
        found=0
        offered bash "polydump $command --" | grep -qx -e "--$name" || found=1
        [ "$found" -eq "$wanted" ] || { echo "# $command: $name" >&2; return 1; }
    done
}

@test "options of plugins are offered where an end or a step may have them" {
    takes plugins json but password-file text into
    takes manual as but password-file text into
    takes seal quiet but password-file text into
    takes dump text password-file busy-timeout trust-owners but into grants lua-memory
    takes restore into password-file grants lua-memory but text trust-owners
    takes migrate text lua-memory but into password-file
    takes info password-file but text into
    takes ddt into trust-owners but text lua-memory
    takes test-migrations into trust-owners lua-memory but text
}

@test "zsh and fish offer what bash does" {
    local command lines=() shell
    for command in $(command_names); do
        lines+=("polydump $command --")
    done
    offered bash "${lines[@]}" | awk '$0 == "END" { n++; next } { print n + 0, $0 }' | sort >bash.has
    [ "$(wc -l <bash.has)" -gt 250 ]
    for shell in zsh fish; do
        offered "$shell" "${lines[@]}" | awk '$0 == "END" { n++; next } { print n + 0, $0 }' | sort >"$shell.has"
        diff -u bash.has "$shell.has"
        offers "$shell" 'polydump re' restore
        offers "$shell" 'polydump help re' restore
        offers "$shell" 'polydump cat x --format ' csv jsonl
        offers "$shell" 'polydump diff x y --fo'
    done
}

@test "every choice of every option is offered, and nothing else" {
    local command option choices n=0
    while IFS='|' read -r command option choices; do
        # Words on purpose.
        # shellcheck disable=SC2086
        offers bash "polydump $command $option " $choices
        # shellcheck disable=SC2086
        offers bash "polydump $command $option=" $choices
        n=$((n + 1))
    done < <("$POLYDUMP" manual | awk '
    /^## polydump / { command = $3 }
    /^## Ends of plugin/ { command = $5 == "archive" ? "dump" : $5 == "fault" ? "" : "ddt" }
    /^\| `--[a-z-]*` `[a-z_]+( [a-z_]+)+` / && command { split($0, part, "`"); print command "|" part[2] "|" part[4] }')
    [ "$n" -gt 20 ]
    offers bash 'polydump ddt x --into=t' truncate
    offers bash 'polydump ddt x --into q'
}

@test "files are offered where a file is meant, folders where a folder is, and nothing where nobody knows" {
    small_database sample.db
    mkdir steps
    touch 'my file'
    offers bash 'polydump dump x --config ' '(default)'
    offers bash 'polydump dump x --password-file=p' '(default)'
    offers bash 'polydump restore x --migrations ' '(dirnames)'
    offers bash 'polydump seal ' '(dirnames)'
    offers bash 'polydump restore ' '(default)'
    offers bash 'polydump restore --only '
    offers bash 'polydump cat sample.db '
    offers bash 'polydump cat sample.db Author x'
    offers bash 'polydump dump s' 'sample.db ' sqlite: steps/
    offers bash 'polydump dump sqlite:s' '(default)'
    offers bash 'polydump dump postgresql:s'
    offers bash 'polydump dump sam' '(default)'
    offers bash 'polydump ddt sample.db --via m' mariadb: 'my\ file '
    offers zsh 'polydump dump s' sample.db sqlite steps
    offers zsh 'polydump dump sqlite:s' sample.db steps
    offers zsh 'polydump restore x --migrations=' steps
    rm polydump.*
    offers fish 'polydump dump s' sample.db sqlite: steps/
    offers fish 'polydump restore x --migrations s' steps/
    offers fish 'polydump cat sample.db '
}

@test "the words before the cursor are counted as the program reads them" {
    offers bash 'polydump dump --jobs 3 s' sqlite:
    offers bash 'polydump dump --jobs=3 s' sqlite:
    offers bash 'polydump dump --json s' sqlite:
    offers bash 'polydump cat --format csv s' sqlite:
    offers bash 'polydump dump -- --' '(default)'
    offers bash 'polydump verify sqlite:a.db s' sqlite:
    offers bash 'polydump copy mariadb://u@h:1/d?x=y n' null:
    offers bash 'polydump dump --where restore --schema-o' --schema-only
    offers bash 'polydump nothing '
}

@test "nothing that is typed is run" {
    small_database sample.db
    touch '$(touch ran)'
    local line
    for line in 'polydump dump $(touch${IFS}ran)' 'polydump dump --where $(touch${IFS}ran) --fa' 'polydump $(touch${IFS}ran) --' \
        'polydump dump --order=`touch${IFS}ran`' 'polydump dump a[$(touch${IFS}ran)] --x[$(touch${IFS}ran)]='; do
        offered bash "$line" >/dev/null
        offered fish "$line" >/dev/null
    done
    offers bash 'polydump dump ' fault: mariadb: 'polydump.bash ' 'polydump.fish ' postgresql: 'sample.db ' sqlite: '\$\(touch\ ran\) '
    [ ! -e ran ]
}

@test "texts of a plugin are texts, in a man page as in a shell" {
    mkdir -m 755 plugins
    cc -shared -fPIC -I "$cli_folder/../../include" -o plugins/odd.so "$cli_folder/odd.c"
    chmod 755 plugins/odd.so
    export POLYDUMP_PLUGIN_PATH=$PWD/plugins
    "$POLYDUMP" manual --as=man --plugin=odd >odd.1
    ends_with 0 mandoc -Tlint odd.1
    [ -z "$output$stderr" ]
    ends_with 0 groff -man -ww -z -Tutf8 odd.1
    [ -z "$output$stderr" ]
    rendered -Tutf8 odd.1 >page
    grep -qF "'odd\' \$(touch ran)." page
    grep -qF -e "--odd-text A'B]:C" page
    grep -qF ".TH is \fB no \"request\", 'nor' \$(touch ran) ~ ^ a|b %s 'br -- -x é end. ; touch [x]:a:compadd ran (default: .\*(x\$(touch ran))" page
    local shell
    for shell in bash zsh fish; do
        "$POLYDUMP" manual --as="$shell" --plugin=odd >"polydump.$shell"
        offers "$shell" 'polydump migrate a b --odd' --odd-choice --odd-good --odd-text
        offers "$shell" 'polydump migrate a b --odd-good ' a.b c_d +e
        offers "$shell" 'polydump migrate a b --odd-choice '
        offers "$shell" 'polydump migrate a b --odd-text '
    done
    [ ! -e ran ]
}

# ---- What the build makes ----

make_manual()
{
    mkdir -p made
    sh "$cli_folder/../../core/cli/manual/make.sh" made "$POLYDUMP" "$@"
}

@test "the build's man page and completion are those of this program" {
    local made
    made=$(dirname "$POLYDUMP")/manual
    cmp <("$POLYDUMP" manual --as=man) "$made/polydump.1"
    cmp <("$POLYDUMP" manual --as=bash) "$made/polydump"
    cmp <("$POLYDUMP" manual --as=zsh) "$made/_polydump"
    cmp <("$POLYDUMP" manual --as=fish) "$made/polydump.fish"
}

@test "what the build makes tells of the plugins that it built and of no others" {
    local plugins=${POLYDUMP_PLUGIN_PATH%%:*}
    # A folder that the group can write to is trusted by none, but by make.sh for what it copies.
    mkdir group
    chmod 770 group
    cp "$plugins/sqlite.so" "$plugins/lua.so" group
    complains 2 'group can write' -- env POLYDUMP_PLUGIN_PATH="$PWD/group" "$POLYDUMP" manual --plugin=lua
    ends_with 0 make_manual 'sqlite lua' group/sqlite.so group/lua.so
    [ -z "$output$stderr" ]
    grep -q busy made/polydump.1
    run ! grep -qi -e mariadb -e postgresql made/*
    ends_with 1 make_manual 'sqlite lua mariadb' group/sqlite.so group/lua.so
    [[ "$stderr" == "make.sh: polydump: --plugin: there is no plugin 'mariadb'"* ]]
    [ -z "$(find "$TMPDIR" made -name 'polydump.??????')" ]
}

@test "manual --plugin says what is wrong with a plugin" {
    complains 1 --plugin "no plugin 'nix'" -- "$POLYDUMP" manual --plugin=nix
    complains 2 --as "'troff' is not one of" -- "$POLYDUMP" manual --as=troff
}
