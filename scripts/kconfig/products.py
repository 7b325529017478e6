# SPDX-License-Identifier: BSD-2-Clause
"""The files that the build reads of a configuration, besides autoconf.h."""
from kconfiglib import BOOL


def make_fragment(conf):
    """The configuration as make variables; strings are quoted for make, not for a shell."""
    lines = ["# Made from .config; edit that.\n"]
    for sym in conf.unique_defined_syms:
        if not sym.config_string or sym.orig_type is BOOL and not sym.tri_value:
            continue
        value = sym.str_value.replace("$", "$$").replace("#", "\\#")
        lines.append("CONFIG_%s := %s\n" % (sym.name, value))
    return "".join(lines)


# Texts whose length must not show in the image, because they describe the image's own layout. Each
# takes this much room (include/plan/plan.h), the NUL at its end included.
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
