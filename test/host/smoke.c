/* SPDX-License-Identifier: BSD-2-Clause */
#include "common/boot.h"
#include <mm/gfp.h>
#include <mm/audit.h>
#include <mm/memblock.h>
static void say(void *c, const char *l){(void)c;printf("say %s\n",l);}
static void t(void **s)
{
	struct audit a;
	(void)s;
	boot_ram(1ul << 28, 2);
	printf("%s", host_log());
	for (int i = 0; i < 1000; i++) { struct page *p = alloc_pages(0, 0); assert_non_null(p); if (i & 1) __free_pages(p, 0); }
	assert_int_equal(memory_audit(&a, say, NULL), 0);
}
int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(t), cmocka_unit_test(t) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
