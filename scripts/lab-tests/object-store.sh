#!/bin/bash
# The same as many-checkpoints with a store in a bucket, of an S3 server on this machine; and it is copied into a directory.
# shellcheck source=../lab/tests.sh
. "$(dirname "$0")/../lab/tests.sh"

export AWS_ACCESS_KEY_ID=lab AWS_SECRET_ACCESS_KEY=$RANDOM$RANDOM$RANDOM
"$tree/scripts/s3server" "$work/bucket" 0 lab >"$work/server" 2>"$work/server.err" &
server=$!
trap 'status=$?; kill $server 2>/dev/null || true; (exit $status); cleanup' EXIT
eventually 400 "the S3 server answers" grep -q '^http' "$work/server"
sed -i "s#^store: .*#store: s3://lab/pool1#" "$work/vfrt.yaml"
printf 'store_s3:\n  endpoint: %s\n' "$(head -n 1 "$work/server")" >>"$work/vfrt.yaml"

keeps_of_many web15 "${VFRT_MANY:-3}" "${VFRT_KEPT:-2}" "$work/bucket"

say "a copy in a directory is whole without the bucket and without the key"
exits 3 vfrt store copy "$work/copy"
vfrt store copy "$work/copy" --in-clear
sed -i -e "s#^store: .*#store: $work/copy#" -e '/^store_key_file:/d' -e '/^store_s3:/,$d' "$work/vfrt.yaml"
kill $server
vfrt checkpoint verify --all
[ "$(vfrt checkpoint list web15 -o json | grep -c '"id"')" -eq "${VFRT_KEPT:-2}" ] || fail "not every checkpoint was copied"
