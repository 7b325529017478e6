#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# Prints the version and, between releases, the commit: version.sh BASE. In a checkout the tags
# decide (v0.2.0; 12 commits later: 0.2.0-12 g0123456789), without tags BASE and the commit. In an
# archive of make dist a file says it. There is no date in it, so that one commit gives one Image.

set -eu
cd "$(dirname "$0")/.."

if [ -f .tarball-version ]; then
	cat .tarball-version
	exit
fi
if [ ! -e .git ]; then	# the sources may lie inside another project's checkout
	echo "$1"
	exit
fi
# The folder may be somebody else's.
git="git -c safe.directory=*"
if described=$($git describe --tags --match 'v[0-9]*' --abbrev=10 2>/dev/null); then
	echo "${described#v}" | sed 's/-\(g[0-9a-f]*\)$/ \1/'
else
	commit=$($git rev-parse --short=10 HEAD 2>/dev/null || :)
	echo "$1${commit:+ g$commit}"
fi
