# SPDX-License-Identifier: BSD-2-Clause
#
# libfdt's sources: LIBFDT_DIR if given, else what scripts/fetch-libfdt.sh unpacked.

LIBFDT_SRC := $(or $(LIBFDT_DIR),.cache/libfdt)
libfdt-src := $(wildcard $(addprefix $(LIBFDT_SRC)/,fdt.c fdt_ro.c fdt_check.c fdt_addresses.c \
	fdt_strerror.c fdt_rw.c fdt_wip.c))
libfdt-obj := $(patsubst $(LIBFDT_SRC)/%.c,lib/libfdt/%.o,$(libfdt-src))

# Linux's copy of libfdt leaves this one out.
ifeq ($(filter %/fdt_check.c,$(libfdt-src)),)
libfdt-obj += lib/fdt_check_full.o
endif
