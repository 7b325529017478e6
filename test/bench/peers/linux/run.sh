#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Builds Debian's Linux with mmbench.c and measures its allocators in QEMU: run.sh [MEMORY...],
# 1G by default. README.md says more. Variables: O (folder for everything that is made,
# build/peers/linux), LINUX (a source tree or archive of Linux instead of Debian's package),
# CROSS_COMPILE, JOBS, QEMU.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../../../.." && pwd)
O=${O:-$top/build/peers/linux}
PACKAGE=linux-source-6.1
CROSS_COMPILE=${CROSS_COMPILE:-riscv64-linux-gnu-}
QEMU=${QEMU:-qemu-system-riscv64}
JOBS=${JOBS:-$(nproc)}
# A run takes seconds; one that hangs is ended.
LIMIT=${LIMIT:-600}

fail() {
	echo "linux: $1" >&2
	exit 1
}

# need COMMAND PACKAGE: one sentence for each tool that is missing.
need() {
	command -v "$1" >/dev/null && return
	echo "linux: $1 is missing: apt-get install $2" >&2
	lacking=yes
}

check_tools() {
	lacking=
	for tool in make flex bison bc; do
		need "$tool" "$tool"
	done
	need gcc "gcc libc6-dev"
	need perl perl
	need xz xz-utils
	need "${CROSS_COMPILE}gcc" gcc-riscv64-linux-gnu
	need "$QEMU" qemu-system-misc
	[ -z "$lacking" ] || exit 1
	# A bare-metal compiler's linker makes no shared objects.
	if "${CROSS_COMPILE}ld" -shared 2>&1 | grep -q 'not supported'; then
		fail "${CROSS_COMPILE}ld cannot link Linux's vdso: use CROSS_COMPILE=riscv64-linux-gnu-"
	fi
}

# Leaves an unpacked Linux in $O/source.
get_source() {
	[ ! -e "$O/source/.complete" ] || return 0
	rm -rf "$O/source" "$O/package"
	mkdir -p "$O/source" "$O/package"
	archive=${LINUX:-}
	if [ -z "$archive" ]; then
		echo "linux: fetching Debian's $PACKAGE (140 MB)"
		(cd "$O/package" && apt-get -q download "$PACKAGE") ||
			fail "apt-get has no $PACKAGE: run apt-get update, or give LINUX=<tree or archive>"
		dpkg-deb -x "$O"/package/*.deb "$O/package"
		archive=$(ls "$O"/package/usr/src/*.tar.xz)
	fi
	echo "linux: unpacking (1.5 GB)"
	if [ -d "$archive" ]; then
		cp -a "$archive/." "$O/source"
	else
		tar -xf "$archive" -C "$O/source" --strip-components=1
	fi
	rm -rf "$O/package"
	[ -e "$O/source/mm/page_alloc.c" ] || fail "$archive is no Linux source"
	grep -q mmbench "$O/source/mm/Makefile" ||
		echo 'obj-y += mmbench.o' >>"$O/source/mm/Makefile"
	touch "$O/source/.complete"
}

linux_make() {
	make -s -C "$O/source" O="$O/out" ARCH=riscv CROSS_COMPILE="$CROSS_COMPILE" "$@"
}

# Linux drops an option whose conditions fail without a word.
check_options() {
	grep CONFIG_ "$here/options" | while read -r line; do
		case $line in
		# An option without any line is off, as one whose line says that it is not set.
		'# '*)	name=${line#\# }; ! grep -q "^${name%% *}=" "$O/out/.config" && continue ;;
		*)	grep -qxF "$line" "$O/out/.config" && continue ;;
		esac
		echo "linux: this Linux does not take '$line' of $here/options" >&2
		exit 1
	done
}

build() {
	cmp -s "$here/mmbench.c" "$O/source/mm/mmbench.c" ||
		cp "$here/mmbench.c" "$O/source/mm/mmbench.c"
	mkdir -p "$O/out"
	linux_make KCONFIG_ALLCONFIG="$here/options" allnoconfig
	check_options
	echo "linux: building with $JOBS jobs"
	linux_make -j"$JOBS" Image
}

# measure MEMORY: one boot; $O/linux-MEMORY.jsonl has one JSON object a line.
measure() {
	log=$O/linux-$1.log
	result=$O/linux-$1.jsonl
	timeout "$LIMIT" "$QEMU" -M virt -cpu rv64 -m "$1" -smp 1 -nographic \
		-icount shift=0,sleep=off -kernel "$O/out/arch/riscv/boot/Image" \
		-append "console=hvc0 mmbench rcupdate.rcu_cpu_stall_suppress=1" \
		</dev/null >"$log" 2>&1 || :
	tr -d '\r' <"$log" >"$log.tmp" && mv "$log.tmp" "$log"
	grep -q '^mmbench: done' "$log" || fail "the run with $1 did not reach its end: see $log"
	version=$(cd "$O/source" && make -s ARCH=riscv kernelversion)
	compiler=$("${CROSS_COMPILE}gcc" --version | head -1)
	{
		printf '{"work":"about","SPDX-License-Identifier":"BSD-2-Clause",'
		printf '"peer":"Linux %s",' "$version"
		printf '"memory":"%s","compiler":"%s"}\n' "$1" "$compiler"
		grep '^{"work":' "$log"
	} >"$result"
	echo "linux: $(grep -c work "$result") results of $version with $1 in $result"
}

check_tools
mkdir -p "$O"
O=$(cd "$O" && pwd)
get_source
build
[ $# -gt 0 ] || set -- 1G
for memory in "$@"; do
	measure "$memory"
done
