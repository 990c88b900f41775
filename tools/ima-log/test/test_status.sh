#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# status: never "ok" when it is not, the reason with its object, exit codes that
# mean nothing else, and what Prometheus and JSON need.

set -e
. "$(dirname "$0")/lib.sh"
mkdir archive securityfs
export IMA_LOG_BOOT_ID=boot-1 IMA_LOG_ARCHIVE=archive
export IMA_LOG_SECURITYFS=securityfs
list=securityfs/binary_runtime_measurements
"$MAKE_LOG" --records 50 $list pcrs
echo 50 > securityfs/runtime_measurements_count
"$IMA_LOG" archive
segment=archive/0000000001/00000000000000000000.ima
cp -r archive good

# edit SED: the status file, with a right sum
edit()
{
	rm -rf archive
	cp -r good archive
	sed -i -e "$1" -e '/^sum /d' -e '/^$/d' archive/status
	printf 'sum %s\n' "$(sha256sum < archive/status | cut -c -64)" \
		>> archive/status
}

# says CODE TEXT [OPTION...]: the exit code, and in the first line
says()
{
	local code=$1 text=$2 rc=0

	shift 2
	"$IMA_LOG" status "$@" > said || rc=$?
	if [ $rc != "$code" ] || ! head -n 1 said | grep -q "$text"; then
		echo "exit $rc, not $code with $text:"
		cat said
		exit 1
	fi
}

says 0 '^ok$'
edit s/a/a/
says 0 '^ok$'
now=$(date +%s)
edit "s/^last_success .*/last_success $((now + 1000))/"
says 5 "^warning: the last success lies [0-9]* s ahead"
edit "s/^last_success .*/last_success 0/"
says 5 "^warning: nothing was ever saved"
edit "s/^last_success .*/last_success 0/; s/^interval .*/interval 60/"
says 6 "^critical: nothing was ever saved"
edit "s/^last_success .*/last_success $((now - 200))/; s/^interval .*/interval 60/"
says 6 "^critical: the saver has stopped: its last success was [2-9][0-9][0-9] s ago"
edit "s/^last_error .*/last_error disk \"full\"/; s/^last_error$/last_error disk \"full\"/"
says 6 '^critical: disk "full"'
"$IMA_LOG" status --prometheus > prom || :
grep -q '^ima_log_info{mode="archive-only",cause="disk \\"full\\""} 1$' prom
edit "s/^durable .*/durable 51/"
says 6 "^critical: the archive ends at record 50, but 51 were saved"
# as many as there are, and no agent: no warning
edit "s/^durable .*/durable 40/"
says 0 '^ok$'

# each byte of the status file but those behind its sum
size=$(($(grep -b '^sum ' good/status | cut -d: -f 1) + 69))
for at in $(seq 0 37 $((size - 1))); do
	rm -rf archive
	cp -r good archive
	flip archive/status "$at"
	says 6 "^critical: archive/status: it is damaged"
done
for at in 40 100 1000 $(($(stat -c %s $segment) - 3)); do
	rm -rf archive
	cp -r good archive
	flip $segment "$at"
	says 6 "^critical: .*\(the last segment of epoch 1 is damaged\|ends at record\)"
done
rm -rf archive
cp -r good archive
truncate -s -500 $segment
says 6 "^critical: the archive ends at record 4"
rm -rf archive
says 6 "^critical: the archive in archive: No such file"
cp -r good archive
says 5 "^warning: the kernel's list in /nonexistent: No such file" \
	--securityfs /nonexistent
echo many > securityfs/runtime_measurements_count
says 5 "runtime_measurements_count: it does not hold a number"
echo 50 > securityfs/runtime_measurements_count

# an agent's limit is in bytes, and nobody's business where none was given
truncate -s 1000000 big
says 0 '^ok$' --follow big
grep -qx "follow_bytes  *1000000" said
says 0 '^ok$' --follow big --agent-limit 100M
says 5 "^warning: big has 1000000 bytes, an agent can send 1048576" \
	--follow big --agent-limit 1M
says 6 "^critical: big has 1000000 bytes, an agent can send 999999" \
	--follow big --agent-limit 999999
rc=0
"$IMA_LOG" status --agent-limit 1M 2> err || rc=$?
[ $rc = 2 ]

# counters are totals, over two runs
"$MAKE_LOG" --records 60 $list pcrs
"$IMA_LOG" archive 2> /dev/null
"$IMA_LOG" status --json > json
"$IMA_LOG" status --prometheus > prom
python3 - << 'END'
import json, re
j = json.load(open("json"))
assert j["level"] == "ok" and j["why"] == "" and j["mode"] == "archive-only", j
assert (j["saved"], j["cycles"], j["errors"], j["removed"]) == (60, 2, 0, 0), j
assert 0 <= j["last_success_age"] < 60, j
kinds, values = {}, {}
for line in open("prom"):
    m = re.fullmatch(r"# TYPE (ima_log_[a-z_]+) (gauge|counter)\n", line)
    if m:
        kinds[m[1]] = m[2]
        continue
    if line.startswith("# HELP "):
        continue
    m = re.fullmatch(r'(ima_log_[a-z_]+)(\{[^}]*\})? ([0-9]+)\n', line)
    assert m and m[1] in kinds, line
    values[m[1]] = int(m[3])
assert values["ima_log_saved_total"] == 60, values
assert all((k[-6:] == "_total") == (v == "counter") for k, v in kinds.items())
assert "ima_log_last_success_age" in values and "ima_log_level" in values
END
