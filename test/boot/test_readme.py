# SPDX-License-Identifier: BSD-2-Clause
"""README's boot log is what a boot prints, numbers and times aside."""
import importlib.util

import pytest

import builds
from machine import Machine, qemu

SPEC = importlib.util.spec_from_file_location("readme_log",
                                              builds.ROOT / "scripts" / "readme-log.py")
readme_log = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(readme_log)


@pytest.fixture(scope="module")
def console(kernel):
    run = f'run="{readme_log.COMMAND}"'
    with Machine(qemu("virt", kernel.image, mem="512M", smp=4, append=run)) as m:
        return m.finish().need_status(0).text


def test_readme_shows_a_boot(console):
    readme = (builds.ROOT / "README.md").read_text(encoding="utf-8")
    assert not readme_log.differences(readme, console), "Mend: make readme-log"


def test_a_line_that_no_boot_prints_is_seen(console):
    readme = (builds.ROOT / "README.md").read_text(encoding="utf-8")
    for old, new in (("Zone ranges:", "Zones:"), ("Zone ranges:\n", ""),
                     ("free on per-CPU lists", "free on lists"), ("  DMA32   ", "  DMA   ")):
        planted = readme.replace(old, new, 1)
        assert planted != readme and readme_log.differences(planted, console), new
