# SPDX-License-Identifier: GPL-2.0
# title: suspended while many measure and snapshots come by themselves: the PCRs agree
# replay: end
# snapshots: 20
# cpus: 4
# timeout: 600
# append: suspend.pm_test_delay=1
# variant: 2 ima_snapshot_records=5 ima_test.state=mem
# more: 2 ima_snapshot_records=1 ima_test.state=mem
# more: 2 ima_snapshot_records=5 ima_test.state=freeze
# more: 2 ima_snapshot_records=1 ima_test.state=freeze
# variant: 1.2 ima_snapshot_records=1 ima_test.state=mem
#
# Devices are suspended, the TPM among them, and wake up after a second.  The
# driver of the host's directory does not set up its queue again after that: the
# device gets away from it before, and comes back at the end.

# host unbind|bind
host()
{
	local device

	for device in /sys/bus/virtio/devices/*; do
		if [ "$(cat "$device/device")" = 0x0009 ]; then
			echo "${device##*/}" > "/sys/bus/virtio/drivers/9pnet_virtio/$1"
		fi
	done
}

stage1()
{
	local i before adders=""

	umount /host
	host unbind
	check "devices can be suspended" \
		sh -c "echo devices > /sys/power/pm_test"
	measure_files 100 before
	snapshot_rules
	for i in 1 2 3 4; do
		measure_for_ever $i 20 &
		adders="$adders $!"
	done
	for i in 1 2 3 4 5; do
		before=$(count)
		check "suspended and woken up, $i" \
			sh -c "echo $(param state) > /sys/power/state"
		wait_until 60 more_than $((before + 20))
	done
	for i in $adders; do
		tool release "$i"
	done
	dmesg > /tmp/dmesg
	check_equal "each time, devices were suspended" 5 \
		"$(grep -c 'suspend debug: Waiting for' /tmp/dmesg)"
	check_equal "the TPM took every record" 0 \
		"$(grep -c 'Error Communicating to TPM' /tmp/dmesg)"
	check "the last snapshot" take_snapshot
	host bind
	mount -t 9p -o trans=virtio,version=9p2000.L host /host
	save end
}

more_than()
{
	[ "$(count)" -gt "$1" ]
}
