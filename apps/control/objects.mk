# SPDX-License-Identifier: BSD-2-Clause

app-$(CONFIG_APP_CONTROL) += control.o
