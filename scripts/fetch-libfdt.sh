#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Unpacks libfdt's sources to .cache/libfdt, unless they are there or LIBFDT_DIR names others. The
# first choice is dtc 1.7.2 of Debian's trixie, which a checksum verifies; the second is the copy in
# Debian's linux-source package. LIBFDT_ROUTE=dtc|linux tries that one alone.

set -eu
cd "$(dirname "$0")/.."

version=1.7.2
sha256=92d8ca769805ae1f176204230438fe52808f4e1c7944053c9eec0e649b237539
dest=.cache/libfdt

if [ -n "${LIBFDT_DIR:-}" ]; then
	[ -f "$LIBFDT_DIR/fdt_ro.c" ] && exit 0
	echo "setup: LIBFDT_DIR=$LIBFDT_DIR holds no libfdt sources (no fdt_ro.c)" >&2
	exit 1
fi
if [ -f $dest/fdt_ro.c ] && [ -z "${LIBFDT_ROUTE:-}" ]; then
	exit 0
fi

help="setup: unpack libfdt/ of any dtc release (github.com/dgibson/dtc) and give LIBFDT_DIR=<folder>"
if ! command -v apt-get >/dev/null; then
	echo "setup: libfdt's sources are missing and there is no apt-get to fetch them." >&2
	echo "$help" >&2
	exit 1
fi
if [ "${SETUP:-}" = no ]; then
	echo "setup: libfdt's sources are missing: run 'make setup', or give LIBFDT_DIR=<folder>" >&2
	exit 1
fi

if ! { mkdir -p .cache && [ -w .cache ]; } 2>/dev/null; then
	echo "setup: libfdt's sources are missing, and .cache/ of these sources may not be written to." >&2
	echo "$help" >&2
	exit 1
fi
exec 9>.cache/libfdt.lock
if command -v flock >/dev/null; then
	flock 9
	[ -f $dest/fdt_ro.c ] && [ -z "${LIBFDT_ROUTE:-}" ] && exit 0
fi
tmp=$(mktemp -d "$PWD/.cache/fetch.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM

# keep ARCHIVE PATTERN WHERE-FROM: moves the C files of a tar archive whose paths match PATTERN to
# $dest. Python reads xz even where there is no program xz.
keep() {
	python3 - "$1" "$2" "$tmp/libfdt" <<-'EOF' || return 1
	import os, re, sys, tarfile
	archive, pattern, where = sys.argv[1:]
	os.makedirs(where)
	with tarfile.open(archive, "r|*") as tar:
	    for member in tar:
	        if member.isfile() and re.search(pattern, member.name):
	            with open(os.path.join(where, os.path.basename(member.name)), "wb") as f:
	                f.write(tar.extractfile(member).read())
	EOF
	[ -f "$tmp/libfdt/fdt_ro.c" ] || return 1
	echo "$3" > "$tmp/libfdt/SOURCE"
	rm -rf $dest
	mv "$tmp/libfdt" $dest
	echo "setup: libfdt from $3"
}

# The Debian mirror that this machine's apt uses.
mirror() {
	apt-get indextargets --format '$(REPO_URI) $(LABEL)' 'Created-By: Packages' 2>/dev/null |
		sed -n 's/ Debian$//p' | head -n 1
}

from_dtc() {
	uri=$(mirror)
	[ -n "$uri" ] || return 1
	mkdir -p "$tmp/lists/partial" "$tmp/src"
	# The list may be trusted, because the checksum below decides.
	echo "deb-src [trusted=yes] $uri trixie main" > "$tmp/sources.list"
	echo "setup: fetching dtc $version (source package, about 10 MB of lists)"
	(
		cd "$tmp/src"
		set -- -q -o Dir::Etc::sourcelist="$tmp/sources.list" \
			-o Dir::Etc::sourceparts=/dev/null -o Dir::State::lists="$tmp/lists" \
			-o Dir::Cache="$tmp" -o APT::Sandbox::User=root -o Acquire::Languages=none
		apt-get "$@" update
		apt-get "$@" source --download-only "device-tree-compiler=$version-2"
	) > "$tmp/log" 2>&1 || :	# some mirrors lack the package's other files
	archive=$tmp/src/device-tree-compiler_$version.orig.tar.xz
	if ! echo "$sha256  $archive" | sha256sum -c --status 2>/dev/null; then
		echo "setup: dtc $version cannot be had from this machine's mirror:" >&2
		tail -n 3 "$tmp/log" >&2
		return 1
	fi
	keep "$archive" '/libfdt/[^/]*\.[ch]$' "dtc $version (sha256 $sha256)"
}

from_linux() {
	archive=$(find /usr/src -maxdepth 1 -name 'linux-source-*.tar.xz' 2>/dev/null |
		sort | tail -n 1)
	if [ -z "$archive" ]; then
		package=$(apt-cache search --names-only '^linux-source-[0-9.]+$' | cut -d' ' -f1 |
			sort -V | head -n 1)
		[ -n "$package" ] || return 1
		echo "setup: fetching $package (about 140 MB, for its copy of libfdt)"
		(
			cd "$tmp"
			apt-get -q -o APT::Sandbox::User=root download "$package"
			dpkg-deb --fsys-tarfile "$package"_*.deb |
				tar -xf - --wildcards './usr/src/linux-source-*.tar.xz'
		) > "$tmp/log" 2>&1 || { tail -n 3 "$tmp/log" >&2; return 1; }
		archive=$(find "$tmp/usr/src" -name 'linux-source-*.tar.xz')
	fi
	keep "$archive" '/scripts/dtc/libfdt/[^/]*\.[ch]$' "${archive##*/}"
}

case ${LIBFDT_ROUTE:-} in
dtc)	from_dtc ;;
linux)	from_linux ;;
*)	from_dtc || from_linux ;;
esac || {
	echo "setup: libfdt's sources could not be fetched." >&2
	echo "$help" >&2
	exit 1
}
