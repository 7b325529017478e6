# SPDX-License-Identifier: BSD-2-Clause
"""Configurations that cannot work are refused, with the options' names and the mend."""
import json
import re
import shlex
import subprocess

import pytest

import builds
import settings

# name: (settings, words that the message must have besides the mend)
REFUSED = {
    "pageblock-above-largest-block": ({"MAX_ORDER": 6, "PAGEBLOCK_ORDER": 9},
                                      ("PAGEBLOCK_ORDER", "MAX_ORDER")),
    "section-smaller-than-largest-block": ({"MAX_ORDER": 12, "SECTION_SIZE_BITS": 23},
                                           ("SECTION_SIZE_BITS", "MAX_ORDER")),
    "section-one-bit-too-small": ({"SECTION_SIZE_BITS": 21}, ("SECTION_SIZE_BITS", "MAX_ORDER")),
    "batch-above-high": ({"PCP_BATCH": 64, "PCP_HIGH": 32}, ("PCP_BATCH", "PCP_HIGH")),
    "kmalloc-above-largest-block": ({"MAX_ORDER": 6, "KMALLOC_MAX_SHIFT": 20},
                                    ("KMALLOC_MAX_SHIFT", "MAX_ORDER")),
    "slab-above-largest-block": ({"MAX_ORDER": 2, "SLAB_MAX_ORDER": 3},
                                 ("SLAB_MAX_ORDER", "MAX_ORDER")),
    "physmem-beyond-32-bit-links": ({"MAX_PHYSMEM_BITS": 45}, ("MAX_PHYSMEM_BITS", "44")),
    "section-as-large-as-memory": ({"MAX_PHYSMEM_BITS": 32, "SECTION_SIZE_BITS": 32},
                                   ("SECTION_SIZE_BITS", "MAX_PHYSMEM_BITS")),
    "section-larger-than-memory": ({"MAX_PHYSMEM_BITS": 32, "SECTION_SIZE_BITS": 34},
                                   ("SECTION_SIZE_BITS", "MAX_PHYSMEM_BITS")),
    "dma-reaches-dma32": ({"ZONE_DMA": "y", "ZONE_DMA_LIMIT_MB": 4096},
                          ("ZONE_DMA_LIMIT_MB=4096", "ZONE_DMA32=y", "4092", "ZONE_DMA32=n")),
    "dma-limit-inside-a-block": ({"ZONE_DMA": "y", "ZONE_DMA_LIMIT_MB": 3071},
                                 ("ZONE_DMA_LIMIT_MB=3071", "MAX_ORDER=10", "3072", "MAX_ORDER=8")),
    "dma-limit-inside-a-larger-block": (
        {"ZONE_DMA": "y", "ZONE_DMA_LIMIT_MB": 3001, "MAX_ORDER": 12},
        ("ZONE_DMA_LIMIT_MB=3001", "MAX_ORDER=12", "ZONE_DMA_LIMIT_MB=3008")),
    "boot-arguments-too-long": ({"CMDLINE": "x" * 1024}, ("CMDLINE", "1023")),
    "plans-too-long": ({"PLAN_DIGEST": "x" * 512}, ("PLAN_DIGEST", "511")),
    "too-many-cpus": ({"NR_CPUS": 65}, ("NR_CPUS", "64")),
    "shell-below-the-least-urgent": ({"THREADS": "y", "SHELL_PRIORITY": 32},
                                     ("SHELL_PRIORITY", "NR_PRIORITIES")),
    "kswapd-below-the-least-urgent": ({"THREADS": "y", "NR_PRIORITIES": 8, "RECLAIM_PRIORITY": 8},
                                      ("RECLAIM_PRIORITY", "NR_PRIORITIES")),
    "kcompactd-below-the-least-urgent": ({"THREADS": "y", "COMPACTION": "y", "NR_PRIORITIES": 8,
                                          "COMPACTION_PRIORITY": 8},
                                         ("COMPACTION_PRIORITY", "NR_PRIORITIES")),
    "work-below-the-least-urgent": ({"THREADS": "y", "NR_PRIORITIES": 8, "WORK_PRIORITY": 8},
                                    ("WORK_PRIORITY", "NR_PRIORITIES")),
    "programs-below-the-least-urgent": (
        {"THREADS": "y", "PROCESSES": "y", "USER_PRIORITY": 32},
        ("USER_PRIORITY", "NR_PRIORITIES")),
    "no-cpu": ({"NR_CPUS": 0}, ("NR_CPUS", "1")),
    "order-too-large": ({"MAX_ORDER": 19}, ("MAX_ORDER", "18")),
    "kmalloc-class-too-small": ({"KMALLOC_MIN_SHIFT": 2}, ("KMALLOC_MIN_SHIFT", "3")),
    "unknown-option": ({"NO_SUCH_THING": "y"}, ("NO_SUCH_THING",)),
    "no-number": ({"MAX_ORDER": "ten"}, ("MAX_ORDER", "ten")),
    "switch-with-a-number": ({"PAGE_MOBILITY": 3}, ("PAGE_MOBILITY", "3")),
    "option-without-its-switch": ({"ZONE_DMA_LIMIT_MB": 16}, ("ZONE_DMA_LIMIT_MB", "ZONE_DMA")),
    "two-of-a-choice": ({"FLATMEM": "y", "SPARSEMEM": "y"}, ("FLATMEM", "SPARSEMEM")),
    "derived-value": ({"BLOCK_SHIFT_MAX": 30}, ("BLOCK_SHIFT_MAX",)),
}
MEND = r"(?i)\b(?:shorten|lower|raise|set|choose|change|remove|keep|turn|turn .* off|or)\b"


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_names_and_mend(folder, name):
    asked, words = REFUSED[name]
    text = settings.refusal(folder / "refused", asked)
    for word in words:
        assert re.search(rf"\b(?:CONFIG_)?{word}\b", text), f"{word} is not named in:\n{text}"
    sentences = [line for line in text.splitlines() if words[0] in line]
    assert any(re.search(MEND, line) for line in sentences), f"no mend in:\n{text}"
    assert "Traceback" not in text


