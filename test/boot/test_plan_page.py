# SPDX-License-Identifier: BSD-2-Clause
"""The page with the drawing as a reader meets it: in a browser, by keyboard, on a small screen, on
paper.

Skipped without a Chromium: its packages are some 400 MB on Debian, so the set-up leaves them
out.
"""
import re
import shutil

import pytest

import browser
import builds
import plans
import trees
from trees import GIB, MIB, VIRT_RAM, static_node

SMALL, WIDE, PAPER = 390, 1280, 688	# PAPER is A4 within its margins


@pytest.fixture(scope="module")
def page(kernel, tmp_path_factory):
    """A page with everything on it: two banks, a hole, conflicts, a long name."""
    if not browser.find():
        pytest.skip("no Chromium: apt-get install chromium, or CHROMIUM=<program>")
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("no node or npm, with which the page is made")
    folder = tmp_path_factory.mktemp("page")
    tree = trees.minimal_banks((VIRT_RAM, 512 * MIB), (VIRT_RAM + 2 * GIB, 3 * GIB)).reserved(
        trees.FIRMWARE_NODE, static_node("rproc", 0x9000_0000, 64 * MIB, "no-map;"),
        static_node("shared", 0x9200_0000, 48 * MIB), static_node("far", 0x50_0000_0000, MIB),
        static_node("a" * 60, 0x9800_0000, MIB))
    program = plans.make(kernel.objdir)
    with builds.locked(kernel.objdir):
        builds.must_make(kernel.objdir, "-s", "plan-html")
    status, text, wrong = plans.run(program, "--format", "html", "--dtb",
                                    tree.compile(folder / "t.dtb"))
    assert (status, wrong) == (plans.SOUND, "")
    path = folder / "plan.html"
    path.write_text(text, encoding="ascii")
    return path


@pytest.fixture(scope="module")
def chromium(page):
    with browser.Browser() as running:
        yield running


@pytest.mark.parametrize("width", [SMALL, WIDE])
def test_console_stays_empty(chromium, page, width):
    """The page is drawn, zoomed, resized and turned dark without a message, and its policy refuses
    nothing."""
    chromium.open(page, width)
    chromium.value("document.getElementById('theme').click()")
    for button in ("in", "next", "section", "previous", "out", "all"):
        chromium.value(f"document.querySelector('[data-zoom={button}]').click()")
    chromium.size(WIDE + SMALL - width)
    assert chromium.complaints() == []
    assert chromium.value("document.querySelectorAll('#map svg rect').length") > 20


# Elements that reach out of the window and do not lie in something that scrolls.
OUTSIDE = """[...document.querySelectorAll('body *')].filter(e => {
    const box = e.getBoundingClientRect();
    return box.width && box.right > innerWidth + 1 && !e.closest('.scroll, pre, svg, template');
}).map(e => e.tagName + '.' + e.className + ': ' + e.textContent.slice(0, 40))"""


@pytest.mark.parametrize("width", [SMALL, 760, WIDE])
def test_everything_is_within_the_window(chromium, page, width):
    """A table may scroll; the text above it must not scroll with the table."""
    chromium.open(page, width)
    assert chromium.value(OUTSIDE) == []
    assert chromium.value("document.documentElement.scrollWidth") <= width
    words = chromium.value("""[...document.querySelectorAll('table')].map(t => {
        const words = t.caption ?? document.getElementById(t.getAttribute('aria-labelledby'));
        const box = words.getBoundingClientRect();
        return [words.textContent.length > 10, box.left >= 0, box.right <= innerWidth];
    })""")
    assert len(words) >= 7 and all(all(row) for row in words), words


def focus(chromium):
    return chromium.value("document.activeElement.id || document.activeElement.className")


def tab_to(chromium, wanted, most=60):
    """Presses Tab until an element with that id or class has the focus."""
    for _ in range(most):
        chromium.press("Tab")
        if focus(chromium) == wanted:
            return
    raise AssertionError(f"{most} times Tab do not lead to {wanted}")


WINDOW = "document.querySelector('#map .window')?.getAttribute('x') ?? null"


def settle(chromium, expression, wanted):
    """Looks at the drawing as often as zooming can take."""
    for _ in range(200):
        if wanted(chromium.value(expression)):
            return chromium.value(expression)
    raise AssertionError(f"{expression}: {chromium.value(expression)}")


def test_keyboard_alone(chromium, page):
    """Goes to the drawing by Tab, zooms, moves, returns; then chooses a range of the table with
    Enter."""
    chromium.open(page, WIDE)
    tab_to(chromium, "map")
    assert chromium.value("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert chromium.value(WINDOW) is None
    chromium.press("+", "+", "+")
    before = float(settle(chromium, WINDOW, lambda x: x is not None and float(x) > 0))
    chromium.press("ArrowRight")
    settle(chromium, WINDOW, lambda x: float(x) != before)
    chromium.press("0")
    settle(chromium, WINDOW, lambda x: x is None)
    chromium.value("document.querySelector('#ranges-table button').focus()")
    chromium.press("Tab", "Enter")
    assert chromium.value("document.querySelectorAll('#ranges-table tr.chosen').length") == 1
    assert chromium.value("document.querySelector('#at').textContent") != ""
    # Every button has a name, for readers who hear the page.
    assert chromium.value("""[...document.querySelectorAll('button')].every(b =>
        (b.getAttribute('aria-label') ?? b.textContent).trim().length)""")
    assert chromium.complaints() == []


def test_paper(chromium, page):
    """On paper the page is white whatever the screen is, has no buttons, and is not cut off at the
    right."""
    chromium.open(page, WIDE)
    chromium.value("document.documentElement.dataset.theme = 'dark'")
    dark = chromium.value("getComputedStyle(document.body).backgroundColor")
    chromium.media("print")
    try:
        chromium.size(PAPER)
        white = chromium.value("getComputedStyle(document.body).backgroundColor")
        assert dark != white == "rgb(255, 255, 255)"
        hidden = "[...document.querySelectorAll('.tools, #theme')].map(e => e.offsetHeight)"
        assert set(chromium.value(hidden)) == {0}
        right = "Math.max(...[...document.querySelectorAll('table, svg, h1, p, li')].map(e => " \
            "e.getBoundingClientRect().right))"
        assert chromium.value(right) <= PAPER
        pages = len(re.findall(rb"/Type\s*/Page\b", chromium.pdf()))
        assert 2 <= pages <= 8, pages
    finally:
        chromium.media("")
