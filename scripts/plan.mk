# SPDX-License-Identifier: BSD-2-Clause
#
# $(O)/plan: mm/, the boot order and the target's page-table code, as a program of this machine.
# It is made after the kernel, whose linked image it lays out. Objects are made again for the same
# reasons as the kernel's; see scripts/build.mk.
#
# Goals: all (the program) and html (the page that plan --format html fills in).

MAKEFLAGS += -rR --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := all

Q := $(if $(filter 1,$(V)),,@)
silent := $(findstring s,$(filter-out -%,$(firstword $(MAKEFLAGS))))
say = $(if $(filter 1,$(V))$(silent),,@printf '  %-7s %s\n' '$(1)' '$(2)')

include $(O)/include/config/auto.mk
include scripts/libfdt.mk

HOSTCC := $(or $(HOSTCC),gcc)
PYTHON ?= /usr/bin/python3
# host.lds knows the kernel's objects by a folder host/kernel.
HOST := $(O)/plan.d/host

obj-y :=
host-obj-y :=
host-kernel-y :=
include mm/objects.mk arch/host/objects.mk
host-kernel-y += kernel/init.o
host-kernel-y += $(if $(wildcard $(LIBFDT_SRC)/fdt_check.c),,lib/fdt_check_full.o)
# The target's code and what stands under it see the target's asm headers.
model := $(addprefix kernel/arch/riscv/,pgtable.o linear_map.o cpu_usable.o) arch/host/plan/model.o

plan := main.o options.o tree.o check.o show.o value.o report.o source.o table.o text.o \
	text_zones.o text_bounds.o html.o facts.o diff.o $(if $(CONFIG_PLAN_BUDGET),,no_)budget.o
libfdt := $(notdir $(wildcard $(addprefix $(LIBFDT_SRC)/,fdt.c fdt_addresses.c fdt_check.c \
	fdt_ro.c fdt_rw.c fdt_strerror.c fdt_wip.c fdt_sw.c fdt_empty_tree.c)))

objs := $(addprefix $(HOST)/,$(sort $(addprefix kernel/,$(obj-y) $(host-kernel-y)) $(host-obj-y) \
	$(addprefix arch/host/plan/,$(plan)) $(model) $(libfdt:%.c=libfdt/%.o)))

CFLAGS := -std=gnu11 -O2 -g -fno-strict-aliasing -fno-common -ffunction-sections -fdata-sections \
	-Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef \
	-Wpointer-arith -Wno-type-limits $(HOSTCFLAGS)
# gcc warns of any variable around setjmp; HOST_TRY's users change none between it and the stop.
CFLAGS += $(shell $(HOSTCC) -Werror -Wclobbered -E -x c /dev/null >/dev/null 2>&1 && \
	echo -Wno-clobbered)
LDFLAGS := -g $(HOSTCFLAGS) -Wl,--gc-sections -Wl,-T,arch/host/host.lds -lpthread
COMMON := -Iinclude -I$(O)/include -I$(O)/plan.d -isystem $(LIBFDT_SRC) \
	-include $(O)/include/generated/autoconf.h
include-flags = -Iarch/host/include $(COMMON)
# arch/host has the arch's own names: it calls the target's by another one.
$(addprefix $(HOST)/,$(model)): include-flags = -Iarch/riscv/include $(COMMON) \
	-idirafter arch/host/include -Darch_cpu_usable=model_cpu_usable

$(shell mkdir -p $(O)/plan.d)
same = $(and $(wildcard $(1)),$(findstring x$(strip $(2))x,x$(strip $(file <$(1)))x))
update = $(if $(call same,$(1),$(2)),,$(file >$(1),$(2)))
compiler := $(shell $(HOSTCC) --version | head -n 1)
$(call update,$(O)/plan.d/.cc.flags,$(HOSTCC) $(COMMON) $(CFLAGS) $(compiler))
$(call update,$(O)/plan.d/.ld.flags,$(HOSTCC) $(LDFLAGS) $(objs))

.PHONY: all
all: $(O)/plan
	@:

# The image's layout: new with each kernel, and mostly the same.
layout := $(O)/plan.d/target_image.h
$(layout).new: $(O)/System.map scripts/target-image.py
	$(Q)$(PYTHON) scripts/target-image.py $< > $@
	$(Q)cmp -s $@ $(layout) || cp $@ $(layout)
$(layout): $(layout).new
	@:

define hostcc
$(call say,HOSTCC,$<)
@mkdir -p $(@D)
$(Q)$(HOSTCC) $(include-flags) $(CFLAGS) $(1) -MD -MF $@.d -c -o $@ $<
$(Q)$(PYTHON) scripts/fixdep.py $(O) $@
endef

$(HOST)/kernel/%.o: %.c $(O)/plan.d/.cc.flags
	$(call hostcc)
$(HOST)/arch/%.o: arch/%.c $(O)/plan.d/.cc.flags | $(layout)
	$(call hostcc)
# Not ours to warn about.
$(HOST)/libfdt/%.o: $(LIBFDT_SRC)/%.c $(O)/plan.d/.cc.flags
	$(call hostcc,-w)

$(O)/plan: $(objs) $(O)/plan.d/.ld.flags arch/host/host.lds
	$(call say,HOSTLD,$@)
	$(Q)$(HOSTCC) -o $@ $(filter %.o,$^) $(LDFLAGS)

# ---- the page ----

page := $(O)/plan.d/page.html
npm := $(O)/plan.d/npm
source := arch/host/plan/html

.PHONY: html
html: $(page)
	@:

# The lock file has each package's hash; which registry they come from is npm's own setting.
$(npm)/.installed: $(addprefix $(source)/,package.json package-lock.json .npmrc)
	$(call say,NPM,$(source))
	@rm -rf $(npm) && mkdir -p $(npm)
	$(Q)cp $^ $(npm)
	$(Q)cd $(npm) && npm ci --loglevel=error $(if $(filter 1,$(V)),,>/dev/null)
	@touch $@

$(page): $(npm)/.installed $(wildcard $(source)/*)
	$(call say,HTML,$@)
	$(Q)cd $(npm) && node $(abspath $(source)/build.mjs) $(abspath $@)

-include $(wildcard $(objs:=.dep))
