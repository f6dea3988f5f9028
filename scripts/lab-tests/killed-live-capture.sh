#!/bin/bash
# vfrt dies by SIGKILL at ten points of a live capture.
# shellcheck source=../lab/tests.sh
. "$(dirname "$0")/../lab/tests.sh"

start_guest web4 --memory 128
survives_kills live web4
