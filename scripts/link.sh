#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Links the kernel: link.sh OUTPUT. scripts/build.mk calls it and passes the tools by name. With
# KALLSYMS=y the image holds a table of its own symbols, so that the kernel is linked until the
# table is true: first with an empty table, then with one of the right size, whose addresses are
# final.

set -eu

out=$1
dir=$(dirname "$out")
tmp=$dir/.tessera
objs=$tmp.objs

link() {	# link OUTPUT [OBJECT]: unquoted variables hold several words each
	# shellcheck disable=SC2086
	if ! $LD $LDFLAGS -T "$LDS" -Map "$tmp.map" -o "$@" "@$objs" "$LIBC" 2>"$tmp.err"; then
		cat "$tmp.err" >&2
		"${PYTHON:-python3}" scripts/check-elf.py --explain "$tmp.err" "$tmp.map" >&2 || :
		exit 1
	fi
	cat "$tmp.err" >&2
}

table() {	# table NAME: assembles NAME.S
	# shellcheck disable=SC2086
	$CC -c -o "$1.o" "$1.S"
}

symbols() {	# symbols ELF NAME
	"$NM" -n "$1" | "${PYTHON:-python3}" scripts/kallsyms.py > "$2.S"
}

if [ "${KALLSYMS:-}" = y ]; then
	"${PYTHON:-python3}" scripts/kallsyms.py < /dev/null > "$tmp.sym0.S"
	table "$tmp.sym0"
	link "$tmp.0" "$tmp.sym0.o"
	pass=0
	while :; do
		next=$((pass + 1))
		symbols "$tmp.$pass" "$tmp.sym$next"
		cmp -s "$tmp.sym$pass.S" "$tmp.sym$next.S" && break
		if [ $next -gt 4 ]; then
			echo "link: the symbol table does not settle; compare $tmp.sym*.S" >&2
			exit 1
		fi
		table "$tmp.sym$next"
		link "$tmp.$next" "$tmp.sym$next.o"
		pass=$next
	done
	linked=$tmp.$pass
else
	link "$tmp.0"
	linked=$tmp.0
fi

"${PYTHON:-python3}" scripts/check-sections.py "$objs"
"${PYTHON:-python3}" scripts/check-elf.py --readelf "$READELF" --map "$tmp.map" "$linked"
mv "$linked" "$out"
mv "$tmp.map" "$dir/tessera.map"
rm -f "$tmp".*
