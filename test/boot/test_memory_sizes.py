# SPDX-License-Identifier: BSD-2-Clause
"""The same Image on every size of memory, down to where it must refuse."""
import re

import pytest

import checks
import trees
from machine import run_to_end

SIZES = "16M 64M 128M 1G 3G 8G 16G".split()
# With 4 GiB in reach of 32 bits and RAM from 2 GiB on, the rest is NORMAL.
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
    assert memory.iomem[-1].end == trees.VIRT_RAM + (100 << 20) - 1


def test_mem_argument_that_is_no_number_is_reported(boot):
    m = boot(append="mem=lots")
    assert checks.Memory(m).check().present == 512 << 20
    assert re.search(r"mem=.*lots", m.boot_log.replace("Kernel command line", ""))


REFUSAL = r"(?i)(?=.*(?:\d+ ?(?:bytes|KiB|MiB|K\b|kB)|0x[0-9a-f]+))(?=.*CONFIG_\w+)"


def refused(result):
    """The run ended by itself, not well, and one sentence says how much and which option."""
    result.need_failure()
    sentences = [line for line in result.text.splitlines() if re.search(REFUSAL, line)]
    assert sentences, "no sentence with a number and an option:\n" + result.text[-3000:]
    assert "Backtrace" not in result.text and "Call trace" not in result.text.title()


def test_too_little_memory_is_refused_with_a_sentence(kernel, tmp_path):
    image_end = kernel.symbols()["_end"] - kernel.symbols()["_text"] + (2 << 20)
    # Room for the image, the tree's page and little more.
    bank = (image_end + (64 << 10) + 4095) & ~4095
    tree = trees.Tree.of_machine(tmp_path).banks((trees.VIRT_RAM, bank))
    blob = tree.compile(tmp_path / "small.dtb").read_bytes()
    refused(run_to_end(trees.handover(tmp_path, kernel.image, blob,
                                      blob_pa=trees.VIRT_RAM + (1 << 20))))


def test_mem_argument_that_leaves_too_little_is_refused(kernel, run_to_end):
    image = kernel.symbols()["_end"] - kernel.symbols()["_text"] + (2 << 20)
    refused(run_to_end(f"mem={(image >> 10) + 64}K"))


@pytest.mark.long
@pytest.mark.parametrize("kib", range(2048, 12 * 1024 + 1, 256))
def test_every_small_size_boots_or_says_why_not(kernel, kib):
    from machine import qemu
    result = run_to_end(qemu("virt", kernel.image, append=f'mem={kib}K run="audit; poweroff"'))
    if result.status:
        result.need_failure()
        assert re.search(REFUSAL, result.text) or "mem=" in result.text, result.text[-2000:]
