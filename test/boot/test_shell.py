# SPDX-License-Identifier: BSD-2-Clause
"""The shell: every command answers, the line can be edited, nothing typed can break it."""
import re

import pytest

import builds
import checks
from machine import PROMPT, plain
from test_bench import ICOUNT

UP, DOWN, RIGHT, LEFT = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D"
HOME, END, DELETE = "\x1b[H", "\x1b[F", "\x1b[3~"
BACKSPACE, DEL_CHAR, TAB, CTRL_C = "\x08", "\x7f", "\t", "\x03"
CTRL_A, CTRL_E, CTRL_K, CTRL_U, CTRL_W = "\x01", "\x05", "\x0b", "\x15", "\x17"

COMMANDS = ("? help ls cat echo dmesg memblock sections zones audit alloc release free stress test "
            "bench cpu plan frag pcp owner version uptime reboot poweroff").split()


def typed(m, *keys):
    """Sends keys, then Enter; returns what the command printed."""
    m.send("".join(keys) + "\r")
    m.expect(r"\r?\n")
    return m.answer()


def listed_commands(m):
    return re.findall(r"(?m)^  (\S+)", m.run("help"))


def test_help_lists_every_command(resting):
    listed = listed_commands(resting)
    assert set(COMMANDS) <= set(listed) and len(listed) == len(set(listed))
    assert resting.run("?") == resting.run("help")


def test_help_cuts_no_usage(resting):
    """Each command's usage and description are in the list as a whole, and apart."""
    whole = resting.run("help")
    for name in listed_commands(resting):
        usage, what = re.match(r"usage: (.*)\n    (.*)\n", resting.run(f"help {name}")).groups()
        assert re.search(rf"(?m)^  {re.escape(usage)}(\n {{34}}| ) *{re.escape(what)}$", whole), name


COMMAND = re.compile(r'(?s)^SHELL_COMMAND\((\w+),\s*((?:"[^"]*"\s*)+),\s*"([^"]*)",', re.M)


def test_help_fits_its_columns(resting):
    """The table stays one on a terminal of 80 columns; a usage with a line to itself may be
    longer. Of commands that this kernel has not, the sources tell."""
    for line in resting.run("help").splitlines():
        alone = re.match(r"  \S", line) and "  " not in line[2:]
        assert len(line) <= (100 if alone else 80), line
    found = [match.groups() for folder in ("shell", "test/stress", "test/target", "test/bench")
             for path in (builds.ROOT / folder).rglob("*.c")
             for match in COMMAND.finditer(path.read_text(encoding="utf-8"))]
    assert len(found) >= 30
    for name, usage, what in found:
        usage = "".join(re.findall('"([^"]*)"', usage))
        assert len(f"  {name} {usage}") <= 100 and len(what) <= 80 - 35, name


def test_help_of_each_command(resting):
    """help shows the usage, a description, and an example that does what the help says."""
    for name in listed_commands(resting):
        text = resting.run(f"help {name}")
        example = re.fullmatch(rf"usage: {re.escape(name)} .*\n    \S.*\nexample: (.*)\n", text)
        assert example, text
        if name not in ("reboot", "poweroff"):
            answer = resting.run(example[1], limit=120)
            assert answer and not re.search("not found|no such|nothing was done", answer), answer
            assert "usage" not in answer or name in ("help", "?"), answer


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
    ("reboot now please", 'takes no arguments, not "now"'), ("poweroff -f", "takes no arguments"),
    ("zones | grep x", "no pipes"), ("dmesg > log", "no pipes, files to write"),
    ("audit &", "no pipes"), ("plan x", "takes no arguments"), ("dmesg -c", "takes no arguments"),
    ("help a b", "usage: help"), ("test a b", "usage: test"), ("cat nowhere", "no such file"),
    ("cat /nowhere", "/nowhere: no such file"), ("cat /proc/", "no such file"),
    ("ls /nowhere", "/nowhere: no such file"), ("stress", "usage: stress"),
    ("stress many", "many is not a number"), ("stress 1 2 3", "usage: stress"),
    ("alloc 99", "order is at most"), ("alloc x", "not a number"),
    ("alloc 0 gold", "gold is not one of"), ("release", "usage: release"),
    ("release 0x1234", "no block"), ("release 0x80000000 0", "no block at 0x80000000"),
    ("release here 0", "not a number"), ("release 0 0 0", "usage: release"),
    ("free 0x80000000 0", "release gives a block of alloc back"), ("free -x", "usage: free"),
    ("free -", "usage: free"), ("free -h -b", "usage: free"),
    ("test nosuch", "nosuch"), ("help nosuch", "nosuch: not found"),
    ('echo "open', "quote is not closed"), ("echo" + " x" * 40, "too many words")])
