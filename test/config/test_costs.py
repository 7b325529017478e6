# SPDX-License-Identifier: BSD-2-Clause
"""Every number behind "Cost:" in Kconfig's help is measured, and must be as the help says."""
import os
import re
import shlex
import subprocess
import sys

import pytest

import builds
import costs
import options
import settings

NM = (os.environ.get("CROSS_COMPILE") or "riscv64-unknown-elf-") + "nm"


@pytest.fixture(scope="module")
def conf(kconf):
    """The tree's options, by default."""
    return kconf.Config()


@pytest.fixture(scope="module")
def command(compile_commands):
    """command(file): the compiler's options for a file, without the file, -c and -o and their
    names."""
    def words(header, file="mm/check/config_check.c"):
        row = next(row for row in compile_commands if row["file"].endswith(file))
        found = row.get("arguments") or shlex.split(row["command"])
        found = [word for word in found if word != "-c" and not word.endswith(file)]
        at = found.index("-o") if "-o" in found else len(found)
        del found[at:at + 2]
        found[found.index("-include") + 1] = str(header)
        found[found.index("-Iinclude")] = "-I" + os.path.join(row["directory"], "include")
        return found + ["-c", "-o"]

    words.rows = compile_commands
    return words


def texts(conf):
    """{option: the text of its cost}, for all options that have one."""
    found = {sym.name: costs.cost_of(sym) for sym in conf.unique_defined_syms}
    return {name: text for name, text in found.items() if text}


def configured(conf, tmp_path, asked):
    """Writes the autoconf.h of the defaults and these settings."""
    conf.unset_values()
    for name, value in asked.items():
        conf.syms[name].set_value(str(value))
    header = tmp_path / "autoconf.h"
    conf.write_autoconf(str(header))
    conf.unset_values()
    return header


def check(name, text, nr, measured):
    said = costs.numbers(text)[nr]
    assert costs.agrees(said, measured), \
        f"the cost of {name} is said to be '{said[0]}'; measured: {measured}. Mend: its help"


def test_every_number_is_measured(conf):
    found = texts(conf)
    assert len(found) > 40
    for name, text in found.items():
        said = [number[0] for number in costs.numbers(text)]
        assert len(said) == len(costs.COSTS.get(name, [])), \
            f"{name}: costs.py measures {len(costs.COSTS.get(name, []))} of the numbers {said}"
    assert set(costs.COSTS) <= set(found)


def test_planted_numbers_do_not_agree():
    for text, measured, right in (
            ("4 bits", 64, False), ("8 bytes", 8, True), ("8 bytes", 9, False),
            ("2,000 bytes", 2000, True), ("2,000 bytes", 4096, False), ("4.5 KiB", 4600, True),
            ("4.5 KiB", 4700, False), ("about 30 KiB", 66718, False),
            ("about 65 KiB", 66718, True), ("at most 2^44 in rv64, 7", 7, True)):
        assert len(costs.numbers(text)) == 1, text
        assert costs.agrees(costs.numbers(text)[0], measured) == right, text


def measured_by(kind):
    return [(name, nr) for name, row in costs.COSTS.items()
            for nr, source in enumerate(row) if source[0] == kind]


@pytest.mark.parametrize("name", sorted({name for name, _ in measured_by("c")}))
def test_constants(conf, command, tmp_path, name):
    for nr, (kind, expression, asked) in enumerate(costs.COSTS[name]):
        if kind == "c":
            header, place = configured(conf, tmp_path, asked), tmp_path / "probe.o"
            check(name, texts(conf)[name], nr,
                  costs.compile_probe(command(header) + [str(place)], expression, place))


def test_defaults(conf):
    for name, nr in measured_by("default"):
        conf.unset_values()
        option = conf.syms[costs.COSTS[name][nr][1]]
        value = option.str_value or option.defaults[-1][0].str_value
        check(name, texts(conf)[name], nr, int(value))


def test_variables(conf, request):
    kernel = options.kernel_under_test(request.config)
    text = subprocess.run([NM, "-S", str(kernel.elf)], check=True, capture_output=True,
                          text=True).stdout
    rows = (line.split() for line in text.splitlines())
    sizes = {row[3]: int(row[1], 16) for row in rows if len(row) == 4}
    for name, nr in measured_by("symbol"):
        check(name, texts(conf)[name], nr, sizes[costs.COSTS[name][nr][1]])


def test_each_unit(conf, command, tmp_path):
    """Compiles the objects that name the option with two of its values."""
    for name, nr in measured_by("each"):
        _, option, ends = costs.COSTS[name][nr]
        sums = []
        for value in (ends["low"], ends["high"]):
            header, total = configured(conf, tmp_path, {option: value}), 0
            for row in command.rows:
                path = builds.ROOT / row["file"]
                if path.suffix != ".c" or \
                        not re.search(rf"\bCONFIG_{option}\b", path.read_text(encoding="utf-8")):
                    continue
                made = tmp_path / "each.o"
                subprocess.run(command(header, row["file"]) + [str(made), str(path)], check=True)
                text = subprocess.run([NM.replace("nm", "size"), "-B", str(made)], check=True,
                                      capture_output=True, text=True).stdout
                total += sum(map(int, text.splitlines()[1].split()[1:3]))
            sums.append(total)
        check(name, texts(conf)[name], nr, (sums[1] - sums[0]) / (ends["high"] - ends["low"]))


def linked_sum(place, asked):
    settings.must_configure(place, asked)
    builds.must_make(place, "Image")
    return sum(sys.modules["size"].parts_of(str(place / "tessera")))


# A change of these options makes most objects again. So does one that needs others than the
# defaults beside it.
SLOW = ("NUMA", "LOCK_ORDER", "ZONE_DMA", "ZONE_DMA32", "ZONE_MOVABLE", "THREADS", "DMA")


@pytest.mark.parametrize("slow", [False, pytest.param(True, marks=pytest.mark.long)])
def test_linked_kernels(conf, folder, slow):
    __import__("size")
    place, wrong = folder / "linked", []
    sums = {}
    for name, nr in measured_by("linked"):
        if (name in SLOW or bool(costs.COSTS[name][nr][2])) != slow:
            continue
        base = dict(costs.COSTS[name][nr][2])
        if name == "SHELL":
            base["BENCH"] = "n"  # part of the shell, and its cost is measured by itself
        key = tuple(base.items())
        if key not in sums:
            sums[key] = linked_sum(place, base)
        conf.unset_values()
        for option, value in base.items():
            conf.syms[option].set_value(value)
        other = {name: "n" if conf.syms[name].tri_value else "y"}
        conf.unset_values()
        measured = abs(sums[key] - linked_sum(place, {**base, **other}))
        said = costs.numbers(texts(conf)[name])[nr]
        if not costs.agrees(said, measured):
            wrong.append(f"the cost of {name} is said to be '{said[0]}'; measured: {measured}")
    assert not wrong
