#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Fetches packages of Debian for riscv64, without what they depend on: fetch-debian.sh PACKAGE...
# The files of each are below .cache/debian/PACKAGE then; when all are there, nothing is printed.
# They come from trixie, the first release with that machine, by the mirror that this machine's apt
# uses; apt holds them against the release's signed lists.

set -eu
cd "$(dirname "$0")/.."

dest=.cache/debian
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

missing() {
	for package in "$@"; do
		[ -d $dest/"$package" ] || echo "$package"
	done
}

wanted=$(missing "$@")
[ -n "$wanted" ] || exit 0

fail() {
	echo "debian: $1" >&2
	case " $(echo $wanted) " in
	*" busybox-static "*)
		echo "debian: make busybox BUSYBOX=<file> takes a BusyBox for riscv64 Linux that is" \
			"linked statically" >&2 ;;
	esac
	exit 1
}

command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null ||
	fail "packages cannot be fetched without apt-get and dpkg-deb."
[ "${SETUP:-}" != no ] || fail "$(echo $wanted) is not there yet, and SETUP=no forbids to fetch it."
{ mkdir -p $dest && [ -w $dest ]; } 2>/dev/null ||
	fail ".cache/ of these sources may not be written to."
exec 9>$dest/.lock
if command -v flock >/dev/null; then
	flock 9
	wanted=$(missing "$@")
	[ -n "$wanted" ] || exit 0
fi
tmp=$(mktemp -d "$PWD/.cache/fetch.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM

uri=$(apt-get indextargets --format '$(REPO_URI) $(LABEL)' 'Created-By: Packages' 2>/dev/null |
	sed -n 's/ Debian$//p' | head -n 1)
[ -n "$uri" ] || fail "this machine's apt knows no mirror of Debian."
[ -f $keyring ] ||
	fail "the keys of Debian's releases are missing (package debian-archive-keyring)."

mkdir -p "$tmp/state/lists/partial" "$tmp/cache/archives/partial"
echo "deb [signed-by=$keyring] $uri trixie main" > "$tmp/sources.list"
echo "debian: fetching $(echo $wanted) for riscv64 (with about 10 MB of lists)"
(
	cd "$tmp"
	set -- -q -o Dir::State="$tmp/state" -o Dir::State::status=/dev/null \
		-o Dir::Cache="$tmp/cache" -o Dir::Etc::SourceList="$tmp/sources.list" \
		-o Dir::Etc::SourceParts=/nonexistent -o APT::Architecture=riscv64 \
		-o APT::Architectures=riscv64 -o APT::Sandbox::User=root \
		-o Acquire::Languages=none
	# Each package is a word.
	apt-get "$@" update && apt-get "$@" download $wanted
) > "$tmp/log" 2>&1 || {
	tail -n 3 "$tmp/log" >&2
	fail "$(echo $wanted) cannot be had from this machine's mirror: is there a network?"
}
for package in $wanted; do
	deb=$(find "$tmp" -maxdepth 1 -name "${package}_*.deb")
	dpkg-deb -x "$deb" "$tmp/root"
	mv "$tmp/root" "$dest/$package"
	echo "debian: $(basename "$deb" .deb)"
done
