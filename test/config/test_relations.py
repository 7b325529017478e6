# SPDX-License-Identifier: BSD-2-Clause
"""Relations between options stand in one table, which the configuration's tools and the compiler
read. The compiler accepts what the tools accept; configurations that nobody wrote show it."""
import re

import pytest

import builds
import settings

SEEDS, PARTS = 200, 4


@pytest.mark.parametrize("part", range(PARTS))
def test_what_the_configuration_accepts_compiles(kconf, compile_with, tmp_path, part):
    conf, header = kconf.Config(), tmp_path / "autoconf.h"
    for seed in range(part, SEEDS, PARTS):
        conf.unset_values()
        kconf.generate.random_config(conf, seed)
        asked = tmp_path / "asked"
        kconf.Config.write_config(conf, str(asked))
        conf.load(str(asked), complete=False)
        conf.write_autoconf(str(header))
        said = compile_with(header)
        assert not said, f"make randconfig SEED={seed}:\n{said}"


def test_a_relation_left_out_of_the_table_is_found(kconf, compile_with, tmp_path):
    """If the tools did not read the table, some of these configurations would not compile."""
    conf, header, refused = kconf.Config(), tmp_path / "autoconf.h", 0
    conf.relations = []
    for seed in range(60):
        conf.unset_values()
        kconf.generate.random_config(conf, seed)
        conf.write_autoconf(str(header))
        refused += "ZONE_DMA_LIMIT_MB" in compile_with(header)
    assert refused


def test_a_row_that_cannot_be_read_is_refused(kconf, tmp_path):
    for row, words in (('RELATION(CONFIG_MAX_ORDER ? 1 : 0, "a", "b")\n', "nobody reads"),
                       ('RELATION(CONFIG_MAX_ORDER, "a")\n', "a row is not")):
        table = tmp_path / "relations.h"
        table.write_text(row, encoding="utf-8")
        with pytest.raises(ValueError, match=words):
            kconf.relations.read(table)


def test_a_broken_relation_is_mended(folder):
    place = folder / "mended"
    settings.must_configure(place, {"ZONE_DMA": "y"})
    config = place / ".config"
    config.write_text(config.read_text(encoding="utf-8").replace(
        "ZONE_DMA_LIMIT_MB=3072", "ZONE_DMA_LIMIT_MB=3071"), encoding="utf-8")
    for goal in ("sync", "olddefconfig", "all"):
        status, text = builds.make(place, goal)
        assert status != 0 and "CONFIG_ZONE_DMA_LIMIT_MB=3071 with CONFIG_MAX_ORDER=10" in text
        assert "  CC " not in text
    text = builds.must_make(place, "mendconfig")
    assert "CONFIG_ZONE_DMA_LIMIT_MB: 3071 becomes 3072" in text
    builds.must_make(place, "sync")


def test_randconfig_tells_its_seed_and_repeats_it(folder):
    place = folder / "rand"
    text = builds.must_make(place, "randconfig")
    seed = re.search(r"again: make randconfig SEED=(\d+)", text)[1]
    first = (place / ".config").read_text(encoding="utf-8")
    builds.must_make(place, "randconfig", "SEED=1")
    assert (place / ".config").read_text(encoding="utf-8") != first
    builds.must_make(place, "randconfig", f"SEED={seed}")
    assert (place / ".config").read_text(encoding="utf-8") == first
    status, text = builds.make(place, "randconfig", "SEED=seven")
    assert status != 0 and "SEED=seven" in text and "Traceback" not in text


def test_randconfig_sets_what_a_file_asks_for_wherever_it_may(folder):
    place = folder / "rand"
    asked = folder / "asked"
    asked.write_text("CONFIG_PAGE_MOBILITY=y\n# CONFIG_THREADS is not set\n"
                     "CONFIG_MIGRATION=y\n", encoding="utf-8")
    for seed in range(8):
        text = builds.must_make(place, "randconfig", f"SEED={seed}", f"ALLCONFIG={asked}")
        assert f"again: make randconfig SEED={seed} ALLCONFIG={asked}" in text
        config = (place / ".config").read_text(encoding="utf-8")
        assert "CONFIG_PAGE_MOBILITY=y" in config and "CONFIG_MIGRATION=y" in config
        assert "CONFIG_THREADS=y" not in config


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1000, 1020))
def test_random_configuration_builds(folder, seed):
    place = folder / "rand"
    builds.must_make(place, "randconfig", f"SEED={seed}")
    builds.must_make(place)
