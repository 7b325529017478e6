# SPDX-License-Identifier: BSD-2-Clause
"""A few words of QEMU's machine protocol, to look at harts from outside."""
import json
import re
import socket
import time


def argv(path):
    return ["-qmp", f"unix:{path},server=on,wait=off"]


class Qmp:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        for _ in range(100):
            try:
                self.socket.connect(str(path))
                break
            except (FileNotFoundError, ConnectionRefusedError):
                time.sleep(0.05)
        self.file = self.socket.makefile("rw", encoding="utf-8")
        self.file.readline()
        self.ask("qmp_capabilities")

    def ask(self, command, **arguments):
        self.file.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.file.flush()
        while True:
            answer = json.loads(self.file.readline())
            if "error" in answer:
                raise AssertionError(f"{command}: {answer['error']}")
            if "return" in answer:
                return answer["return"]

    def pcs(self):
        """Program counter of each hart, in the order of hart ids."""
        text = self.ask("human-monitor-command", **{"command-line": "info registers -a"})
        return [int(word, 16) for word in re.findall(r"^ pc +([0-9a-f]+)", text, re.M)]

    def close(self):
        self.file.close()
        self.socket.close()
