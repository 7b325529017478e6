# SPDX-License-Identifier: BSD-2-Clause
"""Devices, interrupts and disks in a whole machine, with everything built in."""
import re

import pytest

import checks
import trees
import twin
from machine import qemu

MIB = 1 << 20
ROW = r" *(\d+|IPI0):((?: +\d+){%d}) +(?:(\S.*?) +(\d+) Edge    (?:  (.*))?|Function call interrupts)"


@pytest.fixture(scope="module")
def full(built):
    return built("qemu_virt_max_defconfig")


def disk(tmp_path, *words, name="d", size=64 * MIB):
    """QEMU's words for an empty disk; words are those of its backend."""
    path = tmp_path / f"{name}.img"
    with open(path, "wb") as f:
        f.truncate(size)
    return path, ["-blockdev", ",".join((f"node-name={name}", "driver=raw",
                                         f"file.driver=blkdebug,file.image.driver=file,"
                                         f"file.image.filename={path}") + words),
                  "-device", f"virtio-blk-device,drive={name},werror=report,rerror=report"]


def interrupts(m):
    """{row: ([count by CPU], controller, line, name)}, written again as Linux does."""
    text = m.run("cat /proc/interrupts")
    head, *lines = text.splitlines()
    cpus = re.findall(r"CPU(\d+)", head)
    assert head == " " * 11 + "".join(f"CPU{cpu:<8}" for cpu in cpus)
    rows = {}
    for line in lines:
        match = re.fullmatch(ROW % len(cpus), line)
        assert match, line
        counts = [int(word) for word in match[2].split()]
        again = f"{match[1]:>3}:" + (" " if match[3] else "") + \
            "".join(f"{count:10} " for count in counts)
        if match[3]:
            again += f" {match[3]:>8} {match[4]:>3} {'Edge':<8}"
            again += f"  {match[5]}" if match[5] else ""
        else:
            again += " Function call interrupts"
        assert line == again, (line, again)
        rows[match[1]] = (counts, match[3], match[4], match[5])
    return rows


def states(m):
    """{device: (driver, state)} of devices."""
    found = re.findall(r"(?m)^ *(\S+) +(\S+) +(no driver|boot's|waiting|bound|absent|failed)(?=$|[ :])",
                       m.run("devices"))
    return {name: (driver, state) for name, driver, state in found}


def test_interrupts_and_cpus_that_go(start, full):
    m = start(qemu("virt", full.image, smp=4, append="loglevel=0"), limit=120).shell()
    assert states(m)["plic@c000000"] == ("plic", "bound")
    assert "8 passed, 0 failed" in m.run("test irq", limit=60)
    rows = interrupts(m)
    number = next(nr for nr, row in rows.items() if row[3] == "rtc@101000")
    assert rows[number][1:3] == ("SiFive PLIC", "11")
    m.run(f"irq affinity {number} 3")
    for cpu in (3, 2, 1):
        assert "is offline" in m.run(f"cpu offline {cpu}", limit=60)
    assert "8 passed, 0 failed" in m.run("test irq", limit=60)
    for cpu in (1, 2, 3):
        assert "is online" in m.run(f"cpu online {cpu}", limit=60)
    assert "8 passed, 0 failed" in m.run("test irq", limit=60)
    assert "no such interrupt" in m.run(f"irq affinity {number} 63")
    checks.audit(m, 512 * MIB)
    m.poweroff().need_status(0)


def storm(m, case, limit):
    """Runs the suite's case; types meanwhile. What was printed is whole, and so is what was
    typed."""
    m.send(f"test storm.{case}\r")
    m.expect("Subtest: storm")
    typed = [f"echo {'word' * 8} {number}" for number in range(20)]
    m.send("\r".join(typed) + "\r")
    m.expect(r"\d+ passed, \d+ failed", limit)
    before = m.before
    assert m.child.match[0] == "1 passed, 0 failed", before[-3000:]
    numbers = [int(nr) for nr in re.findall(r"storm line (\d+) abcdefghijklmnopqrstuvwxyz \d+\r?\n",
                                            before)]
    assert len(numbers) > 100
    assert numbers == list(range(len(numbers)))
    for number in range(20):
        m.expect(rf"\n{'word' * 8} {number}\r?\n", 60)


def test_storm(start, full):
    m = start(qemu("virt", full.image, smp=4, append="loglevel=0"), limit=120).shell()
    storm(m, "two_seconds", 100)
    assert "1 passed, 0 failed" in m.run("test storm.cpus_go_twenty_times", limit=100)
    m.poweroff().need_status(0)


@pytest.mark.long
def test_storm_of_a_minute(start, full):
    m = start(qemu("virt", full.image, smp=4, append="loglevel=0"), limit=200).shell()
    storm(m, "a_minute", 200)
    assert "1 passed, 0 failed" in m.run("test storm.cpus_go_a_hundred_times", limit=200)
    m.poweroff().need_status(0)


def test_the_wall_clock(start, full):
    m = start(qemu("virt", full.image, append="loglevel=0",
                   extra=["-rtc", "base=2024-02-29T12:00:00"])).shell()
    assert re.match(r"Thu Feb 29 12:0\d:\d\d UTC 2024$", m.run("date").strip())
    assert m.run("date @951868800").startswith("Wed Mar  1 00:00:0")


