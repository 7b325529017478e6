# SPDX-License-Identifier: BSD-2-Clause
"""The plan program alone: its JSON, its page, its drawing, its comparisons and its refusals."""
import base64
import hashlib
import html.parser
import json
import os
import pathlib
import pty
import re
import shutil
import struct
import subprocess
import tempfile

import pytest

import browser
import builds
import plans
import trees
import twin

MIB, GIB = trees.MIB, trees.GIB
PAGE = 4096
COLUMNS = 100
EVIL = "</title><script>alert(1)</script><img src=x onerror=alert(2)>\"'&\x1b[31m"


@pytest.fixture(scope="module")
def program(kernel):
    return plans.make(kernel.objdir)


@pytest.fixture(scope="module")
def blobs(tmp_path_factory):
    """{name: file} of the trees."""
    folder = tmp_path_factory.mktemp("trees")

    def make(name, tree):
        return tree.compile(folder / f"{name}.dtb")

    def board(gib):
        return trees.Tree(twin.source(gib)).reserved(
            trees.static_node("mmode_resv0", twin.RAM, 0x8_0000, "no-map;"),
            trees.dynamic_node("linux,cma", 256 * MIB, align=4 * MIB,
                               ranges=[(2 * GIB, GIB)], flags="reusable;"))

    virt = trees.Tree.of_machine(folder)
    evil = board(2).replace(r'model = "[^"]*";', "model = [%s 00];" % EVIL.encode().hex())
    return {
        "virt": make("virt", virt),
        "board": make("board", board(8)),
        "smaller": make("smaller", board(4)),
        "evil": make("evil", evil),
        "broken": make("broken", trees.Tree.of_machine(folder).banks(
            (trees.VIRT_RAM, 512 * MIB), (0x10_0000_0000, 3 * GIB)).reserved(
            trees.static_node("rproc", 0x9000_0000, 64 * MIB, "no-map;"),
            trees.static_node("shared", 0x9200_0000, 48 * MIB),
            trees.static_node("far", 0x5_0000_0000, MIB),
            trees.static_node("a" * 200, 0x9800_0000, MIB)).memreserve((0x8800_0000, 0x123))),
    }


# ---- JSON ----

KEYS = {
    "": ["config", "memory", "reserved", "sections", "nodes", "slab", "pcp", "overhead",
         "threads", "accounts", "conflicts", "firmware", "digest"],
    "memory": ["base", "size", "nid", "flags"],
    "reserved": ["base", "size", "owner", "flags"],
    "sections": ["nr", "base", "size", "nid"],
    "nodes": ["nid", "start_pfn", "present", "spanned", "zonelist", "zones"],
    "zonelist": ["nid", "zone"],
    "zones": ["name", "start_pfn", "spanned", "present", "managed", "min", "low", "high",
              "protection", "free"],
    "slab": ["name", "size", "order", "objects"],
    "pcp": ["nid", "zone", "high", "batch"],
    "overhead": ["page_struct_bytes", "memmap_bytes", "page_table_bytes", "image_bytes",
                 "reserved_bytes"],
    "threads": ["name", "priority", "stack", "account"],
    "accounts": ["name", "guaranteed", "limit"],
    "conflicts": ["kind", "a", "b", "resolution"],
    "firmware": ["base", "size", "kind", "source"],
}
ADDRESSES = {"base"}
TEXTS = {"owner", "name", "zone", "kind", "a", "b", "resolution", "source", "digest", "account"}


def check_form(value, place=""):
    """Checks the keys, their order, and the kind of each value."""
    if isinstance(value, dict):
        if place != "config":
            assert list(value) == KEYS[place], place
        for key, inner in value.items():
            check_form(inner, key)
    elif isinstance(value, list):
        for inner in value:
            check_form(inner, place)
    elif place in ADDRESSES:
        assert re.fullmatch(r"0x[0-9a-f]+", value), place
    elif place in TEXTS or place == "flags":
        assert isinstance(value, str), place
    else:
        assert isinstance(value, (int, bool)) and value >= 0, place


def spans(rows):
    return [(int(row["base"], 16), int(row["base"], 16) + row["size"]) for row in rows]


@pytest.mark.parametrize("name", ("virt", "board", "broken"))
def test_json_has_the_promised_form(program, blobs, name):
    plan = plans.sound(program, "--dtb", blobs[name])
    check_form(plan)
    assert re.fullmatch(r"0x[0-9a-f]{16}", plan["digest"])


