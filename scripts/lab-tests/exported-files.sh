#!/bin/bash
# Files that leave the store and come into it: what vfrt exports, virsh and xl restore; what they save, vfrt imports and restores; and
# Xen's own verifier accepts the bare stream.
# shellcheck source=../lab/tests.sh
. "$(dirname "$0")/../lab/tests.sh"

ends() { on_host "$1" virsh -q -c xen:///system destroy web12; }

start_guest web12 --memory 128 --load busy --rate 4
vfrt checkpoint create web12
# xl names what it lists, and saves the configuration alone.
on_host xen1 xl list -l web12 | python3 -c 'import json, sys; print(json.dumps(json.load(sys.stdin)[0]["config"]))' >"$work/web12.json"
on_host xen1 xl save -c web12 /var/tmp/web12.saved >/dev/null 2>&1
goes_on web12
on_host xen1 cat /var/tmp/web12.saved >"$work/web12.saved"
on_host xen1 virsh -q -c xen:///system dumpxml web12 >"$work/web12.xml"
ends xen1
id=$(newest_id web12)

say "virsh restore takes the file"
vfrt checkpoint export "$id" --to "$work/web12.libvirt"
feed_host xen2 'cat >/var/tmp/web12' <"$work/web12.libvirt"
on_host xen2 virsh -q -c xen:///system restore /var/tmp/web12
goes_on web12
memory_is_right web12
ends xen2

say "xl restore takes the file"
vfrt checkpoint export "$id" --form xl --definition "$work/web12.json" --to "$work/web12.xl"
feed_host xen1 'cat >/var/tmp/web12' <"$work/web12.xl"
on_host xen1 'xl restore /var/tmp/web12' >"$work/xl" 2>&1 || { tail -n 20 "$work/xl"; fail "xl restore does not take it"; }
goes_on web12
memory_is_right web12
on_host xen1 'xl destroy web12; rm -f /var/tmp/web12*'

say "verify-stream-v2 takes the bare stream"
vfrt checkpoint export "$id" --form raw --to "$work/image"
# From a file: it takes a short read of a pipe for the end of the stream.
feed_host xen1 'cat >/var/tmp/image' <"$work/image"
on_host xen1 'cd "$(dirname "$(ls /usr/lib/xen-*/bin/verify-stream-v2)")" && PYTHONPATH=../lib/python ./verify-stream-v2 -f libxl -i /var/tmp/image 2>&1;
    status=$?; rm -f /var/tmp/image; exit $status' >"$work/verified" || { tail -n 5 "$work/verified"; fail "verify-stream-v2 does not accept the image"; }

say "what xl saved becomes a checkpoint"
vfrt checkpoint import "$work/web12.saved" --definition "$work/web12.xml" --tag from-xl
imported=$(newest_id web12)
[ "$imported" != "$id" ] || fail "the newest checkpoint is not the imported one"
vfrt checkpoint verify "$imported"
vfrt checkpoint restore "$imported" --to xen2 --origin-is-gone '(imported)'
goes_on web12
memory_is_right web12
