# SPDX-License-Identifier: BSD-2-Clause
"""make coverage, with one program: sums that a small test can know, and pages."""
import json
import re

import pytest

import builds


@pytest.mark.long
def test_coverage_of_one_program(tmp_path):
    text = builds.must_make(tmp_path, "-s", "coverage", "TESTS=memblock_api")
    lines = re.search(r"(?m)^mm: ([\d,]+) of ([\d,]+) lines, ([\d.]+) %$", text)
    assert lines and re.search(r"(?m)^mm: [\d,]+ of [\d,]+ branches, [\d.]+ %$", text), text
    assert 0 < float(lines[3]) < 60
    assert (tmp_path / "coverage/html/index.html").exists()
    # Each case of this program makes a new machine; the counts of earlier cases must stay.
    part = builds.must_make(tmp_path, "-s", "coverage", "TESTS=crash_kernel", "UNDER=mm/boot")
    assert "mm/slab" not in part and "mm/boot: " in part
    summary = json.loads((tmp_path / "coverage/html/summary.json").read_text(encoding="utf-8"))
    rows = {row["filename"]: row for row in summary["files"]}
    assert rows["mm/boot/crash_kernel.c"]["line_percent"] > 90