@pytest.mark.parametrize("name", ("virt", "board", "broken"))
def test_json_adds_up(program, blobs, name):
    plan = plans.sound(program, "--dtb", blobs[name])
    for key in ("memory", "reserved", "sections"):
        ranges = spans(plan[key])
        assert ranges == sorted(ranges)
        assert all(a[1] <= b[0] for a, b in zip(ranges, ranges[1:])), key
    in_sections = sum(
        max(0, min(end, s_end) - max(base, s_base)) for base, end in spans(plan["memory"])
        for s_base, s_end in spans(plan["sections"]))
    assert in_sections == sum(row["size"] for row in plan["memory"])

    managed = 0
    populated = {(node["nid"], zone["name"]) for node in plan["nodes"] for zone in node["zones"]
                 if zone["present"]}
    for node in plan["nodes"]:
        assert node["present"] == sum(zone["present"] for zone in node["zones"])
        assert {(z["nid"], z["zone"]) for z in node["zonelist"]} == populated
        assert len(node["zonelist"]) == len(populated)
        for zone in node["zones"]:
            assert sum(n << order for order, n in enumerate(zone["free"])) == zone["managed"]
            assert zone["managed"] <= zone["present"] <= zone["spanned"]
            assert zone["min"] <= zone["low"] <= zone["high"] <= zone["managed"]
            assert len(zone["free"]) == plan["config"]["MAX_ORDER"] + 1
            managed += zone["managed"]
    present = sum(node["present"] for node in plan["nodes"])
    # Memory that is not free is reserved or not mapped, but for parts of frames.
    kept = sum(row["size"] for row in plan["reserved"])
    assert present * PAGE - kept <= managed * PAGE + sum(
        row["size"] for row in plan["memory"] if "nomap" in row["flags"])
    owners = {}
    for row in plan["reserved"]:
        owners[row["owner"]] = owners.get(row["owner"], 0) + row["size"]
    over = plan["overhead"]
    assert over["reserved_bytes"] == sum(owners.values())
    assert (over["memmap_bytes"], over["page_table_bytes"], over["image_bytes"]) == \
        (owners["memmap"], owners["page tables"], owners["kernel image"])
    assert {(row["nid"], row["zone"]) for row in plan["pcp"]} == populated


def test_two_runs_are_one(program, blobs):
    for name in ("virt", "board", "broken"):
        for form in ("json", "text"):
            runs = {plans.run(program, "--dtb", blobs[name], "--format", form) for _ in range(2)}
            assert len(runs) == 1


def test_it_is_quick(program, built, blobs):
    """By processor time, as the machine may be busy with other tests."""
    before = os.times()
    plans.sound(program, "--dtb", blobs["board"])
    after = os.times()
    assert sum(after[2:4]) - sum(before[2:4]) < 0.3

    big = plans.make(built("qemu_virt_max_defconfig").objdir)
    with subprocess.Popen([big, "--dtb", blobs["virt"], "--mem", "1T", "--format", "json"],
                          stdout=subprocess.PIPE) as process:
        text = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = status
    assert status == 0 and sum(row["size"] for row in json.loads(text)["memory"]) == 1 << 40
    assert usage.ru_utime + usage.ru_stime < 10
    assert usage.ru_maxrss < 4 << 20, "KiB"


# ---- the page ----

@pytest.mark.parametrize("name", ("virt", "board", "broken", "evil"))
def test_page_is_readable(program, blobs, name):
    status, text, wrong = plans.run(program, "--dtb", blobs[name])
    assert (status, wrong) == (plans.SOUND, "")
    for heading in ("Physical memory", "Where RAM goes", "Zones", "Free blocks",
                    "Per-CPU page lists", "Slab classes", "Bounds"):
        assert re.search(rf"(?m)^{heading}\b", text), heading
    # Lines with the file's name or a side of a conflict are as long as these are.
    shown = re.sub(r"(?m)^from .*$", "", re.sub(r"(?ms)^Conflicts .*?\n\n", "", text))
    assert all(len(line) <= COLUMNS for line in shown.splitlines())
    assert not re.search(r"(?m) $", text)
    assert text.isprintable() or set(c for c in text if not c.isprintable()) == {"\n"}
    assert ("Conflicts" in text) == (name in ("virt", "broken"))


