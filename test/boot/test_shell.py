# SPDX-License-Identifier: BSD-2-Clause
"""The shell: every command answers, the line can be edited, nothing typed can break it."""
import re

import pytest

import checks
from machine import PROMPT, plain

UP, DOWN, RIGHT, LEFT = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D"
HOME, END, DELETE = "\x1b[H", "\x1b[F", "\x1b[3~"
BACKSPACE, DEL_CHAR, TAB, CTRL_C = "\x08", "\x7f", "\t", "\x03"
CTRL_A, CTRL_E, CTRL_K, CTRL_U, CTRL_W = "\x01", "\x05", "\x0b", "\x15", "\x17"

COMMANDS = ("help ls cat echo dmesg memblock sections zones audit alloc free stress test uptime "
            "reboot poweroff").split()


def typed(m, *keys):
    """Sends keys, then Enter; returns what the command printed."""
    m.send("".join(keys) + "\r")
    m.expect(r"\r?\n")
    return m.answer()


def test_help_lists_every_command(resting):
    text = resting.run("help")
    missing = [name for name in COMMANDS if not re.search(rf"(?m)^\s*{name}\b", text)]
    assert not missing


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_one_command(resting, name):
    assert name in resting.run(f"help {name}")


@pytest.mark.parametrize("command", ["ls", "ls /proc", "dmesg", "memblock", "sections", "zones",
                                     "audit", "uptime", "echo word"])
def test_command_answers(resting, command):
    assert resting.run(command).strip()


def test_echo_prints_its_words(resting):
    assert resting.run("echo one  two   three") == "one two three\n"
    assert resting.run('echo "one  two"') == "one  two\n"


def test_several_commands_in_a_line(resting):
    assert resting.run("echo a; echo b;echo c") == "a\nb\nc\n"


def test_empty_lines_and_spaces_do_nothing(resting):
    for line in ("", "   ", ";", " ; ; "):
        assert resting.run(line) == ""


@pytest.mark.parametrize("line,word", [
    ("frobnicate", "frobnicate: not found"), ("cat", "usage: cat"),
    ("cat /nowhere", "/nowhere: no such file"), ("cat /proc/", "no such file"),
    ("ls /nowhere", "/nowhere: no such file"), ("stress", "usage: stress"),
    ("stress many", "many is not a number"), ("stress 1 2 3", "usage: stress"),
    ("alloc 99", "order is at most"), ("alloc x", "not a number"),
    ("alloc 0 gold", "gold is not one of"), ("free 0x1234", "usage: free|no block"),
    ("free 0x80000000 0", "no block at 0x80000000"), ("free here 0", "not a number"),
    ("test nosuch", "nosuch"), ("help nosuch", "nosuch: not found"),
    ('echo "open', "quote is not closed"), ("echo" + " x" * 40, "too many words")])
def test_unknown_input_gives_a_sentence(resting, line, word):
    answer = resting.run(line)
    assert re.search(word, answer, re.I), answer
    assert "panic" not in answer


def test_backspace_in_both_codes(resting):
    assert typed(resting, "echo abx", BACKSPACE, "cx", DEL_CHAR, "d") == "abcd\n"


def test_arrows_insert_in_the_middle(resting):
    assert typed(resting, "echo ad", LEFT, "bc", RIGHT, "e") == "abcde\n"


def test_home_and_end(resting):
    assert typed(resting, "cho x", HOME, "e", END, "y") == "xy\n"
    assert typed(resting, "cho x", CTRL_A, "e", CTRL_E, "z") == "xz\n"


def test_kill_keys(resting):
    assert typed(resting, "garbage", CTRL_U, "echo clean") == "clean\n"
    assert typed(resting, "echo keep cut", LEFT, LEFT, LEFT, LEFT, CTRL_K) == "keep\n"
    assert typed(resting, "echo keep cut", CTRL_W, "new") == "keep new\n"


def test_delete_key(resting):
    assert typed(resting, "echo abc", LEFT, LEFT, DELETE) == "ac\n"


def test_history(resting):
    assert typed(resting, "echo first") == "first\n"
    assert typed(resting, "echo second") == "second\n"
    assert typed(resting, UP, UP) == "first\n"
    assert typed(resting, "echo third") == "third\n"
    assert typed(resting, UP, UP, DOWN) == "third\n"
    # Past the newest line there is an empty one again.
    assert typed(resting, UP, DOWN) == ""


def test_history_line_can_be_edited(resting):
    typed(resting, "echo edit")
    assert typed(resting, UP, BACKSPACE, BACKSPACE, "am") == "edam\n"


def test_more_history_than_is_kept(resting, kernel):
    depth = kernel.config["SHELL_HISTORY"]
    for i in range(depth + 5):
        assert typed(resting, f"echo h{i}") == f"h{i}\n"
    oldest = typed(resting, UP * (depth + 10))
    assert oldest == f"h{5}\n"


def test_tab_completes_commands_and_views(resting):
    assert typed(resting, "ec", TAB, "word") == "word\n"
    text = typed(resting, "cat /proc/budd", TAB)
    assert text.startswith("Node 0, zone")


