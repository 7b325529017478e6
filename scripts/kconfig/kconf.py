#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Tessera's Kconfig verbs, on top of kconfiglib.

kconfiglib, like every Kconfig tool, quietly replaces a value it cannot use. Here no value is
replaced: whatever a defconfig, a .config or a menu asks for is either what the build gets or an
error that names the option, the value, what is possible, and the mend.
"""

import argparse
import functools
import glob
import os
import random
import re
import sys
import textwrap

try:
    import kconfiglib
except ImportError:
    sys.exit("kconf: kconfiglib is missing for %s: run 'make setup', or give PYTHON= an "
             "interpreter that has it" % sys.executable)

import generate
import relations
from kconfiglib import BOOL, INT, HEX, STRING, TRI_TO_STR, Symbol


class Refused(Exception):
    """Sentences for the user, one per thing that cannot be."""

    def __init__(self, sentences):
        super().__init__("\n".join(sentences))
        self.sentences = sentences


class Config(kconfiglib.Kconfig):
    """Kconfig tree that never drops what the user asked for.

    kconfiglib's menus save the value an option fell back to. Here write_config() saves the value
    that was asked for, so that the next build refuses it by name.
    """

    def __init__(self):
        super().__init__("Kconfig", warn=True, warn_to_stderr=False, suppress_traceback=True)
        self.warn_assign_undef = True
        # Warnings of the Kconfig files themselves, before any value is assigned.
        if self.warnings:
            raise Refused(["Kconfig: " + text for text in self.warnings])
        self.relations = relations.read()

    def load(self, path, complete=True):
        """Loads path; complete: every assignment must have its effect."""
        self.warnings.clear()
        self.load_config(path)
        if path == kconfiglib.standard_config_filename():
            for sym in filter(follows, out_of_range(self)):
                sym.unset_value()
        for sym in self.unique_defined_syms:
            assert sym.str_value is not None  # computing it is what warns
        faults = assignment_faults(self, path, complete) + value_faults(self, complete)
        if faults:
            raise Refused(unique(faults))
        self.must_be_possible()

    def must_be_possible(self):
        """Each relation between options holds."""
        faults = self.broken_relations()
        if faults:
            raise Refused(faults)

    def broken_relations(self):
        return [relations.sentence(self, self.relations, row)
                for row in relations.broken(self, self.relations)]

    def write_config(self, filename=None, header=None, save_old=True, verbose=None):
        path = filename or kconfiglib.standard_config_filename()
        result = super().write_config(path, header, save_old, verbose)
        asked = {sym.name: sym.user_value for sym in out_of_range(self) if not follows(sym)}
        if asked:
            with open(path) as f:
                text = f.read()
            for name, value in asked.items():
                text = re.sub(r"(?m)^CONFIG_%s=.*$" % name,
                              "CONFIG_%s=%s" % (name, value), text)
            with open(path, "w") as f:
                f.write(text)
        return result


# Caps that end at the largest block. A .config stores every value, so that their default is there
# although nobody chose it: it follows when MAX_ORDER is lowered.
FOLLOWERS = ("KMALLOC_MAX_SHIFT", "SLAB_MAX_ORDER")


def follows(sym):
    """Is this a cap at its plain default, which the configuration now forbids?"""
    return sym.name in FOLLOWERS and sym.defaults[-1][0].str_value == sym.user_value


def unique(items):
    return list(dict.fromkeys(items))


def is_number(sym):
    return sym.orig_type in (INT, HEX)


def has_prompt(sym):
    return any(node.prompt for node in sym.nodes)


def number(sym, text):
    return int(text, 16 if sym.orig_type is HEX else 10)


# kconfiglib's warnings about assignments, and our sentence for each, without what it names of the
# Kconfig files. None: said better elsewhere, or of no consequence.
ASSIGNMENT_WARNINGS = (
    (r"attempt to assign .* to the undefined symbol (\w+)",
     "CONFIG_{0} is not an option of this tree. Mend: remove the line, or change its name; "
     "'make menuconfig' finds names with the key /."),
    (r"'(.*)' is not a valid value for the (\w+) symbol (\w+)",
     "CONFIG_{2}={0} is refused: its values are y and n. Mend: set it to one of them."),
    (r"the value '(.*)' is invalid for (\w+) .*which has type (\w+)",
     "CONFIG_{1}={0} is refused: it takes a number ({2}). Mend: set it to one."),
    (r"malformed string literal in assignment to (\w+)",
     "CONFIG_{0} takes a text in double quotes. Mend: set it in quotes."),
    (r"ignoring malformed line '(.*)'",
     "'{0}' is no assignment. Mend: change it to CONFIG_<name>=<value>, or remove it."),
    (r"(\w+) .*set more than once\. Old value (.*), new value (.*)\.$",
     "CONFIG_{0} is set more than once, to {1} and to {2}. Mend: keep one of the lines."),
    (r"outside the active range|has no prompt, meaning user values", None),
)


def plain(warning):
    """A warning of kconfiglib's without line breaks and places in the Kconfig files."""
    return re.sub(r"\s*\(defined at [^)]*\)", " ", " ".join(warning.split()))


