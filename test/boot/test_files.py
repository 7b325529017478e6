# SPDX-License-Identifier: BSD-2-Clause
"""Debian's BusyBox on the kernel: its shell at the terminal, and applets that print what they print
on Linux. Without a way to fetch the package the tests are skipped."""
import os

import pytest

import applets
import checks
import debian
from machine import MachineError, qemu

ASH = "~ # "
CONFIG = "qemu_virt_linux_defconfig"


@pytest.fixture(scope="module")
def busybox():
    if os.environ.get("BUSYBOX"):
        return os.environ["BUSYBOX"]
    debian.fetch("busybox-static")
    return debian.BUSYBOX


def say(m, line, answer):
    """Types a line and waits for what it prints, and for the next prompt."""
    m.send(line + "\r")
    m.expect(answer)
    m.expect(ASH)


def press(m, key, answer):
    """Presses a key until it has reached whom it is for: a job may be about to begin."""
    for _ in range(20):
        m.send(key)
        try:
            return m.expect(answer, limit=6)
        except MachineError:
            continue
    return m.expect(answer)


def test_shell_at_the_terminal(start, built, busybox, tmp_path):
    linux = built(CONFIG)
    archive = applets.root(tmp_path / "root", busybox)
    m = start(qemu("virt", linux.image, mem="128M", smp=4, initrd=archive, append="loglevel=1"),
              limit=120)
    m.expect(ASH)
    say(m, "echo $((6 * 7)) | tr 2 3", "\n43\r")
    say(m, "echo kept > /tmp/f; cat < /tmp/f; wc -c < /tmp/f", "\nkept\r\n5\r")
    say(m, "for i in 1 2 3; do (echo $i); done | sort -r | head -n 1", "\n3\r")
    # A job is stopped, goes on, and is ended. What it repeats shows that the terminal is its own.
    m.send("cat\r")
    m.expect("cat\r\n")
    press(m, "\x1a", r"\[1\]\+  Stopped")
    m.expect(ASH)
    say(m, "ps -o stat,comm", r"\nT    cat\r")
    m.send("fg\r")
    m.expect("cat\r\n")
    m.send("again\r")
    m.expect("again\r\nagain\r\n")
    press(m, "\x03", ASH)
    say(m, "echo $?", "\n130\r")
    # What is typed is edited: canonical input, erase, end of file.
    m.send("sh -c 'echo ready; cat'\r")
    m.expect("\nready\r\n")
    m.send("linf\x7fe\r\x04")
    m.expect("\nline\r")
    m.expect(ASH)
    say(m, "i=0; while [ $i -lt 200 ]; do /bin/true; i=$((i + 1)); done; echo $i", "\n200\r")
    say(m, "ps -o pid,comm; ls -l /proc/self/fd/0; cat /proc/1/cmdline", "/dev/console")
    say(m, "free | head -n 2", "Mem:")
    m.send("exit\r")
    m.shell()
    checks.audit(m, 128 << 20)
    m.poweroff().need_status(0)


def test_applets_print_what_they_print_on_linux(start, built, busybox, tmp_path):
    linux = built(CONFIG)
    archive = applets.runner(tmp_path / "root", busybox)
    # A line of the log would stand amid what commands print.
    m = start(qemu("virt", linux.image, mem="128M", smp=2, initrd=archive, append="loglevel=1"),
              limit=400)
    m.expect("\n@@ end\r")
    found, expected = applets.results(m.log), applets.expected()
    lines = applets.commands()
    assert len(lines) == len(expected) == len(found)
    wrong = ["%s\nLinux: %r\nhere:  %r" % (lines[nr - 1], expected[nr], found[nr])
             for nr in sorted(expected) if found[nr] != expected[nr]]
    assert not wrong, "\n".join(wrong)


def test_a_broken_archive_is_told(start, built, busybox, tmp_path):
    linux = built(CONFIG)
    archive = applets.root(tmp_path / "root", busybox)
    archive.write_bytes(archive.read_bytes()[:100000])
    m = start(qemu("virt", linux.image, mem="128M", initrd=archive)).shell()
    assert "initramfs: byte 0x" in m.run("dmesg")
    assert ": it ends within a file" in m.run("dmesg")
    checks.audit(m, 128 << 20)
    m.poweroff().need_status(0)
