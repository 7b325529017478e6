#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs every test of the tree; make check calls it.

Each stage counts what it ran. A stage that cannot run, or that runs nothing, is a failure, and so
is a program that ends before it has reported what it announced. The last line is the sum.

usage: check.py [--long] [STAGE...]
"""

import argparse
import atexit
import concurrent.futures
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree

import random_models
import undo
from host_tests import ALL_HOST_TESTS, HOST_TESTS, THREADED_TESTS, THREADED_TESTS_LONG
from outer_make import environment

O = os.environ.get("O", "build")
CHECK = os.path.join(O, "check")
MAKE = os.environ.get("MAKE", "make")
PYTHON = os.environ.get("PYTHON", sys.executable)
CONFIGS = sorted(name for name in os.listdir("configs") if name.endswith("_defconfig"))
COMPILERS = {"gcc": [], "clang": ["LLVM=1"]}
JOBS = str(os.cpu_count() or 1)
# Where tests build the same configuration again and again, each object is compiled once. An object
# that is not found costs half as much again, which is why the other stages do without: there each
# configuration is built once.
CACHE = {"CCACHE": "ccache", "CCACHE_DIR": os.path.abspath(os.path.join(CHECK, "ccache")),
         "CCACHE_NOHASHDIR": "1", "CCACHE_DEPEND": "1", "CCACHE_MAXSIZE": "4G",
         "CCACHE_EXTRAFILES": os.path.abspath("test/fuzz/rows.ignore")}
# Each failure is repeated at the end, so that a log that lost its beginning still says what failed.
REPEATED_LINES = 8
# On an idle machine no command of a stage takes a tenth of this limit: a command that still runs
# then is hung.
LIMIT_S = 1200
LONG_TIMES = 10


class Count:
    """Results of one stage. cases: (name, outcome, text) of each case; the outcome of one that
    passed is ""."""

    def __init__(self):
        self.passed, self.failed, self.skipped = 0, 0, 0
        self.failures, self.cases = [], []

    def add(self, name, ok, text="", of_many=False):
        """of_many: the result sums up cases that were recorded before."""
        if ok:
            self.passed += 1
        else:
            self.fail(name, text)
        if not of_many:
            self.cases.append((name, "" if ok else "failure", text))
        say("  %-4s %s" % ("ok" if ok else "FAIL", name))
        if not ok and text:
            for line in text.rstrip().splitlines()[-60:]:
                say("       | " + line)

    def fail(self, name, text=""):
        """Counts a failure that was shown where it happened; the end repeats it in short."""
        self.failed += 1
        self.failures.append((name, text.rstrip().splitlines()[-REPEATED_LINES:]))

    def total(self):
        return self.passed + self.failed + self.skipped


def say(text):
    print(text, flush=True)


def run(command, limit_s=LIMIT_S, **more):
    """The exit status and the text of a command, which gets no input. When its time is over, the
    command and its children are ended."""
    try:
        process = subprocess.Popen(command, env=environment(**more), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                   errors="replace", start_new_session=True)
    except OSError as e:
        return 127, str(e)
    with process:
        try:
            text, _ = process.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            text, _ = process.communicate()
            return 124, "%s\nit still ran after %u s, and was ended\n" % (text.rstrip(), limit_s)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    return process.returncode, text


def stream(command, **more):
    """Like run(), but shows each line as it comes."""
    lines = []
    with subprocess.Popen(command, env=environment(**more), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace") as process:
        for line in process.stdout:
            lines.append(line)
            say("  " + line.rstrip())
    return process.returncode, "".join(lines)


def tap(count, name, status, text):
    """Counts the results of a program that reports in TAP: every test it announced, and its exit
    status. Returns {title: was it skipped?}."""
    plan = sum(int(n) for n in re.findall(r"(?m)^1\.\.(\d+)", text))
    results = re.findall(r"(?m)^(ok|not ok) \d+(?: -)? ?(.*)", text)
    bad = [title for verdict, title in results if verdict == "not ok" and "# SKIP" not in title]
    count.cases += [("%s: %s" % (name, title), "skipped" if "# SKIP" in title else
                     "failure" if verdict == "not ok" else "", "")
                    for verdict, title in results]
    cases = {title.replace("# SKIP ", ""): "# SKIP" in title for _, title in results}
    skipped = sum("# SKIP" in title for _, title in results)
    good = sum(verdict == "ok" and "# SKIP" not in title for verdict, title in results)
    count.skipped += skipped
    if bad or status != 0 or len(results) != plan or not results:
        count.passed += good
        count.failed += max(len(bad), 1) - 1
        count.add("%s: %d of %d tests passed, exit status %d" % (name, good, plan, status), False,
                  "\n".join(line for line in text.splitlines() if not line.startswith("ok ")),
                  of_many=bool(bad))
    else:
        count.passed += good - 1
        count.add("%s: %d tests" % (name, good), True, of_many=True)
    return cases


def stage_style(count, _):
    status, text = run([PYTHON, "scripts/check-style.py"])
    tap(count, "style", status, text)
    status, text = run([PYTHON, "test/bench/tricks.py", "--check"])
    count.add("each trick of the hot paths has a row of test/bench/tricks.py", status == 0, text)
    status, text = run([PYTHON, "scripts/check-floors.py"])
    tap(count, "floors, includes", status, text)
    folder = configure(count, "qemu_virt_defconfig", "gcc")
    # The plan's objects hold the layout of the linked kernel, so that the kernel comes first.
    for makefile in ("scripts/build.mk", "scripts/plan.mk") if folder else ():
        status, text = run([MAKE, "-s", "-f", makefile, "O=" + folder, "-j" + JOBS, "all",
                            "floors"])
        tap(count, "floors, symbols of " + makefile, status, text)


# Some headers are for kernels that run programs.
HEADERS = (("qemu_virt_defconfig", "gcc"), ("qemu_virt_defconfig", "clang"),
           ("qemu_virt_linux_defconfig", "gcc"))


def stage_headers(count, _):
    for config, compiler in HEADERS:
        folder = configure(count, config, compiler)
        if folder:
            status, text = run([MAKE, "-f", "scripts/build.mk", "O=" + folder, "-j" + JOBS, "-k",
                                "headers"] + COMPILERS[compiler])
            tap(count, "headers alone, %s, %s" % (config, compiler), status, text)


def stage_defconfigs(count, _):
    for name in CONFIGS:
        status, text = run([PYTHON, "scripts/kconfig/kconf.py", "check", "configs/" + name])
        count.add("saved back: " + name, status == 0, text)


def configure(count, config, compiler):
    folder = os.path.join(CHECK, "%s-%s" % (config.replace("_defconfig", ""), compiler))
    status, text = run([MAKE, "O=" + folder, config, "sync"] + COMPILERS[compiler])
    if status != 0:
        count.add("configure %s, %s" % (config, compiler), False, text)
        return None
    return folder


# The tests of the stages config and boot are given this one.
KERNEL_UNDER_TEST = "qemu_virt_defconfig"
# The other compilers build these outside make check-long: what boots, and all sources. The plan is
# the building machine's program, so that one of them builds it.
OTHERS_BUILD = (KERNEL_UNDER_TEST, "qemu_virt_max_defconfig")


def stage_build(count, args):
    for compiler, variables in COMPILERS.items():
        for config in CONFIGS if compiler == "gcc" or args.long else OTHERS_BUILD:
            folder = configure(count, config, compiler)
            if folder:
                # What clang says of a source it says of several at once, too.
                goals = [] if compiler == "gcc" else ["Image", "JOIN=1"]
                status, text = run([MAKE, "-s", "O=" + folder, "-j" + JOBS] + goals + variables)
                count.add("build %s, %s" % (config, compiler), status == 0, text)


def run_programs(count, bin_dir, names, label, args, ran):
    """Runs the unit tests of a folder, as many at once as there are processors; names None runs
    all. ran: {(program, case): did it run in some configuration?}"""
    more = {"CMOCKA_MESSAGE_OUTPUT": "TAP", "TSAN_OPTIONS": "halt_on_error=1",
            "TESSERA_UNDO": os.path.abspath(UNDO_LOG)}
    if args.long:
        more["TESSERA_LONG"] = "1"
    limit_s = LIMIT_S * (LONG_TIMES if args.long else 1)
    names = names or sorted(os.listdir(bin_dir))
    with concurrent.futures.ThreadPoolExecutor(int(JOBS)) as pool:
        results = pool.map(lambda name: run([os.path.join(bin_dir, name)], limit_s, **more), names)
        for name, (status, text) in zip(names, results):
            for title, skipped in tap(count, "%s, %s" % (name, label), status, text).items():
                ran[name, title] = not skipped or ran.get((name, title), False)


# The ways back that programs of the host stage took; scripts/undo.py makes the list of it.
UNDO_LOG = os.path.join(CHECK, "undo.log")


def must_have_been_taken(count):
    """A way back that nobody takes may be wrong for long."""
    taken = undo.taken(UNDO_LOG)
    never = ["%s: \"%s\"" % site for site in undo.sites_here() if site not in taken]
    count.add("each way back of mm/ is taken (docs/testing.md)", not never,
              "\n".join(line + " is taken by no program" for line in never))


def must_have_run(count, ran):
    """A case that every configuration skips tests nothing, which nobody would notice."""
    never = sorted("%s.%s" % case for case, has_run in ran.items() if not has_run)
    count.add("each case runs in a configuration", not never,
              "\n".join(name + " is skipped in each" for name in never))


def host_config(name):
    """The goal and variables of make that configure the unit tests so."""
    own = "test/host/%s_defconfig" % name
    return ["defconfig", "DEFCONFIG=" + own] if os.path.exists(own) else [name + "_defconfig"]


def host_tests(count, folder, goals, names, label, args, ran, threads=""):
    """Configures, builds and runs unit tests; names None are all. threads: under the thread
    sanitizer, in the folder of that name."""
    # A sanitizer's report names lines, for which -g1 is enough, and is compiled faster.
    make = [MAKE, "-s", "O=" + folder, "HOSTCFLAGS=-g1"]
    status, text = run(make + goals)
    if status == 0:
        only = ["TESTS=" + " ".join(names)] if names else []
        only += ["THREADS=1"] if threads else []
        status, text = run(make + ["-j" + JOBS, "host-tests"] + only)
    if status != 0:
        count.add("build the host tests, " + label, False, text)
    else:
        run_programs(count, os.path.join(folder, threads, "host", "bin"), names, label, args, ran)


def stage_host(count, args):
    ran = {}
    os.makedirs(CHECK, exist_ok=True)
    if os.path.exists(UNDO_LOG):
        os.unlink(UNDO_LOG)
    for config, names in (ALL_HOST_TESTS if args.long else HOST_TESTS).items():
        host_tests(count, os.path.join(CHECK, "host-" + config), host_config(config), names,
                   config, args, ran)
    for result in random_models.run_all(run, MAKE, int(JOBS), os.path.join(CHECK, "host-random")):
        tap(count, *result)
    # The same under the sanitizers, in configurations that are new each time.
    for _ in range(random_models.CONFIGS if args.long else 0):
        seed = "SEED=%u" % random.randrange(1, 1 << 31)
        host_tests(count, os.path.join(CHECK, "host-random"), ["randconfig", seed],
                   ["pages_model"], "randconfig " + seed, args, ran)
    # Programs with threads run a second time, under the thread sanitizer.
    threaded = {**THREADED_TESTS, **(THREADED_TESTS_LONG if args.long else {})}
    for config, names in threaded.items():
        folder = os.path.join(CHECK, "host-" + config)
        host_tests(count, folder, host_config(config), names, config + ", thread sanitizer", args,
                   ran, "threads")
    must_have_run(count, ran)
    must_have_been_taken(count)


def add_case(count, case):
    """Counts one test of pytest's report, which was shown before."""
    name = "%s.%s" % (case.get("classname"), case.get("name"))
    bad = [part for part in case if part.tag in ("failure", "error")]
    if bad:
        text = "\n".join(part.text or part.get("message") or "" for part in bad)
        reason = re.findall(r"(?m)^E .*", text)[:REPEATED_LINES]
        count.fail(name, "\n".join(reason) or text)
        count.cases.append((name, "failure", text))
    elif case.find("skipped") is not None:
        count.skipped += 1
        count.cases.append((name, "skipped", ""))
    else:
        count.passed += 1
        count.cases.append((name, "", ""))


