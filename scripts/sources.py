# SPDX-License-Identifier: BSD-2-Clause
"""The files of the tree, also those not yet added to git, without what is built."""

import os
import re
import subprocess

BUILT = re.compile(r"\./(?:build|out|\.cache)|.*(?:/__pycache__|/\.pytest_cache|\.pyc$)")


def names(root="."):
    """Paths below root, sorted. git knows them. An unpacked archive has no git, and there every
    file counts that does not lie in a folder for products."""
    if os.path.exists(os.path.join(root, ".git")):
        # The folder may be somebody else's, because continuous integration often runs as another
        # user.
        found = subprocess.run(["git", "-C", root, "-c", "safe.directory=*", "ls-files", "-co",
                                "--exclude-standard", "-z"], check=True, capture_output=True,
                               text=True).stdout.split("\0")
    else:
        found = [os.path.relpath(os.path.join(folder, name), root)
                 for folder, _, files in os.walk(root) for name in files]
        found = [name for name in found if not BUILT.match("./" + name)]
    return sorted(name for name in found if name and os.path.isfile(os.path.join(root, name)))
