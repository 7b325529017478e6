#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Starts the machine of make qemu, make qemu-gdb and make plan: qemu.sh [--gdb | --tree FILE]. It
# boots $O/Image. With --tree it stops where the firmware hands over, and writes the device tree
# that the kernel would get to FILE (see scripts/machine-tree.py). Variables: MACHINE MEM SMP NUMA,
# APPEND (boot arguments), INITRD (a file), RUN="cmd; cmd" (shell commands carried out after boot),
# DISK (a file that is a disk of the machine), QEMU_ARGS.

set -eu

MACHINE=${MACHINE:-virt} MEM=${MEM:-512M} SMP=${SMP:-4} NUMA=${NUMA:-}

fail() {
	echo "qemu: $1" >&2
	exit 2
}

# Says that this kernel lacks the option which uses what was given; the boot goes on. Standard
# output is for a plan or a log.
used_by() {	# given, option, what to choose for it, configuration that has it
	grep -qs "^CONFIG_$2=y" "$O/.config" ||
		echo "qemu: $1: nothing in this kernel uses it, for $O/.config lacks $2." \
			"Mend: choose $3 in 'make menuconfig', or take 'make $4'; the boot goes" \
			"on without" >&2
}

# Prints MEM in MiB, as QEMU reads it: a plain number is MiB.
mebibytes() {
	number=${MEM%[KkMmGgTt]}
	case $number in
	''|*[!0-9]*)	fail "MEM=$MEM: an amount such as 512M or 8G is expected" ;;
	esac
	case $MEM in
	*[Kk])	echo $((number / 1024)) ;;
	*[Gg])	echo $((number * 1024)) ;;
	*[Tt])	echo $((number * 1024 * 1024)) ;;
	*)	echo "$number" ;;
	esac
}

# Refuses memory that is too small for the machine to begin: firmware takes the first 2 MiB, the
# kernel with all that it writes to lies above, and QEMU's tree at the last multiple of 2 MiB.
check_sizes() {
	case $SMP in
	''|*[!0-9]*)	case $SMP in
			[1-9]*,*)	;;	# QEMU's own words, such as 4,sockets=2
			*)	fail "SMP=$SMP: a number of CPUs is expected, such as 4" ;;
			esac ;;
	*[1-9]*)	;;
	*)	fail "SMP=$SMP: a machine has one CPU at least" ;;
	esac
	# The Image's header says, at byte 16, how much memory the kernel takes.
	kernel=$(od -An -tu8 -j16 -N8 "$O/Image")
	least=$(((kernel + (4 << 20) - 1 >> 21 << 1) + 1))
	kib=$(((kernel + 1023) / 1024))
	[ "$mem" -ge "$least" ] || fail "MEM=$MEM: firmware takes 2 MiB, this kernel $kib KiB and \
the device tree the 2 MiB above: give MEM=${least}M or more"
}

# Prints the arguments for NUMA nodes of equal size, each with its part of the CPUs. The machines
# have memory in one piece, and no node without CPUs.
numa_args() {
	case $NUMA in
	''|*[!0-9]*|0)	fail "NUMA=$NUMA: a number of nodes is expected" ;;
	esac
	case $SMP in
	*[!0-9]*)	fail "SMP=$SMP: with NUMA a plain number of CPUs is expected" ;;
	esac
	[ "$NUMA" -le "$SMP" ] || fail "NUMA=$NUMA: each node needs a CPU; give SMP=$NUMA or more"
	[ "$mem" -ge "$NUMA" ] || fail "NUMA=$NUMA: MEM=$MEM is too little for so many nodes"
	node=0
	while [ "$node" -lt "$NUMA" ]; do
		size=$((mem / NUMA))
		# The last node takes the remainder.
		[ $((node + 1)) -lt "$NUMA" ] || size=$((mem - size * node))
		echo "-object memory-backend-ram,id=m$node,size=${size}M,reserve=off"
		echo "-numa node,nodeid=$node,memdev=m$node,cpus=$((node * SMP / NUMA))-$((
			(node + 1) * SMP / NUMA - 1))"
		node=$((node + 1))
	done
}

# With reserve=off only RAM that the kernel touches takes memory of this machine, which may have
# less.
memory_args() {
	if [ -n "$NUMA" ]; then
		nodes=$(numa_args)
		# QEMU 7.2 cannot wire virt's older interrupt controllers for more than two nodes.
		case $MACHINE:$NUMA in
		virt:[12])	echo "-M virt" ;;
		virt:*)		echo "-M virt,aia=aplic" ;;
		*)		echo "-M $MACHINE" ;;
		esac
		echo "$nodes"
	else
		echo "-M $MACHINE,memory-backend=ram"
		echo "-object memory-backend-ram,id=ram,size=${mem}M,reserve=off"
	fi
}

mode=run
case ${1:-} in
--gdb)	mode=gdb; shift ;;
--tree)	mode=tree; tree=$2; shift 2 ;;
esac

append=${APPEND:-}
if [ -n "${RUN:-}" ]; then
	append="${append:+$append }run=\"$RUN\""
fi
mem=$(mebibytes)
check_sizes
memory=$(memory_args)
[ -z "$NUMA" ] || used_by "NUMA=$NUMA" NUMA NUMA qemu_virt_numa_defconfig
if [ -n "${DISK:-}" ]; then
	[ -r "$DISK" ] || fail "DISK=$DISK: no such file; truncate -s 64M $DISK makes an empty disk"
	used_by "DISK=$DISK" VIRTIO_BLK "DMA and BLOCK" qemu_virt_max_defconfig
	set -- "$@" -drive "if=none,id=disk0,format=raw,file=$DISK" -device \
		virtio-blk-device,drive=disk0
fi
if [ -n "${INITRD:-}" ]; then
	[ -f "$INITRD" ] || fail "INITRD=$INITRD: there is no such file"
	used_by "INITRD=$INITRD" PROCESSES PROCESSES qemu_virt_linux_defconfig
	set -- "$@" -initrd "$INITRD"
fi
# shellcheck disable=SC2086
set -- qemu-system-riscv64 $memory -m "${mem}M" -smp "$SMP" -append "$append" "$@" \
	${QEMU_ARGS:-}

if [ "$mode" = tree ]; then
	exec "${PYTHON:-python3}" scripts/machine-tree.py "$O/Image" "$tree" "$@"
fi
echo "QEMU $MACHINE, $MEM, $SMP CPUs${NUMA:+, $NUMA nodes}. Ctrl-A X leaves it, Ctrl-A C is its monitor."
if [ "$mode" = gdb ]; then
	set -- "$@" -S -gdb "tcp::${GDB_PORT:-1234}"
	goal=gdb
	[ "$O" = build ] || goal="$goal O=$O"
	[ "${GDB_PORT:-1234}" = 1234 ] || goal="$goal GDB_PORT=$GDB_PORT"
	echo "The machine waits for a debugger: run 'make $goal' in another terminal."
fi
exec "$@" -nographic -kernel "$O/Image"
