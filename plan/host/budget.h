/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PLAN_BUDGET_H
#define PLAN_BUDGET_H

/* What a plan must leave free; 0 and -1 ask for nothing. */
struct plan_budget {
	unsigned long free_mb;
	int largest_order;
};
extern const struct plan_budget plan_budget;

#endif /* PLAN_BUDGET_H */
