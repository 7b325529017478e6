# SPDX-License-Identifier: BSD-2-Clause
#
# $(O)/bench.d/bench: the real objects of mm/, as they are shipped, with arch/host and the
# benchmarks of this machine. -O2, no sanitizers; the configuration is $(O)/.config.

HOST = $(O)/bench.d/host
own := $(addprefix test/bench/host/,bench.o single.o)
# A program's own threads' data lies at a distance from the thread's register that is known when
# it is linked: no call to find it.
own-cflags := -O2 -ftls-model=local-exec

# As the kernel has them: one by one.
JOIN := 0

include scripts/host.mk

all: $(O)/bench.d/bench
	@:

$(O)/bench.d/bench: $(linked)
	$(hostld)
