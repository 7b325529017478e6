/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_HOST_SLAB_COMMON_H
#define TEST_HOST_SLAB_COMMON_H

/* What the tests of the slab allocator share. */

#include "common/boot.h"

#include <kernel/percpu.h>
#include <mm/slab.h>
#include <mm/snapshot.h>

#include "mm/page/internal.h"

#define MB		(1ull << 20)
/* So many objects fill and empty magazines and slabs several times. */
#define MAX_OBJECTS	(4u * CONFIG_SLAB_MAGAZINE + 8)

static inline struct slabinfo info_of(const char *name)
{
	struct slabinfo info;
	unsigned int row = 0;

	while (slabinfo_next(&row, &info))
		if (strcmp(info.name, name) == 0)
			return info;
	return (struct slabinfo){ 0 };
}

static inline bool all_bytes(const void *va, unsigned char value, size_t n)
{
	const unsigned char *p = va;

	while (n && *p == value) {
		p++;
		n--;
	}
	return n == 0;
}

/* CPUs of each case's machine. */
#define SLAB_CPUS	MIN_CONST(CONFIG_NR_CPUS, 3)

/* Begins a case: a machine with 64 MiB of RAM and SLAB_CPUS CPUs. */
static inline int slab_machine(void **state)
{
	(void)state;
	boot_ram(64 * MB, SLAB_CPUS);
	kmem_cache_init();
	return 0;
}

/* Ends a case: the slab allocator is valid. */
static inline int slab_sound(void **state)
{
	const char *broken = slab_validate();

	(void)state;
	if (broken)
		print_error("%s\n", broken);
	return broken != NULL;
}

#define SLAB_CASE(fn)	cmocka_unit_test_setup_teardown(fn, slab_machine, slab_sound)

/* The statement must stop the machine with a text that has both words. */
#define assert_stops(statement, word1, word2) \
	do { \
		assert_int_not_equal(HOST_TRY(statement), HOST_RAN_ON); \
		if (!strstr(host_stop_text(), word1) || !strstr(host_stop_text(), word2)) \
			print_error("%s\n", host_stop_text()); \
		assert_non_null(strstr(host_stop_text(), word1)); \
		assert_non_null(strstr(host_stop_text(), word2)); \
	} while (0)

#endif /* TEST_HOST_SLAB_COMMON_H */
