# SPDX-License-Identifier: BSD-2-Clause
#
# Tests that run in a process. Each test/host/<name>.c is a program that is linked with the real
# objects of mm/ and with arch/host, all under the address and undefined-behaviour sanitizers.
#
#   make -f test/host/tests.mk O=<folder> [all|run] [TESTS="memblock_api ..."]
#
# O must have a configuration (make O=<folder> defconfig sync). Programs go to $(O)/host/bin, those
# with THREADS=1 to $(O)/threads/host/bin. Each prints TAP with CMOCKA_MESSAGE_OUTPUT=TAP, and does
# more with TESSERA_LONG=1.

# The tests with threads are built a second time, with THREADS=1, under the thread sanitizer. With
# COVERAGE=1 the programs count which lines and branches they take (scripts/coverage.py). With
# PLAIN=1 no sanitizer looks on: three times as fast to build and to run. smp_stress and
# smp_moves boot without a scheduler, in whose threads the works of their CPUs would be done.
HOST = $(O)/$(if $(THREADS),threads/)$(if $(COVERAGE),coverage/)$(if $(PLAIN),plain/)host
all-tests = $(filter-out $(if $(CONFIG_MEM_ACCOUNTS),,accounts) \
	$(if $(CONFIG_LOCK_ORDER),,lock_order) $(if $(CONFIG_MEMTEST),,memtest) \
	$(if $(filter yy,$(CONFIG_MIGRATION)$(CONFIG_MEMORY_ISOLATION)),,movable) \
	$(if $(CONFIG_MEMORY_ISOLATION),,isolation) $(if $(CONFIG_VMALLOC),,vmalloc vmap) \
	$(if $(CONFIG_CMA),,contig cma_areas) $(if $(CONFIG_HIGHATOMIC),,highatomic) \
	$(if $(filter yy,$(CONFIG_CMA)$(CONFIG_HIGHATOMIC)),,types_exhaustive) \
	$(if $(CONFIG_BLOCK),,block) $(if $(CONFIG_IRQ),,irq drivers) \
	$(if $(CONFIG_DMA),,dma dma_regions dma_buffers dma_model smp_dma) \
	$(if $(filter yy,$(CONFIG_VMALLOC)$(CONFIG_MIGRATION)),,vmalloc_movable) \
	$(if $(filter yy,$(CONFIG_THREADS)$(CONFIG_SMP)),,threads timers sync) \
	$(if $(CONFIG_THREADS),smp_stress smp_moves) \
	$(if $(filter yy,$(CONFIG_WORKQUEUE)$(CONFIG_SMP)),,works smp_sched) \
	$(if $(filter yy,$(CONFIG_RECLAIM_THREAD)$(CONFIG_SMP)),,waiting) \
	$(if $(filter yyy,$(CONFIG_VMALLOC)$(CONFIG_MIGRATION)$(CONFIG_MEMORY_ISOLATION)),, \
		smp_moves) \
	$(if $(CONFIG_MEMORY_HOTPLUG),,hotplug hotplug_slabs hot_ranges) \
	$(if $(filter yy,$(CONFIG_MEMORY_HOTPLUG)$(CONFIG_PAGE_OWNER)),,hotplug_owner) \
	$(if $(CONFIG_PROCESSES),,regions spaces space_code space_maps \
		space_ends spare_spaces user_walks) \
	$(if $(CONFIG_ADMISSION),,admission) \
	$(if $(CONFIG_COMPACTION),,compaction) \
	$(if $(CONFIG_PROCESSES),,files lines initramfs manifest pipes) \
	$(if $(filter yyy,$(CONFIG_PROCESSES)$(CONFIG_MIGRATION)$(CONFIG_CMA)),,cleared_pages) \
	$(if $(filter yy,$(CONFIG_PROCESSES)$(CONFIG_MIGRATION)),,file_moves) \
	$(if $(filter yyyy,$(CONFIG_PROCESSES)$(CONFIG_MIGRATION)$(CONFIG_THREADS)$(CONFIG_SMP)),, \
		space_movers) \
	$(if $(CONFIG_VM_EVENT_COUNTERS),,vm_event) $(if $(CONFIG_PAGE_OWNER),,page_owner), \
	$(basename $(notdir $(wildcard test/host/*.c))))
threaded := smp_stress smp_sched smp_moves smp_dma ticket_lock user_walks
TESTS ?= $(if $(THREADS),$(filter $(threaded),$(all-tests)),$(all-tests))
own = $(patsubst %.c,%.o,$(filter-out $(if $(COVERAGE),test/host/common/undo.c) \
	$(if $(CONFIG_PROCESSES),,$(addprefix test/host/common/,files.c space.c user_memory.c)) \
	$(if $(filter yy,$(CONFIG_THREADS)$(CONFIG_SMP)),,test/host/common/play.c), \
	$(wildcard test/host/common/*.c)))

optimize := $(if $(PLAIN),-Og,-O1)
ifneq ($(COVERAGE),)
# Threads may lose updates of a counter that they share; exact counters would take minutes.
sanitize := --coverage -fprofile-update=single -Wno-maybe-uninitialized \
	-Wno-aggressive-loop-optimizations
else ifneq ($(THREADS),)
# At this level gcc believes that variables which a call fills in are uninitialised, unless it
# compiles for the other sanitizers.
sanitize := -fsanitize=thread -Wno-maybe-uninitialized
else ifneq ($(PLAIN),)
sanitize := -Wno-maybe-uninitialized
else
# object-size believes that a CPU's copy of a variable is the variable itself.
sanitize := -fsanitize=address,undefined -fno-sanitize=object-size -fno-sanitize-recover=all
# The kernel's init data is in a section of its own, which the sanitizer would not check.
sanitize += $(shell $(or $(HOSTCC),gcc) -fsanitize=address -fsanitize-sections=.init.data -E -x c \
	/dev/null >/dev/null 2>&1 && echo -fsanitize-sections=.init.data)
endif
# Where ways back are counted each has a branch of the count's own.
own-cflags := $(optimize) -fno-omit-frame-pointer $(sanitize) $(if $(COVERAGE),,-DCOUNT_UNDO)
# There are many programs of the same objects: where it is installed, the faster linker.
own-ldflags := $(sanitize) -lcmocka $(if $(shell command -v ld.lld),-fuse-ld=lld)

# No test finds a device, but those that make one.
host-kernel-y := drivers/serial/ns16550.o drivers/power/sifive_test.o

# Files, but for the terminal, which needs a console that is listened to.
include $(O)/include/config/auto.mk
host-kernel-$(CONFIG_PROCESSES) += kernel/sync/wait_event.o lib/rows.o $(addprefix fs/,io.o \
	pages.o inode.o directory.o attributes.o walk.o open.o names.o tmpfs.o mount.o file.o \
	files.o poll.o pipe.o tasks.o devices.o line.o initramfs.o \
	$(addprefix proc/,text.o root.o pid.o fd.o view.o meminfo.o))

# The model of the page allocator calls none of these.
ifeq ($(PLAIN) $(TESTS),1 pages_model)
unneeded := kernel/mm/check/bounds%.o kernel/mm/check/config_check.o kernel/mm/check/extfrag.o \
	kernel/mm/check/snapshot_frame.o kernel/mm/check/snapshot_vm.o \
	kernel/process/% kernel/fs/% kernel/test/stress/% \
	$(addprefix test/host/common/,audit.o regions.o scan.o tree.o)
endif

# Coverage has flags for each source.
ifneq ($(COVERAGE),)
JOIN := 0
endif

include scripts/host.mk

ifneq ($(COVERAGE),)
# One copy of each function; the libc has a word for __always_inline too, which would come later.
# Elsewhere the compiler drops calls of what is configured out only where it inlines the condition.
$(HOST)/kernel/mm/%.o: more-cflags := -Og -fno-inline -DCOUNT_BRANCHES -include sys/cdefs.h
endif

# A pipe's ends look at each other's words without a lock: schedules may change at each branch.
ifneq ($(CONFIG_SMP),)
$(HOST)/kernel/fs/pipe.o: more-cflags := -fsanitize-coverage=trace-pc
endif

programs := $(TESTS:%=$(HOST)/bin/%)

.PHONY: run
all: $(programs)
	@:

run: $(programs)
	@status=0; for p in $^; do echo "$$p"; CMOCKA_MESSAGE_OUTPUT=TAP $$p || status=1; done; \
		exit $$status

$(HOST)/bin/%: $(HOST)/test/host/%.o $(linked)
	$(hostld)

-include $(wildcard $(TESTS:%=$(HOST)/test/host/%.o.dep))
