#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Functions for other scripts to source: the board that $O is configured for, and the tree that the
# board's firmware would hand over.

# Sets board, and folder to the board's folder.
board_folder() {
	board=$(sed -n 's/^CONFIG_BOARD_\(.*\)=y/\1/p' "$O/.config" | tr '[:upper:]' '[:lower:]')
	folder=board/$board
	[ -d "$folder" ] || folder=${BOARD_DIR:-board}/$board
}

# Sets tree to the file with the tree, and options to the plan's options that go with it.
board_tree() {
	work=$O/plan.d
	mkdir -p "$work"
	if grep -q '^CONFIG_BOARD_QEMU_VIRT=y' "$O/.config"; then
		tree=$work/${MACHINE%%,*}.dtb
		options=$(scripts/qemu.sh --tree "$tree")
		return
	fi
	board_folder
	source=$folder/$board.dts
	if [ ! -f "$source" ]; then
		echo "$source does not exist: put the board's device tree there, or, for make" \
			"plan, give DTB=<file>" >&2
		exit 2
	fi
	tree=$work/$board.dtb
	options=${PLAN_MEM:+--mem $PLAN_MEM}
	# The firmware adds these lines to whatever tree it is given.
	firmware=$folder/firmware.dtsi
	[ -f "$firmware" ] || firmware=
	# shellcheck disable=SC2086
	cat "$source" $firmware | dtc -q -I dts -O dtb -o "$tree" -
}
