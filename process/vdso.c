/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page that every program has beside its own: code by which handlers come back and clocks are
 * read (arch/riscv/vdso.S), and the numbers that this code needs. System calls read clocks by the
 * same numbers, so that a program that does both sees one time.
 */
#include <kernel/init.h>
#include <kernel/string.h>
#include <kernel/time.h>
#include <kernel/wall.h>
#include <mm/address_space.h>
#include <mm/page.h>
#include <arch/page.h>
#include <arch/time.h>
#include <asm/vdso.h>

#include "internal.h"

#define NS_PER_S	1000000000ull

BUILD_ASSERT(offsetof(struct vdso_data, multiplier) == VDSO_MULTIPLIER, "VDSO_MULTIPLIER");
BUILD_ASSERT(offsetof(struct vdso_data, resolution_ns) == VDSO_RESOLUTION, "VDSO_RESOLUTION");
BUILD_ASSERT(offsetof(struct vdso_data, offset_ns) == VDSO_OFFSETS, "VDSO_OFFSETS");
BUILD_ASSERT(CLOCK_BOOTTIME == VDSO_CLOCKS - 1, "a clock has its offset by its number");

union vdso_page vdso __aligned(PAGE_SIZE) __section(".bss..page_aligned");	/* [a] */

/* Whoever comes last has seen the last change. */
static void wall_changed(void)
{
	u64 *offsets = vdso.data.offset_ns, distance_us, offset_ns;

	do {
		distance_us = time_wall_distance_us();
		offset_ns = offsets[CLOCK_MONOTONIC] + distance_us * 1000;
		WRITE_ONCE(offsets[CLOCK_REALTIME], offset_ns);
		WRITE_ONCE(offsets[CLOCK_REALTIME_COARSE], offset_ns);
		memory_fence(__ATOMIC_SEQ_CST);
	} while (time_wall_distance_us() != distance_us);
}

/* The largest shift and multiplier that fit: 2^64 * NS_PER_S / (hz << shift), rounded up so that
 * a whole number of nanoseconds is not seen as one less. */
static void __init set_rate(struct vdso_data *data, u64 hz)
{
	u64 rest = NS_PER_S, divisor = hz;

	for (; divisor <= NS_PER_S; divisor <<= 1)
		data->shift++;
	for (unsigned int bit = 0; bit < 64; bit++) {
		rest <<= 1;
		data->multiplier <<= 1;
		if (rest >= divisor) {
			rest -= divisor;
			data->multiplier |= 1;
		}
	}
	data->multiplier += rest != 0;
	data->resolution_ns = (NS_PER_S + hz - 1) / hz;
}

static int __init vdso_init(void)
{
	u64 *offsets = vdso.data.offset_ns, first_ns;

	memcpy(vdso.bytes, vdso_image, (size_t)(vdso_image_end - vdso_image));
	/* Where time stands still every clock says 0. */
	if (timebase_hz)
		set_rate(&vdso.data, timebase_hz);
	first_ns = vdso_ticks_ns(time_first_tick());
	for (unsigned int clock = 0; clock < VDSO_CLOCKS; clock++)
		offsets[clock] = 0 - first_ns;
	offsets[CLOCK_PROCESS_CPUTIME_ID] = offsets[CLOCK_THREAD_CPUTIME_ID] = VDSO_CLOCK_NONE;
	time_wall_watch(wall_changed);
	wall_changed();
	return 0;
}

initcall(vdso_init);

/* ---- its place in programs: a file of one page ---- */

static struct page *vdso_frame(void *file, u64 index, bool make)
{
	(void)make;
	(void)index;
	return pfn_to_page(PFN_DOWN(__pa_symbol(file)));
}

static void nothing(void *file)
{
	(void)file;
}

const struct backing_ops vdso_backing = {
	.frame = vdso_frame, .get = nothing, .put = nothing,
};

int vdso_map(struct address_space *s)
{
	long at = space_map(s, &(struct map_request){
		.start = vdso_address(s), .bytes = PAGE_SIZE, .rights = VM_READ | VM_EXEC,
		.file = &vdso, .ops = &vdso_backing, .fixed = true,
	});

	return at < 0 ? (int)at : 0;
}
