# SPDX-License-Identifier: BSD-2-Clause
"""Each crime ends the machine with a report that names cause, place and page-table entry."""
import re

import pytest

# crime: what the report calls its cause, and whether a page-table entry belongs to it
CRIMES = {
    "wild_store": (r"(?i)store.*page fault", True),
    "jump_to_data": (r"(?i)instruction.*page fault", True),
    "write_text": (r"(?i)store.*page fault", True),
    # M-mode memory is not mapped, so a page fault comes before the PMP's access fault.
    "read_mmode": (r"(?i)load.*(?:page|access) fault", True),
    "touch_nothing": (r"load access fault", True),
    "jump_to_page": (r"(?i)instruction.*page fault", True),
    "write_linear_text": (r"(?i)store.*page fault", True),
    "write_rodata": (r"(?i)store.*page fault", True),
    "stack_overflow": (r"Kernel stack overflow", True),
}


@pytest.mark.parametrize("crime", CRIMES)
def test_crime_is_reported_and_ends_the_machine(run_to_end, kernel, crime):
    result = run_to_end(f'test=crimes.{crime} run="poweroff"', smp=4, limit=30)
    result.need_failure()
    cause, has_entry = CRIMES[crime]
    result.need(cause)
    # The report has the registers as a table.
    for register in ("ra", "sp", "a0", "s0", "t6"):
        result.need(rf"\b{register}\s*[:=]?\s*(?:0x)?[0-9a-f]{{16}}")
    result.need(r"\b(?:sepc|epc|pc)\b.*[0-9a-f]{8}")
    if has_entry:
        result.need(r"level \d: table 0x[0-9a-f]+ \[ *\d+\] = [0-9a-f]{16}")
    need_symbol(result, kernel, crime)
    if crime == "touch_nothing":
        result.need(r"Nothing answers at physical 0xa4000000, or the firmware keeps it to itself; "
                    r"the device tree names no RAM there\n")


@pytest.mark.parametrize("crime, cpu", [("read_init_page", "0"), ("init_page_elsewhere", "[1-3]")])
def test_init_page_is_gone_from_every_hart(run_to_end, kernel, crime, cpu):
    """The page is read just before it is given back, and after. No hart may remember its
    translation. Without the flush in arch_protect_initmem() QEMU's harts do, and both crimes go
    unnoticed. With a flush of this hart alone the second crime does, but for the few runs in which
    QEMU forgets by itself."""
    if kernel.config["NR_CPUS"] == 1 and crime == "init_page_elsewhere":
        pytest.skip("there is no other CPU")
    result = run_to_end(f'test=crimes.{crime} run="poweroff"', smp=4, limit=60)
    result.need_failure()
    result.need(r"Unhandled trap: load page fault")
    result.need(rf"CPU: {cpu}\n")
    result.need(r"kernel image: init data, freed after boot\n")
    assert "went unnoticed" not in result.text


def test_who_has_interrupts_off_must_not_wait(run_to_end, kernel):
    """The request is stopped once the lists are empty; earlier ones took their pages without
    waiting."""
    if kernel.config["NR_CPUS"] == 1:
        pytest.skip("with one CPU interrupts stay off and nobody waits")
    result = run_to_end('test=crimes.wait_with_interrupts_off run="poweroff"', limit=30)
    result.need_failure()
    result.need(r"A4: a request that may wait \(0x400\) comes with interrupts off")
    need_symbol(result, kernel, "wait_with_interrupts_off")


def test_second_free_stops_the_kernel(run_to_end):
    result = run_to_end('test=crimes.frees_twice run="poweroff"', limit=60)
    result.need_failure()
    result.need(r"A2: free of frame 0x[0-9a-f]+ as order 0: it is free on a per-CPU list, order 0")


def need_symbol(result, kernel, crime):
    """The backtrace must name the function that committed the crime, and its caller."""
    names = re.findall(r"([A-Za-z_][\w.]*)\+0x[0-9a-f]+/0x[0-9a-f]+", result.text)
    known = kernel.symbols()
    assert names, "no symbol in the report:\n" + result.text[-3000:]
    assert all(name in known for name in names)
    assert any(crime in name for name in names), names
    assert any("ktest" in name for name in names), names


AT = r"\((\w+)\+0x[0-9a-f]+\)"
# crime: the sentence, with a group for each function that takes a lock; and those functions
LOCK_CRIMES = {
    "wrong_way_round": (rf"takes cache->lock {AT} while holding log_lock {AT}; the order is "
                        "cache->lock before log_lock", ("take_both", "take_both")),
    "slab_inside_a_zone": (rf"takes cache->lock {AT} while holding zone->lock {AT}; the order is "
                           "cache->lock before zone->lock",
                           ("refill_and_pop", "slab_inside_a_zone")),
    "two_of_a_kind": (rf"takes log_lock {AT} while holding another log_lock {AT}; never two of "
                      "one kind", ("take_both", "take_both")),
    "the_same_twice": (rf"takes log_lock {AT}, which it holds already {AT}",
                       ("take_both", "take_both")),
    "interrupts_on": (rf"takes cache->lock {AT} with interrupts on", ("interrupts_on",)),
    "never_initialised": (rf"takes a lock without spin_lock_init\(\) {AT}", ("take_both",)),
    "not_held": (rf"releases cache->lock {AT}, which this CPU does not hold", ("not_held",)),
    "waits_while_holding": (rf"a cross-call waits while holding cache->lock {AT}",
                            ("waits_while_holding",)),
    "on_another_cpu": (rf"takes cache->lock {AT} while holding log_lock {AT}; the order is "
                       "cache->lock before log_lock", ("take_both", "take_both")),
}


