/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every relation between options that can be broken by setting options: what has to hold, what is
 * wrong where it does not, and the mend. A row is read twice. scripts/kconfig/relations.py refuses
 * a configuration that breaks one, with the values and those that would do; the compiler refuses
 * it once more in config_check.c.
 *
 * A condition is made of options, numbers, the operators of C, IS_ENABLED() and sizeof(); it means
 * the same to both readers. An option that is not asked for counts 0; where C then has no such
 * macro, the name without CONFIG_ of mm/config.h has one. A frame is 2^12 bytes.
 */
RELATION(CONFIG_MAX_ORDER + 12 <= CONFIG_SECTION_SIZE_BITS,
	 "MAX_ORDER + 12 is more than SECTION_SIZE_BITS, but a block lies in one section",
	 "lower MAX_ORDER or raise SECTION_SIZE_BITS")
RELATION(CONFIG_PAGEBLOCK_ORDER <= CONFIG_MAX_ORDER,
	 "PAGEBLOCK_ORDER is more than MAX_ORDER, but a pageblock is at most a largest block",
	 "lower PAGEBLOCK_ORDER or raise MAX_ORDER")
RELATION(CONFIG_SECTION_SIZE_BITS < CONFIG_MAX_PHYSMEM_BITS,
	 "SECTION_SIZE_BITS is not less than MAX_PHYSMEM_BITS, but there are two sections at least",
	 "lower SECTION_SIZE_BITS or raise MAX_PHYSMEM_BITS")
RELATION(CONFIG_MAX_PHYSMEM_BITS <= 44,
	 "MAX_PHYSMEM_BITS is more than 44, but links are 32-bit frame numbers",
	 "lower MAX_PHYSMEM_BITS")
RELATION(CONFIG_PCP_BATCH >= 1 && CONFIG_PCP_BATCH <= CONFIG_PCP_HIGH,
	 "PCP_BATCH is not within 1 .. PCP_HIGH",
	 "lower PCP_BATCH or raise PCP_HIGH")
RELATION(CONFIG_KMALLOC_MIN_SHIFT <= CONFIG_KMALLOC_MAX_SHIFT,
	 "KMALLOC_MIN_SHIFT is more than KMALLOC_MAX_SHIFT",
	 "lower KMALLOC_MIN_SHIFT or raise KMALLOC_MAX_SHIFT")
RELATION(CONFIG_KMALLOC_MAX_SHIFT <= CONFIG_MAX_ORDER + 12,
	 "KMALLOC_MAX_SHIFT is more than MAX_ORDER + 12, the largest block",
	 "lower KMALLOC_MAX_SHIFT or raise MAX_ORDER")
RELATION(CONFIG_SLAB_MAX_ORDER <= CONFIG_MAX_ORDER,
	 "SLAB_MAX_ORDER is more than MAX_ORDER, but a slab is at most a largest block",
	 "lower SLAB_MAX_ORDER or raise MAX_ORDER")
RELATION((ZONE_DMA_LIMIT_MB << 8) % (1 << CONFIG_MAX_ORDER) == 0,
	 "ZONE_DMA_LIMIT_MB is not a multiple of the largest block, 4 KiB << MAX_ORDER",
	 "change ZONE_DMA_LIMIT_MB or lower MAX_ORDER")
RELATION(!IS_ENABLED(CONFIG_ZONE_DMA32) || ZONE_DMA_LIMIT_MB < 4096,
	 "ZONE_DMA_LIMIT_MB is not below 4096, where ZONE_DMA32 ends",
	 "lower ZONE_DMA_LIMIT_MB or turn ZONE_DMA32 off")
RELATION(CONFIG_NR_CPUS >= 1 && CONFIG_NR_CPUS <= 64,
	 "NR_CPUS is not within 1 .. 64",
	 "change NR_CPUS")
RELATION(SHELL_PRIORITY == 0 || SHELL_PRIORITY < NR_PRIORITIES,
	 "SHELL_PRIORITY is not below NR_PRIORITIES, the number of priorities",
	 "lower SHELL_PRIORITY or raise NR_PRIORITIES")
RELATION(WORK_PRIORITY == 0 || WORK_PRIORITY < NR_PRIORITIES,
	 "WORK_PRIORITY is not below NR_PRIORITIES, the number of priorities",
	 "lower WORK_PRIORITY or raise NR_PRIORITIES")
RELATION(RECLAIM_PRIORITY == 0 || RECLAIM_PRIORITY < NR_PRIORITIES,
	 "RECLAIM_PRIORITY is not below NR_PRIORITIES, the number of priorities",
	 "lower RECLAIM_PRIORITY or raise NR_PRIORITIES")
RELATION(COMPACTION_PRIORITY == 0 || COMPACTION_PRIORITY < NR_PRIORITIES,
	 "COMPACTION_PRIORITY is not below NR_PRIORITIES, the number of priorities",
	 "lower COMPACTION_PRIORITY or raise NR_PRIORITIES")
RELATION(USER_PRIORITY == 0 || USER_PRIORITY < NR_PRIORITIES,
	 "USER_PRIORITY is not below NR_PRIORITIES, the number of priorities",
	 "lower USER_PRIORITY or raise NR_PRIORITIES")
RELATION(sizeof(CONFIG_CMDLINE) <= 1024,
	 "CMDLINE is longer than the 1023 bytes that are kept of boot arguments",
	 "shorten CMDLINE")
RELATION(sizeof(CONFIG_PLAN_DIGEST) <= 512,
	 "PLAN_DIGEST is longer than its room of 511 bytes",
	 "remove the words of a RAM size from PLAN_DIGEST")
