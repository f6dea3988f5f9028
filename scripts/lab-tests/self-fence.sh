#!/bin/bash
# A host whose lease nobody renews any more is reset by Xen's own watchdog, and one whose lease was given back is not.
# shellcheck source=../lab/tests.sh
. "$(dirname "$0")/../lab/tests.sh"

# lease HOST VERB…: as vfrt asks for it. The controller renews as of a moment by the host's clock.
lease() {
    local host=$1
    shift
    feed_host "$host" "bash -s -- '' $(printf '%q ' "$@")" <"$tree/vfrt-xen/src/main/resources/org/vfrt/xen/lease/lease.sh"
}
moment() { lease "$1" moment; }
renew() {
    local said
    said=$(moment "$1")
    lease "$1" renew "$(cut -f2 <<<"$said")" "$(cut -f3 <<<"$said")"
}
watchdog=60000
is_off() { ! xenlab status | grep -q "^$1 on"; }

for host in xen1 xen2; do
    boot=$(moment "$host" | cut -f2)
    [ "$(lease "$host" arm "$boot" $watchdog)" = 'done' ] || fail "no lease is armed on $host: $(lease "$host" arm "$boot" $watchdog; on_host "$host" 'ls -l /sys/class/watchdog; dmesg | tail -n 3')"
    [ "$(moment "$host" | cut -f4)" = $watchdog ] || fail "$host says '$(moment "$host")'"
done
say "given back, xen1 goes on as long as it likes; renewed, xen2 does"
[ "$(lease xen1 disarm "$(moment xen1 | cut -f2)")" = 'done' ] || fail "the lease of xen1 was not given back"
until_then=$((SECONDS + 80))
while [ $SECONDS -lt $until_then ]; do
    [ "$(renew xen2)" = 'done' ] || fail "the lease of xen2 was not renewed"
    sleep 5
done
begun=$SECONDS
say "nobody renews any more"
eventually 130 "xen2 was reset" is_off xen2
say "after $((SECONDS - begun)) s, with a watchdog of $((watchdog / 1000)) s"
[ $((SECONDS - begun)) -le $((2 * watchdog / 1000)) ] || fail "others would have counted on it earlier"
xenlab logs xen2 2>/dev/null | grep -a 'watchdog' | tail -n 2 || true
is_off xen1 && fail "xen1 was reset although its lease had been given back"
xenlab power on xen2
[ "$(moment xen2 | cut -f4)" = 0 ] || fail "the lease outlived the boot: $(moment xen2)"
