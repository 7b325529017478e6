# SPDX-License-Identifier: BSD-2-Clause
"""make decode: a log in, file and line of each address out."""
import re

import builds

CRIMES = builds.ROOT / "test" / "target" / "crimes.c"


def decode(kernel, tmp_path, log):
    path = tmp_path / "log"
    path.write_text(log, encoding="utf-8")
    return builds.make(kernel.objdir, "-s", "decode", f"LOG={path}")


def line_of(path, text):
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(nr for nr, line in enumerate(lines, 1) if text in line)


def test_crash_is_decoded(kernel, run_to_end, tmp_path):
    """make decode names the store, the function that it was inlined into, and the line of the
    call."""
    log = run_to_end("test=crimes.write_text").need_failure().text
    status, text = decode(kernel, tmp_path, log)
    assert status == 0 and "lines may be wrong" not in text, text
    start = line_of(CRIMES, "static void write_text(")
    found = re.search(r"\[<[0-9a-f]+>\] write_text\+.*\n(.*\n.*)\n", text)
    assert found, text
    assert "store at test/target/crimes.c:" in found[1]
    line = int(re.search(r"inlined into write_text at test/target/crimes.c:(\d+)", found[1])[1])
    assert start < line < start + 8
    called = re.search(r"run_case at test/target/ktest.c:(\d+)", text)
    source = (builds.ROOT / "test/target/ktest.c").read_text(encoding="utf-8").splitlines()
    assert "->run(" in source[int(called[1]) - 1]


def test_other_forms(kernel, tmp_path):
    """A symbol with its offset alone, a physical address early in boot, data, and what is no
    address."""
    symbols = kernel.symbols()
    text_pa = symbols["start_kernel"] - symbols["_text"] + 0x4020_0000
    status, text = decode(kernel, tmp_path, "\n".join((
        "[    0.000000] boot hart 0, load address 0x40200000",
        "panic in alloc_bootmem+0x10/0x20 and start_kernel+0x4",
        f"epc : {text_pa:016x} sp : 0000000000000000",
        f"s0 : {symbols['boot_fdt']:016x}",
        "1234 deadbeef 0x1000 cafe+0x10", "")))
    assert status == 0
    assert len(re.findall(r"(?m)^    .*start_kernel at kernel/init.c:\d+$", text)) == 2, text
    assert re.search(r"(?m)^    [0-9a-f]+: boot_fdt\+0x0$", text)
    assert "decode: 3 places" in text


def test_log_of_another_build_is_told(kernel, tmp_path):
    text = decode(kernel, tmp_path, "[    0.0] Tessera version 0.0.1-gdeadbeef00 (gcc)\n")[1]
    assert "this is a log of 0.0.1-gdeadbeef00" in text and "lines may be wrong" in text


def test_decode_without_kernel_or_log(kernel, tmp_path):
    status, text = builds.make(tmp_path, "decode", "LOG=/dev/null")
    assert status != 0 and "build the kernel that wrote the log first" in text
    status, text = builds.make(kernel.objdir, "decode", "LOG=/none")
    assert status != 0 and "LOG=/none: No such file or directory" in text
