#!/bin/bash
# Tells the network where a guest is: on each bridge that one of its interfaces is at, a gratuitous ARP for each address that is known, and for each MAC address a
# RARP, from which switches learn the place though nobody knows the guest's address. Runs on the guest's host, as root.
#
#   announce.sh UUID TIMES [ADDRESS]…   'sent INTERFACE MAC [ADDRESS]' for each, 'none' for a guest without an interface, or 'no CODE TEXT', separated by tabs
#
# An address comes from the definition, from what the guest wrote into xenstore, from the host's neighbours, or from the caller, who means the first interface.
set -u
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

uuid=$1 times=$2
shift 2

no() {
    printf 'no\t%s\t%s\n' "$1" "$2"
    exit 0
}

# The domain's number.
domain() {
    local id
    for id in $(xenstore-list /local/domain 2>/dev/null); do
        [ "$(xenstore-read "/local/domain/$id/vm" 2>/dev/null)" != "/vm/$uuid" ] || { echo "$id"; return; }
    done
}

addresses() {
    local domain=$1 number=$2 mac=$3 key
    xenstore-read "/local/domain/0/backend/vif/$domain/$number/ip" 2>/dev/null
    for key in "attr/vif/$number/ipv4" "attr/eth$number/ip"; do
        xenstore-read "/local/domain/$domain/$key" 2>/dev/null
        for entry in $(xenstore-list "/local/domain/$domain/$key" 2>/dev/null); do xenstore-read "/local/domain/$domain/$key/$entry" 2>/dev/null; done
    done
    ip -4 neigh show 2>/dev/null | awk -v mac="$mac" '{ for (i = 1; i < NF; i++) if ($i == "lladdr" && $(i + 1) == mac) print $1 }'
}

id=$(domain)
[ -n "$id" ] || no guest-not-there "the guest has no domain there"
orders=()
for number in $(xenstore-list "/local/domain/0/backend/vif/$id" 2>/dev/null | sort -n); do
    at=/local/domain/0/backend/vif/$id/$number
    mac=$(xenstore-read "$at/mac" 2>/dev/null | tr 'A-Z' 'a-z')
    bridge=$(xenstore-read "$at/bridge" 2>/dev/null)
    [ -n "$bridge" ] && [ -e "/sys/class/net/$bridge" ] || no no-bridge "interface '$mac' is at no bridge"
    orders+=("$bridge" "$mac" "$(printf '%s\n' "$@" "$(addresses "$id" "$number" "$mac")" | tr -s ' \n' '\n' | grep -E '^([0-9]{1,3}\.){3}[0-9]{1,3}$' | sort -u | tr '\n' ' ')")
    set --
done
[ ${#orders[@]} -gt 0 ] || { echo none; exit 0; }

# From the bridge itself: what the host sends there does not teach its own bridge anything, and leaves through every port.
python3 - "$times" "${orders[@]}" <<'PY'
import socket, struct, sys, time

EVERYBODY = b"\xff" * 6
times, orders = int(sys.argv[1]), sys.argv[2:]

def frame(mac, kind, operation, sender, target_mac, target):
    return EVERYBODY + mac + struct.pack("!HHHBBH", kind, 1, 0x0800, 6, 4, operation) + mac + sender + target_mac + target

frames = []
for bridge, text, addresses in zip(orders[0::3], orders[1::3], orders[2::3]):
    mac = bytes.fromhex(text.replace(":", ""))
    link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    link.bind((bridge, 0))
    frames.append((link, frame(mac, 0x8035, 3, bytes(4), mac, bytes(4)), (bridge, text)))
    for address in addresses.split():
        ip = socket.inet_aton(address)
        # Some take the question for news, some the answer only.
        frames.append((link, frame(mac, 0x0806, 1, ip, bytes(6), ip), (bridge, text, address)))
        frames.append((link, frame(mac, 0x0806, 2, ip, EVERYBODY, ip), None))
for turn in range(times):
    if turn:
        time.sleep(0.2)
    for link, content, _ in frames:
        link.send(content.ljust(60, b"\0"))
for _, _, told in frames:
    if told:
        print("sent", *told, sep="\t")
PY
