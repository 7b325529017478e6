# SPDX-License-Identifier: BSD-2-Clause
"""What users type from habit: lines added to .config, fragments, products by name. Where something
is in the way, a sentence says so."""
import os
import pathlib
import re
import shutil
import subprocess

import pexpect
import pytest

import builds
import settings


def add_lines(place, *lines):
    with open(place / ".config", "a", encoding="utf-8") as config:
        config.write("\n".join(lines) + "\n")


def value(place, name):
    return builds.read_config(place / ".config").get(name, "n")


# Lines behind a complete .config, the settings that come of them, and what is said.
ADDED = {
    "switch": (["CONFIG_LOCK_ORDER=y"], {"LOCK_ORDER": "y"}, "LOCK_ORDER is set more than once"),
    "number": (["CONFIG_NR_CPUS=3", "CONFIG_NR_CPUS=5"], {"NR_CPUS": 5}, "to 8 then 3 then 5"),
    "choice": (["CONFIG_MM_VALIDATE=y"], {"MM_VALIDATE": "y", "MM_ASSERT": "n"},
               "last line counts"),
    "defaults-follow": (["CONFIG_MAX_ORDER=6"],
                        {"MAX_ORDER": 6, "PAGEBLOCK_ORDER": 6, "KMALLOC_MAX_SHIFT": 18},
                        "CONFIG_PAGEBLOCK_ORDER=9, its default, cannot be"),
    "off": (["# CONFIG_SHELL is not set"], {"SHELL": "n", "BENCH": "n"},
            "CONFIG_BENCH=y has no effect without SHELL, and is left out"),
    "new-option": (["CONFIG_NUMA=y"], {"NUMA": "y", "NODES_SHIFT": 2},
                   "NUMA is set more than once"),
}


@pytest.mark.parametrize("name", ADDED)
def test_the_last_line_of_config_counts_with_a_note(folder, name):
    lines, wanted, said = ADDED[name]
    place = folder / "added"
    settings.must_configure(place, {})
    add_lines(place, *lines)
    text = builds.must_make(place, "olddefconfig")
    assert "kconf: note: " in text and said in text
    assert {key: value(place, key) for key in wanted} == wanted
    assert "note" not in builds.must_make(place, "sync")


def test_a_build_takes_the_last_line_too(folder):
    place = folder / "added"
    settings.must_configure(place, {})
    add_lines(place, "CONFIG_LOCK_ORDER=y")
    assert "LOCK_ORDER is set more than once, to n then y" in builds.must_make(place, "sync")
    text = (place / "include" / "generated" / "autoconf.h").read_text(encoding="utf-8")
    assert "#define CONFIG_LOCK_ORDER 1" in text


@pytest.mark.parametrize("goal", ["sync", "olddefconfig"])
def test_a_choice_made_in_its_place_is_no_last_line(folder, goal):
    """The user's line stands before the line of another choice, and would be lost."""
    place = folder / "added"
    settings.must_configure(place, {})
    config = place / ".config"
    config.write_text(config.read_text(encoding="utf-8").replace(
        "# CONFIG_FLATMEM is not set", "CONFIG_FLATMEM=y"), encoding="utf-8")
    status, text = builds.make(place, goal)
    assert status != 0 and "CONFIG_FLATMEM=y is refused: CONFIG_SPARSEMEM_VMEMMAP=y is set" in text


def test_a_wrong_name_gets_the_right_one(folder):
    text = settings.refusal(folder / "refused", {"ZONE_DMA_LIMIT": 16})
    assert "ZONE_DMA_LIMIT is not an option of this tree, but CONFIG_ZONE_DMA_LIMIT_MB is" in text


def test_fragment_of_the_tree(folder):
    place = folder / "fragment"
    text = builds.must_make(place, builds.DEFAULT, "debug.config", "savedefconfig")
    assert "CONFIG_LOG_BUF_SHIFT: 15 becomes 17 (configs/debug.config)" in text
    assert (place / "defconfig").read_text(encoding="utf-8") == \
        (builds.CONFIGS / "qemu_virt_debug_defconfig").read_text(encoding="utf-8")
    text = builds.must_make(place, "product.config", "sync")
    assert value(place, "KTEST") == "n" and value(place, "LOCK_ORDER") == "y"


