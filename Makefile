# SPDX-License-Identifier: GPL-2.0
# Each target is one script; see scripts/NAME --help.

.PHONY: demo check kunit boots kunit-32 bench torture long big-endian help

help:
	@echo "make demo    trim the list of a real boot, replay it against the TPM"
	@echo "make check   all tests"
	@echo "make kunit   KUnit and the selftest in user-mode Linux"
	@echo "make kunit-32  KUnit in a kernel of 32 bits"
	@echo "make bench   time and memory, unpatched and patched"
	@echo "make torture  everything at once, with KASAN and KCSAN; about an hour"
	@echo "make long    the long forms of test boots; about an hour"
	@echo "make big-endian  both series on an emulated s390x; about an hour"
	@echo "make boots   all scenarios in QEMU (after make demo or make check)"

demo:
	@scripts/demo

check:
	@scripts/check

kunit:
	@scripts/kunit

kunit-32:
	@scripts/kunit --32

boots:
	@scripts/check boots

bench:
	@scripts/bench

torture:
	@scripts/torture

long:
	@scripts/long

big-endian:
	@scripts/big-endian
