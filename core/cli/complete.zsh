# _polydump_end SCHEME... - an end: a path, or a scheme and what follows it.
_polydump_end()
{
    local -a schemes
    schemes=("$@")
    if compset -P "(${(j:|:)_polydump_files}):"; then
        _files
    elif [[ $PREFIX == [a-z0-9+.-]##:* ]]; then
        _message 'a database of the server'
    else
        _alternative 'files:path:_files' "schemes:scheme:compadd -S : -a schemes"
    fi
}
