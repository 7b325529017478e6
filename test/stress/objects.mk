# SPDX-License-Identifier: BSD-2-Clause

obj-$(CONFIG_SHELL) += test/stress/stress.o test/stress/cmd_stress.o
obj-$(CONFIG_SHELL_LATENCY) += test/stress/cmd_latency.o
