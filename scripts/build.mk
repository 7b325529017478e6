# SPDX-License-Identifier: BSD-2-Clause
#
# Builds the kernel below $(O) from $(O)/.config, its objects in $(O)/obj. An object is made again
# when its source, a header it included, an option that one of these names, or its command line has
# changed: fixdep.awk turns the compiler's dependencies into that rule, and .cc.flags and its like
# hold the command lines.

include scripts/common.mk
include scripts/toolchain.mk

obj-y :=
storeys := arch/riscv mm kernel lib drivers plan fs process shell \
	test/bench/target test/stress test/target
include $(wildcard $(storeys:=/objects.mk) $(addsuffix /*/objects.mk,board $(BOARD_DIR)))

# Programs: app-y of their objects.mk names objects by their place in the program's folder. A folder
# outside the tree, APP=, has its objects in $(O)/obj/outside/<its name>.
override APP := $(abspath $(APP))
outside := outside/$(notdir $(APP))/
define app
app-y :=
include $(1)/objects.mk
obj-y += $$(addprefix $(2),$$(app-y))
endef
$(foreach d,$(patsubst %/objects.mk,%,$(wildcard apps/*/objects.mk)),$(eval $(call app,$(d),$(d)/)))
ifneq ($(APP),)
$(eval $(call app,$(APP),$(outside)))
$(if $(app-y),,$(error APP=$(APP): no object of its objects.mk is wanted, since its option is off. \
	Mend: 'make menuconfig', Programs; a program needs CONFIG_THREADS))
endif

obj-y := $(strip $(obj-y))
twice := $(strip $(foreach o,$(sort $(obj-y)),$(if $(word 2,$(filter $(o),$(obj-y))),$(o))))
$(if $(twice),$(error listed twice in the objects.mk files: $(twice)))

objdir = $(O)/obj
join = $(filter 1,$(JOIN))
alone := $(patsubst CFLAGS_%,%,$(filter CFLAGS_%,$(.VARIABLES)))
include scripts/join.mk
objs := $(call made-of,,$(obj-y)) \
	$(addprefix $(O)/obj/,$(libfdt-obj) $(if $(CONFIG_IKCONFIG),config_data.o))
lds := $(O)/kernel.lds

$(shell mkdir -p $(O)/include/generated)
compiler := $(shell $(CC) --version | head -n 1)
release := $(shell scripts/version.sh $(VERSION))
define utsrelease
/* Made by scripts/build.mk. */
#define KERNEL_VERSION "$(firstword $(release))"
#define KERNEL_REVISION "$(word 2,$(release))"
#define KERNEL_COMPILER "$(compiler)"
endef
per-object := $(foreach v,$(sort $(filter CFLAGS_%,$(.VARIABLES))),$(v)=$($(v)))
$(call update,$(O)/include/generated/utsrelease.h,$(utsrelease))
$(call update,$(O)/.cc.flags,$(CC) $(CPPFLAGS) $(CFLAGS) $(per-object) $(compiler))
$(call update,$(O)/.as.flags,$(CC) $(CPPFLAGS) $(AFLAGS) $(compiler))
$(call update,$(O)/.ld.flags,$(LD) $(LDFLAGS) $(LIBC) $(objs) $(CONFIG_KALLSYMS))

$(call folders,$(objs))
object = -MD -MF $(call in-O,$@).d -c -o $(call in-O,$@) $(abspath $<)

.PHONY: all
all: $(O)/Image $(O)/System.map
	@:

$(O)/obj/%.o: %.c $(O)/.cc.flags
	$(call say,CC,$<)
	$(call compile,$(CC) $(CPPFLAGS) $(CFLAGS) $(CFLAGS_$*.o) $(object))

# A parameter may have the name of another source's variable.
$(O)/obj/%/joined.o: $(O)/obj/%/joined.c $(O)/.cc.flags
	$(call say,CC,$<)
	$(call compile,$(CC) $(CPPFLAGS) $(CFLAGS) -Wno-shadow \
		-MD -MF $(call in-O,$@).d -c -o $(call in-O,$@) $(call in-O,$<))

ifneq ($(APP),)
# Another folder of the same name gives other objects.
$(call update,$(O)/.app.flags,$(APP))
$(O)/obj/$(outside)%.o: $(APP)/%.c $(O)/.cc.flags $(O)/.app.flags
	$(call say,CC,$<)
	$(call compile,$(CC) $(CPPFLAGS) $(CFLAGS) $(object))
endif

