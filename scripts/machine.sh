# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash disable=SC2034
#
# Sourced after lib.sh: what differs between the machines that tests boot.
#
#   use_machine NAME	x86, s390x (big endian) or i386 (32 bits); sets
#     image		its kernel below build/out/NAME
#     order		of the bytes in a number
#     sysroot		where its libraries and programs are; empty for this
#			machine's own, else what scripts/sysroot fetches
#     cc, user		its compiler; how to run its programs here
#     qemu_machine	QEMU for it, without an accelerator
#     console		the words for the kernel command line, for its console
#			and what emulation asks for
#     results		QEMU's options for the result channel, in the file ktap
#     share		the device of the directory that host and guest share
#     has_tpm		empty if it has none

use_machine()
{
	image=arch/x86/boot/bzImage
	order=little
	sysroot=
	cc=(gcc)
	user=()
	qemu_machine=(qemu-system-x86_64 -M q35)
	# Without nowatchdog one boot in a hundred hangs: the clocksource
	# watchdog waits for a CPU that waits in stop_machine() for it, by a
	# clock that stands still.  no_timer_check: emulated timers come late.
	console="console=ttyS0 tsc=nowatchdog no_timer_check unknown_nmi_panic=1"
	results=(-serial file:ktap)
	share=virtio-9p-pci
	has_tpm=1
	case $1 in
	x86) ;;
	i386)
		sysroot=$build/sysroot/i386
		cc=(gcc -m32 "--sysroot=$sysroot"
		    "-B$sysroot/usr/lib/gcc/i686-linux-gnu/12")
		user=(qemu-i386 -L "$sysroot") ;;
	s390x)
		image=arch/s390/boot/bzImage
		order=big
		sysroot=$build/sysroot/s390x
		cc=(s390x-linux-gnu-gcc "--sysroot=$sysroot")
		user=(qemu-s390x -L "$sysroot")
		qemu_machine=(qemu-system-s390x -M s390-ccw-virtio)
		console=console=ttysclp0
		results=(-chardev file,id=ktap,path=ktap -device virtio-serial-ccw
			 -device virtconsole,chardev=ktap)
		share=virtio-9p-ccw
		has_tpm= ;;
	*) die "no such machine: $1" ;;
	esac
}

# The libraries that programs of a sysroot need, as paths in it.
sysroot_libraries()
{
	local program

	for program; do
		"${user[@]}" -E LD_TRACE_LOADED_OBJECTS=1 "$program"
	done | awk '/=> \// { print $3 } $1 ~ /^\/.*ld/ { print $1 }' | sort -u
}
