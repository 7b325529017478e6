# SPDX-License-Identifier: BSD-2-Clause
"""From a plan to CONFIG_PLAN_DIGEST and back: one round, and what boot says when RAM differs."""
import re

import pytest

import builds
import plans
import trees
from machine import run_to_end
from trees import MIB, VIRT_RAM, Tree, static_node

KERNEL, BLOB = VIRT_RAM + 2 * MIB, VIRT_RAM + 0x0300_0000
PLACES = ("--kernel-base", hex(KERNEL), "--fdt-addr", hex(BLOB))
PLANNED_MIB = (256, 384)
FIRMWARE = static_node("mmode_resv0", VIRT_RAM, MIB, "no-map;")
KEPT_MIB = 64


def set_option(objdir, name, value):
    path = objdir / ".config"
    text, count = re.subn(rf"(?m)^(?:CONFIG_{name}=.*|# CONFIG_{name} is not set)$",
                          lambda _: value, path.read_text(encoding="utf-8"))
    assert count == 1, name
    path.write_text(text, encoding="utf-8")


def set_digest(objdir, words):
    set_option(objdir, "PLAN_DIGEST", f'CONFIG_PLAN_DIGEST="{words}"')


def rebuild(objdir):
    builds.must_make(objdir)
    return plans.make(objdir)


@pytest.fixture(scope="module")
def machine_tree(tmp_path_factory):
    """machine_tree(MiB, where something is kept): its blob, in a file."""
    folder = tmp_path_factory.mktemp("trees")
    plain = Tree.of_machine(folder)

    def make(ram_mib, kept_mib=KEPT_MIB):
        tree = Tree(plain.source).banks((VIRT_RAM, ram_mib * MIB))
        tree.reserved(FIRMWARE, static_node("kept", VIRT_RAM + kept_mib * MIB, MIB))
        return tree.compile(folder / f"{ram_mib}-{kept_mib}.dtb")
    return make


@pytest.fixture(scope="module")
def planned(kernel, machine_tree):
    """(build whose .config expects the planned sizes, that line's words)"""
    objdir = kernel.objdir / "test" / "digest"
    with builds.locked(objdir):
        builds.must_make(objdir, builds.DEFAULT)
        program = rebuild(objdir)
        layout = symbols(objdir)
        sizes = ",".join(f"{mib}M" for mib in PLANNED_MIB)
        status, line, err = plans.run(program, "--dtb", machine_tree(256), "--mem", sizes,
                                      "--format", "config", *PLACES)
        assert (status, err) == (plans.SOUND, "")
        words = re.fullmatch(r'CONFIG_PLAN_DIGEST="(.*)"\n', line)[1]
        set_digest(objdir, words)
        rebuild(objdir)
        assert symbols(objdir) == layout, "setting the digest moved something"
        yield builds.Build(objdir), words


def symbols(objdir):
    """Where everything lies, but for the end of .config's own text."""
    found = builds.Build(objdir).symbols()
    assert found.pop("kernel_config_data_end", None) is not None
    return found


@pytest.fixture
def plan_lines(start, tmp_path):
    """plan_lines(build, blob's file): what boot says of the plan."""
    def boot(build, blob):
        m = start(trees.handover(tmp_path, build.image, blob.read_bytes(), blob_pa=BLOB,
                                 load_pa=KERNEL)).shell()
        return re.findall(r"(?m)^\[[^]]*\] plan: (.*)$", m.boot_log)
    return boot


@pytest.mark.parametrize("ram_mib", PLANNED_MIB)
def test_memory_is_as_planned_after_one_round(planned, machine_tree, plan_lines, ram_mib):
    build, words = planned
    digest = re.search(rf"\b{ram_mib}M:(0x[0-9a-f]{{16}}):", words)[1]
    assert plan_lines(build, machine_tree(ram_mib)) == [f"digest {digest}, as planned"]


def test_other_ram_is_named(planned, machine_tree, plan_lines):
    said = plan_lines(planned[0], machine_tree(300))[-1]
    assert re.fullmatch(r"digest 0x[0-9a-f]{16} is none of CONFIG_PLAN_DIGEST: "
                        r"RAM is 300 MiB, the plan says 256 or 384 MiB", said), said


def test_other_reservations_are_named(planned, machine_tree, plan_lines):
    """The tree is as long as before: only what it says differs."""
    said = plan_lines(planned[0], machine_tree(256, KEPT_MIB + 1))[-1]
    assert said.endswith("RAM is 256 MiB as planned, but other ranges are reserved"), said


