# Sourced by the other scripts: a PostgreSQL server that lives as long as the script that starts it, on a Unix socket in
# a folder of its own. It meets no other server of the machine. Needs steps.bash.

oldest_postgresql=15

# Prints the folder of the newest usable server programs that are found first; fails if there are none.
server_programs() {
    local folder major
    while IFS= read -r folder; do
        [[ -x $folder/initdb && -x $folder/pg_ctl && -x $folder/postgres ]] || continue
        # "postgres (PostgreSQL) 15.18 (Debian …)"
        major=$("$folder/postgres" --version | sed -n 's/^[^0-9]*\([0-9]*\).*/\1/p')
        if [[ -n $major && $major -ge $oldest_postgresql ]]; then
            printf '%s\n' "$folder"
            return 0
        fi
    done < <(server_program_folders)
    return 1
}

# The same places as in Sources/PrivateServer/ServerPrograms.swift; of several versions in one place the newest first.
server_program_folders() {
    if [[ -n ${PATHWAY_PG_BIN:-} ]]; then
        printf '%s\n' "$PATHWAY_PG_BIN"
        return
    fi
    tr ':' '\n' <<<"$PATH"
    printf '%s\n' /usr/lib/postgresql/[0-9]*/bin /usr/pgsql-[0-9]*/bin /opt/homebrew/opt/postgresql@*/bin \
        /usr/local/opt/postgresql@*/bin /home/linuxbrew/.linuxbrew/opt/postgresql@*/bin \
        /Applications/Postgres.app/Contents/Versions/[0-9]*/bin | sort -rV
    if command -v pg_config >/dev/null; then pg_config --bindir; fi
}

# PostgreSQL refuses to run as root, so root's server runs as somebody else.
server_account() {
    local name
    for name in postgres nobody; do
        if id -u "$name" >/dev/null 2>&1; then
            printf '%s\n' "$name"
            return
        fi
    done
    give_up 'cannot run PostgreSQL as root: there is no user "postgres" or "nobody"' 'run this as another user'
}

as_server_account() {
    if ((EUID != 0)); then
        "$@"
    elif command -v setpriv >/dev/null; then
        setpriv --reuid="$server_user" --regid="$(id -g "$server_user")" --clear-groups -- "$@"
    else
        sudo -n -u "$server_user" -- "$@"
    fi
}

server_folder=
child_process=

# start_server PARENT SETTING…: makes a server in a new folder below PARENT and sets server_conninfo, for its superuser
# and the database postgres. PARENT is short, because a socket's path holds about a hundred bytes.
start_server() {
    local programs parent=$1 setting options
    shift
    programs=$(server_programs) || give_up "no PostgreSQL server, version $oldest_postgresql or later, is installed"
    if ((EUID == 0)); then server_user=$(server_account); fi
    trap stop_server EXIT
    trap 'end_script 129' HUP
    trap 'end_script 130' INT
    trap 'end_script 143' TERM
    server_folder=$(mktemp -d "$parent/pathway.XXXXXX")
    if ((EUID == 0)); then chown "$server_user" "$server_folder"; fi
    options="-p 5432 -c listen_addresses= -c unix_socket_directories=$server_folder -c cluster_name=pathway-throwaway"
    for setting in "$@"; do options+=" -c $setting"; done
    step 'starting PostgreSQL' launch_server "$programs" "$options"
    # Read by the script that sources this.
    # shellcheck disable=SC2034
    server_conninfo="host=$server_folder port=5432 user=postgres dbname=postgres"
}

# In a subshell for its working folder: that account may not be able to enter the one that the script was called in.
launch_server() (
    cd "$server_folder" || return
    as_server_account "$1/initdb" --pgdata=data --username=postgres --encoding=UTF8 --locale=C \
        --auth-local=trust --auth-host=reject --no-instructions --no-sync || return
    as_server_account "$1/pg_ctl" start --wait --silent --pgdata=data --log=log --options="$2" || {
        cat log
        return 1
    }
)

# Silent, so that the last words are those of the program that was run.
stop_server() {
    local process round
    if [[ -z $server_folder ]]; then return; fi
    process=$(head -n 1 "$server_folder/data/postmaster.pid" 2>/dev/null || true)
    if [[ -n $process ]]; then
        # Nothing in it is worth a proper shutdown.
        kill -QUIT "$process" 2>/dev/null || true
        for ((round = 0; round < 100; round++)); do
            kill -0 "$process" 2>/dev/null || break
            sleep 0.1
        done
    fi
    rm -rf "$server_folder"
}

# run COMMAND…: in a process group of its own, so that a signal to this script ends everything that the command started
# before the server goes; bash would otherwise wait for the command first.
run() {
    local status=0
    set -m
    "$@" </dev/null &
    child_process=$!
    set +m
    wait "$child_process" || status=$?
    child_process=
    return "$status"
}

# Asks with INT, because that is the signal on which "swift test" ends the tests that it runs in yet another group.
end_script() {
    local round
    if [[ -n $child_process ]]; then
        kill -INT -- "-$child_process" 2>/dev/null || true
        for ((round = 0; round < 50; round++)); do
            kill -0 "$child_process" 2>/dev/null || break
            sleep 0.1
        done
        kill -KILL -- "-$child_process" 2>/dev/null || true
        wait "$child_process" 2>/dev/null || true
    fi
    exit "$1"
}
