#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# prune: only up to a state that fits, never silently, and verify goes on from
# that state.

set -e
mkdir archive securityfs
export IMA_LOG_BOOT_ID=boot-1 IMA_LOG_ARCHIVE=archive
export IMA_LOG_SECURITYFS=securityfs
list=securityfs/binary_runtime_measurements
epoch=archive/0000000001
for n in 400 700 800; do
	"$MAKE_LOG" --kind files --records $n list.$n pcrs.$n
done
cp list.700 $list
"$IMA_LOG" archive --segment-size=8k
segments=$(find $epoch -name '*.ima' | wc -l)
[ "$segments" -gt 8 ]

# exits CODE COMMAND...
exits()
{
	local code=$1 rc=0

	shift
	"$IMA_LOG" "$@" > out 2> err || rc=$?
	[ $rc = "$code" ] || { echo "exit $rc, not $code: $*"; cat out err; exit 1; }
}

# unchanged COMMAND...: as exits, and the archive is as it was
unchanged()
{
	find archive -type f -exec sha256sum {} + | sort > before
	exits "$@"
	find archive -type f -exec sha256sum {} + | sort | cmp - before
}

exits 0 verify --pcrs pcrs.400 --save-state state.400
exits 0 verify --pcrs pcrs.700 --save-state state.700
unchanged 2 prune
unchanged 2 prune --state state.400 word
unchanged 4 prune --state nowhere
grep -q "nowhere: No such file" err
unchanged 0 prune --state state.400 --dry-run
grep -q "would remove 00000000000000000000.ima: records 0 to " out

# what does not fit
head -n -1 state.400 > cut
unchanged 3 prune --state cut
sed 's/^\(pcr sha256 10 .*\)\(.\)$/\10/; t; ' state.400 > changed
cmp -s changed state.400 && sed 's/^\(pcr sha256 10 .*\).$/\11/' state.400 > changed
unchanged 1 prune --state changed
grep -q "records do not lead to changed" err
sed 's/^next .*/next 399/' state.400 > shifted
unchanged 1 prune --state shifted
sed 's/^next .*/next 9999/' state.400 > beyond
unchanged 4 prune --state beyond
sed 's/^epoch .*/epoch 0000000002/' state.400 > elsewhere
unchanged 4 prune --state elsewhere
"$MAKE_LOG" --kind templates --records 400 other pcrs.other
exits 0 verify --pcrs pcrs.other --save-state state.other other
sed 's/^order/epoch 0000000001\n&/' state.other > foreign
unchanged 1 prune --state foreign

# what does
exits 0 prune --archive archive --state state.400
grep -q "^removing 00000000000000000000.ima: records 0 to " out
grep -q "verify --resume goes on from record 400" out
[ ! -e $epoch/00000000000000000000.ima ]
cmp state.400 $epoch/pruned.state
left=$(find $epoch -name '*.ima' | sort | head -n 1)
first=$((10#$(basename "$left" .ima)))
[ $first -gt 0 ] && [ $first -le 400 ]
exits 0 verify --pcrs pcrs.700 --resume state.400
exits 0 verify --pcrs pcrs.700 --resume $epoch/pruned.state \
	--save-state again.700
cmp <(grep ^pcr again.700) <(grep ^pcr state.700)
# without it that cannot be judged, and what is missing is said
exits 4 verify --pcrs pcrs.700
grep -q "0 to $((first - 1))" out
# nothing is wrong with the archive, and it goes on
exits 0 status
grep -q "^gaps  *0$" out
grep -q "^first_record  *$first$" out
cp list.800 $list
# after a kexec that nothing was removed before, as well
cp -r archive carried
IMA_LOG_BOOT_ID=boot-2 exits 0 archive --archive=carried
grep -q "epoch 1 goes on, record 700 is next" err
exits 0 verify --archive=carried --no-live --pcrs pcrs.800 --resume state.400
exits 0 archive --segment-size=8k
exits 0 verify --pcrs pcrs.800 --resume state.400
exits 0 export --from "$first"
cmp <(tail -c "$(stat -c %s out)" list.800) out
# an agent cannot do without the first records: there is no file
exits 1 follow file
[ ! -e file ]

# a state of another bank cannot be compared with the one that was kept
sed 's/^pcr sha384/pcr sha3_384/' state.700 > bank
unchanged 4 prune --state bank
grep -q "pruned.state: there is no value in bank sha3" err
# the next one is checked from where the records begin now
unchanged 4 prune --state elsewhere
sed 's/^\(pcr sha256 10 .*\).$/\1g/; s/g$/0/' state.700 > changed
cmp -s changed state.700 && sed 's/^\(pcr sha256 10 .*\).$/\11/' state.700 > changed
unchanged 1 prune --state changed
exits 0 prune --state state.700
exits 0 verify --pcrs pcrs.800 --resume state.700
unchanged 4 prune --state state.400
grep -q "ends at record 400, the archive begins at 700" err
unchanged 0 prune --state state.700
grep -q "nothing to remove" out
