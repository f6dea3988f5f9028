#!/bin/bash
# libxl reports a domain's shutdown once, and a capture's suspend uses that up (bug E): after a checkpoint libvirt must notice the
# guest's poweroff all the same.
# shellcheck source=../lab/tests.sh
. "$(dirname "$0")/../lab/tests.sh"

start_guest web2 --memory 128
vfrt checkpoint create web2 -o json | tee "$work/created"
goes_on web2
xenlab guest query web2 poweroff || true
eventually 60 "libvirt notices the poweroff" libvirt_says xen1 web2 "shut off"
gone_from_xen() { ! on_host xen1 xl list | grep -qw web2; }
eventually 60 "xen does not know the guest any more" gone_from_xen
