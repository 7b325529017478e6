/* SPDX-License-Identifier: BSD-2-Clause */
#include <libfdt.h>

/*
 * libfdt's fdt_check_full(), for a copy of libfdt without fdt_check.c, such as Linux's source has;
 * scripts/libfdt.mk decides. The contract is the same: no access outside bufsize bytes, and 0 only
 * if every later walk over the tree stays inside them.
 */
int fdt_check_full(const void *fdt, size_t bufsize)
{
	int offset = 0, next, depth = 0, err;
	const char *name;

	if (bufsize < FDT_V1_SIZE)
		return -FDT_ERR_TRUNCATED;
	err = fdt_check_header(fdt);
	if (err)
		return err;
	if (bufsize < fdt_totalsize(fdt))
		return -FDT_ERR_TRUNCATED;
	err = fdt_num_mem_rsv(fdt);
	if (err < 0)
		return err;

	for (;; offset = next) {
		switch (fdt_next_tag(fdt, offset, &next)) {
		case FDT_BEGIN_NODE:
			/* There is one root, and nothing before it. */
			if (depth++ == 0 && offset)
				return -FDT_ERR_BADSTRUCTURE;
			break;
		case FDT_END_NODE:
			if (depth-- == 0)
				return -FDT_ERR_BADSTRUCTURE;
			break;
		case FDT_PROP:
			/* This reads the property's name, which lies in another block than its
			 * value. */
			if (!fdt_getprop_by_offset(fdt, offset, &name, &err))
				return err;
			break;
		case FDT_END:
			/* Errors show as this tag, too. */
			if (next < 0)
				return next;
			return depth == 0 ? 0 : -FDT_ERR_BADSTRUCTURE;
		default:
			break;
		}
		if (next < 0)
			return next;
	}
}
