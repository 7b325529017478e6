# SPDX-License-Identifier: BSD-2-Clause

app-$(CONFIG_APP_HELLO) += hello.o