def test_page_says_why_the_largest_block_is_no_larger(program, blobs, tmp_path):
    """Works out the order itself: the largest block at a multiple of its size within a free run."""
    plan = plans.sound(program, "--dtb", blobs["board"])
    text = plans.run(program, "--dtb", blobs["board"])[1]
    why = re.search(r"(?m)^  largest block +4 MiB +order 10, [\d,]+ of them\n +bounded by "
                    r"MAX_ORDER=10; the longest run would hold order (\d+)$", text)
    run = re.search(r"(?m)^  longest run +(\S+ GiB) +free in one piece, from (0x\w+) on\n"
                    r" +between (\S.*) and (\S.*)$", text)
    at, order = int(run[2], 16), int(why[1])
    # The run ends where the next reservation begins.
    end = min(base for base, _ in spans(plan["reserved"]) if base > at)
    fits = [o for o in range(30) if (at + (PAGE << o) - 1 & -(PAGE << o)) + (PAGE << o) <= end]
    assert order == max(fits) > 10
    owners = {int(r["base"], 16): r["owner"] for r in plan["reserved"]}
    assert run[4] == owners[end]
    # A bank of 4 MiB minus what boot takes holds no block of that order.
    small = trees.minimal_banks((trees.VIRT_RAM, 5 * MIB)).compile(tmp_path / "small.dtb")
    assert re.search(r"(?m)^ +bounded by what is free: MAX_ORDER=10 allows more, and no run holds "
                     r"order \d$", plans.run(program, "--dtb", small)[1])


def numbers(text, heading):
    """{first cell: the number in the next cell} of the table below a heading."""
    part = re.search(rf"(?ms)^{heading}.*?\n\n|^{heading}.*\Z", text)[0]
    rows = re.findall(r"(?m)^  (\S.*?)  +([\d,]+)(?= |$)", part)
    return {name: int(number.replace(",", "")) for name, number in rows}


def test_page_accounts_for_every_byte(program, blobs):
    for name in ("virt", "board", "broken"):
        _, text, _ = plans.run(program, "--dtb", blobs[name])
        rows = numbers(text, "Where RAM goes")
        ram, kernel = rows.pop("RAM"), rows.pop("kernel, all of it")
        assert sum(rows.values()) == ram
        own = [bytes for what, bytes in rows.items() if re.match(
            r"kernel image|memmap|page tables|per-CPU|pageblocks|other boot", what)]
        assert sum(own) == kernel


# Each CPU may keep 2 MiB of each of three types, and all CPUs together a sixteenth of the zone.
@pytest.mark.parametrize("mem, words", (
    ("64M", "none"),
    ("128M", "3 of 2 MiB, with up to 1 CPU"),
    ("512M", "3 of 2 MiB, with up to 5 CPUs"),
    ("1G", "3 of 2 MiB"),
))
def test_page_knows_the_pageblocks_beside_the_lists(program, blobs, mem, words):
    _, text, _ = plans.run(program, "--dtb", blobs["virt"], "--mem", mem)
    lists = re.search(r"(?ms)^Per-CPU page lists.*?\n\n", text)[0]
    assert re.search(rf"(?m)^  DMA32 .*  {words}$", lists), lists


def test_page_says_where_each_line_comes_from(program, blobs):
    _, text, _ = plans.run(program, "--dtb", blobs["board"])
    for what, source in ((r"mmode_resv0@40000000, no-map", "/reserved-memory"),
                         (r"linux,cma", "boot, for the tree"),
                         (r"kernel image", "boot loader"),
                         (r"device tree", "boot loader"), (r"memmap", "boot"),
                         (r"free", "/memory@40000000")):
        assert re.search(rf"(?m)^  0x\w+ .*  {what} +{source}$", text), what


def test_page_knows_the_crash_kernel(program, blobs):
    """crashkernel= on the command line has its own row in the map and its own class in the sum."""
    status, text, _ = plans.run(program, "--dtb", blobs["board"], "--cmdline", "crashkernel=48M")
    assert status == plans.SOUND
    assert re.search(r"(?m)^  0x\w+ .* 48 MiB .*  Crash kernel +crashkernel=$", text)
    rows = numbers(text, "Where RAM goes")
    ram, _ = rows.pop("RAM"), rows.pop("kernel, all of it")
    assert rows["crash kernel"] == 48 * MIB and sum(rows.values()) == ram