def test_fragment_of_ones_own(folder, tmp_path):
    place, own = folder / "fragment", tmp_path / "own.config"
    builds.must_make(place, builds.DEFAULT)
    own.write_text("CONFIG_SPARSEMEM=y\nCONFIG_MAX_ORDER=4\n", encoding="utf-8")
    builds.must_make(place, str(own), "sync")
    assert [value(place, name) for name in ("SPARSEMEM", "MAX_ORDER", "PAGEBLOCK_ORDER")] == \
        ["y", 4, 4]
    before = (place / ".config").read_text(encoding="utf-8")
    for lines, words in (("CONFIG_MAX_ORDER=4\nCONFIG_PAGEBLOCK_ORDER=9\n", "PAGEBLOCK_ORDER=9 is"),
                         ("CONFIG_NODES_SHIFT=3\n", "has no effect without NUMA"),
                         ("CONFIG_NOTHING=3\n", "is not an option"),
                         ("CONFIG_BLOCK_SHIFT_MAX=20\n", "follows from other options"),
                         ("CONFIG_FLATMEM=y\nCONFIG_SPARSEMEM=y\n", "")):
        own.write_text(lines, encoding="utf-8")
        status, text = builds.make(place, str(own))
        assert words in text and (status != 0) == bool(words), text
        if words:
            assert (place / ".config").read_text(encoding="utf-8") == before
    status, text = builds.make(place, "nosuch.config")
    assert status != 0 and "there are: debug.config product.config" in text


@pytest.mark.parametrize("goal, state", [
    ("allnoconfig", "n"), pytest.param("allyesconfig", "y", marks=pytest.mark.long)])
def test_every_switch_off_and_on_builds(folder, goal, state):
    place = folder / "all"
    builds.must_make(place, goal, "Image")
    assert value(place, "SHELL") == value(place, "KTEST") == value(place, "ZONE_DMA") == state


def test_a_product_by_its_name(objdir):
    for goals in (["Image"], [f"{objdir}/Image"], ["tessera"], ["System.map"], [f"{objdir}/plan"]):
        made = objdir / goals[0].rsplit("/", 1)[-1]
        made.unlink(missing_ok=True)
        builds.must_make(objdir, *goals)
        assert made.exists()
    objects = objdir / "obj" / "lib" / "math.o"
    for goal in ("lib/math.o", str(objects)):
        objects.unlink()
        builds.must_make(objdir, goal)
        assert objects.exists()


def test_a_build_ends_with_its_size(objdir):
    (objdir / "Image").unlink()
    text = builds.must_make(objdir)
    line = re.search(r"SIZE +(\S+): (\d+) bytes; text (\d+), rodata (\d+), init (\d+), data (\d+), "
                     r"bss (\d+): (\d+) in memory", text)
    assert line and int(line[2]) == (objdir / "Image").stat().st_size
    assert sum(map(int, line.groups()[2:7])) == int(line[8])
    (objdir / "Image").unlink()
    assert "SIZE" not in builds.must_make(objdir, "-s")


def test_w_1_asks_for_more_warnings(folder):
    place = folder / "warnings"
    settings.must_configure(place, {})
    for words, more in ((["W=1"], True), ([], False)):
        text = builds.must_make(place, "V=1", "lib/math.o", *words)
        assert ("-Wconversion" in text) == more, text


def test_a_folder_that_cannot_be_written_to_is_said():
    status, text = builds.make("/proc/tessera", builds.DEFAULT)
    assert status != 0 and "Traceback" not in text
    assert "kconf: /proc/tessera: No such file or directory. Mend: give a folder" in text


def test_sources_that_cannot_be_written_to_and_lack_libfdt(tmp_path):
    (tmp_path / "scripts").mkdir()
    shutil.copy2(builds.ROOT / "scripts" / "fetch-libfdt.sh", tmp_path / "scripts")
    (tmp_path / ".cache").write_text("in the way", encoding="utf-8")
    env = {name: text for name, text in os.environ.items() if name not in ("LIBFDT_DIR", "SETUP")}
    done = subprocess.run([tmp_path / "scripts" / "fetch-libfdt.sh"], capture_output=True,
                          text=True, env=env, check=False)
    assert done.returncode != 0
    assert ".cache/ of these sources may not be written to" in done.stderr
    assert "LIBFDT_DIR=<folder>" in done.stderr


def test_menuconfig_without_a_terminal_says_so(folder):
    status, text = builds.make(folder / "menu", "menuconfig")
    assert status != 0 and "kconf: menuconfig has no terminal to draw on" in text
    assert "Traceback" not in text


