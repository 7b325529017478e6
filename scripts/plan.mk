# SPDX-License-Identifier: BSD-2-Clause
#
# $(O)/plan: mm/, the boot order and the target's page-table code, as a program of this machine.
# It is made after the kernel, whose linked image it lays out.
#
# Goals: all (the program) and html (the page that plan --format html fills in).

HOST = $(O)/plan.d/host
host-kernel-y := $(addprefix arch/riscv/,linear_map.o cpu_usable.o)
own = $(addprefix plan/host/,main.o options.o tree.o tree_change.o place.o check.o show.o value.o \
	report.o source.o table.o text.o text_zones.o text_bounds.o text_threads.o text_image.o \
	text_programs.o text_work.o objects.o \
	html.o facts.o programs.o diff.o why.o explain.o explain_numbers.o model.o image_rows.o \
	$(if $(CONFIG_PLAN_BUDGET),,no_)budget.o)
own-includes = -Iplan.d
own-cflags := -O2

include scripts/host.mk

$(HOST)/plan/host/model.o: arch-includes = $(target-includes)

all: $(O)/plan
	@:

$(O)/plan: $(linked)
	$(hostld)

# The layout of the image. It is computed for each kernel, and mostly stays the same.
layout := $(O)/plan.d/target_image.h
$(layout).new: $(O)/System.map $(O)/Image scripts/target-image.py
	$(Q)$(PYTHON) scripts/target-image.py $< $(O)/Image > $@
	$(Q)cmp -s $@ $(layout) || cp $@ $(layout)
$(layout): $(layout).new
	@:
$(filter $(HOST)/plan/host/%,$(objs)): | $(layout)

# The help and the values of the options, for --explain.
option-table := $(O)/plan.d/option_table.h
$(option-table): $(O)/.config $(wildcard Kconfig */Kconfig */*/Kconfig) \
		$(addprefix scripts/kconfig/,gen-option-table.py helptext.py)
	$(Q)mkdir -p $(@D) && $(PYTHON) scripts/kconfig/gen-option-table.py $< > $@.new
	$(Q)cmp -s $@.new $@ && touch $@ || cp $@.new $@
$(HOST)/plan/host/explain.o: $(option-table)

# ---- the page ----

page := $(O)/plan.d/page.html
npm := $(O)/plan.d/npm
source := plan/host/html

.PHONY: html
html: $(page)
	@:

# The lock file has each package's hash; npm's own setting says which registry they come from.
$(npm)/.installed: $(addprefix $(source)/,package.json package-lock.json .npmrc)
	$(call say,NPM,$(source))
	@rm -rf $(npm) && mkdir -p $(npm)
	$(Q)cp $^ $(npm)
	$(Q)cd $(npm) && npm ci --loglevel=error $(if $(filter 1,$(V)),,>/dev/null)
	@touch $@

$(page): $(npm)/.installed $(wildcard $(source)/*)
	$(call say,HTML,$@)
	$(Q)cd $(npm) && node $(abspath $(source)/build.mjs) $(abspath $@)