def on_terminal(words, **more):
    """The output of a program whose standard output is a terminal."""
    main, other = pty.openpty()
    environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "TERM")}
    done = subprocess.Popen([str(word) for word in words], stdout=other, stdin=subprocess.DEVNULL,
                            env={**environment, "TERM": "xterm", **more})
    os.close(other)
    text = b""
    while True:
        try:
            piece = os.read(main, 65536)
        except OSError:	# a terminal ends with this error
            break
        if not piece:
            break
        text += piece
    os.close(main)
    assert done.wait() == 0
    return text


def test_colours_are_for_terminals(program, blobs):
    words = [program, "--dtb", blobs["evil"]]
    assert b"\x1b" not in subprocess.run(words, capture_output=True, check=True).stdout
    assert b"\x1b[1m" in on_terminal(words)
    assert b"\x1b[31m" not in on_terminal(words), "the tree's own escape sequence"
    assert b"\x1b" not in on_terminal(words, NO_COLOR="1")


# ---- the drawing ----

@pytest.fixture(scope="module")
def draw(kernel, program):
    """draw(words): the page with the drawing; built once."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("no node or npm, which the set-up leaves out here: some 350 packages on Debian")
    with builds.locked(kernel.objdir):
        builds.must_make(kernel.objdir, "-s", "plan-html")

    def begin(*words):
        status, text, wrong = plans.run(program, "--format", "html", *words)
        assert (status, wrong) == (plans.SOUND, "")
        return text
    return begin


class Elements(html.parser.HTMLParser):
    """Every element with its attributes, and the text of scripts, styles and the title."""

    def __init__(self, text):
        super().__init__()
        self.found, self.texts, self.open = [], {}, None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag in ("script", "style", "title"):
            self.open = (tag, dict(attrs).get("id", ""))

    def handle_endtag(self, tag):
        if self.open and self.open[0] == tag:
            self.open = None

    def handle_data(self, data):
        if self.open:
            self.texts[self.open] = self.texts.get(self.open, "") + data

    def tags(self, name):
        return [attrs for tag, attrs in self.found if tag == name]


def saved_with_evil_names(program, blobs, folder):
    """A saved plan whose owners and conflicts have names that mean harm."""
    plan = plans.sound(program, "--dtb", blobs["broken"])
    for row in plan["reserved"]:
        row["owner"] = EVIL + row["owner"]
    for row in plan["conflicts"]:
        row.update(kind=EVIL, a=EVIL, b=EVIL, resolution=EVIL)
    path = folder / "<b>evil.json"
    # The kernel prints it so: one line without blanks, with control characters escaped.
    path.write_text(json.dumps(plan, separators=(",", ":")) + "\n", encoding="ascii")
    return path


def test_drawing_is_one_file(draw, program, blobs):
    text = draw("--dtb", blobs["board"])
    page = Elements(text)
    for tag, attrs in page.found:
        assert not {"src", "href", "srcset", "action", "style"} & set(attrs), (tag, attrs)
        assert not any(name.startswith("on") for name in attrs), (tag, attrs)
    assert "url(" not in page.texts["style", ""] and "@import" not in page.texts["style", ""]
    # Only the names of XML's vocabularies look like addresses.
    assert set(re.findall(r"https?://[\w.]+", page.texts["script", ""])) <= {"http://www.w3.org"}
    policy = page.tags("meta")[-1]["content"]
    assert policy.startswith("default-src 'none';")
    for name in ("script", "style"):
        digest = base64.b64encode(hashlib.sha256(page.texts[name, ""].encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy
    assert json.loads(page.texts["script", "plan"]) == \
        plans.sound(program, "--dtb", blobs["board"])
    view = json.loads(page.texts["script", "view"])
    assert view["ram"] == 8 * GIB
    assert view["pageblocks"] == ["3 of 2 MiB"] * 2		# of each zone
    assert sum(c["bytes"] for c in view["classes"]) + view["odd"] + view["nomap"] < view["ram"]
    assert page.texts["title", ""] == "Memory of StarFive VisionFive 2 v1.3B"
    assert "/tmp/" not in text.replace(str(blobs["board"]), "")


def test_names_stay_names(draw, program, blobs, tmp_path):
    plain = Elements(draw("--dtb", blobs["board"]))
    kinds = [tag for tag, _ in plain.found]
    for words in (("--dtb", blobs["evil"]),
                  ("--plan", saved_with_evil_names(program, blobs, tmp_path))):
        text = draw(*words)
        page = Elements(text)
        assert [tag for tag, _ in page.found] == kinds, "a name became markup"
        assert "<script>alert" not in text and "<img" not in text and "\x1b" not in text
        json.loads(page.texts["script", "plan"])
        json.loads(page.texts["script", "view"])


CHROMIUM = browser.find()


@pytest.mark.skipif(not CHROMIUM, reason="no Chromium")
@pytest.mark.parametrize("name", ("board", "broken", "evil"))
def test_drawing_draws(draw, program, blobs, tmp_path, name):
    """The script runs under the page's own policy and leaves its drawing."""
    path = tmp_path / "page.html"
    words = ("--dtb", blobs[name]) if name != "evil" else \
        ("--plan", saved_with_evil_names(program, blobs, tmp_path))
    path.write_text(draw(*words), encoding="utf-8")
    with tempfile.TemporaryDirectory(prefix="tessera-") as profile:
        done = subprocess.run(
            [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
             "--no-first-run", "--disable-background-networking", "--disable-component-update",
             "--disable-sync", f"--user-data-dir={profile}", "--virtual-time-budget=3000",
             "--dump-dom", path.as_uri()], capture_output=True, text=True, check=False, timeout=120)
    page = Elements(done.stdout)
    ids = {attrs.get("id") for _, attrs in page.found}
    assert {"map", "cost-table", "ranges-table"} <= ids, done.stderr[-500:]
    assert len(page.tags("svg")) == 2 and len(page.tags("rect")) > 20
    words = [attrs["id"] for attrs in page.tags("p") if attrs.get("class") == "caption"]
    assert [attrs["aria-labelledby"] for attrs in page.tags("table")] == words and len(words) >= 5
    assert not page.tags("img") and len(page.tags("script")) == 3


