# SPDX-License-Identifier: BSD-2-Clause
# The kernel's part of the plan; scripts/plan.mk builds the program.

plan-obj-y := $(addprefix plan/,json.o plan.o image_rows.o verify.o expected.o)
obj-y += $(plan-obj-y)
