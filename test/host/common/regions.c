/* SPDX-License-Identifier: BSD-2-Clause */
#include "regions.h"

#include "mm/boot/memblock_internal.h"

static size_t append(char *text, size_t size, size_t len, const char *fmt, ...)
	__attribute__((__format__(__printf__, 4, 5)));

static size_t append(char *text, size_t size, size_t len, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	len += (size_t)vsnprintf(text + len, size - len, fmt, args);
	va_end(args);
	assert_true(len < size);
	return len;
}

static const char *const *not_shown;

void regions_leave_out(const char *const *owners)
{
	not_shown = owners;
}

static bool left_out(const char *owner)
{
	for (const char *const *name = not_shown; owner && name && *name; name++)
		if (!strcmp(*name, owner))
			return true;
	return false;
}

const char *regions_text(const struct memblock_type *type)
{
	static char texts[2][4096];
	char *text = texts[type == &memblock.reserved];
	const char *broken = memblock_validate(type);
	size_t size = sizeof(texts[0]), len = 0;

	text[0] = 0;
	if (broken)
		return broken;
	for (unsigned long i = 0; i < type->cnt; i++) {
		const struct memblock_region *r = &type->regions[i];

		if (!r->size)
			continue;
		if (left_out(r->owner))
			continue;
		/* Bounds that are not whole MiB must not be rounded by the division. */
		if ((r->base | r->size) % MB)
			len = append(text, size, len, "%s0x%llx-0x%llx", len ? " " : "",
				     (unsigned long long)r->base,
				     (unsigned long long)(r->base + r->size));
		else
			len = append(text, size, len, "%s%llu-%llu", len ? " " : "",
				     (unsigned long long)(r->base / MB),
				     (unsigned long long)((r->base + r->size) / MB));
		if (r->flags)
			len = append(text, size, len, "f%d", (int)r->flags);
		if (r->nid && r->nid != MEMBLOCK_DEFAULT_NID)
			len = append(text, size, len, "n%d", r->nid);
		if (r->owner)
			len = append(text, size, len, "(%s)", r->owner);
	}
	return text;
}
