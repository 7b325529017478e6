# SPDX-License-Identifier: BSD-2-Clause
#
# The fuzz target: boot_memory() on any device tree, in a process, under libFuzzer and the address
# and undefined-behaviour sanitizers.
#
#   make -f test/fuzz/fuzz.mk O=<folder> [all|seeds|plants]
#
# O has a configuration (make O=<folder> defconfig DEFCONFIG=test/fuzz/fuzz_defconfig sync).
#
#   $(O)/fuzz/dt_fuzz            the target; takes libFuzzer's arguments
#   $(O)/fuzz/dt_fuzz-<plant>    the same with one fault of plants.mk put in
#   $(O)/fuzz/seeds/             inputs to start from

O ?= build
comma := ,
Q := $(if $(filter 1,$(V)),,@)
MAKEFLAGS += -rR --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := all

say = $(if $(filter 1,$(V)),,@printf '  %-7s %s\n' '$(1)' '$(2)')

include $(O)/include/config/auto.mk
include scripts/libfdt.mk
include test/fuzz/plants.mk

FUZZCC ?= clang
PYTHON ?= python3
FUZZ := $(O)/fuzz
# host.lds knows the kernel's objects by a folder host/kernel.
HOST := $(FUZZ)/host

obj-y :=
host-obj-y :=
host-kernel-y :=
include mm/objects.mk arch/host/objects.mk
host-kernel-y += kernel/init.o
host-kernel-y += $(patsubst %.c,%.o,$(wildcard kernel/plan/*.c))
host-kernel-y += $(if $(wildcard $(LIBFDT_SRC)/fdt_check.c),,lib/fdt_check_full.o)
# Writing and changing trees is the recipes' and the mutator's work alone.
libfdt := $(notdir $(wildcard $(addprefix $(LIBFDT_SRC)/,fdt.c fdt_addresses.c fdt_check.c \
	fdt_ro.c fdt_rw.c fdt_strerror.c fdt_wip.c fdt_sw.c fdt_empty_tree.c)))

# SANITIZE= gives a build without the sanitizers, to count executions with.
SANITIZE ?= -fsanitize=address,undefined -fno-sanitize=object-size -fno-sanitize-recover=all
# libfdt walks the tree again and again, character by character. It is others' tests that look into
# it; here its reads past a blob's end are caught by a closed page, at a third of the cost.
LIBFDT_FLAGS := -w -O3 -mllvm -inline-threshold=2000 \
	$(if $(SANITIZE),-fsanitize=undefined \
	-fno-sanitize=object-size$(comma)pointer-overflow$(comma)null \
	-fno-sanitize-recover=all)
# Coverage of what a tree decides; looking at all counters after each execution takes time, too.
# Comparisons are not traced: it would take half of the time, and the mutator knows the words.
COVERAGE := -fsanitize-coverage=inline-8bit-counters,pc-table
covered := $(addprefix mm/,dt_% memblock% conflict% numa% sparse% zone% handover% page.o \
	pageblock% watermark% percpu% buddy%) $(addprefix kernel/,fdt.o cmdline.o cpu.o \
	resource.o) %/fdt_check.o lib/fdt_check_full.o
coverage = $(if $(filter $(covered),$(patsubst $(HOST)/kernel/%,%,$@)),$(COVERAGE))
CPPFLAGS := -Iarch/host/include -Iinclude -I$(FUZZ)/include -I$(O)/include -isystem $(LIBFDT_SRC) \
	-include $(O)/include/generated/autoconf.h
CFLAGS := -std=gnu11 -O2 -g -fno-omit-frame-pointer -fno-strict-aliasing -fno-common \
	-ffunction-sections -fdata-sections -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla -Wundef -Wpointer-arith -Wno-type-limits

kernel-objs := $(addprefix $(HOST)/kernel/,$(sort $(obj-y) $(host-kernel-y)))
libfdt-objs := $(libfdt:%.c=$(HOST)/libfdt/%.o)
port-objs := $(addprefix $(HOST)/,$(host-obj-y))
own-objs := $(patsubst test/%.c,$(HOST)/test/%.o,$(wildcard test/fuzz/*.c))
all-objs := $(kernel-objs) $(libfdt-objs) $(port-objs) $(own-objs)

.PHONY: all seeds plants
all: $(FUZZ)/dt_fuzz seeds
plants: $(PLANTS:%=$(FUZZ)/dt_fuzz-%)
seeds: $(FUZZ)/seeds.made

define fuzzcc
$(call say,FUZZCC,$<)
@mkdir -p $(@D)
$(Q)$(FUZZCC) $(CPPFLAGS) $(CFLAGS) $(1) -MMD -MP -c -o $@ $<
endef

# What dt_fuzz.c replaces, or listens to.
wrapped := arch_ticks arch_linear_range arch_vmemmap_map printk vprintk memblock_reserve_owner \
	memblock_phys_alloc_range
define fuzzld
$(call say,FUZZLD,$@)
$(Q)$(FUZZCC) $(SANITIZE) -fsanitize=fuzzer -g -o $@ $(filter %.o,$^) -Wl,--gc-sections \
	-Wl,-T,arch/host/host.lds $(wrapped:%=-Wl,--wrap=%) -lpthread
endef

auto := $(O)/include/config/auto.conf test/fuzz/fuzz.mk $(FUZZ)/include/generated/utsrelease.h
# What is fuzzed is covered: the kernel and the part of libfdt that it has.
$(HOST)/kernel/%.o: %.c $(auto)
	$(call fuzzcc,$(SANITIZE) $(coverage))
$(HOST)/libfdt/%.o: $(LIBFDT_SRC)/%.c $(auto)
	$(call fuzzcc,$(LIBFDT_FLAGS) \
		$(if $(filter %_sw.c %_rw.c %_wip.c %_empty_tree.c,$<),,$(COVERAGE)))
$(HOST)/arch/%.o: arch/%.c $(auto)
	$(call fuzzcc,$(SANITIZE))
$(HOST)/test/%.o: test/%.c $(auto)
	$(call fuzzcc)

# The banner's words are made with the kernel; here nobody reads them.
$(FUZZ)/include/generated/utsrelease.h:
	@mkdir -p $(@D)
	$(Q)printf '#define KERNEL_%s "fuzz"\n' VERSION REVISION COMPILER > $@

$(FUZZ)/dt_fuzz: $(all-objs) arch/host/host.lds
	$(fuzzld)

# A plant is one file of the kernel, changed by each expression, and everything else as it is.
define plant-rules
$(FUZZ)/plant/$(1)/host/kernel/$$(plant-$(1)-file:%.c=%.o): $$(plant-$(1)-file) \
		test/fuzz/plants.mk $(auto)
	@mkdir -p $$(@D)
	$$(Q)cp $$< $$(@:%.o=%.c)
	$$(Q)for change in $$(plant-$(1)-sed); do \
		mv $$(@:%.o=%.c) $$(@:%.o=%.old) && \
		sed -E "$$$$change" $$(@:%.o=%.old) > $$(@:%.o=%.c) || exit 1; \
		! cmp -s $$(@:%.o=%.old) $$(@:%.o=%.c) || \
		{ printf 'plant %s changes nothing in %s: %s\n' $(1) $$< "$$$$change" >&2; \
		exit 1; }; \
	done
	$$(Q)$$(FUZZCC) -I$$(dir $$<) $$(CPPFLAGS) $$(CFLAGS) $$(SANITIZE) $$(COVERAGE) -w -c \
		-o $$@ $$(@:%.o=%.c)
$(FUZZ)/dt_fuzz-$(1): $$(filter-out $(HOST)/kernel/$$(plant-$(1)-file:%.c=%.o),$(all-objs)) \
		$(FUZZ)/plant/$(1)/host/kernel/$$(plant-$(1)-file:%.c=%.o) arch/host/host.lds
	$$(fuzzld)
endef
$(foreach p,$(PLANTS),$(eval $(call plant-rules,$(p))))

$(FUZZ)/seeds.made: test/fuzz/seeds.py $(wildcard test/boot/trees.py test/boot/vf2_twin/twin.py \
		board/visionfive2/visionfive2.dts)
	$(call say,SEEDS,$(FUZZ)/seeds)
	$(Q)$(PYTHON) test/fuzz/seeds.py $(FUZZ)/seeds
	@touch $@

-include $(all-objs:.o=.d)
