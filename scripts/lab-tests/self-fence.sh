#!/bin/bash
# Hosts that reset themselves: 'standby run' keeps the lease of the host that a claim names, and of no other, and gives it back when it ends in an orderly way. When it is killed, Xen's watchdog resets
# the host; its lease is the evidence by which the guest comes back elsewhere, without any fence device.
# shellcheck source=../lab/tests.sh
. "$(dirname "$0")/../lab/tests.sh"

guest=web1 watchdog=60 runner=''
printf 'standby:\n  watchdog: %ss\n  evidence: [self-fenced, rebooted]\n' $watchdog >>"$work/vfrt.yaml"
ends() { [ -z "$runner" ] || kill "$(vfrt_process standby run)" 2>/dev/null || true; sed 's/^/run: /' "$work/run" 2>/dev/null || true; }
trap 'ends; cleanup' EXIT

# lease HOST VERB…: as vfrt asks for it.
lease() {
    local host=$1
    shift
    feed_host "$host" "bash -s -- '' $(printf '%q ' "$@")" <"$tree/vfrt-xen/src/main/resources/org/vfrt/xen/lease/lease.sh"
}
lease_ms() { lease "$1" moment | cut -f4; }
has_lease() { [ "$(lease_ms "$1")" = $((watchdog * 1000)) ]; }
has_none() { [ "$(lease_ms "$1")" = 0 ]; }
# Not through a pipe: one that is closed early counts as a failure.
is_off() { ! grep -q "^$1 on" <<<"$(xenlab status)"; }
ssh_sessions() { on_host "$1" "pgrep -fc 'sshd: root'"; }
begin_run() {
    setsid "$tree/scripts/vfrt" standby run --config "$work/vfrt.yaml" >>"$work/run" 2>&1 &
    runner=$!
}

for host in $(lab_hosts); do on_host "$host" 'rm -rf /var/lib/vfrt /run/vfrt'; done
for host in $(lab_hosts); do vfrt host setup "$host"; vfrt standby rejoin "$host"; done
start_guest $guest --memory 128
vfrt standby protect $guest --on xen2 --interval 1h
vfrt standby run --once || true
xenlab guest query $guest count

begin_run
eventually 120 "xen1 has a lease" has_lease xen1
has_none xen2 || fail "xen2 has a lease, and no claim names it"
# Twice the lease: a host whose lease were renewed in words alone would be gone by then. Nothing piles up there.
before=$(ssh_sessions xen1)
until_then=$((SECONDS + watchdog))
while [ $SECONDS -lt $until_then ]; do
    is_off xen1 && fail "xen1 was reset while its lease was renewed"
    sleep 5
done
[ "$(ssh_sessions xen1)" -le $((before + 3)) ] || fail "sessions pile up on xen1: $before, then $(ssh_sessions xen1)"
say "ended in an orderly way it gives the lease back"
kill -TERM "$(vfrt_process standby run)"
wait "$runner" || fail "'standby run' ended with $?"
has_none xen1 || fail "xen1 has a lease that nobody renews"

begin_run
eventually 120 "xen1 has a lease again" has_lease xen1
say "killed it cannot"
killed standby run
begun=$SECONDS
wait "$runner" || true
runner=''
eventually $((watchdog + 70)) "xen1 was reset" is_off xen1
say "xen1 was reset after $((SECONDS - begun)) s, with a watchdog of $watchdog s"
[ $((SECONDS - begun)) -le $((2 * watchdog)) ] || fail "others would have counted on it earlier"

begun=$SECONDS
exits 0 vfrt standby failover --host xen1 --alert-id night-1
say "$guest is back after $((SECONDS - begun)) s, of which twice the watchdog's time is waited for"
libvirt_says xen2 $guest running || fail "$guest does not run on xen2"
xenlab wait-guest $guest 120
memory_is_right $guest
goes_on $guest

# Its lease did not outlive the boot, and it takes nothing before it was looked at.
xenlab power on xen1
eventually 300 "xen1 answers" on_host xen1 true
has_none xen1 || fail "the lease outlived the boot"
! on_host xen1 virsh -q -c xen:///system start $guest 2>/dev/null || fail "xen1 started $guest, which runs on xen2"
vfrt standby rejoin xen1
vfrt standby unprotect $guest
