#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The sample of `make size BY=option` in docs/performance.md: written from its output, or held
against one.

usage: size-log.py [--check] < OUTPUT      --check: the page must have the rows of this output, and
                                           numbers that are near; make size-log writes it
"""

import argparse
import re
import sys

PAGE = "docs/performance.md"
BLOCK = re.compile(r"(?s)(<!-- make size-log writes this -->\n.*?\n```\n)(.*?)(```\n)")
COMMAND = re.compile(r'make size BY=option OPTION="([A-Z0-9_ ]+)"')
ROW = re.compile(r"^ *((?:[-+]?\d+ +){5}[-+]?\d+)  (\S.*)$")
# The one that the page reads aloud, in KiB of memory.
READ = re.compile(r"without BENCH the kernel takes (\d+) KiB less")
# A number is near if it is within a tenth, or within this many bytes: each change of the kernel
# moves some.
NEAR_BYTES = 2048


def rows_of(text):
    """{label: the numbers in front of it}"""
    found = (ROW.match(line) for line in text.splitlines())
    return {match[2]: list(map(int, match[1].split())) for match in found if match}


def is_near(said, now):
    return abs(said - now) <= max(abs(now) // 10, NEAR_BYTES)


def differences(page, text):
    """Sentences on what the page says otherwise."""
    said, now = rows_of(BLOCK.search(page)[2]), rows_of(text)
    found = []
    if list(said) != list(now):
        found.append("the rows are %s, and the page has %s" % ("; ".join(now), "; ".join(said)))
    for label in set(said) & set(now):
        if not all(map(is_near, said[label], now[label])):
            found.append("%s: %s, and the page says %s" % (label, now[label], said[label]))
    if "BENCH" in said and int(READ.search(page)[1]) != said["BENCH"][-1] // 1024:
        found.append("the sentence on BENCH does not say its row")
    return found


def written(page, text):
    """The page with this output."""
    start = text.index("Bytes of the linked kernel")
    page = BLOCK.sub(lambda match: match[1] + text[start:].rstrip() + "\n" + match[3], page)
    kib = rows_of(text)["BENCH"][-1] // 1024
    return READ.sub("without BENCH the kernel takes %d KiB less" % kib, page)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    with open(PAGE, encoding="utf-8") as f:
        page = f.read()
    text = sys.stdin.read()
    if args.check:
        found = differences(page, text)
        for sentence in found:
            print("%s: %s" % (PAGE, sentence), file=sys.stderr)
        return 1 if found else 0
    with open(PAGE, "w", encoding="utf-8") as f:
        f.write(written(page, text))
    return 0


if __name__ == "__main__":
    sys.exit(main())
