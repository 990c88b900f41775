# SPDX-License-Identifier: GPL-2.0
# title: a rule whose template has no field for the payload is no rule

stage1()
{
	echo "measure func=CRITICAL_DATA label=ima_snapshot template=ima-ng" |
		load_policy -
	measure_files 5
	check_fails "no snapshot without a payload" "No such file" take_snapshot
}
