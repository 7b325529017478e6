# SPDX-License-Identifier: BSD-2-Clause
#
# The kernel's own objects as a program of this machine, with arch/host and libfdt. A makefile that
# makes such a program says what is its own, each where there is any:
#
#   HOST            the folder for objects, which ends in /host: arch/host/host.lds goes by that
#   own             objects of the program, by the path of their sources
#   host-kernel-y   objects of the kernel beyond mm/ and those listed below
#   cc              the compiler, where it is not HOSTCC
#   unneeded        of all these, what the program never calls, by its object below HOST
#   own-includes own-cflags own-ldflags    flags
#   JOIN            0: each source is compiled by itself
#
# then includes this file and adds a rule that depends on $(linked) and has $(hostld) for a recipe.
# Objects are made again for the same reasons as the kernel's; see scripts/build.mk. For some of
# them more-cflags and arch-includes may be set as well; .cc.flags does not know of those.

include scripts/common.mk
obj-y :=
include plan/objects.mk mm/objects.mk arch/host/objects.mk

# Files of the storeys other than mm/ that are the same in a process.
host-kernel-y += kernel/boot_arguments.o
host-kernel-y += kernel/boot_marks.o
host-kernel-y += kernel/cmdline.o
host-kernel-y += kernel/console_choice.o
host-kernel-y += kernel/cpu.o
host-kernel-y += kernel/driver.o
host-kernel-$(CONFIG_DMA) += kernel/dcache.o
host-kernel-y += kernel/fdt.o
host-kernel-y += kernel/fdt_check.o
host-kernel-y += kernel/idle.o
host-kernel-$(CONFIG_LOCK_ORDER) += kernel/lock_order.o
host-kernel-$(CONFIG_LATENCY_TRACE) += kernel/latency.o
host-kernel-y += $(plan-obj-y)
host-kernel-y += kernel/init.o
host-kernel-y += kernel/no_symbols.o
host-kernel-$(CONFIG_NUMA) += kernel/numa.o
host-kernel-y += kernel/power.o
host-kernel-y += kernel/progress.o
host-kernel-$(CONFIG_RANDOM) += kernel/random.o
host-kernel-y += kernel/resource.o
host-kernel-y += kernel/sched/bounds.o
host-kernel-y += kernel/seq_file.o
host-kernel-y += kernel/symbol_place.o
host-kernel-$(CONFIG_SMP) += kernel/smp.o kernel/smp_call.o
host-kernel-$(CONFIG_THREADS) += $(addprefix kernel/sched/,sched.o wake.o cpu.o slice.o) \
	$(addprefix kernel/sched/,thread.o look.o) \
	$(addprefix kernel/time/,timer.o sleep.o wall.o) \
	$(addprefix kernel/sync/,wait.o mutex.o rwsem.o)
host-kernel-$(CONFIG_DEBUG_STACK_USAGE) += kernel/sched/stack_usage.o
host-kernel-$(CONFIG_WAIT_ORDER) += kernel/sync/wait_order.o
host-kernel-$(CONFIG_WORKQUEUE) += kernel/sync/workqueue.o \
	$(if $(CONFIG_SMP),kernel/sync/long_work.o)
host-kernel-$(and $(CONFIG_THREADS),$(CONFIG_SMP)) += kernel/sched/place.o
host-kernel-$(CONFIG_IRQ) += $(addprefix kernel/irq/,irq.o route.o thread.o tree.o) \
	$(addprefix drivers/core/,table.o suppliers.o resources.o bind.o)
host-kernel-$(CONFIG_BLOCK) += drivers/block/block.o drivers/block/disks.o
host-kernel-y += test/stress/stress.o
host-kernel-y += kernel/time.o
host-kernel-y += lib/bitops.o
host-kernel-y += process/manifest.o process/elf_file.o process/bounds.o fs/cpio.o
host-kernel-y += lib/hex.o
host-kernel-y += lib/math.o
host-kernel-y += lib/vsprintf.o

cc := $(or $(cc),$(HOSTCC),gcc)
arch-includes = -I$(tree)/arch/host/include
target-includes := -I$(tree)/arch/riscv/include -idirafter $(tree)/arch/host/include
CPPFLAGS := -iquote $(tree) -I$(tree)/include $(own-includes) -I$(call in-O,$(HOST))/include \
	-Iinclude -isystem $(abspath $(LIBFDT_SRC)) -include include/generated/autoconf.h