def assignment_faults(conf, path, complete):
    """Lines that name no option, or give a value of the wrong kind, or say a thing twice.

    What brings an old .config up to date (not complete) drops options that are gone.
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
                    faults.append("%s: %s" % (path, sentence.format(*match.groups())))
                break
        else:
            faults.append("%s: %s" % (path, warning))
    # In a complete .config what follows from other options stands beside them, and is made anew.
    stored = os.path.abspath(path) == os.path.abspath(kconfiglib.standard_config_filename())
    for sym in conf.unique_defined_syms:
        if sym.user_value is not None and not has_prompt(sym) and not stored and complete:
            faults.append("%s: CONFIG_%s follows from other options and cannot be set. Mend: "
                          "remove the line." % (path, sym.name))
    return faults


def out_of_range(conf):
    """Numbers that are asked for, visible, and not what the build would get."""
    return [sym for sym in conf.unique_defined_syms
            if is_number(sym) and sym.user_value is not None and sym.visibility
            and number(sym, sym.user_value) != number(sym, sym.str_value)]


def active_range(sym):
    for low, high, cond in sym.ranges:
        if kconfiglib.expr_value(cond):
            return low, high
    return None


def drivers(sym, seen=None):
    """Options with a prompt from which the value of sym follows, itself if it has one."""
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
    """Options that decide which of several ranges is in effect."""
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


def value_faults(conf, complete):
    """Values asked for that the build would not get."""
    faults = [range_fault(sym) for sym in out_of_range(conf)]
    if not complete:
        return faults
    for sym in conf.unique_defined_syms:
        if sym.user_value is None or not has_prompt(sym) or sym in out_of_range(conf):
            continue
        if sym.orig_type is BOOL:
            asked, got = TRI_TO_STR[sym.user_value], TRI_TO_STR[sym.tri_value]
        else:
            asked, got = sym.user_value, sym.str_value
        if asked == got or (sym.choice and asked == "n"):
            continue
        if sym.choice and sym.visibility:
            faults.append("CONFIG_%s=y is refused: CONFIG_%s=y is set too, and only one of them "
                          "can be. Mend: keep one of the two lines." % (
                              sym.name, sym.choice.selection.name))
        elif not sym.visibility:
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


# --- verbs -------------------------------------------------------------------------------------


def verb_defconfig(args):
    if not os.path.exists(args.file):
        outside = os.environ.get("BOARD_DIR")
        outside = glob.glob(outside + "/*/*_defconfig") if outside else []
        names = sorted(os.path.basename(n) for n in glob.glob("configs/*_defconfig") + outside)
        raise Refused(["%s does not exist; there are: %s" % (args.file, " ".join(names))])
    conf = Config()
    conf.load(args.file)
    save(conf)


def save(conf):
    path = kconfiglib.standard_config_filename()
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    print("  " + conf.write_config(path).replace("Configuration saved", "configuration written")
          .replace("No change to configuration in", "no change in"))


def load_existing(conf, complete):
    path = kconfiglib.standard_config_filename()
    if os.path.exists(path):
        conf.load(path, complete)


def verb_menu(args):
    """menuconfig, guiconfig: kconfiglib's own front ends on our tree."""
    try:
        module = __import__(args.verb)
    except ImportError as e:
        raise Refused(["%s needs the module %s: %s" % (
            args.verb, e.name, "apt-get install python3-tk" if e.name == "tkinter"
            else "run 'make setup'")]) from e
    os.makedirs(os.path.dirname(kconfiglib.standard_config_filename()) or ".", exist_ok=True)
    conf = Config()
    conf.write_config = functools.partial(write_and_judge, conf)
    # At the end the front end prints what was said of saving; the judgement comes below.
    module.print = lambda text: print(text.split("\n\n", maxsplit=1)[0])
    module.menuconfig(conf)
    try:
        load_existing(Config(), complete=False)
    except Refused as e:
        raise Refused(e.sentences + [
            "%s keeps what was asked for, though the menus show what it would fall back to. 'make "
            "mendconfig' takes the nearest values." % kconfiglib.standard_config_filename()]) from e


