/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_ADDRESS_OWNER_H
#define KERNEL_ADDRESS_OWNER_H

#include <kernel/compiler.h>
#include <kernel/types.h>

/*
 * Code that gives out virtual addresses names them in reports, by a row of a table:
 * ADDRESS_OWNER(name, fn). fn writes into buf what va is, or returns false if va is none of its
 * own. It runs in any context, also after a fault: fn takes no lock and touches nothing but its own
 * data.
 */
struct address_owner {
	bool (*describe)(unsigned long va, char *buf, size_t size);
};

#define ADDRESS_OWNER(name, fn) \
	static const struct address_owner __address_owner_##name __used \
		__section(".address_owners") = { fn }

extern const struct address_owner __address_owners_start[], __address_owners_end[];

#endif /* KERNEL_ADDRESS_OWNER_H */
