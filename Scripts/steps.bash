# Sourced by the other scripts: how they speak. What they say goes to stderr; stdout belongs to the programs they run.
# Written for bash 3.2, which is what macOS has.

# step WORDS COMMAND…: runs the command quietly and tells how long it took. What it printed is shown only if it fails.
step() {
    local words=$1 record status=0 began=$SECONDS
    shift
    record=$(mktemp)
    printf '%s … ' "$words" >&2
    "$@" </dev/null >"$record" 2>&1 || status=$?
    if ((status == 0)); then
        printf '%d s\n' "$((SECONDS - began))" >&2
    else
        printf 'failed\n' >&2
        cat "$record" >&2
    fi
    rm -f "$record"
    return "$status"
}

# give_up MESSAGE [HINT]: says what is missing and what to do about it. 69 as in pathway itself: a service is missing.
give_up() {
    printf 'error: %s\n' "$1" >&2
    if [[ $# -gt 1 ]]; then printf 'hint: %s\n' "$2" >&2; fi
    exit 69
}
