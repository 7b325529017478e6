/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ASM_SBI_H
#define ASM_SBI_H

#define SBI_EXT_BASE		0x10
#define SBI_EXT_TIME		0x54494d45
#define SBI_EXT_IPI		0x735049
#define SBI_EXT_RFENCE		0x52464e43
#define SBI_EXT_HSM		0x48534d
#define SBI_EXT_SRST		0x53525354
#define SBI_EXT_DBCN		0x4442434e
#define SBI_LEGACY_SET_TIMER	0x00
#define SBI_LEGACY_PUTCHAR	0x01
#define SBI_LEGACY_GETCHAR	0x02
#define SBI_LEGACY_SHUTDOWN	0x08

#define SBI_SUCCESS		0
#define SBI_ERR_NOT_SUPPORTED	(-2)
#define SBI_ERR_INVALID_PARAM	(-3)
#define SBI_ERR_DENIED		(-4)
#define SBI_ERR_INVALID_ADDRESS	(-5)
#define SBI_ERR_ALREADY_AVAIL	(-6)

#define SBI_HSM_HART_START	0
#define SBI_HSM_HART_STOP	1
#define SBI_HSM_HART_STATUS	2
#define SBI_HSM_STOPPED		1	/* a status */

#define SBI_DBCN_WRITE		0
#define SBI_DBCN_READ		1
#define SBI_DBCN_WRITE_BYTE	2

#ifndef __ASSEMBLY__

#include <kernel/compiler.h>
#include <kernel/types.h>

struct sbiret {
	long error, value;
};

/* Any context, any state of the MMU. Legacy calls leave their result in error. */
struct sbiret sbi_ecall(unsigned long ext, unsigned long fid, unsigned long a0,
			unsigned long a1, unsigned long a2, unsigned long a3);

/* What the firmware said; constant after sbi_init(). */
enum sbi_feature {
	SBI_HAS_TIME = 1 << 0,
	SBI_HAS_IPI = 1 << 1,
	SBI_HAS_RFENCE = 1 << 2,
	SBI_HAS_HSM = 1 << 3,
	SBI_HAS_SRST = 1 << 4,
	SBI_HAS_DBCN = 1 << 5,
	SBI_HAS_LEGACY_CONSOLE = 1 << 6,
};

extern unsigned int sbi_features;

void sbi_init(void);

static inline bool sbi_has(enum sbi_feature feature)
{
	return sbi_features & feature;
}

/* Before sbi_init() nothing is known, and the legacy console is the likely one. */
static inline bool sbi_has_console(void)
{
	return !sbi_features || sbi_has(SBI_HAS_DBCN) || sbi_has(SBI_HAS_LEGACY_CONSOLE);
}

/* Absolute time in ticks; all ones for never. */
static inline void sbi_set_timer(u64 ticks)
{
	sbi_ecall(sbi_has(SBI_HAS_TIME) ? SBI_EXT_TIME : SBI_LEGACY_SET_TIMER, 0, ticks, 0, 0, 0);
}

/* hart_mask is relative to base; base -1 means all harts. 0 or an SBI error. */
static inline long sbi_send_ipi(unsigned long hart_mask, unsigned long base)
{
	return sbi_ecall(SBI_EXT_IPI, 0, hart_mask, base, 0, 0).error;
}

static inline long sbi_remote_fence_i(unsigned long hart_mask, unsigned long base)
{
	return sbi_ecall(SBI_EXT_RFENCE, 0, hart_mask, base, 0, 0).error;
}

static inline long sbi_remote_sfence_vma(unsigned long hart_mask, unsigned long base,
					 unsigned long start, unsigned long bytes)
{
	return sbi_ecall(SBI_EXT_RFENCE, 1, hart_mask, base, start, bytes).error;
}

/* The value, or a negative SBI error. */
static inline long sbi_result(struct sbiret ret)
{
	return ret.error ? ret.error : ret.value;
}

/* pa: where the hart starts with the MMU off, its id in a0 and opaque in a1. 0 or an SBI error. */
static inline long sbi_hart_start(unsigned long hart, phys_addr_t pa, unsigned long opaque)
{
	return sbi_ecall(SBI_EXT_HSM, SBI_HSM_HART_START, hart, pa, opaque, 0).error;
}

/* The running hart; comes back, with an error, only when it cannot. Interrupts off. */
static inline long sbi_hart_stop(void)
{
	return sbi_ecall(SBI_EXT_HSM, SBI_HSM_HART_STOP, 0, 0, 0, 0).error;
}

/* An HSM state, 0 started, 1 stopped, or a negative SBI error. */
static inline long sbi_hart_status(unsigned long hart)
{
	return sbi_result(sbi_ecall(SBI_EXT_HSM, SBI_HSM_HART_STATUS, hart, 0, 0, 0));
}

enum sbi_reset { SBI_SHUTDOWN, SBI_COLD_REBOOT, SBI_WARM_REBOOT };
/* Comes back only if the firmware cannot. failure: the reason given is a system failure. */
static inline void sbi_system_reset(enum sbi_reset type, bool failure)
{
	sbi_ecall(SBI_EXT_SRST, 0, type, failure, 0, 0);
}

static inline void sbi_legacy_shutdown(void)
{
	sbi_ecall(SBI_LEGACY_SHUTDOWN, 0, 0, 0, 0, 0);
}

/* -1 when none waits. */
static inline int sbi_legacy_getchar(void)
{
	return (int)sbi_ecall(SBI_LEGACY_GETCHAR, 0, 0, 0, 0, 0).error;
}

static inline void sbi_legacy_putchar(char c)
{
	sbi_ecall(SBI_LEGACY_PUTCHAR, 0, (unsigned char)c, 0, 0, 0);
}

static inline void sbi_debug_write_byte(char c)
{
	sbi_ecall(SBI_EXT_DBCN, SBI_DBCN_WRITE_BYTE, (unsigned char)c, 0, 0, 0);
}

/* Bytes taken of [pa, pa + bytes), or put there, 0 when none wait; or a negative SBI error. */
static inline long sbi_debug_write(phys_addr_t pa, size_t bytes)
{
	return sbi_result(sbi_ecall(SBI_EXT_DBCN, SBI_DBCN_WRITE, bytes, pa, 0, 0));
}

static inline long sbi_debug_read(phys_addr_t pa, size_t bytes)
{
	return sbi_result(sbi_ecall(SBI_EXT_DBCN, SBI_DBCN_READ, bytes, pa, 0, 0));
}

#endif /* __ASSEMBLY__ */
#endif /* ASM_SBI_H */