def pytest(count, folder, args):
    """Runs a folder of pytest tests on the default kernel, which is built here."""
    built = configure(count, KERNEL_UNDER_TEST, "gcc")
    if not built:
        return
    status, text = run([MAKE, "-s", "O=" + built, "-j" + JOBS])
    if status != 0:
        count.add("build the kernel to test", False, text)
        return
    report = os.path.join(CHECK, "%s.xml" % folder.replace("/", "-"))
    if os.path.exists(report):
        os.unlink(report)
    command = [PYTHON, "-m", "pytest", folder, "-v", "--no-header", "-p", "no:cacheprovider",
               "--tb=short", "--junitxml=" + report, "-n", JOBS, "--build-dir", built]
    cache = CACHE if shutil.which("ccache") else {}
    status, _ = stream(command + (["--long"] if args.long else []), **cache)
    try:
        for case in xml.etree.ElementTree.parse(report).getroot().iter("testcase"):
            add_case(count, case)
    except (OSError, xml.etree.ElementTree.ParseError):
        pass
    if status != 0 and count.failed == 0:
        count.add("%s: pytest ended with status %d" % (folder, status), False)


def stage_config(count, args):
    pytest(count, "test/config", args)


def stage_boot(count, args):
    pytest(count, "test/boot", args)


