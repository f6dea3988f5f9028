#!/bin/bash
# Many checkpoints of a busy guest in one encrypted store, most of them pruned. VFRT_MANY and VFRT_KEPT say how many.
# shellcheck source=../lab/tests.sh
. "$(dirname "$0")/../lab/tests.sh"

keeps_of_many web11 "${VFRT_MANY:-5}" "${VFRT_KEPT:-2}" "$work/store/checkpoints"
