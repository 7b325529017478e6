# SPDX-License-Identifier: BSD-2-Clause
"""Sentences about settings that cannot be: the option, its value, what is possible, and the
mend."""
import difflib
import os
import re
import sys

import kconfiglib
from kconfiglib import BOOL, HEX, INT, TRI_TO_STR, Symbol

# Caps that end at the largest block. A .config stores every value, so that these have their
# defaults there although nobody chose them: the default follows when MAX_ORDER is lowered.
FOLLOWERS = ("KMALLOC_MAX_SHIFT", "SLAB_MAX_ORDER")


class Refused(Exception):
    """Sentences for the user, one for each thing that cannot be."""

    def __init__(self, sentences):
        super().__init__("\n".join(sentences))
        self.sentences = sentences


def note(text):
    print("kconf: note: " + text, file=sys.stderr)


def unique(items):
    return list(dict.fromkeys(items))


def is_number(sym):
    return sym.orig_type in (INT, HEX)


def has_prompt(sym):
    return any(node.prompt for node in sym.nodes)


def number(sym, text):
    return int(text, 16 if sym.orig_type is HEX else 10)


def as_text(sym, value):
    """A number as Kconfig writes it for this option."""
    return hex(value) if sym.orig_type is HEX else str(value)


def assignments(path):
    """{option: its values in a file, in the order of the lines}."""
    found = {}
    with open(path, encoding="utf-8", errors="replace") as f:
        for line in f:
            match = re.match(r"CONFIG_(\w+)=(.*?)\s*$|# CONFIG_(\w+) is not set$", line)
            if match:
                found.setdefault(match[1] or match[3], []).append(match[2] or "n")
    return found


def set_again(path):
    """Options that a file sets more than once, each with a note: the last line counts."""
    again = {name: values for name, values in assignments(path).items() if len(values) > 1}
    for name, values in again.items():
        if len(set(values)) > 1:
            note("%s: CONFIG_%s is set more than once, to %s; the last line counts" % (
                path, name, " then ".join(values)))
    return set(again)


def settle_choices(conf, meant):
    """Of a choice that is made twice the last line counts if that is meant; otherwise returns a
    sentence."""
    faults = []
    for choice in conf.unique_choices:
        last = choice.user_selection
        for sym in choice.syms:
            if sym.user_value != 2 or sym is last or not choice.visibility:
                continue
            if last.name in meant:
                sym.set_value(0)
            else:
                faults.append("CONFIG_%s=y is refused: CONFIG_%s=y is set too, and only one of "
                              "them can be. Mend: keep one of the two lines." % (
                                  sym.name, last.name))
    return faults


def follow(conf, names, meant):
    """A number that was left at its default gets the present default, where the old one cannot
    be; returns a sentence for each."""
    found = [sym for sym in out_of_range(conf)
             if sym.name not in meant and (not names or sym.name in names)
             and sym.defaults[-1][0].str_value == sym.user_value]
    former = [sym.user_value for sym in found]
    for sym in found:
        sym.unset_value()
    return ["CONFIG_%s=%s, its default, cannot be beside the others any more: it becomes %s" % (
        sym.name, text, sym.str_value) for sym, text in zip(found, former)]


# kconfiglib's warnings about assignments, and our sentence for each, without places in the Kconfig
# files. None: another sentence says it better, or the warning is of no consequence.
ASSIGNMENT_WARNINGS = (
    (r"attempt to assign .* to the undefined symbol (\w+)",
     "CONFIG_{0} is not an option of this tree{1}. Mend: remove the line, or change its name; "
     "'make menuconfig' finds names with the key /."),
    (r"'(.*)' is not a valid value for the (\w+) symbol (\w+)",
     "CONFIG_{2}={0} is refused: its values are y and n. Mend: set it to one of them."),
    (r"the value '(.*)' is invalid for (\w+) .*which has type (\w+)",
     "CONFIG_{1}={0} is refused: it takes a number ({2}). Mend: set it to one."),
    (r"malformed string literal in assignment to (\w+)",
     "CONFIG_{0} takes a text in double quotes. Mend: set it in quotes."),
    (r"ignoring malformed line '(.*)'",
     "'{0}' is no assignment. Mend: change it to CONFIG_<name>=<value>, or remove it."),
    (r"outside the active range|has no prompt, meaning user values", None),
)


def plain(warning):
    """A warning of kconfiglib's without line breaks and without places in the Kconfig files."""
    return re.sub(r"\s*\(defined at [^)]*\)", " ", " ".join(warning.split()))


def meant_name(conf, name):
    """", but CONFIG_X is", for the option that a wrong name resembles."""
    near = difflib.get_close_matches(name, [sym.name for sym in conf.unique_defined_syms
                                            if has_prompt(sym)], 1)
    return ", but CONFIG_%s is" % near[0] if near else ""


