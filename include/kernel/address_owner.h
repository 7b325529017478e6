/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_ADDRESS_OWNER_H
#define KERNEL_ADDRESS_OWNER_H

#include <kernel/compiler.h>
#include <kernel/types.h>

/*
 * Whoever gives out virtual addresses says in reports what lies there: a row of a table, by
 * ADDRESS_OWNER(name, fn). fn writes into buf what va is, or returns false: it is none of its own.
 * Any context, also after a fault: it takes no lock and touches nothing but its own data.
 */
struct address_owner {
	bool (*describe)(unsigned long va, char *buf, size_t size);
};

#define ADDRESS_OWNER(name, fn) \
	static const struct address_owner __address_owner_##name __used \
		__section(".address_owners") = { fn }

extern const struct address_owner __address_owners_start[], __address_owners_end[];

#endif /* KERNEL_ADDRESS_OWNER_H */
