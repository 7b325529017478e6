# SPDX-License-Identifier: BSD-2-Clause
#
# The goals a user types. Each sets up the tools it needs, then hands the work to one of
# scripts/build.mk (the kernel), test/host/tests.mk (programs for this machine), scripts/kconfig/
# (configuration) or scripts/check.py (tests). Goals of one command line run in the order given.

# The version of the release that is to come; a tag, v0.1.0, makes it that release
# (scripts/version.sh).
VERSION := 0.1.0

O ?= build
# A folder below this one goes by one name, so that flags with the name do not change.
override O := $(O:$(CURDIR)/%=%)
MACHINE ?= virt
MEM ?= 512M
SMP ?= 4
# A plan for a tree of the user's own keeps the tree's amount of RAM, unless MEM is given.
PLAN_MEM := $(if $(filter file,$(origin MEM)),,$(MEM))
GDB_PORT ?= 1234
Q := $(if $(filter 1,$(V)),,@)

MAKEFLAGS += -rR --no-print-directory
.SUFFIXES:
.NOTPARALLEL:
.DEFAULT_GOAL := all

ifneq ($(words $(CURDIR) x $(O)),3)
$(error Tessera cannot be built where a folder's name contains a space: "$(CURDIR)", O="$(O)")
endif
sources := $(addprefix $(CURDIR)/,.cache .ci .git apps arch board configs docs drivers fs include \
	kernel lib mm plan process scripts shell test)
ifneq ($(filter $(CURDIR) $(sources) $(addsuffix /%,$(sources)),$(abspath $(O))),)
$(error O=$(O) is a folder of the sources; choose another one, such as O=build)
endif

# Boards outside the tree. $(O) remembers the folder that its .config was made with.
ifndef BOARD_DIR
BOARD_DIR := $(file <$(O)/.board_dir)
endif
override BOARD_DIR := $(abspath $(BOARD_DIR))
ifneq ($(BOARD_DIR),$(patsubst %/.,%,$(wildcard $(BOARD_DIR)/.)))
$(error BOARD_DIR=$(BOARD_DIR) is no folder; it holds a folder for each board, as board/ does)
endif

# A program outside the tree. $(O) remembers the folder from when it was given; APP= forgets it.
app-origin := $(origin APP)
ifeq ($(filter command,$(app-origin)),)
override APP := $(file <$(O)/.app)
else
override APP := $(abspath $(APP))
endif
ifneq ($(APP),)
app-lacks := $(filter-out $(wildcard $(APP)/Kconfig $(APP)/objects.mk),\
	$(APP)/Kconfig $(APP)/objects.mk)
ifneq ($(app-lacks),)
$(error APP=$(APP) is no program: it lacks $(app-lacks:$(APP)/%=%). \
	Mend: 'make new-app NAME=$(notdir $(APP)) DIR=$(dir $(APP))' makes one)
endif
endif
ifneq ($(filter command,$(app-origin)),)
$(shell mkdir -p $(O) && { [ -z '$(APP)' ] && rm -f $(O)/.app || echo '$(APP)' >$(O)/.app; })
endif

# The first python3 that has kconfiglib, or that will have it once the set-up has run.
ifndef PYTHON
PYTHON := $(firstword $(foreach p,/usr/bin/python3 python3,\
	$(if $(shell $(p) -c 'import kconfiglib' 2>/dev/null && echo y),$(p))) \
	$(wildcard /usr/bin/python3) python3)
endif

export O V W VERSION PYTHON CROSS_COMPILE LLVM LIBFDT_DIR BOARD_DIR APP
export MACHINE MEM SMP NUMA APPEND RUN DISK QEMU_ARGS GDB_PORT
export SEED PLAN_MEM DTB FORMAT OUT DIFF WHATIF PLAN_ARGS INITRD PROGRAMS KERNEL BUSYBOX

kconf = $(PYTHON) scripts/kconfig/kconf.py --objdir $(O)

.PHONY: FORCE
FORCE:

## Set-up
needs := $(addprefix need-,config gui build qemu plan html image gdb coverage check)
.PHONY: setup $(needs) need-display
setup: need-check
$(needs):
	@scripts/setup.sh $(@:need-%=%)

# The check comes first, so that Tk is not installed in vain.
need-display:
	@test -n "$$DISPLAY$$WAYLAND_DISPLAY" || test "$$(uname)" != Linux || { \
		echo "guiconfig has no display to open a window on." \
			"Mend: 'make menuconfig' is the same in a terminal" >&2; exit 1; }

## Configuration
.PHONY: defconfig menuconfig guiconfig oldconfig olddefconfig mendconfig savedefconfig \
	listnewconfig randconfig allnoconfig allyesconfig
%_defconfig: need-config FORCE
	$(Q)$(kconf) defconfig $(firstword $(wildcard $(BOARD_DIR)/*/$@) configs/$@)
	@$(if $(BOARD_DIR),echo $(BOARD_DIR) >,rm -f) $(O)/.board_dir
%.config: need-config FORCE
	$(Q)$(kconf) merge $(firstword $(wildcard $(BOARD_DIR)/*/$@ configs/$@) $@)
defconfig: need-config
	$(Q)$(kconf) defconfig $(or $(DEFCONFIG),configs/qemu_virt_defconfig)
menuconfig oldconfig olddefconfig mendconfig listnewconfig: need-config
	$(Q)$(kconf) $@
randconfig allnoconfig allyesconfig: need-config
	$(Q)$(kconf) $@
guiconfig: need-display need-gui
	$(Q)$(kconf) $@
savedefconfig: need-config
	$(Q)$(kconf) savedefconfig $(or $(DEFCONFIG),$(O)/defconfig)

.PHONY: new-app
new-app: need-config
	@$(PYTHON) scripts/new-app.py '$(NAME)' '$(DIR)'

.PHONY: new-board
new-board: need-plan
	@$(PYTHON) scripts/new-board.py '$(NAME)' '$(DTB)'

## Building
.PHONY: all sync compile_commands.json size clean mrproper distclean
all: sync
	$(Q)$(MAKE) -f scripts/build.mk all
	$(Q)$(MAKE) -f scripts/plan.mk all
sync: need-build
	@test -f $(O)/.config || { echo "$(O)/.config does not exist: run 'make <board>_defconfig'" \
		"or 'make menuconfig' first. Boards: $(notdir $(wildcard configs/*_defconfig))" >&2; exit 1; }
	$(Q)$(kconf) sync
compile_commands.json: sync
	$(Q)$(MAKE) -f scripts/build.mk $@
size: sync
ifeq ($(BY),option)
	@$(PYTHON) scripts/size.py --by-option $(O) $(OPTION)
else
	$(if $(BY),$(error BY=$(BY): make size knows BY=option))
	$(Q)$(MAKE) -f scripts/build.mk $@
endif
# Any product by its name: make Image, make build/Image, make mm/page/buddy.o
products := Image tessera System.map
.PHONY: $(products)
$(products) $(addprefix $(O)/,$(products)): sync FORCE
	$(Q)$(MAKE) -f scripts/build.mk $(O)/$(notdir $@)
$(O)/plan: all
%.o: sync FORCE
	$(Q)$(MAKE) -f scripts/build.mk $(O)/obj/$(@:$(O)/obj/%=%)

built := obj host threads include/generated include/config tessera Image Image.gz System.map \
	kernel.lds kernel.lds.dep tessera.map compile_commands.json .cc.sources plan plan.d \
	plan.html whatif bench.d bench.json size boot tessera.itb sd.img Image.spdx.json \
	tessera-*.tar.gz initramfs.cpio busybox busybox.cpio
clean:
	$(Q)rm -rf $(addprefix $(O)/,$(built)) $(O)/.tessera.* $(O)/.*.flags
mrproper: clean
	$(Q)rm -rf $(addprefix $(O)/,.config .config.old .board_dir .app defconfig include check \
		mutate new-board coverage)
	$(Q)rmdir $(O) 2>/dev/null || true
distclean: mrproper
	$(Q)rm -rf .cache

## Boot media
.PHONY: Image.gz fit sdimage
Image.gz: sync
	$(Q)$(MAKE) -f scripts/build.mk $@
fit sdimage: need-image have-config
	@$(MAKE) all Image.gz
	@scripts/boot-files.sh $@

## Releases
.PHONY: dist sbom
dist:
	@scripts/dist.sh $(VERSION)
sbom: sync
	@$(MAKE) -f scripts/build.mk all
	@$(PYTHON) scripts/sbom.py $(O) $(or $(OUT),$(O)/Image.spdx.json)

## Running
.PHONY: qemu qemu-gdb gdb have-config
have-config:
	@test -f $(O)/.config || $(MAKE) qemu_virt_defconfig
qemu qemu-gdb: need-qemu have-config
	@$(MAKE) all
	@scripts/qemu.sh $(if $(filter qemu-gdb,$@),--gdb)
# A shell of Debian's BusyBox, with the stored configuration for programs of Linux.
.PHONY: initramfs busybox
initramfs:
	@test -n "$(DIR)" || { echo "initramfs: give DIR=<folder>, whose files the machine is to have" >&2; \
		exit 1; }
	@mkdir -p $(O)
	@$(PYTHON) scripts/initramfs.py '$(DIR)' $(or $(OUT),$(O)/initramfs.cpio)
busybox: need-qemu
	@test -n "$(BUSYBOX)" || scripts/fetch-debian.sh busybox-static
	@grep -qs '^CONFIG_PROCESSES=y' $(O)/.config || $(MAKE) qemu_virt_linux_defconfig
	@$(MAKE) all
	@$(PYTHON) scripts/busybox-root.py \
		$(or $(BUSYBOX),.cache/debian/busybox-static/usr/bin/busybox) $(O)/busybox
	@$(PYTHON) scripts/initramfs.py $(O)/busybox $(O)/busybox.cpio
	@INITRD=$(O)/busybox.cpio scripts/qemu.sh
gdb: need-gdb
	@test -f $(O)/tessera || { echo "$(O)/tessera does not exist: run 'make qemu-gdb' first" >&2; \
		exit 1; }
	@gdb-multiarch -q $(O)/tessera -ex 'set architecture riscv:rv64' \
		-ex 'source scripts/gdb/tessera-gdb.py' -ex 'target remote :$(GDB_PORT)'

## Reading a log
.PHONY: decode
decode:
	@$(PYTHON) scripts/decode.py $(O) $(LOG)

# Writes the boot log that README shows.
.PHONY: readme-log
readme-log: need-qemu
	@$(MAKE) -s O=$(O)/check/readme qemu_virt_defconfig all
	@$(MAKE) -s O=$(O)/check/readme MACHINE=virt MEM=512M SMP=4 APPEND= NUMA= QEMU_ARGS= \
		RUN="cat /proc/buddyinfo; audit; poweroff" qemu </dev/null | \
		$(PYTHON) scripts/readme-log.py
# Writes the sample of docs/performance.md.
.PHONY: size-log
size-log: need-build
	@$(MAKE) -s O=$(O)/check/readme qemu_virt_defconfig
	@$(MAKE) -s O=$(O)/check/readme size BY=option OPTION="$$(sed -n \
		's/.*make size BY=option OPTION="\([A-Z0-9_ ]*\)".*/\1/p' docs/performance.md)" | \
		sed 's,$(O)/check/readme/,build/,' | $(PYTHON) scripts/size-log.py

## The plan
.PHONY: plan plan-html
plan: need-plan have-config $(if $(filter html,$(FORMAT)),plan-html)
	@$(MAKE) all
	@scripts/plan.sh
plan-html: need-html have-config
	@$(MAKE) sync
	$(Q)$(MAKE) -f scripts/plan.mk html

## Tests
.PHONY: check check-long check-defconfigs host-tests coverage
check check-long: need-check
	@$(PYTHON) scripts/check.py $(if $(filter check-long,$@),--long) $(CHECK)
check-defconfigs: need-config
	$(Q)$(kconf) check $(sort $(wildcard configs/*_defconfig))
host-tests: need-check have-config
	$(Q)$(kconf) sync
	$(Q)$(MAKE) -f test/host/tests.mk all
.PHONY: mutate
mutate: need-check
	@$(PYTHON) test/mutate/mutate.py $(if $(COUNT),--count $(COUNT)) \
		$(if $(SEED),--seed $(SEED)) $(if $(ONLY),--only $(ONLY)) $(O)/mutate

coverage: need-coverage
	@$(PYTHON) scripts/coverage.py $(UNDER)

## Benchmarks
.PHONY: bench
bench: need-qemu have-config
	@$(MAKE) all
	$(Q)$(MAKE) -f test/bench/host/bench.mk all
	@$(PYTHON) scripts/bench.py --objdir $(O) --host $(O)/bench.d/bench \
		$(if $(filter store,$(BASELINE)),--store) $(if $(BENCH),'$(BENCH)')

## Help
.PHONY: help
help:
	@scripts/help.sh

# What no rule above makes. A file that is there is up to date, and never comes here; the folder
# test/ is not what 'make test' means.
no-goal = $(error $(or $(shell $(PYTHON) scripts/nearest-goals.py '$@' '$(O)'),\
	There is no goal '$@'. 'make help' lists all))
.PHONY: test
test:
	$(no-goal)
.DEFAULT:
	$(no-goal)
