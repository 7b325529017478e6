# SPDX-License-Identifier: BSD-2-Clause
"""Commands of BusyBox in a whole machine: an initramfs that carries them out, and the text that
came of each. The same archive runs on Linux, so that the texts can be compared.

usage: applets.py LINUX     records applets/expected.txt with that kernel in QEMU
"""
import pathlib
import re
import subprocess
import sys

import debian

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[1]
COMMANDS, EXPECTED = HERE / "applets/commands.txt", HERE / "applets/expected.txt"
END = "\n@@ end"

# Each command is a shell of its own, in a folder that all share.
RUNNER = r"""#!/bin/sh
export PATH=/bin HOME=/root
[ -d /dev ] || mkdir /dev
[ -c /dev/null ] || mount -t devtmpfs dev /dev
[ -d /proc/self ] || { mkdir -p /proc; mount -t proc proc /proc; }
mkdir -p /tmp/here; cd /tmp/here
stty -onlcr 2>/dev/null
nr=0
while IFS= read -r line; do
    nr=$((nr + 1))
    printf '\n@@ %s\n' $nr
    sh -c "$line" 2>&1 < /dev/null
done < /etc/commands
printf '\n@@ end\n'
poweroff -f
"""


def commands():
    lines = COMMANDS.read_text(encoding="ascii").splitlines()
    return [line for line in lines if not line.startswith("#")]


def root(folder, busybox, init=None, files=None):
    """An initramfs with BusyBox, and what more is asked for; returns its path."""
    must(["scripts/busybox-root.py", str(busybox), str(folder)])
    for name, text in (files or {}).items():
        (folder / name).write_text(text, encoding="ascii")
    if init:
        (folder / "init").write_text(init, encoding="ascii")
    archive = folder.with_suffix(".cpio")
    must(["scripts/initramfs.py", str(folder), str(archive)])
    return archive


def must(words):
    done = subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def runner(folder, busybox):
    """The initramfs that carries the commands out."""
    return root(folder, busybox, RUNNER,
                {"etc/commands": "\n".join(commands()) + "\n"})


def results(text):
    """{number of the command: what it printed, but for blanks at the ends of lines} of a
    console's text."""
    text = re.sub(r"[ \t]*\r*\n", "\n", text)
    body = text[text.index("\n@@ 1\n"):text.rindex(END)]
    parts = re.split(r"\n@@ (\d+)\n", body)
    return {int(parts[i]): parts[i + 1] for i in range(1, len(parts), 2)}


def expected():
    """The same, as recorded."""
    return results(EXPECTED.read_text(encoding="utf-8"))


def record(linux):
    archive = runner(pathlib.Path("/tmp/applets-root"), debian.BUSYBOX)
    done = subprocess.run(["qemu-system-riscv64", "-M", "virt", "-m", "512M", "-smp", "2",
                           "-nographic", "-kernel", linux, "-initrd", str(archive), "-append",
                           "console=ttyS0 loglevel=0 printk.devkmsg=off"], stdin=subprocess.DEVNULL,
                          capture_output=True, check=False, timeout=300)
    text = done.stdout.decode("utf-8", "replace")
    found = results(text)
    lines = ["\n@@ %d\n%s" % (nr, found[nr]) for nr in sorted(found)]
    licence = COMMANDS.read_text(encoding="ascii").splitlines()[0]
    EXPECTED.write_text(licence + "\n" + "".join(lines) + END + "\n", encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    record(sys.argv[1])
