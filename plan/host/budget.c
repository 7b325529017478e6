/* SPDX-License-Identifier: BSD-2-Clause */
#include "budget.h"

const struct plan_budget plan_budget = {
	.free_mb = CONFIG_PLAN_MIN_FREE_MB,
	.largest_order = CONFIG_PLAN_MIN_LARGEST_ORDER,
};
