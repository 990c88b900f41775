# SPDX-License-Identifier: GPL-2.0
# Each target is one script; see scripts/NAME --help.

.PHONY: demo check kunit boots kunit-32 bench torture long big-endian mutants \
	coverage requests help

help:
	@echo "make demo    trim the list of a real boot, replay it against the TPM"
	@echo "make check   all tests"
	@echo "make kunit   KUnit and the selftest in user-mode Linux"
	@echo "make kunit-32  KUnit in a kernel of 32 bits"
	@echo "make bench   time and memory, unpatched and patched"
	@echo "make torture  everything at once, with KASAN and KCSAN; about an hour"
	@echo "make long    the long forms of test boots; about an hour"
	@echo "make big-endian  both series on an emulated s390x; about an hour"
	@echo "make mutants   breaks in the kernel code, each of which the tests have to notice"
	@echo "make coverage  lines that KUnit and the selftests reach"
	@echo "make requests  a million random requests in user-mode Linux"
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

mutants:
	@scripts/mutants

coverage:
	@scripts/coverage

requests:
	@scripts/requests