@pytest.mark.parametrize("version", [1, 2])
def test_disk_by_four_threads(start, full, tmp_path, version):
    path, words = disk(tmp_path)
    words += ["-global", f"virtio-mmio.force-legacy={'on' if version == 1 else 'off'}",
              "-device", "virtio-rng-device"]
    m = start(qemu("virt", full.image, smp=4, extra=words), limit=120).shell()
    assert "bytes of virtio_mmio" in m.boot_log
    said = m.run("blk test vda 64 4", limit=120)
    assert "65536 KiB written, 65536 KiB verified, 0 errors, 0 wrong sectors" in said
    assert "(-22)" not in m.run("blk write vda 5 7")
    on_disk = path.read_bytes()[5 * 512:6 * 512].hex(" ")
    shown = "".join(re.findall(r"(?m)^[0-9a-f]{8} ((?: [0-9a-f]{2}){16})$",
                               m.run("blk read vda 5")))
    assert shown.strip() == on_disk
    stats = m.run("cat /proc/diskstats").split()
    assert len(stats) == 20 and stats[2] == "vda"
    assert int(stats[5]) == 64 * MIB // 512 + 1 and int(stats[9]) == 64 * MIB // 512 + 1
    name = next(name for name, state in states(m).items() if state[0] == "virtio_blk")
    for _ in range(5):
        assert "waiting" in m.run(f"devices unbind {name}")
        assert "bound" in m.run(f"devices bind {name}")
    assert "1024 KiB verified, 0 errors" in m.run("blk test vda 1 4")
    checks.audit(m, 512 * MIB)
    m.poweroff().need_status(0)


def test_disk_that_fails(start, full, tmp_path):
    rule = "file.inject-error.{0}.event=none,file.inject-error.{0}.iotype={1}," \
           "file.inject-error.{0}.errno=5,file.inject-error.{0}.sector={2}"
    _, words = disk(tmp_path, rule.format(0, "write", 2048), rule.format(1, "read", 70000),
                    rule.format(2, "read", 131000))
    m = start(qemu("virt", full.image, smp=4, extra=words), limit=120).shell()
    said = m.run("blk test vda 64 4", limit=120)
    assert re.search(r"65472 KiB written, 65344 KiB verified, 3 errors, 0 wrong sectors", said)
    assert "3 errors" in m.run("blk")
    # Elsewhere it works on.
    assert "1000 KiB" not in m.run("blk write vda 1 1")
    assert "blk: vda: the disk reports an error (-5)" in m.run("blk read vda 70000")
    assert m.run("blk read vda 131072") == "blk: vda has no sector 131072: the last is 131071\n"
    checks.audit(m, 512 * MIB)
    m.poweroff().need_status(0)


@pytest.mark.long
def test_disk_that_does_not_answer(start, full, tmp_path):
    path, _ = disk(tmp_path)
    words = ["-drive", f"if=none,id=d,format=raw,file={path},throttling.bps-total=1024",
             "-device", "virtio-blk-device,drive=d"]
    m = start(qemu("virt", full.image, smp=4, extra=words), limit=120).shell()
    said = m.run("blk test vda 1 4", limit=100)
    assert "it is given up" in said and "0 KiB verified" in said
    assert "given up" in m.run("blk")
    checks.audit(m, 512 * MIB)
    m.poweroff().need_status(0)


def test_other_boards(start, full):
    m = start(qemu("sifive_u", full.image, smp=5, mem="1G"), limit=120).shell()
    assert states(m)["interrupt-controller@c000000"] == ("plic", "bound")
    assert "lines, for 4 of 4 CPUs" in m.boot_log
    text = start(qemu("spike", full.image, smp=2, append='run="devices; irq"'),
                 limit=60)
    text.expect(r"no controller of interrupts")
    text.expect(r"irq  controller")


@pytest.mark.parametrize("gib", [2, 4, 8])
def test_vf2_twin(start, built, tmp_path, gib):
    """The board's harts have Sv39, and no context for the supervisor of hart 0."""
    image = built("qemu_virt_debug_defconfig").image
    m = start(twin.twin(tmp_path, image, gib), limit=120).shell()
    assert "lines, for 4 of 4 CPUs" in m.boot_log
    assert states(m)["interrupt-controller@c000000"] == ("plic", "bound")
    checks.audit(m, gib * trees.GIB)


def test_a_tree_that_makes_no_sense(start, full, tmp_path, tree):
    """The clock's interrupt has a controller that fails: so does the clock, and nothing else."""
    tree.replace(r"riscv,ndev = <0x\w+>;", "riscv,ndev = <0x0>;")
    m = start(qemu("virt", full.image, mem="512M", dtb=tree.compile(tmp_path / "own.dtb")),
              limit=60).shell()
    assert "its riscv,ndev is no number of lines" in m.boot_log
    found = states(m)
    assert found["plic@c000000"][1] == "failed" and found["rtc@101000"][1] == "failed"
    assert "a device that it needs has failed" in m.run("devices")
    checks.audit(m, 512 * MIB)
    m.poweroff().need_status(0)
