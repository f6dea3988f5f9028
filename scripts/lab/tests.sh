# shellcheck shell=bash
# What every lab test needs. Sourced by scripts/lab-tests/*.sh; a test ends at the first thing that is not as it should be.
set -euo pipefail

tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d)
guests=() disks=()

cleanup() {
    local status=$?
    [ $status -eq 0 ] || for guest in "${guests[@]}"; do xenlab guest logs "$guest" || true; done
    for guest in "${guests[@]}"; do xenlab guest stop "$guest" || true; done
    no_snapshots "${disks[@]}"
    [ $status -eq 0 ] || sed 's/^/journal: /' "$work"/state/journal/* 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

xenlab() { "$tree/scripts/xenlab" "$@" </dev/null; }
vfrt() { "$tree/scripts/vfrt" "$@" --config "$work/vfrt.yaml"; }

{ xenlab vfrt-config; printf 'store: %s\nstate: %s\n' "$work/store" "$work/state"; } >"$work/vfrt.yaml"

# in_clear FILE: a configuration of the same pool, whose hosts take memory in clear on the pool's network.
in_clear() { { sed -E 's/^  (xen[0-9]):$/&\n    migration_address: \1/' "$work/vfrt.yaml" && echo 'insecure: true'; } >"$1"; }

say() { printf '%(%H:%M:%S)T %s\n' -1 "$*"; }
fail() { say "NOT SO: $*"; exit 1; }

# start_guest NAME [OPTION…]: fresh, and stopped again at the end.
start_guest() {
    guests+=("$1")
    xenlab guest stop "$1"
    local option
    for option in "$@"; do case $option in /dev/vg0/* | /srv/images/*) disks+=("${option%%,*}") ;; esac; done
    no_snapshots "${disks[@]}"
    xenlab guest start "$@"
}

# no_snapshots DISK…: what restores replaced is kept for days, and the store of an ended test is gone.
no_snapshots() {
    local host
    [ $# -gt 0 ] || return 0
    for host in $(lab_hosts); do
        on_host "$host" "for disk in $*; do
            case \$disk in
                /dev/*) lvs --noheadings -o lv_name vg0 2>/dev/null | tr -d ' ' | grep -F \"\${disk##*/}.vfrt-\" | sed s,^,vg0/, | xargs -r lvremove -qq -f ;;
                *) rm -f \${disk%/*}/.vfrt-snapshots/\${disk##*/}.vfrt-* ;;
            esac
        done" || true
    done
}

# vfrt_process WORDS: the process of a vfrt of this test; another lab's tests may be at work beside it.
vfrt_process() { pgrep -f "org.vfrt.cli.Main $*( .*)? --config $work/" | head -n 1; }

# killed WORDS
killed() { kill -KILL "$(vfrt_process "$@")" 2>/dev/null || say "it had ended by itself"; }

count() { xenlab guest query "$1" count | tr -dc '0-9'; }

# The work area holds what it should, page for page.
memory_is_right() {
    local answer
    answer=$(xenlab guest query "$1" check)
    case $answer in
        ok*) say "memory of $1: $answer" ;;
        *) fail "memory of $1: $answer" ;;
    esac
}

# The disk holds what the guest's memory knows of it, record for record.
records_agree() {
    local answer
    answer=$(xenlab guest query "$1" records)
    case $answer in
        ok*) say "records of $1: $answer" ;;
        *) fail "records of $1: $answer" ;;
    esac
}

# disk_is_clean HOST PATH: nothing is wrong with the file system on a disk, or in a file, that no guest uses.
disk_is_clean() {
    on_host "$1" "[ ! -b $2 ] || blockdev --flushbufs $2; e2fsck -fn $2" >"$work/fsck" 2>&1 \
        || fail "file system of $2 on $1: $(cat "$work/fsck")"
    say "file system of $2 on $1: $(tail -n 1 "$work/fsck")"
}

# The guest counts on: it runs, whatever libvirt says.
goes_on() {
    local first second deadline=$((SECONDS + 120))
    xenlab wait-guest "$1" 120
    first=$(count "$1")
    until second=$(count "$1") && [ "$second" -gt "$first" ]; do
        [ $SECONDS -lt $deadline ] || fail "guest '$1' stands at $first"
        sleep 0.5
    done
    say "guest $1 goes on: $first, then $second"
}

# eventually SECONDS TEXT COMMAND…
eventually() {
    local deadline=$((SECONDS + $1)) text=$2
    shift 2
    until "$@"; do
        [ $SECONDS -lt $deadline ] || fail "$text"
        sleep 1
    done
    say "$text"
}

# The next command settles what a vfrt that died left; a host that is slow to answer is asked again, as its exit code says.
settled() {
    local status try
    for try in 1 2 3; do
        status=0
        vfrt migrate repair --lock-wait 10s 2>&1 | sed 's/^/    /' || status=$?
        [ -n "$(ls "$work/state/journal" 2>/dev/null)" ] || return 0
        say "not settled yet (try $try, exit code $status)"
    done
    fail "the next commands did not settle it"
}

# is_only_on HOST GUEST: it runs there, and no other host has a domain or a definition of it.
is_only_on() {
    local host
    libvirt_says "$1" "$2" running || fail "libvirt on $1 says '$(virsh_state "$1" "$2")' of $2"
    for host in $(lab_hosts); do
        [ "$host" != "$1" ] || continue
        [ -z "$(on_host "$host" "xl list 2>/dev/null" | awk -v g="$2" '$1 == g || index($1, g "--") == 1')" ] \
            || fail "$host has a domain of $2: $(on_host "$host" 'xl list')"
        [ -z "$(virsh_state "$host" "$2")" ] || fail "$host has a definition of $2"
    done
    say "guest $2 is on $1 alone"
}

