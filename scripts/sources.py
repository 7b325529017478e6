# SPDX-License-Identifier: BSD-2-Clause
"""The files of the tree, those not yet added included, without what is built."""

import os
import re
import subprocess

BUILT = re.compile(r"\./(?:build|out|\.cache)|.*(?:/__pycache__|/\.pytest_cache|\.pyc$)")


def names(root="."):
    """Paths below root, sorted. Git knows them; in an unpacked archive there is no git, and
    whatever does not lie in a folder for products counts."""
    if os.path.exists(os.path.join(root, ".git")):
        # Whoever owns the folder: continuous integration often runs as somebody else.
        found = subprocess.run(["git", "-C", root, "-c", "safe.directory=*", "ls-files", "-co",
                                "--exclude-standard", "-z"], check=True, capture_output=True,
                               text=True).stdout.split("\0")
    else:
        found = [os.path.relpath(os.path.join(folder, name), root)
                 for folder, _, files in os.walk(root) for name in files]
        found = [name for name in found if not BUILT.match("./" + name)]
    return sorted(name for name in found if name and os.path.isfile(os.path.join(root, name)))