def test_without_the_page(program, blobs, tmp_path):
    """A program that was copied away from what html needs must say what to do."""
    alone = pathlib.Path(shutil.copy(program, tmp_path))
    status, out, wrong = plans.run(alone, "--dtb", blobs["virt"], "--format", "html")
    assert (status, out) == (plans.USAGE, "")
    assert wrong.count("\n") == 1 and "make plan-html" in wrong and "npm" in wrong


def test_lock_file_names_no_registry():
    folder = builds.ROOT / "plan" / "host" / "html"
    for name in ("package.json", "package-lock.json", ".npmrc"):
        text = (folder / name).read_text(encoding="utf-8")
        assert "://" not in text and "resolved\"" not in text, name
    lock = json.loads((folder / "package-lock.json").read_text(encoding="utf-8"))
    assert all("integrity" in entry for name, entry in lock["packages"].items() if name)


# ---- comparisons ----

def test_diff_of_equal_plans(program, blobs, tmp_path):
    saved = tmp_path / "saved.json"
    saved.write_text(plans.run(program, "--dtb", blobs["board"], "--format", "json")[1],
                     encoding="ascii")
    for words in ((saved, saved), ("--dtb", blobs["board"], "--dtb", blobs["board"]),
                  (saved, "--dtb", blobs["board"])):
        status, out, wrong = plans.run(program, "diff", *words)
        assert (status, wrong) == (0, "") and "equal" in out and out.count("\n") == 1


def test_diff_shows_what_more_ram_costs(program, blobs):
    status, out, wrong = plans.run(program, "diff", "--dtb", blobs["smaller"], "--dtb",
                                   blobs["board"])
    assert (status, wrong) == (1, "")
    assert re.search(r"(?m)^  RAM +4 GiB +8 GiB +\+4 GiB +\+100.0 %$", out)
    assert re.search(r"(?m)^  memmap +16 MiB +32 MiB +\+16 MiB +\+100.0 %$", out)
    assert re.search(r"(?m)^  Normal managed ", out)
    assert "Configuration" not in out and "Slab" not in out
    assert all(len(line) <= COLUMNS for line in out.splitlines())


