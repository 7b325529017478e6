# SPDX-License-Identifier: BSD-2-Clause
#
# $(O)/bench.d/bench: the real objects of mm/, as they are shipped, with arch/host and the
# benchmarks of this machine. -O2, no sanitizers; the configuration is $(O)/.config.

O ?= build
Q := $(if $(filter 1,$(V)),,@)
MAKEFLAGS += -rR --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := all

include $(O)/include/config/auto.mk
include scripts/libfdt.mk

HOSTCC := $(or $(HOSTCC),gcc)
# host.lds knows the kernel's objects by a folder host/kernel.
HOST := $(O)/bench.d/host

obj-y :=
host-obj-y :=
host-kernel-y :=
include mm/objects.mk arch/host/objects.mk
host-kernel-y += $(if $(wildcard $(LIBFDT_SRC)/fdt_check.c),,lib/fdt_check_full.o)

libfdt := $(notdir $(wildcard $(addprefix $(LIBFDT_SRC)/,fdt.c fdt_addresses.c fdt_check.c \
	fdt_ro.c fdt_rw.c fdt_strerror.c fdt_sw.c fdt_wip.c fdt_empty_tree.c)))
kernel-objs := $(addprefix $(HOST)/kernel/,$(sort $(obj-y) $(host-kernel-y)))
objs := $(kernel-objs) $(addprefix $(HOST)/,$(host-obj-y) test/bench.o test/single.o \
	$(libfdt:%.c=libfdt/%.o))

CPPFLAGS := -Iarch/host/include -Iinclude -I$(O)/include -isystem $(LIBFDT_SRC) \
	-include $(O)/include/generated/autoconf.h
# A program's own threads' data lies at a distance from the thread's register that is known when
# it is linked: no call to find it.
CFLAGS := -std=gnu11 -O2 -g -ftls-model=local-exec -fno-strict-aliasing -fno-common -Wall -Wextra \
	-Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef -Wpointer-arith \
	-Wno-type-limits $(HOSTCFLAGS)
CFLAGS += $(shell $(HOSTCC) -Werror -Wclobbered -E -x c /dev/null >/dev/null 2>&1 && \
	echo -Wno-clobbered)

.PHONY: all
all: $(O)/bench.d/bench
	@:

define hostcc
$(if $(filter 1,$(V)),,@printf '  %-7s %s\n' HOSTCC '$<')
@mkdir -p $(@D)
$(Q)$(HOSTCC) $(CPPFLAGS) $(CFLAGS) $(1) -MD -MF $@.d -c -o $@ $<
$(Q)$(PYTHON) scripts/fixdep.py $(O) $@
endef

$(HOST)/kernel/%.o: %.c test/bench/host/bench.mk
	$(call hostcc)
$(HOST)/arch/%.o: arch/%.c test/bench/host/bench.mk
	$(call hostcc)
$(HOST)/test/%.o: test/bench/host/%.c test/bench/host/bench.mk
	$(call hostcc)
# Not ours to warn about.
$(HOST)/libfdt/%.o: $(LIBFDT_SRC)/%.c test/bench/host/bench.mk
	$(call hostcc,-w)

$(O)/bench.d/bench: $(objs) arch/host/host.lds
	$(if $(filter 1,$(V)),,@printf '  %-7s %s\n' HOSTLD '$@')
	$(Q)$(HOSTCC) -g $(HOSTCFLAGS) -o $@ $(filter %.o,$^) -Wl,-T,arch/host/host.lds -lpthread

-include $(wildcard $(objs:=.dep))
