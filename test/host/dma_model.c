/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random use of mappings by devices of every kind, against a model of what each buffer holds. The
 * devices see memory behind a simulated cache (dma_sim.h), so that a line that was not written
 * back, or not dropped, shows as a byte that is wrong: that is tried as well, by leaving the
 * operations out. CPUs write beside the buffers all the while.
 */
#include "dma_sim.h"

#define MAPPINGS	96u
#define BUFFER_PAGES	4u
#define BUFFER_BYTES	(BUFFER_PAGES * PAGE_SIZE)

enum { WIDE, NARROW, BLIND, BLIND_NARROW, SHIFTED, NR_DEVICES };

/* bus address = address in memory - shift */
static struct model_device {
	struct dma_device dev;
	const char *name;
	bool blind;
	unsigned int bits;
	u64 shift;
} devices[NR_DEVICES] = {
	[WIDE] = { .name = "wide", .bits = 64 },
	[NARROW] = { .name = "narrow", .bits = 32 },
	[BLIND] = { .name = "blind", .bits = 64, .blind = true },
	[BLIND_NARROW] = { .name = "blind-narrow", .bits = 32, .blind = true },
	[SHIFTED] = { .name = "shifted", .bits = 40, .shift = LOW_RAM },
};

static struct mapping {
	struct page *page;
	struct model_device *d;		/* NULL: not mapped */
	size_t start, bytes;
	enum dma_data_direction dir;
	dma_addr_t handle;
	u8 holds[BUFFER_BYTES];		/* the whole buffer, as its owners mean it to be */
} mappings[MAPPINGS];

static struct rng rng;
static bool wrong;
static unsigned int full, bounced;

static void fill(u8 *to, size_t bytes)
{
	while (bytes--)
		*to++ = (u8)rng_next(&rng);
}

static u8 *cpu_at(const struct mapping *m, size_t at)
{
	return (u8 *)page_address(m->page) + at;
}

/* Where the device finds byte i of the mapping, by the model's own arithmetic. */
static u8 *device_at(const struct mapping *m, size_t i)
{
	return sim_memory(m->handle + i + m->d->shift, !m->d->blind);
}

static void cpu_writes(struct mapping *m, size_t at, size_t bytes)
{
	fill(m->holds + at, bytes);
	memcpy(cpu_at(m, at), m->holds + at, bytes);
}

/* CPUs write what lies before and behind the buffer, at any time. */
static void neighbours_write(struct mapping *m)
{
	size_t before = min(m->start, (size_t)SIM_LINE), end = m->start + m->bytes;

	cpu_writes(m, m->start - before, before);
	cpu_writes(m, end, min(BUFFER_BYTES - end, (size_t)SIM_LINE));
}

static void cpu_checks(struct mapping *m, size_t at, size_t bytes)
{
	wrong |= memcmp(cpu_at(m, at), m->holds + at, bytes) != 0;
}

static void map(struct mapping *m)
{
	bool narrow;

	m->d = &devices[rng_below(&rng, NR_DEVICES)];
	m->dir = (enum dma_data_direction)rng_below(&rng, 3);
	m->start = rng_below(&rng, PAGE_SIZE);
	m->bytes = 1 + rng_below(&rng, BUFFER_BYTES - PAGE_SIZE - 1);
	if (rng_below(&rng, 2)) {
		m->start = ALIGN_DOWN(m->start, SIM_LINE);
		m->bytes = ALIGN_UP(m->bytes, SIM_LINE);
	}
	cpu_writes(m, 0, BUFFER_BYTES);
	m->handle = rng_below(&rng, 2) ?
		    dma_map_page(&m->d->dev, m->page, m->start, m->bytes, m->dir) :
		    dma_map_single(&m->d->dev, cpu_at(m, m->start), m->bytes, m->dir);
	narrow = m->d->bits == 32 && page_to_phys(m->page) >= HIGH_RAM;
	if (dma_mapping_error(&m->d->dev, m->handle)) {
		/* Nothing but a want of bounce buffers is a reason. */
		assert_true(narrow || m->d->blind);
		full++;
		m->d = NULL;
		return;
	}
	assert_true(m->handle + m->bytes - 1 <= DMA_BIT_MASK(m->d->bits));
	bounced += m->handle + m->d->shift != page_to_phys(m->page) + m->start;
}

static void device_works(struct mapping *m)
{
	size_t at = rng_below(&rng, m->bytes), bytes = 1 + rng_below(&rng, m->bytes - at);

	for (size_t i = at; m->dir != DMA_FROM_DEVICE && i < m->bytes; i++)
		wrong |= *device_at(m, i) != m->holds[m->start + i];
	for (size_t i = at; m->dir != DMA_TO_DEVICE && i < at + bytes; i++)
		m->holds[m->start + i] = *device_at(m, i) = (u8)rng_next(&rng);
}

/* Syncs a part of a mapping for the CPUs, and back; the part begins and ends with lines, or with
 * the mapping. */
