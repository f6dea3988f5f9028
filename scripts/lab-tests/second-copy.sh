#!/bin/bash
# A second copy beside the running original: new name, UUID and MAC address; paused when asked for.
# shellcheck source=../lab/tests.sh
. "$(dirname "$0")/../lab/tests.sh"

start_guest web7 --memory 128
guests+=(drill7)
vfrt checkpoint create web7
vfrt checkpoint restore web7 --as drill7 --to xen2 --paused
libvirt_says xen2 drill7 paused || fail "xen2 says '$(virsh_state xen2 drill7)'"
original=$(on_host xen1 virsh -q -c xen:///system dumpxml web7)
copy=$(on_host xen2 virsh -q -c xen:///system dumpxml drill7)
for element in uuid "mac address"; do
    [ "$(grep -m1 "<$element" <<<"$original")" != "$(grep -m1 "<$element" <<<"$copy")" ] || fail "the copy has the original's $element"
done
on_host xen2 virsh -q -c xen:///system destroy drill7
goes_on web7
