# SPDX-License-Identifier: BSD-2-Clause
"""Carries out what docs/extending.md says, block by block, on a copy of the sources."""
import re
import shutil
import subprocess

import builds
import sources

PAGE = builds.ROOT / "docs" / "extending.md"
# A block and the line of text above it; a block directly behind another one has none.
BLOCK = re.compile(r"(?m)^(?:(?!```)(.*)\n\n)?```(\w+)\n((?:.*\n)*?)```$")
NEW = re.compile(r"New file `([^`]+)`:$")
ADD = re.compile(r"Add to `([^`]+)`(?:, before `([^`]+)`)?:$")
PRINTS = re.compile(r"`make qemu(?: SMP=\d+)? RUN=\"([^\"]*)\"`.* prints")


def copy_of_sources(folder):
    """A checkout of its own that has every file of the tree that git knows."""
    for name in sources.names(builds.ROOT):
        source, target = builds.ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)
    if (builds.ROOT / ".cache").exists():
        (folder / ".cache").symlink_to(builds.ROOT / ".cache")
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    return folder


class Recipes:
    """What the page asks for: files to write, commands of make to run, and what a boot must
    print."""

    def __init__(self, text):
        self.edits, self.commands, self.printed, self.unknown = [], [], [], []
        for above, kind, block in BLOCK.findall(text):
            new, add, prints = NEW.search(above), ADD.search(above), PRINTS.search(above)
            if new or add:
                self.edits.append(((new or add)[1], block, add and (add[2] or "")))
            elif prints:
                self.printed.append((prints[1].replace("; poweroff", ""), block))
            elif kind == "sh":
                self.commands += block.splitlines()
            else:
                self.unknown.append(above)

    def apply(self, root):
        for name, block, before in self.edits:
            path = root / name
            if before is None:
                assert not path.exists(), f"{name} is there already"
                path.write_text(block, encoding="utf-8")
                continue
            text = path.read_text(encoding="utf-8")
            at = text.rindex(before) if before else len(text)
            path.write_text(text[:at] + block + text[at:], encoding="utf-8")
