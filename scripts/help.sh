#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# The text of make help.

cd "$(dirname "$0")/.." || exit 1

cat <<'EOF'
Usage: make [O=<folder>] [V=1] [-j<n>] <goal>...       in a hurry: make qemu

Set-up
  setup                  install every tool that is missing (Debian: apt-get, sudo where not root);
                         goals install what they need; on a terminal they ask first

Configuration, kept in $(O)/.config
  <name>_defconfig       take a stored configuration; those there are, below
  defconfig              take DEFCONFIG=<file>, else configs/qemu_virt_defconfig
  <name>.config          set what configs/<name>.config (debug, product) or a file of yours sets
  menuconfig             change it in menus, in the terminal
  guiconfig              change it in menus, in a window
  oldconfig              ask for each option that .config does not know yet
  olddefconfig           give those their defaults; of an option's lines in .config the last counts
  mendconfig             bring values that cannot be to the nearest that can
  randconfig             take options at random; SEED=<number> repeats one
  allnoconfig            take every switch off, numbers by default
  allyesconfig           take every switch on, numbers by default
  listnewconfig          list options that .config does not know yet
  savedefconfig          write its minimal form to DEFCONFIG=<file>, else $(O)/defconfig

A board of one's own; docs/porting.md
  new-board              make NAME=<name> out of DTB=<file>: folder, defconfig, page, first plan

A program of one's own, compiled in; docs/apps.md
  new-app                make NAME=<name>, in apps/ or in DIR=<folder>: option, source and test

Building
  all                    tessera (ELF), Image (boot image), System.map, plan; the default goal
  Image tessera <path>.o one product alone, such as Image, build/Image, mm/page/buddy.o
  compile_commands.json  for editors and analysers, in $(O)
  size                   where the bytes of the image are; BY=option: what each option adds
  clean                  remove what was built, keep .config
  mrproper               remove .config too
  distclean              remove the unpacked libfdt too

Boot media, for U-Boot: each says where everything will lie and refuses what collides
  Image.gz               the Image, packed
  fit                    tessera.itb: kernel, with DTB=<file> a tree, with INITRD=<file> a RAM disk
  sdimage                sd.img: a card with Image, DTB=, INITRD=, APPEND=; KERNEL=Image.gz or fit

The plan: see the memory before it boots; docs/plan.md tells how to read it
  plan                   the memory of DTB=<file>, else of the board that .config is for
  plan-html              the page of FORMAT=html; plan makes it when it is asked for

Releases: CHANGELOG.md tells how one is made
  dist                   the sources of this commit as an archive, the same bytes each time
  sbom                   what the Image is made of, with versions: Image.spdx.json (SPDX)

Running: each sets up what it needs and, without a .config, takes qemu_virt_defconfig
  qemu                   boot in QEMU; Ctrl-A X leaves it
  busybox                boot in QEMU to a shell of Debian's BusyBox; docs/files.md
  initramfs              pack DIR=<folder> into initramfs.cpio, for INITRD=<file> of qemu
  qemu-gdb               the same, halted until a debugger attaches
  decode                 a crash's log, LOG=<file> or standard input, with file:line of each address
  gdb                    attach to a waiting qemu-gdb, with Tessera's own commands

Tests
  check                  all of them, as continuous integration runs them; CHECK=<stage> for one
  check-long             the same with more operations and more machines
  coverage               lines and branches of mm/ that host tests take; UNDER=<folder>
  host-tests             build the unit tests for this machine
  check-defconfigs       compare stored configurations with their own save-back
  readme-log             write the boot log of README.md from a boot
  size-log               write the sample of docs/performance.md from make size BY=option
  mutate                 change mm/ by one token, 300 times: a unit test must notice each

Benchmarks; docs/performance.md tells what they say
  bench                  instructions in QEMU and nanoseconds here, against Linux, LLFree, limits

Variables
  O=build                folder of .config and of all that is built
  V=1                    show commands
  W=1                    more warnings, none of which is an error
  KCFLAGS="-g0 ..."      more flags for the kernel's compiler, after the tree's own
  JOIN=1, JOIN=0         compile the sources of a folder as one, or each by itself; without it
                         the unit tests and the plan are made so, and the kernel is not
  SEED=<number>          randconfig: the configuration of that seed
  ALLCONFIG=<file>       randconfig: options that get the values there wherever they may be set
  CROSS_COMPILE=         prefix of the GCC tools: riscv64-unknown-elf-
  LLVM=1                 clang and lld instead; LLVM=-16 for those with that suffix
  APP=<folder>           a program outside the tree, compiled in; $(O) remembers it
  CCACHE=ccache          compile through ccache; make check does so where it is installed
  BOARD_DIR=<folder>     boards outside the tree, a folder each as in board/; $(O) remembers it
  LIBFDT_DIR=            unpacked libfdt sources to use
  PYTHON=                a python3 that has kconfiglib
  SETUP=no               install nothing, only tell what is missing; SETUP=yes: do not ask
  HOSTCC=gcc             the compiler for this machine
  JUNIT=<file>           check: the results as JUnit XML too
  MEM=512M SMP=4         QEMU's memory and CPUs
  NUMA=<nodes>           QEMU's memory and CPUs in so many nodes (CONFIG_NUMA)
  MACHINE=virt           QEMU's machine: virt, sifive_u, spike
  APPEND=                boot arguments
  RUN="cmd; cmd"         shell commands to carry out after boot
  DISK=file              a file that is a disk of the machine, with CONFIG_VIRTIO_BLK
  QEMU_ARGS=             further arguments for QEMU
  GDB_PORT=1234          where qemu-gdb waits
  DTB=<file>             plan: a device tree, as the kernel will get it; MEM= changes its RAM
  INITRD=<file>          qemu, fit, sdimage: an initial RAM disk; plan: what its programs need
  PROGRAMS=<file>        plan: a manifest in the place of /etc/programs of INITRD
  BUSYBOX=<file>         busybox: that one, not Debian's
  KERNEL=Image           sdimage: the kernel's form on the card: Image, Image.gz, fit
  FORMAT=text            plan: text, json, html, or config (the line that expects this plan)
  OUT=<file>             plan, fit, sdimage, dist, sbom: write it there; html else to $(O)/plan.html
  DIFF=<file>            plan: what differs from that plan (FORMAT=json), or from that tree's
  WHATIF="X=1 Y=n"       plan: what these values in .config would change
  SEED=1 COUNT=300       mutate: which changes, and how many; ONLY=<folder, file or file:line>
  BENCH="<words>"        bench: only works with that in their name, such as "pages order=0"
  BY=option              size: kernels with and without each option; OPTION="<names>" for some
  BASELINE=store         bench: keep the figures in test/bench/baseline.json
  PLAN_ARGS=             plan: further options; 'build/plan --help' lists them

Stored configurations
EOF
for file in configs/*_defconfig ${BOARD_DIR:+"$BOARD_DIR"/*/*_defconfig}; do
	[ ! -f "$file" ] || echo "  ${file##*/}"
done
