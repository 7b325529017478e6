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
# COVERAGE=1 the programs count which lines and branches they take (scripts/coverage.py).
HOST = $(O)/$(if $(THREADS),threads/)$(if $(COVERAGE),coverage/)host
all-tests = $(filter-out $(if $(CONFIG_LOCK_ORDER),,lock_order) $(if $(CONFIG_MEMTEST),,memtest) \
	$(if $(filter yy,$(CONFIG_MIGRATION)$(CONFIG_MEMORY_ISOLATION)),,movable) \
	$(if $(CONFIG_MEMORY_ISOLATION),,isolation) $(if $(CONFIG_VMALLOC),,vmalloc) \
	$(if $(CONFIG_CMA),,contig cma_areas) $(if $(CONFIG_HIGHATOMIC),,highatomic) \
	$(if $(filter yy,$(CONFIG_CMA)$(CONFIG_HIGHATOMIC)),,types_exhaustive) \
	$(if $(CONFIG_DMA),,dma dma_buffers dma_model smp_dma) \
	$(if $(filter yy,$(CONFIG_VMALLOC)$(CONFIG_MIGRATION)),,vmalloc_movable) \
	$(if $(filter yy,$(CONFIG_THREADS)$(CONFIG_SMP)),,threads timers sync) \
	$(if $(filter yyy,$(CONFIG_VMALLOC)$(CONFIG_MIGRATION)$(CONFIG_MEMORY_ISOLATION)),, \
		smp_moves) \
	$(if $(CONFIG_MEMORY_HOTPLUG),,hotplug hotplug_slabs) \
	$(if $(CONFIG_COMPACTION),,compaction) \
	$(if $(CONFIG_VM_EVENT_COUNTERS),,vm_event) $(if $(CONFIG_PAGE_OWNER),,page_owner), \
	$(basename $(notdir $(wildcard test/host/*.c))))
threaded := smp_stress smp_moves smp_dma ticket_lock
TESTS ?= $(if $(THREADS),$(filter $(threaded),$(all-tests)),$(all-tests))
own = $(patsubst %.c,%.o,$(filter-out \
	$(if $(filter yy,$(CONFIG_THREADS)$(CONFIG_SMP)),,test/host/common/play.c), \
	$(wildcard test/host/common/*.c)))

optimize := -O1
ifneq ($(COVERAGE),)
# Threads may lose updates of a counter that they share; exact counters would take minutes.
optimize := -Og -fno-inline
sanitize := --coverage -fprofile-update=single -Wno-maybe-uninitialized
else ifneq ($(THREADS),)
# Under the thread sanitizer gcc believes that variables which a call fills in are uninitialised.
sanitize := -fsanitize=thread -Wno-maybe-uninitialized
else
# object-size believes that a CPU's copy of a variable is the variable itself.
sanitize := -fsanitize=address,undefined -fno-sanitize=object-size -fno-sanitize-recover=all
# The kernel's init data is in a section of its own, which the sanitizer would not check.
sanitize += $(shell $(or $(HOSTCC),gcc) -fsanitize=address -fsanitize-sections=.init.data -E -x c \
	/dev/null >/dev/null 2>&1 && echo -fsanitize-sections=.init.data)
endif
own-cflags := $(optimize) -fno-omit-frame-pointer $(sanitize)
own-ldflags := $(sanitize) -lcmocka

# No test finds a device, but those that make one.
host-kernel-y := drivers/serial/ns16550.o drivers/power/sifive_test.o

include scripts/host.mk

ifneq ($(COVERAGE),)
# One copy of each function; the libc has a word for __always_inline too, which would come later.
$(HOST)/kernel/mm/%.o: more-cflags := -DCOUNT_BRANCHES -include sys/cdefs.h
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
