#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Does the work of make fit and make sdimage: boot-files.sh fit|sdimage, for the board that $O is
# configured for. The board's uboot.env says where its U-Boot loads to.

set -eu

. scripts/board-tree.sh

board_folder
if [ ! -f "$folder/uboot.env" ]; then
	echo "$1: $folder/uboot.env does not exist: put the lines kernel_addr_r=, fdt_addr_r=," \
		"ramdisk_addr_r=, scriptaddr=, kernel_comp_addr_r= and kernel_comp_size= there that" \
		"printenv shows at the U-Boot prompt of this board" >&2
	exit 2
fi
board_tree
exec "${PYTHON:-python3}" scripts/boot_files.py "$1" "$folder" "$tree"
