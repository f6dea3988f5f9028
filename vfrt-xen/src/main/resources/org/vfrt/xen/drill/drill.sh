#!/bin/bash
# What a drill needs of the host that has the copy. Runs there, as root.
#
#   drill.sh check NETWORK SIGN           'no CODE TEXT' for each thing that is in the way. NETWORK is 'none' or 'private', SIGN the kind of sign
#   drill.sh network NAME COUNT ADDRESS   makes COUNT bridges, NAME0 and so on, that lead nowhere, and a network namespace NAME on the first. ADDRESS, if
#                                         it is not empty, is an IPv4 address of the copy that the namespace is to reach. 'done', or 'failed TEXT'
#   drill.sh unnetwork NAME COUNT         removes them; 'done', or 'failed TEXT'
#   drill.sh left NAME COUNT [PATH]…      a line for each of the PATHs, and each part of the network, that there is; 'end'
#   drill.sh terminal DOMAIN              the path of its console's terminal
#   drill.sh console DOMAIN SECONDS       what the domain writes to its console from its start on
#   drill.sh xenstore DOMAIN KEY SECONDS  'seen VALUE' once the domain writes the key
#   drill.sh tcp NAME ADDRESS PORT SECONDS   'seen TEXT' once something accepts a connection
#   The last three end by themselves when the time is over. What check, left and failed say is separated by tabs.
set -u
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# run COMMAND…: quiet, and its last words in $words when it fails.
run() {
    words=$("$@" 2>&1 </dev/null) && return
    words=${words##*$'\n'}
    words="'$1': ${words:-it ended with an error}"
    return 1
}

needs() { command -v "$1" >/dev/null || printf 'no\tno-command\tthe host has no %s\n' "'$1', which is in the package '$2'"; }

check() {
    if [ "$1" = private ]; then
        needs ip iproute2
        needs bridge iproute2
    fi
    case $2 in console | xenstore) needs xenstore-read xenstore-utils ;; esac
}

# --- the network ---------------------------------------------------------------------------------------------------

network() {
    if make_network "$@"; then echo 'done'; else printf 'failed\t%s\n' "$words"; fi
}

make_network() {
    local name=$1 count=$2 address=$3 i
    for ((i = 0; i < count; i++)); do make_bridge "$name$i" || return 1; done
    # Whoever looks at the copy does so from here, where the addresses are its own alone.
    run ip netns add "$name" && run ip link add "${name}v" type veth peer name eth0 netns "$name" || return 1
    silent "${name}v" && run ip link set "${name}v" master "${name}0" up || return 1
    run ip -n "$name" link set lo up && run ip -n "$name" link set eth0 up || return 1
    [ -z "$address" ] || { run ip -n "$name" addr add "$(beside "$address")/32" dev eth0 && run ip -n "$name" route add "$address/32" dev eth0; }
}

# The bridge passes frames from port to port, and none to the host: the copy has the addresses of a guest that runs, and what it sends to the host would be
# answered to that one. With the filter on, only a VLAN that the bridge itself is in would reach the host, and it is in none.
make_bridge() {
    run ip link add "$1" type bridge vlan_filtering 1 forward_delay 0 mcast_snooping 0 && silent "$1" \
        && run bridge vlan del dev "$1" vid 1 self && run ip link set "$1" up
}

# No address of the host's own on it, and no answer to who asks for one.
silent() {
    words="IPv6 and ARP could not be switched off on '$1'"
    { [ ! -e "/proc/sys/net/ipv6/conf/$1/disable_ipv6" ] || echo 1 >"/proc/sys/net/ipv6/conf/$1/disable_ipv6"; } 2>/dev/null \
        && echo 8 >"/proc/sys/net/ipv4/conf/$1/arp_ignore" 2>/dev/null
}

