# SPDX-License-Identifier: BSD-2-Clause
"""Archives of the kind "newc", as an initramfs is one."""


def _entry(number, name, mode, data):
    fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
    head = b"070701" + b"".join(b"%08x" % field for field in fields) + name.encode() + b"\0"
    return head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4)


def archive(files):
    """Bytes of an archive of (name, mode, data)."""
    parts = [_entry(i + 1, *file) for i, file in enumerate(files)]
    return b"".join(parts) + _entry(0, "TRAILER!!!", 0, b"")
