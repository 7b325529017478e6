# SPDX-License-Identifier: BSD-2-Clause
"""Where programs lie: at the same places, or with ASLR at such as follow from firmware's seed."""
import re

from machine import Machine, qemu

# By this QEMU counts time in instructions, so that the seed alone makes a difference.
EXACT = ("-icount", "shift=0,sleep=off", "-rtc", "base=2026-01-01,clock=vm", "-seed")
ANYWHERE = ("-fPIE", "-nostdlib", "-ffreestanding", "-Wl,-pie,--no-dynamic-linker")
PLACES = ("/init", "mapped", "[stack]", "[vdso]")
LIST = re.compile(r"(the first one|its child|a new program):\r?\n(.*?)end of the list", re.DOTALL)


def places(text):
    """The first address of each name; the highest without one is what the program has just
    mapped."""
    found = {"mapped": 0}
    for line in text.splitlines():
        words = line.split()
        start = int(words[0].split("-")[0], 16)
        if len(words) > 5:
            found.setdefault(words[5], start)
        else:
            found["mapped"] = max(found["mapped"], start)
    return found


def maps(kernel, archive, seed):
    """{who: {name: start}} of a run."""
    with Machine(qemu("virt", kernel.image, mem="128M", initrd=archive,
                      extra=(*EXACT, str(seed)))) as m:
        m.expect(r"init \(/init\) has ended with 42")
        return {who: places(text) for who, text in LIST.findall(m.log)}


def test_addresses_follow_from_the_seed(built, program):
    """Each of two seeds has places of its own, the same ones each time; a child lies where its
    parent does, and a new program elsewhere."""
    kernel = built("qemu_virt_max_defconfig")
    archive = program("addresses", *ANYWHERE)
    one, again, other = (maps(kernel, archive, seed) for seed in (1, 1, 2))
    assert len(one) == 3 and one == again
    for place in PLACES:
        assert one["the first one"][place] != other["the first one"][place]
        assert one["the first one"][place] != one["a new program"][place]
        if place != "mapped":
            assert one["the first one"][place] == one["its child"][place]
    assert one["the first one"]["[vdso]"] > one["the first one"]["[stack]"] > \
        one["the first one"]["mapped"] > one["the first one"]["/init"]


def test_without_the_option_they_are_always_the_same(built, program):
    """So that two runs of a board are alike."""
    kernel = built("qemu_virt_linux_defconfig")
    archive = program("addresses", *ANYWHERE)
    one, other = (maps(kernel, archive, seed) for seed in (1, 2))
    assert len(one) == 3 and one == other
    assert all(one["the first one"][place] == one["a new program"][place] for place in PLACES)