def test_unknown_input_gives_a_sentence(resting, line, word):
    answer = resting.run(line)
    assert re.search(word, answer, re.I), answer
    # The answer is one sentence, perhaps with the usage; the shell does not repeat the command's.
    assert len(answer.splitlines()) <= 2 and not re.search(r"\(-\d+\)|panic", answer), answer


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
    # Below the newest line of the history there is an empty line again.
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
    for path in ("/proc/budd", "budd"):
        assert typed(resting, "cat " + path, TAB).startswith("Node 0, zone")
    assert "no block" in typed(resting, "rel", TAB, "0")


def test_cat_needs_no_folder(resting):
    assert resting.run("cat cmdline") == resting.run("cat /proc/cmdline") != ""


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


def stop(m, command, begun, limit=60):
    """Begins a command, waits until it is at work, and types Ctrl-C; returns what it printed after
    that. The commands behind it in the line must not run."""
    m.send(f"{command}; echo never\r")
    m.expect(begun, limit)
    m.send(CTRL_C)
    answer = m.answer(limit)
    assert "never" not in answer, answer
    assert m.run("echo alive") == "alive\n"
    return answer


def test_stress_shows_progress_and_stops(resting):
    answer = stop(resting, "stress 1000000000 1", r"\r\x1b\[Kstress: \d+ %, \d+ s; Ctrl-C stops")
    assert re.search("(?m)^stress: stopped by Ctrl-C$", answer) and " 0 failures" in answer


def test_bench_stops(resting):
    assert "bench: stopped by Ctrl-C\n" in stop(resting, "bench", r"mark \w+ ")


def test_bench_shows_progress(boot):
    """With -icount the works take seconds: the progress names the work until its figures come."""
    m = boot(extra=ICOUNT)
    answer = stop(m, "bench", r"\r\x1b\[K[\w =]+, \d+ s; Ctrl-C stops", limit=120)
    assert re.search(r"(?m)^bench: stopped by Ctrl-C$", answer)
    checks.audit(m, 512 << 20)


def test_tests_stop(resting):
    answer = stop(resting, "test", r"# Subtest: \w+")
    assert re.search(r"(?m)^Bail out! Ctrl-C\n# Totals: .*\n\d+ passed, 0 failed$", answer)


@pytest.mark.parametrize("pattern,suites", [
    ("sh*", {"shell"}), ("'s?ell'", {"shell"}), ("s*.words*", {"shell"}), ("*hel*", {"shell"}),
    ("'*.whole_*'", {"glob"}), ("g", {"glob"}), ("*crimes*.*", set())])
def test_tests_by_pattern(resting, pattern, suites):
    """A suite that ends the machine runs only by its full name."""
    text = resting.run(f"test {pattern}")
    assert set(re.findall(r"# Subtest: (\w+)", text)) == suites
    assert re.search(r"(?m)^\d+ passed, 0 failed$" if suites else "no test suite matches", text)


def test_bench_by_pattern(resting):
    def works(pattern):
        return re.findall(r"(?m)^((?:mark|loop|pages|slab)[\w =]+?)  ", resting.run(f"bench {pattern}"))
    assert works("'pages order=?? pair'") == ["pages order=10 pair"]
    assert works("'pages order=1*pair'") == ["pages order=1 pair", "pages order=10 pair"]
    assert works("mark*ready") == works("allocator_ready") == ["mark allocator_ready"]
    assert 'no work has the name "order=0*"' in resting.run("bench order=0*")


@pytest.mark.parametrize("length", [120, 250, 251, 252, 1000, 5000])
def test_long_lines_are_refused_not_cut(resting, length):
    """A line has at most 255 bytes, "echo " included."""
    resting.send("echo " + "x" * length + "\r")
    resting.expect(r"\r?\n")
    whole = "x" * length + "\n"
    refusal = "nothing was done: the line is too long, 255 bytes are the most\n"
    assert resting.answer() == (whole if length <= 250 else refusal)
    assert resting.run("echo alive") == "alive\n"


def test_a_line_that_was_too_long_can_be_mended(resting):
    """A user who then takes something away has seen what is left."""
    assert typed(resting, "echo " + "x" * 300, BACKSPACE) == "x" * 249 + "\n"
    assert typed(resting, "echo " + "x" * 300, CTRL_U, "echo short") == "short\n"


def test_bytes_that_are_no_text(resting):
    resting.send("\x00\x01\x02\x04\x1b[99~\x1bO\x1b\x1b[1;5C\x7f\x7f\x05\x15")
    for byte in range(0x80, 0x100, 7):
        resting.send(chr(byte))
    resting.send(CTRL_U)
    assert typed(resting, CTRL_U, "echo alive").endswith("alive\n")


def test_utf8_is_edited_by_characters(resting):
    """Characters of two, three and four bytes: keys that move and delete take a whole character."""
    text = "gr\u00fc\u00df \u20ac \U0001f600"
    assert typed(resting, f"echo {text}") == text + "\n"
    assert typed(resting, "echo a\u00fcc\u20ac", BACKSPACE, "\U0001f600", DEL_CHAR) == "a\u00fcc\n"
    assert typed(resting, "echo \u20acb\u00fc", LEFT, "x", LEFT, LEFT, DELETE) == "\u20acx\u00fc\n"
    assert typed(resting, "cho \u00fc", LEFT, LEFT, RIGHT, "\u20ac", HOME, "e") == "\u20ac\u00fc\n"


