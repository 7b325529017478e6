# SPDX-License-Identifier: BSD-2-Clause
"""Shells of Debian for riscv64, as the package has them: dash with its libc and the dynamic loader,
bash and sash, which are linked statically."""
import checks
import debian
import newc
from machine import qemu

LOADER, LIBC = "lib/ld-linux-riscv64-lp64d.so.1", "lib/riscv64-linux-gnu/libc.so.6"
INIT = r"""#!/bin/dash
export PATH=/bin
n=0
while read line; do case $line in */libc.so.6) n=$((n + 1));; esac; done < /proc/self/maps
[ $n -gt 0 ] && echo "dash: its libc is mapped"
echo "dash: $(echo abc | busybox tr abc xyz)"
trap 'echo "dash: a signal came"' USR1
kill -USR1 $$
bash-static -c '
a=(one two three)
for ((i = 0; i < 3; i++)); do echo "bash: $i ${a[$i]}"; done | busybox sort -r
[[ Tessera =~ s+ ]] && echo "bash: ${BASH_REMATCH[0]} $((2 ** 20))"
exec 5<<< "a here string"; read -u 5 x; echo "bash: $x"
(exit 7) & wait $!; echo "bash: $?"'
echo "-echo sash: a line" > /tmp/script
busybox chmod 755 /tmp/script
sash -f /tmp/script
dash -c 'kill -SEGV $$'; echo "dash: $?"
echo "@@ end"
"""
LINES = ["dash: its libc is mapped", "dash: xyz", "dash: a signal came", "bash: 2 three",
         "bash: 1 two", "bash: 0 one", "bash: ss 1048576", "bash: a here string", "bash: 7",
         "sash: a line", "dash: 139"]


def archive(tmp_path):
    """An initramfs with the shells, and INIT."""
    cache = debian.fetch("busybox-static", "bash-static", "sash", "dash", "libc6")
    libs = cache / "libc6/usr" / "lib"
    programs = {"bin/busybox": debian.BUSYBOX, "bin/dash": cache / "dash/usr/bin/dash",
                "bin/bash-static": cache / "bash-static/usr/bin/bash-static",
                "bin/sash": cache / "sash/usr/bin/sash", LIBC: cache / "libc6/usr" / LIBC,
                LOADER: libs / "riscv64-linux-gnu" / LOADER.rsplit("/", 1)[1]}
    files = [(name, 0o040755, b"") for name in ("bin", "lib", "lib/riscv64-linux-gnu", "proc",
                                                "tmp", "dev")]
    files += [(name, 0o100755, path.read_bytes()) for name, path in programs.items()]
    files.append(("init", 0o100755, INIT.encode("ascii")))
    made = tmp_path / "shells.cpio"
    made.write_bytes(newc.archive(files))
    return made


def test_shells_of_debian(start, built, tmp_path):
    linux = built("qemu_virt_linux_defconfig")
    m = start(qemu("virt", linux.image, mem="128M", smp=2, initrd=archive(tmp_path),
                   append="loglevel=1"), limit=120)
    m.expect("@@ end\r")
    said = [line.strip("\r ") for line in m.log.splitlines()]
    assert [line for line in said if line.startswith(("dash:", "bash:", "sash:"))] == LINES
    m.shell()
    checks.audit(m, 128 << 20)
    m.poweroff().need_status(0)
