#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Does a test fail when mm/ is wrong? Changes one token of mm/, runs the unit tests, and again.

usage: mutate.py [--count N] [--skip N] [--seed N] [--least PERCENT] [--only PATH[:LINE]]
                 [--recheck] [--most N] [--configs NAME...] FOLDER

Lines of code are drawn evenly by the seed, and one change of each. The copies of the tree in
FOLDER are built as `make check CHECK=host` builds them. Only programs that run the changed line
are tried (reach.py). A change that the compiler refuses, or that changes no object in any
configuration, is drawn again. The others are killed by a program that fails, or that takes many
times its processor time, or survive. A survivor that changes nothing a caller could see has its
reason in equivalent.txt, and is tried again with --recheck alone. Variables: TESTS (some programs
only).
"""

import argparse
import concurrent.futures
import hashlib
import itertools
import os
import queue
import random
import shutil
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(TOP, "scripts"))
sys.path.insert(0, HERE)

import check  # noqa: E402
import reach  # noqa: E402
from sites import sites  # noqa: E402

# A program that takes so much more of a processor than usual does not end. One that waits for what
# never comes takes none: it has a limit by the clock, so wide that other work of the machine does
# not reach it.
SLOWER, SLOWER_S = 4, 5
WAITS, WAITS_S = 30, 120
# Threads that contend find races, not wrong tokens, and take minutes on a busy machine.
LEFT_OUT = {"smp_stress"}
# Their CPUs are threads that wait for each other in seconds: on a busy machine they may fail once
# without a fault, and must fail again.
UNSTEADY = ("smp_stress", "ticket_lock")
STILLBORN, SAME, KILLED, SURVIVED = "stillborn", "same", "killed", "survived"


def say(text):
    print(text, flush=True)


class Mutant:
    def __init__(self, site, other, text):
        self.site, self.other, self.original = site, other, text
        self.source = text.split("\n")[site.line - 1].strip()
        self.text = text[:site.at] + other + text[site.at + len(site.token):]

    def key(self):
        return "%s | %s | %s -> %s" % (self.site.path, self.source, self.site.token,
                                       self.other or "nothing")

    def __str__(self):
        return "%s:%d: %s -> %s in: %s" % (self.site.path, self.site.line, self.site.token,
                                           self.other or "nothing", self.source)


def draw(paths, seed, only_line):
    """Yields mutants without end, or all mutants of one line."""
    texts = {path: open(os.path.join(TOP, path)).read() for path in paths}
    lines = {}
    for path in paths:
        for site in sites(path, texts[path]):
            lines.setdefault((path, site.line), []).append(site)
    if only_line:
        for (path, line), here in sorted(lines.items()):
            if line == only_line:
                for site in here:
                    for other in site.others:
                        yield Mutant(site, other, texts[path])
        return
    rng, rest = random.Random(seed), sorted(lines)
    rng.shuffle(rest)
    for line in rest:
        site = rng.choice(lines[line])
        yield Mutant(site, rng.choice(site.others), texts[site.path])


class Copy:
    """A copy of the tree, built in each configuration of the unit tests."""

    def __init__(self, folder):
        self.folder = os.path.abspath(folder)
        self.programs = {}      # configuration: [name]
        self.took = {}          # (configuration, name): seconds
        self.objects = {}       # (configuration, path): hash
        self.reach = reach.Reach()

    def make(self, config, *goals, limit_s=check.LIMIT_S):
        return check.run([check.MAKE, "-s", "-C", self.folder, "O=build-" + config,
                          "JOIN=0", *goals], limit_s)

    def must_make(self, config, *goals):
        # All programs are built here: how long that takes is the machine's affair.
        status, text = self.make(config, *goals, limit_s=None)
        if status != 0:
            sys.exit("mutate: make %s ended with status %s\n%s" % (" ".join(goals), status, text))

    def prepare(self, jobs, configs, chosen):
        """chosen: these programs only, where there are any."""
        for config in configs:
            names = check.ALL_HOST_TESTS[config]
            if chosen:
                names = [name for name in chosen if not names or name in names]
            if chosen and not names:
                continue
            self.must_make(config, *check.host_config(config))
            only = ["TESTS=" + " ".join(names)] if names else []
            self.must_make(config, "-j%d" % jobs, "host-tests", *only)
            bin_dir = os.path.join(self.folder, "build-" + config, "host", "bin")
            self.programs[config] = [name for name in names or sorted(os.listdir(bin_dir))
                                     if name not in LEFT_OUT]
            self.must_make(config, "-j%d" % jobs, "-f", "test/host/tests.mk", "COVERAGE=1", "all",
                           "TESTS=" + " ".join(self.programs[config]))
            reach.look(self.reach, self.folder, "build-" + config, config, self.programs[config])

    def run(self, config, name):
        usual = self.took.get((config, name))
        limited, limit_s = [], check.LIMIT_S
        if usual is not None:
            limited = ["prlimit", "--cpu=%d" % (usual * SLOWER + SLOWER_S)]
            limit_s = usual * WAITS + WAITS_S
        start = time.monotonic()
        status, text = check.run(limited + [os.path.join(self.folder, "build-" + config,
                                                         "host", "bin", name)], limit_s)
        return status, text, time.monotonic() - start

    def all_pass(self):
        both = [(config, name) for config, names in self.programs.items() for name in names]
        with concurrent.futures.ThreadPoolExecutor(int(check.JOBS)) as pool:
            for (config, name), result in zip(both, pool.map(lambda one: self.run(*one), both)):
                status, text, took = result
                if status != 0:
                    sys.exit("mutate: %s, %s fails as it is\n%s" % (name, config, text))
                self.took[config, name] = took

    def object_of(self, config, path):
        return os.path.join("build-" + config, "host", "kernel", path[:-2] + ".o")

    def code_hash(self, config, path):
        """Hash of an object without its debugging data, or None where the object is not
        configured."""
        built = os.path.join(self.folder, self.object_of(config, path))
        if not os.path.exists(built):
            return None
        bare = built + ".bare"
        subprocess.run(["objcopy", "--strip-debug", built, bare], check=True)
        with open(bare, "rb") as f:
            digest = hashlib.sha256(f.read()).digest()
        os.unlink(bare)
        return digest

    def note_objects(self, paths):
        for config in self.programs:
            for path in paths:
                self.objects[config, path] = self.code_hash(config, path)

    def write(self, path, text):
        with open(os.path.join(self.folder, path), "w") as f:
            f.write(text)


class Order:
    """Chooses the next program of those that run the line: those that killed changes of the file
    before come first, then those that run many of its lines in a short time. A program that is
    tried in one configuration comes later in the others."""

    def __init__(self):
        self.kills, self.lock = {}, threading.Lock()

    def killed(self, path, config, name):
        with self.lock:
            key = path, config, name
            self.kills[key] = self.kills.get(key, 0) + 1

    def order(self, copy, path, line, configs):
        which, tried = [], set()
        for config in configs:
            names = copy.reach.programs(config, path, line)
            for name in copy.programs[config]:
                if names is None or name in names:
                    gain = copy.reach.share(config, path, name) / (copy.took[config, name] + 0.5)
                    which.append((name in tried, -gain, config, name))
                    tried.add(name)
        with self.lock:
            which.sort(key=lambda one: (-self.kills.get((path, *one[2:]), 0), one))
        return [(config, name) for _, _, config, name in which]


def compiled(copy, config, path):
    """The verdict, where the object alone decides it; None where the object has changed."""
    status, _ = copy.make(config, "-f", "test/host/tests.mk", copy.object_of(config, path))
    if status != 0:
        return STILLBORN
    return SAME if copy.code_hash(config, path) == copy.objects[config, path] else None


def fails(copy, config, name):
    return copy.run(config, name)[0] != 0 and (name not in UNSTEADY or
                                               copy.run(config, name)[0] != 0)


def trial(copy, mutant, order, most):
    """(verdict, the program that killed the mutant); at most so many programs are tried, if most is
    not 0."""
    path, verdicts = mutant.site.path, {}
    copy.write(path, mutant.text)
    configs = [config for config in copy.programs if copy.objects[config, path]]
    for config, name in order.order(copy, path, mutant.site.line, configs)[:most or None]:
        if config not in verdicts:
            verdicts[config] = compiled(copy, config, path)
        if verdicts[config] == STILLBORN:
            return STILLBORN, None
        if verdicts[config] == SAME:
            continue
        status, _ = copy.make(config, "-f", "test/host/tests.mk", "all", "TESTS=" + name)
        if status != 0:
            return STILLBORN, None
        if fails(copy, config, name):
            order.killed(path, config, name)
            return KILLED, "%s, %s" % (name, config)
    for config in configs:
        verdicts[config] = verdicts.get(config) or compiled(copy, config, path)
    if STILLBORN in verdicts.values():
        return STILLBORN, None
    return SAME if all(v == SAME for v in verdicts.values()) else SURVIVED, None


def work(copy, todo, order, most, results):
    while True:
        try:
            mutant = todo.get_nowait()
        except queue.Empty:
            return
        try:
            results.put((mutant, *trial(copy, mutant, order, most)))
        finally:
            copy.write(mutant.site.path, mutant.original)


def copies(folder, number, paths, configs):
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=TOP, stdout=subprocess.PIPE, text=True,
                            check=True).stdout.split("\0")
    shutil.rmtree(folder, ignore_errors=True)
    first = Copy(os.path.join(folder, "0"))
    for name in filter(None, listed):
        if os.path.exists(os.path.join(TOP, name)):
            to = os.path.join(first.folder, name)
            os.makedirs(os.path.dirname(to), exist_ok=True)
            shutil.copy2(os.path.join(TOP, name), to)
    say("building and running the tests as they are")
    first.prepare(os.cpu_count() or 1, configs, os.environ.get("TESTS", "").split())
    first.all_pass()
    first.note_objects(paths)
    made = [first]
    for i in range(1, number):
        other = Copy(os.path.join(folder, str(i)))
        subprocess.run(["cp", "-a", first.folder, other.folder], check=True)
        other.programs, other.took, other.objects = first.programs, first.took, first.objects
        other.reach = first.reach
        made.append(other)
    return made


def equivalent():
    """{key of a mutant that no caller can tell from the original: the reason}."""
    known = {}
    with open(os.path.join(HERE, "equivalent.txt")) as f:
        for line in f:
            if line.strip() and not line.startswith("#"):
                parts = line.rstrip("\n").rsplit(" | ", 1)
                known[parts[0]] = parts[1]
    return known


def unargued(mutants, reasons, tally):
    """Those for which nobody has argued that they change nothing; the others are counted."""
    for mutant in mutants:
        if mutant.key() in reasons:
            tally["equivalent"] += 1
            say("%-9s %s" % ("equivalent", mutant))
        else:
            yield mutant


def campaign(made, mutants, count, recheck, most):
    """Tries mutants until count of them were killed or survived."""
    order, results, survivors, reasons = Order(), queue.Queue(), [], equivalent()
    tally = {STILLBORN: 0, SAME: 0, KILLED: 0, SURVIVED: 0, "equivalent": 0}
    if not recheck:
        mutants = unargued(mutants, reasons, tally)
    done = False
    while not done and tally[KILLED] + tally[SURVIVED] < count:
        todo, wanted = queue.Queue(), count - tally[KILLED] - tally[SURVIVED]
        for _ in range(wanted):
            mutant = next(mutants, None)
            if mutant is None:
                done = True
                break
            todo.put(mutant)
        drawn = todo.qsize()
        threads = [threading.Thread(target=work, args=(copy, todo, order, most, results),
                                    daemon=True) for copy in made]
        for thread in threads:
            thread.start()
        for _ in range(drawn):
            mutant, verdict, by = results.get()
            if verdict == SURVIVED and mutant.key() in reasons:
                verdict = "equivalent"
            tally[verdict] += 1
            if verdict == SURVIVED:
                survivors.append(mutant)
            say("%-9s %s%s" % (verdict, mutant, " [%s]" % by if by else ""))
        for thread in threads:
            thread.join()
    return tally, survivors


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--least", type=float, default=95, help="percent that must be killed")
    parser.add_argument("--only", default="mm", help="a folder, a file, or file:line")
    parser.add_argument("--skip", type=int, default=0, help="the first N that are drawn")
    parser.add_argument("--recheck", action="store_true", help="try those with a reason, too")
    parser.add_argument("--most", type=int, default=0, metavar="N",
                        help="try the N likeliest programs of each change; 0: all")
    parser.add_argument("--configs", nargs="*", choices=list(check.ALL_HOST_TESTS),
                        help="these configurations only; what is in none of them does not count")
    parser.add_argument("folder")
    args = parser.parse_args()
    only, _, line = args.only.partition(":")
    paths = subprocess.run(["git", "ls-files", only], cwd=TOP, stdout=subprocess.PIPE, text=True,
                           check=True).stdout.split()
    paths = [path for path in paths if path.endswith(".c")]
    if not paths:
        parser.error("there is no C source below %s" % only)
    if shutil.which("ccache"):
        os.environ.update({name: os.environ.get(name, value)
                           for name, value in check.CACHE.items()})
    made = copies(args.folder, os.cpu_count() or 1, paths,
                  args.configs or list(check.ALL_HOST_TESTS))
    mutants = itertools.islice(draw(paths, args.seed, int(line or 0)), args.skip, None)
    tally, survivors = campaign(made, mutants, args.count, args.recheck, args.most)
    tried = tally[KILLED] + tally[SURVIVED]
    if survivors:
        say("\nSurvivors; a test is missing, or a line of test/mutate/equivalent.txt:")
    for mutant in survivors:
        say("  %s\n    %s" % (mutant, mutant.key()))
    killed = 100.0 * tally[KILLED] / tried if tried else 0
    say("\nseed %d: %d of %d changes killed, %.1f %%; %d equivalent by reasons, %d by the compiler, "
        "%d not C" % (args.seed, tally[KILLED], tried, killed, tally["equivalent"], tally[SAME],
                      tally[STILLBORN]))
    return 0 if killed >= args.least else 1


if __name__ == "__main__":
    sys.exit(main())
