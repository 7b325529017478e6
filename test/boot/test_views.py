# SPDX-License-Identifier: BSD-2-Clause
"""Every view under /proc has Linux's format, and all views agree with each other."""
import re

import pytest

import checks
import views

VIEWS = ("buddyinfo cmdline config extfrag firmware iomem kallsyms meminfo memblock pagetypeinfo "
         "sections slabinfo vmstat zoneinfo").split()


@pytest.fixture(scope="module")
def memory(resting):
    return checks.Memory(resting)


def test_memory_views_are_in_linux_format_and_agree(memory):
    memory.check()


def test_kept_pages_are_audits(resting, memory):
    """For page tables and for stacks meminfo, the nodes' counters and audit agree."""
    rows = checks.owners(resting)
    stats = [zone.node_stats for zone in memory.zones.values() if zone.node_stats]
    for field, counter, owner, unit_kb in (
            ("PageTables", "nr_page_table_pages", "page tables", 4),
            ("KernelStack", "nr_kernel_stack", "CPU stacks", 1)):
        assert memory.meminfo[field] == 4 * rows[owner] > 0, field
        assert sum(node[counter] for node in stats) * unit_kb == memory.meminfo[field], counter


def test_ls_names_every_view(resting):
    listed = resting.run("ls /proc").split()
    assert sorted(listed) == listed
    missing = [name for name in VIEWS if name not in listed]
    assert not missing


@pytest.mark.parametrize("name", VIEWS)
def test_view_answers(resting, name):
    text = resting.run(f"cat /proc/{name}")
    assert text.strip() and "no such file" not in text


def test_buddyinfo_has_a_column_for_each_order(memory, kernel):
    for counts in memory.buddy.values():
        assert len(counts) == kernel.config["MAX_ORDER"] + 1


def test_extfrag_follows_from_buddyinfo(resting):
    """Both of Linux's measures of what free memory is good for."""
    tables = views.extfrag(resting.run("cat /proc/extfrag"))
    for zone, counts in views.buddyinfo(resting.run("cat /proc/buddyinfo")).items():
        assert (tables["unusable_index"][zone],
                tables["extfrag_index"][zone]) == views.extfrag_of(counts)


def test_vmstat_is_zoneinfo_summed_up(resting, memory):
    counters = views.vmstat(resting.run("cat vmstat"))
    zones = [zone for zone in memory.zones.values() if zone.present]
    rows = ([zone.counters for zone in zones],
            [zone.node_stats for zone in memory.zones.values() if zone.node_stats])
    want = {}
    for tables in rows:
        for name in tables[0]:
            want[name] = sum(table[name] for table in tables)
    assert list(counters)[:len(want)] == list(want)
    moves = ("numa_", "nr_free_pages")
    for name, value in want.items():
        assert counters[name] == value or name.startswith(moves), name
    if "pgfree" in counters:
        handed_out = sum(n for name, n in counters.items() if name.startswith("pgalloc_"))
        assert handed_out > counters["pgfree"] >= 0


def test_pagetypeinfo_block_order_is_the_configured(memory, kernel):
    assert memory.types.block_order == kernel.config["PAGEBLOCK_ORDER"]


def test_zoneinfo_present_is_ram(memory):
    assert memory.present == 512 * checks.MIB


def test_slabinfo_has_the_kmalloc_classes(memory, kernel):
    config = kernel.config
    for shift in range(config["KMALLOC_MIN_SHIFT"], 14):
        size = f"{1 << shift}" if shift < 10 else f"{1 << (shift - 10)}k"
        assert f"kmalloc-{size}" in memory.slabs
    for extra in (96, 192):
        if config.get("KMALLOC_EXTRA_CLASSES") and extra > 1 << config["KMALLOC_MIN_SHIFT"]:
            assert memory.slabs[f"kmalloc-{extra}"].size == extra


def test_iomem_shows_ram_with_the_image_inside(memory):
    rows = list(views.flat(memory.iomem))
    ram = [row for row in memory.iomem if row.name == "System RAM"]
    assert ram and ram[-1].end == 0x8000_0000 + 512 * checks.MIB - 1
    names = [row.name for row in rows]
    image = rows[names.index("Kernel image")]
    assert [child.name for child in image.children] == \
        ["Kernel code", "Kernel rodata", "Kernel data", "Kernel bss"]
    assert any(image in row.children for row in ram), "the image is not a child of System RAM"
    assert "Reserved" in names


def test_iomem_keeps_the_firmware_out_of_system_ram(memory):
    """OpenSBI's 512 KiB are not System RAM, as Linux counts it."""
    for row in memory.iomem:
        if row.name == "System RAM":
            assert row.start >= 0x8008_0000 or row.end < 0x8000_0000


