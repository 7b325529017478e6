#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The device tree that a machine's firmware hands to the kernel.

Firmware changes the tree that QEMU makes: it reserves its own memory, marks harts, leaves room.
What it does depends on its version. So this program starts the machine with an Image whose first
instruction is a jump to itself. When a hart has got there, it reads the tree from the machine's
memory.

usage: machine-tree.py IMAGE TREE QEMU-COMMAND...

Prints the options of the plan program that say where kernel and tree lie, and which hart boots.
"""

import json
import os
import re
import socket
import struct
import subprocess
import sys
import tempfile
import time

# jal zero, 0
STAY = struct.pack("<I", 0x6f)
FDT_MAGIC = 0xd00dfeed
FDT_BYTES_MOST = 2 << 20
LIMIT_S = 60
POLL_S = 0.01


class Machine:
    """A running QEMU and its machine protocol."""

    def __init__(self, command, folder):
        path = os.path.join(folder, "qmp")
        self.scratch = os.path.join(folder, "memory")
        self.errors = open(os.path.join(folder, "errors"), "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            command + ["-display", "none", "-serial", "null", "-monitor", "none",
                       "-qmp", "unix:%s,server=on,wait=off" % path],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.errors)
        self.limit = time.monotonic() + LIMIT_S
        self.socket = socket.socket(socket.AF_UNIX)
        while True:
            try:
                self.socket.connect(path)
                break
            except OSError:
                self.wait()
        self.file = self.socket.makefile("rw", encoding="utf-8")
        self.answer()
        self.ask("qmp_capabilities")

    def wait(self):
        """Waits a moment; ends the program when the machine has ended or takes too long."""
        if self.process.poll() is not None:
            self.errors.seek(0)
            sys.exit("machine-tree: QEMU ended: " +
                     (self.errors.read().strip() or "no reason given"))
        if time.monotonic() > self.limit:
            sys.exit("machine-tree: the firmware did not start the kernel within %d s" % LIMIT_S)
        time.sleep(POLL_S)

    def answer(self):
        """Reads the next line from QEMU; ends the program when QEMU has ended."""
        while True:
            try:
                line = self.file.readline()
            except OSError:
                line = ""
            if line:
                return json.loads(line)
            self.wait()

    def ask(self, command, **arguments):
        try:
            self.file.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
            self.file.flush()
        except OSError:
            self.wait()
        while True:
            answer = self.answer()
            if "error" in answer:
                sys.exit("machine-tree: %s: %s" % (command, answer["error"]))
            if "return" in answer:
                return answer["return"]

    def harts(self):
        """(pc, a0, a1) of each hart."""
        text = self.ask("human-monitor-command", **{"command-line": "info registers -a"})
        columns = [re.findall(pattern + r" +([0-9a-f]+)", text)
                   for pattern in (r"(?m)^ pc", "x10/a0", "x11/a1")]
        return [tuple(int(word, 16) for word in row) for row in zip(*columns)]

    def memory(self, address, count):
        self.ask("pmemsave", val=address, size=count, filename=self.scratch)
        with open(self.scratch, "rb") as f:
            return f.read()

    def close(self):
        self.process.kill()
        self.process.wait()
        self.errors.close()


def hand_over(machine, head):
    """The kernel's address, the hart and the tree's address, once a hart has come to the kernel."""
    while True:
        for pc, a0, a1 in machine.harts():
            if pc % 4096 == 0 and machine.memory(pc, len(head)) == head:
                return pc, a0, a1
        machine.wait()


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    image, tree, command = sys.argv[1], sys.argv[2], sys.argv[3:]
    with open(image, "rb") as f:
        payload = STAY + f.read()[len(STAY):]
    with tempfile.TemporaryDirectory(prefix="tessera-") as folder:
        kernel = os.path.join(folder, "Image")
        with open(kernel, "wb") as f:
            f.write(payload)
        machine = Machine(command + ["-kernel", kernel], folder)
        try:
            kernel_pa, hart, tree_pa = hand_over(machine, payload[:64])
            magic, count = struct.unpack(">II", machine.memory(tree_pa, 8))
            if magic != FDT_MAGIC or count > FDT_BYTES_MOST:
                sys.exit("machine-tree: there is no device tree at 0x%x" % tree_pa)
            blob = machine.memory(tree_pa, count)
        finally:
            machine.close()
    with open(tree, "wb") as f:
        f.write(blob)
    print("--kernel-base 0x%x --fdt-addr 0x%x --boot-hart %d" % (kernel_pa, tree_pa, hart))


if __name__ == "__main__":
    main()
