# SPDX-License-Identifier: BSD-2-Clause
"""A changed option or header rebuilds what depends on it, and nothing else: of the kernel, whose
objects these tests look at."""
import re
import shutil

import pytest

import builds
import settings


def times(objdir):
    return {str(path.relative_to(objdir / "obj")): path.stat().st_mtime_ns
            for path in (objdir / "obj").rglob("*.o")}


def rebuilt(objdir, *words):
    """The objects that make makes again."""
    before = times(objdir)
    builds.must_make(objdir, "Image", "System.map", *words)
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


def same_as_clean(objdir, tmp_path):
    """A new folder and a build with one job at a time give the same bytes."""
    clean = tmp_path / "clean"
    clean.mkdir()
    shutil.copy2(objdir / ".config", clean / ".config")
    builds.must_make(clean, "-j1", "Image", "System.map")
    assert products(objdir) == products(clean)


def sources_naming(option):
    """The kernel's sources that name the option."""
    found = set()
    for folder in ("arch/riscv", "mm", "kernel", "lib", "drivers", "fs", "plan", "shell", "board",
                   "test/target", "test/bench/target", "test/stress"):
        for path in (builds.ROOT / folder).rglob("*.[cS]"):
            if re.search(rf"\bCONFIG_{option}\b", path.read_text(encoding="utf-8")):
                found.add(str(path.relative_to(builds.ROOT).with_suffix(".o")))
    return found


def test_second_make_does_nothing(objdir):
    builds.must_make(objdir)
    before = {path: path.stat().st_mtime_ns for path in objdir.rglob("*") if path.is_file()}
    text = builds.must_make(objdir)
    assert not re.search(r"(?m)^\s+(?:CC|AS|LD|LDS|OBJCOPY|MAP)\b", text), text
    assert not rebuilt(objdir)
    for name in ("Image", "System.map", "tessera"):
        assert before[objdir / name] == (objdir / name).stat().st_mtime_ns


def test_one_option_rebuilds_its_users(objdir):
    everything = set(times(objdir))
    set_option(objdir, "SHELL_HISTORY", 7)
    made = rebuilt(objdir)
    users = sources_naming("SHELL_HISTORY")
    assert users and users <= made
    # The image holds the text of .config, so that any change makes this object again.
    assert made - users <= {"config_data.o"}
    assert len(made) < len(everything) // 4, f"{len(made)} of {len(everything)} made again"


def test_option_in_a_header_rebuilds_all_that_include_it(objdir, tmp_path):
    set_option(objdir, "NR_CPUS", 3)
    made = rebuilt(objdir)
    assert {"kernel/cpu.o", "mm/check/config_check.o"} <= made
    assert "lib/math.o" not in made
    same_as_clean(objdir, tmp_path)


def test_switch_drops_files_and_brings_them_back(objdir, tmp_path):
    image = products(objdir)
    set_option(objdir, "PAGE_MOBILITY", "y")
    builds.must_make(objdir, "olddefconfig")
    builds.must_make(objdir, "Image", "System.map")
    assert products(objdir) != image
    same_as_clean(objdir, tmp_path)
    set_option(objdir, "PAGE_MOBILITY", "n")
    builds.must_make(objdir, "olddefconfig")
    builds.must_make(objdir, "Image", "System.map")
    assert products(objdir) == image, "there and back again is not the same"


def test_changed_header_rebuilds_its_users(objdir, tmp_path):
    """A board from outside the tree has a header that may be changed."""
    board = tmp_path / "far"
    board.mkdir()
    (board / "far.h").write_text("extern const int far;\n", encoding="ascii")
    (board / "uses.c").write_text('#include "far.h"\nconst int far = 1;\n', encoding="ascii")
    (board / "other.c").write_text("extern const int near;\nconst int near = 1;\n",
                                   encoding="ascii")
    (board / "objects.mk").write_text(f"obj-y += {board}/uses.o {board}/other.o\n",
                                      encoding="ascii")
    same = settings.write(objdir, settings.SMALL, settings.SMALL_BASE)
    shutil.copy2(same, board / "far_defconfig")
    builds.must_make(objdir, "far_defconfig", f"BOARD_DIR={tmp_path}")
    assert {name.rsplit("/", 1)[-1] for name in rebuilt(objdir)} == {"uses.o", "other.o"}
    (board / "far.h").write_text("extern const int far;\n/* changed */\n", encoding="ascii")
    made = rebuilt(objdir)
    (objdir / ".board_dir").unlink()
    assert [name.rsplit("/", 1)[-1] for name in made] == ["uses.o"]


def test_other_compiler_rebuilds_an_object_of_each_rule(tmp_path):
    """With LLVM=1 in the same folder no object of the former compiler stays: one of C, one of the
    assembler's, one of libfdt."""
    objects = ("mm/page/buddy.o", "arch/riscv/head.o", "lib/libfdt/fdt.o")
    builds.must_make(tmp_path, "qemu_virt_tiny_defconfig", *objects)
    before = times(tmp_path)
    assert set(before) == set(objects)
    builds.must_make(tmp_path, *objects, "LLVM=1")
    after = times(tmp_path)
    assert set(after) == set(objects) and not set(before.items()) & set(after.items())


@pytest.mark.long
def test_other_compiler_rebuilds_everything(tmp_path):
    builds.must_make(tmp_path, "qemu_virt_tiny_defconfig", "Image", "System.map")
    everything = set(times(tmp_path))
    assert rebuilt(tmp_path, "LLVM=1") == everything
