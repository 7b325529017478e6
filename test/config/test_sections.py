# SPDX-License-Identifier: BSD-2-Clause
"""What stays after boot refers to nothing that is freed: each planted breach has its sentence."""
import shutil
import subprocess
import sys

import pytest

import builds

SCRIPT = builds.ROOT / "scripts" / "check-sections.py"
MARKS = """
#define __init __attribute__((section(".init.text"), cold, noinline))
#define __initdata __attribute__((section(".init.data")))
#define __initconst __attribute__((section(".init.rodata")))
#define __ref __attribute__((section(".ref.text")))
#define __stays __attribute__((noinline))
extern int outside(int);
"""
COMPILERS = {
    "gcc": ["riscv64-unknown-elf-gcc", "-march=rv64imac_zicsr"],
    "clang": ["clang", "--target=riscv64-unknown-elf", "-march=rv64imac", "-mno-relax"],
}
BOOT_TEXT = "would stay after boot, and code of this folder does not: mark it __init, or move it"


def build(tmp_path, compiler, sources):
    """Compiles {path: text}; returns a file with the list of the objects."""
    paths = []
    for name, text in sources.items():
        source, made = tmp_path / name, tmp_path / "obj" / name.replace(".c", ".o")
        for path in (source, made):
            path.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(MARKS + text, encoding="utf-8")
        subprocess.run([*COMPILERS[compiler], "-mabi=lp64", "-mcmodel=medany", "-std=gnu11", "-O2",
                        "-g", "-ffreestanding", "-fno-pic", "-ffunction-sections",
                        "-fdata-sections", "-c", "-o", made, source], check=True)
        paths.append(str(made))
    objects = tmp_path / "objects"
    objects.write_text(" ".join(paths), encoding="utf-8")
    return objects


def check(tmp_path, compiler, sources):
    """(status, sentences) of the check on these sources."""
    done = subprocess.run([sys.executable, SCRIPT, build(tmp_path, compiler, sources)],
                          cwd=tmp_path, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr.splitlines()


@pytest.fixture(params=COMPILERS)
def compiler(request):
    if not shutil.which(COMPILERS[request.param][0]):
        pytest.skip(f"{request.param} is not here")
    return request.param


def refused(who, whom, mend, file="kernel/late.c"):
    return (f"check-sections: {file}: {who} stays after boot and refers to {whom}, which is freed "
            f"at the end of boot: mark {who} {mend}")


INIT = """
int table[4] __initdata = { 1 };
const int constants[4] __initconst = { 1 };
int __init set_up(int i) { return outside(i) + 1; }
static int __init hidden(int i) { return outside(i) + 2; }
"""
# A reference to a part of INIT, and the sentence.
BREACHES = {
    "call": ("int __stays late(int i) { return set_up(i) + 1; }",
             refused("late()", "set_up()", "__init if boot alone needs it, else take __init from "
                     "set_up()")),
    "call-of-a-static": ("int __stays late(int i) { return hidden(i) + 1; }",
                         refused("late()", "hidden()", "__init if boot alone needs it")),
    "jump": ("int __stays late(int i) { return set_up(i); }",
             refused("late()", "set_up()", "__init if")),
    "address": ("void *__stays late(void) { return set_up; }",
                refused("late()", "set_up()", "__init if")),
    "pointer": ("int (*late)(int) = set_up;",
                refused("late", "set_up()", "__initdata or __initconst if boot alone needs it, "
                        "else take __init from set_up()")),
    "constant-pointer": ("int (*const late[2])(int) = { outside, set_up };",
                         refused("late", "set_up()", "__initdata or __initconst if")),
    "data": ("int __stays late(int i) { return table[i & 3]; }",
             refused("late()", "table", "__init if boot alone needs it, else take __initdata or "
                     "__initconst from table")),
    "constant": ("int __stays late(int i) { return constants[i & 3]; }",
                 refused("late()", "constants", "__init if")),
    "within-data": ("int *late = &table[2];", refused("late", "table", "__initdata or")),
}


@pytest.mark.parametrize("name", BREACHES)
def test_a_breach_is_refused(tmp_path, compiler, name):
    text, sentence = BREACHES[name]
    status, said = check(tmp_path, compiler, {"kernel/late.c": INIT + text})
    assert status == 1 and len(said) == 1 and said[0].startswith(sentence), said


def test_a_breach_between_two_files_is_refused(tmp_path, compiler):
    status, said = check(tmp_path, compiler, {
        "mm/page/early.c": INIT,
        "kernel/late.c": "int set_up(int); int late(int i) { return set_up(i); }"})
    assert status == 1 and len(said) == 1, said
    assert said[0].startswith(refused("late()", "set_up()", "__init if")), said


SWITCH = """
int __init choose(int i)
{
    switch (i) {
    case 0: return outside(7);
    case 1: return outside(3) + 1;
    case 2: return outside(9) + 2;
    case 3: return outside(1) * 3;
    case 4: return outside(8) - 4;
    case 5: return outside(2) | 5;
    case 6: return outside(4) ^ 6;
    default: return 0;
    }
}
"""


def test_init_may_refer_to_anything(tmp_path, compiler):
    """The table of an init function's own switch lies in .rodata, which is no breach."""
    status, said = check(tmp_path, compiler, {
        "mm/boot/early.c": INIT + SWITCH + """
int stays[4];
int (*const steps[])(int) __initconst = { set_up, outside, choose };
int __init begin(int i) { return set_up(stays[i & 3]) + hidden(i) + steps[i & 1](table[2]); }
""",
        "kernel/late.c": "int outside(int i) { return i + 1; }"})
    assert (status, said) == (0, [])


def test_start_kernel_alone_may_enter_it(tmp_path, compiler):
    enter = "void __ref %s(void) { set_up(1); }"
    assert check(tmp_path, compiler, {"kernel/init.c": INIT + enter % "start_kernel"}) == (0, [])
    status, said = check(tmp_path, compiler, {"kernel/init.c": INIT + enter % "another"})
    assert status == 1 and said == ["check-sections: kernel/init.c: another() is marked __ref, which "
                                    "is for start_kernel() alone: mark it __init, or call nothing "
                                    "that is"]


def test_mm_boot_has_no_code_that_stays(tmp_path, compiler):
    late = "int late(int i) { return i + 1; }"
    status, said = check(tmp_path, compiler, {"mm/boot/early.c": INIT + late})
    assert status == 1 and len(said) == 1, said
    assert said[0].startswith(f"check-sections: mm/boot/early.c: late() {BOOT_TEXT}"), said
    assert check(tmp_path, compiler, {"mm/page/early.c": INIT + late}) == (0, [])


def test_the_build_refuses_it(objdir, tmp_path):
    """In the kernel itself: a function of a board from outside the tree calls one of boot's."""
    board = tmp_path / "far"
    board.mkdir()
    (board / "far.c").write_text("#include <mm/memblock.h>\nvoid again(void);\n"
                                 "void again(void) { memblock_dump_all(); }\n", encoding="utf-8")
    (board / "objects.mk").write_text(f"obj-y += {board}/far.o\n", encoding="utf-8")
    builds.must_make(objdir, builds.DEFAULT, f"BOARD_DIR={tmp_path}")
    status, said = builds.make(objdir, "Image")
    (objdir / ".board_dir").unlink()
    assert status != 0
    assert refused("again()", "memblock_dump_all()", "__init if boot alone needs it",
                   f"{board}/far.c") in said, said