def test_diff_begins_with_the_sum(program, blobs):
    """The sum shows equal rows as well, so that it adds up on either side."""
    out = plans.run(program, "diff", "--dtb", blobs["smaller"], "--dtb", blobs["board"])[1]
    head = re.match(r"A  .*\nB  .*\n\nSum\n.*\n  RAM  .*\n  less: the kernel  .*\n"
                    r"  less: all others  .*\n  free  .*\n\n", out)
    assert head, out
    same = plans.run(program, "diff", "--dtb", blobs["board"], "--dtb", blobs["evil"],
                     "--mem", "8G")[1]
    assert re.search(r"(?m)^  RAM +8 GiB +8 GiB +=$", same), same


def test_diff_shows_what_a_configuration_costs(program, built, blobs, tmp_path):
    saved = tmp_path / "before.json"
    saved.write_text(plans.run(program, "--dtb", blobs["virt"], "--format", "json")[1],
                     encoding="ascii")
    debug = plans.make(built("qemu_virt_tiny_defconfig").objdir)
    status, out, _ = plans.run(debug, "diff", saved, "--dtb", blobs["virt"])
    assert status == 1
    assert re.search(r"(?m)^  NR_CPUS +8 +1 +-7 ", out)
    assert re.search(r"(?m)^  kernel image +\d", out)


def test_diff_finds_a_plan_in_a_console_log(program, blobs, tmp_path):
    line = plans.run(program, "--dtb", blobs["board"], "--format", "json")[1]
    log = tmp_path / "console.log"
    log.write_bytes(b"[    0.1] booting\xff\r\n" + line.encode().replace(b"\n", b"\r\n") +
                    b"tessera# \r\n")
    status, out, _ = plans.run(program, "diff", log, "--dtb", blobs["board"])
    assert status == 0, out
    assert "8 GiB" in plans.run(program, "--plan", log)[1]


# ---- options explained ----

def explain(program, blob, option):
    """(the text, {value: the cells behind it} of its table, the present value)"""
    status, text, wrong = plans.run(program, "--dtb", blob, "--explain", option)
    assert (status, wrong) == (plans.SOUND, ""), wrong
    assert all(len(line) <= COLUMNS for line in text.splitlines()), text
    part = text.partition("\nOther values ")[2]
    rows = [re.split(r"  +", line.strip()) for line in re.findall(r"(?m)^ +\d.*$", part)]
    now = [int(row[0]) for row in rows if row[-1] == "now"]
    return text, {int(row[0]): row[1:] for row in rows}, now[0] if now else None


def test_every_option_is_explained(program, kernel, blobs):
    """The value is .config's, and the help is that of the Kconfig files."""
    config = kernel.config
    book = (builds.ROOT / "docs" / "config.md").read_text(encoding="utf-8")
    names = re.findall(r"(?m)^\| `(\w+)` \|", book)
    assert len(names) > 40
    for name in names:
        text = explain(program, blobs["virt"], name)[0]
        value = re.match(rf"CONFIG_{name}=(.*?)  \S", text)[1]
        assert value == str(config.get(name, value if value in ("n", "") else None)), name
        assert "\n'make plan WHATIF=" in text
        assert name.startswith("BOARD_") or "  Meaning  " in text, name


def test_numbers_of_the_present_value_are_the_plans(program, blobs):
    for name in ("virt", "board", "broken"):
        plan = plans.sound(program, "--dtb", blobs[name])
        zones = [z for node in plan["nodes"] for z in node["zones"]]
        bounds = numbers_of_bounds(plans.run(program, "--dtb", blobs[name])[1])
        text, rows, now = explain(program, blobs[name], "max_order")
        assert now == plan["config"]["MAX_ORDER"] and len(rows) > 3
        assert int(rows[now][1].replace(",", "")) == sum(z["free"][now] for z in zones)
        assert rows[now][2:4] == [bounds["alloc_pages, no list"], bounds["__free_pages, no list"]]
        assert re.search(r"The largest block is bounded by MAX_ORDER=\d+;", text)
        _, rows, now = explain(program, blobs[name], "CONFIG_SECTION_SIZE_BITS")
        assert int(rows[now][1].replace(",", "")) == len(plan["sections"])
        _, rows, now = explain(program, blobs[name], "PCP_BATCH")
        assert rows[now][0] == bounds["alloc_pages, refilled"]
        _, rows, now = explain(program, blobs[name], "MAX_PHYSMEM_BITS")
        assert rows[now][2] == "none"


