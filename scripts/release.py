# SPDX-License-Identifier: BSD-2-Clause
"""What a built kernel says of itself, read from the header that it was compiled with."""

import os
import re


def words(objdir):
    """{VERSION, REVISION, COMPILER}, as the boot log has them."""
    with open(os.path.join(objdir, "include/generated/utsrelease.h"), encoding="utf-8") as f:
        return dict(re.findall(r'#define KERNEL_(\w+) "(.*)"', f.read()))


def release(objdir):
    """The release, such as 0.1.0-g0123456789."""
    found = words(objdir)
    return "-".join(filter(None, (found.get("VERSION"), found.get("REVISION"))))
