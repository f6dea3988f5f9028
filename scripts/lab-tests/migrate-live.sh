#!/bin/bash
# A busy guest moves to another host and back, live: its memory is right, its service answers, its definition is on one host.
# shellcheck source=../lab/tests.sh
. "$(dirname "$0")/../lab/tests.sh"

start_guest mover --memory 128 --load busy --rate 2

say "to the host that the scorer chooses, checked only"
vfrt migrate guest mover --dry-run --explain
goes_on mover
say "to xen2"
vfrt migrate guest mover --to xen2
goes_on mover
memory_is_right mover
is_only_on xen2 mover
say "there already"
says '"nothingToDo" *: *true' vfrt migrate guest mover --to xen2 -o json
say "back to xen1, with what was learned"
says '"basis" *: *"learned from 1 migration.s. of this guest"' vfrt migrate guest mover --to xen1 -o json
goes_on mover
memory_is_right mover
is_only_on xen1 mover
vfrt migrate repair mover
says '"guests" *: *\[ *\]' vfrt migrate repair -o json

xenlab guest query mover poweroff || true
eventually 60 "libvirt notices the poweroff after all that" libvirt_says xen1 mover "shut off"
