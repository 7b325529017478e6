# SPDX-License-Identifier: BSD-2-Clause
# Suites that run in the kernel. Each file is one.

obj-$(CONFIG_KTEST) += $(patsubst %.c,%.o,$(sort $(wildcard test/target/*.c)))
