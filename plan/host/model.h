/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PLAN_HOST_MODEL_H
#define PLAN_HOST_MODEL_H

#include <host/target.h>

/*
 * The target: the image that was linked last, and page tables that the target's own code builds in
 * the hosted machine's RAM. So a plan reserves the very frames that the kernel will.
 */
extern const struct host_target model_target;

/* Bytes of the target's linear map. */
u64 model_linear_map_bytes(void);

#endif /* PLAN_HOST_MODEL_H */