lab_hosts() { sed -n 's/^  \(xen[0-9]\):$/\1/p' "$work/vfrt.yaml"; }

# moment MICROSECONDS POINT POINTS: a time in that part of what took so long, in seconds.
moment() { awk -v t="$1" -v p="$2" -v n="$3" -v by=$RANDOM 'BEGIN { printf "%.3f", t * (p - 1 + by / 32768) / n / 1000000 }'; }

# survives_kills METHOD GUEST: vfrt dies by SIGKILL at ten points of a checkpoint, or VFRT_KILLS, one in each such part of it. Each time the
# guest runs, or the next command brings it back, says so, and leaves nothing behind.
survives_kills() {
    local method=$1 guest=$2 kills=${VFRT_KILLS:-10} begun took point at
    begun=${EPOCHREALTIME/./}
    vfrt checkpoint create "$guest" --method "$method"
    took=$((${EPOCHREALTIME/./} - begun))
    for ((point = 1; point <= kills; point++)); do
        at=$(moment $took $point "$kills")
        say "$method: SIGKILL after $at s"
        setsid "$tree/scripts/vfrt" checkpoint create "$guest" --method "$method" --config "$work/vfrt.yaml" >/dev/null 2>"$work/err" &
        sleep "$at"
        killed checkpoint create "$guest"
        wait || true
        # The next command settles it first, whatever it was.
        settles "$guest" || settles "$guest" || fail "the next commands did not settle it"
        goes_on "$guest"
        [ -z "$(ls "$work/store/incoming" 2>/dev/null)" ] || fail "left behind: $(ls "$work/store/incoming")"
        [ -z "$(ls "$work/state/journal" 2>/dev/null)" ] || fail "still in the journal: $(ls "$work/state/journal")"
    done
    [ -z "$(on_host xen1 'ls -d /run/vfrt.* 2>/dev/null')" ] || fail "left on the host: $(on_host xen1 'ls -d /run/vfrt.*')"
    vfrt checkpoint verify --all
    xenlab guest query "$guest" poweroff || true
    eventually 60 "libvirt notices the poweroff after all that" libvirt_says xen1 "$guest" "shut off"
}

# On a machine that does more than the lab, a host may be slow to answer; then the exit code says to try again.
settles() { vfrt checkpoint create "$1" --dry-run --lock-wait 10s 2>&1 | sed 's/^/    /'; }

# keeps_of_many GUEST MANY KEPT DIRECTORY: that many checkpoints of a busy guest at short intervals into one encrypted store, whose files
# are in that directory: all but some are pruned, what they had alone is collected, the rest is proved whole, and the oldest and the
# newest of it are restored on the other host with the right memory.
keeps_of_many() {
    local guest=$1 many=$2 kept=$3 files=$4 i secret oldest newest id
    vfrt store init --encrypt --new-key-file "$work/key"
    echo "store_key_file: $work/key" >>"$work/vfrt.yaml"
    start_guest "$guest" --memory 128 --load busy --rate 4
    for ((i = 1; i <= many; i++)); do vfrt checkpoint create "$guest"; done
    goes_on "$guest"
    [ "$(vfrt checkpoint list "$guest" -o json | grep -c '"id"')" -eq "$many" ] || fail "not $many checkpoints"

    vfrt checkpoint prune "$guest" --keep-last "$kept" --no-gc
    vfrt store gc
    vfrt store check --read-data
    vfrt checkpoint verify --all
    vfrt store stat
    # Nothing is known of a guest by what is stored, but what its manifest says.
    for secret in "lab.name=$guest" "<name>$guest"; do
        ! grep -rqaF "$secret" "$files" || fail "'$secret' can be read in the store"
    done

    oldest=$(vfrt checkpoint list "$guest" -o json | python3 -c 'import json,sys; print(json.load(sys.stdin)["checkpoints"][0]["id"])')
    newest=$(newest_id "$guest")
    for id in "$oldest" "$newest"; do
        on_host xen1 virsh -q -c xen:///system destroy "$guest" 2>/dev/null || true
        on_host xen2 virsh -q -c xen:///system destroy "$guest" 2>/dev/null || true
        vfrt checkpoint restore "$id" --to xen2
        goes_on "$guest"
        memory_is_right "$guest"
    done
}

on_host() { xenlab ssh "$@"; }
# The same, with this process's input: to send a file or a script there.
feed_host() { "$tree/scripts/xenlab" ssh "$@"; }
virsh_state() { on_host "$1" virsh -q -c xen:///system domstate "$2" 2>/dev/null | head -n 1; }
libvirt_says() { [ "$(virsh_state "$1" "$2")" = "$3" ]; }

# exits CODE COMMAND…
exits() {
    local expected=$1 status=0
    shift
    "$@" || status=$?
    [ $status -eq "$expected" ] || fail "'$*' ended with $status, not $expected"
    say "ended with $status as it should: $*"
}

# says PATTERN COMMAND…: what it prints is shown, and has a line like that.
says() {
    local pattern=$1
    shift
    "$@" | tee "$work/said"
    grep -qE -- "$pattern" "$work/said" || fail "'$*' does not say '$pattern'"
}

newest_id() { vfrt checkpoint list "$1" -o json | python3 -c 'import json,sys; print(json.load(sys.stdin)["checkpoints"][-1]["id"])'; }
