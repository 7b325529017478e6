#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Fuzzes boot with device trees, and shows that the target finds faults that were planted.

usage: fuzz.py [--runs N | --time SECONDS] [--long] FOLDER

--runs shares N executions among PROCESSES of them, whose random numbers are fixed: the same sources
do the same again, on any machine. --time goes on for so long on every CPU, from the corpus that
earlier calls left in FOLDER. --long does either in every configuration of LONG, and looks for every
plant.

Each result is a test of TAP output. What is found stays in FOLDER; docs/fuzzing.md tells what to
do then.
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
os.chdir(ROOT)

import check  # noqa: E402 (the folder had to be named first)

OWN = "test/fuzz/fuzz_defconfig"
LONG = [OWN, "configs/qemu_virt_defconfig", "configs/qemu_virt_tiny_defconfig",
        "configs/qemu_virt_max_defconfig"]
PROCESSES = 4
# A fault of each floor; the first input alone finds few of them. --long looks for all plants.
QUICK_PLANTS = ["pair-count", "pair-wrap", "place-below", "frame-last", "border-kept"]
PLANT_RUNS = 200000
# An execution takes a tenth of a millisecond; the limit is for busy machines.
HANG_SECONDS = 10
# Inputs that are too short are not executed, so that some more are asked for.
SPARE = 1.001
# This part of all executions must boot, or the mutator makes nothing but rubbish.
BOOTED_LEAST = 0.3
REPORT = re.compile(r"dt_fuzz: (\d+) executions, (\d+) bytes a tree, (\d+) booted, (\d+) plans; "
                    r"refused: (.*)")
FOUND = re.compile(r"^(?:finding: .*|.*runtime error: .*|.*ERROR: AddressSanitizer: .*|"
                   r".*ERROR: libFuzzer: (?:timeout|out-of-memory).*)$", re.M)


class Tap:
    def __init__(self):
        self.count = self.failed = 0

    def test(self, ok, title, text=""):
        self.count += 1
        self.failed += not ok
        print("%s %d - %s" % ("ok" if ok else "not ok", self.count, title), flush=True)
        for line in text.splitlines():
            print("# " + line, flush=True)
        return ok


def make(*words):
    return check.run([check.MAKE, "-s", "-j" + check.JOBS, *words])


def build(tap, folder, config):
    """Builds the target for a configuration, in folder."""
    for words in (["defconfig", "DEFCONFIG=" + config], ["sync"],
                  ["-f", "test/fuzz/fuzz.mk", "PYTHON=" + check.PYTHON, "all"]):
        status, text = make("O=%s" % folder, *words)
        if status != 0:
            return tap.test(False, "build for " + config, text[-4000:])
    return True


def seeds(folder, names=None):
    """The argument that names the inputs to start from."""
    paths = sorted(path for path in (folder / "fuzz" / "seeds").iterdir()
                   if names is None or path.name in names)
    listed = folder / "fuzz" / ("seeds.list" if names is None else "seed.list")
    listed.write_text(",".join(map(str, paths)), encoding="ascii")
    return "-seed_inputs=@%s" % listed


def start(folder, program, seed, *words):
    """Starts a process whose text goes to a file."""
    log = folder / ("%s-%d.log" % (program, seed))
    with open(log, "wb") as out:
        return log, subprocess.Popen(
            [folder / "fuzz" / program, "-seed=%d" % seed, "-mutate_depth=2",
             "-timeout=%d" % HANG_SECONDS, "-rss_limit_mb=4096",
             "-artifact_prefix=%s/%s-%d-" % (folder, program, seed), *words],
            stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
            env=check.environment())


def what_was_found(log):
    text = log.read_text(encoding="utf-8", errors="replace")
    found = FOUND.search(text)
    unit = re.search(r"Test unit written to (.*)", text)
    return "%s\n%s\nthe whole text: %s" % (
        found[0] if found else text[-2000:], "input: " + unit[1] if unit else "no input kept", log)


