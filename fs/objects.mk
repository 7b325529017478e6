# SPDX-License-Identifier: BSD-2-Clause
obj-$(and $(CONFIG_SHELL),$(CONFIG_MEM_ACCOUNTS)) += fs/proc/accounts.o

# The views: the shell reads them, and programs do.
obj-$(if $(CONFIG_SHELL)$(CONFIG_PROCESSES),y) += $(addprefix fs/proc/,view.o buddyinfo.o \
	cmdline.o counters.o extfrag.o firmware.o iomem.o meminfo.o memblock.o pagetypeinfo.o \
	sections.o slabinfo.o vmstat.o zoneinfo.o \
	$(if $(CONFIG_VMALLOC),vmallocinfo.o) $(if $(CONFIG_IRQ),interrupts.o) \
	$(if $(CONFIG_BLOCK),diskstats.o) \
	$(if $(CONFIG_THREADS),stat.o) \
	$(if $(CONFIG_IKCONFIG),config.o) $(if $(CONFIG_KALLSYMS),kallsyms.o))

# Files of programs, from the bytes up.
files-obj := $(addprefix fs/,io.o pages.o inode.o directory.o attributes.o walk.o open.o names.o \
	tmpfs.o mount.o file.o files.o poll.o pipe.o tasks.o devices.o line.o tty.o \
	initramfs.o cpio.o proc/text.o proc/root.o proc/pid.o proc/fd.o)
obj-$(CONFIG_PROCESSES) += $(files-obj)
obj-$(and $(CONFIG_PROCESSES),$(CONFIG_BLOCK)) += fs/disks.o