def write_and_judge(conf, filename=None):
    """What a menu says when it has saved: also what the build will not take."""
    said = Config.write_config(conf, filename)
    faults = unique(map(range_fault, out_of_range(conf))) + conf.broken_relations()
    words = ["The build will refuse this:"] * bool(faults) + faults
    return "\n\n".join([said] + [textwrap.fill(text, 72) for text in words])


def verb_oldconfig(args):
    oldconfig = __import__("oldconfig")
    conf = Config()
    load_existing(conf, complete=False)
    while True:
        oldconfig.conf_changed = False
        for node in conf.node_iter():
            oldconfig.oldconfig(node)
        if not oldconfig.conf_changed:
            break
    save(conf)
    conf.must_be_possible()


def verb_olddefconfig(args):
    conf = Config()
    load_existing(conf, complete=False)
    save(conf)


def verb_mendconfig(_):
    """Brings each value that is out of its range to the nearer end, and what breaks a relation to
    the nearest that does not, and says so."""
    conf = Config()
    conf.load_config()
    while out_of_range(conf):
        sym = out_of_range(conf)[0]
        low, high = (number(sym, end.str_value) for end in active_range(sym))
        nearer = min(max(number(sym, sym.user_value), low), high)
        print("  CONFIG_%s: %s becomes %d" % (sym.name, sym.user_value, nearer))
        sym.set_value(hex(nearer) if sym.orig_type is HEX else str(nearer))
    for row in conf.relations:
        for sym, other in relations.what_would_do(conf, conf.relations, row)[:1]:
            print("  CONFIG_%s: %s becomes %s" % (sym.name, sym.str_value, other))
            sym.set_value(other)
    conf.must_be_possible()
    save(conf)


def verb_randconfig(_):
    """Options at random, by a seed that is told: SEED= repeats it."""
    text = os.environ.get("SEED") or str(random.SystemRandom().randrange(1 << 32))
    if not text.isdecimal():
        raise Refused(["SEED=%s: a number is expected" % text])
    conf = Config()
    generate.random_config(conf, int(text))
    print("  again: make randconfig SEED=%s" % text)
    save(conf)


def verb_allnoconfig(_):
    conf = Config()
    generate.every_switch(conf, 0)
    save(conf)


def verb_allyesconfig(_):
    conf = Config()
    generate.every_switch(conf, 2)
    save(conf)


def verb_savedefconfig(args):
    conf = Config()
    conf.load(kconfiglib.standard_config_filename())
    with open(args.file, "w") as f:
        f.write(minimal(conf))
    print("  written: %s" % args.file)


def minimal(conf):
    return conf._min_config_contents("# SPDX-License-Identifier: BSD-2-Clause\n")


def verb_listnewconfig(args):
    conf = Config()
    load_existing(conf, complete=False)
    for sym in conf.unique_defined_syms:
        settable = len(sym.assignable) > 1 or (
            sym.visibility and (sym.orig_type in (INT, HEX, STRING) or sym.choice))
        if sym.user_value is None and settable:
            print(sym.config_string.strip() or "# CONFIG_%s is not set" % sym.name)


