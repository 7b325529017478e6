# SPDX-License-Identifier: BSD-2-Clause
"""Starts QEMU with a kernel in it and talks to its shell.

Two ways to use it:

    with Machine(qemu("virt", image, mem="512M")) as m:   # interactive
        m.shell()
        text = m.run("cat /proc/buddyinfo")

    result = run_to_end(qemu("virt", image, append='run="audit; poweroff"'))

Every wait has a limit, and whatever goes wrong shows the end of the console's text.
"""
import os
import re
import signal
import subprocess
import time

import pexpect

PROMPT = "tessera# "
# Boots take well under a second on an idle machine; the limit is for a loaded one.
LIMIT_S = 60
TAIL_LINES = 60
STATUS_TIMED_OUT = 124

QEMU = os.environ.get("QEMU", "qemu-system-riscv64")


def qemu(machine, image, mem="512M", smp=1, append=None, dtb=None, initrd=None, bios=None,
         extra=()):
    """QEMU's command line. image may be None where the kernel is loaded in another way."""
    argv = [QEMU, "-M", machine, "-m", mem, "-smp", str(smp), "-display", "none",
            "-monitor", "none",
            # With signal=off the kernel gets Ctrl-C, and not QEMU.
            "-chardev", "stdio,id=con,signal=off", "-serial", "chardev:con"]
    for flag, value in (("-kernel", image), ("-append", append), ("-dtb", dtb),
                        ("-initrd", initrd), ("-bios", bios)):
        if value is not None:
            argv += [flag, str(value)]
    return argv + [str(word) for word in extra]


def plain(text):
    """Text of the console with single newlines, without the terminal's control sequences, and
    without the progress line that long work shows and then wipes."""
    text = re.sub(r"(?:\r\x1b\[K[^\r\n\x1b]*)*\r\x1b\[K", "", text)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
    return text.replace("\r\n", "\n").replace("\r", "")


def tail(text, lines=TAIL_LINES):
    return "\n".join(plain(text).splitlines()[-lines:])


def whole(pattern):
    """A pattern that takes all of what it ends with, also where the console's text comes in pieces:
    "ended with 4" is not the whole of "ended with 42", for which one looks by \\d+."""
    if pattern.rstrip(")").endswith(("+", "*", "}")):
        return r"(?>%s)(?=[\s\S])" % pattern
    return pattern


class MachineError(AssertionError):
    """A machine did not do what a test waited for."""

    def __init__(self, what, log, argv):
        words = " ".join(_quoted(word) for word in argv)
        super().__init__(f"{what}\n--- {words}\n--- end of the console's text:\n{tail(log)}")


def _quoted(word):
    return word if re.fullmatch(r"[\w@%+=:,./-]+", word) else "'" + word + "'"


class Result:
    """What a machine that ran to its end left behind."""

    def __init__(self, text, status, argv):
        self.text, self.status, self.argv = plain(text), status, argv

    def need(self, pattern):
        """The match of pattern in the text; a failure shows the end of the text."""
        match = re.search(pattern, self.text, re.M)
        if not match:
            raise MachineError(f"no match of {pattern!r}", self.text, self.argv)
        return match

    def need_status(self, status):
        if self.status != status:
            raise MachineError(f"exit status {self.status}, expected {status}", self.text,
                               self.argv)
        return self

    def need_failure(self):
        if self.status in (0, STATUS_TIMED_OUT):
            raise MachineError(f"exit status {self.status}, expected a failure of its own",
                               self.text, self.argv)
        return self


def run_to_end(argv, limit=LIMIT_S, may_hang=False):
    """Runs QEMU until it exits by itself. A run beyond the limit fails unless may_hang."""
    done = subprocess.run(["timeout", "--kill-after=2", str(limit)] + argv,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)
    text = done.stdout.decode("utf-8", "replace")
    if done.returncode == STATUS_TIMED_OUT and not may_hang:
        raise MachineError(f"still running after {limit} s", text, argv)
    return Result(text, done.returncode, argv)


class Machine:
    """One running QEMU. Use it in a with statement: it never outlives the block."""

    def __init__(self, argv, limit=LIMIT_S, keep_at_most=600, key_wait_s=0):
        """key_wait_s: how long to wait for a key's echo before the key is typed again. Some
        machines have a console that holds one key and may lose it."""
        self.argv, self.limit, self.key_wait_s = argv, limit, key_wait_s
        self._log = []
        self.child = pexpect.spawn("timeout",
                                   ["--foreground", "--kill-after=2", str(keep_at_most)] + argv,
                                   encoding="utf-8", codec_errors="replace", echo=False,
                                   timeout=limit, dimensions=(50, 200), maxread=65536)
        self.child.delaybeforesend = None
        self.child.logfile_read = self

    # pexpect calls these two methods of its log file.
    def write(self, text):
        self._log.append(text)

    def flush(self):
        pass

    @property
    def log(self):
        return "".join(self._log)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Kills QEMU if it still runs."""
        try:
            os.killpg(self.child.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
        self.child.close(force=True)

    def expect(self, pattern, limit=None):
        """Waits for a regular expression and returns the match; self.before is the text before
        it."""
        try:
            self.child.expect(whole(pattern), timeout=limit or self.limit)
        except pexpect.TIMEOUT:
            raise MachineError(f"waited {limit or self.limit} s for {pattern!r}", self.log,
                               self.argv) from None
        except pexpect.EOF:
            raise MachineError(f"the machine ended while {pattern!r} was awaited", self.log,
                               self.argv) from None
        self.before = self.child.before
        return self.child.match

    def shell(self, limit=None):
        """Waits for the first prompt."""
        self.expect(r"(?:^|\n)" + re.escape(PROMPT), limit)
        self.boot_log = plain(self.log[:-len(PROMPT)])
        return self

    def send(self, keys):
        if not self.key_wait_s:
            self.child.send(keys)
            return
        for key in keys:
            self._type(key)

    def _type(self, key):
        """Types a key until its echo is seen. A line's end stays unread: run() reads it."""
        seen = r"(?=[\r\n])" if key == "\r" else re.escape(key)
        end = time.monotonic() + self.limit
        while time.monotonic() < end:
            self.child.send(key)
            try:
                self.child.expect(seen, timeout=self.key_wait_s)
                return
            except pexpect.TIMEOUT:
                continue
        raise MachineError(f"no echo of {key!r}", self.log, self.argv)

    def run(self, command, limit=None):
        """Types a command; returns what it printed, without the echo and the next prompt."""
        self.send(command + "\r")
        self.expect(r"\r?\n", limit)
        return self.answer(limit)

    def answer(self, limit=None):
        """Waits for the next prompt; returns the text before it."""
        self.expect(r"(?:^|\n)" + re.escape(PROMPT) + "$", limit)
        text = plain(self.before)
        return text + "\n" if text and not text.endswith("\n") else text

    def finish(self, limit=None):
        """Waits for QEMU to exit by itself; returns a Result."""
        try:
            self.child.expect(pexpect.EOF, timeout=limit or self.limit)
        except pexpect.TIMEOUT:
            raise MachineError(f"still running after {limit or self.limit} s", self.log,
                               self.argv) from None
        self.child.close()
        status = self.child.exitstatus
        if status is None:
            status = 128 + self.child.signalstatus
        return Result(self.log, status, self.argv)

    def poweroff(self):
        self.send("poweroff\r")
        return self.finish()
