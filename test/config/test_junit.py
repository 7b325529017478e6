# SPDX-License-Identifier: BSD-2-Clause
"""make check JUNIT=file writes the same results, as continuous integration reads them."""
import re
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
