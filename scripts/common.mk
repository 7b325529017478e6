# SPDX-License-Identifier: BSD-2-Clause
#
# The common beginning of scripts/build.mk and scripts/host.mk: what make shows, the configuration,
# libfdt, warnings, and the two ways to know that a product must be made again.

MAKEFLAGS += -rR --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := all

O ?= build
# A folder below this one goes by one name, so that flags with the name do not change.
override O := $(O:$(CURDIR)/%=%)
PYTHON ?= /usr/bin/python3

Q := $(if $(filter 1,$(V)),,@)
# Shows a line for each step; with V=1 the step's command, with make -s nothing.
silent := $(findstring s,$(filter-out -%,$(firstword $(MAKEFLAGS))))
say = $(if $(filter 1,$(V))$(silent),,@printf '  %-7s %s\n' '$(1)' '$(2)')

# Compilers run in $(O) and name a source by its whole path. So an object's command is the same in
# each folder, and CCACHE=ccache finds what was compiled in another one.
tree := $(CURDIR)
cd = cd $(O) && $(CCACHE)
# The name in $(O) of a product.
in-O = $(patsubst $(O)/%,%,$(1))

include $(O)/include/config/auto.mk
include scripts/libfdt.mk

# An option at the end of its range makes a comparison constant, which is no mistake.
WARN_FLAGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla \
	-Wundef -Wpointer-arith -Wno-type-limits

# W=1 warns of what is worth a look now and then, and is no error.
ifeq ($(W),1)
WARN_FLAGS += -Wconversion -Wcast-qual -Wredundant-decls -Wnested-externs -Wnull-dereference \
	-Wformat=2 -Wunused-macros -Wwrite-strings -Wmissing-declarations -Wno-error
endif

# compile COMMAND: runs a compiler in $(O) that writes $@.d, and takes the sources, headers and
# options from it that $@ was made from. One shell does both: there are hundreds of objects.
compile = $(Q)($(cd) $(1)) && awk -v objdir=$(O) -v tree=$(CURDIR)/ -v target=$@ \
	-f scripts/fixdep.awk $@.d >$@.dep && rm $@.d

# folders FILES: makes the folders that these files go to, and the rules need not.
folders = $(shell mkdir -p $(sort $(dir $(1))))

# update FILE,TEXT: the file changes when the text does, and only then.
same = $(and $(wildcard $(1)),$(findstring x$(strip $(2))x,x$(strip $(file <$(1)))x))
update = $(if $(call same,$(1),$(2)),,$(file >$(1),$(2)))
