/* SPDX-License-Identifier: BSD-2-Clause */
/* Who keeps interrupts, or preemption, off for longest. */
#include <kernel/latency.h>
#include <kernel/string.h>
#include <kernel/symbols.h>
#include <shell/shell.h>

#define ROWS		12u
#define NAME_BYTES	48

static void show(struct seq_file *out, enum latency_kind kind, const char *title)
{
	struct latency_stretch s;
	char from[NAME_BYTES], to[NAME_BYTES];

	seq_printf(out, "%s, instructions at most%20s times  from, to\n", title, "");
	for (unsigned int i = 0; i < ROWS && latency_stretch(kind, i, &s); i++)
		seq_printf(out, "%12llu %12llu  %s, %s%s\n", (unsigned long long)s.instructions,
			   (unsigned long long)s.times, symbol_place(from, NAME_BYTES, s.begin),
			   symbol_place(to, NAME_BYTES, s.end), s.excused ? ", excused" : "");
}

static int irqsoff_run(struct seq_file *out, int argc, char **argv)
{
	bool hold = argc == 2 && !strcmp(argv[1], "hold");

	if (argc > 2 || (argc == 2 && !hold && strcmp(argv[1], "reset")))
		return shell_usage(out, "irqsoff");
	if (argc == 2) {
		latency_reset(hold);
		return 0;
	}
	show(out, LATENCY_IRQS_OFF, "interrupts off");
	show(out, LATENCY_PREEMPT_OFF, "preemption off");
	return 0;
}

SHELL_COMMAND(irqsoff, "[reset|hold]", "longest with interrupts or preemption off",
	      "irqsoff reset", irqsoff_run);