def numbers_of_bounds(text):
    """{path: instructions, as the page prints them}"""
    part = text.partition("\nBounds ")[2]
    return dict(re.findall(r"(?m)^  (\S.*?)  +\S.*?  +[\d,]+  +([\d,]+)  +[\d,]+$", part))


def test_what_if_is_what_was_explained(kernel, program, blobs):
    """A plan that is built with the other value has the number that --explain computed for it."""
    now = kernel.config["MAX_ORDER"]
    blocks = explain(program, blobs["virt"], "MAX_ORDER")[1][now - 1][1]
    with builds.locked(kernel.objdir):
        text = builds.must_make(kernel.objdir, "-s", "plan", f"DTB={blobs['virt']}",
                                f"WHATIF=MAX_ORDER={now - 1}")
        status, wrong = builds.make(kernel.objdir, "-s", "plan", f"DTB={blobs['virt']}",
                                    "WHATIF=MAX_ORDER=99")
        none, answer = builds.make(kernel.objdir, "-s", "plan", f"DTB={blobs['virt']}",
                                   "WHATIF=MAX_ORDR=3")
    size = 4 << now - 1
    unit = f"{size} KiB" if size < 1024 else f"{size >> 10} MiB"
    assert re.search(rf"(?m)^  MAX_ORDER +{now} +{now - 1} +-1 ", text), text
    assert re.search(rf"(?m)^  DMA32 {unit} +\d+ +{blocks} ", text), text
    assert status != 0 and "MAX_ORDER" in wrong and "99" in wrong
    assert none != 0 and "CONFIG_MAX_ORDR is not an option of this tree" in answer


# ---- refusals ----

@pytest.mark.parametrize("words, sentence", (
    ((), "--dtb FILE is needed"),
    (("--dtb",), "requires an argument"),
    (("--bogus",), "--bogus"),
    (("--dtb", "TREE", "word"), "word is not an option"),
    (("--dtb", "TREE", "--mem", "1x"), "does not belong to a number"),
    (("--dtb", "TREE", "--format", "xml"), "text, json, html or config"),
    (("--dtb", "TREE", "--initrd", "5"), "BASE,SIZE"),
    (("--dtb", "TREE", "--kernel-base", "0x40200001"), "multiple of 2 MiB"),
    (("--dtb", "TREE", "--fdt-addr", "0x40200001"), "multiple of 8"),
    (("--dtb", "TREE", "--dtb", "TREE"), "'plan diff' compares two"),
    (("--plan", "TREE", "--mem", "1G"), "there is no --dtb"),
    (("--dtb", "TREE", "--explain", "ORDE"), "there is LOCK_ORDER, MAX_ORDER"),
    (("--dtb", "TREE", "--explain", ""), "no option has that name; docs/config.md lists them"),
    (("--dtb", "TREE", "--explain", "MAX_ORDER", "--format", "json"), "neither diff nor --format"),
    (("--plan", "TREE", "--explain", "MAX_ORDER"), "it needs --dtb"),
    (("diff", "TREE"), "compares two"),
    (("diff", "--dtb", "TREE", "--dtb", "TREE", "more"), "no more"),
    (("diff", "--dtb", "TREE", "--dtb", "TREE", "--format", "json"), "diff has but one --format"),
    (("diff", "/nonexistent", "--dtb", "TREE"), "No such file"),
    (("diff", "TREE", "--dtb", "TREE"), "no plan in it"),
))
def test_bad_usage(program, blobs, words, sentence):
    status, out, wrong = plans.run(program, *(blobs["board"] if w == "TREE" else w for w in words))
    assert (status, out) == (plans.USAGE, "")
    assert sentence in wrong


@pytest.mark.parametrize("content, sentence", (
    (b"", "no plan"),
    (b'{"config":', "expected"),
    (b'{"config":{}}', "digest"),
    (b'{"config":{},"digest":"0x0","memory":5}', "memory"),
    (b'{"config":{},"memory":[{"base":"0xffffffffffffffff","size":18446744073709551615}],'
     b'"digest":"0x0"}', "memory"),
    (b'{"config":{"x":18446744073709551616}}', "64 bits"),
    (b'{"config":' + b"[" * 100000, "deeper"),
    (b'{"config":{"x":-1}}', "not negative"),
    (b'{"config":"\\ud8', "string"),
))
def test_files_that_are_no_plans(program, tmp_path, content, sentence):
    path = tmp_path / "no.json"
    path.write_bytes(content)
    status, out, wrong = plans.run(program, "--plan", path)
    assert (status, out) == (plans.UNUSABLE, "")
    assert wrong.count("\n") == 1 and sentence in wrong


