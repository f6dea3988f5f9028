# shellcheck shell=bash
# How long a guest of the lab does not answer while something is done with it. Sourced by benches, after scripts/lab/tests.sh.

# gap FROM ADDRESS COMMAND…: prints the longest gap in ms between two answers of the guest to a probe on that host, every 20 ms, while the command
# runs and the guest settles.
gap() {
    local from=$1 ip=$2 log=$work/probe probe
    shift 2
    feed_host "$from" "vfrt-probe $ip 7778 20 until-killed & p=\$!; read -r _; kill -TERM \$p; wait \$p" >"$log" < <(
        # The probe ends when this input does.
        sleep 3
        "$@" >>"$work/commands" 2>&1 || { tail -n 20 "$work/commands" >&2; echo failed >"$work/failed"; }
        sleep 8
        echo
    ) &
    probe=$!
    wait $probe || true
    [ ! -e "$work/failed" ] || fail "'$*' failed"
    sed -n 's/.*longest_gap_ms=\([0-9.]*\).*/\1/p' "$log"
}

# The address of a guest on xen1.
address_of() { on_host xen1 virsh -q -c xen:///system dumpxml "$1" | sed -n 's/.*lab\.ip=\([0-9.]*\).*/\1/p' | head -n 1; }

declare -A every longest
keep() { # key value: the median of the rounds counts
    every[$1]+="$2 "
    longest[$1]=$(tr ' ' '\n' <<<"${every[$1]}" | grep . | sort -n | awk '{ v[NR] = $1 } END { printf "%d", (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }')
    echo "$1: ${every[$1]}" >&2
}
