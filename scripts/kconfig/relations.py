# SPDX-License-Identifier: BSD-2-Clause
"""Relations between options, as mm/check/relations.h states them for the compiler: which of them a
configuration breaks, and which values would not."""
import re

from faults import active_range, as_text, is_number, number, out_of_range
from kconfiglib import BOOL, STRING

TABLE = "mm/check/relations.h"
ROW = re.compile(r'(?ms)^RELATION\((.*?),\s*"(.*?)",\s*"(.*?)"\)$')
# The words of C that a condition may hold, each with Python's word for it.
TOKEN = re.compile(r"\s*(?:(?P<word>IS_ENABLED|sizeof|\d+|&&|\|\||<<|>>|[<>=!]=|[-+*%()<>!])|"
                   r"(?:CONFIG_)?(?P<name>[A-Z][A-Z0-9_]*))")
PYTHON = {"IS_ENABLED": "", "sizeof": "size_of", "&&": " and ", "||": " or ", "!": " not "}


def size_of(text):
    return len(text.encode()) + 1


class Relation:
    """A row of the table."""

    def __init__(self, condition, wrong, mend):
        self.condition, self.wrong, self.mend = " ".join(condition.split()), wrong, mend
        self.names, code, at = [], "", 0
        while at < len(self.condition):
            match = TOKEN.match(self.condition, at)
            if not match:
                raise ValueError("%s: nobody reads this: %s" % (TABLE, self.condition[at:]))
            at = match.end()
            if match["name"]:
                self.names.append(match["name"])
            code += "value('%s')" % match["name"] if match["name"] else \
                PYTHON.get(match["word"], match["word"])
        self.names = list(dict.fromkeys(self.names))
        self.code = compile(code.strip(), TABLE, "eval")

    def holds(self, conf):
        # The table is the tree's own, and TOKEN accepts nothing but arithmetic.
        return bool(eval(self.code, {"size_of": size_of, "__builtins__": {},
                                     "value": lambda name: value(conf.syms[name])}))


def read(path=TABLE):
    with open(path, encoding="utf-8") as f:
        text = f.read()
    rows = [Relation(*row) for row in ROW.findall(text)]
    if not rows or len(rows) != len(re.findall(r"(?m)^RELATION", text)):
        raise ValueError("%s: a row is not RELATION(condition, \"wrong\", \"mend\")" % path)
    return rows


def value(sym):
    """The value that the build gets; 0 for an option that nobody is asked for."""
    if sym.orig_type is BOOL:
        return sym.tri_value // 2
    if sym.orig_type is STRING:
        return sym.str_value
    return number(sym, sym.str_value) if sym.str_value else 0


def settable(sym):
    return bool(sym.visibility) and sym.choice is None


def candidates(sym):
    """Other values of an option that its range allows, the nearest first."""
    if sym.orig_type is BOOL:
        return ["n" if sym.tri_value else "y"]
    if not is_number(sym):
        return []
    now = value(sym)
    low, high = (number(sym, end.str_value) for end in active_range(sym))
    if high - low >= 1 << 16:
        return []
    spread = sorted(range(low, high + 1), key=lambda n: abs(n - now))
    return [as_text(sym, n) for n in spread if n != now]


def broken(conf, rows):
    return [row for row in rows if not row.holds(conf)]


def what_would_do(conf, rows, relation):
    """[(option, value)]: for each option the nearest value that alone mends the relation, breaks no
    other, and keeps every number in its range."""
    def sound():
        return relation.holds(conf) and len(broken(conf, rows)) < before and not out_of_range(conf)

    found, before = [], len(broken(conf, rows))
    if relation.holds(conf):
        return found
    for sym in (conf.syms[name] for name in relation.names if settable(conf.syms[name])):
        former = sym.user_value
        for other in candidates(sym):
            sym.set_value(other)
            if sound():
                found.append((sym, other))
                break
        if former is None:
            sym.unset_value()
        else:
            sym.set_value(former)
    return found


def sentence(conf, rows, relation):
    named = " with ".join("CONFIG_%s=%s" % (name, shown(conf.syms[name]))
                          for name in relation.names)
    text = "%s is refused: %s. Mend: %s" % (named, relation.wrong, relation.mend)
    mends = what_would_do(conf, rows, relation)
    if mends:
        text += "; %s would do" % " or ".join("CONFIG_%s=%s" % (sym.name, other)
                                              for sym, other in mends)
    return text + "."


def shown(sym):
    if sym.orig_type is STRING:
        return '"%s"' % sym.str_value if size_of(sym.str_value) < 60 else \
            "<%d bytes>" % (size_of(sym.str_value) - 1)
    return sym.str_value or "n"
