# SPDX-License-Identifier: BSD-2-Clause
#
# Compilers and flags of the kernel: gcc by default, clang and lld with LLVM=1, those with that
# suffix with LLVM=-16.

CROSS_COMPILE := $(or $(CROSS_COMPILE),riscv64-unknown-elf-)
PICOLIBC ?= /usr/lib/picolibc/riscv64-unknown-elf

# first-tool NAMES: the first name that exists as a program, else the first name.
first-tool = $(firstword $(foreach t,$(1),$(shell command -v $(t) 2>/dev/null)) $(1))

ifneq ($(filter-out 0,$(LLVM)),)
llvm-names = $(if $(filter -%,$(LLVM)),$(1)$(LLVM),$(1) $(1)-14 $(1)-16 $(1)-19)
llvm-tool = $(notdir $(call first-tool,$(llvm-names)))
CC := $(call llvm-tool,clang) --target=riscv64-unknown-elf
LD := $(call llvm-tool,ld.lld)
# clang 14 knows the base 2.0, where csr and fence.i belong to i; lld 14 cannot relax.
ARCH_FLAGS := -march=rv64imac -mno-relax
REPRODUCIBLE := -fdebug-compilation-dir=.
else
CC := $(CROSS_COMPILE)gcc
LD := $(CROSS_COMPILE)ld
ARCH_FLAGS := -march=rv64imac_zicsr_zifencei
LDFLAGS := -m elf64lriscv
endif
NM := $(CROSS_COMPILE)nm
OBJCOPY := $(CROSS_COMPILE)objcopy
READELF := $(CROSS_COMPILE)readelf
SIZE := $(CROSS_COMPILE)size

ARCH_FLAGS += -mabi=lp64 -mcmodel=medany

# The compiler's own headers come first, then picolibc's; none of the building machine's is used.
cc-include := $(shell $(CC) -print-file-name=include 2>/dev/null)
NOSTDINC := -nostdinc $(addprefix -isystem ,$(wildcard $(cc-include) $(cc-include)-fixed) \
	$(PICOLIBC)/include $(abspath $(LIBFDT_SRC)))

CPPFLAGS := $(NOSTDINC) -iquote $(tree) -I$(tree)/include -I$(tree)/arch/riscv/include -Iinclude \
	-include include/generated/autoconf.h -D__KERNEL__

# Paths are relative to the tree, so that two folders give one image.
REPRODUCIBLE += -ffile-prefix-map=$(tree)/= -ffile-prefix-map=$(abspath $(O))=.

CODE_FLAGS := $(ARCH_FLAGS) -std=gnu11 -O2 -g -ffreestanding -fno-pic -fno-common \
	-fno-stack-protector -fno-strict-aliasing \
	-fno-asynchronous-unwind-tables -ffunction-sections -fdata-sections $(REPRODUCIBLE) \
	$(KCFLAGS)

CFLAGS := $(CODE_FLAGS) $(WARN_FLAGS)
AFLAGS := $(ARCH_FLAGS) -D__ASSEMBLY__ -g $(REPRODUCIBLE) -fdebug-prefix-map=$(tree)=. \
	-fdebug-prefix-map=$(abspath $(O))=.

LDFLAGS += -static -nostdlib --gc-sections --build-id=none -z max-page-size=4096 \
	-z noexecstack --fatal-warnings

# mem*, str* and vsnprintf. The set built for speed needs nothing of libgcc; printf is its integer
# variant, which touches neither floating point nor thread-local data.
LIBC := $(PICOLIBC)/lib/release/rv64imac/lp64/libc.a
LDFLAGS += --defsym=vfprintf=__i_vfprintf