def test_cursor_counts_characters(resting):
    """The cursor moves right by characters, not by bytes."""
    resting.send("\u00fc" * 10 + LEFT)
    resting.expect(r"\r\x1b\[(\d+)C")
    assert int(resting.child.match[1]) == len(PROMPT) + 9
    assert typed(resting, CTRL_E + CTRL_U + "echo alive") == "alive\n"


def test_a_long_line_of_characters_keeps_its_window(resting):
    """The window shows 70 columns, however many bytes they have."""
    resting.send("\u20ac" * 80 + CTRL_E)
    resting.expect(r"\r" + re.escape(PROMPT) + r"(\u20ac*)\x1b\[K\r\x1b\[79C")
    assert len(resting.child.match[1]) == 79 - len(PROMPT)
    assert typed(resting, CTRL_U + "echo alive") == "alive\n"


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
    assert "has order 3" in m.run(f"release {row[1]} 2")
    assert m.run(f"release {row[1]} 3") == ""
    assert "no block" in m.run(f"release {row[1]} 3")
    m.run("alloc 0; alloc 3; alloc 1")
    assert m.run("release all; release all") == "blocks given back: 3\nblocks given back: 0\n"
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
    m.run(f"release {row[1]}")
    checks.audit(m, 4 << 30)


def test_alloc_until_memory_is_out(boot, kernel):
    """alloc takes the largest order until it fails with a sentence; then everything can be given
    back."""
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
        m.run(f"release {address} {order}")
    checks.Memory(m).check()
    checks.audit(m, 64 << 20)


def test_free_is_memory_as_on_linux(boot, kernel):
    """free has Linux's columns in each unit, and the largest free block, which alloc can then
    get."""
    m = boot(mem="64M")
    meminfo = checks.Memory(m).meminfo
    header, mem, largest = m.run("free").splitlines()
    assert header.split() == "total used free shared buff/cache available".split()
    total, used, free, shared, cache, available = map(int, mem.removeprefix("Mem:").split())
    assert total == meminfo["MemTotal"] and total == used + free + cache and shared == 0
    assert abs(free - meminfo["MemFree"]) <= 64 and abs(available - meminfo["MemAvailable"]) <= 64
    row = re.fullmatch(r"Largest free block: +(\d+)  \(order (\d+), zone \w+\)", largest)
    assert int(row[1]) == 4 << int(row[2]) and int(row[2]) == kernel.config["MAX_ORDER"]
    assert m.run(f"alloc {row[2]}").startswith("0x")
    assert re.search(rf"Mem: +{total * 1024} ", m.run("free -b"))
    assert re.search(rf"Mem: +{total // 1024} ", m.run("free -m"))
    assert re.search(rf"Mem: +{total // 1024}Mi .* 0Ki ", m.run("free -h"))
    assert re.search(r"Largest free block: +4\.0Mi", m.run("free -h"))


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


def test_boot_arguments_that_are_not_understood(boot, kernel):
    """A line for each wrong argument names it and what is expected; the other arguments count."""
    m = boot(append="mem=256M foo=1 memblock=foo console=foo earlycon=uart8250 movablecore=16M "
                    f"test={'x' * 70} run= bar -- mem=1M baz")
    warned = [line.split("] ", 1)[1] for line in m.boot_log.splitlines()
              if re.search("expected|Unknown|ignored", line)]
    wanted = ["earlycon=uart8250: earlycon or earlycon=sbi is expected",
              "memblock=foo is ignored: debug is expected",
              "movablecore=16M is ignored: it needs CONFIG_ZONE_MOVABLE",
              'Unknown kernel command line parameters "foo=1 bar", ignored; known are ',
              "console=foo is ignored: sbi or uart is expected",
              f"test={'x' * 63}... is ignored: SUITE or SUITE.CASE of less than 64 characters is ",
              'run= is ignored: commands such as "free; audit" are expected']
    if kernel.config.get("ZONE_MOVABLE"):
        wanted.pop(2)
    assert len(warned) == len(wanted), warned
    assert all(line.startswith(want) for line, want in zip(warned, wanted)), warned
    checks.audit(m, 256 << 20)


def test_a_command_line_that_is_too_long_is_not_cut_in_a_word(boot):
    m = boot(append=f"mem=256M {'x' * 1000} run=\"echo ran; poweroff\"")
    assert re.search(r"Kernel command line: \d+ characters, 1023 are the most: ignored from "
                     r'"run=.*" on', m.boot_log)
    assert "ran" not in m.boot_log.splitlines() and m.run("echo alive") == "alive\n"


def test_reboot_starts_again(boot):
    m = boot()
    first = m.boot_log
    m.send("reboot\r")
    m.shell()
    assert m.log.count("Kernel command line") == 2 * first.count("Kernel command line")
    assert m.run("echo alive") == "alive\n"


def test_poweroff_exits_0(boot):
    boot().poweroff().need_status(0)
