#!/bin/bash
# Many checkpoints of a busy guest at short intervals in one encrypted store: most are pruned, what they had alone is collected, the
# rest is proved whole, and the oldest and the newest of it are restored on the other host with the right memory.
# VFRT_MANY and VFRT_KEPT say how many.
# shellcheck source=../lab/tests.sh
. "$(dirname "$0")/../lab/tests.sh"
many=${VFRT_MANY:-5} kept=${VFRT_KEPT:-2}

vfrt store init --encrypt --new-key-file "$work/key"
echo "store_key_file: $work/key" >>"$work/vfrt.yaml"
start_guest web11 --memory 128 --load busy --rate 4
for ((i = 1; i <= many; i++)); do vfrt checkpoint create web11; done
goes_on web11
[ "$(vfrt checkpoint list web11 -o json | grep -c '"id"')" -eq "$many" ] || fail "not $many checkpoints"

vfrt checkpoint prune web11 --keep-last "$kept" --no-gc
vfrt store gc
vfrt store check --read-data
vfrt checkpoint verify --all
vfrt store stat
for secret in lab.name=web11 "<name>web11"; do
    ! grep -rqsaF "$secret" "$work"/store/checkpoints/*/pack || fail "'$secret' can be read in the store"
done

oldest=$(vfrt checkpoint list web11 -o json | python3 -c 'import json,sys; print(json.load(sys.stdin)["checkpoints"][0]["id"])')
newest=$(newest_id web11)
for id in "$oldest" "$newest"; do
    on_host xen1 virsh -q -c xen:///system destroy web11 2>/dev/null || true
    on_host xen2 virsh -q -c xen:///system destroy web11 2>/dev/null || true
    vfrt checkpoint restore "$id" --to xen2
    goes_on web11
    memory_is_right web11
done
