# SPDX-License-Identifier: BSD-2-Clause
"""Where C source can be changed by one token, and to what.

Only the bodies of functions are changed; what is printed is left out, and what the compiler alone
sees.
"""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts"))

from declarations import FLAGS, LEXEMES  # noqa: E402

TOKEN = re.compile(LEXEMES + r"""
  | (?P<number>0[xX][0-9a-fA-F]+[uUlL]*|[0-9]+[uUlL]*)
  | (?P<op><<=|>>=|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||\+=|-=|&=|\|=|\S)""", FLAGS)

OTHERS = {"<": ["<=", ">="], "<=": ["<", ">"], ">": [">=", "<="], ">=": [">", "<"], "==": ["!="],
          "!=": ["=="], "&&": ["||"], "||": ["&&"], "+": ["-"], "-": ["+"], "<<": [">>"],
          ">>": ["<<"], "&": ["|"], "|": ["&"], "++": ["--"], "--": ["++"], "+=": ["-="],
          "-=": ["+="], "|=": ["&="], "&=": ["|="], "!": [""], "~": [""],
          "min": ["max"], "max": ["min"], "min_t": ["max_t"], "max_t": ["min_t"],
          "true": ["false"], "false": ["true"], "break": ["continue"], "continue": ["break"],
          "PFN_UP": ["PFN_DOWN"], "PFN_DOWN": ["PFN_UP"], "ALIGN_UP": ["ALIGN_DOWN"],
          "ALIGN_DOWN": ["ALIGN_UP"]}
# Changed between two operands only, because they mean something else before a single one.
BINARY = ("+", "-", "&")
# The arguments of these are words for people, or are never executed.
SPOKEN = re.compile(r"pr_\w+|panic|seq_printf|seq_puts|snprintf|BUILD_ASSERT|OPTIMIZER_HIDE_VAR|"
                    r"__section|__aligned|offsetof|sizeof")
# In these only the first argument is a condition.
ASSERTIONS = ("ASSERT", "CHECK")


class Site:
    """A token of a file, and what may take its place."""

    def __init__(self, path, line, at, token, others):
        self.path, self.line, self.at, self.token, self.others = path, line, at, token, others


def others_of(match, before):
    kind, token = match.lastgroup, match.group()
    if kind == "number":
        digits = token.rstrip("uUlL")
        value, suffix = int(digits, 0), token[len(digits):]
        return ["%d%s" % (v, suffix) for v in ((1,) if value == 0 else (value + 1, value - 1))]
    if kind not in ("op", "word") or token not in OTHERS:
        return []
    if token in BINARY and not (before and (before.lastgroup in ("word", "number") and
                                            before.group() not in ("return", "case") or
                                            before.group() in (")", "]"))):
        return []
    return OTHERS[token]


def end_of_call(found, i):
    """The index behind the bracket that closes the one at i, and of the comma behind the first
    argument."""
    depth, comma = 0, None
    for k in range(i, len(found)):
        text = found[k].group()
        depth += (text in "([{") - (text in ")]}") if found[k].lastgroup == "op" else 0
        if depth == 1 and text == "," and comma is None:
            comma = k
        if depth == 0:
            return k + 1, comma
    return len(found), comma


def sites(path, text):
    """Yields all sites of a file, in order."""
    found = [m for m in TOKEN.finditer(text) if m.lastgroup not in ("comment", "directive")]
    depth, body, i, skip_at = 0, False, 0, {}
    while i < len(found):
        match, word = found[i], found[i].group()
        before = found[i - 1] if i else None
        if word == "{":
            if depth == 0:
                body = before is not None and before.group() == ")"
            depth += 1
        elif word == "}":
            depth -= 1
        if i in skip_at:
            i = skip_at[i]
            continue
        if match.lastgroup == "word" and i + 1 < len(found) and found[i + 1].group() == "(":
            end, comma = end_of_call(found, i + 1)
            if SPOKEN.fullmatch(word):
                i = end
                continue
            if word in ASSERTIONS and comma is not None:
                skip_at[comma] = end
        if depth and body:
            others = others_of(match, before)
            if others:
                yield Site(path, text.count("\n", 0, match.start()) + 1, match.start(), word,
                           others)
        i += 1
