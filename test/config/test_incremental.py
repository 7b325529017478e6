# SPDX-License-Identifier: BSD-2-Clause
"""A changed option or header rebuilds what depends on it, and nothing else: of the kernel, whose
objects these tests look at."""
import re
import shutil

import builds
import settings


def times(objdir):
    return {str(path.relative_to(objdir / "obj")): path.stat().st_mtime_ns
            for path in (objdir / "obj").rglob("*.o")}


def rebuilt(objdir, root, *words):
    """The objects that make makes again."""
    before = times(objdir)
    builds.must_make(objdir, "Image", "System.map", *words, root=root)
    after = times(objdir)
    return {name for name, stamp in after.items() if before.get(name) != stamp}


def set_option(objdir, name, value):
    config = objdir / ".config"
    text = config.read_text(encoding="utf-8")
    text, count = re.subn(rf"(?m)^(?:CONFIG_{name}=.*|# CONFIG_{name} is not set)$",
                          settings.assignment(name, value).rstrip("\n"), text)
    assert count == 1, f"{name} is not in .config"
    config.write_text(text, encoding="utf-8")


def products(objdir):
    return {name: (objdir / name).read_bytes() for name in ("Image", "System.map")}


def same_as_clean(objdir, root, tmp_path):
    """A new folder and a build with one job at a time give the same bytes."""
    clean = tmp_path / "clean"
    clean.mkdir()
    shutil.copy2(objdir / ".config", clean / ".config")
    builds.must_make(clean, "-j1", "Image", "System.map", root=root)
    assert products(objdir) == products(clean)


def sources_naming(root, option):
    """The kernel's sources that name the option."""
    found = set()
    for folder in ("arch/riscv", "mm", "kernel", "lib", "drivers", "fs", "plan", "shell", "board",
                   "test/target", "test/bench/target", "test/stress"):
        for path in (root / folder).rglob("*.[cS]"):
            if re.search(rf"\bCONFIG_{option}\b", path.read_text(encoding="utf-8")):
                found.add(str(path.relative_to(root).with_suffix(".o")))
    return found


def test_second_make_does_nothing(tree):
    root, objdir = tree
    builds.must_make(objdir, root=root)
    before = {path: path.stat().st_mtime_ns for path in objdir.rglob("*") if path.is_file()}
    text = builds.must_make(objdir, root=root)
    assert not re.search(r"(?m)^\s+(?:CC|AS|LD|LDS|OBJCOPY|MAP)\b", text), text
    assert not rebuilt(objdir, root)
    for name in ("Image", "System.map", "tessera"):
        assert before[objdir / name] == (objdir / name).stat().st_mtime_ns


def test_one_option_rebuilds_its_users(tree):
    root, objdir = tree
    everything = set(times(objdir))
    set_option(objdir, "SHELL_HISTORY", 7)
    made = rebuilt(objdir, root)
    users = sources_naming(root, "SHELL_HISTORY")
    assert users and users <= made
    # The image holds the text of .config, so that any change makes this object again.
    assert made - users <= {"config_data.o"}
    assert len(made) < len(everything) // 4, f"{len(made)} of {len(everything)} made again"


def test_option_in_a_header_rebuilds_all_that_include_it(tree, tmp_path):
    root, objdir = tree
    set_option(objdir, "NR_CPUS", 3)
    made = rebuilt(objdir, root)
    assert {"kernel/cpu.o", "mm/check/config_check.o"} <= made
    assert "lib/math.o" not in made
    same_as_clean(objdir, root, tmp_path)


def test_switch_drops_files_and_brings_them_back(tree, tmp_path):
    root, objdir = tree
    image = products(objdir)
    set_option(objdir, "PAGE_MOBILITY", "n")
    builds.must_make(objdir, "olddefconfig", root=root)
    builds.must_make(objdir, "Image", "System.map", root=root)
    assert products(objdir) != image
    same_as_clean(objdir, root, tmp_path)
    set_option(objdir, "PAGE_MOBILITY", "y")
    builds.must_make(objdir, "olddefconfig", root=root)
    builds.must_make(objdir, "Image", "System.map", root=root)
    assert products(objdir) == image, "there and back again is not the same"


def test_changed_header_rebuilds_its_users(tree):
    root, objdir = tree
    header = root / "include" / "mm" / "slab.h"
    header.write_text(header.read_text(encoding="utf-8") + "/* changed */\n", encoding="utf-8")
    made = rebuilt(objdir, root)
    assert "mm/slab/slab.o" in made
    assert "mm/boot/memblock.o" not in made


def test_other_compiler_rebuilds_everything(tree):
    """With LLVM=1 in the same folder no object of the former compiler stays."""
    root, objdir = tree
    everything = set(times(objdir))
    made = rebuilt(objdir, root, "LLVM=1")
    assert made == everything
