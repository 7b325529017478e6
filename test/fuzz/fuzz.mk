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

include test/fuzz/plants.mk

FUZZ = $(O)/fuzz
HOST = $(FUZZ)/host
own := $(patsubst %.c,%.o,$(wildcard test/fuzz/*.c))
cc := $(or $(FUZZCC),clang)

# SANITIZE= gives a build without the sanitizers, to count executions with.
SANITIZE ?= -fsanitize=address,undefined -fno-sanitize=object-size -fno-sanitize-recover=all \
	-fsanitize-ignorelist=$(CURDIR)/test/fuzz/rows.ignore
# libfdt walks the tree again and again, character by character. Other tests look into libfdt; here
# libfdt's reads past a blob's end are caught by a closed page, at a third of the cost.
libfdt-sanitize := -fsanitize=undefined -fno-sanitize=object-size,pointer-overflow,null \
	-fno-sanitize-recover=all
libfdt-cflags := -O3 -mllvm -inline-threshold=2000 -fno-sanitize=all \
	$(if $(SANITIZE),$(libfdt-sanitize))
# Coverage of what a tree decides; looking at all counters after each execution takes time, too.
# Comparisons are not traced: it would take half of the time, and the mutator knows the words.
COVERAGE := -fsanitize-coverage=inline-8bit-counters,pc-table
covered := $(addprefix mm/boot/,dt_% memblock% conflict% iomem% numa% percpu%) \
	$(addprefix mm/page/,sparse% zone% handover% reserved% page.o pageblock% watermark% \
	pcp_setup% buddy%) \
	$(addprefix kernel/,fdt.o fdt_check.o cmdline.o cpu.o resource.o)
coverage = $(if $(filter $(covered),$(patsubst $(HOST)/kernel/%,%,$@)),$(COVERAGE))
own-cflags := -O2 -fno-omit-frame-pointer $(SANITIZE)
# What dt_fuzz.c replaces, or listens to.
wrapped := arch_ticks arch_linear_range arch_vmemmap_map printk vprintk memblock_reserve_owner \
	memblock_phys_alloc_range
# A wrapped function is called from another object, and what is covered is so by its object.
JOIN := 0
own-ldflags := $(SANITIZE) -fsanitize=fuzzer $(wrapped:%=-Wl,--wrap=%)

include scripts/host.mk

# What is fuzzed is covered: the kernel and the part of libfdt that it has.
$(HOST)/kernel/%.o: more-cflags = $(coverage)
$(HOST)/libfdt/%.o: more-cflags = $(libfdt-cflags) \
	$(if $(filter %_sw.c %_rw.c %_wip.c %_empty_tree.c,$<),,$(COVERAGE))
# What makes the trees and looks at the outcome has to be fast.
$(HOST)/test/%.o: more-cflags = -fno-sanitize=all

$(objs): test/fuzz/fuzz.mk test/fuzz/rows.ignore

.PHONY: seeds plants
all: $(FUZZ)/dt_fuzz seeds
plants: $(PLANTS:%=$(FUZZ)/dt_fuzz-%)
seeds: $(FUZZ)/seeds.made

$(FUZZ)/dt_fuzz: $(linked)
	$(hostld)

# A plant is one file of the kernel, changed by each expression, and everything else as it is.
define plant-rules
plant-$(1)-o := $(FUZZ)/plant/$(1)/host/kernel/$(plant-$(1)-file:%.c=%.o)
$$(plant-$(1)-o): $$(plant-$(1)-file) test/fuzz/plants.mk test/fuzz/fuzz.mk $(HOST)/.cc.flags
	@mkdir -p $$(@D)
	$$(Q)cp $$< $$(@:%.o=%.c)
	$$(Q)for change in $$(plant-$(1)-sed); do \
		mv $$(@:%.o=%.c) $$(@:%.o=%.old) && \
		sed -E "$$$$change" $$(@:%.o=%.old) > $$(@:%.o=%.c) || exit 1; \
		! cmp -s $$(@:%.o=%.old) $$(@:%.o=%.c) || \
		{ printf 'plant %s changes nothing in %s: %s\n' $(1) $$< "$$$$change" >&2; \
		exit 1; }; \
	done
	$$(call hostcc,-I$(CURDIR)/$$(dir $$<) $$(COVERAGE) -w,$$(abspath $$(@:%.o=%.c)))
$(FUZZ)/dt_fuzz-$(1): $$(plant-$(1)-o) \
		$$(filter-out $(HOST)/kernel/$$(plant-$(1)-file:%.c=%.o),$$(linked))
	$$(hostld)
-include $$(wildcard $$(plant-$(1)-o).dep)
endef
$(foreach p,$(PLANTS),$(eval $(call plant-rules,$(p))))

$(FUZZ)/seeds.made: test/fuzz/seeds.py $(wildcard test/boot/trees.py test/boot/vf2_twin/twin.py \
		board/visionfive2/visionfive2.dts)
	$(call say,SEEDS,$(FUZZ)/seeds)
	$(Q)$(PYTHON) test/fuzz/seeds.py $(FUZZ)/seeds
	@touch $@
