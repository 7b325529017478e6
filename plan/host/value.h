/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PLAN_VALUE_H
#define PLAN_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * JSON that is read back: what `plan` prints, here or in the kernel's shell. The reader knows as
 * much of JSON as a plan uses, whose numbers are whole and not negative, and refuses anything else
 * with its place. Values live as long as the process.
 */
enum value_type { VALUE_NULL, VALUE_BOOL, VALUE_NUMBER, VALUE_STRING, VALUE_ARRAY, VALUE_OBJECT };

struct value {
	enum value_type type;
	const char *key;		/* in an object */
	const char *text;		/* of a string; see value_parse() */
	uint64_t number;		/* of a number; 0 or 1 of a bool */
	struct value *first, *next;	/* first: of an array or object; next: behind this one */
	size_t count;			/* values in it */
};

/*
 * Reads bytes of text, which must hold one value and white space. Bytes of strings that are not
 * printable ASCII become "\xNN", so that a name can go to any terminal. Returns NULL on failure,
 * and *wrong is a sentence that stays valid.
 */
const struct value *value_parse(const char *text, size_t bytes, const char **wrong);

/* The value of a key; NULL if there is none, or if v is no object. */
const struct value *value_get(const struct value *v, const char *key);

/* A number, or an address in a string "0x..."; false when v is neither, or NULL. */
bool value_number(const struct value *v, uint64_t *number);

/* The text of a string; fallback if v is something else, or NULL. */
const char *value_text(const struct value *v, const char *fallback);

#define value_for_each(item, v) \
	for ((item) = (v) ? (v)->first : NULL; (item); (item) = (item)->next)

/* Returns zeroed memory that lives as long as the process; ends the process when there is none. */
void *plan_alloc(size_t count, size_t bytes);

#endif /* PLAN_VALUE_H */