def test_refusal_leaves_the_former_configuration(folder):
    place = folder / "kept"
    settings.must_configure(place, {"MAX_ORDER": 9})
    before = (place / ".config").read_text(encoding="utf-8")
    settings.refusal(place, {"MAX_ORDER": 6, "PAGEBLOCK_ORDER": 9})
    assert (place / ".config").read_text(encoding="utf-8") == before


@pytest.mark.parametrize("goal", ["all", "sync"])
def test_edited_config_file_is_refused_too(folder, goal):
    """A .config that was edited by hand is refused with the same words as a defconfig."""
    place = folder / "edited"
    settings.must_configure(place, {"MAX_ORDER": 6})
    with open(place / ".config", "a", encoding="utf-8") as config:
        config.write("CONFIG_PAGEBLOCK_ORDER=9\n")
    status, text = builds.make(place, goal)
    assert status != 0
    assert "PAGEBLOCK_ORDER" in text and "MAX_ORDER" in text


def test_missing_defconfig_names_those_there_are(folder):
    status, text = builds.make(folder / "missing", "nosuch_defconfig")
    assert status != 0
    assert all(name in text for name in builds.defconfigs())


def test_building_without_configuration_says_what_to_run(folder):
    status, text = builds.make(folder / "empty", "all")
    assert status != 0 and "_defconfig" in text


def test_building_into_the_sources_is_refused():
    for place in (builds.ROOT, builds.ROOT / "mm"):
        status, text = builds.make(place, "all")
        assert status != 0 and "O=" in text


