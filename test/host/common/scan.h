/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_HOST_SCAN_H
#define TEST_HOST_SCAN_H

#include "regions.h"
#include "tree.h"

/* Where the machine of these tests has its RAM, its image (2 MiB) and its tree. */
#define RAM		0x80000000ull
#define IMAGE		0x80200000ull
#define TREE		0x87e00000ull

/*
 * The part of boot that fills memblock from a tree, on a new machine; m may be NULL, args too.
 * Returns how it stopped. Afterwards assert_reserved() leaves out the image and the tree.
 */
enum host_stop scan(const struct host_machine *m, const void *fdt, const char *args);

/* The same, and it must have gone well: the image is in RAM, mapped and reserved. */
void scan_well(const struct host_machine *m, const void *fdt, const char *args);

/* The tables hold together, and no promise about the image is broken. */
void check_scan(void);

#define assert_log(text)	assert_non_null(strstr(host_log(), text))
#define assert_no_log(text)	assert_null(strstr(host_log(), text))
#define assert_stop_text(text)	assert_non_null(strstr(host_stop_text(), text))

#endif /* TEST_HOST_SCAN_H */
