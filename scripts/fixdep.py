#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Turns a compiler's dependency file into make rules by configuration option.

Every object includes autoconf.h, so depending on that file would rebuild all for one option.
Instead the object depends on include/config/<option>.h of each option that its sources name;
kconf.py touches those whose value has changed. One that does not exist has never been set.

The compiler ran in OBJDIR, and named the tree's files by their whole paths.

usage: fixdep.py OBJDIR TARGET     reads TARGET.d, writes TARGET.dep, removes TARGET.d
"""

import os
import re
import sys

OPTION = re.compile(rb"\bCONFIG_(\w+)")


def main():
    objdir, target = sys.argv[1:]
    with open(target + ".d") as f:
        rule = f.read().replace("\\\n", " ")
    tree = os.getcwd() + "/"
    sources = [name[len(tree):] if name.startswith(tree) else os.path.join(objdir, name)
               for name in rule.split(":", 1)[1].split()
               if not name.endswith("include/generated/autoconf.h")]
    options = set()
    for name in sources:
        if not name.startswith("/usr/"):
            with open(name, "rb") as f:
                options.update(OPTION.findall(f.read()))
    stamps = ["%s/include/config/%s.h" % (objdir, name.decode().lower().replace("_", "/"))
              for name in sorted(options)]
    with open(target + ".dep", "w") as f:
        f.write("%s: %s %s\n" % (target, " ".join(sources),
                                 " ".join("$(wildcard %s)" % stamp for stamp in stamps)))
        # A header that is gone does not stop make: the object is made again.
        f.write("%s:\n" % " ".join(sources))
    os.unlink(target + ".d")


if __name__ == "__main__":
    main()
