/* SPDX-License-Identifier: BSD-2-Clause */
#include <kernel/errno.h>
#include <kernel/string.h>
#include <fs/view.h>
#include <shell/shell.h>
#include <test/ktest.h>

static void expect_output(struct ktest *t, const char *command, const char *want, int result)
{
	char line[128], text[256];
	struct seq_buf out;
	int got;

	strlcpy(line, command, sizeof(line));
	seq_buf_init(&out, text, sizeof(text));
	got = shell_run_line(&out.m, line);
	if (got != result || strcmp(text, want))
		ktest_fail(t, __FILE__, __LINE__, "\"%s\" gives %d and \"%s\"", command, got, text);
}

static void words(struct ktest *t)
{
	expect_output(t, "echo a  b\tc ", "a b c\n", 0);
	expect_output(t, "echo \"a  b\" 'c;d' e'f'\"g\"", "a  b c;d efg\n", 0);
	expect_output(t, "echo '' x", " x\n", 0);
	expect_output(t, "echo \"it's\" '\"'", "it's \"\n", 0);
}

static void several_commands(struct ktest *t)
{
	expect_output(t, "echo a;echo b ; echo 'c';", "a\nb\nc\n", 0);
	expect_output(t, ";; ;echo x", "x\n", 0);
	expect_output(t, "", "", 0);
	expect_output(t, " ; ", "", 0);
}

static void wrong_input(struct ktest *t)
{
	expect_output(t, "nosuch", "nosuch: not found (help lists the commands)\n", -ENOENT);
	expect_output(t, "nosuch; echo on", "nosuch: not found (help lists the commands)\non\n", 0);
	expect_output(t, "echo x; echo 'open; echo y", "nothing was done: a quote is not closed\n",
		      -EINVAL);
	/* The command says so, and the shell does not repeat it. */
	expect_output(t, "cat /proc/nosuch", "/proc/nosuch: no such file (ls lists them)\n", -ENOENT);
}

static void words_without_a_meaning(struct ktest *t)
{
	static const char pipes[] = "nothing was done: there are no pipes, files to write or "
				    "background work here: a | < > or & wants quotes\n";

	expect_output(t, "uptime now please",
		      "uptime: nothing was done: it takes no arguments, not \"now\"\n", -EINVAL);
	expect_output(t, "echo a; echo b | grep a", pipes, -EINVAL);
	expect_output(t, "echo a>b", pipes, -EINVAL);
	expect_output(t, "echo a&& echo b", pipes, -EINVAL);
	expect_output(t, "echo '|' \"<>&\"", "| <>&\n", 0);
}

/* help shows the usage, a description and a line that can be typed, from the command's row. */
static void help(struct ktest *t)
{
	expect_output(t, "help echo", "usage: echo [word...]\n    print the words\n"
		      "example: echo 'one;  two'\n", 0);
	expect_output(t, "? echo", "usage: echo [word...]\n    print the words\n"
		      "example: echo 'one;  two'\n", 0);
	expect_output(t, "help nosuch", "nosuch: not found (help lists the commands)\n", -ENOENT);
	expect_output(t, "help a b", "usage: help [command]\n", -EINVAL);
	for (const struct shell_command *c = __commands_start; c < __commands_end; c++)
		KTEST_EXPECT(t, *c->help && !strncmp(c->example, c->name, strlen(c->name)));
}

static void too_many_words(struct ktest *t)
{
	char want[] = "xy: too many words, 31 are the most\n", line[3 * 40];

	for (size_t i = 0; i < sizeof(line); i += 3)
		memcpy(line + i, "xy ", 3);
	line[sizeof(line) - 1] = '\0';
	expect_output(t, line, want, -EINVAL);
}

static void views_are_in_order(struct ktest *t)
{
	const struct view *v, *former = NULL;
	unsigned int nr = 0;

	for (v = view_after(NULL); v; former = v, v = view_after(v->name)) {
		KTEST_EXPECT(t, !former || strcmp(former->name, v->name) < 0);
		KTEST_EXPECT(t, view_find(v->name) == v);
		nr++;
	}
	KTEST_EXPECT_EQ(t, nr, __views_end - __views_start);
	KTEST_EXPECT(t, !view_find("nosuch"));
}

/* The name of a file is enough, because all files are below /proc. */
static void files_by_name(struct ktest *t)
{
	expect_output(t, "ls cmdline /proc/cmdline", "cmdline\n/proc/cmdline\n", 0);
	expect_output(t, "ls /cmdline", "/cmdline: no such file\n", -ENOENT);
}

static const struct ktest_case cases[] = {
	KTEST_CASE(words),
	KTEST_CASE(several_commands),
	KTEST_CASE(wrong_input),
	KTEST_CASE(words_without_a_meaning),
	KTEST_CASE(help),
	KTEST_CASE(too_many_words),
	KTEST_CASE(views_are_in_order),
	KTEST_CASE(files_by_name),
	{ .name = NULL },
};
KTEST_SUITE(shell, cases, false);
