#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Measures a built kernel, and the same allocators in a process; make bench calls it.

Instructions are counted in QEMU with -icount shift=0,sleep=off: they are exact, and a second run
must give the same figures. Nanoseconds are what this machine gives today. The table holds both
against a stored baseline, the peers' figures and the limits, all in test/bench.

usage: bench.py --objdir FOLDER [--host PROGRAM] [--out FILE] [--store] [PATTERN]

Ends with 1 only when something could not be measured, or counted twice is not the same.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile

import program_bench

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BENCH = os.path.join(HERE, "test", "bench")
BASELINE = os.path.join(BENCH, "baseline.json")
PAGE = os.path.join(HERE, "docs", "performance.md")
REFERENCE = "qemu_virt_defconfig"
MEMORIES = ("128M", "256M", "1G", "4G", "8G", "16G", "64G")
MAIN = "1G"
LIMIT_S = 600
ENDED_BY_TIMEOUT = 124
# With -icount harts take turns of 100 ms wherever the firmware makes one wait for another: with
# more harts than this, boot takes minutes.
HARTS_COUNTED = 4
# Seldom, QEMU 7.2 gives such a hart no turn any more, and the machine stands still for ever. A run
# takes seconds otherwise: one that does not end is tried again.
TURNS_LIMIT_S, TURNS_TRIES = 180, 3
HARTS = 8
HOST_RUNS = 5
SPEED_UP = "host threads=2 order=0 speed-up"

# The parts of the table: a title, a pattern for the names of works, and the figures that are shown.
PARTS = (
    ("Boot: instructions since the kernel's entry; RAM that nobody can have, %; bytes a page",
     r"mark |memory ", ("instret", "not_available_percent", "bytes")),
    ("The loops alone: instructions of pair, or alloc / free", r"loop |slab empty",
     ("pair", "alloc", "free")),
    ("Pages, instructions: pair, or alloc / free", r"pages|bulk ", ("pair", "alloc", "free")),
    ("One operation at a time, instructions: p50 / p99 / p99.9 / max", r"single ",
     ("p50", "p99", "p999", "max")),
    ("Memory in pieces, instructions: mean success / mean failure / worst failure, or alloc / "
     "free", r"pieces ", ("ok_mean", "failure_mean", "failure_max", "alloc", "free")),
    ("Pageblocks set aside / given back, contiguous memory taken / released: instructions",
     r"isolate |cma_alloc ", ("alloc", "free")),
    ("Areas of virtual addresses, instructions: alloc / free / worst alloc / worst free",
     r"vmalloc |vmap |ioremap ", ("alloc", "free", "alloc_max", "free_max")),
    ("A page that moves, its contents too, and a pageblock that is made by moving, instructions: "
     "mean / worst", r"migrate |compact ", ("pair", "alloc", "max")),
    ("Slab, instructions: pair, or alloc / free", r"slab ", ("pair", "alloc", "free")),
    ("With CONFIG_THREADS: threads, locks, timers, interrupts, work; instructions: pair, or mean / "
     "worst", r"thread |lock |timer |irq |ipi |work |account ", ("pair", "mean", "max")),
    ("Allocated on one hart, freed on the next, in a circle: instructions of all harts, waits too",
     r"smp ", ("pair",)),
    ("The same with harts that run at once: nanoseconds in QEMU here", r"time of smp ", ("ns",)),
    ("In a process of this machine, nanoseconds, median of %d runs (least): pair, alloc / free, or "
     "p50 / p99.9" % HOST_RUNS, r"host ", ("pair", "alloc", "free", "p50", "p999", "init")),
)
COLUMNS = ("work", "now", "stored", "ratio", "Linux 6.1", "LLFree", "limit")


class Failure(Exception):
    """A sentence for the user."""


class TooLong(Failure):
    """The machine did not end within the limit."""


# ---- measuring ----

def lines_of(text):
    """{work: {figure: value}} of the JSON lines in text, in the order of the lines."""
    found = {}
    for line in text.splitlines():
        if line.startswith('{"work":'):
            row = json.loads(line)
            found[row.pop("work")] = row
    return found