def test_tab_with_several_answers_shows_them(resting):
    resting.send("cat /proc/mem" + TAB + TAB)
    resting.expect("meminfo")
    resting.send("info\r")
    resting.expect("MemTotal")
    resting.answer()


def test_tab_on_nothing_and_on_nonsense(resting):
    resting.send("zzz" + TAB + CTRL_U + TAB + CTRL_U)
    assert typed(resting, "echo alive").endswith("alive\n")


def test_ctrl_c_drops_the_line(resting):
    resting.send("echo never" + CTRL_C)
    resting.expect(PROMPT)
    assert typed(resting, "echo again") == "again\n"


def test_ctrl_c_stops_a_long_command(resting):
    resting.send("stress 1000000000 1\r")
    resting.expect(r"\n")
    resting.send(CTRL_C)
    resting.answer(limit=30)
    assert resting.run("echo alive") == "alive\n"


@pytest.mark.parametrize("length", [120, 126, 127, 128, 129, 255, 256, 257, 1000, 5000])
def test_long_lines_are_cut_or_refused_not_fatal(resting, length):
    resting.send("echo " + "x" * length + "\r")
    resting.expect(r"\r?\n")
    answer = resting.answer()
    assert "x" in answer or "long" in answer
    assert resting.run("echo alive") == "alive\n"


def test_bytes_that_are_no_text(resting):
    resting.send("\x00\x01\x02\x04\x1b[99~\x1bO\x1b\x1b[1;5C\x7f\x7f\x05\x15")
    for byte in range(0x80, 0x100, 7):
        resting.send(chr(byte))
    resting.send(CTRL_U)
    assert typed(resting, CTRL_U, "echo alive").endswith("alive\n")


def test_fast_typing_loses_nothing(resting):
    lines = [f"echo line-{i}" for i in range(40)]
    for line in lines:
        assert resting.run(line) == line.removeprefix("echo ") + "\n"


def test_alloc_and_free_move_pages(boot):
    m = boot()
    before = checks.owners(m)
    row = re.fullmatch(r"(0x[0-9a-f]+) order 3: frame 0x([0-9a-f]+), zone (\w+), at 0x[0-9a-f]+\n",
                       m.run("alloc 3"))
    assert row and int(row[1], 16) == int(row[2], 16) << 12 and int(row[2], 16) % 8 == 0
    during = checks.owners(m)
    assert during["allocated"] - before["allocated"] == 8
    assert row[1] in m.run("alloc")
    assert "has order 3" in m.run(f"free {row[1]} 2")
    m.run(f"free {row[1]} 3")
    assert "no block" in m.run(f"free {row[1]} 3")
    after = checks.owners(m)
    assert after["allocated"] == before["allocated"]
    checks.Memory(m).check()


@pytest.mark.parametrize("gfp", ["kernel", "dma", "dma32", "movable", "reclaimable", "atomic",
                                 "nowait", "zero", "dma32,zero", "atomic,zero"])
def test_alloc_of_every_kind(boot, kernel, gfp):
    m = boot(mem="4G")
    row = re.search(r"(0x[0-9a-f]+) order 1: frame 0x([0-9a-f]+), zone (\w+)",
                    m.run(f"alloc 1 {gfp}"))
    assert row
    if "dma" in gfp and kernel.config.get("ZONE_DMA32"):
        assert row[3] in ("DMA", "DMA32") and int(row[2], 16) < 1 << 20
    m.run(f"free {row[1]} 1")
    checks.audit(m, 4 << 30)


def test_alloc_until_memory_is_out(boot, kernel):
    """The largest order until it fails: a sentence, and everything can be given back."""
    m = boot(mem="64M")
    order = kernel.config["MAX_ORDER"]
    taken = []
    for _ in range(65):
        answer = m.run(f"alloc {order}")
        row = re.match(r"0x[0-9a-f]+", answer)
        if not row:
            break
        taken.append(row[0])
    assert taken and re.search("no memory|at most", answer), answer
    checks.audit(m, 64 << 20)
    for address in taken:
        m.run(f"free {address} {order}")
    checks.Memory(m).check()
    checks.audit(m, 64 << 20)


def test_dmesg_is_the_boot_log(boot):
    m = boot()
    log = [line for line in plain(m.boot_log).splitlines() if "zonelists" in line]
    assert len(log) == 1 and log[0] in m.run("dmesg")


def test_uptime_counts(resting):
    def seconds():
        return float(re.search(r"\d+\.\d{6}", resting.run("uptime"))[0])
    first = seconds()
    assert 0 < first < seconds() < 60


def test_run_argument_then_the_shell_goes_on(boot):
    m = boot(append='run="echo from-the-command-line; uptime"')
    assert "from-the-command-line" in m.boot_log
    assert m.run("echo alive") == "alive\n"


def test_reboot_starts_again(boot):
    m = boot()
    first = m.boot_log
    m.send("reboot\r")
    m.shell()
    assert m.log.count("Kernel command line") == 2 * first.count("Kernel command line")
    assert m.run("echo alive") == "alive\n"


def test_poweroff_exits_0(boot):
    boot().poweroff().need_status(0)
