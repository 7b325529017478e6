/* SPDX-License-Identifier: BSD-2-Clause */
/* Manifests of programs: what they mean, and one sentence for each that means nothing. */
#include "common/boot.h"

#include <process/manifest.h>

static struct manifest_row rows[MANIFEST_ROWS];
static unsigned int nr, line;

static const char *parse(const char *text)
{
	return manifest_parse(text, strlen(text), rows, &nr, &line);
}

static void a_manifest_is_read(void **state)
{
	(void)state;
	assert_null(parse("# a comment\n\ncam guarantee=16M stack=64K\theap=1M restart=always "
			  "/bin/cam -v  x=1\nsh limit=8M /bin/sh"));
	assert_int_equal(nr, 2);
	assert_string_equal(rows[0].name, "cam");
	assert_int_equal(rows[0].guarantee, 16 << 20);
	assert_int_equal(rows[0].stack, 64 << 10);
	assert_int_equal(rows[0].heap, 1 << 20);
	assert_int_equal(rows[0].restart, RESTART_ALWAYS);
	assert_int_equal(rows[0].argc, 3);
	assert_memory_equal(rows[0].command, "/bin/cam\0-v\0x=1", 16);
	assert_int_equal(rows[1].limit, 8 << 20);
	assert_int_equal(rows[1].guarantee, 0);
	assert_int_equal(rows[1].restart, RESTART_NEVER);
	assert_null(parse(""));
	assert_int_equal(nr, 0);
}

static void what_is_wrong_is_said(void **state)
{
	static const struct {
		const char *text, *part;
	} wrong[] = {
		{ "/bin/cam", "begins with the program's name" },
		{ "guarantee=1M /bin/cam", "begins with the program's name" },
		{ "camera_with_long_name /bin/cam", "at most 15 letters" },
		{ "cam", "a path that begins with /" },
		{ "cam stack=64K", "a path that begins with /" },
		{ "cam stack=big /bin/cam", "a size is wanted" },
		{ "cam stack=64Kx /bin/cam", "a size is wanted" },
		{ "cam stack=1 /bin/cam", "multiple of 4K" },
		{ "cam stack=99999999999999999999 /bin/cam", "a size is wanted" },
		{ "cam colour=red /bin/cam", "a setting is" },
		{ "cam guarantee=4M limit=8M /bin/cam", "a guarantee or a limit" },
		{ "cam guarantee=4M heap=4M stack=4K /bin/cam", "less than stack and heap" },
	};
	char many[MANIFEST_ROWS * 16 + 32] = "", longest[300], empty[MANIFEST_BYTES + 1];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		const char *said = parse(wrong[i].text);

		if (!said || !strstr(said, wrong[i].part))
			fail_msg("\"%s\": %s", wrong[i].text, said ? said : "nothing is said");
	}
	assert_non_null(strstr(parse("a /b\n\na /c\n"), "another program has this name"));
	assert_int_equal(line, 3);
	for (unsigned int i = 0; i <= MANIFEST_ROWS; i++)
		sprintf(many + strlen(many), "p%u /b\n", i);
	assert_non_null(strstr(parse(many), "at most 16 programs"));
	memset(empty, '\n', sizeof(empty));
	empty[MANIFEST_BYTES] = 'x';
	assert_null(manifest_parse(empty, MANIFEST_BYTES, rows, &nr, &line));
	assert_non_null(strstr(manifest_parse(empty, sizeof(empty), rows, &nr, &line),
			       "at most 4096 bytes"));
	memset(longest, 'x', sizeof(longest));
	assert_non_null(strstr(manifest_parse(longest, 256, rows, &nr, &line), "at most 255"));
	memcpy(longest, "cam /", 5);
	assert_non_null(strstr(manifest_parse(longest, 250, rows, &nr, &line), "too long"));
	longest[2] = '\0';
	assert_non_null(strstr(manifest_parse(longest, 100, rows, &nr, &line), "a character is 0"));
}

/* Bytes of all kinds; the sanitizers look on. */
static void noise_is_survived(void **state)
{
	static const char letters[] = "ab =#/\n\tKM019guarantee=stack=heap=limit=restart=always";
	struct rng rng = { .state = 5 };
	char text[400];

	(void)state;
	for (unsigned int round = 0; round < 20000; round++) {
		size_t bytes = rng_below(&rng, sizeof(text));

		for (size_t i = 0; i < bytes; i++)
			text[i] = rng_below(&rng, 50) ? letters[rng_below(&rng, sizeof(letters))] :
							(char)rng_next(&rng);
		(void)manifest_parse(text, bytes, rows, &nr, &line);
		assert_in_range(nr, 0, MANIFEST_ROWS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_manifest_is_read),
		cmocka_unit_test(what_is_wrong_is_said),
		cmocka_unit_test(noise_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
