/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PLAN_FACTS_H
#define PLAN_FACTS_H

#include "report.h"

/* A plan as a flat list of named facts, for comparisons. */
enum fact_kind { FACT_BYTES, FACT_NUMBER, FACT_ADDRESS, FACT_TEXT };

enum fact_group {
	FACTS_SUM, FACTS_MEMORY, FACTS_COST, FACTS_CONFIG, FACTS_ZONES, FACTS_NODES, FACTS_BLOCKS,
	FACTS_PCP, FACTS_SLAB, FACTS_RESERVED, FACTS_CONFLICTS, FACTS_DIGEST, NR_FACT_GROUPS,
};

/* The most facts that FACTS_SUM has. */
#define FACTS_SUM_MOST	4

struct fact {
	int group;			/* enum fact_group */
	enum fact_kind kind;
	const char *name, *text;
	uint64_t number;
};

struct facts {
	struct fact *fact;
	size_t count, room;
};

void facts_make(struct facts *facts, const struct report *r);

const char *fact_group_name(int group);

#endif /* PLAN_FACTS_H */
