# SPDX-License-Identifier: BSD-2-Clause
"""The parts of the commands; scripts/gdb/tessera-gdb.py tells GDB about the commands."""
