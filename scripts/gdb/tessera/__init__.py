# SPDX-License-Identifier: BSD-2-Clause
"""What the commands are made of; scripts/gdb/tessera-gdb.py makes them known to GDB."""
