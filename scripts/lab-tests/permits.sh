#!/bin/bash
# A guest that a host guards starts there with a permit only: not by virsh, at libvirt's start, from a save, by migration, by xendomains, nor after the host was without power.
# shellcheck source=../lab/tests.sh
. "$(dirname "$0")/../lab/tests.sh"

parts=$tree/vfrt-xen/src/main/resources/org/vfrt/xen/permit
# permits HOST VERB…: as vfrt asks for it.
permits() {
    local host=$1
    shift
    # shellcheck disable=SC2046
    cat "$parts/permits.sh" "$parts/asked.sh" | feed_host "$host" "bash -s -- '' $(printf '%q ' "$@")"
}
standing() { permits "$1" standing | sed -n "s/^$2\t//p"; }
boot() { standing "$1" boot; }
virsh() { on_host "$1" timeout 300 virsh -q -c xen:///system "${@:2}"; }
runs_on() { on_host "$1" xl list | awk -v g="$2" '$1 == g { found = 1 } END { exit !found }'; }
# refused HOST COMMAND…: it fails, and the guest is not there.
refused() {
    local host=$1
    shift
    ! "$@" >"$work/said" 2>&1 || fail "'$*' was let through"
    ! runs_on "$host" web1 || fail "web1 is on $host after '$*'"
    say "refused: $* ($(grep -o 'vfrt: [^.]*' "$work/said" | head -n 1))"
}

say "a hook of the site is there before"
for host in xen1 xen2; do
    feed_host "$host" 'mkdir -p /etc/libvirt/hooks && cat >/etc/libvirt/hooks/libxl && chmod 755 /etc/libvirt/hooks/libxl && systemctl restart libvirtd' <<'HOOK'
#!/bin/sh
cat >/dev/null
echo "$1 $2" >>/run/site-hook
HOOK
    vfrt host setup "$host" --dry-run
    vfrt host setup "$host"
    vfrt host setup "$host"
    [ "$(standing "$host" installed)" = yes ] || fail "$host does not ask for permits"
done
echo 'standby: {register: {directory: /var/tmp/vfrt-register}}' >>"$work/vfrt.yaml"
vfrt host check

start_guest web1 --memory 128
uuid=$(virsh xen1 domuuid web1)
on_host xen1 "grep -q 'web1 prepare' /run/site-hook" || fail "the site's hook was not called"
virsh xen1 save web1 /var/tmp/web1.save
on_host xen1 'cp /var/tmp/web1.save /var/tmp/web1.save.2'
for host in xen1 xen2; do permits "$host" guard "$uuid" web1; done

say "without a permit"
refused xen1 virsh xen1 start web1
refused xen1 virsh xen1 restore /var/tmp/web1.save
virsh xen1 dumpxml web1 --inactive >"$work/web1.xml"
feed_host xen2 'cat >/var/tmp/web1.xml' <"$work/web1.xml"
refused xen2 virsh xen2 create /var/tmp/web1.xml
virsh xen1 autostart web1
on_host xen1 'rm -rf /run/libvirt/libxl/autostarted; systemctl restart libvirtd'
eventually 60 "libvirt of xen1 answers" virsh xen1 list
sleep 10
! runs_on xen1 web1 || fail "autostart was not asked"
say "autostart is asked too"

say "with a permit"
permits xen1 give "$(boot xen1)" "$uuid" 1 | grep -q 'not-rejoined' || fail "a permit was given before the host had rejoined"
permits xen1 rejoin "$(boot xen1)"
permits xen1 give "$(boot xen1)" "$uuid" 1
virsh xen1 restore /var/tmp/web1.save
xenlab wait-guest web1 120
[ -z "$(on_host xen1 'ls /run/vfrt/starts')" ] || fail "the start is still said to go on"

say "a migration to where it has no permit"
# The hosts reach each other in clear only, which the lab's libvirt allows.
! on_host xen1 'timeout 200 virsh -c xen:///system migrate --live --p2p web1 xen+tcp://xen2/system --migrateuri tcp://xen2' || fail "the migration was let through"
! runs_on xen2 web1 || fail "web1 arrived on xen2"
on_host xen1 'xl list; virsh -c xen:///system domjobinfo web1 | head -n 1'
goes_on web1
say "the same with one"
permits xen2 rejoin "$(boot xen2)"
permits xen2 give "$(boot xen2)" "$uuid" 2
on_host xen1 'timeout 300 virsh -c xen:///system migrate --live --p2p web1 xen+tcp://xen2/system --migrateuri tcp://xen2'
runs_on xen2 web1 || fail "web1 did not arrive on xen2"
say "the network is told where it is: xen1 hears of it from xen2"
on_host xen1 "timeout 60 python3 -c '
import socket
link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
link.bind((\"xenbr0\", 0))
seen = set()
while len(seen) < 2:
    frame = link.recv(2000)
    if frame[12:14] == b\"\\x80\\x35\" or frame[12:14] == b\"\\x08\\x06\" and frame[28:32] == frame[38:42]:
        seen.add(frame[12:14].hex() + \" \" + frame[6:12].hex(\":\"))
print(*sorted(seen), sep=\"\\n\")
'" >"$work/heard" &
listener=$!
sleep 5
feed_host xen2 "bash -s -- $uuid 3 192.168.77.101" <"$tree/vfrt-xen/src/main/resources/org/vfrt/xen/announce/announce.sh" | tee "$work/told"
wait "$listener" || fail "xen1 heard nothing of web1"
mac=$(virsh xen2 dumpxml web1 | sed -n "s/.*mac address='\(.*\)'.*/\1/p")
[ "$(cat "$work/heard")" = "0806 $mac
8035 $mac" ] || fail "xen1 heard '$(cat "$work/heard")'"

permits xen1 withdraw "$uuid" 2 5
permits xen1 give "$(boot xen1)" "$uuid" 1 | grep -q later-epoch || fail "an old permit was given again"
virsh xen2 destroy web1

say "a permit is withdrawn while a start goes on"
permits xen1 give "$(boot xen1)" "$uuid" 3
virsh xen1 start web1 &
begun=$!
eventually 30 "the start has begun" on_host xen1 "ls /run/vfrt/starts | grep -q ."
permits xen1 withdraw "$uuid" 4 100
[ -z "$(on_host xen1 'ls /run/vfrt/starts')" ] || fail "it did not wait for the start"
runs_on xen1 web1 || fail "the start that had begun did not come to its end"
wait "$begun"
virsh xen1 destroy web1
refused xen1 virsh xen1 start web1

say "what was saved"
permits xen1 give "$(boot xen1)" "$uuid" 5
virsh xen1 start web1
xenlab wait-guest web1 120
virsh xen1 managedsave web1
permits xen1 withdraw "$uuid" 6 5
on_host xen1 'mkdir -p /var/lib/xen/save; mv /var/tmp/web1.save.2 /var/lib/xen/save/web1; systemctl unmask xendomains.service 2>/dev/null; systemctl daemon-reload; systemctl start xendomains.service; systemctl status xendomains.service --no-pager | tail -n 5' || true
! runs_on xen1 web1 || fail "xendomains brought web1 back"
on_host xen1 'test -z "$(ls /var/lib/xen/save)" && ls /var/lib/xen/save/.vfrt-aside /var/lib/libvirt/libxl/save/.vfrt-aside' || fail "the saves were not put aside"

say "the host is without power, and comes back"
permits xen1 give "$(boot xen1)" "$uuid" 7
before=$(boot xen1)
# Its permit would not have been for this boot: what the disk has is what counts.
on_host xen1 sync
xenlab power off xen1
xenlab power on xen1
[ "$(boot xen1)" != "$before" ] || fail "it has the same boot"
[ "$(standing xen1 installed) $(standing xen1 rejoined)" = 'yes no' ] || fail "after the boot: $(permits xen1 standing)"
! runs_on xen1 web1 || fail "web1 came back with xen1"
refused xen1 virsh xen1 start web1
[ "$(standing xen1 guarded | cut -f2,3)" = "7	-" ] || fail "after the boot: $(permits xen1 standing)"

say "it is taken away again"
exits 3 vfrt host setup xen1 --remove
for host in xen1 xen2; do
    permits "$host" unguard "$uuid"
    vfrt host setup "$host" --remove
    [ "$(on_host "$host" 'ls /etc/libvirt/hooks/libxl.d; cat /etc/libvirt/hooks/libxl | tail -n 1')" = 'echo "$1 $2" >>/run/site-hook' ] || fail "the site's hook is not as it was"
    on_host "$host" 'rm /etc/libvirt/hooks/libxl'
done
virsh xen1 start web1
