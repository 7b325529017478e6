/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads JSON, so that a plan can be shown and compared long after it was made, or on another
 * machine. There is no library, because building the kernel must ask for nothing but a C compiler.
 */
#include "value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options.h"

/* A plan is four levels deep. */
#define DEPTH_MOST	16

struct reader {
	const char *start, *at, *end;
	char wrong[160];
	unsigned int depth;
};

/* All that was allocated, so that nothing looks lost at the end. */
static struct block {
	struct block *next;
	_Alignas(16) char data[];
} *blocks;

void *plan_alloc(size_t count, size_t bytes)
{
	struct block *b = bytes && count > (SIZE_MAX - sizeof(*b)) / bytes ? NULL :
		calloc(1, sizeof(*b) + count * bytes);

	if (!b)
		plan_die(PLAN_UNUSABLE, "no memory");
	b->next = blocks;
	blocks = b;
	return b->data;
}

static bool parse_value(struct reader *r, struct value *v);

static bool refuse(struct reader *r, const char *what)
{
	unsigned long line = 1;

	for (const char *c = r->start; c < r->at; c++)
		line += *c == '\n';
	snprintf(r->wrong, sizeof(r->wrong), "line %lu, byte %zu: %s", line,
		 (size_t)(r->at - r->start), what);
	return false;
}

static void skip_blanks(struct reader *r)
{
	while (r->at < r->end && strchr(" \t\r\n", *r->at) && *r->at)
		r->at++;
}

static bool take(struct reader *r, char c)
{
	skip_blanks(r);
	if (r->at == r->end || *r->at != c)
		return false;
	r->at++;
	return true;
}

static bool take_word(struct reader *r, const char *word)
{
	size_t bytes = strlen(word);

	if ((size_t)(r->end - r->at) < bytes || memcmp(r->at, word, bytes))
		return false;
	r->at += bytes;
	return true;
}

/* -1 if it is no digit. */
static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *found = c ? strchr(digits, c) : NULL;

	return found ? (int)(found - digits) % 16 : -1;
}

/* The character that is meant by an escape after a backslash; -1 if there is no such escape. */
static int parse_escape(struct reader *r)
{
	static const char codes[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	char c = r->at < r->end ? *r->at++ : 0;
	const char *code = strchr(codes, c);
	int value = 0;

	if (c && code)
		return meant[code - codes];
	if (c != 'u' || r->end - r->at < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int digit = hex_digit(*r->at++);

		if (digit < 0)
			return -1;
		value = value << 4 | digit;
	}
	return value;
}

/* r->at is behind the opening quote. NULL if the string is refused. */
static const char *parse_string(struct reader *r)
{
	const char *close = r->at;
	char *text, *to;

	while (close < r->end && *close != '"')
		close += *close == '\\' ? 2 : 1;
	if (close >= r->end) {
		refuse(r, "a string without an end");
		return NULL;
	}
	/* At worst each byte becomes \xNN, and an escape \xNNNN. */
	text = to = plan_alloc((size_t)(close - r->at) * 4 + 1, 1);
	while (r->at < close) {
		int c = (unsigned char)*r->at++;

		if (c == '\\')
			c = parse_escape(r);
		if (c < 0) {
			refuse(r, "no escape that JSON knows");
			return NULL;
		}
		if (c >= 0x20 && c < 0x7f)
			*to++ = (char)c;
		else
			to += sprintf(to, "\\x%02x", (unsigned int)c);
	}
	r->at = close + 1;
	return text;
}

static bool parse_number(struct reader *r, struct value *v)
{
	const char *start = r->at;

	v->type = VALUE_NUMBER;
	for (; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++) {
		unsigned int digit = (unsigned int)(*r->at - '0');

		if (v->number > (UINT64_MAX - digit) / 10)
			return refuse(r, "a number beyond 64 bits");
		v->number = v->number * 10 + digit;
	}
	return r->at > start || refuse(r, "a value is expected; numbers are whole and not negative");
}

/* Reads members up to the closing bracket; keyed: each has a key. */
static bool parse_members(struct reader *r, struct value *v, char bracket, bool keyed)
{
	struct value **to = &v->first;

	if (take(r, bracket))
		return true;
	do {
		struct value *item = plan_alloc(1, sizeof(*item));

		if (keyed) {
			if (!take(r, '"'))
				return refuse(r, "a key is expected");
			item->key = parse_string(r);
			if (!item->key)
				return false;
			if (!take(r, ':'))
				return refuse(r, "a colon is expected");
		}
		if (!parse_value(r, item))
			return false;
		*to = item;
		to = &item->next;
		v->count++;
	} while (take(r, ','));
	return take(r, bracket) || refuse(r, "a comma or the closing bracket is expected");
}

static bool parse_nested(struct reader *r, struct value *v, char open)
{
	bool ok;

	if (++r->depth > DEPTH_MOST)
		return refuse(r, "nested deeper than a plan is");
	v->type = open == '{' ? VALUE_OBJECT : VALUE_ARRAY;
	ok = parse_members(r, v, open == '{' ? '}' : ']', open == '{');
	r->depth--;
	return ok;
}

static bool parse_value(struct reader *r, struct value *v)
{
	if (take(r, '{'))
		return parse_nested(r, v, '{');
	if (take(r, '['))
		return parse_nested(r, v, '[');
	if (take(r, '"')) {
		v->type = VALUE_STRING;
		v->text = parse_string(r);
		return v->text;
	}
	v->type = VALUE_BOOL;
	if (take_word(r, "true")) {
		v->number = 1;
		return true;
	}
	if (take_word(r, "false"))
		return true;
	v->type = VALUE_NULL;
	return take_word(r, "null") || parse_number(r, v);
}

const struct value *value_parse(const char *text, size_t bytes, const char **wrong)
{
	struct reader *r = plan_alloc(1, sizeof(*r));
	struct value *v = plan_alloc(1, sizeof(*v));
	bool ok;

	*r = (struct reader){ .start = text, .at = text, .end = text + bytes };
	ok = parse_value(r, v);
	skip_blanks(r);
	if (ok && r->at < r->end)
		ok = refuse(r, "more behind the end");
	*wrong = r->wrong;
	return ok ? v : NULL;
}

const struct value *value_get(const struct value *v, const char *key)
{
	const struct value *item;

	if (!v || v->type != VALUE_OBJECT)
		return NULL;
	value_for_each(item, v)
		if (strcmp(item->key, key) == 0)
			return item;
	return NULL;
}

bool value_number(const struct value *v, uint64_t *number)
{
	const char *digit;

	if (v && v->type == VALUE_NUMBER) {
		*number = v->number;
		return true;
	}
	if (!v || v->type != VALUE_STRING || strncmp(v->text, "0x", 2) || !v->text[2] ||
	    strlen(v->text) > 18)
		return false;
	*number = 0;
	for (digit = v->text + 2; *digit; digit++) {
		if (hex_digit(*digit) < 0)
			return false;
		*number = *number << 4 | (uint64_t)hex_digit(*digit);
	}
	return true;
}

const char *value_text(const struct value *v, const char *fallback)
{
	return v && v->type == VALUE_STRING ? v->text : fallback;
}
