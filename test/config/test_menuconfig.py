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


@pytest.fixture
def menu(folder):
    place = folder / "menu"
    settings.must_configure(place, {})
    argv = ["env", *UNSET, "TERM=xterm", "ESCDELAY=25", "make", "-C", str(builds.ROOT),
            f"O={place}", "menuconfig"]
    with Machine(argv) as m:
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
