# SPDX-License-Identifier: BSD-2-Clause
"""The sources keep to the table of storeys in docs/design.md, and a breach is noticed."""
import os
import shutil
import subprocess
import sys

import pytest

import builds

CC = os.environ.get("CROSS_COMPILE") or "riscv64-unknown-elf-"


def floors(root, *words):
    script = builds.ROOT / "scripts" / "check-floors.py"
    done = subprocess.run([sys.executable, script, "--root", root, *words], capture_output=True,
                          text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def house(tmp_path):
    """A copy of the ground floor alone, with the table."""
    for name in ("kernel", "lib", "include"):
        shutil.copytree(builds.ROOT / name, tmp_path / name)
    (tmp_path / "docs").mkdir()
    shutil.copy2(builds.ROOT / "docs" / "design.md", tmp_path / "docs")
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    return tmp_path


def test_an_include_of_an_upper_storey_is_seen(house):
    assert floors(house) == (0, "1..1\nok 1 - floors: no folder includes what stands above it\n")
    place = house / "kernel" / "time.c"
    place.write_text(place.read_text(encoding="utf-8") + "#include <mm/slab.h>\n", encoding="utf-8")
    status, text = floors(house)
    assert status == 1 and "`kernel` includes mm/slab.h, which is `mm/slab`'s" in text


def test_a_folder_without_a_row_is_seen(house):
    (house / "attic").mkdir()
    (house / "attic" / "box.c").write_text("int box;\n", encoding="utf-8")
    status, text = floors(house)
    assert status == 1 and "attic/box.c: its folder has no row" in text


def test_a_call_of_an_upper_storey_is_seen(tmp_path):
    """The caller declares the function itself, so that no include shows the call."""
    texts = {"kernel/time": "void kfree(void *p); void tick(void); void tick(void) { kfree(0); }",
             "mm/slab/kmalloc": "void tick(void); void kfree(void *p); void kfree(void *p) "
                                "{ (void)p; tick(); }"}
    for name, text in texts.items():
        place = tmp_path / "obj" / (name + ".o")
        place.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([CC + "gcc", "-x", "c", "-c", "-o", place, "-"], input=text, text=True,
                       check=True)
    objects = [str(path) for path in tmp_path.rglob("*.o")]
    status, text = floors(builds.ROOT, "--calls", CC + "nm", str(tmp_path / "obj"), *objects)
    assert status == 1
    assert "`kernel` uses kfree, which is `mm/slab`'s" in text and "tick" not in text
