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
import products
import relations
from faults import (FOLLOWERS, Refused, active_range, as_text, asked_value, assignment_faults,
                    assignments, follow, needs_text, note, number, out_of_range, range_fault,
                    set_again, settle_choices, unique, value_faults, without_effect)
from kconfiglib import HEX, INT, STRING


class Config(kconfiglib.Kconfig):
    """A Kconfig tree that never drops what the user asked for.

    kconfiglib's menus save the value that an option fell back to. Here write_config() saves the
    value that was asked for, so that the next build refuses it by name.
    """

    def __init__(self):
        super().__init__("Kconfig", warn=True, warn_to_stderr=False, suppress_traceback=True)
        self.warn_assign_undef = True
        self.warn_assign_override = self.warn_assign_redun = False
        # kconfiglib warns of the Kconfig files themselves before any value is assigned.
        if self.warnings:
            raise Refused(["Kconfig: " + text for text in self.warnings])
        self.relations = relations.read()

    def load(self, path, complete=True):
        """Loads path. complete: every assignment must take effect. Otherwise path is an old
        .config, and assignments that no longer have an effect are left out, with a note: the
        caller saves what comes of it."""
        self.warnings.clear()
        self.load_config(path)
        meant = set_again(path)
        faults = settle_choices(self, meant)
        if path == kconfiglib.standard_config_filename():
            # The build takes its own FOLLOWERS from the defaults; .config keeps its line.
            followed = follow(self, FOLLOWERS if complete else (), meant)
            for text in () if complete else followed:
                note(text)
        for sym in () if complete else without_effect(self):
            note("CONFIG_%s=%s has no effect without %s, and is left out" % (
                sym.name, asked_value(sym), needs_text(sym)))
        self.judge(path, faults, complete, None if complete else ())

    def merge(self, path):
        """Puts the lines of a fragment in the place of the options' values, and says which of them
        changed."""
        former = {sym: sym.str_value for sym in self.unique_defined_syms}
        self.warnings.clear()
        self.load_config(path, replace=False)
        set_again(path)
        names = set(assignments(path))
        faults = settle_choices(self, names)
        for text in follow(self, (), names):
            note(text)
        self.judge(path, faults, True, names)
        for sym in self.unique_defined_syms:
            if sym.name in names and sym.str_value != former[sym]:
                print("  CONFIG_%s: %s becomes %s (%s)" % (sym.name, former[sym] or "n",
                                                           sym.str_value, path))

    def judge(self, path, faults, complete, names):
        """Refuses values that cannot be, of the options of these names or of all."""
        for sym in self.unique_defined_syms:
            assert sym.str_value is not None  # kconfiglib warns when it computes the value
        faults = assignment_faults(self, path, complete) + faults + \
            list(map(range_fault, out_of_range(self))) + value_faults(self, names)
        if faults:
            raise Refused(unique(faults))
        self.must_be_possible()

    def must_be_possible(self):
        """Refuses a configuration in which a relation between options does not hold."""
        faults = self.broken_relations()
        if faults:
            raise Refused(faults)

    def broken_relations(self):
        return [relations.sentence(self, self.relations, row)
                for row in relations.broken(self, self.relations)]

    def write_config(self, filename=None, header=None, save_old=True, verbose=None):
        path = filename or kconfiglib.standard_config_filename()
        result = super().write_config(path, header, save_old, verbose)
        asked = {sym.name: sym.user_value for sym in out_of_range(self)
                 if sym.name not in FOLLOWERS or sym.defaults[-1][0].str_value != sym.user_value}
        if asked:
            with open(path) as f:
                text = f.read()
            for name, value in asked.items():
                text = re.sub(r"(?m)^CONFIG_%s=.*$" % name,
                              "CONFIG_%s=%s" % (name, value), text)
            with open(path, "w") as f:
                f.write(text)
        return result


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


def verb_merge(args):
    """Takes a fragment, whose lines replace those of .config, or of the defaults."""
    if not os.path.exists(args.file):
        names = sorted(n for n in os.listdir("configs") if n.endswith(".config"))
        raise Refused(["%s does not exist, neither here nor in configs/; there are: %s" % (
            args.file, " ".join(names))])
    conf = Config()
    load_existing(conf, complete=False)
    conf.merge(args.file)
    save(conf)


