#!/bin/bash
# Prints what does not work here that a migration needs, or whoever mends one that broke: a line for each, its name and what was complained about.
set -u
export LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

works() {
    local name=$1 said
    shift
    said=$("$@" 2>&1 >/dev/null </dev/null) || echo "$name ${said##*$'\n'}"
}

works xen xl list
# From the host itself, whatever way vfrt's own connection takes.
works libvirt timeout 20 virsh -q -c xen:///system version
