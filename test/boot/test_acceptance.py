# SPDX-License-Identifier: BSD-2-Clause
"""The command lines that the project promises, typed word by word."""
import re
import shlex
import subprocess

import views
from machine import LIMIT_S, plain

COMMAND = ("qemu-system-riscv64 -M virt -m 512M -nographic -kernel {image} -append "
           "'run=\"cat /proc/buddyinfo; cat /proc/zoneinfo; audit; poweroff\"'")


def _block(text, first, line):
    """The first run of lines that begins with first and continues with lines that match line."""
    match = re.search(rf"(?m)^{first}.*\n(?:{line}.*\n)*", text)
    assert match, f"no line like {first!r} in:\n{text}"
    return match[0]


def test_one_command_prints_the_memory_and_powers_off(kernel):
    done = subprocess.run(shlex.split(COMMAND.format(image=kernel.image)), timeout=LIMIT_S,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False)
    text = plain(done.stdout.decode("utf-8", "replace"))
    assert done.returncode == 0, text
    row = r"Node \d+, zone +\S+ +\d+ "
    buddy = views.buddyinfo(_block(text, row, row))
    zones = views.zoneinfo(_block(text, r"Node \d+, zone +\w+$", r"(?:Node \d+, zone +\w+$| )"))
    views.check_zones(zones)
    assert sum(zone.present for zone in zones.values()) == 512 * 256
    for key, counts in buddy.items():
        assert views.free_pages(counts) == zones[key].free
    assert len(next(iter(buddy.values()))) == kernel.config["MAX_ORDER"] + 1
