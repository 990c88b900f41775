#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Usage: bench.sh IMA-LOG
#
# A million records, judged by PCR 10 of bank sha256: CPU time and peak memory
# of verify and of evmctl, and evmctl's as a ratio to verify's.  Each is run
# RUNS times in turn, and the run that took least counts.

set -e
here=$(dirname "$0")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
for tool in evmctl /usr/bin/time; do
	command -v $tool > /dev/null || { echo "$tool is missing"; exit 1; }
done
"$here/../testdata/make-log.py" --records "${RECORDS:-1000000}" "$dir/list" \
	"$dir/all"
# one bank, as evmctl judges: with a blank behind each byte, and all PCRs
# before 10
awk '/sha256:/ { on = 1 } on && /10/ {
	for (i = 0; i < 10; i++) printf "PCR-%02d: 00\n", i
	sub("0x", "", $NF); gsub("..", "& ", $NF)
	print "PCR-10: " $NF; exit }' "$dir/all" > "$dir/pcrs"
# values of the boot's PCRs are made up here: verify takes PCR 10 alone
grep PCR-10 "$dir/pcrs" > "$dir/pcr10"

python3 - "$dir" "$1" << 'END'
import os, subprocess, sys

d, ima_log = sys.argv[1:]
commands = {
    "verify": [ima_log, "verify", "--quiet", "--pcrs", "sha256,%s/pcr10" % d,
               d + "/list"],
    "evmctl": ["evmctl", "ima_measurement", "--pcrs", "sha256,%s/pcrs" % d,
               d + "/list"],
}


def measure(command):
    """By time(1): a child of this process would count its memory as well."""
    done = subprocess.run(["/usr/bin/time", "-f", "%U %S %M", *command],
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          text=True)
    if done.returncode:
        sys.exit("%s: %s" % (command, done.stderr))
    user, system, peak = done.stderr.split("\n")[-2].split()
    return float(user) + float(system), int(peak)


best = {}
for _ in range(int(os.environ.get("RUNS", "3"))):
    for name, command in commands.items():
        best[name] = min(best.get(name, (1e9, 0)), measure(command))
records = int(os.environ.get("RECORDS", "1000000"))
print("%d records" % records)
print("%-8s %8s %8s %10s %8s" % ("", "CPU s", "ratio", "peak KiB", "ratio"))
for name, (cpu, peak) in best.items():
    print("%-8s %8.2f %8.2f %10d %8.2f" %
          (name, cpu, cpu / best["verify"][0], peak,
           peak / best["verify"][1]))
END