# make accepts no configuration with these values. The compiler's assertions are a second line of
# defence: each gets its fault behind Kconfig's back here, and must say its sentence.
ASSERTED = {
    "MAX_ORDER + 12 is more than SECTION_SIZE_BITS": {"MAX_ORDER": 16, "SECTION_SIZE_BITS": 27},
    "PAGEBLOCK_ORDER is more than MAX_ORDER": {"MAX_ORDER": 6, "PAGEBLOCK_ORDER": 9},
    "SECTION_SIZE_BITS is not less than MAX_PHYSMEM_BITS": {"MAX_PHYSMEM_BITS": 27},
    "MAX_PHYSMEM_BITS is more than 44": {"MAX_PHYSMEM_BITS": 46},
    "MAX_PHYSMEM_BITS needs more descriptors": {"MAX_PHYSMEM_BITS": 45},
    "PCP_BATCH is not within 1 .. PCP_HIGH": {"PCP_BATCH": 65, "PCP_HIGH": 64},
    "KMALLOC_MIN_SHIFT is more than KMALLOC_MAX_SHIFT": {"KMALLOC_MIN_SHIFT": 23},
    "KMALLOC_MAX_SHIFT is more than MAX_ORDER": {"KMALLOC_MAX_SHIFT": 23},
    "SLAB_MAX_ORDER is more than MAX_ORDER": {"SLAB_MAX_ORDER": 11},
    "ZONE_DMA_LIMIT_MB is not a multiple": {"ZONE_DMA": 1, "ZONE_DMA_LIMIT_MB": 1023},
    "ZONE_DMA_LIMIT_MB is not below 4096": {"ZONE_DMA": 1, "ZONE_DMA_LIMIT_MB": 4096},
    "SLAB_CACHES does not fit": {"SLAB_CACHES": 8192},
    "CMDLINE is longer": {"CMDLINE": '"%s"' % ("x" * 1024)},
    "PLAN_DIGEST is longer": {"PLAN_DIGEST": '"%s"' % ("x" * 512)},
    "NR_CPUS is not within 1 .. 64": {"NR_CPUS": 65},
    "SHELL_PRIORITY is not below NR_PRIORITIES": {"THREADS": 1, "NR_PRIORITIES": 32,
                                                  "SHELL_PRIORITY": 32},
    "WORK_PRIORITY is not below NR_PRIORITIES": {"THREADS": 1, "WORKQUEUE": 1,
                                                 "NR_PRIORITIES": 32, "WORK_PRIORITY": 32},
    "RECLAIM_PRIORITY is not below NR_PRIORITIES": {"THREADS": 1, "RECLAIM_THREAD": 1,
                                                    "NR_PRIORITIES": 32, "RECLAIM_PRIORITY": 32},
    "COMPACTION_PRIORITY is not below NR_PRIORITIES": {
        "THREADS": 1, "COMPACTION_THREAD": 1, "NR_PRIORITIES": 32, "COMPACTION_PRIORITY": 32},
    "USER_PRIORITY is not below NR_PRIORITIES": {"THREADS": 1, "PROCESSES": 1,
                                                 "NR_PRIORITIES": 32, "USER_PRIORITY": 32},
}
CHECKS = builds.ROOT / "mm" / "check" / "config_check.c"


@pytest.fixture(scope="module")
def compile_check(folder):
    """compile_check(options, planted, source): what the compiler says of a source with these
    options, and with the headers of the folder planted in place of the tree's."""
    place = folder / "asserted"
    settings.must_configure(place, {})
    builds.must_make(place, "sync")
    builds.must_make(place, "compile_commands.json")
    rows = json.loads((place / "compile_commands.json").read_text(encoding="utf-8"))

    def run(forced, planted=None, source="mm/check/config_check.c"):
        row = next(row for row in rows if row["file"].endswith(source))
        words = row.get("arguments") or shlex.split(row["command"])
        header = place / "forced.h"
        header.write_text("".join(f"#undef CONFIG_{name}\n#define CONFIG_{name} {value}\n"
                                  for name, value in forced.items()), encoding="utf-8")
        first = ["-I", str(planted)] if planted else []
        done = subprocess.run(words[:1] + first + words[1:] +
                              ["-fsyntax-only", "-include", str(header)], text=True,
                              cwd=row["directory"], capture_output=True, check=False)
        return done.returncode, done.stderr

    assert run({})[0] == 0
    return run