def test_other_place_of_the_tree_is_named(planned, machine_tree, start, tmp_path):
    blob = machine_tree(256).read_bytes()
    m = start(trees.handover(tmp_path, planned[0].image, blob, blob_pa=BLOB + MIB,
                             load_pa=KERNEL)).shell()
    assert "RAM is 256 MiB as planned, but the device tree has another size or place" in m.boot_log


def test_boot_prints_the_word_to_expect(planned, machine_tree, plan_lines):
    """What the log of an unplanned machine says is what the program prints for it."""
    blob = machine_tree(300)
    said = plan_lines(planned[0], blob)[0]
    line = plans.run(planned[0].objdir / "plan", "--dtb", blob, "--format", "config", *PLACES)[1]
    assert said == "this memory is " + line.rstrip("\n")


def test_program_checks_the_digest(planned, machine_tree):
    program = planned[0].objdir / "plan"
    plans.sound(program, "--dtb", machine_tree(256), "--check", *PLACES)
    status, _, err = plans.run(program, "--dtb", machine_tree(300), "--check", *PLACES)
    assert status == plans.UNUSABLE
    assert err.endswith("RAM is 300 MiB, the plan says 256 or 384 MiB\n") and err.count("\n") == 1


@pytest.fixture
def changed(planned):
    """changed(option's line, ...): the planned build with these lines, put back afterwards."""
    build, words = planned
    config = build.objdir / ".config"
    before = config.read_text(encoding="utf-8")

    def make(*lines):
        for line in lines:
            set_option(build.objdir, re.search(r"CONFIG_(\w+)", line)[1], line)
        builds.must_make(build.objdir, "olddefconfig")
        rebuild(build.objdir)
        return build, words

    with builds.locked(build.objdir.parent / "digest.changed"):
        yield make
        config.write_text(before, encoding="utf-8")
        rebuild(build.objdir)


def stop(changed):
    return changed("# CONFIG_PLAN_MISMATCH_WARN is not set", "CONFIG_PLAN_MISMATCH_STOP=y")


def test_mismatch_stops_boot_where_it_must(changed, machine_tree, tmp_path):
    build, _ = stop(changed)
    result = run_to_end(trees.handover(tmp_path, build.image, machine_tree(300).read_bytes(),
                                       blob_pa=BLOB, load_pa=KERNEL)).need_failure()
    result.need(r"Boot failed: plan: digest 0x[0-9a-f]{16} is none of CONFIG_PLAN_DIGEST: "
                r"RAM is 300 MiB, the plan says 256 or 384 MiB$")
    assert "Freeing unused kernel image" not in result.text


@pytest.mark.parametrize("words,said", [
    ("512M", '"512M" in it is no word of a plan'),
    ("0x12:zz", '"0x12:zz" in it is no word of a plan'),
    ("0x12", "RAM is 256 MiB as planned, but something else differs"),
    ("128M:0x12, 64M:0x34", "RAM is 256 MiB, the plan says 128 or 64 MiB"),
])
def test_words_of_any_kind(changed, machine_tree, words, said):
    """The program reads them as the kernel does: no need to boot each."""
    build, _ = changed(f'CONFIG_PLAN_DIGEST="{words}"')
    status, _, err = plans.run(build.objdir / "plan", "--dtb", machine_tree(256), "--check",
                               *PLACES)
    assert status == plans.UNUSABLE and err.endswith(f"CONFIG_PLAN_DIGEST: {said}\n"), err


def test_digest_alone_is_enough(changed, planned, machine_tree):
    digest = re.search(r"0x[0-9a-f]{16}", planned[1])[0]
    build, _ = changed(f'CONFIG_PLAN_DIGEST="{digest}"')
    plans.sound(build.objdir / "plan", "--dtb", machine_tree(256), "--check", *PLACES)


@pytest.mark.parametrize("lines,said", [
    (("CONFIG_PLAN_MIN_FREE_MB=1000",), r"\d+ MiB are free after boot, and "
     r"CONFIG_PLAN_MIN_FREE_MB asks for 1000"),
    (("CONFIG_PLAN_MIN_LARGEST_ORDER=10",), None),
])
def test_budget_fails_the_plan_and_not_the_field(changed, machine_tree, lines, said):
    build, _ = changed("CONFIG_PLAN_BUDGET=y")
    build, _ = changed(*lines)
    status, _, err = plans.run(build.objdir / "plan", "--dtb", machine_tree(256), *PLACES)
    if said:
        assert status == plans.UNUSABLE and re.fullmatch(f"plan: {said}\n", err), err
    else:
        assert (status, err) == (plans.SOUND, "")
