# SPDX-License-Identifier: BSD-2-Clause
"""make menuconfig, typed at a terminal: a user finds an option, changes it and saves, and nothing
is lost."""
import time

import pytest

import builds
import settings
from machine import Machine

CTRL_U, ENTER, ESCAPE = "\x15", "\r", "\x1b"
UNSET = [word for name in builds.OUTER for word in ("-u", name)]


def start(place):
    return Machine(["env", *UNSET, "TERM=xterm", "ESCDELAY=25", "make", "-C", str(builds.ROOT),
                    f"O={place}", "menuconfig"])


@pytest.fixture
def menu(folder):
    place = folder / "menu"
    settings.must_configure(place, {})
    with start(place) as m:
        m.expect("Tessera configuration")
        yield place, m


def find(m, name):
    """Jumps to an option by its name."""
    m.send("/")
    m.expect("Jump to")
    m.send(name)
    time.sleep(0.3)
    m.send(ENTER)
    time.sleep(0.3)


def set_number(m, name, value):
    find(m, name)
    m.send(ENTER)
    m.expect("Value for|int")
    m.send(CTRL_U + str(value) + ENTER)
    time.sleep(0.3)


def save_and_quit(m):
    m.send("s")
    m.expect("[Ss]ave")
    m.send(ENTER)
    time.sleep(0.3)
    m.send(" ")
    m.send("q")
    return m.finish()


def test_numbers_and_switches_change_and_are_saved(menu):
    place, m = menu
    changes = {"PAGEBLOCK_ORDER": 5, "SECTION_SIZE_BITS": 26, "KMALLOC_MIN_SHIFT": 4}
    for name, value in changes.items():
        set_number(m, name, value)
    find(m, "ZONE_MOVABLE")
    m.send(" ")
    save_and_quit(m)
    config = builds.read_config(place / ".config")
    assert {name: config.get(name) for name in changes} == changes
    assert config.get("ZONE_MOVABLE") == "y"
    builds.must_make(place, "mm/check/config_check.o")


def test_value_out_of_range_is_not_taken(menu):
    place, m = menu
    set_number(m, "MAX_ORDER", 99)
    m.expect("(?i)range|outside|error")
    m.send(ENTER)
    m.send(ESCAPE)
    time.sleep(0.3)
    save_and_quit(m)
    assert builds.read_config(place / ".config")["MAX_ORDER"] == 10


def test_broken_relation_is_named_when_it_is_saved(menu):
    place, m = menu
    find(m, "ZONE_DMA")
    m.send(" ")
    set_number(m, "ZONE_DMA_LIMIT_MB", 3001)
    m.send("s")
    m.expect("[Ss]ave")
    m.send(ENTER)
    m.expect("The build will refuse this")
    m.expect("ZONE_DMA_LIMIT_MB=3001 with CONFIG_MAX_ORDER=10")
    m.send(" ")
    m.send("q")
    result = m.finish()
    assert result.status != 0
    result.need("kconf: CONFIG_ZONE_DMA_LIMIT_MB=3001 with CONFIG_MAX_ORDER=10 is refused")
    assert builds.read_config(place / ".config")["ZONE_DMA_LIMIT_MB"] == 3001


def test_default_that_follows_is_said_and_is_what_is_saved(menu):
    """A note said "it is 30 now" and .config kept 27, which the next build refused."""
    place, m = menu
    set_number(m, "MAX_ORDER", 18)
    m.send("s")
    m.expect("[Ss]ave")
    m.send(ENTER)
    m.expect("CONFIG_SECTION_SIZE_BITS=27, its default")
    time.sleep(0.3)
    assert "The build will refuse" not in m.log
    m.send(" ")
    m.send("q")
    result = m.finish()
    result.need_status(0)
    assert "kconf: " not in result.text
    assert builds.read_config(place / ".config")["SECTION_SIZE_BITS"] == 30
    assert "kconf: " not in builds.must_make(place, "sync")


def test_quitting_says_of_an_old_config_what_the_build_will_say(folder):
    """Nothing was saved, so that no default has followed."""
    place = folder / "menu"
    settings.must_configure(place, {})
    config = place / ".config"
    config.write_text(config.read_text(encoding="utf-8").replace(
        "CONFIG_MAX_ORDER=10\n", "CONFIG_MAX_ORDER=18\n"), encoding="utf-8")
    with start(place) as m:
        m.expect("Tessera configuration")
        m.send("q")
        time.sleep(0.3)
        m.send("n")
        result = m.finish()
    assert result.status != 0 and "it becomes" not in result.text
    sentence = "kconf: CONFIG_SECTION_SIZE_BITS=27 is refused: possible is 30 to 34"
    result.need(sentence)
    status, text = builds.make(place, "sync")
    assert status != 0 and sentence in text
    assert "note" not in builds.make(place, "listnewconfig")[1]
    text = builds.must_make(place, "olddefconfig")
    assert "SECTION_SIZE_BITS=27, its default, cannot be" in text and "it becomes 30" in text
    assert builds.read_config(config)["SECTION_SIZE_BITS"] == 30
