# SPDX-License-Identifier: BSD-2-Clause
"""The plan with programs: JSON, text and drawing say the same, and it adds up.

The drawing's tests are skipped without a Chromium, as those of test_plan_page.py.
"""
import json
import re
import shutil
import subprocess

import pytest

import browser
import builds
import newc
import plans
from machine import Machine, QEMU, qemu

SOURCE = builds.ROOT / "test" / "user" / "promise.c"
MANIFEST = """camera guarantee=%s stack=64K heap=256K /bin/promise kept
recorder guarantee=10M heap=1M /bin/promise fails
hog /bin/promise hog
a-name-of-15-ch limit=2M /bin/promise hog
"""
# The last is more than heap and stack, and less than all of its own.
FITS, SHORT, SMALL = "4M", "60M", "340K"
EACH = ["name", "path", "class", "text", "data", "heap", "heap_limited", "stack", "tables", "own",
        "kernel", "guarantee", "limit", "enough"]
ALL = ["each", "files", "kernel_part", "guaranteed", "left", "spare", "short", "cuts", "fits",
       "works"]
PAGE, MIB = 4096, 1 << 20
SMALL_PX, WIDE_PX = 390, 1280


class Planner:
    """Plans for a machine of 48 MiB and these programs."""

    def __init__(self, objdir, folder, compile_user):
        self.objdir, self.folder, self.said = objdir, folder, ""
        self.program = plans.make(objdir)
        self.tree, self.archive = folder / "virt.dtb", folder / "root.cpio"
        subprocess.run([QEMU, "-M", f"virt,dumpdtb={self.tree}", "-m", "48M", "-smp", "2"],
                       check=True, capture_output=True)
        compile_user(SOURCE, folder / "promise")
        self.archive.write_bytes(newc.archive([
            ("bin", 0o040755, b""), ("etc", 0o040755, b""),
            ("bin/promise", 0o100755, (folder / "promise").read_bytes()),
            ("etc/programs", 0o100644, (MANIFEST % FITS).encode())]))

    def run(self, guarantee, form, *words):
        manifest = self.folder / "programs"
        manifest.write_text(MANIFEST % guarantee)
        status, out, wrong = plans.run(
            self.program, "--dtb", self.tree, "--format", form, "--initrd", self.archive,
            "--programs", manifest, *words)
        assert bool(wrong) == (status != plans.SOUND)
        assert re.fullmatch(r"(plan: the programs do not fit: [^\n]*\n)*", wrong), wrong
        self.said = wrong
        return status, out

    def json(self, guarantee):
        status, out = self.run(guarantee, "json")
        plan = json.loads(out)
        assert (status == plans.SOUND) == plan["programs"]["fits"]
        return plan


@pytest.fixture(scope="module")
def planner(built, tmp_path_factory, compile_user):
    return Planner(built("qemu_virt_max_defconfig").objdir, tmp_path_factory.mktemp("programs"),
                   compile_user)


