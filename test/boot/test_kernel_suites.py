# SPDX-License-Identifier: BSD-2-Clause
"""The suites that run in the kernel, on several machines; each failing case is named."""
import pytest

import builds
import checks
import ktap
from machine import Machine, qemu

LIMIT_S = 240


def run_suites(m):
    """Runs all suites by the shell's command; the machine must be sound afterwards."""
    text = m.run("test", limit=LIMIT_S)
    cases = ktap.cases(text)
    assert cases, "no case ran:\n" + text[-2000:]
    failed = [f"{case.suite}.{case.name}: {' / '.join(case.notes)}" for case in cases
              if not case.passed]
    assert not failed, f"{len(failed)} of {len(cases)} cases failed:\n" + "\n".join(failed)
    return cases


@pytest.mark.parametrize("mem,smp", [("64M", 1), ("512M", 4), ("8G", 2)])
def test_suites_pass(boot, mem, smp):
    m = boot(mem=mem, smp=smp)
    run_suites(m)
    checks.Memory(m).check()
    checks.audit(m, checks.size_bytes(mem))


def test_suites_pass_twice_in_one_boot(boot):
    m = boot()
    assert len(run_suites(m)) == len(run_suites(m))


def test_test_argument_runs_suites_at_boot(run_to_end):
    result = run_to_end('test run="poweroff"', limit=LIMIT_S)
    cases = ktap.cases(result.text)
    assert cases and all(case.passed for case in cases)


def test_one_suite_by_name(boot, resting):
    names = sorted({case.suite for case in ktap.cases(resting.run("test", limit=LIMIT_S))})
    only = ktap.cases(boot().run(f"test {names[0]}", limit=LIMIT_S))
    assert {case.suite for case in only} == {names[0]}


def distances(rows):
    return [word for source, row in enumerate(rows) for other, value in enumerate(row)
            for word in ("-numa", f"dist,src={source},dst={other},val={value}")]


# The nearest node is neither the next number nor the largest one.
FAR = ((10, 40, 21, 30), (40, 10, 30, 22), (21, 30, 10, 40), (30, 22, 40, 10))


@pytest.mark.parametrize("sizes, matrix", (((128, 1536), None), ((64, 96, 192, 128), FAR)))
def test_nodes_help_out_by_distance(built, start, sizes, matrix):
    """A node without memory gets it from the node that is nearest by QEMU's matrix, and nothing
    with __GFP_THISNODE."""
    extra = []
    for nid, size in enumerate(sizes):
        extra += ["-object", f"memory-backend-ram,id=m{nid},size={size}M,reserve=off",
                  "-numa", f"node,nodeid={nid},memdev=m{nid},cpus={nid}"]
    # QEMU 7.2 cannot wire the older interrupt controllers of more than two nodes.
    name = "virt" if len(sizes) <= 2 else "virt,aia=aplic"
    m = start(qemu(name, built("qemu_virt_numa_defconfig").image, mem=f"{sum(sizes)}M",
                   smp=len(sizes), extra=extra + distances(matrix or ()))).shell()
    # The suite leaves slabs behind, which the nodes' counters must share out.
    m.run("test slab", limit=LIMIT_S)
    assert checks.Memory(m).check().meminfo["Slab"]
    cases = ktap.cases(m.run("test nodes", limit=LIMIT_S))
    assert [case.name for case in cases] == ["own_node_first", "others_by_distance",
                                             "this_node_only", "slabs_count_for_their_node"]
    assert all(case.passed and not case.skipped for case in cases), cases
    rows = matrix or ((10, 20), (20, 10))
    assert list(cases[1].notes) == [
        "# others_by_distance: node %d: %s" % (nid, " ".join(
            str(other) for other in sorted(range(len(row)), key=row.__getitem__)))
        for nid, row in enumerate(rows)]
    checks.Memory(m).check()
    checks.audit(m, sum(sizes) << 20)


def with_suites():
    """The defconfigs, besides the default one, whose kernels have suites."""
    for name in builds.defconfigs():
        text = (builds.CONFIGS / name).read_text(encoding="utf-8")
        if name != builds.DEFAULT and "# CONFIG_KTEST is not set" not in text:
            yield name


@pytest.mark.long
@pytest.mark.parametrize("name", with_suites())
def test_suites_pass_with_every_defconfig(built, name):
    with Machine(qemu("virt", built(name).image, mem="1G", smp=2)) as m:
        run_suites(m.shell())
