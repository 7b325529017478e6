/* SPDX-License-Identifier: BSD-2-Clause */
/* What a manifest of programs says. Nothing is trusted, and nothing but the text is looked at. */
#include <kernel/assert.h>
#include <kernel/cmdline.h>
#include <kernel/compiler.h>
#include <kernel/math.h>
#include <kernel/string.h>
#include <process/manifest.h>

BUILD_ASSERT(MANIFEST_BYTES == 4096, "the sentence below says so");

#define LINE_BYTES	256u
#define LEAST_BYTES	4096u
#define MOST_BYTES	(1ull << 38)

struct key {
	const char *name;
	size_t offset;
};

static const struct key sizes[] = {
	{ "guarantee=", offsetof(struct manifest_row, guarantee) },
	{ "limit=", offsetof(struct manifest_row, limit) },
	{ "stack=", offsetof(struct manifest_row, stack) },
	{ "heap=", offsetof(struct manifest_row, heap) },
};

static const char *const restarts[] = { "restart=never", "restart=on-failure", "restart=always" };

/* The word at *at, with its end; NULL: none is left. */
static char *next_word(char **at)
{
	char *word = *at + strspn(*at, " \t"), *end = word + strcspn(word, " \t");

	if (!*word)
		return NULL;
	*at = *end ? end + 1 : end;
	*end = '\0';
	return word;
}

static const char *read_size(const char *text, u64 *bytes)
{
	const char *end;
	bool ok;

	*bytes = memparse(text, &end, &ok);
	if (!ok || *end)
		return "a size is wanted, such as 64K or 16M";
	if (*bytes < LEAST_BYTES || *bytes > MOST_BYTES || *bytes % LEAST_BYTES)
		return "a size is a multiple of 4K, up to 256G";
	return NULL;
}

static const char *read_setting(const char *word, struct manifest_row *row)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		size_t len = strlen(sizes[i].name);

		if (!strncmp(word, sizes[i].name, len))
			return read_size(word + len, (u64 *)(void *)((char *)row +
								     sizes[i].offset));
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(restarts); i++) {
		if (!strcmp(word, restarts[i])) {
			row->restart = (enum manifest_restart)i;
			return NULL;
		}
	}
	return "a setting is guarantee=, limit=, stack=, heap= or restart=never, on-failure or "
	       "always";
}

static const char *read_command(char *word, char **at, struct manifest_row *row)
{
	for (; word; word = next_word(at)) {
		size_t bytes = strlen(word) + 1;

		if (bytes > MANIFEST_COMMAND_BYTES - row->command_bytes)
			return "path and arguments are too long";
		memcpy(row->command + row->command_bytes, word, bytes);
		row->command_bytes += (unsigned int)bytes;
		row->argc++;
	}
	return row->argc ? NULL : "a path that begins with / is wanted behind the settings";
}

static const char *check_row(const struct manifest_row *row)
{
	if (row->guarantee && row->limit)
		return "a program has a guarantee or a limit: the guarantee is its limit";
	if (row->guarantee && row->guarantee < row->stack + row->heap)
		return "the guarantee is less than stack and heap together";
	return NULL;
}

static const char *read_line(char *line, struct manifest_row *row)
{
	char *word = next_word(&line);
	const char *wrong = NULL;

	if (!word || *word == '#')
		return NULL;
	if (*word == '/' || strchr(word, '='))
		return "a line begins with the program's name";
	if (strlcpy(row->name, word, sizeof(row->name)) >= sizeof(row->name))
		return "a name has at most 15 letters";
	while (!wrong && (word = next_word(&line)) && *word != '/')
		wrong = read_setting(word, row);
	if (!wrong)
		wrong = read_command(word, &line, row);
	return wrong ? wrong : check_row(row);
}

static bool is_known(const struct manifest_row *rows, unsigned int nr, const char *name)
{
	for (unsigned int i = 0; i < nr; i++)
		if (!strcmp(rows[i].name, name))
			return true;
	return false;
}

const char *manifest_parse(const char *text, size_t bytes, struct manifest_row *rows,
			   unsigned int *nr, unsigned int *line)
{
	const char *end = text + bytes, *most = text + MANIFEST_BYTES, *wrong;
	struct manifest_row row;
	char copy[LINE_BYTES];

	*nr = 0;
	for (*line = 1; text < end; ++*line) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		size_t len = (size_t)((stop ? stop : end) - text);

		if (text + len > most)
			return "a manifest has at most 4096 bytes";
		if (len >= sizeof(copy))
			return "a line has at most 255 characters";
		memcpy(copy, text, len);
		copy[len] = '\0';
		text = stop ? stop + 1 : end;
		memset(&row, 0, sizeof(row));
		wrong = strlen(copy) < len ? "a character is 0" : read_line(copy, &row);
		if (wrong)
			return wrong;
		if (!row.name[0])
			continue;
		if (*nr == MANIFEST_ROWS)
			return "a manifest has at most 16 programs";
		if (is_known(rows, *nr, row.name))
			return "another program has this name";
		rows[(*nr)++] = row;
	}
	return NULL;
}
