#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Joins the numbered rules of the sources to what checks them, and writes docs/rules.md.

A rule is defined under "Invariants" in the block that opens a C file. It is checked by a sentence
that begins with its number ("B1: ...") in an assertion, a panic or a validator, or by a test
whose comment says that it "proves B1". Faults, each of which --check finds: a number that two
files define, one that is quoted and not defined, a rule that nobody checks, a proof that no
function gives or nobody runs, a list that is out of date.

usage: rules.py [--check] [FILE]      --check: FILE must already be what would be written
"""

import argparse
import os
import re
import sys

import sources

HEAD = """<!-- SPDX-License-Identifier: BSD-2-Clause -->
<!-- Made by scripts/rules.py from the sources; edit those. -->

# Rules and who checks them

Every numbered rule of the sources, as the block that opens its file says it. *Asserted* is true of
every build, *checked* of the debug tiers (MM_CHECK, MM_VALIDATE); a *validator* walks structures
when `audit` or a debug tier asks it to; all else is a test. `make check CHECK=style` fails when a
rule has no checker, when a number means two rules, and when one is quoted that no file defines.
"""
NUMBER = r"[A-Z]{1,2}[0-9]{1,2}"
HEADING = re.compile(r"(What|Structure|Invariants|Locking|Bounds|Configuration)\b")
DEFINITION = re.compile(r"( *)(%s) +(\S.*)" % NUMBER)
SENTENCE = re.compile(r'"(%s): ' % NUMBER)
PROVES = re.compile(r"\bproves ((?:%s(?:, | and |,\s+\*?\s*)?)+)" % NUMBER)
FUNCTION = re.compile(r"(?m)^(?:static .*?|int |void |def )(\w+)\(")
# In prose numbers stand in these files; elsewhere a letter and a digit may be a processor or a
# register.
PROSE = re.compile(r"(?:mm|include/mm|test/host|test/target)/.*\.[ch]|mm/README\.md|docs/design\.md")
# What takes a sentence as its argument; matched backwards from the sentence.
KINDS = {"ASSERT": "asserted", "BUILD_ASSERT": "asserted at build time", "CHECK": "checked",
         "panic": "asserted"}


class Rule:
    def __init__(self, number, path, text):
        self.number, self.path, self.text = number, path, text
        self.checkers = {}          # kind or file: its places as they were found, each once

    def who(self):
        return "; ".join("%s %s" % (what, ", ".join(where))
                         for what, where in self.checkers.items())


def opening_block(text):
    """The lines of the comment that a file begins with, without stars."""
    match = re.match(r"(?:/\*.*?\*/\s*)?/\*\n(.*?)\n \*/", text, re.DOTALL)
    return [re.sub(r"^ \*", "", line).expandtabs(8) for line in match.group(1).split("\n")] \
        if match else []


def definitions(path, text):
    rule, indent, inside = None, 0, False
    for line in opening_block(text):
        if HEADING.match(line.strip()):
            inside = line.strip().startswith("Invariants")
            rule = None
        elif inside:
            match = DEFINITION.match(line)
            if match:
                indent = len(match.group(1))
                rule = Rule(match.group(2), path, match.group(3))
                yield rule
            elif rule and line.strip() and len(line) - len(line.lstrip()) > indent:
                rule.text += " " + line.strip()
            else:
                rule = None


def kind_of(text, at):
    """The kind of checker whose string begins at this place."""
    before = text[text.rfind(";", 0, at) + 1:at]
    names = re.findall(r"\b(%s)\(" % "|".join(KINDS), before)
    return KINDS[names[-1]] if names else "validator"


def sentences(path, text):
    """(number, kind of checker, its file) of a file's sentences; examples do not count."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    for match in SENTENCE.finditer(text):
        yield match.group(1), kind_of(text, match.start()) + " in", "`%s`" % path


def proofs(path, text):
    """(number, file, test) of the comments that say what a test proves."""
    for match in PROVES.finditer(text):
        if path.endswith(".py"):
            # The comment is inside the function.
            function = ([None] + list(FUNCTION.finditer(text, 0, match.start())))[-1]
        else:
            # The comment stands right above the function.
            function = FUNCTION.match(text, text.find("*/\n", match.end()) + len("*/\n"))
        for number in re.findall(NUMBER, match.group(1)):
            yield number, "`%s`:" % path, function.group(1) if function else None


class Rules:
    """The rules of a set of sources, {path: text}."""

    def __init__(self, sources):
        self.rules, self.faults = {}, []
        for path in sorted(sources):
            if path.endswith(".c") and not path.startswith("test/"):
                for rule in definitions(path, sources[path]):
                    self.define(rule)
        self.letters = {re.sub(r"\d", "", number) for number in self.rules}
        for path in sorted(sources):
            self.quotes(path, sources[path])
        for rule in self.rules.values():
            if not rule.checkers:
                self.faults.append("%s: nobody checks %s" % (rule.path, rule.number))

    def define(self, rule):
        other = self.rules.setdefault(rule.number, rule)
        if other is not rule:
            self.faults.append("%s: %s is defined in %s too" % (rule.path, rule.number, other.path))

    def quotes(self, path, text):
        found = []
        if path.endswith((".c", ".h")) and not path.startswith("test/"):
            found += sentences(path, text)
        if path.startswith("test/"):
            found += proofs(path, text)
            for number, _, name in found:
                if not name:
                    self.faults.append("%s: no function is said to prove %s" % (path, number))
                elif len(re.findall(r"\b%s\b" % name, text)) < 2 and name[:5] != "test_":
                    self.faults.append("%s: nobody runs %s, which proves %s" % (path, name, number))
        for number, what, where in found:
            rule = self.rules.get(number)
            if not rule:
                self.undefined(path, number)
            elif where and where not in rule.checkers.setdefault(what, []):
                rule.checkers[what].append(where)
        if PROSE.fullmatch(path):
            for number in re.findall(r"\b(%s)\b" % NUMBER, text):
                if number not in self.rules and re.sub(r"\d", "", number) in self.letters:
                    self.undefined(path, number)

    def undefined(self, path, number):
        fault = "%s: %s is quoted, and no file defines it" % (path, number)
        if fault not in self.faults:
            self.faults.append(fault)

    def document(self):
        out, path = [HEAD], None
        for rule in self.rules.values():
            if rule.path != path:
                out += [""] if path else []
                path = rule.path
                out.append("## %s\n\n| rule | what it says | who checks it |\n|---|---|---|" % path)
            out.append("| %s | %s | %s |" % (rule.number, rule.text.replace("|", "\\|"),
                                             rule.who() or "nobody"))
        return "\n".join(out) + "\n"


def tree():
    found = {}
    for name in sources.names():
        if name.endswith((".c", ".h", ".py", ".md")):
            with open(name, encoding="utf-8") as f:
                found[name] = f.read()
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--check", action="store_true")
    parser.add_argument("file", nargs="?", default="docs/rules.md")
    args = parser.parse_args()
    found = tree()
    rules = Rules(found)
    for fault in rules.faults:
        print(fault, file=sys.stderr)
    text = rules.document()
    if args.check:
        if found.get(args.file) != text:
            print("%s is out of date: run scripts/rules.py" % args.file, file=sys.stderr)
            return 1
    else:
        with open(args.file, "w", encoding="utf-8") as f:
            f.write(text)
    return 1 if rules.faults else 0


if __name__ == "__main__":
    sys.exit(main())
