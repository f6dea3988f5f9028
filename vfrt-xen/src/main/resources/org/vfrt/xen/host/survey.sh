#!/bin/bash
# Tells what a host has. Runs on the host.
#
#   survey.sh PATH…   prints records that end with a NUL: 'machine ID', which no other running system has, 'bridge NAME', 'path PATH' for
#                     each of the paths that exists, and 'xen TEXT', what Xen says of the host's processors; none of that last one when
#                     the user may not ask Xen
set -u
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

[ ! -r /proc/sys/kernel/random/boot_id ] || printf 'machine %s\0' "$(cat /proc/sys/kernel/random/boot_id)"
for directory in /sys/class/net/*/bridge; do
    [ -d "$directory" ] || continue
    directory=${directory%/bridge}
    printf 'bridge %s\0' "${directory##*/}"
done
for path; do
    [ ! -e "$path" ] || printf 'path %s\0' "$path"
done
! info=$(xl info 2>/dev/null) || printf 'xen %s\0' "$info"
