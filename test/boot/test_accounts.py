# SPDX-License-Identifier: BSD-2-Clause
"""Memory accounts in a whole machine: the view, the command, the audit by account, the promise."""
import re

import checks
from machine import qemu

ROW = r"(?m)^(\S+) +(\d+) +(\d+) +(-|\d+) +(\d+) +(\d+) +(\d+)(?: +-?\d+){4}(?:  goes)?$"


def accounts(m):
    """{name: (guaranteed, limit, used, peak, refused)}, in KiB, as the view has them."""
    text = m.run("accounts")
    assert text.splitlines()[0] == m.run("cat /proc/accounts").splitlines()[0]
    assert re.search(r"(?m)^can still be promised: \d+K$", text)
    return {row[0]: row[2:] for row in re.findall(ROW, text)}


def by_account(m):
    """{name: pages} as audit counts them; their sum is all that is handed out."""
    text = m.run("audit", limit=60)
    found = {name: int(pages) for name, pages in
             re.findall(r"(?m)^account (\S+) +(\d+) pages +\d+K$", text)}
    total = re.search(r"(?m)^accounts have (\d+) pages, all that is handed out$", text)
    assert total and sum(found.values()) == int(total[1])
    return found


def still_kernel_pages(m, attempts=10):
    """(pages by the view, pages by audit) of the kernel's account while nobody takes or gives back:
    the first work for other CPUs makes threads, and an idle CPU fills its pool of cleared pages."""
    before = by_account(m)["kernel"]
    for _ in range(attempts):
        viewed_kib = int(accounts(m)["kernel"][2])
        after = by_account(m)["kernel"]
        if after == before:
            return viewed_kib // 4, after
        before = after
    raise AssertionError(f"the kernel's account changed during each of {attempts} readings")


def test_accounts_add_up(start, built):
    m = start(qemu("virt", built("qemu_virt_max_defconfig").image, smp=4), limit=120).shell()
    viewed, counted = still_kernel_pages(m)
    assert viewed == counted
    before = by_account(m)["kernel"]
    m.run("alloc 3")
    rows = checks.owners(m)
    assert rows["allocated"] >= 8
    assert by_account(m)["kernel"] >= before + 8
    m.run("release all")
    assert "0 failed" in m.run("test accounts", limit=120)
    checks.audit(m, 512 << 20)
    m.poweroff().need_status(0)
