# SPDX-License-Identifier: BSD-2-Clause
"""The ticket lock as the compiler made it. The test reads its accesses and fences from the kernel.
In a model a hart may reorder whatever nothing orders, and the test tries every way. Nothing is
booted."""
import itertools
import re
import shutil
import subprocess
from collections import namedtuple

import pytest

# An access: its name, what it does ("r", "w" or both), the word it touches, and the places of those
# accesses whose values it needs.
Op = namedtuple("Op", "name does word needs")
Fence = namedtuple("Fence", "before after")
LINE = re.compile(r"\s*[0-9a-f]+:\s+([\w.]+)\s*(.*?)(?:\s*#.*|\s*<.*)?$")
MEMORY = re.compile(r"(\w+),(?:(-?\w+))?\((\w+)\)")


def instructions(kernel):
    """{function: [(mnemonic, operands)]} of the kernel."""
    tool = shutil.which("riscv64-unknown-elf-objdump") or shutil.which("llvm-objdump")
    text = subprocess.run([tool, "-d", "--no-show-raw-insn", kernel.objdir / "tessera"],
                          stdout=subprocess.PIPE, check=True, text=True).stdout
    found, at = {}, None
    for line in text.splitlines():
        head = re.match(r"[0-9a-f]+ <(\S+)>:", line)
        if head and head[1].startswith(".L"):
            continue
        if head:
            at = found.setdefault(head[1], [])
        elif LINE.match(line) and at is not None:
            at.append(LINE.match(line).groups())
    return found


def fence_of(operands):
    """What a fence orders; a fence without operands orders everything."""
    before, after = (operands or "rw,rw").replace(" ", "").split(",")
    return Fence(before, after)


def accesses(code):
    """The accesses and fences of count_under_lock() in their order, on the way that does not
    wait."""
    found, lock, tainted, branch = [], None, {}, ()
    for name, operands in code:
        registers = re.findall(r"\b[astr][0-9a]+\b", operands)
        memory = MEMORY.search(operands)
        places = len([op for op in found if isinstance(op, Op)])
        if name.startswith("amoadd"):
            lock = memory[3] if memory else re.search(r"\((\w+)\)", operands)[1]
            tainted[registers[0]] = (places,)
            found.append(Op("draw", "rw", "lock", ()))
            if "aq" in name:
                found.append(Fence("rw", "rw"))
        elif name in ("lhu", "lh", "ld"):
            word = "lock" if memory[3] == lock else "data"
            tainted[memory[1]] = (places,)
            found.append(Op("look" if word == "lock" else "read", "r", word, ()))
        elif name in ("sh", "sd"):
            word = "lock" if memory[3] == lock else "data"
            found.append(Op("serve" if word == "lock" else "write", "w", word,
                            tainted.get(memory[1], ()) + branch))
        elif name == "fence":
            found.append(fence_of(operands))
        elif name[0] == "b":
            branch += sum((tainted.get(r, ()) for r in registers), ())
        elif name == "ret":
            break
        elif registers:
            tainted[registers[0]] = sum((tainted.get(r, ()) for r in registers[1:]), ())
    return found


def orders(sequence):
    """For each access, the places of those that come before it whatever the hart does."""
    ops = [(i, op) for i, op in enumerate(sequence) if isinstance(op, Op)]
    before = [set(op.needs) for _, op in ops]
    for (a, (i, first)), (b, (j, second)) in itertools.combinations(enumerate(ops), 2):
        fenced = any(isinstance(f, Fence) and set(first.does) & set(f.before) and
                     set(second.does) & set(f.after) for f in sequence[i:j])
        if first.word == second.word or fenced:
            before[b].add(a)
    return [op for _, op in ops], before


Hart = namedtuple("Hart", "done ticket seen")
NEW = Hart(frozenset(), None, ())


def steps(ops, before, harts, memory):
    """Every state that one access of one hart can lead to."""
    serving, drawn, data = memory
    for h, (hart, at) in enumerate((hart, at) for hart in harts for at in range(len(ops))):
        h //= len(ops)
        if at in hart.done or before[at] - hart.done:
            continue
        ticket, seen, after = hart.ticket, dict(hart.seen), memory
        name = ops[at].name
        if name == "draw":
            ticket, after = drawn, (serving, drawn + 1, data)
        elif name == "look":
            # The first look must find the lock's turn; a look that does not is repeated.
            if not any(ops[i].name == "look" for i in range(at)) and serving != ticket:
                continue
            seen[at] = serving
        elif name == "read":
            seen[at] = data
        else:
            value = seen[max(i for i in range(at) if ops[i].name ==
                             ("look" if name == "serve" else "read"))] + 1
            after = (value, drawn, data) if name == "serve" else (serving, drawn, value)
        moved = Hart(hart.done | {at}, ticket, tuple(sorted(seen.items())))
        yield harts[:h] + (moved,) + harts[h + 1:], after


