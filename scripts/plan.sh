#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Does the work of make plan: runs $O/plan for DTB, or for the tree of the board that $O is
# configured for. Variables: DTB, PLAN_MEM (MEM, if given), FORMAT, OUT (a file), DIFF (a plan or a
# tree to compare with), WHATIF (options of .config with other values: what they change), INITRD (a
# file, whose programs are planned for) and PROGRAMS (a manifest in the place of its own), PLAN_ARGS
# (further options); for QEMU's machines those of scripts/qemu.sh.

set -eu

. scripts/board-tree.sh

if [ -n "${DTB:-}" ]; then
	tree=$DTB
	options=${PLAN_MEM:+--mem $PLAN_MEM}
else
	board_tree
fi

if [ -n "${DIFF:-}" ]; then
	# A tree's first four bytes tell it from a plan.
	case $(od -An -tx1 -N4 "$DIFF" | tr -d ' ') in
	d00dfeed)	other="--dtb $DIFF" ;;
	*)		other=$DIFF ;;
	esac
	# Plans that differ are an answer, and no failure of make.
	"$O/plan" diff $other --dtb "$tree" $options ${PLAN_ARGS:-} || [ $? = 1 ]
	exit
fi

# WHATIF builds a kernel of its own, because the image's layout is part of the plan.
if [ -n "${WHATIF:-}" ]; then
	other=$O/whatif
	mkdir -p "$other"
	cp "$O/.config" "$other/.config"
	for word in $WHATIF; do
		name=${word%%=*}
		name=${name#CONFIG_}
		grep -qE "CONFIG_$name[= ]" "$O/.config" ||
			grep -rqE --include=Kconfig "^(menu)?config $name\$" . || {
			echo "WHATIF=$word: CONFIG_$name is not an option of this tree" >&2
			exit 1
		}
		echo "CONFIG_${word#CONFIG_}" >> "$other/.config"
	done
	for goal in olddefconfig all; do
		env -u MAKEFLAGS -u MFLAGS -u MAKEOVERRIDES -u MAKELEVEL -u GNUMAKEFLAGS -u WHATIF \
			make -s "O=$other" "$goal" >&2
	done
	# shellcheck disable=SC2086
	"$O/plan" --dtb "$tree" --format json $options ${PLAN_ARGS:-} > "$other/now.json"
	# shellcheck disable=SC2086
	"$other/plan" diff "$other/now.json" --dtb "$tree" $options ${PLAN_ARGS:-} || [ $? = 1 ]
	exit
fi

format=${FORMAT:-text}
out=${OUT:-}
[ "$format" != html ] || out=${out:-$O/plan.html}
# shellcheck disable=SC2086
set -- "$O/plan" --dtb "$tree" --format "$format" $options ${PLAN_ARGS:-}
if [ "$format" != config ] && [ -n "${INITRD:-}${PROGRAMS:-}" ]; then
	set -- "$@" ${INITRD:+--initrd "$INITRD"} ${PROGRAMS:+--programs "$PROGRAMS"}
fi
if [ -z "$out" ]; then
	exec "$@"
fi
"$@" > "$out.new" || { status=$?; rm -f "$out.new"; exit "$status"; }
mv "$out.new" "$out"
echo "  PLAN    $out"
