/* SPDX-License-Identifier: BSD-2-Clause */
#include "budget.h"

const struct plan_budget plan_budget = { .largest_order = -1 };
