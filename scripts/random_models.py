# SPDX-License-Identifier: BSD-2-Clause
"""The model of the page allocator (test/host/pages_model.c) in legal configurations that nobody
wrote; scripts/check.py calls it.

A million operations in each, without sanitizers: those of other configurations run under them. What
is no part of the model is off (test/host/random_allconfig), so that there is less to build. The
seeds of the configurations are the same in each check, so that a check does not depend on luck and
ccache knows the objects; SEED= names the first one of others. Each run of the model prints the seed
of its operations.

Few random configurations have sections that a model's machine has room for, so each fourth one is
made to have such, which come and go (test/host/random_hotplug_allconfig). The model says how many
operations of each kind came, or why none can; each kind must come in some configuration.
"""
import concurrent.futures
import os
import re

CONFIGS = 20
FIXED = "ALLCONFIG=test/host/random_allconfig"
FIXED_HOTPLUG = "ALLCONFIG=test/host/random_hotplug_allconfig"
HOTPLUG_EVERY = 4


def fixed(seed):
    return FIXED if seed % HOTPLUG_EVERY else FIXED_HOTPLUG


def kinds_of(text):
    """[how many operations of each kind came], in the order in which the model prints them."""
    line = re.search(r"(?m)^ok 1 - pages_model: .*", text)
    return [int(number) for number in re.findall(r"; (\d+) ", line[0])] if line else []


def run_one(run, make, folder, seed):
    """The exit status and the text of the model, or of what failed on the way to it."""
    words = [make, "-s", "O=" + folder]
    status, text = run(words + ["randconfig", "SEED=%u" % seed, fixed(seed)])
    if status == 0:
        status, text = run(words + ["HOSTCFLAGS=-g0", "PLAIN=1", "host-tests",
                                    "TESTS=pages_model"])
    if status == 0:
        status, text = run([os.path.join(folder, "plain", "host", "bin", "pages_model")])
    return status, text


def run_all(run, make, jobs, folder):
    """Yields (label, exit status, text) of each, and of whether each kind of operation came. Each
    job has a folder, in which one configuration follows another: what both compile alike is not
    compiled again."""
    first = int(os.environ.get("SEED") or 1)

    def work(job):
        return [(seed, *run_one(run, make, "%s-%u" % (folder, job), seed))
                for seed in range(first + job, first + CONFIGS, jobs)]

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        results = sorted(sum(pool.map(work, range(jobs)), []))
    for seed, status, text in results:
        yield "pages_model, randconfig SEED=%u %s" % (seed, fixed(seed)), status, text
    came = [sum(numbers) for numbers in zip(*(kinds_of(text) for _, _, text in results))]
    never = not came or 0 in came
    yield "pages_model, all kinds of operations", int(never), \
        "1..1\n%s 1 - each kind of operation comes in some configuration: %s\n" % (
            "not ok" if never else "ok", came)