def run_kernel(image, mem, *patterns, harts=1, icount=True, arguments="", limit_s=LIMIT_S):
    """Runs the kernel at that memory size; returns what its bench command says of these
    patterns."""
    commands = "; ".join("bench -j" + (" '%s'" % p if p else "") for p in patterns)
    # With reserve=off only RAM that the kernel touches takes memory of this machine.
    argv = ["timeout", str(limit_s), os.environ.get("QEMU", "qemu-system-riscv64"),
            "-M", "virt,memory-backend=ram",
            "-object", "memory-backend-ram,id=ram,size=%s,reserve=off" % mem, "-m", mem,
            "-smp", str(harts), *(["-icount", "shift=0,sleep=off"] if icount else []), "-seed", "1",
            "-display", "none", "-monitor", "none", "-serial", "stdio", "-kernel", image,
            "-append", 'loglevel=4 %s run="%s; poweroff"' % (arguments, commands)]
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    if done.returncode != 0:
        raise (TooLong if done.returncode == ENDED_BY_TIMEOUT else Failure)(
            "the kernel with %s ended with status %d; the end of its console:\n%s" % (
            mem, done.returncode, "\n".join(done.stdout.splitlines()[-15:])))
    return lines_of(done.stdout)


def measure_kernel(image, pattern):
    """({memory: {work: figures}}, names of the works on which two runs disagree)."""
    figures, differ = {}, []
    for mem in MEMORIES:
        say("measuring: boot at %s" % mem)
        rows = run_kernel(image, mem, "mark ", "memory ")
        figures[mem] = {work: row for work, row in rows.items() if not pattern or pattern in work}
    say("measuring: all works at %s, twice" % MAIN)
    first, second = (run_kernel(image, MAIN, pattern) for _ in range(2))
    differ = sorted(work for work in first.keys() | second.keys()
                    if first.get(work) != second.get(work))
    if any(work.startswith("smp ") for work in first):
        say("measuring: up to %d harts by turns" % HARTS_COUNTED)
        first = dict({work: row for work, row in first.items() if not work.startswith("smp ")},
                     **circles(image, pattern))
    if any(work.startswith("cma_alloc ") for work in first):
        say("measuring: an area of contiguous memory")
        first.update(run_kernel(image, MAIN, "cma_alloc ", arguments="cma=128M"))
    figures[MAIN].update(first)
    if any(work.startswith("smp ") for work in first):
        say("measuring: %d harts at once" % HARTS)
        for work, row in run_kernel(image, MAIN, "smp ", harts=HARTS, icount=False).items():
            if work in first and "ns" in row:
                figures[MAIN]["time of " + work] = {"ns": row["ns"]}
    return figures, differ


def circles(image, pattern):
    """Works of several harts, in instructions: those with at most HARTS_COUNTED harts."""
    for left in reversed(range(TURNS_TRIES)):
        try:
            rows = run_kernel(image, MAIN, "smp ", harts=HARTS_COUNTED, limit_s=TURNS_LIMIT_S)
            break
        except TooLong:
            if not left:
                raise
    return {work: {key: value for key, value in row.items() if key != "ns"}
            for work, row in rows.items() if "pair" in row and (not pattern or pattern in work)}


def measure_host(program, pattern):
    """{work: {figure: {median, least, most}}} of several runs of the program."""
    runs = []
    for i in range(HOST_RUNS):
        say("measuring: in a process, run %d of %d" % (i + 1, HOST_RUNS))
        done = subprocess.run([program] + ([pattern] if pattern else []), check=False,
                              capture_output=True, text=True, timeout=LIMIT_S)
        if done.returncode != 0:
            raise Failure("%s ended with status %d:\n%s" % (program, done.returncode,
                                                            done.stdout + done.stderr))
        runs.append(lines_of(done.stdout))
    figures = {}
    for work in runs[0]:
        # On a busy machine a run may skip a work, but not all runs may.
        done = [run[work] for run in runs if "skipped" not in run[work]]
        figures[work] = {key: spread([row[key] for row in done]) for key in done[0]} if done \
            else runs[0][work]
    pairs = [[run.get("host threads=%d order=0 pair" % n, {}).get("pair") for n in (1, 2)]
             for run in runs]
    ratios = [2 * one / two for one, two in pairs if one and two]
    if ratios:
        figures[SPEED_UP] = {"pair": spread([round(ratio, 2) for ratio in ratios])}
    return figures