def test_unusable_trees(program, blobs, tmp_path):
    damaged = tmp_path / "damaged.dtb"
    damaged.write_bytes(blobs["board"].read_bytes()[:300])
    empty = trees.Tree.of_machine(tmp_path).no_memory().compile(tmp_path / "empty.dtb")
    for blob in (damaged, empty, tmp_path / "nonexistent"):
        plans.refused(program, "--dtb", blob)


def test_help_lists_every_option(program):
    status, out, _ = plans.run(program, "--help")
    assert status == 0
    for option in ("--dtb", "--plan", "--mem", "--initrd", "--kernel-base", "--fdt-addr",
                   "--boot-hart", "--cmdline", "--format", "--explain", "--check", "--log", "diff"):
        assert option in out


# ---- make ----

def test_make_builds_it_once(kernel):
    with builds.locked(kernel.objdir):
        builds.must_make(kernel.objdir)
        before = (kernel.objdir / "plan").stat().st_mtime_ns
        text = builds.must_make(kernel.objdir)
    assert "HOSTCC" not in text and (kernel.objdir / "plan").stat().st_mtime_ns == before


def test_make_plan_writes_where_it_is_told(kernel, blobs, tmp_path):
    out = tmp_path / "out.json"
    with builds.locked(kernel.objdir):
        builds.must_make(kernel.objdir, "-s", "plan", f"DTB={blobs['board']}", "MEM=4G",
                         "FORMAT=json", f"OUT={out}")
        assert sum(row["size"] for row in json.loads(out.read_text())["memory"]) == 4 * GIB
        # Without MEM the amount of RAM is the tree's own; differences do not make make fail.
        text = builds.must_make(kernel.objdir, "-s", "plan", f"DTB={blobs['board']}", f"DIFF={out}")
        assert re.search(r"RAM +4 GiB +8 GiB", text)
        text = builds.must_make(kernel.objdir, "-s", "plan", f"DTB={blobs['board']}",
                                f"DIFF={blobs['board']}")
        assert "equal" in text


def test_what_an_image_declares(tmp_path):
    """scripts/target-image.py on an image of two accounts and two threads, one of an account."""
    base, names = 0xffffffff80000000, b"own\0camera\0hog\0"
    own, camera, hog = (base + names.index(name) for name in (b"own", b"camera", b"hog"))
    # The names, padded, two accounts, the pointers to them, and two threads.
    structs = base + 16
    words = [camera, 2048, 4096, hog, 0, 0, structs, structs + 24,
             1, 2, 8192, own, 0, 5, 1, 2, 4096, camera, structs, 63]
    (tmp_path / "Image").write_bytes(names.ljust(16, b"\0") + struct.pack("<20Q", *words))
    symbols = dict.fromkeys(
        "_end __text_end __start_rodata __rodata_end __init_begin __init_text_end __init_end "
        "_sdata _edata __bss_start __bss_stop __per_cpu_start __per_cpu_end _text".split(), base)
    symbols |= {"__mem_accounts_start": structs + 48, "__mem_accounts_end": structs + 64,
                "__threads_start": structs + 64, "__threads_end": structs + 160}
    (tmp_path / "System.map").write_text("".join(
        f"{address:016x} D {name}\n" for name, address in symbols.items()), encoding="ascii")
    done = subprocess.run([builds.ROOT / "scripts/target-image.py", tmp_path / "System.map",
                           tmp_path / "Image"], capture_output=True, text=True, check=True)
    assert re.findall(r"IMAGE_\w+\(.*\)", done.stdout) == [
        'IMAGE_ACCOUNT(0, "camera", 2048, 4096)', 'IMAGE_ACCOUNT(1, "hog", 0, 0)',
        'IMAGE_THREAD(0, "own", 8192, "kernel", 5)',
        'IMAGE_THREAD(1, "camera", 4096, "camera", 63)']