@pytest.mark.parametrize("crime", LOCK_CRIMES)
def test_lock_crime_is_reported_with_both_orders(run_to_end, built, crime):
    debug = built("qemu_virt_debug_defconfig")
    result = run_to_end(f'test=lock_crimes.{crime} run="poweroff"', image=debug.image, smp=4,
                        limit=30)
    result.need_failure()
    sentence, takers = LOCK_CRIMES[crime]
    match = re.search("Kernel panic - not syncing: lock order: " + sentence, result.text)
    assert match, result.text[-3000:]
    # The compiler may have added a suffix to the function's name.
    assert all(name.startswith(taker) for name, taker in zip(match.groups(), takers))
    assert result.text.count("Kernel panic") == result.text.count("end of the report") == 1
    if len(takers) == 2:
        result.need(r"holds \S+, taken at " + takers[1])
    result.need(r"CPU: [1-3]\b" if crime == "on_another_cpu" else r"CPU: 0\b")
    # The backtrace names the function, too.
    result.need(rf"\] {takers[0]}[\w.]*\+0x[0-9a-f]+/0x[0-9a-f]+")


def long(crime):
    return pytest.param(crime, marks=pytest.mark.long)


# crime: the sentence, with a group for each place; and whose these places are
WAIT_CRIMES = {
    "mutex_under_a_spinlock": (
        rf"WO1: a lock that waits is taken {AT} while holding cache->lock {AT}",
        "mutex_under_a_spinlock", "mutex_under_a_spinlock"),
    "semaphore_with_interrupts_off": (
        rf"WO1: a semaphore is taken {AT} with interrupts off {AT}",
        "down", "semaphore_with_interrupts_off"),
    "reader_with_preemption_off": (
        rf"WO1: a lock that waits is taken {AT} with preemption off {AT}",
        "reader_with_preemption_off", "reader_with_preemption_off"),
    "mutex_in_an_interrupt": (rf"WO1: a lock that waits is taken {AT} in an interrupt", "lock_it"),
    "two_the_wrong_way_round": (
        rf"WO2: deadlock: shell takes first {AT} while holding second {AT}; before it was "
        rf"second behind first {AT}$", *3 * ("two_the_wrong_way_round",)),
    "a_ring_of_three": (
        rf"WO2: deadlock: shell takes first {AT} while holding second {AT}; before it was "
        rf"second behind third {AT}, third behind first {AT}$",
        "a_ring_of_three", "a_ring_of_three", "a_ring_of_three", "down_write"),
}


@pytest.mark.parametrize("crime", [
    "mutex_under_a_spinlock", "reader_with_preemption_off", "a_ring_of_three",
    long("semaphore_with_interrupts_off"), long("mutex_in_an_interrupt"),
    long("two_the_wrong_way_round")])
def test_wait_crime_is_reported_with_both_places(run_to_end, built, crime):
    """proves WO1, WO2: nobody had to wait, and the report says what might have come"""
    debug = built("qemu_virt_debug_defconfig")
    result = run_to_end(f'test=wait_crimes.{crime} run="poweroff"', image=debug.image, smp=2,
                        limit=30)
    result.need_failure()
    sentence, *places = WAIT_CRIMES[crime]
    match = re.search("(?m)Kernel panic - not syncing: " + sentence, result.text)
    assert match, result.text[-3000:]
    assert all(found.startswith(place) for found, place in zip(match.groups(), places)), match[0]
    assert result.text.count("Kernel panic") == result.text.count("end of the report") == 1


def test_debug_kernel_knows_who_asked_for_a_page(run_to_end, built):
    """With PAGE_OWNER the report of a second free says who had the page, and who gave it back."""
    debug = built("qemu_virt_debug_defconfig")
    result = run_to_end('test=crimes.frees_twice run="poweroff"', image=debug.image, limit=60)
    result.need_failure()
    result.need(r"frame 0x[0-9a-f]+, order 0, allocated by frees_twice\+0x[0-9a-f]+ on CPU 0 at "
                r"\d+\.\d{6} s\n")
    result.need(r"  from ktest\w*\+0x")
    result.need(r"  given back by frees_twice\+0x")
    result.need(r"A2: free of frame 0x[0-9a-f]+")


def test_crimes_are_not_part_of_the_plain_test(boot):
    assert "crimes" not in boot().run("test", limit=240)


def test_one_report_and_the_whole_log_before_it(run_to_end):
    result = run_to_end('test=crimes.wild_store run="poweroff"', limit=30)
    assert result.text.index("zonelists") < result.text.index("Unhandled trap")
    assert result.text.count("Unhandled trap") == result.text.count("end of trap report") == 1
    assert "Power down" not in result.text
