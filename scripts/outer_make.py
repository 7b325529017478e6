# SPDX-License-Identifier: BSD-2-Clause
"""What an outer make hands down and would change the meaning of an inner one."""
import os

NAMES = ("MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "MAKELEVEL", "GNUMAKEFLAGS", "O", "V", "W", "LLVM",
         "KCONFIG_CONFIG", "SEED", "DEFCONFIG", "MACHINE", "MEM", "SMP", "NUMA", "APPEND", "RUN",
         "QEMU_ARGS", "GDB_PORT", "PLAN_MEM", "DTB", "FORMAT", "OUT", "DIFF", "WHATIF", "PLAN_ARGS",
         "ALLCONFIG", "BENCH", "BASELINE", "BY", "OPTION", "BOARD_DIR", "APP", "DIR", "NAME",
         "INITRD", "PROGRAMS", "DISK", "BUSYBOX", "KERNEL", "LOG", "JUNIT", "UNDER", "TESTS",
         "JOIN")


def environment(**more):
    """This process's environment without those variables, and with the given ones."""
    env = {name: value for name, value in os.environ.items() if name not in NAMES}
    env.update(more)
    return env
