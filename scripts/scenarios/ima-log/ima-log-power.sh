# SPDX-License-Identifier: GPL-2.0
# title: saves and trims until the power is cut, and tells how far it came
# suite: no
# For scripts/power-cut, which cuts it and then boots ima-log-power-check.

. /guest/ima-log.sh

stage1()
{
	local i=0

	mount_archive
	measure_tmpfs
	measure_files 20 first
	while :; do
		archive --segment-size 4k 2> /tmp/words || cat /tmp/words
		note "cut T=$(cat $ima/trim) pcr=$(cat /sys/class/tpm/tpm0/pcr-sha256/10)"
		measure_files $((1 + RANDOM % 12)) "round$i"
		i=$((i + 1))
	done
}
