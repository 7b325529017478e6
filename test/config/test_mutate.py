# SPDX-License-Identifier: BSD-2-Clause
"""What `make mutate` changes; and the lines of its list of equivalents are still in the sources."""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
MUTATE = os.path.join(os.path.dirname(HERE), "mutate")
sys.path.insert(0, MUTATE)

sys.path.insert(0, os.path.join(TOP, "scripts"))

from reach import Reach  # noqa: E402
from sites import sites  # noqa: E402

SOURCE = r'''
#define NOT_HERE	(1 + 2)
static const int table[] = { 1, 2 };	/* not here: 3 */

int f(const struct page *page, int a)
{
	int b = -a & 0x10, *c = &b;

	ASSERT(a < 7, "more than %d", 5 + 1);
	pr_info("%d\n", a + 1);
	for (; b >= 0ul; b--)
		if (!a || page->word << 2)
			return -*c;
	return min(a, b);
}
'''


def test_one_token_of_what_runs_is_changed():
    assert [(s.line, s.token, s.others) for s in sites("x.c", SOURCE)] == [
        (7, "&", ["|"]), (7, "0x10", ["17", "15"]),
        (9, "<", ["<=", ">="]), (9, "7", ["8", "6"]),
        (11, ">=", [">", "<"]), (11, "0ul", ["1ul"]), (11, "--", ["++"]),
        (12, "!", [""]), (12, "||", ["&&"]), (12, "<<", [">>"]), (12, "2", ["3", "1"]),
        (14, "min", ["max"])]


def test_a_site_is_where_it_says():
    for s in sites("x.c", SOURCE):
        assert SOURCE.startswith(s.token, s.at) and SOURCE[:s.at].count("\n") + 1 == s.line


def test_programs_that_run_a_line_or_the_function_around_it():
    reach = Reach()
    for name, count in (("a", 3), ("b", 0)):
        reach.note("max", "mm/x.c", name, {
            "lines": [{"line_number": 5, "count": 1}, {"line_number": 7, "count": count}],
            "functions": [{"start_line": 4, "end_line": 9, "execution_count": 1},
                          {"start_line": 11, "end_line": 12, "execution_count": count}]})
    assert reach.programs("max", "mm/x.c", 5) == {"a", "b"}
    assert reach.programs("max", "mm/x.c", 7) == {"a"}
    assert reach.programs("max", "mm/x.c", 6) == {"a", "b"}
    assert reach.programs("max", "mm/x.c", 11) == {"a"}
    assert reach.programs("max", "mm/x.c", 10) is None
    assert reach.programs("tiny", "mm/x.c", 5) is None
    assert [reach.share("max", "mm/x.c", name) for name in "ab"] == [2, 1]


def test_what_is_argued_to_be_equivalent_is_in_the_sources():
    with open(os.path.join(MUTATE, "equivalent.txt"), encoding="utf-8") as f:
        rows = [line for line in f.read().split("\n") if line and not line.startswith("#")]
    for row in rows:
        key, _, why = row.rpartition(" | ")
        path, _, rest = key.partition(" | ")
        source, _, change = rest.rpartition(" | ")
        assert " -> " in change and len(why.split()) > 3, row
        with open(os.path.join(TOP, path), encoding="utf-8") as f:
            assert source in (line.strip() for line in f), row
