# SPDX-License-Identifier: BSD-2-Clause
"""Configurations that nobody wrote: random ones by a seed, and those with every switch on or
off."""
import random

import relations
from faults import active_range, as_text, has_prompt, is_number, number, out_of_range
from kconfiglib import BOOL


def asked_for(conf):
    """The options that the user could set now, without choices."""
    return [sym for sym in conf.unique_defined_syms
            if sym.visibility and sym.choice is None and has_prompt(sym)]


def draw_number(draw, sym):
    low, high = (number(sym, end.str_value) for end in active_range(sym))
    sym.set_value(as_text(sym, some_number(draw, low, high)))


def some_number(draw, low, high):
    """Draws a number: now and then an end of the range, and small numbers as often as large
    ones."""
    kind = draw.random()
    if kind < 0.15:
        return low
    if kind < 0.3:
        return high
    if kind < 0.65:
        return draw.randint(low, high)
    return min(low - 1 + int(2 ** draw.uniform(0, (high - low + 2).bit_length())), high)


def random_config(conf, seed, wanted=None):
    """Sets every option of conf to some value that the values of the others allow. wanted: {name of
    an option: its value, where it may be set}"""
    draw, settled, wanted = random.Random(seed), set(), wanted or {}
    for choice in conf.unique_choices:
        drawn = draw.choice(choice.syms)
        asked = [sym for sym in choice.syms if wanted.get(sym.name) == 2]
        (asked or [drawn])[0].set_value(2)
    # A switch may make new options visible.
    while True:
        fresh = [sym for sym in asked_for(conf) if sym not in settled]
        for sym in fresh:
            settled.add(sym)
            if sym.name in wanted:
                sym.set_value(wanted[sym.name])
            elif sym.orig_type is BOOL:
                sym.set_value(draw.choice((0, 2)))
            elif is_number(sym) and sym.visibility:
                draw_number(draw, sym)
        if not fresh:
            break
    make_possible(conf, draw)


def make_possible(conf, draw):
    """Draws numbers again that are out of their range, and changes a broken relation to one that
    holds."""
    for _ in range(1000):
        outside = out_of_range(conf)
        for sym in outside:
            draw_number(draw, sym)
        if outside:
            continue
        wrong = relations.broken(conf, conf.relations)
        if not wrong:
            return
        row = draw.choice(wrong)
        mends = relations.what_would_do(conf, conf.relations, row)
        if mends:
            sym, value = draw.choice(mends)
            sym.set_value(value)
        for sym in () if mends else [conf.syms[name] for name in row.names]:
            if sym in asked_for(conf) and is_number(sym):
                draw_number(draw, sym)
    raise AssertionError("no configuration in a thousand draws")


def every_switch(conf, value):
    """Sets every switch outside a choice to off (0) or on (2), and everything else to its
    default."""
    settled = set()
    while True:
        fresh = [sym for sym in asked_for(conf) if sym.orig_type is BOOL and sym not in settled]
        if not fresh:
            return
        for sym in fresh:
            sym.set_value(value)
        settled.update(fresh)
