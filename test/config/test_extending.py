# SPDX-License-Identifier: BSD-2-Clause
"""Follows the book's recipes to the letter: docs/extending.md, and a board by make new-board."""
import os
import re
import subprocess
import sys

import pytest

import builds
import outer_make
import recipes
import trees
from machine import qemu, run_to_end


def run(root, words, keep=None, **more):
    """Runs a command in the copy and returns its text. keep: which of its lines say why it
    failed."""
    env = outer_make.environment(PYTHON="/usr/bin/python3", **more)
    done = subprocess.run(words, cwd=root, env=env, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    why = "\n".join(re.findall(keep, done.stdout)) if keep else done.stdout
    assert done.returncode == 0, f"{words}: {why[-4000:]}"
    return done.stdout


def must_keep_style(root):
    run(root, ["/usr/bin/python3", "scripts/check-style.py"], keep=r"(?m)^(?:not ok|#).*")
    builds.must_make(root / "build", "check-defconfigs", root=root)


def boots(image, command, **words):
    result = run_to_end(qemu("virt", image, append=f'loglevel=4 run="{command}"', **words))
    return result.need_status(0).text


def test_every_block_is_a_step():
    found = recipes.Recipes(recipes.PAGE.read_text(encoding="utf-8"))
    assert not found.unknown, "blocks that nobody carries out"
    assert len(found.edits) >= 11 and len(found.printed) >= 3 and len(found.commands) >= 6


def follow_the_page(root, objdir):
    """Follows the whole page on one copy; one boot answers for everything that is printed."""
    found = recipes.Recipes((root / "docs/extending.md").read_text(encoding="utf-8"))
    builds.must_make(objdir, builds.DEFAULT, root=root)
    found.apply(root)
    for command in found.commands:
        run(root, ["sh", "-c", command.replace("build/", f"{objdir}/")], O=str(objdir))
    must_keep_style(root)
    run(root, [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider",
               "test/config/test_costs.py", "-k", "every_number"])
    builds.must_make(objdir, root=root)
    commands = [words for words, _ in found.printed] + ["poweroff"]
    text = boots(objdir / "Image", "; ".join(commands))
    for _, block in found.printed:
        assert set(block.splitlines()) <= set(text.splitlines()), text


def make_a_board(root, folder, blob):
    """Makes a board of virt's tree, which must build, keep the style, and boot on virt. Its name is
    one that nobody's own board has: this test runs in trees that have one."""
    words = ("new-board", "NAME=board_of_a_test", f"DTB={blob}")
    plan = builds.must_make(folder, *words, root=root)
    assert "512 MiB" in plan and "board/board_of_a_test" in plan
    steps = re.findall(r"(?m)^  NEW     (.*)$", plan)
    assert [step.split(":")[0].split(",")[0] for step in steps] == [
        "board/board_of_a_test/", "the kernel for the first plan",
        "the plan of the board's memory", "the option's row in docs/config.md"], steps
    assert (root / "board/board_of_a_test/README.md").exists()
    must_keep_style(root)
    text = boots(folder / "new-board/Image", "cat /proc/config; audit; poweroff", smp=2)
    assert "CONFIG_BOARD_BOARD_OF_A_TEST=y" in text and ": ok, 0 errors" in text
    status, text = builds.make(folder, *words, root=root)
    assert status != 0 and "board/board_of_a_test is there already" in text


def make_an_app(root, folder):
    """What make new-app writes into the tree keeps the style as it stands; docs/apps.md."""
    said = builds.must_make(folder, "new-app", "NAME=lamp_of_a_test", root=root)
    assert "echo CONFIG_APP_LAMP_OF_A_TEST=y >>build/.config" in said, said
    assert folder == root / "build" and "make qemu RUN=" in said
    must_keep_style(root)


def make_a_board_outside(root, folder, blob, outside):
    """BOARD_DIR is given once, with the defconfig: the folder of the build remembers it."""
    said = builds.must_make(folder, "new-board", "NAME=far", f"DTB={blob}",
                            f"BOARD_DIR={outside}", root=root)
    page = (outside / "far/README.md").read_text(encoding="utf-8")
    command = f"make O=build-far far_defconfig BOARD_DIR={os.path.relpath(outside, root)}"
    assert command + " && " in said and command + " && " in page
    assert sorted(os.listdir(outside / "far")) == ["Kconfig", "README.md", "far.dts",
                                                   "far_defconfig", "uboot.env"]
    assert not (root / "board/far").exists()
    must_keep_style(root)
    (outside / "far/far.c").write_text("const int far_away = 1;\n", encoding="ascii")
    (outside / "far/objects.mk").write_text(f"obj-y += {outside}/far/far.o\n", encoding="ascii")
    objdir = folder / "new-board"
    builds.must_make(objdir, "far_defconfig", f"BOARD_DIR={outside}", root=root)
    builds.must_make(objdir, root=root)
    assert "CONFIG_BOARD_FAR=y" in (objdir / ".config").read_text(encoding="utf-8")


def test_recipes_and_boards(tmp_path):
    """Everything uses one copy of the sources and one folder of objects, because building takes
    long."""
    root = recipes.copy_of_sources(tmp_path / "tree")
    folder, blob, outside = root / "build", tmp_path / "virt.dtb", tmp_path / "boards"
    outside.mkdir()
    follow_the_page(root, folder / "new-board")
    make_an_app(root, folder)
    trees.Tree.of_machine(tmp_path, smp=2).compile(blob)
    make_a_board(root, folder, blob)
    make_a_board_outside(root, folder, blob, outside)


@pytest.mark.parametrize("words, sentence", (
    (("NAME=Acme", "DTB=x"), "NAME=Acme: a name of small letters"),
    (("DTB=x",), "NAME=: a name of small letters"),
    (("NAME=acme3",), "DTB= is missing"),
    (("NAME=acme3", "DTB=/none.dtb"), "DTB=/none.dtb cannot be read"),
    (("NAME=acme3", "DTB=Makefile"), "Makefile is no device tree"),
    (("NAME=qemu_virt", "DTB=x"), "board/qemu_virt is there already"),
    (("NAME=acme3", "DTB=x", "BOARD_DIR=/none"), "BOARD_DIR=/none is no folder")))
def test_new_board_refuses(tmp_path, words, sentence):
    status, text = builds.make(tmp_path, "new-board", *words)
    assert status != 0 and sentence in text, text
    assert "Traceback" not in text
