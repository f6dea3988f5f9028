#!/bin/bash
# A protected guest's host loses its power; an alert starts a failover: the host is fenced, the guest comes back on another host from its newest copy, once, and its memory is
# that of the copy. Its old host comes back and cannot start it, rejoins, and gets it back. Needs 'xenlab up 2 --bmc' or more hosts.
# shellcheck source=../lab/tests.sh
. "$(dirname "$0")/../lab/tests.sh"

guest=web1

status() { vfrt standby status "$guest" -o json | python3 -c "import json,sys; print(json.load(sys.stdin)['guests'][0]['$1'])"; }
runs_on() { libvirt_says "$1" $guest running; }
protected() { [ "$(status state)" = protected ]; }

# A run that was broken off leaves its guest guarded, and the register is gone.
for host in $(lab_hosts); do on_host "$host" 'rm -rf /var/lib/vfrt /run/vfrt'; done
for host in $(lab_hosts); do vfrt host setup "$host"; vfrt standby rejoin "$host"; done
start_guest $guest --memory 128
vfrt standby protect $guest --on xen2 --interval 5m
vfrt standby run --once || true
protected || fail "$guest is '$(status state)'"
vfrt standby status
epoch=$(status epoch)

# A host that answers is not failed over; what is protected does not start elsewhere.
exits 3 vfrt standby failover --host xen1

xenlab power off xen1
exits 0 vfrt standby failover --host xen1 --alert-id night-1
[ "$(status host)" = xen2 ] && [ "$(status epoch)" = $((epoch + 1)) ] || fail "$guest is on '$(status host)' with epoch '$(status epoch)'"
xenlab wait-guest $guest 120
memory_is_right $guest
goes_on $guest
vfrt standby failover --host xen1 --alert-id night-1 2>&1 | grep "dealt with before" || fail "the same alert was not known"
vfrt standby status || true

# Its old host comes back: neither a person nor autostart starts the guest there.
vfrt standby fence check xen1 || true
xenlab power on xen1
eventually 300 "xen1 answers" on_host xen1 true
! on_host xen1 virsh -q -c xen:///system start $guest 2>/dev/null || fail "xen1 started $guest, which runs on xen2"
vfrt standby rejoin xen1
vfrt standby failback $guest
runs_on xen1 || fail "$guest is not home"
[ "$(status epoch)" = $((epoch + 2)) ] || fail "its epoch is '$(status epoch)'"
memory_is_right $guest
vfrt standby unprotect $guest