def measure_programs(objdir, pattern):
    """{work: figures} of a kernel with processes; else nothing."""
    if not program_bench.has_programs(objdir) or not program_bench.has_work(pattern):
        return {}
    say("measuring: programs")
    figures, why = program_bench.measure(objdir)
    if why:
        say("")
        print("bench: %s" % why, file=sys.stderr)
    return {work: row for work, row in (figures or {}).items() if pattern in work}


def spread(values):
    return {"median": round(statistics.median(values), 2), "least": min(values),
            "most": max(values)}


def say(text):
    if sys.stderr.isatty():
        print("\r\033[K%s" % text, end="", file=sys.stderr, flush=True)


# ---- comparing ----

def value_of(figure):
    return figure["median"] if isinstance(figure, dict) else figure


def text_of(figure):
    if figure is None:
        return "-"
    if isinstance(figure, dict):
        return "%s (%s)" % tuple(("{:,.2f}" if value < 10 else "{:,.1f}").format(value)
                                 for value in (figure["median"], figure["least"]))
    return "{:,.2f}".format(figure) if isinstance(figure, float) else "{:,}".format(figure)


def ratio_of(now, stored):
    if stored is None:
        return "new"
    if now == stored:
        return "="
    return "%.2f" % (value_of(now) / value_of(stored)) if value_of(stored) else "-"


class Limits:
    """Limits that a figure must not exceed, or must not fall below."""

    def __init__(self, table):
        self.most, self.least = dict(table["at_most"]), table["at_least"]
        self.most[MAIN] = dict(table["threads"], **self.most[MAIN])

    def text(self, mem, work, key):
        for sign, side in (("", self.most), (">= ", self.least)):
            limit = side.get(mem, {}).get(work, {}).get(key)
            if limit is not None:
                return sign + "{:,}".format(limit)
        return "-"

    def verdicts(self, figures):
        """[(mem, work, key, value, limit in words, is the limit kept)] of all that was measured."""
        found = []
        for words, side in (("at most", self.most), ("at least", self.least)):
            for mem, works in side.items():
                for work, keys in works.items():
                    for key, limit in keys.items():
                        now = figures.get(mem, {}).get(work, {}).get(key)
                        if now is None:
                            continue
                        value = value_of(now)
                        kept = value <= limit if side is self.most else value >= limit
                        found.append((mem, work, key, value, "%s %s" % (words, limit), kept))
        return found


def joined(texts, empty="-"):
    """One cell for several figures; a single sign where no figure says anything."""
    return texts[0] if len(set(texts)) == 1 and texts[0] in ("-", "=", "new", empty) else \
        " / ".join(texts)


def row_of(mem, work, row, keys, known):
    keys = [key for key in keys if key in row]
    boot = re.match("mark |memory after", work)
    name = "%s, %s" % (work, mem) if boot else work
    if not keys:
        return (name, row.get("skipped", "-"), "", "", "", "", "")
    others = [figures.get(mem, {}).get(work, {}) for figures in
              (known["stored"], known["linux"], known["llfree"])]
    stored, linux, llfree = others
    return (name, joined([text_of(row[key]) for key in keys]),
            joined([text_of(stored.get(key)) for key in keys]),
            joined([ratio_of(row[key], stored.get(key)) for key in keys]),
            joined([text_of(linux.get(key)) for key in keys]),
            joined([text_of(llfree.get(key)) for key in keys]),
            joined([known["limits"].text(mem, work, key) for key in keys]))


