/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_HOST_SCAN_H
#define TEST_HOST_SCAN_H

#include "regions.h"
#include "tree.h"

/* The RAM, the image (2 MiB) and the tree of the machine in these tests. */
#define RAM		0x80000000ull
#define IMAGE		0x80200000ull
#define TREE		0x87e00000ull

/*
 * Runs the part of boot that fills memblock from a tree, on a new machine; m and args may be NULL.
 * Returns how it stopped. Afterwards assert_reserved() leaves out the image and the tree.
 */
enum host_stop scan(const struct host_machine *m, const void *fdt, const char *args);

/* Does the same, and the scan must go well: the image is in RAM, mapped and reserved. */
void scan_well(const struct host_machine *m, const void *fdt, const char *args);

/* Checks that the tables are valid and that every promise about the image is kept. */
void check_scan(void);

#define assert_log(text)	assert_non_null(strstr(host_log(), text))
#define assert_no_log(text)	assert_null(strstr(host_log(), text))
#define assert_stop_text(text)	assert_non_null(strstr(host_stop_text(), text))

#endif /* TEST_HOST_SCAN_H */
