# SPDX-License-Identifier: BSD-2-Clause
"""As much of QEMU's debugger protocol as it takes to stop and resume single harts."""
import socket
import time

LIMIT_S = 30


def argv(path):
    """Options for QEMU: the machine waits for the debugger before its first instruction."""
    return ["-S", "-chardev", f"socket,path={path},server=on,wait=off,id=stub",
            "-gdb", "chardev:stub"]


class Stub:
    """A connection; harts are counted from 0 in the machine's order."""

    def __init__(self, path):
        self.link = socket.socket(socket.AF_UNIX)
        self.link.settimeout(LIMIT_S)
        end = time.monotonic() + LIMIT_S
        while True:
            try:
                self.link.connect(str(path))
                break
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)
        self.buffer = b""

    def close(self):
        self.link.close()

    def _send(self, text):
        data = text.encode("ascii")
        self.link.sendall(b"$%s#%02x" % (data, sum(data) & 0xff))

    def _packet(self):
        """Reads the next packet, acknowledges it, and returns its text."""
        while b"#" not in self.buffer or len(self.buffer.split(b"#", 1)[1]) < 2:
            data = self.link.recv(4096)
            assert data, "the debugger's port was closed"
            self.buffer += data
        head, self.buffer = self.buffer.split(b"#", 1)
        self.buffer = self.buffer[2:]
        self.link.sendall(b"+")
        return head.split(b"$", 1)[1].decode("ascii")

    def resume(self, harts):
        """Lets these harts run on, and no others."""
        self._send("vCont" + "".join(f";c:{hart + 1:x}" for hart in harts))

    def stop(self):
        """Stops all harts."""
        self.link.sendall(b"\x03")
        while not self._packet().startswith(("T", "S")):
            pass
