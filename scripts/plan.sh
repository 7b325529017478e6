#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# What make plan does: runs $O/plan for DTB, or for the tree of the board that $O is configured
# for. Variables: DTB, PLAN_MEM (MEM, if given), FORMAT, OUT (a file), DIFF (a plan or a tree
# to compare with), PLAN_ARGS (further options); for QEMU's machines those of scripts/qemu.sh.

set -eu

work=$O/plan.d

# The tree that the board's firmware would hand over, and where: sets tree and options.
board_tree() {
	if grep -q '^CONFIG_BOARD_QEMU_VIRT=y' "$O/.config"; then
		tree=$work/${MACHINE%%,*}.dtb
		options=$(scripts/qemu.sh --tree "$tree")
		return
	fi
	board=$(sed -n 's/^CONFIG_BOARD_\(.*\)=y/\1/p' "$O/.config" | tr '[:upper:]' '[:lower:]')
	folder=board/$board
	[ -d "$folder" ] || folder=${BOARD_DIR:-board}/$board
	source=$folder/$board.dts
	if [ ! -f "$source" ]; then
		echo "plan: $source does not exist: give the board's device tree, DTB=<file>" >&2
		exit 2
	fi
	tree=$work/$board.dtb
	options=${PLAN_MEM:+--mem $PLAN_MEM}
	# What the firmware adds to whatever tree it is given.
	firmware=$folder/firmware.dtsi
	[ -f "$firmware" ] || firmware=
	# shellcheck disable=SC2086
	cat "$source" $firmware | dtc -q -I dts -O dtb -o "$tree" -
}

if [ -n "${DTB:-}" ]; then
	tree=$DTB
	options=${PLAN_MEM:+--mem $PLAN_MEM}
else
	board_tree
fi

if [ -n "${DIFF:-}" ]; then
	# A tree is known by its first four bytes.
	case $(od -An -tx1 -N4 "$DIFF" | tr -d ' ') in
	d00dfeed)	other="--dtb $DIFF" ;;
	*)		other=$DIFF ;;
	esac
	# That they differ is an answer, not a failure of make.
	# shellcheck disable=SC2086
	"$O/plan" diff $other --dtb "$tree" $options ${PLAN_ARGS:-} || [ $? = 1 ]
	exit
fi

format=${FORMAT:-text}
out=${OUT:-}
[ "$format" != html ] || out=${out:-$O/plan.html}
# shellcheck disable=SC2086
set -- "$O/plan" --dtb "$tree" --format "$format" $options ${PLAN_ARGS:-}
if [ -z "$out" ]; then
	exec "$@"
fi
"$@" > "$out.new" || { status=$?; rm -f "$out.new"; exit "$status"; }
mv "$out.new" "$out"
echo "  PLAN    $out"
