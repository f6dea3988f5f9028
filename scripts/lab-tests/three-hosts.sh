#!/bin/bash
# Three hosts: a lopsided pool is evened out by a plan, a host is emptied, and what would happen if one died is foretold.
# shellcheck source=../lab/tests.sh
. "$(dirname "$0")/../lab/tests.sh"

[ "$(lab_hosts | wc -l)" -eq 3 ] || fail "this needs a lab of three hosts: xenlab up 3"
many=${VFRT_GUESTS:-4}
names=()
for ((i = 1; i <= many; i++)); do names+=("flock$i"); done
for name in "${names[@]}"; do start_guest "$name" --memory 128; done

on() { on_host "$1" virsh -q -c xen:///system list --name | grep -c flock || true; }
where() { for host in xen1 xen2 xen3; do ! libvirt_says $host "$1" running || echo $host; done; }
are_well() { for name in "${names[@]}"; do goes_on "$name"; done; }

say "all of them are on xen1: what would happen if it died?"
vfrt host failure xen1

say "a plan, as a file, that is applied"
vfrt migrate pool --explain
vfrt migrate pool -o json >"$work/plan.json"
vfrt migrate pool --apply "$work/plan.json"
[ "$(on xen1)" -lt "$many" ] && [ "$(on xen2)" -gt 0 ] && [ "$(on xen3)" -gt 0 ] || fail "not evened out: $(on xen1) $(on xen2) $(on xen3)"
say "the pool: $(on xen1) $(on xen2) $(on xen3)"
are_well
say "the same plan again is of another pool"
exits 3 vfrt migrate pool --apply "$work/plan.json"
say "and there is nothing more to do"
says '"waves" *: *\[ *\]' vfrt migrate pool -o json

say "xen2 is emptied"
vfrt migrate host xen2
[ "$(on xen2)" -eq 0 ] || fail "xen2 still has $(on xen2)"
are_well
for name in "${names[@]}"; do is_only_on "$(where "$name")" "$name"; done
vfrt migrate host xen2

say "a host with a guest that must stay there is not emptied by half"
pinned=flock1
host=$(where $pinned)
before=$(on "$host")
on_host "$host" "virsh -q -c xen:///system metadata $pinned --live --config --uri http://vfrt.org/xmlns/labels/1.0 --key vfrt --set \"<labels on='$host'/>\""
exits 3 vfrt migrate host "$host"
[ "$(on "$host")" -eq "$before" ] || fail "some were moved"