@pytest.mark.parametrize("guarantee", (FITS, SHORT, SMALL))
def test_json_has_the_promised_form_and_adds_up(planner, guarantee):
    plan = planner.json(guarantee)
    programs = plan["programs"]
    assert list(programs) == ALL and list(plan)[-2:] == ["programs", "digest"]
    for p in programs["each"]:
        assert list(p) == EACH
        # A page for a copy, and what the space holds that it begins in.
        assert p["own"] == p["data"] + p["heap"] + p["stack"] + p["tables"] + 2 * PAGE
        assert p["enough"] == (not p["guarantee"] or p["guarantee"] >= p["own"])
        assert p["class"] == ("reserved" if p["guarantee"] else
                              "limit" if p["limit"] else "best effort")
    assert programs["guaranteed"] == sum(p["guarantee"] for p in programs["each"])
    config = (planner.objdir / ".config").read_text(encoding="utf-8")
    assert programs["kernel_part"] == \
        1024 * int(re.search(r"ADMISSION_KERNEL_KB=(\d+)", config)[1])
    size = (planner.folder / "promise").stat().st_size
    manifest = len(MANIFEST % FITS)
    assert programs["files"] == sum(-(-n // PAGE) * PAGE for n in (size, manifest))
    assert programs["left"] + programs["short"] == programs["spare"] + programs["files"] + \
        programs["kernel_part"] + programs["guaranteed"]
    assert not programs["spare"] or not programs["short"]
    assert programs["fits"] == (not programs["short"] and
                                all(p["enough"] for p in programs["each"]))
    assert bool(programs["cuts"]) == (guarantee == SHORT)


def test_the_rest_of_the_plan_is_as_without_programs(planner):
    plan = planner.json(FITS)
    del plan["programs"]
    assert plan == plans.sound(planner.program, "--dtb", planner.tree)


def test_cuts_are_the_cheapest_first(planner):
    """Guarantees that nobody needs, the largest first, then stacks of which nobody has spoken."""
    programs = planner.json(SHORT)["programs"]
    camera, recorder = programs["each"][:2]
    assert programs["cuts"] == [
        {"program": p["name"], "setting": "guarantee", "to": p["own"],
         "saved": p["guarantee"] - p["own"]} for p in (camera, recorder)] + [
        {"program": "recorder", "setting": "stack", "to": 0, "saved": 8 * MIB}]
    status, text = planner.run(SHORT, "text")
    assert status == plans.UNUSABLE
    assert re.search(r"short by [\d.]+ MiB: the cheapest cuts are: guarantee=%dK of camera, .* "
                     r"less; "
                     r"guarantee=%dK of recorder, .* less; a stack= for recorder" % (
                         camera["own"] // 1024, recorder["own"] // 1024), text)


def test_a_guarantee_that_is_too_small_does_not_fit(planner):
    """The sum said "fits, 29 MiB spare", and make said error 1."""
    needs = planner.json(SMALL)["programs"]["each"][0]["own"] // 1024
    sentence = f"camera has guarantee={SMALL} and needs guarantee={needs}K at least\n"
    for form in "text", "json":
        status, text = planner.run(SMALL, form)
        assert status == plans.UNUSABLE
        assert planner.said == "plan: the programs do not fit: " + sentence
        assert form == "json" or f"\n  does not fit: {sentence}" in text
        assert "fits, " not in text
    status, text = planner.run(f"{needs}K", "text")
    assert status == plans.SOUND and "\n  fits, " in text and "does not fit" not in text
    planner.run(SHORT, "text")
    assert re.search(r"guarantees are \d+K, and boot leaves \d+K\n$", planner.said)


def test_a_saved_plan_shows_the_same(planner):
    """Text comes from the JSON alone."""
    for guarantee in FITS, SHORT, SMALL:
        saved = planner.folder / "saved.json"
        saved.write_text(planner.run(guarantee, "json")[1])
        shown = [planner.run(guarantee, "text")[1],
                 plans.run(planner.program, "--plan", saved)[1]]
        parts = [text.partition("\nPrograms ")[2] for text in shown]
        assert parts[0] and parts[0] == parts[1]


def test_what_goes_with_no_programs_is_refused(planner):
    for words in (("--format", "config"), ("--explain", "MAX_ORDER")):
        status, out, wrong = plans.run(planner.program, "--dtb", planner.tree, "--initrd",
                                       planner.archive, *words)
        assert (status, out) == (plans.USAGE, "") and "is a part of one plan" in wrong


def test_the_kernel_keeps_no_more_for_a_process_than_the_plan_says(planner, built, program):
    """A hundred processes that sleep; the root of each one's tables is no slab and no stack."""
    said = planner.json(FITS)["programs"]["each"][0]["kernel"] // 1024 - 4
    kernel = built("qemu_virt_max_defconfig")
    with Machine(qemu("virt", kernel.image, mem="256M", initrd=program("sleepers"))) as m:
        kept = int(m.expect(r"sleepers: 100 processes, (\d+) KiB each").group(1))
    assert 0.75 * said <= kept <= said, (kept, said)


# ---- the drawing ----

@pytest.fixture(scope="module")
def page(planner):
    """page(guarantee): the drawing's file."""
    if not browser.find():
        pytest.skip("no Chromium: apt-get install chromium, or CHROMIUM=<program>")
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("no node or npm, with which the page is made")
    with builds.locked(planner.objdir):
        builds.must_make(planner.objdir, "-s", "plan-html")

    def make(guarantee):
        path = planner.folder / f"{guarantee}.html"
        path.write_text(planner.run(guarantee, "html")[1], encoding="ascii")
        return path
    return make


@pytest.fixture(scope="module")
def chromium(page):
    with browser.Browser() as running:
        yield running


BARS = """[...document.querySelectorAll('#programs-%s %s')].map(
    r => [r.textContent, r.getBBox().x, r.getBBox().width])"""
TEXTS = """[...document.querySelectorAll('#programs svg')].flatMap(svg =>
    [...svg.querySelectorAll('text')].map(t => t.getBoundingClientRect())
        .map(box => [box.left >= -1, box.right <= innerWidth]).flat())"""


def human(number):
    """As the page writes it."""
    for unit in "B", "KiB", "MiB", "GiB":
        if number < 1024:
            places = 2 if number < 9.995 else 1 if number < 99.95 else 0
            return f"{round(number, places):g} {unit}"
        number /= 1024
    raise AssertionError(number)


@pytest.mark.parametrize("guarantee", (FITS, SHORT, SMALL))
@pytest.mark.parametrize("width", (SMALL_PX, WIDE_PX))
def test_the_drawing_is_in_proportion(planner, page, chromium, guarantee, width):
    """Each part is as wide as its number says, and stands where the one before ends; an outline has
    the width of the guarantee and begins with what is the program's own."""
    programs = planner.json(guarantee)["programs"]
    chromium.open(page(guarantee), width)
    room = chromium.value("document.getElementById('programs-bars').clientWidth")
    ram = 48 * MIB

    parts = [row for row in chromium.value(BARS % ("sum", "rect")) if row[0]]
    numbers = [ram - programs["left"], *(programs[key] for key in (
        "files", "kernel_part", "guaranteed", "spare") if programs[key])]
    assert [row[0].split(": ")[1] for row in parts] == [human(number) for number in numbers]
    assert sum(numbers) == ram + programs["short"]
    at = 0
    for (_, x, wide), number in zip(parts, numbers):
        assert abs(x - at) < .1 and abs(wide - number * room / sum(numbers)) < 1.1
        at += number * room / sum(numbers)
    beyond = chromium.value(BARS % ("sum", "rect.beyond"))
    assert bool(beyond) == bool(programs["short"])

    scale = (room - 2) / max(p["text"] + p["kernel"] + max(p["own"], p["guarantee"])
                             for p in programs["each"])
    outlines = chromium.value(BARS % ("bars", "rect.guarantee"))
    reserved = [p for p in programs["each"] if p["guarantee"]]
    assert len(outlines) == len(reserved)
    for (_, x, wide), p in zip(outlines, reserved):
        assert abs(wide - p["guarantee"] * scale) < 1
        assert abs(x - 1 - (p["text"] + p["kernel"]) * scale) < 1
    bars = chromium.value(BARS % ("bars", "rect:not(.guarantee)"))
    for key, label in (("text", "text, shared"), ("stack", "stack"), ("tables", "page tables"),
                       ("kernel", "kernel objects"), ("data", "data")):
        mine = [row for row in bars if row[0].startswith(label + ": ")]
        for (_, _, wide), p in zip(mine, programs["each"]):
            assert abs(wide - p[key] * scale) < 1, (label, p["name"])
        assert len(mine) == len(programs["each"])


@pytest.mark.parametrize("guarantee", (FITS, SHORT, SMALL))
def test_the_page_says_whether_they_fit(planner, page, chromium, guarantee):
    """In words, without a message on the console, and within a small window."""
    programs = planner.json(guarantee)["programs"]
    chromium.open(page(guarantee), SMALL_PX)
    said = chromium.value("document.getElementById('programs').innerText")
    if programs["short"]:
        assert f"short by {human(programs['short'])}" in said and "The cheapest cuts are:" in said
        assert f"guarantee={programs['each'][0]['own'] // 1024}K of camera" in said
    elif guarantee == SMALL:
        own = programs["each"][0]["own"] // 1024
        assert f"does not fit: camera needs guarantee={own}K at least" in said
    else:
        assert f"fits, {human(programs['spare'])} spare" in said
    for p in programs["each"]:
        assert p["name"] in said
    assert all(chromium.value(TEXTS))
    assert chromium.value("document.documentElement.scrollWidth") <= SMALL_PX
    assert chromium.complaints() == []


def test_a_plan_without_programs_has_no_such_part(planner, page, chromium, tmp_path):
    page(FITS)
    path = tmp_path / "none.html"
    path.write_text(plans.run(planner.program, "--dtb", planner.tree, "--format", "html")[1],
                    encoding="ascii")
    chromium.open(path)
    assert chromium.value("document.getElementById('programs').hidden")
    assert chromium.complaints() == []
