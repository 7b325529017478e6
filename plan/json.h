/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PLAN_JSON_H
#define PLAN_JSON_H

#include <kernel/seq_file.h>

/*
 * JSON as a stream: values in the order they are written, no white space. Keys are given
 * within objects and NULL within arrays.
 */
struct json {
	struct seq_file *m;
	bool comma;		/* a value came before at this level */
};

void json_open(struct json *j, const char *key, char bracket);
void json_close(struct json *j, char bracket);
void json_number(struct json *j, const char *key, u64 value);
/* An address, as the string "0x...". */
void json_address(struct json *j, const char *key, u64 value);
void json_string(struct json *j, const char *key, const char *text);
void json_bool(struct json *j, const char *key, bool value);

#endif /* PLAN_JSON_H */
