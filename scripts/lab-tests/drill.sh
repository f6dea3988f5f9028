#!/bin/bash
# Drills: a checkpoint of a guest with a thin volume and a file is tried as a copy beside the guest, which runs on undisturbed. Drills that pass, by
# several signs of life; drills that fail, or cannot be run, each for its reason; and one whose vfrt is killed. Nothing is left of any.
#   VFRT_KILLS   at how many points of a drill vfrt is killed (default 3)
#   VFRT_DRILLS  which parts are held: passes, ends, fails (default all, in that order)
# shellcheck source=../lab/tests.sh
. "$(dirname "$0")/../lab/tests.sh"

kills=${VFRT_KILLS:-3}
read -ra parts <<<"${VFRT_DRILLS:-passes ends fails}"
guest=web8
ip=192.168.77.108
own_network=$(on_host xen1 'ls /sys/class/net | grep -v ^vif | sort | tr "\n" " "')

# What belongs to drills on the host, of whatever kind. The logs of daemons stay, one for each name.
nothing_is_left() {
    local left
    left=$(on_host xen1 "virsh -q -c xen:///system list --all --name | grep ^drill
        xl list | grep drill
        lvs --noheadings -o lv_name vg0 | grep drill
        ls /srv/images /srv/images/.vfrt-snapshots 2>/dev/null | grep -E 'drill|new$|copy$'
        ls /sys/class/net | grep ^vfrtd
        ip netns list
        losetup -a | grep drill
        ps -e -o args= | grep '[d]rill.sh'
        ls -d /run/vfrt.* 2>/dev/null" || true)
    [ -z "$left" ] || fail "left on the host: $left"
    [ -z "$(ls "$work/state/journal" 2>/dev/null)" ] || fail "still in the journal: $(cat "$work"/state/journal/*)"
    [ "$(on_host xen1 'ls /sys/class/net | grep -v ^vif | sort | tr "\n" " "')" = "$own_network" ] || fail "the host has another network now"
    say "nothing is left"
}

# The guest is the same domain as ever, its records go on and are right, and its network answers: nobody has its address but itself.
undisturbed() {
    local now
    goes_on $guest
    now=$(on_host xen1 "xl domid $guest")
    if [ "$now" != "$domain" ]; then
        # Where two such guests share a processor, QEMU's emulation of SVM loses one now and then, and libvirt starts that one anew.
        on_host xen1 "xl dmesg | grep -q 'd${domain}v0 Triple fault'" || fail "$guest was domain $domain and is $now: $(on_host xen1 'xl list')"
        say "QEMU lost the guest, domain $domain, by a triple fault: it is domain $now by now"
        domain=$now
    fi
    records_agree $guest
    [ "$(virsh_state xen1 $guest)" = running ] || fail "$guest is '$(virsh_state xen1 $guest)'"
}

drill() { vfrt checkpoint drill "$@"; }

# last_drill KEY: of the last record
last_drill() { vfrt checkpoint drill --list -o json | python3 -c "import json,sys; print(json.load(sys.stdin)['drills'][-1]['$1'])"; }

# ended RESULT CODE EXIT WORDS…: a drill that ends so, for that reason, and leaves nothing
ended() {
    local result=$1 code=$2 exit=$3
    shift 3
    exits "$exit" drill "$@"
    [ "$(last_drill result) $(last_drill code)" = "$result $code" ] || fail "recorded is '$(last_drill result) $(last_drill code)', not '$result $code'"
    nothing_is_left
}

# type_at_console DOMAIN TEXT: at the shell that the lab's guests have there
type_at_console() {
    on_host xen1 "tty=\$(xenstore-read /local/domain/\$(xl domid $1)/console/tty); stty -F \$tty raw -echo; printf '%s\r' '$2' >\$tty"
}

# program TEXT: a site's own, in $work/check
program() {
    printf '#!/bin/sh\n%s\n' "$1" >"$work/check"
    chmod 755 "$work/check"
}

passes() {
    drill $guest --dry-run
    nothing_is_left
    drill $guest --sign 'console=/ # $'
    nothing_is_left
    [ "$(last_drill result)" = passed ] || fail "recorded is '$(last_drill result)'"
    undisturbed
    drill $guest --sign xenstore=data/alive
    nothing_is_left
    drill $guest --sign tcp=$ip:7777
    nothing_is_left
    undisturbed

    # A program of the site, by the policy, and what is due.
    # shellcheck disable=SC2016 # the program's own variables
    program '[ -n "$VFRT_DRILL_CONSOLE" ] && [ "$VFRT_DRILL_COPY" = "drill-$VFRT_DRILL_GUEST" ]'
    cat >>"$work/vfrt.yaml" <<POLICIES
policies:
  drilled:
    guests: $guest
    interval: 1d
    drill: {every: 1h, sign: 'script=$work/check'}
POLICIES
    rm -r "$work/state/drills"
    says "$guest .* passed" drill --all-due
    says 'not due' drill --all-due
    nothing_is_left
    undisturbed
}

fails() {
    ended failed sign-not-seen 8 $guest --sign console=nobody-says-this --within 10s
    program 'echo "no database"; exit 3'
    ended failed script-failed 8 $guest --sign "script=$work/check"
    program 'sleep 600'
    ended failed sign-not-seen 8 $guest --sign "script=$work/check" --within 5s

    # A copy that ends by itself in the middle of the wait: its kernel is told to.
    { eventually 120 "the copy runs" libvirt_says xen1 drill-$guest running && sleep 8 && on_host xen1 "xl sysrq drill-$guest b"; } &
    ended failed guest-ended 8 $guest --sign console=nobody-says-this --within 60s
    wait

    free=$(on_host xen1 "xl info | sed -n 's/^free_memory *: *//p'")
    on_host xen1 "cat >/tmp/hog.cfg <<HOG
name='hog'
type='pvh'
kernel='/var/lib/xen/images/vmlinux'
ramdisk='/var/lib/xen/images/guest.cpio'
memory=$((free - 80))
on_crash='destroy'
HOG
    xl create -p -q /tmp/hog.cfg"
    ended 'not run' not-enough-memory 3 $guest --to xen1
    on_host xen1 'xl destroy hog; rm /tmp/hog.cfg'

    # The snapshot of a disk is gone for a while; and at last the image itself is damaged.
    id=$(newest_id $guest)
    snapshot=$(on_host xen1 "ls /srv/images/.vfrt-snapshots/$guest.img.vfrt-$id*")
    on_host xen1 "mv $snapshot /srv/images/aside"
    ended failed snapshot-missing 8 $guest --sign 'console=/ # $'
    on_host xen1 "mv /srv/images/aside $snapshot"
    python3 - "$work/store/checkpoints/$id" <<'DAMAGE'
import os, sys
path = max((os.path.join(sys.argv[1], name) for name in os.listdir(sys.argv[1])), key=os.path.getsize)
with open(path, "r+b") as pack:
    pack.seek(os.path.getsize(path) // 3)
    byte = pack.read(1)[0]
    pack.seek(-1, 1)
    pack.write(bytes([byte ^ 1]))
DAMAGE
    ended failed image-damaged 8 $guest --sign 'console=/ # $'
}

ends() {
    # A kill at any moment: the next command takes away what is there, and says so.
    for ((point = 1; point <= kills; point++)); do
        at=$(moment 40000000 $point "$kills")
        say "SIGKILL after $at s"
        setsid "$tree/scripts/vfrt" checkpoint drill $guest --sign console=nobody-says-this --within 120s --network private --config "$work/vfrt.yaml" >/dev/null 2>&1 &
        sleep "$at"
        on_host xen1 'xl list; ls /sys/class/net; lvs --noheadings -o lv_name vg0' | grep -E 'drill|vfrtd' || true
        killed checkpoint drill
        wait || true
        settled
        nothing_is_left
    done
    undisturbed

    # A signal ends it early, and in order.
    setsid "$tree/scripts/vfrt" checkpoint drill $guest --sign console=nobody-says-this --within 300s --config "$work/vfrt.yaml" >"$work/said" 2>&1 &
    eventually 120 "the copy runs" libvirt_says xen1 drill-$guest running
    sleep 5
    kill -TERM "$(vfrt_process checkpoint drill)"
    wait || true
    cat "$work/said"
    [ "$(last_drill result) $(last_drill code)" = 'not run interrupted' ] || fail "recorded is '$(last_drill result) $(last_drill code)'"
    nothing_is_left
}

xenlab disks xen1
start_guest $guest --memory 128 --disk /dev/vg0/$guest,64 --disk /srv/images/$guest.img,32 --records 10
# For the sign in xenstore: the guest's own kernel is told by hand to write a key (type 11 of the wire protocol, xs_wire.h).
type_at_console $guest '(while usleep 500000; do printf "\\013\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\016\\0\\0\\0data/alive\\0yes" > /dev/xen/xenbus; done) &'
vfrt checkpoint create $guest
domain=$(on_host xen1 "xl domid $guest")
undisturbed
for part in "${parts[@]}"; do "$part"; done
undisturbed
vfrt checkpoint drill --list
