#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Prints the version and, between releases, the commit: version.sh BASE. A checkout says it by its
# tags (v0.2.0; 12 commits on: 0.2.0-12 g0123456789), without any by BASE and the commit. An archive
# of make dist says it by a file. No date, so that one commit gives one Image.

set -eu
cd "$(dirname "$0")/.."

if [ -f .tarball-version ]; then
	cat .tarball-version
	exit
fi
if [ ! -e .git ]; then	# the checkout of something else may lie around these sources
	echo "$1"
	exit
fi
# Whoever owns the folder.
git="git -c safe.directory=*"
if described=$($git describe --tags --match 'v[0-9]*' --abbrev=10 2>/dev/null); then
	echo "${described#v}" | sed 's/-\(g[0-9a-f]*\)$/ \1/'
else
	commit=$($git rev-parse --short=10 HEAD 2>/dev/null || :)
	echo "$1${commit:+ g$commit}"
fi
