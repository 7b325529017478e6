# SPDX-License-Identifier: BSD-2-Clause
"""Memory accounts in a whole machine: the view, the command, the audit by account, the promise."""
import re

import pytest

import builds
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


# The harts take turns on one processor of the host. With a processor for each hart, or as if there
# were one, a hart that waits for a ticket lock spins while the host lets it run, and the hart whose
# turn it is does not run: seconds become minutes.
TURNS = ("-accel", "tcg,thread=single")


def test_accounts_add_up(start, built):
    m = start(qemu("virt", built("qemu_virt_max_defconfig").image, smp=4, extra=TURNS),
              limit=120).shell()
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


@pytest.fixture(scope="module")
def lean(tmp_path_factory):
    """Threads and accounts, and no walks of whole lists."""
    top = tmp_path_factory.mktemp("accounts")
    (top / "more.config").write_text("CONFIG_THREADS=y\nCONFIG_MEM_ACCOUNTS=y\n", encoding="ascii")
    for goal in (builds.DEFAULT, str(top / "more.config"), "all"):
        builds.must_make(top / "o", goal)
    return top / "o" / "Image"


@pytest.mark.long
def test_a_million_requests_are_met(start, lean):
    """An account that is promised 32 MiB takes them to the last page and gives them back, 10^6
    requests in all, while four threads take all that others can have, on four harts."""
    m = start(qemu("virt", lean, mem="128M", smp=4), limit=1200).shell()
    said = m.run("test accounts_million", limit=1100)
    made = re.search(r"(\d+) requests, 0 refused; others had all that they got (\d+) times", said)
    assert made and int(made[1]) >= 1000000 and int(made[2]) > 0, said
    assert "0 failed" in said
    checks.audit(m, 128 << 20)
    m.poweroff().need_status(0)