def test_iomem_shows_the_crash_kernel(boot):
    """As in Linux, the crash kernel's memory is a child of its RAM, and has the size that was asked
    for."""
    m = boot(append="crashkernel=20M")
    memory = checks.Memory(m).check()
    told = re.search(r"crashkernel: reserved (0x\w+) - (0x\w+) \(20 MB\)", m.boot_log)
    rows = [row for ram in memory.iomem if ram.name == "System RAM" for row in ram.children
            if row.name == "Crash kernel"]
    assert [(row.start, row.end + 1) for row in rows] == [(int(told[1], 16), int(told[2], 16))]
    assert rows[0].start % (2 * checks.MIB) == 0
    assert rows[0].end + 1 - rows[0].start == 20 * checks.MIB
    assert checks.reservation(m, "Crash kernel") == (rows[0].start, 20 * checks.MIB)
    assert checks.owners(m)["Crash kernel"] == 20 * checks.MIB // 4096
    checks.audit(m, 512 * checks.MIB)


def test_cmdline_view_is_what_was_given(boot):
    words = "loglevel=7 foo=bar baz"
    assert boot(append=words).run("cat /proc/cmdline") == words + "\n"


def test_config_view_is_the_build_configuration(resting, kernel):
    seen = resting.run("cat /proc/config").splitlines()
    built = (kernel.objdir / ".config").read_text(encoding="utf-8").splitlines()
    settings = re.compile(r"CONFIG_\w+=|# CONFIG_\w+ is not set")
    assert [line for line in seen if settings.match(line)] == \
        [line for line in built if settings.match(line)]


def test_kallsyms_agrees_with_system_map(resting, kernel):
    rows = [line.split() for line in resting.run("cat /proc/kallsyms").splitlines()]
    addresses = [int(row[0], 16) for row in rows]
    assert addresses == sorted(addresses)
    assert all(re.fullmatch(r"[0-9a-f]{16}", row[0]) and len(row[1]) == 1 for row in rows)
    symbols = kernel.symbols()
    names = [row[2] for row in rows]
    once = [row for row in rows if names.count(row[2]) == 1 and row[2] in symbols]
    assert len(once) > 200 and "start_kernel" in names
    assert [row for row in once if int(row[0], 16) != symbols[row[2]]] == []


def test_memblock_view_names_every_owner(resting):
    memory, reserved = checks.memblock(resting)
    assert sum(region.size for region in memory) == 512 * checks.MIB
    nameless = [region for region in reserved if not region.owner]
    assert not nameless
    image = [region for region in reserved if region.base <= 0x8020_0000 <
             region.base + region.size]
    assert image and "kernel" in image[0].owner


def test_firmware_view_is_what_was_handed_over(resting):
    lines, parts = checks.firmware_map(resting)
    facts = checks.boot_facts(resting.boot_log)
    assert lines == [
        (0x8000_0000, 0xa000_0000, "RAM", "/memory@80000000"),
        (0x8000_0000, 0x8008_0000, "no-map", "/reserved-memory/mmode_resv0@80000000"),
        (facts.fdt_pa, facts.fdt_pa + facts.fdt_bytes, "device tree", "boot loader")]
    assert parts == {"used": 512 * checks.MIB}


def test_sections_view_covers_ram_and_nothing_else(resting, kernel):
    size = 1 << kernel.config["SECTION_SIZE_BITS"]
    found = checks.sections(resting)
    first, last = 0x8000_0000 // size, (0x8000_0000 + 512 * checks.MIB - 1) // size
    assert list(found) == list(range(first, last + 1))
    for section in found.values():
        assert (section.base, section.end) == (section.nr * size, (section.nr + 1) * size)
        assert section.pages * checks.PAGE == size


def test_missing_view_is_a_sentence(resting):
    assert "nosuch" in resting.run("cat /proc/nosuch")


def test_views_do_not_change_what_they_show(resting):
    before = resting.run("cat /proc/buddyinfo"), resting.run("cat /proc/slabinfo")
    for name in VIEWS:
        resting.run(f"cat /proc/{name}")
    assert (resting.run("cat /proc/buddyinfo"), resting.run("cat /proc/slabinfo")) == before


def test_audit_adds_up(resting, memory):
    found = checks.owners(resting)
    assert sum(found.values()) * checks.PAGE == 512 * checks.MIB
    assert found["free in the buddy"] == sum(zone.free for zone in memory.zones.values())
    assert found["free on per-CPU lists"] == sum(
        cpu["count"] for zone in memory.zones.values() for cpu in zone.cpus.values())
    assert found["slab"] * 4 == memory.meminfo["Slab"]
