# SPDX-License-Identifier: BSD-2-Clause
"""Every defconfig builds without a warning and boots, and so does the kernel that clang builds."""
import re

import pytest

import builds
import checks
import twin
from machine import Machine, qemu

GENEROUS = "512M"


def boots_whole(argv, ram):
    with Machine(argv) as m:
        m.shell()
        memory = checks.Memory(m).check()
        assert memory.present == ram
        checks.audit(m, ram)
        stress = m.run("stress 2000 1", limit=120)
        assert not re.search(r"(?i)panic", stress)
        checks.audit(m, ram)
        m.poweroff().need_status(0)


@pytest.mark.parametrize("name", builds.defconfigs())
def test_defconfig_boots(kernel, built, name):
    image = (kernel if name == builds.DEFAULT else built(name)).image
    boots_whole(qemu("virt", image, mem=GENEROUS, smp=2), checks.size_bytes(GENEROUS))


@pytest.mark.parametrize("name", [n for n in builds.defconfigs() if "visionfive2" in n])
def test_board_defconfig_boots_on_the_twin(built, tmp_path, name):
    boots_whole(twin.twin(tmp_path, built(name).image, 4), 4 << 30)


def test_clang_kernel_boots(built):
    build = built(builds.DEFAULT, "LLVM=1")
    boots_whole(qemu("virt", build.image, mem=GENEROUS, smp=2), checks.size_bytes(GENEROUS))
