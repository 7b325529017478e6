#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes a program that is compiled into the kernel: option, list of objects, source and test.

usage: new-app.py NAME [FOLDER]     FOLDER: where the program's folder goes, else apps/

What it writes builds, runs and passes its own test as it stands.
"""

import os
import re
import subprocess
import sys

# The words are cut in two, so that tools that read licences find one line of this file, the first.
LICENCE = "SPDX-" "License-Identifier: BSD-2-Clause"
NAME = re.compile(r"[a-z][a-z0-9_]{0,19}")
# What gcc takes for something else, of C and of its own; linux and unix are macros of a GCC for
# Linux, and a thread named main has a function main_main().
TAKEN = set("""asm auto bool break case char const continue default do double else enum extern false
    float for goto if inline int linux long main register restrict return short signed sizeof static
    struct switch true typedef typeof union unix unsigned void volatile while""".split())
SUITE = re.compile(r"KTEST_SUITE\((\w+),")
THREAD = re.compile(r"(?m)^(?:APP|THREAD_DEFINE(?:_IN)?)\((\w+),")

KCONFIG = """# {licence}

config APP_{upper}
\tbool "{name}"
\tdepends on THREADS
\t{default}help
\t  Meaning: the program {name} runs when the kernel has booted.
\t  Cost: a stack of 8 KiB and its guard page.
\t  When to change: switch it off where nobody needs it.
\t  Tied to: THREADS.
"""

OBJECTS = """# {licence}

app-$(CONFIG_APP_{upper}) += {name}.o
app-$(and $(CONFIG_APP_{upper}),$(CONFIG_KTEST)) += {name}_test.o
"""

HEADER = """/* {licence} */
#ifndef {upper}_H
#define {upper}_H

/* What the program does once, for its test to call. */
unsigned int {name}_step(unsigned int round);

#endif /* {upper}_H */
"""

SOURCE = """/* {licence} */
/* What {name} is for: write it here. */
#include <kernel/app.h>
#include <kernel/printk.h>
#include <kernel/timer.h>

#include "{name}.h"

#define ROUNDS\t\t3u
#define PERIOD_MS\t100u

unsigned int {name}_step(unsigned int round)
{{
\treturn round * round;
}}

static void {name}_main(void *unused)
{{
\t(void)unused;
\tfor (unsigned int round = 1; round <= ROUNDS; round++) {{
\t\tpr_info("{name}: round %u of %u: %u\\n", round, ROUNDS,
\t\t\t{name}_step(round));
\t\tmsleep(PERIOD_MS);
\t}}
}}

/* Name, function, priority (0 is the most urgent), bytes of stack, memory account (NULL: the
 * kernel's). */
APP({name}, {name}_main, 16, 8192, NULL);
"""

TEST = """/* {licence} */
#include <test/ktest.h>

#include "{name}.h"

static void a_step_is_right(struct ktest *t)
{{
\tKTEST_EXPECT_EQ(t, {name}_step(0), 0);
\tKTEST_EXPECT_EQ(t, {name}_step(3), 9);
}}

static const struct ktest_case {name}_cases[] = {{
\tKTEST_CASE(a_step_is_right),
\t{{ }}
}};
KTEST_SUITE({name}, {name}_cases, false);
"""

FILES = (("Kconfig", KCONFIG), ("objects.mk", OBJECTS), ("{name}.h", HEADER),
         ("{name}.c", SOURCE), ("{name}_test.c", TEST))


def fail(text):
    sys.exit("new-app: " + text)


def place_of(name, sort):
    """The source that has a suite or a thread of this name."""
    for top, _, files in os.walk("."):
        if top.startswith(("./.", "./build", "./docs", "./test/host")):
            continue
        for path in (os.path.join(top, file) for file in files if file.endswith(".c")):
            with open(path, encoding="utf-8") as f:
                if name in sort.findall(f.read()):
                    return os.path.relpath(path)
    return None


def must_be_free(name):
    """Refuses a name that would not build, or with which `test NAME` would be two suites."""
    if name in TAKEN:
        fail("NAME=%s is a word of C or of its compiler, and the program would not build; choose "
             "another one, such as NAME=my_%s" % (name, name[:17]))
    for sort, what in ((SUITE, "a test suite"), (THREAD, "a thread")):
        place = place_of(name, sort)
        if place:
            fail("NAME=%s: %s has that name already, in %s; choose another one, such as NAME=my_%s"
                 % (name, what, place, name[:17]))


def tell_the_book(name):
    """The row of a program of the tree in its README, and its option's in docs/config.md."""
    with open("apps/README.md", "a", encoding="utf-8") as f:
        f.write("| `%s/` | what it is for: write it here |\n" % name)
    subprocess.run([sys.executable, "scripts/kconfig/gen-config-doc.py"], check=True)


def main():
    name, folder = (sys.argv[1:] + ["", ""])[:2]
    if not NAME.fullmatch(name):
        fail("NAME=%s: a word of lower-case letters, digits and _ is wanted, 20 characters at "
             "most: make new-app NAME=blink" % name)
    if folder and not os.path.isdir(folder):
        fail("DIR=%s is no folder" % folder)
    inside = not folder or os.path.realpath(folder) == os.path.realpath("apps")
    place = os.path.join(folder or "apps", name)
    if os.path.exists(place):
        fail("%s is there already" % place)
    must_be_free(name)
    os.mkdir(place)
    # A program outside the tree is on as soon as APP= names its folder.
    words = {"licence": LICENCE, "name": name, "upper": name.upper(),
             "default": "" if inside else "default y\n\t"}
    for path, text in FILES:
        with open(os.path.join(place, path.format(**words)), "w", encoding="utf-8") as f:
            f.write(text.format(**words))
    if inside:
        tell_the_book(name)
        print("new-app: apps/README.md and docs/config.md have its rows")
    # The folder of the build that O= named.
    objdir = os.environ.get("O", "build")
    make = "make " + ("O=%s " % objdir if objdir != "build" else "")
    configure = "%shave-config; echo CONFIG_THREADS=y >>%s/.config; echo CONFIG_APP_%s=y " \
        ">>%s/.config; %solddefconfig; " % (make, objdir, name.upper(), objdir, make)
    print("new-app: %s is there. Run it and its test:\n  %s%s%sqemu RUN=\"test %s\"" % (
        place, configure if inside else "", make, "" if inside else
        "APP=%s " % os.path.relpath(place), name))


if __name__ == "__main__":
    main()
