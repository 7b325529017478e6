#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Packs the sources of the commit that is checked out: dist.sh BASE. The same commit gives the same
# bytes on any machine. Variables: O, OUT (the archive's name).

set -eu

if [ ! -e .git ]; then
	echo "dist: this is no git checkout, and an archive is made of a commit" >&2
	exit 1
fi
git="git -c safe.directory=*"
release=$(scripts/version.sh "$1")
name=tessera-$(echo "$release" | tr ' ' '-')
out=${OUT:-$O/$name.tar.gz}
mkdir -p "$(dirname "$out")"
if [ -n "$($git status --porcelain)" ]; then
	echo "dist: note: what is not committed is not in the archive" >&2
fi
$git -c tar.umask=0022 archive --format=tar --prefix="$name/" \
	--add-virtual-file="$name/.tarball-version:$release
" HEAD | gzip -9 -n > "$out.new"
mv "$out.new" "$out"
echo "  DIST    $out"
sha256sum "$out"