def rows_of_part(figures, pattern, keys, known):
    rows = []
    for mem, works in figures.items():
        for work, row in works.items() if mem != "programs" else ():
            # For boot at other sizes the end is enough; the JSON has all marks.
            if mem in (MAIN, "host") or work in ("mark allocator_ready", "memory after_boot"):
                if re.match(pattern, work) and not (
                        work.startswith("slab empty") and "empty" not in pattern):
                    rows.append(row_of(mem, work, row, keys, known))
    if "mark" in pattern:
        # First the marks on the way to the allocator, then what depends on memory size, one after
        # the other.
        order = ("memory after", "mark allocator_ready")
        rows.sort(key=lambda r: [r[0].startswith(word) for word in order])
    return rows


def print_part(title, columns, rows):
    widths = [max(map(len, column)) for column in zip(columns, *rows)]
    print("\n%s\n" % title)
    for row in [columns] + rows:
        cells = [row[0].ljust(widths[0])] + [c.rjust(w) for c, w in zip(row[1:], widths[1:])]
        print("  " + "  ".join(cells).rstrip())


def print_table(figures, known):
    for title, pattern, keys in PARTS:
        rows = rows_of_part(figures, pattern, keys, known)
        if rows:
            print_part(title, COLUMNS, rows)
    programs = program_bench.rows(figures.get("programs", {}))
    if programs:
        print_part(*program_bench.TITLE, programs)


def write_page(figures, known, head):
    """Writes the tables of docs/performance.md: works that have a peer's figure or a limit."""
    text = ["Figures of `%s`, %s." % (head["configuration"], head["compiler"])]
    for title, pattern, keys in PARTS:
        rows = [row[:2] + row[4:] for row in rows_of_part(figures, pattern, keys, known)
                if set(row[4:]) - {"-", ""} and "empty" not in row[0]]
        if rows:
            cells = [(COLUMNS[0], "Tessera") + COLUMNS[4:], ("---",) + ("---:",) * 4] + rows
            text.append("### %s\n\n%s" % (title, "\n".join("| %s |" % " | ".join(row)
                                                           for row in cells)))
    with open(PAGE, encoding="utf-8") as f:
        before, begin, rest = f.read().partition("<!-- figures -->\n")
    _, end, after = rest.partition("<!-- end of figures -->\n")
    with open(PAGE, "w", encoding="utf-8") as f:
        f.write(before + begin + "\n" + "\n\n".join(text) + "\n\n" + end + after)


# ---- files ----

def load(name):
    try:
        with open(os.path.join(BENCH, name), encoding="utf-8") as f:
            return json.load(f)
    except FileNotFoundError:
        return {}


def save(path, head, figures):
    """Writes JSON with a work on each line, so that a changed figure changes one line."""
    lines = ["{", ' "SPDX-License-Identifier": "BSD-2-Clause",']
    lines += [" %s: %s," % (json.dumps(k), json.dumps(v)) for k, v in head.items()]
    lines.append(' "figures": {')
    blocks = []
    for mem, works in figures.items():
        rows = ["   %s: %s" % (json.dumps(w), json.dumps(row)) for w, row in works.items()]
        blocks.append("  %s: {\n%s\n  }" % (json.dumps(mem), ",\n".join(rows)))
    lines += [",\n".join(blocks), " }", "}"]
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(lines) + "\n")


def built_as(objdir):
    """(name of the stored configuration that .config equals, compiler)."""
    with tempfile.NamedTemporaryFile("r", encoding="utf-8") as minimal:
        subprocess.run([sys.executable, "scripts/kconfig/kconf.py", "--objdir",
                        os.path.abspath(objdir), "savedefconfig", minimal.name], check=True,
                       stdout=subprocess.DEVNULL, cwd=HERE)
        text = minimal.read()
    name = "a configuration of your own"
    for stored in sorted(os.listdir(os.path.join(HERE, "configs"))):
        with open(os.path.join(HERE, "configs", stored), encoding="utf-8") as f:
            if f.read() == text:
                name = stored
    with open(os.path.join(objdir, "include/generated/utsrelease.h"), encoding="utf-8") as f:
        compiler = re.search(r'KERNEL_COMPILER "(.*)"', f.read())[1]
    return name, compiler


def check_config(objdir):
    with open(os.path.join(objdir, ".config"), encoding="utf-8") as f:
        if "\nCONFIG_BENCH=y\n" not in f.read():
            raise Failure("%s/.config has CONFIG_BENCH off: the kernel has no bench command. Turn "
                          "it on (it needs CONFIG_SHELL), or take 'make %s'." % (objdir, REFERENCE))


