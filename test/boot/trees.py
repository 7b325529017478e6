# SPDX-License-Identifier: BSD-2-Clause
"""Device trees for tests, and a way to hand any blob to the kernel.

A Tree starts as the one QEMU makes for a machine and is edited as source text. It reaches the
kernel in one of two ways:

- qemu(dtb=...): through the firmware, which adds its own reservation and must be able to read it;
- handover(): a few instructions take the place of the kernel for the firmware; they load a1
  with an address of our choice and jump to the Image. The blob there is whatever we want, at
  any address, damaged or not, and the firmware never sees it.
"""
import re
import struct
import subprocess

import machine

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
VIRT_RAM = 0x8000_0000
# handover() puts its instructions here, out of the way of Image and blob.
SHIM_PA = VIRT_RAM + 0x1000_0000


def cells(number):
    """A 64-bit number as two 32-bit cells of source text."""
    return f"{number >> 32:#x} {number & 0xffffffff:#x}"


def reg(*ranges):
    return "<" + " ".join(f"{cells(base)} {cells(size)}" for base, size in ranges) + ">"


class Tree:
    """Source text of a device tree; every edit returns the tree, so edits can be chained."""

    def __init__(self, source):
        self.source = source

    @classmethod
    def of_machine(cls, folder, name="virt", mem="512M", smp=1, extra=()):
        """The tree that QEMU would give to the firmware."""
        blob = folder / "dumped.dtb"
        argv = machine.qemu(f"{name},dumpdtb={blob}", None, mem=mem, smp=smp, extra=extra)
        subprocess.run(argv, check=True, stdin=subprocess.DEVNULL, capture_output=True)
        source = subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", str(blob)], check=True,
                                capture_output=True, text=True).stdout
        return cls(source)

    def replace(self, pattern, text, flags=re.S):
        self.source, count = re.subn(pattern, lambda _: text, self.source, count=1, flags=flags)
        assert count, f"the tree has no {pattern!r}"
        return self

    def banks(self, *ranges, extra=""):
        """Replaces the machine's memory node by one with these (base, size) pairs."""
        node = (f"memory@{ranges[0][0]:x} {{ device_type = \"memory\"; "
                f"reg = {reg(*ranges)}; {extra} }};")
        return self.replace(r"memory@[0-9a-f]+ \{.*?\};", node)

    def no_memory(self):
        return self.replace(r"memory@[0-9a-f]+ \{.*?\};", "")

    def add(self, text):
        """Adds nodes or properties at the end of the root."""
        at = self.source.rstrip().rfind("};")
        self.source = self.source[:at] + text + "\n};\n"
        return self

    def chosen(self, text):
        return self.replace(r"chosen \{", "chosen {\n" + text)

    def reserved(self, *children):
        """Adds a /reserved-memory node; children are texts of nodes."""
        return self.add("reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges;\n" +
                        "\n".join(children) + "\n};")

    def memreserve(self, *ranges):
        lines = "".join(f"/memreserve/ {base:#x} {size:#x};\n" for base, size in ranges)
        return self.replace(r"/dts-v1/;", "/dts-v1/;\n" + lines)

    def compile(self, path, pad=0):
        """Writes the blob to a file; pad: bytes of free space at its end."""
        subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-p", str(pad), "-o", str(path),
                        "-"], input=self.source, check=True, text=True, capture_output=True)
        return path


# The smallest tree that boots on a virt machine's hardware: one bank, one hart, no devices.
MINIMAL_RAM = (VIRT_RAM, 256 * MIB)
FIRMWARE_NODE = f"mmode_resv0@{VIRT_RAM:x} {{ reg = {reg((VIRT_RAM, MIB))}; no-map; }};"


def minimal(memory=None, root="", cpu='mmu-type = "riscv,sv39";', cells=(2, 2)):
    """memory: nodes that take the bank's place; root, cpu: text for the root's and the hart's
    node."""
    if memory is None:
        memory = 'memory@%x { device_type = "memory"; reg = %s; };' % (VIRT_RAM, reg(MINIMAL_RAM))
    return Tree(f"""/dts-v1/;
/ {{ #address-cells = <{cells[0]}>; #size-cells = <{cells[1]}>;
 compatible = "test,hostile"; model = "hostile";
 chosen {{ }};
 cpus {{ #address-cells = <1>; #size-cells = <0>; timebase-frequency = <10000000>;
  cpu@0 {{ device_type = "cpu"; reg = <0>; compatible = "riscv"; riscv,isa = "rv64imac";
   {cpu} }}; }};
 {memory}
 {root}
}};
""")


