#!/bin/bash
# vfrt dies by SIGKILL at ten points of a checkpoint by save and restore.
# shellcheck source=../lab/tests.sh
. "$(dirname "$0")/../lab/tests.sh"

start_guest web14 --memory 128
survives_kills save web14
