# SPDX-License-Identifier: BSD-2-Clause
"""From a plan to CONFIG_PLAN_DIGEST and back in one round, and what boot says when memory differs.

test/host/plan_words.c tests which words that option may have.
"""
import contextlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import pytest

import builds
import checks
import machine
import plans
import qmp
import trees
import uboot
from machine import run_to_end
from trees import MIB, VIRT_RAM, Tree, static_node

KERNEL, BLOB = VIRT_RAM + 2 * MIB, VIRT_RAM + 0x0300_0000
PLACES = ("--kernel-base", hex(KERNEL), "--fdt-addr", hex(BLOB))
PLANNED_MIB = (256, 384)
BUDGET = "CONFIG_PLAN_BUDGET=y\nCONFIG_PLAN_MIN_FREE_MB=100\nCONFIG_PLAN_MIN_LARGEST_ORDER=10"
FIRMWARE = static_node("mmode_resv0", VIRT_RAM, MIB, "no-map;")
KEPT_MIB = 64


def set_option(objdir, name, lines):
    """Replaces an option's line by these lines."""
    path = objdir / ".config"
    text, count = re.subn(rf"(?m)^(?:CONFIG_{name}=.*|# CONFIG_{name} is not set)$",
                          lambda _: lines, path.read_text(encoding="utf-8"))
    assert count == 1, name
    path.write_text(text, encoding="utf-8")


def symbols(objdir):
    """{symbol: address}, without the end of .config's own text."""
    found = builds.Build(objdir).symbols()
    assert found.pop("kernel_config_data_end") > found["kernel_config_data"]
    return found


@pytest.fixture(scope="module")
def machine_tree(tmp_path_factory):
    """machine_tree(MiB, nodes that stay): the tree's blob, in a file."""
    folder = tmp_path_factory.mktemp("trees")
    plain = Tree.of_machine(folder).source

    def make(ram_mib, *kept):
        tree = Tree(plain).banks((VIRT_RAM, ram_mib * MIB))
        tree.reserved(FIRMWARE, *(kept or [static_node("kept", VIRT_RAM + KEPT_MIB * MIB, MIB)]))
        return tree.compile(folder / f"{ram_mib}-{len(list(folder.iterdir()))}.dtb")
    return make


def words_of(program, blob, sizes_mib, *places, note=""):
    """The words of CONFIG_PLAN_DIGEST for these amounts of RAM."""
    status, line, err = plans.run(program, "--dtb", blob, "--format", "config", "--mem",
                                  ",".join(f"{mib}M" for mib in sizes_mib), *places)
    assert status == plans.SOUND and re.fullmatch(note, err), err
    return re.fullmatch(r'CONFIG_PLAN_DIGEST="([^"]*)"\n', line)[1]


# Each firmware's tree is taken at one amount of RAM, and planned for this amount and for another.
FIRMWARE_MIB, FIRMWARES = (512, 1024), ("OpenSBI", "U-Boot", "QEMU")


def opensbi_words(program, image, folder):
    """Follows docs/plan.md: the tree as OpenSBI hands it over, and no other option."""
    blob = folder / "opensbi.dtb"
    subprocess.run([sys.executable, str(builds.ROOT / "scripts" / "machine-tree.py"), str(image),
                    str(blob), *machine.qemu("virt", None, mem=f"{FIRMWARE_MIB[0]}M")],
                   check=True, capture_output=True, timeout=machine.LIMIT_S)
    return words_of(program, blob, FIRMWARE_MIB)


def uboot_words(program, image, folder):
    """U-Boot moves the tree to the end of RAM, so that each amount has another place for the
    tree."""
    blob, socket = folder / "u-boot.dtb", folder / "qmp"
    with contextlib.ExitStack() as stack:
        m = uboot.booti(lambda argv: stack.enter_context(machine.Machine(argv)), image,
                        mem=f"{FIRMWARE_MIB[0]}M", extra=qmp.argv(socket)).shell()
        facts = checks.boot_facts(m.boot_log)
        monitor = qmp.Qmp(socket)
        monitor.ask("pmemsave", val=facts.fdt_pa, size=facts.fdt_bytes, filename=str(blob))
        monitor.close()
    return " ".join(words_of(program, blob, [mib], "--fdt-addr",
                             hex(facts.fdt_pa + (mib - FIRMWARE_MIB[0]) * MIB))
                    for mib in FIRMWARE_MIB)


NO_FIRMWARE = r"plan: note: \S+ does not say where the firmware lies\. [^\n]*Whose tree[^\n]*\n"


