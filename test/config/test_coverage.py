# SPDX-License-Identifier: BSD-2-Clause
"""make coverage, with one program: sums that a small test can know, and pages."""
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
    whole = builds.must_make(tmp_path, "-s", "coverage", "TESTS=memblock_api", "UNDER=mm/boot")
    assert "mm/slab" not in whole and "mm/boot: " in whole
