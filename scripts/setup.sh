#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Installs what a goal needs and the machine lacks:
# setup.sh config|gui|build|qemu|plan|html|image|gdb|coverage|check.
# When nothing is missing it says nothing, and takes a few hundredths of a second to find that out.
# On Debian it installs packages through apt-get, with sudo for a user who is not root. Elsewhere a
# line for each missing tool says how to get it. The script says what it is about to install. On a
# terminal it asks first, without a terminal it never asks. SETUP=yes never asks; SETUP=no only says
# what is missing.

set -eu
cd "$(dirname "$0")/.."
PATH=$PATH:/usr/sbin:/sbin	# where mkdosfs is

sbi=/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.bin
uboot=/usr/lib/u-boot/qemu-riscv64_smode/u-boot.bin
bios=/usr/share/qemu/opensbi-riscv64-generic-fw_dynamic.bin
libc=${PICOLIBC:-/usr/lib/picolibc/riscv64-unknown-elf}/include/stdio.h
gcc=${CROSS_COMPILE:-riscv64-unknown-elf-}gcc
hostcc=${HOSTCC:-gcc}
ld=${CROSS_COMPILE:-riscv64-unknown-elf-}ld

# goal   probe                       Debian package          elsewhere
table() {
	cat <<-EOF
	config   module:kconfiglib           python3-kconfiglib      pip install kconfiglib
	gui      module:tkinter              python3-tk              Tk for Python
	build    command:$gcc gcc-riscv64-unknown-elf a RISC-V GCC, CROSS_COMPILE=<prefix>
	build    command:$ld  binutils-riscv64-unknown-elf comes with that GCC
	build    command:${hostcc%% *} gcc            a C compiler for this machine, HOSTCC=
	build    file:/usr/include/stdio.h   libc6-dev               headers of the C library
	build    file:$libc   picolibc-riscv64-unknown-elf picolibc, PICOLIBC=<folder>
	qemu     command:qemu-system-riscv64 qemu-system-misc        qemu.org, 7.2 or later
	qemu     file:$bios   qemu-system-data comes with QEMU
	plan     command:dtc                 device-tree-compiler    github.com/dgibson/dtc
	html     command:node                nodejs                  nodejs.org, 18 or later
	html     command:npm                 npm                     comes with Node.js
	image    command:mkimage             u-boot-tools            u-boot.org
	image    command:genimage            genimage                github.com/pengutronix/genimage
	image    command:mcopy               mtools                  gnu.org/software/mtools
	image    command:mkdosfs             dosfstools              github.com/dosfstools
	gdb      command:gdb-multiarch       gdb-multiarch           a GDB that knows riscv:rv64
	llvm     command:clang               clang                   llvm.org, 14 or later
	llvm     command:ld.lld              lld                     llvm.org, 14 or later
	coverage file:/usr/include/cmocka.h  libcmocka-dev           cmocka.org
	check    command:riscv64-linux-gnu-gcc gcc-riscv64-linux-gnu  a GCC for riscv64 Linux
	check    file:/usr/riscv64-linux-gnu/include/stdio.h libc6-dev-riscv64-cross its C library
	check    command:ccache              ccache                  ccache.dev
	check    fuzzer:clang                libclang-rt-dev         comes with compiler-rt
	check    file:/usr/include/cmocka.h  libcmocka-dev           cmocka.org
	check    file:$sbi    opensbi        github.com/riscv-software-src/opensbi
	check    file:$uboot  u-boot-qemu    u-boot.org
	check    command:reuse               reuse                   reuse.software, 1.1 or later
	check    module:pytest               python3-pytest          pip install pytest
	check    module:pexpect              python3-pexpect         pip install pexpect
	check    module:xdist                python3-pytest-xdist    pip install pytest-xdist
	check    module:pytest_timeout       python3-pytest-timeout  pip install pytest-timeout
	EOF
}

goal=${1:-check}
case $goal in
config) goals=" config " ;;
gui)	goals=" config gui " ;;
build)	goals=" config build " ;;
qemu)	goals=" config build qemu " ;;
plan)	goals=" config build qemu plan " ;;
html)	goals=" config build html " ;;
image)	goals=" config build qemu plan image " ;;
gdb)	goals=" config build gdb " ;;
coverage) goals=" config build coverage " ;;
check)	goals=" config build llvm qemu plan image gdb check " ;;
*)	echo "setup: no such goal: $goal (config, gui, build, qemu, plan, html, image, gdb," \
		"coverage, check)" >&2
	exit 2 ;;
esac