def report(figures, known, differ, name, compiler):
    print("Tessera, %s, %s" % (name, compiler))
    print_table(figures, known)
    verdicts = known["limits"].verdicts(figures)
    over = [v for v in verdicts if not v[-1]]
    print()
    if name != REFERENCE:
        print("Baseline and limits are those of %s: this is %s." % (REFERENCE, name))
    if known["compiler"] and known["compiler"] != compiler:
        print("The baseline was made by another compiler: %s." % known["compiler"])
    if differ is not None:
        print("Two runs at %s: %s" % (MAIN, "equal in every figure." if not differ else
                                      "DIFFERENT in %s." % ", ".join(differ)))
    busy = os.getloadavg()[0] - 1
    if "host" in figures and busy > 0.5:
        print("This machine is busy (about %.0f others want to run): nanoseconds, above all those of "
              "two threads, are less than exact." % busy)
    if verdicts:
        print("Limits: %d of %d figures keep theirs%s" % (
            len(verdicts) - len(over), len(verdicts), "." if not over else "; these do not:"))
    for mem, work, key, value, limit, _ in over:
        print("  %s%s, %s: %s, %s" % (work, "" if mem in ("host", MAIN) else " at " + mem, key,
                                      text_of(value), limit))


def main():
    parser = argparse.ArgumentParser(description="Measures a built kernel.")
    parser.add_argument("--objdir", default=os.environ.get("O", "build"))
    parser.add_argument("--host", metavar="PROGRAM", help="the benchmarks of this machine")
    parser.add_argument("--out", metavar="FILE", help="JSON (default: bench.json in the folder)")
    parser.add_argument("--store", action="store_true", help="keep the figures as the baseline")
    parser.add_argument("pattern", nargs="?", default="", help="part of the names of works")
    args = parser.parse_args()
    if re.search(r"[\"'\\;]", args.pattern):
        parser.error("a pattern has no quotes, semicolons or backslashes: %s" % args.pattern)
    if args.store and args.pattern:
        parser.error("a baseline is of all works: give no pattern with --store")
    check_config(args.objdir)
    name, compiler = built_as(args.objdir)
    if args.store and name != REFERENCE:
        parser.error("the baseline is %s's, and this is %s" % (REFERENCE, name))
    figures, differ = {}, None
    # A kernel that has none of the works says so; then all of them run on the host.
    if not args.pattern.startswith("host"):
        figures, differ = measure_kernel(os.path.join(args.objdir, "Image"), args.pattern)
        programs = measure_programs(args.objdir, args.pattern)
        if programs:
            figures["programs"] = programs
    if args.host:
        figures["host"] = measure_host(args.host, args.pattern)
    say("")
    if not any(figures.values()):
        raise Failure("no work has \"%s\" in its name" % args.pattern)
    baseline, peers = load("baseline.json"), load("peers.json")
    known = {"stored": baseline.get("figures", {}), "compiler": baseline.get("compiler"),
             "linux": peers["linux"]["figures"], "llfree": peers["llfree"]["figures"],
             "limits": Limits(load("limits.json"))}
    report(figures, known, differ, name, compiler)
    head = {"configuration": name, "compiler": compiler}
    out = args.out or os.path.join(args.objdir, "bench.json")
    over = [list(v[:5]) for v in known["limits"].verdicts(figures) if not v[-1]]
    save(out, dict(head, repeats=differ == [], over=over), figures)
    print("Figures: %s" % out)
    if args.store and not args.host and "host" in known["stored"]:
        # The stored figures are of the host's last quiet day: on a busy machine they are worth more
        # than today's.
        figures["host"] = known["stored"]["host"]
    if args.store and not differ:
        save(BASELINE, head, figures)
        write_page(figures, known, head)
        print("Stored as the baseline, in %s and %s" % (os.path.relpath(BASELINE),
                                                        os.path.relpath(PAGE)))
    return 1 if differ else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as e:
        print("bench: %s" % e, file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
