#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# libFuzzer for some seconds, from the committed seeds; "make fuzz" is longer.

set -e
for what in fuzz fuzz_text; do
	mkdir found.$what
	"$FUZZERS/$what" -max_total_time="${FUZZ_TIME:-8}" \
		-max_len=8192 -rss_limit_mb=512 found.$what \
		"$(dirname "$MAKE_LOG")/$what" 2>&1 | tee out
	grep -q "^Done [0-9]* runs" out
	# it has found its way beyond the first check
	[ "$(ls found.$what | wc -l)" -ge 1 ]
done