def qemu_words(program, _image, folder):
    """The tree as -machine dumpdtb writes it, with the free room that QEMU leaves in it."""
    Tree.of_machine(folder, mem=f"{FIRMWARE_MIB[0]}M")
    return words_of(program, folder / "dumped.dtb", FIRMWARE_MIB, *PLACES, note=NO_FIRMWARE)


def build_planned(objdir, blob):
    """Builds, plans, and builds again with the line of the plan in .config."""
    builds.must_make(objdir, builds.DEFAULT)
    set_option(objdir, "PLAN_BUDGET", BUDGET)
    builds.must_make(objdir)
    layout = symbols(objdir)
    program = plans.make(objdir)
    words = [words_of(program, blob, PLANNED_MIB, *PLACES)]
    with tempfile.TemporaryDirectory(prefix="tessera-") as short:
        for of in (opensbi_words, qemu_words, *([uboot_words] if uboot.UBOOT.exists() else [])):
            words.append(of(program, objdir / "Image", pathlib.Path(short)))
    set_option(objdir, "PLAN_DIGEST", f'CONFIG_PLAN_DIGEST="{" ".join(words)}"')
    builds.must_make(objdir)
    plans.make(objdir)
    assert symbols(objdir) == layout, "setting the digest moved something"


@pytest.fixture(scope="module")
def planned(kernel, machine_tree):
    """(a build whose .config expects the planned sizes, the words of that line)"""
    build = builds.Build(kernel.objdir / "test" / "digest")
    # Parallel workers share the build: the first worker of a run makes it.
    run, stamp = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid())), build.objdir / ".run"
    with builds.locked(build.objdir):
        if not stamp.exists() or stamp.read_text(encoding="ascii") != run:
            build_planned(build.objdir, machine_tree(256))
            stamp.write_text(run, encoding="ascii")
    return build, build.config["PLAN_DIGEST"]


@pytest.fixture
def plan_lines(planned, start, tmp_path):
    """plan_lines(blob's file): the lines of the boot log about the plan."""
    def boot(blob, blob_pa=BLOB):
        m = start(trees.handover(tmp_path, planned[0].image, blob.read_bytes(), blob_pa=blob_pa,
                                 load_pa=KERNEL)).shell()
        return re.findall(r"(?m)^\[[^]]*\] plan: (.*)$", m.boot_log)
    return boot


@pytest.mark.parametrize("ram_mib", PLANNED_MIB)
def test_memory_is_as_planned_after_one_round(planned, machine_tree, plan_lines, ram_mib):
    digest = re.search(rf"\b{ram_mib}M:(0x[0-9a-f]{{16}}):", planned[1])[1]
    assert plan_lines(machine_tree(ram_mib)) == [f"digest {digest}, as planned"]


def boot_by(who, image, start, folder, mib):
    """Boots a machine whose tree comes from this firmware."""
    if who == "OpenSBI":
        return start(machine.qemu("virt", image, mem=f"{mib}M"))
    if who == "U-Boot":
        return uboot.booti(start, image, mem=f"{mib}M")
    Tree.of_machine(folder, mem=f"{mib}M")
    blob = (folder / "dumped.dtb").read_bytes()
    return start(trees.handover(folder, image, blob, blob_pa=BLOB, load_pa=KERNEL, mem=f"{mib}M"))


@pytest.mark.parametrize("mib", FIRMWARE_MIB)
@pytest.mark.parametrize("who", FIRMWARES)
def test_firmwares_tree_is_as_planned(planned, start, tmp_path, who, mib):
    """One tree and --mem for another amount: the digest covers the tree's size, which --mem must
    keep."""
    if who == "U-Boot" and not uboot.UBOOT.exists():
        pytest.skip("package u-boot-qemu is missing")
    m = boot_by(who, planned[0].image, start, tmp_path, mib).shell()
    assert re.search(r"(?m)^\[[^]]*\] plan: digest 0x[0-9a-f]{16}, as planned$", m.boot_log), \
        m.boot_log