static void borrow(struct mapping *m)
{
	size_t from = rng_below(&rng, m->bytes), to;

	from = ALIGN_DOWN(m->start + from, SIM_LINE);
	from = from < m->start || m->bytes < SIM_LINE ? 0 : from - m->start;
	to = min(ALIGN_UP(m->start + from + rng_below(&rng, m->bytes) + 1, SIM_LINE) - m->start,
		 m->bytes);
	dma_sync_single_for_cpu(&m->d->dev, m->handle + from, to - from, m->dir);
	cpu_checks(m, m->start + from, to - from);
	if (m->dir != DMA_FROM_DEVICE)
		cpu_writes(m, m->start + from, to - from);
	dma_sync_single_for_device(&m->d->dev, m->handle + from, to - from, m->dir);
}

static void unmap(struct mapping *m)
{
	dma_unmap_single(&m->d->dev, m->handle, m->bytes, m->dir);
	cpu_checks(m, 0, BUFFER_BYTES);
	m->d = NULL;
}

static void evict(const struct mapping *m)
{
	phys_addr_t pa = page_to_phys(m->page);

	if (m->d && rng_below(&rng, 2))
		pa = m->handle + m->d->shift;
	for (unsigned int i = 0; i < 16; i++)
		sim_evict(pa + rng_below(&rng, m->d ? m->bytes : BUFFER_BYTES));
}

static void step(void)
{
	struct mapping *m = &mappings[rng_below(&rng, MAPPINGS)];
	u64 what = rng_below(&rng, 8);

	if (what < 2)
		evict(m);
	else if (!m->d)
		map(m);
	else if (what < 4)
		device_works(m);
	else if (what < 5)
		borrow(m);
	else if (what < 7)
		neighbours_write(m);
	else
		unmap(m);
}

static void device_node(unsigned int i)
{
	tree_node(devices[i].name);
	if (devices[i].blind)
		tree_flag("dma-noncoherent");
	tree_node_end();
}

/* A machine, its devices, and buffers in both banks. */
static void begin(u64 seed, unsigned int line_bytes)
{
	char path[32];

	rng.state = seed;
	wrong = false;
	sim_tree_begin();
	for (unsigned int i = 0; i < SHIFTED; i++)
		device_node(i);
	tree_node("bus");
	tree_u32("#address-cells", 2);
	tree_u32("#size-cells", 2);
	tree_list("dma-ranges", 0, LOW_RAM, 8ull << 30);
	device_node(SHIFTED);
	tree_node_end();
	sim_boot();
	sim_offer_cache(line_bytes, 0);
	for (unsigned int i = 0; i < NR_DEVICES; i++) {
		struct model_device *d = &devices[i];

		snprintf(path, sizeof(path), "%s/%s", d->shift ? "/bus" : "", d->name);
		assert_int_equal(dma_device_init(&d->dev, d->name,
						 fdt_path_offset(boot_fdt, path)), 0);
		assert_int_equal(d->dev.coherent, !d->blind);
		assert_int_equal(dma_set_mask(&d->dev, DMA_BIT_MASK(d->bits)), 0);
	}
	for (unsigned int i = 0; i < MAPPINGS; i++) {
		struct mapping *m = &mappings[i];

		*m = (struct mapping){ .page = NULL };
		m->page = alloc_pages(GFP_KERNEL | (i % 2 ? GFP_DMA32 : 0), 2);
		assert_non_null(m->page);
		cpu_writes(m, 0, BUFFER_BYTES);
	}
}

static struct random_plan plan;

/* proves DK1, DK2, DM5, DB2 */
static void devices_see_what_is_meant(void **state)
{
	struct dma_bounce_snapshot b;

	(void)state;
	begin(plan.seed, SIM_LINE);
	full = bounced = 0;
	for (u64 i = 0; i < plan.operations && !wrong; i++) {
		step();
		if (i % 4096 == 0)
			sim_check(0);
	}
	for (unsigned int i = 0; i < MAPPINGS && !wrong; i++)
		if (mappings[i].d)
			unmap(&mappings[i]);
	assert_false(wrong);
	dma_bounce_read(&b);
	assert_int_equal(b.used, 0);
	/* The test is worth what it has met. */
	assert_true(plan.operations < 5000 || (bounced && full));
	sim_check(0);
}

/* Each planted fault is found within so many operations, or the test above proves nothing. */
#define FAULT_OPERATIONS	20000u

static void must_be_found(void)
{
	unsigned int i = 0;

	while (i++ < FAULT_OPERATIONS && !wrong)
		step();
	assert_true(wrong);
}

static void a_missing_write_back_is_found(void **state)
{
	(void)state;
	begin(plan.seed, SIM_LINE);
	sim_no_clean = true;
	must_be_found();
}

static void a_missing_drop_is_found(void **state)
{
	(void)state;
	begin(plan.seed, SIM_LINE);
	sim_no_inval = true;
	must_be_found();
}

/* The kernel believes that a line is a byte, and shares lines with neighbours. */
static void a_shared_line_is_found(void **state)
{
	(void)state;
	begin(plan.seed, 1);
	must_be_found();
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(devices_see_what_is_meant),
		cmocka_unit_test(a_missing_write_back_is_found),
		cmocka_unit_test(a_missing_drop_is_found),
		cmocka_unit_test(a_shared_line_is_found),
	};

	plan = random_plan(argc, argv, 60000, 20000000);
	return cmocka_run_group_tests_name("dma_model", tests, NULL, NULL);
}