def verb_check(args):
    """A stored defconfig is what saving its configuration gives back."""
    bad = []
    for path in args.files:
        conf = Config()
        try:
            conf.load(path)
        except Refused as e:
            bad += e.sentences
            continue
        with open(path) as f:
            stored = f.read()
        if stored != minimal(conf):
            bad.append("%s is not in minimal form. Mend: make %s && make savedefconfig "
                       "DEFCONFIG=%s. It should read:\n%s" % (
                           path, os.path.basename(path), path, minimal(conf)))
        else:
            print("ok %s" % path)
    if bad:
        raise Refused(bad)


def verb_sync(args):
    """Checks .config and brings the files that the build reads up to date."""
    path = kconfiglib.standard_config_filename()
    conf = Config()
    conf.load(path)
    for folder in ("include/generated", "include/config"):
        os.makedirs(os.path.join(args.objdir, folder), exist_ok=True)
    generated = os.path.join(args.objdir, "include/generated")
    conf.write_autoconf(os.path.join(generated, "autoconf.h"),
                        "/* Made from .config; edit that. */\n")
    conf.sync_deps(os.path.join(args.objdir, "include/config"))
    write_if_changed(os.path.join(args.objdir, "include/config/auto.mk"), make_fragment(conf))
    write_if_changed(os.path.join(generated, "config_data.S"), config_data(conf))


def make_fragment(conf):
    """The configuration as make variables; strings are quoted for make, not for a shell."""
    lines = ["# Made from .config; edit that.\n"]
    for sym in conf.unique_defined_syms:
        if not sym.config_string or sym.orig_type is BOOL and not sym.tri_value:
            continue
        value = sym.str_value.replace("$", "$$").replace("#", "\\#")
        lines.append("CONFIG_%s := %s\n" % (sym.name, value))
    return "".join(lines)


# Texts whose length must not show in the image: what they hold describes the image's own layout.
# Each takes this much room (include/plan/plan.h), the NUL at its end included.
FIXED_ROOM = {"PLAN_DIGEST": 512}


def config_data(conf):
    """The text of .config as assembly, for the configuration view."""
    text = conf._config_contents("")
    spare = sum(max(room - 1 - len(conf.syms[name].str_value.encode()), 0)
                for name, room in FIXED_ROOM.items())
    rows = []
    for line in text.splitlines(keepends=True):
        quoted = line.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        rows.append('\t.ascii\t"%s"\n' % quoted)
    return ("/* Made from .config; edit that. */\n"
            '\t.section .rodata.config_data, "a"\n'
            "\t.globl\tkernel_config_data, kernel_config_data_end\n"
            "kernel_config_data:\n" + "".join(rows) + "kernel_config_data_end:\n"
            "\t.byte\t0\n\t.skip\t%d\n" % spare)


def write_if_changed(path, text):
    try:
        with open(path) as f:
            if f.read() == text:
                return
    except FileNotFoundError:
        pass
    with open(path, "w") as f:
        f.write(text)


def main():
    parser = argparse.ArgumentParser(prog="kconf", description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--objdir", default="build", help="folder of the build's products")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verb = verbs.add_parser("defconfig", help="makes .config from a stored defconfig")
    verb.add_argument("file")
    verb.set_defaults(run=verb_defconfig)
    for name in ("menuconfig", "guiconfig"):
        verbs.add_parser(name).set_defaults(run=verb_menu)
    for run in (verb_oldconfig, verb_olddefconfig, verb_mendconfig, verb_listnewconfig, verb_sync,
                verb_randconfig, verb_allnoconfig, verb_allyesconfig):
        verbs.add_parser(run.__name__[len("verb_"):]).set_defaults(run=run)
    verb = verbs.add_parser("savedefconfig", help="writes the minimal form of .config")
    verb.add_argument("file")
    verb.set_defaults(run=verb_savedefconfig)
    verb = verbs.add_parser("check", help="compares defconfigs with their own save-back")
    verb.add_argument("files", nargs="+")
    verb.set_defaults(run=verb_check)
    args = parser.parse_args()
    os.environ.setdefault("KCONFIG_CONFIG", os.path.join(args.objdir, ".config"))
    try:
        args.run(args)
    except Refused as e:
        for sentence in e.sentences:
            print("kconf: " + sentence, file=sys.stderr)
        return 1
    except kconfiglib.KconfigError as e:
        print("kconf: " + str(e), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
