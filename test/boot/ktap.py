# SPDX-License-Identifier: BSD-2-Clause
"""Parser of KTAP version 1, the text of the suites that run in the kernel."""
import re
from collections import namedtuple

Case = namedtuple("Case", "suite number name passed skipped notes")


class KtapError(AssertionError):
    """The text is not KTAP, or its numbers do not add up."""


LINE = re.compile(r"(?P<not>not )?ok (?P<nr>\d+)(?: -)? ?(?P<name>[^#\n]*?)"
                  r"(?: *# *(?P<directive>SKIP|TODO|XFAIL)\b *(?P<why>.*))?$")


def cases(text):
    """All cases of all suites; a case's notes are the diagnostic lines before its result."""
    found, suite_cases, notes, plans = [], [], [], {}
    suite = None
    started = False
    suites = 0
    for line in text.splitlines():
        depth = int(line.startswith(" "))
        word = line.strip()
        if word.startswith("KTAP version 1"):
            started = True
        elif not started or not word:
            continue
        elif re.fullmatch(r"1\.\.\d+", word):
            plans[depth] = int(word[3:])
        elif re.match(r"# Subtest: ", word):
            suite = word.removeprefix("# Subtest: ")
        elif word.startswith("#"):
            notes.append(word)
        elif LINE.fullmatch(word):
            m = LINE.fullmatch(word)
            passed, skipped = not m["not"], m["directive"] == "SKIP"
            if depth:
                suite_cases.append(Case(suite, int(m["nr"]), m["name"], passed, skipped,
                                        tuple(notes)))
                _numbered(suite, suite_cases)
            else:
                suites += 1
                _suite_ends(m["name"], passed, suite_cases, plans.pop(1, None))
                found += [case._replace(suite=m["name"]) for case in suite_cases]
                suite_cases = []
            notes = []
        else:
            notes.append(word)
    if not started or suite_cases:
        raise KtapError("the text does not end as KTAP should:\n" + text[-2000:])
    if plans.get(0, suites) != suites:
        raise KtapError(f"{plans[0]} suites announced, {suites} reported")
    return found


def _numbered(suite, rows):
    if rows[-1].number != len(rows):
        raise KtapError(f"{suite}: case {rows[-1].number} where {len(rows)} was due")


def _suite_ends(name, passed, rows, plan):
    if plan is not None and plan != len(rows):
        raise KtapError(f"{name}: {plan} cases announced, {len(rows)} reported")
    if passed != all(case.passed for case in rows):
        raise KtapError(f"{name}: the suite's result is not that of its cases")
