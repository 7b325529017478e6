# SPDX-License-Identifier: BSD-2-Clause
"""docs/options.md says what each option of memory adds, and what it says is so."""
import re
import sys

import pytest

import builds
from test_costs import command, conf, configured  # noqa: F401

ROW = re.compile(r"(?m)^\| `(\w+)`[^|]* \| ((?:[+-]?\d+ \| ?){7})$")
# Not measured by themselves: one is chosen of these, or the option has no code of its own.
CHOICES = {"FLATMEM", "SPARSEMEM", "SPARSEMEM_VMEMMAP", "MM_ASSERT", "MM_CHECK", "MM_VALIDATE"}
APART = {"MEMORY_HOTPLUG_MOVABLE", "VMALLOC"}
TOLERANCE = 0.12


@pytest.fixture(scope="module")
def table():
    """{option: its numbers} of the page."""
    text = (builds.ROOT / "docs" / "options.md").read_text(encoding="utf-8")
    return {name: [int(n) for n in numbers.replace("|", " ").split()]
            for name, numbers in ROW.findall(text)}


@pytest.fixture(scope="module")
def program(kconf):  # pylint: disable=unused-argument
    return __import__("option_table")


def test_every_switch_of_memory_has_a_row(conf, table, program):  # noqa: F811
    """In the order of the program, which measures the page."""
    asked = {sym.name for sym in conf.unique_defined_syms
             if sym.nodes[0].filename == "mm/Kconfig" and sym.nodes[0].prompt and
             sym.orig_type == sys.modules["kconfiglib"].BOOL}
    assert list(table) == [option[0] for option in program.OPTIONS]
    assert set(table) == asked - CHOICES - APART
    assert [name for name, numbers in table.items() if not any(numbers)] == []


def test_what_a_page_a_pageblock_and_a_zone_take(conf, command, tmp_path,  # noqa: F811
                                                 table, program):
    for name, needs, _ in program.OPTIONS:
        conf.unset_values()
        for need in needs:
            conf.syms[need].set_value("y")
        assert program.defaults_to_yes(name) == (conf.syms[name].str_value == "y"), name
        base = {need: "y" for need in needs}
        turned = {name: "n" if program.defaults_to_yes(name) else "y"}
        before, after = (program.probed(command(configured(conf, tmp_path, asked))[:-2])
                         for asked in (base, {**base, **turned}))
        sign = -1 if program.defaults_to_yes(name) else 1
        assert table[name][3:6] == [sign * (b - a) for a, b in zip(before, after)], name


@pytest.mark.long
@pytest.mark.parametrize("name", ["MEMTEST", "SLAB_MERGE", "VM_EVENT_COUNTERS"])
def test_rows_are_measured(folder, table, program, name):
    """Bytes may differ a little by what came to the kernel since."""
    option = next(row for row in program.OPTIONS if row[0] == name)
    numbers = ROW.findall(program.row_of(str(folder / "table"), option, {}))[0][1]
    for said, seen in zip(table[name], (int(n) for n in numbers.replace("|", " ").split())):
        assert abs(said - seen) <= max(64, TOLERANCE * abs(seen)), name
