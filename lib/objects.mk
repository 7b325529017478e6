# SPDX-License-Identifier: BSD-2-Clause

obj-y += lib/bitops.o
obj-y += lib/glob.o
obj-y += lib/hex.o
obj-$(CONFIG_HISTOGRAM) += lib/histogram.o
obj-y += lib/math.o
obj-y += lib/rows.o
obj-y += lib/vsprintf.o
