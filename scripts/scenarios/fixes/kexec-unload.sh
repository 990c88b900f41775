# SPDX-License-Identifier: GPL-2.0
# title: nothing is written to the pages of an image that was unloaded
# programs: kexec

rule="measure func=FILE_CHECK mask=MAY_READ fsname=tmpfs"

# The image that is loaded next takes the pages that were freed; the list in
# one of them is found by its purgatory, which then goes no further.
stage1()
{
	echo "$rule" | load_policy -
	measure_files 1000
	load_next
	tool kexec-unload
	/usr/sbin/kexec --kexec-syscall --load "$(next_kernel)" --initrd=/host/initrd \
		--console-serial --command-line="$(next_cmdline)"
	exec tool kexec-exec
}

# kexec_load(2) cannot carry the list.
stage2()
{
	check "the image is sound, and carries no list" [ "$(count)" -lt 100 ]
}
