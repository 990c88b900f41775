# SPDX-License-Identifier: GPL-2.0
# Run one stage of the scenario; what is not caught ends it, and fails it.

. /guest/lib.sh
. /guest/snapshot.sh
. /guest/scenario.sh

begin "$1"
"stage$1"
finish
