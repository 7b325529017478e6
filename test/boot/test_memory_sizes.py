# SPDX-License-Identifier: BSD-2-Clause
"""The same Image with every size of memory, down to sizes that it must refuse."""
import re

import pytest

import checks
import trees
from machine import run_to_end

SIZES = "16M 64M 128M 1G 3G 8G 16G".split()
# Devices with 32 bits reach 4 GiB; RAM begins at 2 GiB, and what lies above 4 GiB is NORMAL.
DMA32_END = 4 << 30


def zones_of(size, config):
    below = min(size, DMA32_END - trees.VIRT_RAM) if config.get("ZONE_DMA32") else 0
    return {"DMA32": below, "Normal": size - below}


@pytest.mark.parametrize("mem", SIZES)
def test_sums_are_right(boot, kernel, mem):
    m = boot(mem=mem)
    memory = checks.Memory(m).check()
    size = checks.size_bytes(mem)
    assert memory.present == size
    for name, expected in zones_of(size, kernel.config).items():
        seen = sum(zone.present for zone in memory.zones.values() if zone.name == name)
        assert seen * checks.PAGE == expected, name
    checks.audit(m, size)
    m.poweroff().need_status(0)


def test_sizes_that_are_no_power_of_two(boot):
    for mem in ("33M", "129M", "1027M"):
        m = boot(mem=mem)
        assert checks.Memory(m).check().present == checks.size_bytes(mem)
        checks.audit(m, checks.size_bytes(mem))
        m.close()


def test_mem_argument_cuts_ram_from_the_top(boot):
    m = boot(mem="512M", append="mem=100M")
    memory = checks.Memory(m).check()
    assert memory.present == 100 << 20
    ram = [row for row in memory.iomem if row.name == "System RAM"]
    assert ram[-1].end == trees.VIRT_RAM + (100 << 20) - 1
    # The firmware's map stays as it was.
    lines, parts = checks.firmware_map(m)
    assert (trees.VIRT_RAM, trees.VIRT_RAM + (512 << 20), "RAM", "/memory@80000000") in lines
    assert parts == {"used": 100 << 20, "beyond mem=": 412 << 20}


def test_mem_argument_that_is_no_number_is_reported(boot):
    m = boot(append="mem=lots")
    assert checks.Memory(m).check().present == 512 << 20
    assert re.search(r"mem=.*lots", m.boot_log.replace("Kernel command line", ""))


def refused(result):
    """The run must have ended by itself, with an error status, a sentence and no backtrace; returns
    the sentence."""
    result.need_failure()
    assert "Call Trace" not in result.text
    return result.need(r"Boot failed: (.*)")[1]


def test_ram_that_ends_within_the_kernel_is_refused(kernel, run_to_end):
    symbols = kernel.symbols()
    end = (symbols["_end"] - symbols["_text"] >> 10) + 2048
    for kib in (1024, 2048, end - 64, end - 4):
        sentence = refused(run_to_end(f"mem={kib}K"))
        assert "kernel" in sentence and f"{kib} KiB" in sentence and "mem=" in sentence
        assert re.search(r"\d+ KiB are missing from 0x\w+ on: raise mem=", sentence)
        # CONFIG_LOG_BUF_SHIFT makes the image smaller, and is named where little enough is missing.
        assert ("CONFIG_LOG_BUF_SHIFT" in sentence) == (kib == end - 4)


def all_but(kib):
    """A node that reserves everything above the kernel's first 4 MiB but for kib KiB at the end."""
    start = trees.VIRT_RAM + (4 << 20)
    return (trees.VIRT_RAM, 4 << 20), (start, (508 << 20) - (kib << 10))


@pytest.mark.parametrize("kib", [4, 64, 256, 1024])
def test_too_little_memory_names_what_is_missing_and_what_helps(kernel, tmp_path, kib):
    """The descriptors of 512 MiB take 2 MiB, and less than 2 MiB is free."""
    low, rest = all_but(kib)
    tree = trees.Tree.of_machine(tmp_path).reserved(
        trees.static_node("low", low[0], 2 << 20),
        trees.static_node("behind", low[0] + (3 << 20), 1 << 20),
        trees.static_node("rest", *rest))
    blob = tree.compile(tmp_path / "full.dtb").read_bytes()
    # The tree lies in reserved memory as well.
    sentence = refused(run_to_end(trees.handover(tmp_path, kernel.image, blob)))
    assert re.search(r"\d+ (?:bytes|KiB|MiB)|\d+K", sentence), "it names no size: " + sentence
    # No option makes the descriptors of 512 MiB fit into half of their size.
    assert "give the machine more memory, or reserve less of it" in sentence, sentence
    assert "CONFIG_" not in sentence, "it names an option that cannot help: " + sentence


def test_just_enough_memory_is_enough(kernel, start, tmp_path):
    low, rest = all_but(4096)
    tree = trees.Tree.of_machine(tmp_path).reserved(trees.static_node("rest", *rest))
    blob = tree.compile(tmp_path / "full.dtb").read_bytes()
    m = start(trees.handover(tmp_path, kernel.image, blob)).shell()
    checks.Memory(m).check()
    checks.audit(m, 512 << 20)


@pytest.mark.long
@pytest.mark.parametrize("kib", range(2048, 8 * 1024 + 1, 128))
def test_every_small_size_boots_or_says_why_not(run_to_end, kib):
    result = run_to_end(f'mem={kib}K run="stress 2000 1; audit; poweroff"')
    if result.status:
        refused(result)
    else:
        result.need(rf"^total {kib // 4} pages = RAM {kib // 4} pages: ok")