def test_guiconfig_without_a_display_says_so(folder, monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    status, text = builds.make(folder / "gui", "guiconfig")
    assert status != 0 and "no display to open a window on" in text and "menuconfig" in text
    assert "Traceback" not in text and "setup:" not in text


@pytest.fixture
def setup(tmp_path):
    """(command, environment, log): a set-up that finds no compiler, and whose apt-get only writes
    down what it is asked for."""
    log, tools = tmp_path / "log", tmp_path / "tools"
    tools.mkdir()
    for place in map(pathlib.Path, os.environ["PATH"].split(os.pathsep)):
        for tool in place.iterdir() if place.is_dir() else ():
            if not tool.name.startswith("riscv64-unknown-elf-") and \
                    not (tools / tool.name).is_symlink():
                (tools / tool.name).symlink_to(tool)
    for name in ("apt-get", "sudo"):
        path = tmp_path / name
        path.write_text(f'#!/bin/sh\necho "{name} $*" >> {log}\n', encoding="utf-8")
        path.chmod(0o755)
    env = {**os.environ, "PATH": f"{tmp_path}:{tools}"}
    for name in ("SETUP", "CROSS_COMPILE"):
        env.pop(name, None)
    return str(builds.ROOT / "scripts" / "setup.sh"), env, log


ABOUT = "about to install what is missing: binutils-riscv64-unknown-elf gcc-riscv64-unknown-elf"


def test_setup_asks_on_a_terminal(setup):
    command, env, log = setup
    for answer, installs in (("n\n", False), ("\n", True), ("y\n", True)):
        child = pexpect.spawn(command, ["build"], env=env, encoding="utf-8", timeout=60)
        child.expect_exact(ABOUT)
        child.expect_exact("go on? [Y/n]")
        child.send(answer)
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == 1, "it cannot have found the compiler"
        assert "riscv64-unknown-elf-gcc is missing" in child.before
        assert log.exists() == installs
        log.unlink(missing_ok=True)


def test_setup_never_asks_without_a_terminal(setup):
    command, env, log = setup
    for how, installs in (("", True), ("yes", True), ("no", False)):
        done = subprocess.run([command, "build"], env={**env, "SETUP": how}, capture_output=True,
                              stdin=subprocess.DEVNULL, text=True, check=False)
        assert done.returncode == 1 and "[Y/n]" not in done.stderr
        assert (ABOUT in done.stderr) == installs == log.exists(), done.stderr
        log.unlink(missing_ok=True)


@pytest.mark.parametrize("variable, value, lacks", [
    ("CROSS_COMPILE", "wrong-", "wrong-gcc"), ("HOSTCC", "wrong-cc -O1", "wrong-cc"),
    ("PICOLIBC", "/wrong", "/wrong/include/stdio.h")])
def test_tool_that_the_user_named_is_refused_before_the_set_up(setup, variable, value, lacks):
    command, env, log = setup
    done = subprocess.run([command, "qemu"], env={**env, variable: value}, capture_output=True,
                          stdin=subprocess.DEVNULL, text=True, check=False)
    assert done.returncode == 2 and not log.exists()
    assert done.stderr.startswith(f"setup: {variable}={value}: {lacks} was not found. Mend: ")
    assert done.stderr.count("\n") == 1


# Words that are no goal, and goals that the sentence must name.
NO_GOALS = {"qmeu": ["qemu"], "menucofig": ["menuconfig"], "pln": ["plan"], "run": ["qemu"],
            "test": ["check"], "new": ["new-app", "new-board"], "zzzz": [], "tessera.ko": []}


@pytest.mark.parametrize("word", NO_GOALS)
def test_word_that_is_no_goal_gets_the_nearest(tmp_path, word):
    place = tmp_path / "o"
    status, text = builds.make(place, word)
    assert status == 2 and f"*** There is no goal '{word}'" in text, text
    assert "'make help' lists all" in text and "No rule" not in text
    for goal in NO_GOALS[word]:
        assert f"'make {goal}'" in text
    assert ("near it" in text) == bool(NO_GOALS[word]) and not place.exists()


def test_goal_that_is_missing_does_not_undo_those_before_it(tmp_path):
    place = tmp_path / "o"
    status, text = builds.make(place, builds.DEFAULT, "qmeu")
    assert status == 2 and "configuration written" in text and (place / ".config").exists()


@pytest.mark.parametrize("name", ["README.md", "docs", "scripts/qemu.sh"])
def test_file_that_is_there_is_up_to_date(folder, name):
    before = (builds.ROOT / name).stat()
    status, text = builds.make(folder, name)
    assert status == 0 and "no goal" not in text, text
    assert (builds.ROOT / name).stat() == before
