#!/bin/bash
# A guest that has more memory than it was asked to keep: Xen would find no room for what it has under its own definition. It is captured live, and by saving, and restored; and it is migrated. Afterwards it
# is asked for the same memory as before.
# shellcheck source=../lab/tests.sh
. "$(dirname "$0")/../lab/tests.sh"

guest=balloon target_kib=$((80 * 1024))
memory_of() { on_host "$1" virsh -q -c xen:///system dominfo $guest | awk '/^Used memory/ { print $3 }'; }
has_target() { [ "$(on_host "$1" "xenstore-read /local/domain/\$(xl domid $guest)/memory/target")" = $target_kib ]; }
# as_before HOST
as_before() {
    memory_is_right $guest
    goes_on $guest
    eventually 30 "$guest is asked for $target_kib KiB on $1" has_target "$1"
}
restored() {
    on_host xen1 virsh -q -c xen:///system destroy $guest
    vfrt checkpoint restore $guest
    xenlab wait-guest $guest 120
    as_before xen1
}

start_guest $guest --memory 128
on_host xen1 virsh -q -c xen:///system setmem $guest 80M --live
sleep 5
[ "$(memory_of xen1)" -gt $((target_kib + 4096)) ] || fail "this guest gives back all that it is asked for: $(memory_of xen1) KiB"
say "$guest has $(memory_of xen1) KiB, and is to have $target_kib"

vfrt checkpoint create $guest
restored
vfrt checkpoint create $guest --method save
as_before xen1
restored
vfrt migrate guest $guest --to xen2
xenlab wait-guest $guest 120
as_before xen2
