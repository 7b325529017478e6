# SPDX-License-Identifier: BSD-2-Clause
"""A rule of check-style.py: the boot arguments that the sources read are those that the kernel
knows by name, in kernel/boot_arguments.c, and those that docs/shell.md describes.
"""

import re

TABLE, PAGE = "kernel/boot_arguments.c", "docs/shell.md"
READ = re.compile(r'\bcmdline_(?:get|get_number|has)\(\s*"([\w.]+)"')
ROW = re.compile(r'(?m)^\t\{ "([\w.]+)",')
DESCRIBED = re.compile(r"(?m)^\| (`[^|]*`) \|")
# Suites and host programs read arguments that they make up; the code that runs suites reads real
# ones.
MADE_UP = re.compile(r"test/(host|fuzz)/|test/target/cmdline\.c")


def rule_boot_arguments(tree):
    """each boot argument that is read has a row in kernel/boot_arguments.c and one in docs/shell.md"""
    read = {name: place for place in tree.files(".c") if not MADE_UP.match(place)
            for name in READ.findall(tree.text[place])}
    rows = set(ROW.findall(tree.text[TABLE]))
    section = tree.text[PAGE].split("\n## ")[1]
    described = set(re.findall(r"`(\w+)", " ".join(DESCRIBED.findall(section))))
    for name in sorted(set(read) - rows):
        yield "%s: %s= has no row in %s" % (read[name], name, TABLE)
    for name in sorted(rows - set(read)):
        yield "%s: nobody reads %s=" % (TABLE, name)
    for name in sorted(rows - described):
        yield "%s: %s= is not described" % (PAGE, name)
    for name in sorted(described - rows):
        yield "%s: there is no %s=" % (PAGE, name)


def rule_boot_arguments_plants(tree):
    """that rule sees an argument that is missing in either place, or is there for nobody"""
    class Planted:
        def __init__(self, **text):
            self.text = {"a.c": 'x = cmdline_get_number("a", &w, &x) + cmdline_has("b");\n',
                         TABLE: '\t{ "a", NULL },\n\t{ "b", NULL },\n',
                         PAGE: "# x\n\n## Boot arguments\n| `a=N`, `a` | b |\n| `b` | c |\n## Y\n"}
            self.text.update({TABLE if name == "table" else PAGE if name == "page" else "b.c": part
                              for name, part in text.items()})

        files = type(tree).files

    if list(rule_boot_arguments(Planted())):
        yield "no fault"
    for words in ({"table": '\t{ "a", NULL },\n'}, {"source": 'cmdline_get("c", t, n);'},
                  {"table": '\t{ "a", N },\n\t{ "b", N },\n\t{ "c", N },\n'},
                  {"page": "\n## Boot arguments\n| `a` | `b` |\n"}):
        if not list(rule_boot_arguments(Planted(**words))):
            yield str(words)