# make check-long spends so much time on all configurations together.
FUZZ_SECONDS = 3 * 3600


FUZZ = [PYTHON, "test/fuzz/fuzz.py", os.path.join(CHECK, "fuzz")]


# Where Linux shares processors among sessions, a priority counts within its own session alone, and
# that of the session stands in this file.
GIVE_WAY = "echo 19 2>/dev/null >/proc/self/autogroup; exec nice -n 19 \"$@\""


class Beside:
    """A command that takes what the stages leave of the processors, from the first of them on."""

    def __init__(self, command, log):
        self.log = log
        os.makedirs(os.path.dirname(log), exist_ok=True)
        with open(log, "w", encoding="utf-8") as out:
            self.process = subprocess.Popen(["sh", "-c", GIVE_WAY, "sh"] + command,
                                            env=environment(), stdin=subprocess.DEVNULL,
                                            stdout=out, stderr=subprocess.STDOUT,
                                            start_new_session=True)
        atexit.register(self.end)

    def end(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)

    def result(self):
        """Waits for the command's end; returns its exit status and its text."""
        status = self.process.wait()
        with open(self.log, encoding="utf-8", errors="replace") as text:
            return status, text.read()


def start_beside(args):
    """Fuzzing does the same at any speed, so that it runs beside the other stages; where it goes on
    for a time, it has the machine for itself."""
    if "fuzz" in args.stages and not args.long:
        args.fuzz = Beside(FUZZ, os.path.join(CHECK, "fuzz.log"))