@pytest.mark.parametrize("message", ASSERTED)
def test_assertion_fires_with_its_message(compile_check, message):
    status, text = compile_check(ASSERTED[message])
    assert status != 0, "the compiler accepted " + settings.describe(ASSERTED[message])
    assert message in text, text


def test_every_assertion_that_names_options_is_tested():
    source = CHECKS.read_text(encoding="utf-8")
    rows = (CHECKS.parent / "relations.h").read_text(encoding="utf-8")
    messages = ["".join(re.findall(r'"([^"]*)"', body)) for body in
                re.findall(r"BUILD_ASSERT\((.*?)\);\n", source, re.S) +
                re.findall(r"RELATION\((.*?)\)\n", rows, re.S)]
    # The widths of struct page's fields follow from ranges, so that no configuration can exceed
    # them.
    own = [text for text in messages if re.search(r"\b[A-Z]+_[A-Z_]+\b", text)
           and "struct page" not in text]
    untested = [text for text in own if not any(key in text for key in ASSERTED)]
    assert own and not untested


# Assertions of headers about a descriptor's word and what depends on it: the message, the header,
# and the change that is planted there (pattern, replacement).
PLANTED = {
    "the fields of the word do not add up to 32 bits":
        ("page_word.h", r"FIELD\(NODE, 6\)", "FIELD(NODE, 7)"),
    "fields of the word overlap":
        ("page_word.h", r"_SHIFT \+ PAGE_##f##_BITS - 1", "_SHIFT + PAGE_##f##_BITS - 2"),
    "type, zone and node are not the low end of the word":
        ("page_word.h", r"FIELD\(NODE, 6\) \\\n\tFIELD\(ORDER, 5\)",
         "FIELD(ORDER, 5) FIELD(NODE, 6)"),
    "the word has no room for all migrate types":
        ("page_word.h", r"BITS_MOST\t3", "BITS_MOST\t1"),
    "page states do not fit the word":
        ("page_word.h", r"(?s)FIELD\(STATE, 4\)(.*)FIELD\(TAG, 12\)",
         r"FIELD(STATE, 3)\1FIELD(TAG, 13)"),
    "flags that choose a list are not the lowest ones":
        ("gfp_types.h", r"__GFP_RECLAIMABLE\t0x08u", "__GFP_RECLAIMABLE\t0x800u"),
    "flags, shifted, are not the numbers of migrate types":
        ("page_word.h", r"MIGRATE_MOVABLE,\n\tMIGRATE_RECLAIMABLE,",
         "MIGRATE_RECLAIMABLE, MIGRATE_MOVABLE,"),
    "PCP_ROWS names other orders than those that per-CPU lists may hold":
        ("pcp.h", r" ROW\(4\)", ""),
    "struct page has grown":
        ("struct_page.h", r"struct page_model_fields model;",
         "u32 more; struct page_model_fields model;"),
    "each group of struct zone begins a line of the cache":
        ("mmzone.h", r"spinlock_t lock __cacheline_aligned_in_smp;", "spinlock_t lock;"),
    "what a request asks of a zone is in one line":
        ("mmzone.h", r"(struct zone \{\n)", r"\1\tunsigned long more[8];\n"),
}


@pytest.mark.parametrize("message", PLANTED)
def test_planted_fault_is_asserted(compile_check, tmp_path, message):
    name, pattern, replacement = PLANTED[message]
    source = "mm/page/zone.c" if name == "mmzone.h" else "mm/check/config_check.c"
    assert compile_check({}, source=source)[0] == 0
    header = (builds.ROOT / "include" / "mm" / name).read_text(encoding="utf-8")
    planted, count = re.subn(pattern, replacement, header)
    assert count == 1, f"{name} has no such line any more: {pattern}"
    (tmp_path / "mm").mkdir()
    (tmp_path / "mm" / name).write_text(planted, encoding="utf-8")
    status, text = compile_check({}, tmp_path, source)
    assert status != 0 and message in text, text
