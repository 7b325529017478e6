# SPDX-License-Identifier: BSD-2-Clause
"""make size shows where the bytes are, and what an option adds."""
import re

import pytest

import builds
import options


@pytest.fixture(scope="module")
def kernel(request):
    return options.kernel_under_test(request.config)


def row(text, label):
    """The numbers in front of a label."""
    match = re.search(rf"(?m)^((?: *[+-]?\d+)+)  {re.escape(label)}$", text)
    assert match, text
    return [int(word) for word in match[1].split()]


def test_size_counts_the_image(kernel):
    text = builds.must_make(kernel.objdir, "size")
    whole, memory = row(text, "tessera"), row(text, "mm/page")
    assert len(whole) == 3 and all(number > 0 for number in whole)
    assert 0 < sum(memory) < sum(whole)


def test_size_refuses_what_it_does_not_know(kernel):
    for words, answer in ((("BY=folder",), "BY=folder: make size knows BY=option"),
                          (("BY=option", "OPTION=FROB"), "size: no row for FROB; there are KTEST")):
        status, text = builds.make(kernel.objdir, "size", *words)
        assert status != 0 and answer in text


@pytest.mark.long
def test_threads_in_the_smallest_kernel(tmp_path):
    """Without accounts and drivers, threads are at most 24 KiB of text."""
    text = []
    for threads in "ny":
        place = tmp_path / threads
        builds.must_make(place, "qemu_virt_tiny_defconfig")
        with open(place / ".config", "a", encoding="ascii") as f:
            f.write("CONFIG_THREADS=y\n" if threads == "y" else "# CONFIG_THREADS is not set\n")
        builds.must_make(place, "olddefconfig", "Image")
        text.append(row(builds.must_make(place, "size"), "tessera")[0])
    assert 0 < text[1] - text[0] <= 24 << 10


@pytest.mark.long
def test_size_by_option(kernel):
    text = builds.must_make(kernel.objdir, "size", "BY=option", "OPTION=IKCONFIG NR_CPUS")
    whole = row(text, f"the kernel of {kernel.objdir}/.config")
    assert sum(whole[:5]) == whole[5]
    # The option adds its own text, and nothing that is written to.
    config = (kernel.objdir / ".config").stat().st_size
    added = row(text, "IKCONFIG")
    assert sum(added[:5]) == added[5] and added[3:5] == [0, 0]
    assert config * 3 // 4 < added[1] < config * 2
    assert row(text, f"NR_CPUS={kernel.config['NR_CPUS']}, for 1")[0] > 0
