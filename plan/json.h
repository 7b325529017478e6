/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PLAN_JSON_H
#define PLAN_JSON_H

#include <kernel/seq_file.h>

/*
 * Writes JSON as a stream: values in the order of the calls, without white space. Inside objects a
 * value has a key, inside arrays the key is NULL.
 */
struct json {
	struct seq_file *m;
	bool comma;		/* this level has a value already */
};

void json_open(struct json *j, const char *key, char bracket);
void json_close(struct json *j, char bracket);
void json_number(struct json *j, const char *key, u64 value);
/* An address, as the string "0x...". */
void json_address(struct json *j, const char *key, u64 value);
void json_string(struct json *j, const char *key, const char *text);
void json_bool(struct json *j, const char *key, bool value);

#endif /* PLAN_JSON_H */