def test_what_firmware_changes_in_dumpdtbs_tree(planned, tmp_path):
    """docs/plan.md names the reasons: the firmware's own range and the tree's size, and no seed."""
    program, image = planned[0].objdir / "plan", planned[0].image
    raw, own = tmp_path / "dumped.dtb", tmp_path / "opensbi.dtb"
    with tempfile.TemporaryDirectory(prefix="tessera-") as short:
        opensbi_words(program, image, pathlib.Path(short))
        own.write_bytes((pathlib.Path(short) / "opensbi.dtb").read_bytes())
    Tree.of_machine(tmp_path, mem=f"{FIRMWARE_MIB[0]}M")
    status, text, _ = plans.run(program, "diff", "--dtb", own, "--dtb", raw)
    assert status == 1
    assert re.search(r"mmode_resv0@80000000 size +512 KiB +- +gone", text)
    assert re.search(r"firmware \(assumed\) size +- +2 MiB +new", text)
    assert re.search(r"device tree size ", text)
    for blob, note in ((raw, True), (own, False)):
        err = plans.run(program, "--dtb", blob, "--check")[2]
        assert bool(re.match(NO_FIRMWARE, err)) == note, err
    seeds = [tmp_path / f"{word}.dtb" for word in ("one", "two")]
    source = Tree.of_machine(tmp_path, mem=f"{FIRMWARE_MIB[0]}M").source
    for path, cell in zip(seeds, "12"):
        Tree(re.sub(r"rng-seed = <\S+", f"rng-seed = <0x{cell}", source)).compile(path)
    assert seeds[0].read_bytes() != seeds[1].read_bytes()
    assert len({plans.run(program, "--dtb", blob, "--format", "config")[1]
                for blob in seeds}) == 1


def test_other_ram_is_named_and_the_word_for_it_given(planned, machine_tree, plan_lines):
    blob = machine_tree(300)
    word, said = plan_lines(blob)
    assert re.fullmatch(r"digest 0x[0-9a-f]{16} is none of CONFIG_PLAN_DIGEST: "
                        r"RAM is 300 MiB, the plan says 256 or 384 or 512 or 1024 MiB", said), said
    line = plans.run(planned[0].objdir / "plan", "--dtb", blob, "--format", "config", *PLACES)[1]
    assert word == "this memory is " + line.rstrip("\n")


def test_other_reservations_are_named(machine_tree, plan_lines):
    """The tree is as long as before, and only its contents differ."""
    said = plan_lines(machine_tree(256, static_node("kept", VIRT_RAM + 65 * MIB, MIB)))[-1]
    assert said.endswith("RAM is 256 MiB as planned, but other ranges are reserved"), said


def test_other_place_of_the_tree_is_named(machine_tree, plan_lines):
    said = plan_lines(machine_tree(256), blob_pa=BLOB + MIB)[-1]
    assert said.endswith("as planned, but the device tree has another size, boot arguments "
                         "included, or place"), said


def test_mismatch_stops_boot_where_it_must(kernel, machine_tree, tmp_path):
    """The sentence is that of plan/verify.c:plan_verify."""
    build = builds.Build(kernel.objdir / "test" / "digest-stop")
    with builds.locked(build.objdir):
        builds.must_make(build.objdir, builds.DEFAULT)
        set_option(build.objdir, "PLAN_DIGEST", 'CONFIG_PLAN_DIGEST="256M:0x1, 384M:0x2"')
        set_option(build.objdir, "PLAN_MISMATCH_WARN", "# CONFIG_PLAN_MISMATCH_WARN is not set")
        set_option(build.objdir, "PLAN_MISMATCH_STOP", "CONFIG_PLAN_MISMATCH_STOP=y")
        builds.must_make(build.objdir, "Image", "JOIN=1")
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
    assert err.endswith("RAM is 300 MiB, the plan says 256 or 384 or 512 or 1024 MiB\n")
    assert err.count("\n") == 1


def test_budgets_fail_the_plan(planned, machine_tree):
    """The program shows the plan, and then refuses it with the option's name."""
    program = planned[0].objdir / "plan"
    plans.sound(program, "--dtb", machine_tree(128), *PLACES)
    short = machine_tree(100)
    # A small reservation lies in the way of every block of the largest order.
    cut = machine_tree(256, *(static_node(f"r{i}", VIRT_RAM + (4 * i + 1) * MIB, 4096)
                              for i in range(64)))
    for blob, said in (
            (short, r"plan: \d+ MiB are free after boot, and CONFIG_PLAN_MIN_FREE_MB asks for 100"),
            (cut, r"plan: the largest block that is free after boot has order 9, and "
                  r"CONFIG_PLAN_MIN_LARGEST_ORDER asks for 10")):
        status, out, err = plans.run(program, "--format", "json", "--dtb", blob, *PLACES)
        assert status == plans.UNUSABLE and out.startswith('{"config":')
        assert re.fullmatch(said + "\n", err), err
