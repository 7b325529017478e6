/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/errno.h>
#include <kernel/wall.h>
#include <shell/shell.h>

static int date_run(struct seq_file *out, int argc, char **argv)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct date d;
	u64 seconds;

	if (argc > 2 || (argc == 2 && argv[1][0] != '@'))
		return shell_usage(out, "date");
	if (argc == 2) {
		if (!parse_number(out, argv[1] + 1, &seconds))
			return -EINVAL;
		time_wall_set(seconds * 1000000);
	}
	d = date_of(time_wall_us() / 1000000);
	seq_printf(out, "%.3s %.3s %2u %02u:%02u:%02u UTC %04u%s\n", days + 3 * d.weekday,
		   months + 3 * (d.month - 1), d.day, d.hour, d.minute, d.second, d.year,
		   time_wall_known() ? "" : " (not set: counted from the start of this kernel)");
	return 0;
}

SHELL_COMMAND(date, "[@<seconds since 1970>]", "show or set the wall clock", "date", date_run);
