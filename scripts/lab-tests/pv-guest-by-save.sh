#!/bin/bash
# Xen of Debian cannot track a PV guest's dirty pages, so it cannot be captured live: refused when asked for, done by save and
# restore when vfrt may choose, with what it costs said before.
# shellcheck source=../lab/tests.sh
. "$(dirname "$0")/../lab/tests.sh"

start_guest web6 --memory 128 --type pv
exits 3 vfrt checkpoint create web6 --method live
before=$(count web6)
vfrt checkpoint create web6 | tee "$work/out"
grep -qi save "$work/out" || fail "it does not say which method"
goes_on web6
on_host xen1 virsh -q -c xen:///system destroy web6
vfrt checkpoint restore web6 --to xen2
goes_on web6
[ "$(count web6)" -ge "$before" ] || fail "the guest is older than the checkpoint"

say "it cannot be migrated live either, but moved through the store"
exits 3 vfrt migrate guest web6 --to xen1
before=$(count web6)
vfrt migrate guest web6 --to xen1 --method save
goes_on web6
[ "$(count web6)" -ge "$before" ] || fail "the guest is older than its move"
is_only_on xen1 web6
[ -z "$(on_host xen2 'ls /var/lib/libvirt/vfrt-save 2>/dev/null')" ] || fail "left on xen2: $(on_host xen2 'ls /var/lib/libvirt/vfrt-save')"
