# SPDX-License-Identifier: BSD-2-Clause
"""From a plan to CONFIG_PLAN_DIGEST and back: one round, and what boot says when memory differs.

What the words of that option may be is tested in test/host/plan_words.c.
"""
import os
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
BUDGET = "CONFIG_PLAN_BUDGET=y\nCONFIG_PLAN_MIN_FREE_MB=100\nCONFIG_PLAN_MIN_LARGEST_ORDER=10"
FIRMWARE = static_node("mmode_resv0", VIRT_RAM, MIB, "no-map;")
KEPT_MIB = 64


def set_option(objdir, name, lines):
    """Puts lines in the place of an option's own."""
    path = objdir / ".config"
    text, count = re.subn(rf"(?m)^(?:CONFIG_{name}=.*|# CONFIG_{name} is not set)$",
                          lambda _: lines, path.read_text(encoding="utf-8"))
    assert count == 1, name
    path.write_text(text, encoding="utf-8")


def symbols(objdir):
    """Where everything lies, but for the end of .config's own text."""
    found = builds.Build(objdir).symbols()
    assert found.pop("kernel_config_data_end") > found["kernel_config_data"]
    return found


@pytest.fixture(scope="module")
def machine_tree(tmp_path_factory):
    """machine_tree(MiB, nodes that are kept): its blob, in a file."""
    folder = tmp_path_factory.mktemp("trees")
    plain = Tree.of_machine(folder).source

    def make(ram_mib, *kept):
        tree = Tree(plain).banks((VIRT_RAM, ram_mib * MIB))
        tree.reserved(FIRMWARE, *(kept or [static_node("kept", VIRT_RAM + KEPT_MIB * MIB, MIB)]))
        return tree.compile(folder / f"{ram_mib}-{len(list(folder.iterdir()))}.dtb")
    return make


def build_planned(objdir, blob):
    """Builds, plans, and builds again with the plan's own line in .config."""
    builds.must_make(objdir, builds.DEFAULT)
    set_option(objdir, "PLAN_BUDGET", BUDGET)
    builds.must_make(objdir)
    layout = symbols(objdir)
    sizes = ",".join(f"{mib}M" for mib in PLANNED_MIB)
    status, line, err = plans.run(plans.make(objdir), "--dtb", blob, "--mem", sizes,
                                  "--format", "config", *PLACES)
    assert (status, err) == (plans.SOUND, "")
    assert re.fullmatch(r'CONFIG_PLAN_DIGEST="[^"]*"\n', line), line
    set_option(objdir, "PLAN_DIGEST", line.rstrip("\n"))
    builds.must_make(objdir)
    plans.make(objdir)
    assert symbols(objdir) == layout, "setting the digest moved something"


@pytest.fixture(scope="module")
def planned(kernel, machine_tree):
    """(build whose .config expects the planned sizes, that line's words)"""
    build = builds.Build(kernel.objdir / "test" / "digest")
    # Parallel workers share it: the first of a run builds.
    run, stamp = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid())), build.objdir / ".run"
    with builds.locked(build.objdir):
        if not stamp.exists() or stamp.read_text(encoding="ascii") != run:
            build_planned(build.objdir, machine_tree(256))
            stamp.write_text(run, encoding="ascii")
    return build, build.config["PLAN_DIGEST"]


@pytest.fixture
def plan_lines(planned, start, tmp_path):
    """plan_lines(blob's file): what boot says of the plan."""
    def boot(blob, blob_pa=BLOB):
        m = start(trees.handover(tmp_path, planned[0].image, blob.read_bytes(), blob_pa=blob_pa,
                                 load_pa=KERNEL)).shell()
        return re.findall(r"(?m)^\[[^]]*\] plan: (.*)$", m.boot_log)
    return boot


@pytest.mark.parametrize("ram_mib", PLANNED_MIB)
def test_memory_is_as_planned_after_one_round(planned, machine_tree, plan_lines, ram_mib):
    digest = re.search(rf"\b{ram_mib}M:(0x[0-9a-f]{{16}}):", planned[1])[1]
    assert plan_lines(machine_tree(ram_mib)) == [f"digest {digest}, as planned"]


