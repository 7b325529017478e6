#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Does a test fail when mm/ is wrong? Changes one token of mm/, runs the unit tests, and again.

usage: mutate.py [--count N] [--skip N] [--seed N] [--least PERCENT] [--only PATH[:LINE]]
                 [--recheck] FOLDER

Lines of code are drawn evenly by the seed, and one change of each. The copies of the tree in
FOLDER are built as `make check CHECK=host` builds them. A change that the compiler refuses, or
that changes no object in any configuration, is drawn again. The others are killed by a program
that fails, or that does not end in time, or survive. A survivor that changes nothing a caller
could see has its reason in equivalent.txt, and is tried again with --recheck alone.
"""

import argparse
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
from sites import sites  # noqa: E402

# A program that takes so much longer than usual hangs; the machine may do other work, too.
SLOWER, SLOWER_S = 20, 60
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
        self.site, self.other = site, other
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
        self.folder = folder
        self.programs = {}      # configuration: [name]
        self.took = {}          # (configuration, name): seconds
        self.objects = {}       # (configuration, path): hash

    def call(self, command, timeout=None, **env):
        try:
            done = subprocess.run(command, cwd=self.folder, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                  errors="replace", timeout=timeout, env={**os.environ, **env})
        except subprocess.TimeoutExpired:
            return None, "no end"
        return done.returncode, done.stdout

    def must(self, command):
        status, text = self.call(command)
        if status != 0:
            sys.exit("mutate: %s ended with status %s\n%s" % (" ".join(command), status, text))

    def make(self, config, *goals):
        return [check.MAKE, "-s", "O=build-" + config, *goals]

    def prepare(self, jobs):
        for config, names in check.HOST_TESTS.items():
            self.must(self.make(config, *check.host_config(config)))
            only = ["TESTS=" + " ".join(names)] if names else []
            self.must(self.make(config, "-j%d" % jobs, "host-tests", *only))
            bin_dir = os.path.join(self.folder, "build-" + config, "host", "bin")
            self.programs[config] = [name for name in names or sorted(os.listdir(bin_dir))
                                     if name not in LEFT_OUT]

    def run(self, config, name):
        usual = self.took.get((config, name))
        start = time.monotonic()
        status, text = self.call(["build-%s/host/bin/%s" % (config, name)],
                                 timeout=usual and usual * SLOWER + SLOWER_S)
        return status, text, time.monotonic() - start

    def all_pass(self):
        for config, names in self.programs.items():
            for name in names:
                status, text, self.took[config, name] = self.run(config, name)
                if status != 0:
                    sys.exit("mutate: %s, %s fails as it is\n%s" % (name, config, text))

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
    """Chooses the next program: those that killed changes of the file before come first, then those
    that end soonest, one configuration after the other, because each costs a compilation."""

    def __init__(self):
        self.kills, self.lock = {}, threading.Lock()

    def killed(self, path, config, name):
        with self.lock:
            key = path, config, name
            self.kills[key] = self.kills.get(key, 0) + 1

    def order(self, copy, path, configs):
        with self.lock:
            return sorted(((config, name) for config in configs for name in copy.programs[config]),
                          key=lambda cn: (-self.kills.get((path, *cn), 0), configs.index(cn[0]),
                                          copy.took[cn]))


def compiled(copy, config, path):
    """The verdict, where the object alone decides it; None where the object has changed."""
    status, _ = copy.call(copy.make(config, "-f", "test/host/tests.mk",
                                    copy.object_of(config, path)))
    if status != 0:
        return STILLBORN
    return SAME if copy.code_hash(config, path) == copy.objects[config, path] else None


def fails(copy, config, name):
    return copy.run(config, name)[0] != 0 and (name not in UNSTEADY or
                                               copy.run(config, name)[0] != 0)


def trial(copy, mutant, order):
    """(verdict, the program that killed the mutant)."""
    path, verdicts = mutant.site.path, {}
    copy.write(path, mutant.text)
    configs = [config for config in copy.programs if copy.objects[config, path]]
    for config, name in order.order(copy, path, configs):
        if config not in verdicts:
            verdicts[config] = compiled(copy, config, path)
        if verdicts[config] == STILLBORN:
            return STILLBORN, None
        if verdicts[config] == SAME:
            continue
        status, _ = copy.call(copy.make(config, "-f", "test/host/tests.mk", "all",
                                        "TESTS=" + name))
        if status != 0:
            return STILLBORN, None
        if fails(copy, config, name):
            order.killed(path, config, name)
            return KILLED, "%s, %s" % (name, config)
    return SAME if all(v == SAME for v in verdicts.values()) else SURVIVED, None


def restore(copy, mutant):
    shutil.copyfile(os.path.join(TOP, mutant.site.path),
                    os.path.join(copy.folder, mutant.site.path))


def work(copy, todo, order, results):
    while True:
        try:
            mutant = todo.get_nowait()
        except queue.Empty:
            return
        try:
            results.put((mutant, *trial(copy, mutant, order)))
        finally:
            restore(copy, mutant)


def copies(folder, number, paths):
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
    first.prepare(os.cpu_count() or 1)
    first.all_pass()
    first.note_objects(paths)
    made = [first]
    for i in range(1, number):
        other = Copy(os.path.join(folder, str(i)))
        subprocess.run(["cp", "-a", first.folder, other.folder], check=True)
        other.programs, other.took, other.objects = first.programs, first.took, first.objects
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


def campaign(made, mutants, count, recheck):
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
        threads = [threading.Thread(target=work, args=(copy, todo, order, results), daemon=True)
                   for copy in made]
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
    parser.add_argument("folder")
    args = parser.parse_args()
    only, _, line = args.only.partition(":")
    paths = subprocess.run(["git", "ls-files", only], cwd=TOP, stdout=subprocess.PIPE, text=True,
                           check=True).stdout.split()
    paths = [path for path in paths if path.endswith(".c")]
    if not paths:
        parser.error("there is no C source below %s" % only)
    made = copies(args.folder, os.cpu_count() or 1, paths)
    mutants = itertools.islice(draw(paths, args.seed, int(line or 0)), args.skip, None)
    tally, survivors = campaign(made, mutants, args.count, args.recheck)
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
