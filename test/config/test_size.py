# SPDX-License-Identifier: BSD-2-Clause
"""make size shows where the bytes are, and what an option adds."""
import importlib.util
import re

import pytest

import builds
import options


def script(name):
    spec = importlib.util.spec_from_file_location(name.replace("-", "_"),
                                                  builds.ROOT / "scripts" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


size, size_log = script("size"), script("size-log")
PAGE = (builds.ROOT / "docs" / "performance.md").read_text(encoding="utf-8")


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


def test_the_sample_of_the_docs_has_the_rows_asked_for():
    """The page's rows are those of the command that it gives, and its sentence is a row's."""
    asked = size_log.COMMAND.search(PAGE)[1].split()
    said = size_log.rows_of(size_log.BLOCK.search(PAGE)[2])
    labels = [name + (f", {words}" if words else "") for name, _, words in size.OPTIONS
              if name in asked]
    assert list(said) == ["the kernel of build/.config"] + labels, "Mend: make size-log"
    assert all(sum(row[:5]) == row[5] for row in said.values())
    assert size_log.differences(PAGE, size_log.BLOCK.search(PAGE)[2]) == []


def test_the_sample_of_the_docs_is_near_this_kernel(kernel):
    said = size_log.rows_of(size_log.BLOCK.search(PAGE)[2])["the kernel of build/.config"]
    now = size.parts_of(str(kernel.elf))
    assert all(map(size_log.is_near, said, now)), (said, now, "Mend: make size-log")


def test_an_old_sample_is_seen():
    """The page had another kernel's sum, rows of options that are gone, and a sentence of its
    own."""
    block = size_log.BLOCK.search(PAGE)[2]
    whole = str(size_log.rows_of(block)["the kernel of build/.config"][5])
    for old, new in ((whole, str(int(whole) * 3 // 4)), ("  IKCONFIG", "  GONE"),
                     ("  NUMA", "  NUMA, for 1")):
        planted = block.replace(old, new, 1)
        assert planted != block and size_log.differences(PAGE, planted), new
    wrong = size_log.READ.sub("without BENCH the kernel takes 1 KiB less", PAGE)
    assert size_log.differences(wrong, block)


@pytest.mark.long
def test_the_sample_of_the_docs_is_what_make_size_says(kernel):
    asked = size_log.COMMAND.search(PAGE)[1]
    text = builds.must_make(kernel.objdir, "-s", "size", "BY=option", f"OPTION={asked}")
    text = text.replace(f"the kernel of {kernel.objdir}/.config", "the kernel of build/.config")
    assert size_log.differences(PAGE, text) == [], "Mend: make size-log"


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
