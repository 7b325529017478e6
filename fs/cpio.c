/* SPDX-License-Identifier: BSD-2-Clause */
/* Headers of cpio's format newc. What they say is not trusted, and nothing but the archive is
 * looked at. */
#include <kernel/math.h>
#include <kernel/string.h>
#include <fs/limits.h>

#include "cpio.h"

#define HEADER_BYTES	110u

static bool read_field(const char *text, u32 *value)
{
	*value = 0;
	for (unsigned int i = 0; i < 8; i++) {
		char c = text[i];
		u32 digit = c >= '0' && c <= '9' ? (u32)(c - '0') :
			    c >= 'a' && c <= 'f' ? (u32)(c - 'a') + 10 :
			    c >= 'A' && c <= 'F' ? (u32)(c - 'A') + 10 : 16;

		if (digit > 15)
			return false;
		*value = *value << 4 | digit;
	}
	return true;
}

const char *cpio_read(const char *data, size_t bytes, size_t at, struct cpio_entry *e)
{
	const char *header = data + at;
	size_t left = bytes - at, content;

	if (left >= 2 && !memcmp(header, "\x1f\x8b", 2))
		return "it is compressed with gzip; give it as it comes from cpio";
	if (left < HEADER_BYTES)
		return "it ends within a header";
	if (memcmp(header, "070701", 6) && memcmp(header, "070702", 6))
		return "there is no header of cpio's format newc";
	for (unsigned int i = 0; i < NR_CPIO_FIELDS; i++) {
		if (!read_field(header + 6 + 8 * i, &e->field[i]))
			return "a header has a number that is not hexadecimal";
	}
	e->name = header + HEADER_BYTES;
	if (!e->field[CPIO_NAMESIZE] || e->field[CPIO_NAMESIZE] > PATH_MAX)
		return "a name is empty or too long";
	content = ALIGN_UP(HEADER_BYTES + (size_t)e->field[CPIO_NAMESIZE], 4ul);
	if (content > left || e->name[e->field[CPIO_NAMESIZE] - 1])
		return "it ends within a name";
	e->content = header + content;
	if (e->field[CPIO_FILESIZE] > left - content)
		return "it ends within a file";
	return NULL;
}

size_t cpio_next(const char *data, size_t bytes, const struct cpio_entry *e)
{
	return min(ALIGN_UP((size_t)(e->content - data) + e->field[CPIO_FILESIZE], 4ul), bytes);
}
