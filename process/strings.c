/* SPDX-License-Identifier: BSD-2-Clause */
/* Arguments and environment on their way from one program to the next. */
#include <kernel/errno.h>
#include <kernel/math.h>
#include <kernel/string.h>
#include <kernel/uaccess.h>
#include <mm/gfp.h>
#include <mm/vmalloc.h>

#include "internal.h"

/* Linux's limits, less generous: all together, and one of them. */
#define ALL_MOST	0x40000ul
#define ONE_MOST	0x20000ul
#define FIRST_ROOM	0x1000ul

/* Room for so many more. */
static int make_room(struct exec_strings *s, size_t bytes)
{
	size_t room = s->room ? s->room : FIRST_ROOM;
	char *text;

	if (s->bytes + bytes > ALL_MOST)
		return -E2BIG;
	while (room < s->bytes + bytes)
		room *= 2;
	if (room == s->room)
		return 0;
	text = kvmalloc(room, GFP_KERNEL | __GFP_NOWARN);
	if (!text)
		return -ENOMEM;
	memcpy(text, s->text ? s->text : "", s->bytes);
	kvfree(s->text);
	s->text = text;
	s->room = room;
	return 0;
}

int strings_add(struct exec_strings *s, const char *text)
{
	size_t bytes = strlen(text) + 1;
	int err = make_room(s, bytes);

	if (err)
		return err;
	memcpy(s->text + s->bytes, text, bytes);
	s->bytes += bytes;
	return 0;
}

int strings_prepend(struct exec_strings *s, const char *text)
{
	size_t bytes = strlen(text) + 1;
	int err = make_room(s, bytes);

	if (err)
		return err;
	memmove(s->text + bytes, s->text, s->bytes);
	memcpy(s->text, text, bytes);
	s->bytes += bytes;
	s->env_at += bytes;
	s->argc++;
	return 0;
}

static int add_one(struct exec_strings *s, uintptr_t from)
{
	long length;
	int err = make_room(s, 1);

	while (!err) {
		length = copy_string_from_user(s->text + s->bytes, from,
					       min(s->room - s->bytes, ONE_MOST));
		if (length >= 0) {
			s->bytes += (size_t)length + 1;
			return 0;
		}
		if (length != -ENAMETOOLONG || s->room - s->bytes >= ONE_MOST)
			return length == -ENAMETOOLONG ? -E2BIG : (int)length;
		err = make_room(s, s->room - s->bytes + 1);
	}
	return err;
}

int strings_add_user(struct exec_strings *s, uintptr_t vector, unsigned int *count)
{
	uintptr_t from;
	int err;

	for (*count = 0; vector; ++*count, vector += sizeof(from)) {
		if (copy_from_user(&from, vector, sizeof(from)))
			return -EFAULT;
		if (!from)
			break;
		err = add_one(s, from);
		if (err)
			return err;
	}
	return 0;
}

void strings_free(struct exec_strings *s)
{
	kvfree(s->text);
	s->text = NULL;
}