def stage_fuzz(count, args):
    if args.long:
        status, text = stream(FUZZ + ["--long", "--time", str(FUZZ_SECONDS)])
    else:
        status, text = args.fuzz.result()
    tap(count, "fuzz", status, text)


STAGES = {"style": stage_style, "defconfigs": stage_defconfigs, "headers": stage_headers,
          "build": stage_build, "host": stage_host, "config": stage_config, "boot": stage_boot,
          "fuzz": stage_fuzz}


def cpu_seconds():
    """Of all commands that have ended."""
    times = os.times()
    return times.children_user + times.children_system


def repeat(failures):
    """Shows once more, in short, what failed."""
    for name, lines in failures:
        say("FAILED %s" % name)
        for line in lines:
            say("       | " + line)


# XML 1.0 cannot hold these characters, such as a terminal's escapes.
NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd]")


def junit(stages):
    """Writes the results as the XML that continuous integration shows. stages: (name, Count,
    seconds)."""
    element = xml.etree.ElementTree.Element
    root = element("testsuites", name="tessera")
    for name, count, seconds in stages:
        numbers = {"tests": count.total(), "failures": count.failed, "skipped": count.skipped}
        suite = element("testsuite", name=name, errors="0", time="%.3f" % seconds,
                        **{key: str(value) for key, value in numbers.items()})
        for title, outcome, text in count.cases:
            case = element("testcase", classname=name, name=NOT_XML.sub("?", title))
            if outcome:
                child = element(outcome, message=NOT_XML.sub("?", text.strip()[:200]))
                child.text = NOT_XML.sub("?", text)
                case.append(child)
            suite.append(case)
        root.append(suite)
    return xml.etree.ElementTree.ElementTree(root)


def main():
    parser = argparse.ArgumentParser(description="Runs every test of the tree.")
    parser.add_argument("--long", action="store_true", help="more operations, more machines")
    parser.add_argument("--junit", metavar="FILE", default=os.environ.get("JUNIT"),
                        help="write the results there as JUnit XML")
    parser.add_argument("stages", nargs="*", metavar="STAGE", help=" ".join(STAGES))
    args = parser.parse_args()
    unknown = [name for name in args.stages if name not in STAGES]
    if unknown:
        parser.error("no such stage: %s; there are %s" % (" ".join(unknown), " ".join(STAGES)))
    args.stages = args.stages or list(STAGES)
    start_beside(args)
    passed = failed = skipped = 0
    failures, stages = [], []
    for name in args.stages:
        say("%s:" % name)
        start, cpu, count = time.monotonic(), cpu_seconds(), Count()
        try:
            STAGES[name](count, args)
        except Exception as e:  # a stage that breaks must not hide the others
            count.add("%s: %s: %s" % (name, type(e).__name__, e), False)
        if count.total() == 0:
            count.add("%s ran nothing" % name, False)
        say("%s: %d passed, %d failed%s in %.0f s, %.0f s of processor time" % (
            name, count.passed, count.failed,
            ", %d skipped" % count.skipped if count.skipped else "", time.monotonic() - start,
            cpu_seconds() - cpu))
        stages.append((name, count, time.monotonic() - start))
        passed, failed = passed + count.passed, failed + count.failed
        skipped += count.skipped
        failures += [("%s: %s" % (name, what), text) for what, text in count.failures]
    if args.junit:
        junit(stages).write(args.junit, encoding="utf-8", xml_declaration=True)
    repeat(failures)
    if skipped:
        say("%d skipped" % skipped)
    say("%d passed, %d failed" % (passed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