def minimal_banks(*ranges, extra=""):
    """The minimal tree with a memory node for each range."""
    return minimal("\n".join(f'memory@{base:x} {{ device_type = "memory"; '
                             f"reg = {reg((base, size))}; {extra} }};" for base, size in ranges))


def minimal_reserved(*nodes):
    return minimal().reserved(FIRMWARE_NODE, *nodes)


def static_node(name, base, size, flags=""):
    return f"{name}@{base:x} {{ reg = {reg((base, size))}; {flags} }};"


def dynamic_node(name, size, align=None, ranges=None, flags=""):
    text = f"{name} {{ size = <{cells(size)}>; "
    if align:
        text += f"alignment = <{cells(align)}>; "
    if ranges:
        text += f"alloc-ranges = {reg(*ranges)}; "
    return text + flags + " };"


def _i(opcode, rd, funct3, rs1, imm):
    return (imm & 0xfff) << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode


def _shim(address, values):
    """An ELF file with four instructions at address, which load a1 and the target of the jump from
    values."""
    t0, a1, ra0 = 5, 11, 0
    code = struct.pack("<4I", t0 << 7 | 0x17,		# auipc t0, 0
                       _i(0x03, a1, 3, t0, 16),		# ld a1, 16(t0)
                       _i(0x03, t0, 3, t0, 24),		# ld t0, 24(t0)
                       _i(0x67, ra0, 0, t0, 0))		# jr t0
    code += struct.pack("<2Q", *values)
    head = b"\x7fELF\x02\x01\x01" + bytes(9)
    head += struct.pack("<HHIQQQIHHHHHH", 2, 243, 1, address, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    head += struct.pack("<IIQQQQQQ", 1, 5, 120, address, address, len(code), len(code), 8)
    return head + code


def handover(folder, image, blob, blob_pa=VIRT_RAM + 0x0800_0000, load_pa=VIRT_RAM + 0x20_0000,
             mem="512M", smp=1, shim_pa=SHIM_PA, extra=()):
    """The command line of a virt machine whose kernel gets the bytes of blob at blob_pa."""
    blob_file, shim_file = folder / "handed.dtb", folder / "shim.elf"
    blob_file.write_bytes(blob)
    shim_file.write_bytes(_shim(shim_pa, (blob_pa, load_pa)))
    load = [word for path, pa in ((image, load_pa), (blob_file, blob_pa)) for word in
            ("-device", f"loader,file={path},addr={pa:#x},force-raw=on")]
    return machine.qemu("virt", shim_file, mem=mem, smp=smp, extra=load + list(extra))


def blob_of(tree, folder, pad=0):
    """The tree's bytes."""
    return tree.compile(folder / "blob.dtb", pad).read_bytes()


# --- the blob's own words --------------------------------------------------------------------

BEGIN_NODE, END_NODE, PROP, NOP, END = 1, 2, 3, 4, 9
HEADER = ("magic", "totalsize", "off_dt_struct", "off_dt_strings", "off_mem_rsvmap", "version",
          "last_comp_version", "boot_cpuid_phys", "size_dt_strings", "size_dt_struct")


def header(blob):
    """{field: value} of the blob's header."""
    return dict(zip(HEADER, struct.unpack_from(">10I", blob), strict=True))


def with_header(blob, **fields):
    """The blob with other values in its header."""
    return struct.pack(">10I", *{**header(blob), **fields}.values()) + blob[40:]


def structure(blob):
    """The words of its structure block."""
    head = header(blob)
    return list(struct.unpack_from(f">{head['size_dt_struct'] // 4}I", blob,
                                   head["off_dt_struct"]))


def with_structure(blob, words):
    """The blob with another structure block, which is appended to it."""
    whole = blob + bytes(-len(blob) % 8)
    block = struct.pack(f">{len(words)}I", *words)
    return with_header(whole + block, totalsize=len(whole) + len(block), off_dt_struct=len(whole),
                       size_dt_struct=len(block))


def property_at(blob, name):
    """Index in structure() of the tag of the first property of that name."""
    head, words = header(blob), structure(blob)
    strings = blob[head["off_dt_strings"]:][:head["size_dt_strings"]]
    want = strings.index(b"\0" + name.encode() + b"\0") + 1
    return next(i for i in range(len(words) - 2) if words[i] == PROP and words[i + 2] == want)