# An address that is in the same network whatever its size, and is neither the first nor the last of any: they differ in the last two bits only.
beside() {
    local last=${1##*.}
    case $((last & 3)) in 1) last=$(((last & ~3) | 2)) ;; *) last=$(((last & ~3) | 1)) ;; esac
    echo "${1%.*}.$last"
}

unnetwork() {
    local name=$1 count=$2 i pid
    for pid in $(ip netns pids "$name" 2>/dev/null); do kill -KILL "$pid" 2>/dev/null; done
    [ ! -e "/sys/class/net/${name}v" ] || run ip link del "${name}v" || { printf 'failed\t%s\n' "$words"; return; }
    [ ! -e "/run/netns/$name" ] || run ip netns del "$name" || { printf 'failed\t%s\n' "$words"; return; }
    for ((i = 0; i < count; i++)); do
        [ ! -e "/sys/class/net/$name$i" ] || run ip link del "$name$i" || { printf 'failed\t%s\n' "$words"; return; }
    done
    echo 'done'
}

left() {
    local name=$1 count=$2 i path
    shift 2
    for path; do [ ! -e "$path" ] || printf "disk '%s'\n" "$path"; done
    for ((i = 0; i < count; i++)); do [ ! -e "/sys/class/net/$name$i" ] || printf "bridge '%s'\n" "$name$i"; done
    [ -z "$name" ] || [ ! -e "/sys/class/net/${name}v" ] || printf "interface '%s'\n" "${name}v"
    [ -z "$name" ] || [ ! -e "/run/netns/$name" ] || printf "network namespace '%s'\n" "$name"
    echo end
}

# --- signs of life -------------------------------------------------------------------------------------------------

# PV and PVH guests have the first; HVM guests whose QEMU has a serial line the second, too.
terminals() {
    local key tty
    for key in console/tty serial/0/tty; do
        tty=$(xenstore-read "/local/domain/$1/$key" 2>/dev/null) && [ -c "$tty" ] && echo "$tty"
    done
}

terminal() { terminals "$1" | head -n 1; }

# A guest at rest says nothing. Enter makes whoever waits at its console say so again.
console() {
    local tty jobs=()
    for tty in $(terminals "$1"); do
        listen "$tty" "$2" &
        jobs+=($!)
    done
    for tty in "${jobs[@]}"; do wait "$tty"; done
}

listen() {
    local typist
    exec 3<>"$1" || return
    stty -F "$1" raw -echo 2>/dev/null
    while printf '\r' >&3 2>/dev/null; do sleep 5; done >/dev/null &
    typist=$!
    timeout "$2" cat <&3 2>/dev/null
    kill "$typist" 2>/dev/null
}

# Half a second, or not at all when nobody wants to hear more: then the input has ended.
rest() {
    read -r -t 0.5
    [ $? -gt 128 ]
}

# In these directories the guest alone writes; elsewhere a value may be the host's, and has to change.
xenstore() {
    local path=/local/domain/$1/$2 until=$((SECONDS + $3)) first value
    first=$(xenstore-read "$path" 2>/dev/null)
    case $2 in data/* | attr/* | drivers/* | feature/*) first='' ;; esac
    while [ $SECONDS -lt $until ]; do
        value=$(xenstore-read "$path" 2>/dev/null)
        if [ -n "$value" ] && [ "$value" != "$first" ]; then
            printf "seen %s\n" "$value"
            return
        fi
        rest || return
    done
    printf "the value '%s' stays\n" "$first"
}

tcp() {
    local until=$((SECONDS + $4)) words
    while [ $SECONDS -lt $until ]; do
        if words=$(ip netns exec "$1" timeout 5 bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$2" "$3" 2>&1); then
            printf "seen %s accepts connections at port %s\n" "$2" "$3"
            return
        fi
        # bash says it behind its own words.
        printf '%s\n' "${words##*: }"
        rest || return
    done
}

verb=$1
shift
case $verb in
    check | network | unnetwork | left | terminal | console | xenstore | tcp) "$verb" "$@" ;;
    *) exit 2 ;;
esac