def assignment_faults(conf, path, complete):
    """Lines that name no option, or give a value of the wrong kind. An old .config that is brought
    up to date (not complete) drops options that are gone.
    """
    faults = []
    for warning in map(plain, conf.warnings):
        if not complete and "to the undefined symbol" in warning:
            print("kconf: dropped: " + warning, file=sys.stderr)
            continue
        for pattern, sentence in ASSIGNMENT_WARNINGS:
            match = re.search(pattern, warning)
            if match:
                if sentence:
                    faults.append("%s: %s" % (path, sentence.format(
                        *match.groups(), meant_name(conf, match[1]))))
                break
        else:
            faults.append("%s: %s" % (path, warning))
    # A complete .config also has options that follow from others; those are computed anew.
    stored = os.path.abspath(path) == os.path.abspath(kconfiglib.standard_config_filename())
    for name in () if stored or not complete else assignments(path):
        if name in conf.syms and conf.syms[name].nodes and not has_prompt(conf.syms[name]):
            faults.append("%s: CONFIG_%s follows from other options and cannot be set. Mend: "
                          "remove the line." % (path, name))
    return faults


def out_of_range(conf):
    """Visible numbers whose wanted value is not the one that the build would get."""
    return [sym for sym in conf.unique_defined_syms
            if is_number(sym) and sym.user_value is not None and sym.visibility
            and number(sym, sym.user_value) != number(sym, sym.str_value)]


def active_range(sym):
    for low, high, cond in sym.ranges:
        if kconfiglib.expr_value(cond):
            return low, high
    return None


def drivers(sym, seen=None):
    """Options with a prompt that decide the value of sym; sym itself if it has a prompt."""
    seen = seen or set()
    if sym in seen or sym.is_constant:
        return []
    seen.add(sym)
    if has_prompt(sym):
        return [sym]
    found = []
    for value, cond in sym.defaults:
        for item in kconfiglib.expr_items(value) | kconfiglib.expr_items(cond):
            if isinstance(item, Symbol):
                found += drivers(item, seen)
    return unique(found)


def named(symbols):
    return ", ".join("CONFIG_%s=%s" % (sym.name, sym.str_value) for sym in symbols)


def range_conditions(sym):
    """Options that decide which of several ranges applies."""
    found = []
    for _, _, cond in sym.ranges:
        for item in kconfiglib.expr_items(cond):
            if isinstance(item, Symbol) and item not in kconfiglib.expr_items(sym.direct_dep):
                found += drivers(item)
    return unique(found)


def range_fault(sym):
    low, high = active_range(sym)
    asked = number(sym, sym.user_value)
    bottom, top = number(sym, low.str_value), number(sym, high.str_value)
    why = ["its %s end follows from %s" % (which, named(drivers(end)))
           for which, end in (("lower", low), ("upper", high)) if drivers(end)]
    if range_conditions(sym):
        why.append("given %s" % named(range_conditions(sym)))
    mend = "set CONFIG_%s to a value from %d to %d" % (sym.name, bottom, top)
    broken, verb = (high, "raise") if asked > top else (low, "lower")
    for driver in drivers(broken):
        if driver is broken:
            mend += ", or %s CONFIG_%s to %d" % (verb, driver.name, asked)
        else:
            mend += ", or %s CONFIG_%s" % (verb, driver.name)
    return "CONFIG_%s=%s is refused: possible is %d to %d%s. Mend: %s." % (
        sym.name, sym.user_value, bottom, top, " (%s)" % "; ".join(why) if why else "", mend)


def without_effect(conf):
    """Options that are set although nobody is asked for them."""
    return [sym for sym in conf.unique_defined_syms if sym.user_value is not None
            and has_prompt(sym) and not sym.visibility and asked_value(sym) != got_value(sym)]


def asked_value(sym):
    return TRI_TO_STR[sym.user_value] if sym.orig_type is BOOL else sym.user_value


def got_value(sym):
    return TRI_TO_STR[sym.tri_value] if sym.orig_type is BOOL else sym.str_value


def value_faults(conf, names=None):
    """Wanted values, of these options or of all, that the build would not get."""
    faults = []
    for sym in conf.unique_defined_syms:
        if sym.user_value is None or not has_prompt(sym) or sym in out_of_range(conf) or \
                (names is not None and sym.name not in names):
            continue
        asked, got = asked_value(sym), got_value(sym)
        if asked == got or sym.choice:
            continue
        if not sym.visibility:
            faults.append("CONFIG_%s=%s has no effect without %s. Mend: remove the line, or set "
                          "that; 'make olddefconfig' removes it." % (
                              sym.name, asked, needs_text(sym)))
        else:
            faults.append("CONFIG_%s=%s is refused: the build would get %s. Mend: change it to "
                          "that." % (sym.name, asked, got))
    return faults


def needs_text(sym):
    for node in sym.nodes:
        if node.prompt:
            return kconfiglib.expr_str(node.prompt[1])
    return kconfiglib.expr_str(sym.direct_dep)
