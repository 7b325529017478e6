# SPDX-License-Identifier: BSD-2-Clause
# Only the shell reads the views.

obj-$(CONFIG_SHELL) += $(addprefix fs/proc/,view.o buddyinfo.o cmdline.o counters.o extfrag.o \
	firmware.o iomem.o meminfo.o memblock.o pagetypeinfo.o sections.o slabinfo.o vmstat.o \
	zoneinfo.o \
	$(if $(CONFIG_VMALLOC),vmallocinfo.o) \
	$(if $(CONFIG_IKCONFIG),config.o) $(if $(CONFIG_KALLSYMS),kallsyms.o))