case ${LLVM:-0} in
0)	;;
*)	goals="$goals llvm " ;;
esac

python=${PYTHON:-/usr/bin/python3}
command -v "$python" >/dev/null || python=python3

# Prints the names of all modules that are missing, with one start of the interpreter.
missing_modules() {
	"$python" -I -c 'import importlib.util, sys
print(" ".join(n for n in sys.argv[1:] if not importlib.util.find_spec(n)))' "$@" 2>/dev/null ||
		echo "$@"
}

# Tests whether that compiler can link a fuzz target: the runtime is a package of its own.
links_fuzzer() {
	echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' |
		"$1" -fsanitize=fuzzer,address,undefined -x c - -o /dev/null 2>/dev/null
}

# Prints the lines of the table that the goal needs and the machine lacks.
missing() {
	modules=$(table | while read -r need probe _; do
		case "$goals:$probe" in *" $need "*:module:*) echo "${probe#module:}" ;; esac
	done)
	# shellcheck disable=SC2086
	modules=" $(missing_modules $modules) "
	table | while read -r need probe package elsewhere; do
		case $goals in *" $need "*) ;; *) continue ;; esac
		what=${probe#*:}
		case $probe in
		command:*)	command -v "$what" >/dev/null && continue ;;
		file:*)		[ -e "$what" ] && continue ;;
		fuzzer:*)	links_fuzzer "$what" && continue
				what=libFuzzer ;;
		module:*)	case $modules in *" $what "*) ;; *) continue ;; esac ;;
		esac
		echo "$what $package $elsewhere"
	done
}

tell() {
	missing | while read -r what package elsewhere; do
		echo "setup: $what is missing: Debian package $package; elsewhere: $elsewhere" >&2
	done
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		env DEBIAN_FRONTEND=noninteractive "$@"
	elif [ -t 0 ]; then
		sudo env DEBIAN_FRONTEND=noninteractive "$@"
	else
		sudo -n env DEBIAN_FRONTEND=noninteractive "$@"
	fi
}

can_install() {
	[ "${SETUP:-}" != no ] && command -v apt-get >/dev/null &&
		{ [ "$(id -u)" = 0 ] || command -v sudo >/dev/null; }
}

# Says what is about to be installed, and asks if somebody can answer.
may_install() {
	how=apt-get
	[ "$(id -u)" = 0 ] || how="sudo apt-get"
	echo "setup: '$how' is about to install what is missing: $*" >&2
	[ "${SETUP:-}" != yes ] && [ -t 0 ] && [ -t 2 ] || return 0
	printf 'setup: go on? [Y/n] ' >&2
	read -r answer || return 1
	case $answer in
	''|[Yy]*)	return 0 ;;
	esac
	return 1
}

fresh_lists() {	# are there package lists that are less than a day old?
	[ -n "$(find /var/lib/apt/lists -maxdepth 1 -name '*Packages*' -mtime -1 2>/dev/null)" ]
}

install() {
	if fresh_lists && as_root apt-get install -y -q --no-install-recommends "$@"; then
		return 0
	fi
	as_root apt-get update -q && as_root apt-get install -y -q --no-install-recommends "$@"
}

# A tool that the user named is not mended by a package of another name.
must_be_there() {	# variable, its value, what it names, an example
	[ -n "$2" ] || return 0
	case $3 in
	/*)	[ -e "$3" ] && return ;;
	*)	command -v "$3" >/dev/null && return ;;
	esac
	echo "setup: $1=$2: $3 was not found. Mend: give what is there, as in $1=$4, or leave $1" \
		"out for what the set-up installs" >&2
	exit 2
}

case $goals in
*" build "*)
	must_be_there CROSS_COMPILE "${CROSS_COMPILE:-}" "$gcc" riscv64-linux-gnu-
	must_be_there HOSTCC "${HOSTCC:-}" "${hostcc%% *}" clang
	must_be_there PICOLIBC "${PICOLIBC:-}" "$libc" /usr/lib/picolibc/riscv64-unknown-elf ;;
esac

lacking=$(missing)
if [ -n "$lacking" ]; then
	if ! can_install; then
		tell
		exit 1
	fi
	packages=$(echo "$lacking" | while read -r _ package _; do echo "$package"; done | sort -u)
	# shellcheck disable=SC2086
	if ! may_install $packages; then
		tell
		exit 1
	fi
	# shellcheck disable=SC2086
	if ! install $packages || [ -n "$(missing)" ]; then
		tell
		exit 1
	fi
fi

case $goals in
*" build "*) scripts/fetch-libfdt.sh ;;
esac