def verb_menu(args):
    """menuconfig and guiconfig: kconfiglib's own front ends, on our tree."""
    if args.verb == "menuconfig" and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Refused(["menuconfig has no terminal to draw on. Mend: without one, add lines to %s "
                       "and run 'make olddefconfig'" % kconfiglib.standard_config_filename()])
    try:
        module = __import__(args.verb)
    except ImportError as e:
        raise Refused(["%s needs the module %s: %s" % (
            args.verb, e.name, "apt-get install python3-tk" if e.name == "tkinter"
            else "run 'make setup'")]) from e
    os.makedirs(os.path.dirname(kconfiglib.standard_config_filename()) or ".", exist_ok=True)
    conf = Config()
    conf.write_config = functools.partial(write_and_judge, conf)
    # The front end's last message is about saving; our judgement comes below it.
    module.print = lambda text: print(text.split("\n\n", maxsplit=1)[0])
    try:
        module.menuconfig(conf)
    except Exception as e:
        if type(e).__name__ != "TclError":
            raise
        raise Refused(["%s has no display to open a window on: %s. Mend: 'make menuconfig' is the "
                       "same in a terminal" % (args.verb, e)]) from e
    try:
        # As the build loads it: nothing is saved after this, and no value may be mended here.
        load_existing(Config(), complete=True)
    except Refused as e:
        raise Refused(e.sentences + [
            "%s keeps what was asked for, though the menus show what it would fall back to. 'make "
            "mendconfig' takes the nearest values." % kconfiglib.standard_config_filename()]) from e


def write_and_judge(conf, filename=None):
    """What a menu says when it saved: also which defaults followed, and which values the build
    will refuse."""
    followed = follow(conf, (), ())
    said = Config.write_config(conf, filename)
    faults = unique(map(range_fault, out_of_range(conf))) + conf.broken_relations()
    words = followed + ["The build will refuse this:"] * bool(faults) + faults
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
    """Brings each number that is out of its range to the nearer end, and each value that breaks a
    relation to the nearest that does not, and says so."""
    conf = Config()
    conf.load_config()
    while out_of_range(conf):
        sym = out_of_range(conf)[0]
        low, high = (number(sym, end.str_value) for end in active_range(sym))
        nearer = min(max(number(sym, sym.user_value), low), high)
        print("  CONFIG_%s: %s becomes %d" % (sym.name, sym.user_value, nearer))
        sym.set_value(as_text(sym, nearer))
    for row in conf.relations:
        for sym, other in relations.what_would_do(conf, conf.relations, row)[:1]:
            print("  CONFIG_%s: %s becomes %s" % (sym.name, sym.str_value, other))
            sym.set_value(other)
    conf.must_be_possible()
    save(conf)


def verb_randconfig(_):
    """Takes options at random, by a seed that is printed: SEED= repeats it. ALLCONFIG= names a file
    of options that get the values there wherever they may be set."""
    text = os.environ.get("SEED") or str(random.SystemRandom().randrange(1 << 32))
    if not text.isdecimal():
        raise Refused(["SEED=%s: a number is expected" % text])
    conf, fixed, wanted = Config(), os.environ.get("ALLCONFIG"), {}
    if fixed:
        asked = Config()
        asked.load_config(fixed)
        wanted = {sym.name: sym.user_value for sym in asked.unique_defined_syms
                  if sym.user_value is not None}
    generate.random_config(conf, int(text), wanted)
    print("  again: make randconfig SEED=%s%s" % (text, fixed and " ALLCONFIG=" + fixed or ""))
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
    return conf._min_config_contents("# SPDX-" "License-Identifier: BSD-2-Clause\n")


def verb_listnewconfig(args):
    # Nothing is saved, so that there is nothing to note either.
    conf = Config()
    conf.load_config()
    for sym in conf.unique_defined_syms:
        settable = len(sym.assignable) > 1 or (
            sym.visibility and (sym.orig_type in (INT, HEX, STRING) or sym.choice))
        if sym.user_value is None and settable:
            print(sym.config_string.strip() or "# CONFIG_%s is not set" % sym.name)


def verb_check(args):
    """A stored defconfig must be what saving its configuration gives back."""
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
    products.write_if_changed(os.path.join(args.objdir, "include/config/auto.mk"),
                              products.make_fragment(conf))
    products.write_if_changed(os.path.join(generated, "config_data.S"),
                              products.config_data(conf))


def main():
    parser = argparse.ArgumentParser(prog="kconf", description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--objdir", default="build", help="folder of the build's products")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verb = verbs.add_parser("defconfig", help="makes .config from a stored defconfig")
    verb.add_argument("file")
    verb.set_defaults(run=verb_defconfig)
    verb = verbs.add_parser("merge", help="sets what a fragment sets, in .config")
    verb.add_argument("file")
    verb.set_defaults(run=verb_merge)
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
    except OSError as e:
        print("kconf: %s: %s. Mend: give a folder that you may write to, such as O=/tmp/tessera" % (
            e.filename, e.strerror), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
