# SPDX-License-Identifier: BSD-2-Clause
"""A machine with the VisionFive 2's memory map and harts, out of QEMU's virt.

RAM begins at 0x40000000 and is one range; OpenSBI lies at its start, the kernel at 0x40200000,
the device tree at 0x46000000; harts 1 to 4 run, hart 0 is disabled and has no MMU. The first
GiB is the memory of an ivshmem device that stub.S maps below virt's own RAM.

The tree is the board's own (board/visionfive2/visionfive2.dts); source() makes the few changes
that QEMU's devices need: the UART's registers are one byte apart and not four, the timebase is
10 MHz and not 4 MHz. Beyond the tree, Sv48 exists, and there are no caches.
"""
import pathlib
import subprocess

import builds
import machine
import trees

HERE = pathlib.Path(__file__).parent
BOARD_TREE = builds.ROOT / "board" / "visionfive2" / "visionfive2.dts"
FIRMWARE = pathlib.Path("/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.bin")
RAM, KERNEL, DTB = 0x4000_0000, 0x4020_0000, 0x4600_0000
GIB = 1 << 30
FLASH_BYTES = 32 << 20
HARTS = (1, 2, 3, 4)
TIMEBASE_HZ = 10_000_000
# The board's power switch is behind the firmware; QEMU's takes an exit code.
POWER_SWITCH = """test@100000 { compatible = "sifive,test1", "sifive,test0", "syscon";
	reg = <0x0 0x100000 0x0 0x1000>; };"""


def source(gib, bootargs="", ram_bytes=None, chosen=""):
    """The board's own tree with RAM of gib GiB, changed where the twin differs."""
    size = ram_bytes or gib * GIB
    escaped = bootargs.replace("\\", "\\\\").replace('"', '\\"')
    tree = trees.Tree(BOARD_TREE.read_text(encoding="utf-8"))
    tree.banks((RAM, size))
    tree.chosen(f'bootargs = "{escaped}"; {chosen}')
    tree.replace(r"timebase-frequency = <\d+>;", f"timebase-frequency = <{TIMEBASE_HZ}>;")
    tree.replace(r"reg-shift = <2>;", "reg-shift = <0>; clock-frequency = <3686400>;")
    tree.replace(r"reg-io-width = <4>;", "reg-io-width = <1>;")
    tree.replace(r"interrupts = <32>;", "interrupts = <10>;")
    # QEMU's PLIC has a context for the supervisor of hart 0 as well, which nobody uses.
    tree.replace(r"<&intc0 11>,", "<&intc0 11>, <&intc0 0xffffffff>,")
    tree.replace(r"riscv,ndev = <136>;", "riscv,ndev = <96>;")
    return tree.add(POWER_SWITCH).source


def _flash(folder, dtb_pa, boot_hart):
    """The stub as an image of the size that the machine's flash must have."""
    path = folder / f"flash-{dtb_pa:x}-{boot_hart}.bin"
    if not path.exists():
        elf = folder / "stub.elf"
        subprocess.run(["riscv64-unknown-elf-gcc", "-march=rv64imac_zicsr_zifencei",
                        "-mabi=lp64", "-nostdlib", "-static", "-Wl,-Ttext=0x20000000",
                        "-Wl,--build-id=none", f"-DDTB={dtb_pa:#x}",
                        f"-DBOOT_HART={boot_hart}", str(HERE / "stub.S"), "-o", str(elf)],
                       check=True)
        subprocess.run(["riscv64-unknown-elf-objcopy", "-O", "binary", str(elf), str(path)],
                       check=True)
        with open(path, "r+b") as flash:
            flash.truncate(FLASH_BYTES)
    return path


def twin(folder, image, gib, bootargs="", dtb_pa=DTB, tree=None, initrd=None, initrd_pa=None,
         boot_hart=-1, extra=()):
    """The command line of a twin with gib GiB of RAM, whose files are made in folder."""
    blob = folder / "twin.dtb"
    subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", str(blob), "-"],
                   input=tree or source(gib, bootargs), text=True, check=True)
    low = folder / "low.img"
    with open(low, "wb") as img:
        img.truncate(GIB)	# the hole takes no room on disk
        for path, address in ((FIRMWARE, RAM), (image, KERNEL), (blob, dtb_pa),
                              (initrd, initrd_pa)):
            if path is not None:
                img.seek(address - RAM)
                img.write(pathlib.Path(path).read_bytes())
    high = (gib - 1) * GIB
    return machine.qemu(
        "virt,memory-backend=high", None, mem=f"{high >> 20}M", smp=5, bios="none",
        extra=["-object", f"memory-backend-ram,id=high,size={high},reserve=off",
               "-cpu", "rv64,h=off,sstc=off,zbc=off,zbs=off",
               "-drive", "if=pflash,unit=0,format=raw,readonly=on,file="
               f"{_flash(folder, dtb_pa, boot_hart)}",
               # With share=off the file stays as it is, whatever the machine writes.
               "-object", f"memory-backend-file,id=low,mem-path={low},size={GIB},share=off",
               "-device", "ivshmem-plain,memdev=low,addr=1", *extra])
