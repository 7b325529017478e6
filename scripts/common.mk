# SPDX-License-Identifier: BSD-2-Clause
#
# What scripts/build.mk and scripts/host.mk both begin with: what make shows, the configuration,
# libfdt, warnings, and the two ways to know that a thing is to be made again.

MAKEFLAGS += -rR --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := all

O ?= build
# A folder below this one has one name, so that flags which hold it do not change.
override O := $(O:$(CURDIR)/%=%)
PYTHON ?= /usr/bin/python3

Q := $(if $(filter 1,$(V)),,@)
# One line for each step; with V=1 its command instead, with make -s nothing.
silent := $(findstring s,$(filter-out -%,$(firstword $(MAKEFLAGS))))
say = $(if $(filter 1,$(V))$(silent),,@printf '  %-7s %s\n' '$(1)' '$(2)')

include $(O)/include/config/auto.mk
include scripts/libfdt.mk

# At the end of its range an option makes a comparison constant; that is no mistake.
WARN_FLAGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla \
	-Wundef -Wpointer-arith -Wno-type-limits

# W=1: what is worth a look now and then, and no error.
ifeq ($(W),1)
WARN_FLAGS += -Wconversion -Wcast-qual -Wredundant-decls -Wnested-externs -Wnull-dereference \
	-Wformat=2 -Wunused-macros -Wwrite-strings -Wmissing-declarations -Wno-error
endif

# After a compiler that wrote $@.d: the sources, headers and options that $@ was made from.
fixdep = $(Q)$(PYTHON) -IS scripts/fixdep.py $(O) $@

# update FILE,TEXT: the file changes when the text does, and only then.
same = $(and $(wildcard $(1)),$(findstring x$(strip $(2))x,x$(strip $(file <$(1)))x))
update = $(if $(call same,$(1),$(2)),,$(file >$(1),$(2)))
