#!/bin/bash
# A guest that has more memory than it was asked to keep: Xen would find no room for what it has under its own definition. It is captured live, and by saving, and restored; and it is migrated. Afterwards it
# is asked for the same memory as before.
# shellcheck source=../lab/tests.sh
. "$(dirname "$0")/../lab/tests.sh"

guest=balloon target_kib=$((128 * 1024)) had_kib=$((176 * 1024))
memory_of() { on_host "$1" virsh -q -c xen:///system dominfo $guest | awk '/^Used memory/ { print $3 }'; }
target_of() { on_host "$1" "xenstore-read /local/domain/\$(xl domid $guest)/memory/target"; }
has_target() { [ "$(target_of "$1")" = $target_kib ]; }
has_much() { [ "$(memory_of "$1")" -ge $((had_kib - 4096)) ]; }

# keeps_more HOST: its driver is told something else than libvirt, as one is that gives back nothing.
keeps_more() {
    on_host "$1" virsh -q -c xen:///system setmem $guest $had_kib --live
    eventually 60 "$guest has $had_kib KiB" has_much "$1"
    on_host "$1" "virsh -q -c xen:///system setmem $guest $target_kib --live; xenstore-write /local/domain/\$(xl domid $guest)/memory/target $had_kib"
    sleep 3
    [ "$(memory_of "$1")" -gt $((target_kib + 8192)) ] || fail "$guest gave back too much: $(memory_of "$1") KiB"
    say "$guest has $(memory_of "$1") KiB, and is to have $target_kib"
}
# as_before HOST
as_before() {
    memory_is_right $guest
    goes_on $guest
    eventually 30 "$guest is asked for $target_kib KiB on $1" has_target "$1"
    on_host "$1" virsh -q -c xen:///system dumpxml $guest | grep -q "<currentMemory unit='KiB'>$target_kib<" || fail "its definition says otherwise: $(on_host "$1" virsh -q -c xen:///system dumpxml $guest | grep emory)"
}
restored() {
    on_host xen1 virsh -q -c xen:///system destroy $guest
    vfrt checkpoint restore $guest
    xenlab wait-guest $guest 120
    as_before xen1
}

start_guest $guest --memory 192
keeps_more xen1
vfrt checkpoint create $guest
restored
keeps_more xen1
vfrt checkpoint create $guest --method save
as_before xen1
restored
keeps_more xen1
vfrt migrate guest $guest --to xen2
xenlab wait-guest $guest 120
as_before xen2
