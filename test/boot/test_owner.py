# SPDX-License-Identifier: BSD-2-Clause
"""Who asked for pages that are handed out, in the debug configuration."""
import re

import checks
from machine import qemu


def test_audit_names_who_has_pages(built, start):
    m = start(qemu("virt", built("qemu_virt_debug_defconfig").image, smp=2)).shell()
    m.run("alloc 3")
    text = m.run("audit", limit=60)
    callers = re.findall(r"(?m)^allocated by (\w+\+0x[0-9a-f]+|others): (\d+) pages$", text)
    allocated = int(re.search(r"(?m)^allocated +(\d+) ", text)[1])
    assert allocated >= 8 and sum(int(pages) for _, pages in callers) == allocated, text
    assert any("alloc" in name for name, _ in callers), text
    m.run("release all")
    checks.owners(m)
