#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes OBJDIR/compile_commands.json for editors and analysers.

usage: compile_commands.py OBJDIR COMPILER FLAG...     sources are listed in OBJDIR/.cc.sources
"""

import json
import os
import sys


def main():
    objdir, command = sys.argv[1], sys.argv[2:]
    with open(os.path.join(objdir, ".cc.sources")) as f:
        sources = f.read().split()
    rows = []
    for source in sources:
        if not os.path.exists(source):
            source = source[:-2] + ".S"
        output = os.path.join("obj", os.path.splitext(source)[0] + ".o")
        source = os.path.abspath(source)
        rows.append({"directory": os.path.abspath(objdir), "file": source, "output": output,
                     "arguments": command + ["-c", "-o", output, source]})
    with open(os.path.join(objdir, "compile_commands.json"), "w") as f:
        json.dump(rows, f, indent=1)
        f.write("\n")


if __name__ == "__main__":
    main()