def fuzz(tap, folder, name, processes, words, least):
    """words: arguments of each process; least: the number of executions that all processes together
    must reach."""
    jobs = [start(folder, "dt_fuzz", seed, *words) for seed in range(1, processes + 1)]
    began, executions, booted, refused = time.monotonic(), 0, 0, {}
    for log, job in jobs:
        status = job.wait()
        report = REPORT.search(log.read_text(encoding="utf-8", errors="replace"))
        if report:
            executions += int(report[1])
            booted += int(report[3])
            for number, kind in re.findall(r"(\d+) ([\w-]+)", report[5]):
                refused[kind] = refused.get(kind, 0) + int(number)
        title = "%s, seed %s: %s" % (name, log.stem.rsplit("-", 1)[1],
                                     report[0][len("dt_fuzz: "):] if report else "no report")
        tap.test(status == 0 and bool(report), title,
                 "" if status == 0 and report else what_was_found(log))
    # Where the tables are large, even the longest tree does not fill them.
    blind = [kind for kind, number in refused.items()
             if kind != "other" and not number and (kind != "regions" or name == "fuzz")]
    tap.test(executions >= least and booted >= BOOTED_LEAST * executions and not blind,
             "%s: %d executions in %.0f s, %d booted, all kinds of refusal seen" % (
                 name, executions, time.monotonic() - began, booted),
             "never refused for: %s" % ", ".join(blind) if blind else "")
    tap.test(not refused.get("other", 0), "%s: each refusal is a known sentence" % name,
             "see test/fuzz/refusal.c" if refused.get("other", 0) else "")


def plants(tap, folder, names):
    """Each plant must be found, from one ordinary input."""
    status, text = make("-k", "O=%s" % folder, "-f", "test/fuzz/fuzz.mk",
                        "PLANTS=" + " ".join(names), "plants")
    if status != 0:
        tap.test(False, "build with faults planted", text[-4000:])
    for name in names:
        program = "dt_fuzz-" + name
        if not (folder / "fuzz" / program).exists():
            tap.test(False, "planted: %s was not built" % name)
            continue
        began = time.monotonic()
        log, job = start(folder, program, 1, seeds(folder, ["plain"]),
                         "-runs=%d" % PLANT_RUNS)
        status = job.wait()
        tap.test(status != 0, "planted: %s is found in %.1f s" % (
            name, time.monotonic() - began), "" if status else "nothing found, see %s" % log)


def planted():
    """The names of all plants in plants.mk."""
    text = (ROOT / "test/fuzz/plants.mk").read_text(encoding="ascii").replace("\\\n", " ")
    return re.search(r"^PLANTS := (.*)$", text, re.M)[1].split()


def main():
    parser = argparse.ArgumentParser(description="Fuzzes boot with device trees.")
    parser.add_argument("--runs", type=int, default=1000000)
    parser.add_argument("--time", type=int, metavar="SECONDS")
    parser.add_argument("--long", action="store_true")
    parser.add_argument("folder", type=pathlib.Path)
    args = parser.parse_args()
    tap = Tap()
    configs = LONG if args.long else [OWN]
    for config in configs:
        print("# %s" % config, flush=True)
        name = pathlib.Path(config).name.replace("_defconfig", "")
        folder = args.folder.resolve() / name
        if not build(tap, folder, config):
            continue
        if args.time:
            (folder / "corpus").mkdir(exist_ok=True)
            fuzz(tap, folder, name, int(check.JOBS),
                 ["-max_total_time=%d" % max(args.time // len(configs), 1), "-reload=60",
                  folder / "corpus", folder / "fuzz" / "seeds"], 1)
        else:
            fuzz(tap, folder, name, PROCESSES,
                 ["-runs=%d" % (args.runs * SPARE / PROCESSES), seeds(folder)], args.runs)
        if config == OWN:
            plants(tap, folder, planted() if args.long else QUICK_PLANTS)
    print("1..%d" % tap.count)
    return 1 if tap.failed else 0


if __name__ == "__main__":
    sys.exit(main())
