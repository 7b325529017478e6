# SPDX-License-Identifier: BSD-2-Clause
"""A machine with the VisionFive 2's memory map and harts, out of QEMU's virt.

RAM begins at 0x40000000 and is one range; OpenSBI lies at its start, the kernel at 0x40200000,
the device tree at 0x46000000; harts 1 to 4 run, hart 0 is disabled and has no MMU. The first
GiB is the memory of an ivshmem device that stub.S maps below virt's own RAM.

What differs from the board: the UART's registers are one byte apart and not four, the
timebase is 10 MHz and not 4 MHz, and Sv48 exists.
"""
import pathlib
import subprocess

import machine

HERE = pathlib.Path(__file__).parent
FIRMWARE = pathlib.Path("/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.bin")
RAM, KERNEL, DTB = 0x4000_0000, 0x4020_0000, 0x4600_0000
GIB = 1 << 30
FLASH_BYTES = 32 << 20
HARTS = (1, 2, 3, 4)
TIMEBASE_HZ = 10_000_000


def _cpu(hart):
    core, isa = ("s7", "rv64imac_zba_zbb") if hart == 0 else ("u74-mc", "rv64imafdc_zba_zbb")
    state = 'status = "disabled";' if hart == 0 else 'mmu-type = "riscv,sv39"; status = "okay";'
    return f"""
	cpu{hart}: cpu@{hart} {{
		device_type = "cpu";
		reg = <{hart}>;
		compatible = "sifive,{core}", "riscv";
		riscv,isa = "{isa}";
		{state}
		intc{hart}: interrupt-controller {{
			#interrupt-cells = <1>;
			interrupt-controller;
			compatible = "riscv,cpu-intc";
		}};
	}};"""


def source(gib, bootargs="", ram_bytes=None, extra="", chosen=""):
    """Device tree source; extra goes to the root, chosen to /chosen."""
    size = ram_bytes or gib * GIB
    harts = (0,) + HARTS
    clint = ", ".join(f"<&intc{h} 3>, <&intc{h} 7>" for h in harts)
    # No context for supervisor mode on hart 0.
    plic = ", ".join(f"<&intc{h} 11>, <&intc{h} {9 if h else '0xffffffff'}>" for h in harts)
    escaped = bootargs.replace("\\", "\\\\").replace('"', '\\"')
    return f"""/dts-v1/;
/ {{
	#address-cells = <2>;
	#size-cells = <2>;
	compatible = "starfive,visionfive-2-v1.3b", "starfive,jh7110";
	model = "StarFive VisionFive 2 twin";
	aliases {{ serial0 = &uart0; }};
	chosen {{ stdout-path = "serial0:115200n8"; bootargs = "{escaped}"; {chosen} }};
	cpus {{
		#address-cells = <1>;
		#size-cells = <0>;
		timebase-frequency = <{TIMEBASE_HZ}>;
		{"".join(_cpu(h) for h in harts)}
	}};
	memory@40000000 {{
		device_type = "memory";
		reg = <0 {RAM:#x} {size >> 32:#x} {size & 0xffffffff:#x}>;
	}};
	soc {{
		#address-cells = <2>;
		#size-cells = <2>;
		compatible = "simple-bus";
		ranges;
		clint@2000000 {{
			compatible = "starfive,jh7110-clint", "sifive,clint0";
			reg = <0 0x2000000 0 0x10000>;
			interrupts-extended = {clint};
		}};
		plic: interrupt-controller@c000000 {{
			compatible = "starfive,jh7110-plic", "sifive,plic-1.0.0";
			reg = <0 0xc000000 0 0x4000000>;
			#interrupt-cells = <1>;
			#address-cells = <0>;
			interrupt-controller;
			riscv,ndev = <96>;
			interrupts-extended = {plic};
		}};
		uart0: serial@10000000 {{
			compatible = "starfive,jh7110-uart", "snps,dw-apb-uart";
			reg = <0 0x10000000 0 0x100>;
			clock-frequency = <3686400>;
			reg-shift = <0>;
			reg-io-width = <1>;
			interrupts = <10>;
			interrupt-parent = <&plic>;
		}};
		test@100000 {{
			compatible = "sifive,test1", "sifive,test0", "syscon";
			reg = <0 0x100000 0 0x1000>;
		}};
	}};
	{extra}
}};
"""


def _flash(folder, dtb_pa, boot_hart):
    """The stub, as an image of the size that the machine's flash must have."""
    path = folder / f"flash-{dtb_pa:x}-{boot_hart}.bin"
    if not path.exists():
        elf = folder / "stub.elf"
        subprocess.run(["riscv64-unknown-elf-gcc", "-march=rv64imac_zicsr_zifencei",
                        "-mabi=lp64", "-nostdlib", "-static", "-Wl,-Ttext=0x20000000",
                        "-Wl,--build-id=none", f"-DDTB={dtb_pa:#x}", f"-DBOOT_HART={boot_hart}", str(HERE / "stub.S"),
                        "-o", str(elf)], check=True)
        subprocess.run(["riscv64-unknown-elf-objcopy", "-O", "binary", str(elf), str(path)],
                       check=True)
        with open(path, "r+b") as flash:
            flash.truncate(FLASH_BYTES)
    return path


def twin(folder, image, gib, bootargs="", dtb_pa=DTB, tree=None, initrd=None, initrd_pa=None,
         boot_hart=-1, extra=()):
    """Command line of a twin with gib GiB of RAM; its files are made in folder."""
    blob = folder / "twin.dtb"
    subprocess.run(["dtc", "-q", "-I", "dts", "-O", "dtb", "-o", str(blob), "-"],
                   input=tree or source(gib, bootargs), text=True, check=True)
    low = folder / "low.img"
    with open(low, "wb") as img:
        img.truncate(GIB)	# a hole: takes no room on disk
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
               # share=off: the file stays as it is, whatever the machine writes.
               "-object", f"memory-backend-file,id=low,mem-path={low},size={GIB},share=off",
               "-device", "ivshmem-plain,memdev=low,addr=1", *extra])