# A process lacks what boot does after memory is up (tests, shell); the linker drops what nobody
# calls.
CFLAGS := -std=gnu11 -g -fno-strict-aliasing -fno-common -ffunction-sections -fdata-sections \
	$(WARN_FLAGS) $(own-cflags) $(HOSTCFLAGS) -fmacro-prefix-map=$(tree)/=
# gcc warns of any variable around setjmp; the users of HOST_TRY change none between setjmp and the
# stop.
CFLAGS += $(shell $(cc) -Werror -Wclobbered -E -x c /dev/null >/dev/null 2>&1 && \
	echo -Wno-clobbered)
LDFLAGS := -g $(own-ldflags) $(HOSTCFLAGS) -Wl,--gc-sections -Wl,-T,arch/host/host.lds -lpthread

# Programs make and change trees, which the kernel never does.
libfdt := $(libfdt-src) $(wildcard $(addprefix $(LIBFDT_SRC)/,fdt_sw.c fdt_empty_tree.c))
host-kernel-y += $(filter lib/fdt_check_full.o,$(libfdt-obj))

objdir = $(HOST)
join = $(if $(filter 0,$(JOIN)),,1)
include scripts/join.mk

kernel-objs := $(filter-out $(patsubst kernel/%,%,$(filter kernel/%,$(unneeded))), \
	$(sort $(obj-y) $(host-kernel-y)))
objs := $(call made-of,kernel/,$(kernel-objs)) \
	$(call made-of,,$(filter-out $(unneeded),$(host-obj-y) $(own))) \
	$(libfdt:$(LIBFDT_SRC)/%.c=$(HOST)/libfdt/%.o)
linked := $(objs) $(HOST)/.ld.flags arch/host/host.lds

$(shell mkdir -p $(HOST)/include/generated)
compiler := $(shell $(cc) --version | head -n 1)
# The kernel's own banner has real values; in a process nobody reads them.
define utsrelease
/* Made by scripts/host.mk. */
#define KERNEL_VERSION "host"
#define KERNEL_REVISION ""
#define KERNEL_COMPILER "$(cc)"
endef
$(call update,$(HOST)/include/generated/utsrelease.h,$(utsrelease))
$(call update,$(HOST)/.cc.flags,$(cc) $(CPPFLAGS) $(CFLAGS) $(compiler))
$(call update,$(HOST)/.ld.flags,$(cc) $(LDFLAGS) $(objs))
$(call folders,$(objs))

.PHONY: all

# hostcc FLAGS[,SOURCE]
define hostcc
$(call say,HOSTCC,$<)
$(call compile,$(cc) $(arch-includes) $(CPPFLAGS) $(CFLAGS) $(more-cflags) $(1) \
	-MD -MF $(call in-O,$@).d -c -o $(call in-O,$@) $(or $(2),$(abspath $<)))
endef

define hostld
$(call say,HOSTLD,$@)
@mkdir -p $(@D)
$(Q)$(cc) -o $@ $(filter %.o,$^) $(LDFLAGS)
endef

$(HOST)/kernel/%.o: %.c $(HOST)/.cc.flags
	$(call hostcc)
$(HOST)/%.o: %.c $(HOST)/.cc.flags
	$(call hostcc)
# A parameter may have the name of another source's variable. The object is the same in each $(O).
$(HOST)/%/joined.o: $(HOST)/%/joined.c $(HOST)/.cc.flags
	$(call hostcc,-Wno-shadow,$(call in-O,$<))
# libfdt's warnings are not ours to mend.
$(HOST)/libfdt/%.o: $(LIBFDT_SRC)/%.c $(HOST)/.cc.flags
	$(call hostcc,-w)

# The target's code includes the target's asm headers.
$(HOST)/kernel/arch/riscv/%.o: arch-includes = $(target-includes)
# The addresses of programs are the target's.
$(HOST)/kernel/process/elf_file.o: arch-includes = $(target-includes)

.PHONY: floors
floors: $(objs)
	$(Q)$(PYTHON) scripts/check-floors.py --calls nm $(HOST) $(objs)

-include $(wildcard $(objs:=.dep))
