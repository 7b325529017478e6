# SPDX-License-Identifier: BSD-2-Clause
#
# $(O)/plan: mm/, the boot order and the target's page-table code, as a program of this machine.
# It is made after the kernel, whose linked image it lays out.

MAKEFLAGS += -rR --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := all

Q := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-7s %s\n' '$(1)' '$(2)')

include $(O)/include/config/auto.mk
include scripts/libfdt.mk

HOSTCC ?= gcc
# host.lds knows the kernel's objects by a folder host/kernel.
HOST := $(O)/plan.d/host

obj-y :=
host-obj-y :=
host-kernel-y :=
include mm/objects.mk arch/host/objects.mk
host-kernel-y += kernel/init.o kernel/time.o kernel/plan/json.o kernel/plan/plan.o
host-kernel-y += kernel/plan/verify.o kernel/plan/expected.o
host-kernel-y += $(if $(wildcard $(LIBFDT_SRC)/fdt_check.c),,lib/fdt_check_full.o)

plan := $(addprefix arch/host/plan/,main.o options.o tree.o check.o show.o value.o report.o \
	source.o table.o text.o text_zones.o html.o facts.o diff.o)
plan += arch/host/plan/$(if $(CONFIG_PLAN_BUDGET),,no_)budget.o
# The target's code and what stands under it see the target's asm headers.
model := arch/host/plan/model.o arch/riscv/pgtable.o arch/riscv/linear_map.o
libfdt := $(notdir $(wildcard $(addprefix $(LIBFDT_SRC)/,fdt.c fdt_addresses.c fdt_check.c fdt_ro.c \
	fdt_rw.c fdt_strerror.c fdt_wip.c fdt_sw.c fdt_empty_tree.c)))

kernel-objs := $(addprefix $(HOST)/kernel/,$(sort $(obj-y) $(host-kernel-y) \
	arch/riscv/pgtable.o arch/riscv/linear_map.o))
port-objs := $(addprefix $(HOST)/,$(host-obj-y) $(plan) arch/host/plan/model.o) \
	$(libfdt:%.c=$(HOST)/libfdt/%.o)

CFLAGS := -std=gnu11 -O2 -g -fno-strict-aliasing -fno-common -ffunction-sections -fdata-sections \
	-Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef \
	-Wpointer-arith -Wno-type-limits -Wno-clobbered -I$(O)/plan.d
COMMON := -Iinclude -I$(O)/include -isystem $(LIBFDT_SRC) \
	-include $(O)/include/generated/autoconf.h
HOST_INCLUDE := -Iarch/host/include $(COMMON)
MODEL_INCLUDE := -Iarch/riscv/include $(COMMON) -idirafter arch/host/include

.PHONY: all
all: $(O)/plan
	@:

$(O)/plan.d/target_image.h: $(O)/System.map scripts/target-image.py
	@mkdir -p $(@D)
	$(Q)$(PYTHON) scripts/target-image.py $< > $@

$(HOST)/arch/host/plan/model.o $(HOST)/kernel/arch/riscv/%.o: include-flags = $(MODEL_INCLUDE)
include-flags = $(HOST_INCLUDE)

define hostcc
$(call say,HOSTCC,$<)
@mkdir -p $(@D)
$(Q)$(HOSTCC) $(include-flags) $(CFLAGS) $(1) -MMD -MP -c -o $@ $<
endef

auto := $(O)/include/config/auto.conf scripts/plan.mk
$(HOST)/kernel/%.o: %.c $(auto)
	$(call hostcc)
$(HOST)/arch/%.o: arch/%.c $(auto) $(O)/plan.d/target_image.h
	$(call hostcc)
$(HOST)/libfdt/%.o: $(LIBFDT_SRC)/%.c $(auto)
	$(call hostcc,-w)

$(O)/plan: $(kernel-objs) $(port-objs) arch/host/host.lds
	$(call say,HOSTLD,$@)
	$(Q)$(HOSTCC) -g -o $@ $(filter %.o,$^) -Wl,--gc-sections -Wl,-T,arch/host/host.lds -lpthread

-include $(patsubst %.o,%.d,$(kernel-objs) $(port-objs))
