#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Boots $O/Image in QEMU; make qemu and make qemu-gdb call it. Variables: MACHINE MEM SMP, APPEND
# (boot arguments), RUN="cmd; cmd" (shell commands carried out after boot), QEMU_ARGS.

set -eu

append=${APPEND:-}
if [ -n "${RUN:-}" ]; then
	append="${append:+$append }run=\"$RUN\""
fi

set -- -M "${MACHINE:-virt}" -m "${MEM:-512M}" -smp "${SMP:-4}" -nographic \
	-kernel "$O/Image" -append "$append" "$@"

gdb=
for arg; do
	shift
	if [ "$arg" = --gdb ]; then gdb=yes; else set -- "$@" "$arg"; fi
done

echo "QEMU $MACHINE, $MEM, $SMP CPUs. Ctrl-A X leaves it, Ctrl-A C is its monitor."
if [ -n "$gdb" ]; then
	set -- "$@" -S -gdb "tcp::${GDB_PORT:-1234}"
	echo "The machine waits for a debugger: run 'make${O:+ O=$O} gdb' in another terminal."
fi
# shellcheck disable=SC2086
exec qemu-system-riscv64 "$@" ${QEMU_ARGS:-}
