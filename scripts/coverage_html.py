# SPDX-License-Identifier: BSD-2-Clause
"""The pages of make coverage: a table of the files, and each file line by line."""

import html
import os

STYLE = """
body { font: 14px/1.4 system-ui, sans-serif; margin: 1.5em; color: #1d1d1f; background: #fff }
table { border-collapse: collapse }
th, td { padding: .1em .8em; text-align: right; font-variant-numeric: tabular-nums }
th { position: sticky; top: 0; background: #fff; border-bottom: 1px solid #999 }
th:first-child, td:first-child, td.code { text-align: left }
td.code { font: 12px/1.35 ui-monospace, monospace; white-space: pre; tab-size: 8 }
.never { background: #ffd8d3 } .partly { background: #fff0b8 } .taken { background: #e2f5e0 }
"""
PAGE = """<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>%(title)s</title><style>%(style)s</style>
<h1>%(title)s</h1>
%(body)s
</html>
"""


def page(path, title, body):
    with open(path, "w", encoding="utf-8") as f:
        f.write(PAGE % {"title": html.escape(title), "style": STYLE, "body": body})


def row(cells, kind="", tag="td"):
    return "<tr%s>%s</tr>" % (' class="%s"' % kind if kind else "", "".join(
        "<%s>%s</%s>" % (tag, cell, tag) for cell in cells))


def name_of(path):
    return path.replace("/", ".") + ".html"


def sums(found):
    """The cells of one file, or of all."""
    for what in ("line", "branch"):
        covered, total = found[what + "_covered"], found[what + "_total"]
        yield "%.1f %%" % found[what + "_percent"]
        yield "%d of %d" % (covered, total)
        yield str(total - covered) if covered < total else ""


def index(found, under, out):
    head = ["file", "lines", "", "not taken", "branches", "", "not taken"]
    body = [row(head, tag="th"), row(["all", *sums(found)])]
    for one in found["files"]:
        link = '<a href="%s">%s</a>' % (name_of(one["filename"]), html.escape(one["filename"]))
        body.append(row([link, *sums(one)]))
    page(os.path.join(out, "index.html"), "What the host tests take of %s/" % under,
         "<table>%s</table>" % "\n".join(body))


def source_row(source, sides, at, text):
    """A line: how often it ran, and how often each side of its branches was taken."""
    kind, times = "", source.lines.get(at)
    if times is not None:
        kind = "never" if not times else "taken" if all(sides) else "partly"
    elif not all(sides):
        kind = "partly"
    return ('<tr id="%d"%s><td>%d</td><td>%s</td><td>%s</td><td class="code">%s</td></tr>' % (
        at, ' class="%s"' % kind if kind else "", at, "" if times is None else times,
        " ".join(map(str, sides)), html.escape(text)))


def write(sources, found, under, out):
    """sources: {path: Source}; found: their sums, as in summary.json."""
    index(found, under, out)
    for path, source in sources.items():
        sides = {}
        for (at, _), times in sorted(source.branches.items()):
            sides.setdefault(at, []).append(times)
        lines = [source_row(source, sides.get(at, ()), at, text)
                 for at, text in enumerate(source.text, 1)]
        head = row(["line", "taken", "sides of branches", ""], tag="th")
        page(os.path.join(out, name_of(path)), path,
             '<p><a href="index.html">All files</a></p><table>%s\n%s</table>' % (
                 head, "\n".join(lines)))