$(O)/obj/%.o: %.S $(O)/.as.flags
	$(call say,AS,$<)
	$(call compile,$(CC) $(CPPFLAGS) $(AFLAGS) $(object))

$(O)/obj/config_data.o: $(O)/include/generated/config_data.S $(O)/.as.flags
	$(call say,AS,$(notdir $<))
	$(Q)$(CC) $(ARCH_FLAGS) -c -o $@ $<

# libfdt's warnings are not ours to mend.
$(O)/obj/lib/libfdt/%.o: $(LIBFDT_SRC)/%.c $(O)/.cc.flags
	$(call say,CC,libfdt/$*.c)
	$(Q)$(cd) $(CC) $(CPPFLAGS) $(CODE_FLAGS) -w -c -o $(call in-O,$@) $(abspath $<)

$(lds): arch/riscv/kernel.lds.S $(O)/.as.flags
	$(call say,LDS,$<)
	$(call compile,$(CC) $(CPPFLAGS) -D__ASSEMBLY__ -D__LINKER__ -E -P -MD \
		-MF $(call in-O,$@).d -MT $(call in-O,$@) -o $(call in-O,$@) $(abspath $<))

$(O)/tessera: $(objs) $(lds) $(O)/.ld.flags $(addprefix scripts/,link.sh kallsyms.py check-elf.py \
		check-sections.py)
	$(call say,LD,$@)
	$(file >$(O)/.tessera.objs,$(objs))
	$(Q)LD='$(LD)' LDFLAGS='$(LDFLAGS)' LDS='$(lds)' LIBC='$(LIBC)' CC='$(CC) $(ARCH_FLAGS)' \
		NM='$(NM)' READELF='$(READELF)' KALLSYMS='$(CONFIG_KALLSYMS)' scripts/link.sh $@

$(O)/Image: $(O)/tessera
	$(call say,OBJCOPY,$@)
	$(Q)$(OBJCOPY) -O binary $< $@
	$(Q)$(PYTHON) scripts/check-elf.py --image $@
	$(if $(silent),,$(Q)$(PYTHON) scripts/size.py --line $< $@)

.PHONY: Image.gz
Image.gz: $(O)/Image.gz
	@:

# With -n the file has no name and no date in it, so that one Image gives one Image.gz.
$(O)/Image.gz: $(O)/Image
	$(call say,GZIP,$@)
	$(Q)gzip -9 -n -c $< > $@

# Nobody looks up absolute and undefined symbols, nor what the assembler names for itself.
$(O)/System.map: $(O)/tessera
	$(call say,MAP,$@)
	$(Q)$(NM) -n $< | grep -v -e ' [aNUw] ' -e ' \$$' -e ' \.L' > $@

# For the check each header compiles alone, and twice; the results are TAP. The headers behind
# mm/memory_model.h are parts of it.
headers := $(patsubst include/%,%,$(wildcard include/*/*.h)) \
	$(patsubst arch/riscv/include/%,%,$(wildcard arch/riscv/include/*/*.h))
headers := $(filter-out mm/struct_page.h mm/memmap_%.h,$(headers))
# These are for kernels that run programs.
ifeq ($(CONFIG_PROCESSES),)
headers := $(filter-out process/%.h mm/address_space.h $(addprefix fs/,attributes.h file.h files.h \
	inode.h path.h pipe.h proc.h),$(headers))
endif
.PHONY: headers $(headers:%=header-%)
headers: $(headers:%=header-%)
	@echo 1..$(words $(headers))
$(headers:%=header-%): header-%:
	@printf '#include <%s>\n' $* $* | \
		(cd $(O) && $(CC) $(CPPFLAGS) $(CFLAGS) -fsyntax-only -x c -) 2>&1 && \
		echo 'ok 1 - $*' || echo 'not ok 1 - $*'

.PHONY: floors
floors: $(objs)
	$(Q)$(PYTHON) scripts/check-floors.py --calls '$(NM)' $(O)/obj $(objs)

.PHONY: size
size: $(O)/tessera
	$(Q)$(PYTHON) scripts/size.py --size $(SIZE) $< $(objs)

.PHONY: compile_commands.json
compile_commands.json:
	$(file >$(O)/.cc.sources,$(patsubst $(outside)%,$(APP)/%,$(patsubst $(O)/obj/%.o,%.c,\
		$(filter-out %config_data.o $(O)/obj/lib/libfdt/%,$(objs)))))
	$(Q)$(PYTHON) scripts/compile_commands.py $(O) $(CC) $(CPPFLAGS) $(CFLAGS)

-include $(wildcard $(objs:=.dep) $(lds).dep)
