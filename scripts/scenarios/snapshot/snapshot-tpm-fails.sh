# SPDX-License-Identifier: GPL-2.0
# title: the TPM does not take a snapshot: EIO, and nothing is lost in the list
# replay: before
# snapshots: 1
# programs: tail head sha256sum
# append: ima_snapshot_records=8
# variant: 2
# variant: 1.2
#
# Its driver lets go of the TPM; from there on, the PCRs do not change.

stage1()
{
	local driver device total n pcr

	snapshot_rules
	measure_files 3
	check "a snapshot" take_snapshot
	measure_files 2
	save before
	pcr=$(pcr_of_any)
	device=$(readlink -f /sys/class/tpm/tpm0/device)
	driver=$(readlink -f "$device/driver")
	check "the driver lets go of the TPM" \
		sh -c "echo ${device##*/} > $driver/unbind"
	n=$(count)
	total=$(snapshot_value total)
	check_fails "a snapshot without the TPM" "Input/output error" take_snapshot
	check_equal "its record is in the list" $((n + 1)) "$(count)"
	check_equal "the file tells it" "3 $n" \
		"$(snapshot_value hashed) $(snapshot_value total)"
	check_equal "it begins where the one before ended" "$total" \
		$(($(snapshot_value total) - $(snapshot_value hashed)))
	check_fails "another one" "Input/output error" take_snapshot
	check_equal "covers the one before, and nothing else" "1 $((n + 1))" \
		"$(snapshot_value hashed) $(snapshot_value total)"
	measure_files 40
	check_equal "none comes by itself" $((n + 42)) "$(count)"
	check_fails "one on request" "Input/output error" take_snapshot
	check_equal "covers all since the last" "41 $((n + 42))" \
		"$(snapshot_value hashed) $(snapshot_value total)"
	mkdir -p /host/without
	cat $ima/binary_runtime_measurements > /host/without/list
	check "coreutils agree with all four" verify_snapshots /host/without/list
	check_equal "there are four" 4 "$(payloads /host/without/list | wc -l)"
	check "the driver takes the TPM again" \
		sh -c "echo ${device##*/} > $driver/bind"
	check_equal "the TPM took none of these" "$pcr" "$(pcr_of_any)"
}

# Its number may be another one now.
pcr_of_any()
{
	cat /sys/class/tpm/tpm*/pcr-*/10 2> /tmp/none || :
	sed -n 's/^PCR-10: //p' /sys/class/tpm/tpm*/pcrs 2> /tmp/none || :
}
