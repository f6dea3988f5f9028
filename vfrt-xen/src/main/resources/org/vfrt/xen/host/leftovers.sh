#!/bin/bash
# Takes away what a restore that broke leaves on its target, once the target has come to rest. Runs on the target.
#
#   leftovers.sh UUID PORT   PORT is where libvirtd listened for the image; 0: no restore broke here that is known of, one is about
#                            to begin. Prints what there is at the end:
#     none                   neither Xen nor libvirt has an active domain of that UUID, and libvirt takes the next one
#     active                 libvirt has one
#     orphan ID STATE TIME   Xen has one that libvirt does not know of
#     receiving              libvirtd still receives an image
#
# The order matters. While libvirtd receives an image, Xen has the domain already and libvirt says 'shut off'. A libvirt that is made
# to forget the domain then leaves it to nobody: paused for ever, in the way of every domain of that name.
set -u
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

uuid=$1 port=$2
# A dead restore's tunnel takes a while to end, and so does a domain that is being taken down.
patience=${VFRT_PATIENCE_SECONDS:-$([ "$port" = 0 ] && echo 30 || echo 120)}
# So long a connection is silent before it counts as dead.
mute_ms=45000

libvirt() { timeout 60 virsh -q -c xen:///system "$@"; }
# From a source behind a line that was cut no end of the connection ever comes. Nothing of the broken restore or migration is worth waiting for.
receiving() {
    local said
    [ "$port" != 0 ] && said=$(ss -tinH state established "sport = :$port") && [ -n "$said" ] || return
    if [[ $said =~ lastrcv:([0-9]+) ]] && [ "${BASH_REMATCH[1]}" -gt "$mute_ms" ]; then
        ss -K state established "sport = :$port" >/dev/null 2>&1
    fi
    return 0
}
listening() { [ "$port" != 0 ] && ss -ltnpH "sport = :$port" | grep -q libvirtd; }
active() { [[ $(libvirt domid "$uuid" 2>/dev/null) =~ ^[0-9]+ ]]; }
# Prints id, state and CPU time of what Xen has. Fails when Xen does not say.
in_xen() {
    local list
    list=$(xl list -v) && awk -v uuid="$uuid" '{ for (i = 6; i <= NF; i++) if ($i == uuid) print $(i - 5), $(i - 2), $(i - 1) }' <<<"$list"
}
orphaned() { ! orphan=$(in_xen) || { [ -n "$orphan" ] && ! active; }; }

# over COMMAND…: waits until it is no longer so
over() {
    local until=$((SECONDS + patience))
    while "$@"; do
        [ $SECONDS -lt $until ] || return 1
        sleep 0.5
    done
}

# It waits for an image that nobody sends (bug G); a connection that ends at once makes it give up.
if ! receiving && listening; then
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null
fi
over receiving || { echo receiving; exit; }

# libxl takes a domain down that it did not finish. One that was let go of half-made, and never ran, is nobody's: nothing is lost with it.
if ! over orphaned; then
    read -r id state time <<<"$orphan" || { echo "orphan ? ? ?"; exit; }
    if [ "$port" = 0 ] || [[ $state != ??p??? ]] || [ "$time" != 0.0 ]; then
        echo "orphan $orphan"
        exit
    fi
    xl destroy "$id" >/dev/null 2>&1
    over orphaned || { echo "orphan ${orphan:-$id $state $time}"; exit; }
fi
if active; then
    echo active
    exit
fi

# A domain that neither runs nor is defined: with it every further restore is refused as "already being started". libvirt forgets a
# domain when it is undefined, and undefines what is defined.
if libvirt dominfo "$uuid" 2>/dev/null | grep -q '^Persistent: *no'; then
    libvirt dumpxml "$uuid" | libvirt define /dev/stdin >/dev/null && libvirt undefine "$uuid" >/dev/null
fi
echo none