def outcomes(sequence, harts):
    """The values that a count may have after so many harts have each raised it once."""
    ops, before = orders(sequence)
    todo, known, ends = [((NEW,) * harts, (0, 0, 0))], set(), set()
    while todo:
        state = todo.pop()
        if state in known:
            continue
        known.add(state)
        following = list(steps(ops, before, *state))
        todo += following
        if all(len(hart.done) == len(ops) for hart in state[0]):
            ends.add(state[1][2])
        elif not following:
            ends.add("stuck")
    return ends


@pytest.fixture(scope="module")
def code(kernel):
    found = instructions(kernel)
    if kernel.config["NR_CPUS"] == 1 or kernel.config.get("LOCK_ORDER") or \
            "count_under_lock" not in found:
        pytest.skip("this kernel has no locks, or no tests")
    return found


def test_compiled_lock_loses_no_count(code):
    sequence = accesses(code["count_under_lock"])
    assert [op.name for op in sequence if isinstance(op, Op)] == \
        ["draw", "look", "read", "write", "look", "serve"], sequence
    assert outcomes(sequence, 2) == {2}
    assert outcomes(sequence, 3) == {3}


def test_model_sees_an_order_that_is_too_weak(code):
    """The check must fail without either fence, with a fence that is too weak, and with the fence
    of the other side. (For this count "r,r" to take and "w,w" to give back would do: a branch
    orders the writes behind the look already, and a sum orders its reads.)"""
    sequence = accesses(code["count_under_lock"])
    fences = [i for i, op in enumerate(sequence) if isinstance(op, Fence)]
    assert len(fences) == 2, sequence
    for at, weak in ((fences[0], None), (fences[0], Fence("w", "w")),
                     (fences[1], None), (fences[1], Fence("r", "r"))):
        changed = sequence[:at] + ([weak] if weak else []) + sequence[at + 1:]
        assert outcomes(changed, 2) - {2}, (at, weak)
    acquire, release = Fence("r", "rw"), Fence("rw", "w")
    least = [acquire if i == fences[0] else release if i == fences[1] else op
             for i, op in enumerate(sequence)]
    assert outcomes(least, 3) == {3}
    swapped = [release if i == fences[0] else acquire if i == fences[1] else op
               for i, op in enumerate(sequence)]
    assert outcomes(swapped, 2) - {2}


def is_release(fence):
    return fence[0] == "fence" and set("rw") <= set(fence_of(fence[1]).before) and \
        "w" in fence_of(fence[1]).after


def releases(listing):
    """(site, does a fence precede it?) for each store of a 16-bit word that was read and raised by
    one."""
    for at, (name, operands) in enumerate(listing):
        memory = name == "sh" and MEMORY.search(operands)
        for back in range(max(0, at - 8), at) if memory else ():
            look = listing[back][0] in ("lhu", "lh") and MEMORY.search(listing[back][1])
            if look and look.groups()[1:] == memory.groups()[1:] and any(
                    step[0] in ("add", "addi", "addw", "addiw") and step[1].endswith(",1") and
                    step[1].startswith(memory[1] + ",") for step in listing[back:at]):
                yield at, any(is_release(step) for step in listing[back:at])
                break


def lacks_a_fence(listing):
    """Is there a release without its fence? A counter of 16 bits under a lock looks like a release:
    it is enough if each lock that is taken here has a release with a fence."""
    fenced = [ok for _, ok in releases(listing)]
    return False in fenced and sum(fenced) < sum(name.startswith("amoadd.w")
                                                 for name, _ in listing)


def test_every_release_of_the_kernel_is_fenced(code):
    assert sum(ok for listing in code.values() for _, ok in releases(listing)) >= 10
    assert [function for function, listing in code.items() if lacks_a_fence(listing)] == []
    # A lock without its fences must be found.
    assert lacks_a_fence([step for step in code["count_under_lock"] if step[0] != "fence"])
