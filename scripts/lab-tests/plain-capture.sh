#!/bin/bash
# With --insecure and a capture_address the stream comes in clear, past ssh, to a port that takes the guest's host alone. From the
# emulated hosts this machine is 10.0.2.2.
# shellcheck source=../lab/tests.sh
. "$(dirname "$0")/../lab/tests.sh"

sed -i '/uri:/a\    capture_address: 10.0.2.2' "$work/vfrt.yaml"
start_guest web9 --memory 128 --load busy --rate 4
vfrt host check --insecure
vfrt checkpoint create web9 --insecure
goes_on web9
memory_is_right web9
vfrt checkpoint verify --all
on_host xen1 virsh -q -c xen:///system destroy web9
vfrt checkpoint restore web9
goes_on web9
memory_is_right web9

say "an address that the host cannot reach is found out before the guest is touched"
sed -i 's/10\.0\.2\.2/127.0.0.1/' "$work/vfrt.yaml"
exits 3 vfrt checkpoint create web9 --insecure --method live
goes_on web9
