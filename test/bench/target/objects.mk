# SPDX-License-Identifier: BSD-2-Clause
# The shell's bench command.

obj-$(CONFIG_BENCH) += $(addprefix test/bench/target/,bench.o boot.o room.o pages.o single.o \
	pieces.o slab.o smp.o bounds.o bounds_pages.o bounds_slab.o)
obj-$(and $(CONFIG_BENCH),$(CONFIG_VMALLOC)) += $(addprefix test/bench/target/,vmalloc.o \
	bounds_vmalloc.o)
obj-$(and $(CONFIG_BENCH),$(CONFIG_THREADS)) += $(addprefix test/bench/target/,threads.o timers.o)
obj-$(and $(CONFIG_BENCH),$(CONFIG_MEMORY_ISOLATION)) += test/bench/target/isolation.o
obj-$(and $(CONFIG_BENCH),$(CONFIG_CMA)) += $(addprefix test/bench/target/,cma.o \
	bounds_contig.o)
obj-$(and $(CONFIG_BENCH),$(CONFIG_COMPACTION)) += test/bench/target/compact.o
