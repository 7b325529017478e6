# SPDX-License-Identifier: BSD-2-Clause
#
# Tests that run in a process: each test/host/<name>.c is a program, linked with the real objects of
# mm/ and with arch/host, all under the address and undefined-behaviour sanitizers.
#
#   make -f test/host/tests.mk O=<folder> [all|run] [TESTS="memblock_api ..."]
#
# O has a configuration (make O=<folder> defconfig sync). Programs go to $(O)/host/bin, those with
# THREADS=1 to $(O)/threads/host/bin; each prints TAP with CMOCKA_MESSAGE_OUTPUT=TAP, and does more
# with TESSERA_LONG=1.

O ?= build
Q := $(if $(filter 1,$(V)),,@)
MAKEFLAGS += -rR --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := all

include $(O)/include/config/auto.mk
LIBFDT_SRC := $(or $(LIBFDT_DIR),.cache/libfdt)

HOSTCC ?= gcc
# The tests with threads are built a second time, with THREADS=1, under the thread sanitizer.
HOST := $(O)/$(if $(THREADS),threads/)host

obj-y :=
host-obj-y :=
host-kernel-y :=
include mm/objects.mk arch/host/objects.mk

TESTS ?= $(if $(THREADS),smp_stress,$(basename $(notdir $(wildcard test/host/*.c))))

# fdt_sw.c and fdt_rw.c make the trees; without fdt_check.c the kernel's own check is taken.
libfdt := $(wildcard $(addprefix $(LIBFDT_SRC)/,fdt.c fdt_addresses.c fdt_check.c fdt_empty_tree.c \
	fdt_ro.c fdt_rw.c fdt_strerror.c fdt_sw.c fdt_wip.c))
host-kernel-y += $(if $(wildcard $(LIBFDT_SRC)/fdt_check.c),,lib/fdt_check_full.o)

ifneq ($(THREADS),)
SANITIZE := -fsanitize=thread
else
# object-size takes a CPU's copy of a variable for the variable itself.
SANITIZE := -fsanitize=address,undefined -fno-sanitize=object-size -fno-sanitize-recover=all
# The kernel's init data is in a section of its own, which the sanitizer would leave out.
SANITIZE += $(shell $(HOSTCC) -fsanitize=address -fsanitize-sections=.init.data -E -x c /dev/null \
	>/dev/null 2>&1 && echo -fsanitize-sections=.init.data)
endif

HOST_CPPFLAGS := -Iarch/host/include -Iinclude -I$(O)/include -isystem $(LIBFDT_SRC) \
	-include $(O)/include/generated/autoconf.h
HOST_CFLAGS := -std=gnu11 -O1 -g -fno-omit-frame-pointer -fno-strict-aliasing -fno-common \
	$(SANITIZE) -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla \
	-Wundef -Wpointer-arith
# A comparison with a configured bound is no mistake where the bound is 0.
HOST_CFLAGS += -Wno-type-limits
# Under the thread sanitizer gcc takes what a call fills in for not filled in.
HOST_CFLAGS += $(if $(THREADS),-Wno-maybe-uninitialized)
# gcc warns of any variable around setjmp; HOST_TRY's users change none between it and the stop.
HOST_CFLAGS += -Wno-clobbered

# host.lds knows the kernel's objects by the folder host/kernel.
kernel-objs := $(addprefix $(HOST)/kernel/,$(sort $(obj-y) $(host-kernel-y)))
port-objs := $(addprefix $(HOST)/,$(host-obj-y)) \
	$(patsubst $(LIBFDT_SRC)/%.c,$(HOST)/libfdt/%.o,$(libfdt)) \
	$(patsubst test/%.c,$(HOST)/test/%.o,$(wildcard test/host/common/*.c))
test-objs := $(TESTS:%=$(HOST)/test/host/%.o)
programs := $(TESTS:%=$(HOST)/bin/%)

.PHONY: all run
all: $(programs)
	@:

run: $(programs)
	@status=0; for p in $^; do echo "$$p"; CMOCKA_MESSAGE_OUTPUT=TAP $$p || status=1; done; \
		exit $$status


define hostcc
$(if $(filter 1,$(V)),,@printf '  %-7s %s\n' HOSTCC '$<')
@mkdir -p $(@D)
$(Q)$(HOSTCC) $(HOST_CPPFLAGS) $(HOST_CFLAGS) $(1) -MMD -MP -c -o $@ $<
endef

$(HOST)/kernel/%.o: %.c test/host/tests.mk
	$(call hostcc)

$(HOST)/arch/%.o: arch/%.c test/host/tests.mk
	$(call hostcc)

$(HOST)/test/%.o: test/%.c test/host/tests.mk
	$(call hostcc)

# Not ours to warn about.
$(HOST)/libfdt/%.o: $(LIBFDT_SRC)/%.c test/host/tests.mk
	$(call hostcc,-w)

$(HOST)/bin/%: $(HOST)/test/host/%.o $(kernel-objs) $(port-objs) arch/host/host.lds
	$(if $(filter 1,$(V)),,@printf '  %-7s %s\n' HOSTLD '$@')
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(SANITIZE) -g -o $@ $(filter %.o,$^) -Wl,-T,arch/host/host.lds \
		-lcmocka -lpthread

-include $(patsubst %.o,%.d,$(kernel-objs) $(port-objs) $(test-objs))