def test_other_ram_is_named_and_the_word_for_it_given(planned, machine_tree, plan_lines):
    blob = machine_tree(300)
    word, said = plan_lines(blob)
    assert re.fullmatch(r"digest 0x[0-9a-f]{16} is none of CONFIG_PLAN_DIGEST: "
                        r"RAM is 300 MiB, the plan says 256 or 384 MiB", said), said
    line = plans.run(planned[0].objdir / "plan", "--dtb", blob, "--format", "config", *PLACES)[1]
    assert word == "this memory is " + line.rstrip("\n")


def test_other_reservations_are_named(machine_tree, plan_lines):
    """The tree is as long as before: only what it says differs."""
    said = plan_lines(machine_tree(256, static_node("kept", VIRT_RAM + 65 * MIB, MIB)))[-1]
    assert said.endswith("RAM is 256 MiB as planned, but other ranges are reserved"), said


def test_other_place_of_the_tree_is_named(machine_tree, plan_lines):
    said = plan_lines(machine_tree(256), blob_pa=BLOB + MIB)[-1]
    assert said.endswith("as planned, but the device tree has another size or place"), said


def test_mismatch_stops_boot_where_it_must(kernel, machine_tree, tmp_path):
    """The sentence of plan/verify.c:plan_verify."""
    build = builds.Build(kernel.objdir / "test" / "digest-stop")
    with builds.locked(build.objdir):
        builds.must_make(build.objdir, builds.DEFAULT)
        set_option(build.objdir, "PLAN_DIGEST", 'CONFIG_PLAN_DIGEST="256M:0x1, 384M:0x2"')
        set_option(build.objdir, "PLAN_MISMATCH_WARN", "# CONFIG_PLAN_MISMATCH_WARN is not set")
        set_option(build.objdir, "PLAN_MISMATCH_STOP", "CONFIG_PLAN_MISMATCH_STOP=y")
        builds.must_make(build.objdir)
    result = run_to_end(trees.handover(tmp_path, build.image, machine_tree(300).read_bytes(),
                                       blob_pa=BLOB, load_pa=KERNEL)).need_failure()
    result.need(r"Boot failed: plan: digest 0x[0-9a-f]{16} is none of CONFIG_PLAN_DIGEST: "
                r"RAM is 300 MiB, the plan says 256 or 384 MiB$")
    assert "Freeing unused kernel image" not in result.text


def test_program_checks_the_digest(planned, machine_tree):
    program = planned[0].objdir / "plan"
    plans.sound(program, "--dtb", machine_tree(256), "--check", *PLACES)
    status, _, err = plans.run(program, "--dtb", machine_tree(300), "--check", *PLACES)
    assert status == plans.UNUSABLE
    assert err.endswith("RAM is 300 MiB, the plan says 256 or 384 MiB\n") and err.count("\n") == 1


def test_budgets_fail_the_plan(planned, machine_tree):
    """The plan is shown, and then refused with the option's name."""
    program = planned[0].objdir / "plan"
    plans.sound(program, "--dtb", machine_tree(128), *PLACES)
    short = machine_tree(100)
    # Something small in the way of every block of the largest order.
    cut = machine_tree(256, *(static_node(f"r{i}", VIRT_RAM + (4 * i + 1) * MIB, 4096)
                              for i in range(64)))
    for blob, said in (
            (short, r"plan: \d+ MiB are free after boot, and CONFIG_PLAN_MIN_FREE_MB asks for 100"),
            (cut, r"plan: the largest block that is free after boot has order 9, and "
                  r"CONFIG_PLAN_MIN_LARGEST_ORDER asks for 10")):
        status, out, err = plans.run(program, "--format", "json", "--dtb", blob, *PLACES)
        assert status == plans.UNUSABLE and out.startswith('{"config":')
        assert re.fullmatch(said + "\n", err), err
