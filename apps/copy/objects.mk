# SPDX-License-Identifier: BSD-2-Clause

app-$(CONFIG_APP_COPY) += copy.o
