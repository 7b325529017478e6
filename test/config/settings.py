# SPDX-License-Identifier: BSD-2-Clause
"""Makes configurations from a few settings, and says which of them are refused."""
import os
import sys

import builds

BASE = builds.DEFAULT
# A kernel that is built fast, and yet has all that a link consists of.
SMALL_BASE = "qemu_virt_tiny_defconfig"
SMALL = {"KALLSYMS": "y", "IKCONFIG": "y"}


def assignment(name, value):
    if value == "n":
        return f"# CONFIG_{name} is not set\n"
    if isinstance(value, str) and value != "y":
        return f'CONFIG_{name}="{value}"\n'
    return f"CONFIG_{name}={value}\n"


def describe(settings):
    """A test's name for a set of settings."""
    return ",".join(f"{name}={value}" for name, value in settings.items())


def write(folder, settings, base=BASE):
    """Writes a defconfig: the stored one, in which the settings replace their lines."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = [line for line in (builds.CONFIGS / base).read_text(encoding="utf-8").splitlines(True)
            if not any(f"CONFIG_{name}=" in line or f"CONFIG_{name} " in line
                       for name in settings)]
    path = folder / "asked"
    path.write_text("".join(kept) + "".join(assignment(*item) for item in settings.items()),
                    encoding="utf-8")
    return path


def configure(folder, settings, base=BASE):
    """Runs make defconfig with these settings; returns (status, text)."""
    return builds.make(folder, "defconfig", f"DEFCONFIG={write(folder, settings, base)}")


def must_configure(folder, settings, base=BASE):
    status, text = configure(folder, settings, base)
    assert status == 0, f"{describe(settings)} is refused:\n{text}"
    config = builds.read_config(folder / ".config")
    for name, value in settings.items():
        assert config.get(name, "n") == value, f"asked {name}={value}, got {config.get(name)}"


def refusal(folder, settings):
    """The sentence that refuses these settings before anything is compiled; fails when nothing
    does."""
    status, text = configure(folder, settings)
    assert status != 0, f"{describe(settings)} is accepted"
    return text


def ranged():
    """(symbol, lowest, highest, settings that make it visible) for each number with a prompt."""
    here = os.getcwd()
    sys.path.append(str(builds.ROOT / "scripts" / "kconfig"))
    os.chdir(builds.ROOT)
    try:
        return list(_ranged(__import__("kconf").kconfiglib))
    finally:
        os.chdir(here)


def _switch_on(kconfiglib, sym, needed):
    """Switches on whatever sym depends on, what that depends on first."""
    switches = {item.name: item for item in kconfiglib.expr_items(sym.direct_dep)
                if isinstance(item, kconfiglib.Symbol)}
    for _, switch in sorted(switches.items()):  # a set has another order in each process
        if switch.nodes and not switch.tri_value and switch.name not in needed:
            needed[switch.name] = "y"
            _switch_on(kconfiglib, switch, needed)
            switch.set_value("y")


def _ranged(kconfiglib):
    tree = kconfiglib.Kconfig("Kconfig", warn=False)
    tree.load_config(str(builds.CONFIGS / BASE))
    for sym in tree.unique_defined_syms:
        if sym.orig_type not in (kconfiglib.INT, kconfiglib.HEX) or not sym.nodes[0].prompt:
            continue
        needed = {}
        _switch_on(kconfiglib, sym, needed)
        for low, high, condition in sym.ranges:
            if kconfiglib.expr_value(condition):
                yield sym.name, int(low.str_value, 0), int(high.str_value, 0), needed
                break
        else:
            raise AssertionError(f"{sym.name} has a prompt and no range")
        for name in needed:
            tree.syms[name].unset_value()
