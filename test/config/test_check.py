# SPDX-License-Identifier: BSD-2-Clause
"""scripts/check.py: its results as JUnit XML, which continuous integration reads, and what it does
with a program that hangs."""
import os
import re
import time
import types
import xml.etree.ElementTree

import builds
import check


def parsed(path):
    root = xml.etree.ElementTree.parse(path).getroot()
    assert root.tag == "testsuites"
    return list(root)


def test_results_are_written(tmp_path):
    """Typed as a user does: the file has as many cases as the last line says."""
    out = tmp_path / "results.xml"
    status, text = builds.make(tmp_path, "check", "CHECK=defconfigs", f"JUNIT={out}")
    assert status == 0, text
    passed = int(re.search(r"(?m)^(\d+) passed, 0 failed$", text)[1])
    suite, = parsed(out)
    assert (suite.get("name"), suite.get("tests")) == ("defconfigs", str(passed))
    assert (suite.get("failures"), suite.get("errors")) == ("0", "0")
    assert len(suite.findall("testcase")) == passed
    assert not suite.findall("testcase/failure")


TAP = """1..4
ok 1 - first
not ok 2 - second \x1b[1m
ok 3 - third # SKIP no such machine
ok 4 - fourth
"""


def test_failures_and_skips(tmp_path, capsys):
    count = check.Count()
    check.tap(count, "program", 1, TAP)
    check.tap(count, "fell over", 139, "1..2\nok 1 - a\n")
    check.tap(count, "good", 0, "1..1\nok 1 - b\n")
    count.add("a thing & <another>", False, "why\x00")
    capsys.readouterr()
    out = tmp_path / "out.xml"
    check.junit([("style", count, 1.5)]).write(out)
    suite, = parsed(out)
    cases = suite.findall("testcase")
    assert len(cases) == int(suite.get("tests")) == count.total()
    assert len(suite.findall("testcase/failure")) == int(suite.get("failures")) == count.failed == 3
    assert len(suite.findall("testcase/skipped")) == int(suite.get("skipped")) == 1
    names = [case.get("name") for case in cases]
    assert "a thing & <another>" in names and "program: second ?[1m" in names


def test_a_case_that_each_configuration_skips_fails(tmp_path, capsys):
    """One case runs in both configurations, one in the first alone, and one in none."""
    count, ran = check.Count(), {}
    for config, word in (("first", "-"), ("second", "# SKIP")):
        program = tmp_path / config / "conflicts"
        program.parent.mkdir()
        program.write_text("#!/bin/sh\ncat <<EOF\n1..3\nok 1 - plain\n"
                           f"ok 2 {word} node_border\nok 3 # SKIP bad_map\nEOF\n",
                           encoding="utf-8")
        program.chmod(0o755)
        check.run_programs(count, program.parent, None, config,
                           types.SimpleNamespace(long=False), ran)
    check.must_have_run(count, ran)
    assert count.failed == 1
    assert "conflicts.bad_map is skipped in each" in capsys.readouterr().out
    ran["conflicts", "bad_map"] = True
    check.must_have_run(count, ran)
    assert count.failed == 1


def gone(pid):
    """A process that was ended is gone, or waits for its parent."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as f:
            return f.read().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_program_that_hangs_is_ended(tmp_path, capsys):
    """With its children: the child here holds the pipe open."""
    program = tmp_path / "hangs"
    program.write_text("#!/bin/sh\necho 1..2\necho ok 1 - first\nsleep 1000 &\necho $!\nwait\n")
    os.chmod(program, 0o755)
    status, text = check.run([str(program)], limit_s=2)
    assert status == 124 and "it still ran after 2 s, and was ended" in text
    pid = int(re.search(r"(?m)^(\d+)$", text)[1])
    for _ in range(100):
        if gone(pid):
            break
        time.sleep(0.1)
    assert gone(pid)
    count = check.Count()
    check.tap(count, "hangs", status, text)
    assert count.failed == 1 and "it still ran" in capsys.readouterr().out
