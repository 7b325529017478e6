/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clocks that a program reads without a call, in the page of code that the kernel gives it: they
 * agree with the calls, and a step of the wall clock is seen at once. Ends with 42, or with the
 * number of cases that failed after a line for each. It steps the wall clock.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define PASSED		42
#define ROUNDS		50
#define STEPS		20
#define NS_PER_S	1000000000ll

static int failed;

#define EXPECT(condition) do { \
	if (!(condition)) { \
		failed++; \
		dprintf(1, "line %d: %s\n", __LINE__, #condition); \
	} \
} while (0)

static long long ns_of(struct timespec t)
{
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

static long long by_call(clockid_t clock)
{
	struct timespec t = { 0, 0 };

	EXPECT(!syscall(SYS_clock_gettime, clock, &t));
	return ns_of(t);
}

static long long by_page(clockid_t clock)
{
	struct timespec t = { 0, 0 };

	EXPECT(!clock_gettime(clock, &t));
	EXPECT(t.tv_nsec >= 0 && t.tv_nsec < NS_PER_S);
	return ns_of(t);
}

/* As a C library looks: by the table of hashes, and the version of what it finds. */
static void *find(const char *page, const char *name)
{
	const Elf64_Ehdr *header = (const void *)page;
	const Elf64_Phdr *parts = (const void *)(page + header->e_phoff);
	const Elf64_Dyn *row = NULL;
	const Elf64_Sym *symbols = NULL;
	const Elf64_Half *versions = NULL;
	const Elf64_Word *hash = NULL;
	const Elf64_Verdef *definition = NULL;
	const char *names = NULL;

	for (unsigned int i = 0; i < header->e_phnum; i++)
		if (parts[i].p_type == PT_DYNAMIC)
			row = (const void *)(page + parts[i].p_vaddr);
	for (; row && row->d_tag; row++) {
		const void *at = page + row->d_un.d_ptr;

		if (row->d_tag == DT_STRTAB)
			names = at;
		else if (row->d_tag == DT_SYMTAB)
			symbols = at;
		else if (row->d_tag == DT_HASH)
			hash = at;
		else if (row->d_tag == DT_VERSYM)
			versions = at;
		else if (row->d_tag == DT_VERDEF)
			definition = at;
	}
	for (unsigned int i = hash[2]; i; i = hash[2 + hash[0] + i]) {
		const Elf64_Verdef *d = definition;
		const Elf64_Verdaux *version;

		if (strcmp(names + symbols[i].st_name, name))
			continue;
		while (d->vd_ndx != versions[i] && d->vd_next)
			d = (const void *)((const char *)d + d->vd_next);
		version = (const void *)((const char *)d + d->vd_aux);
		EXPECT(!strcmp(names + version->vda_name, "LINUX_4.15"));
		return (void *)(page + symbols[i].st_value);
	}
	return NULL;
}

static void is_a_library(void)
{
	const char *page = (const void *)getauxval(AT_SYSINFO_EHDR);

	EXPECT(page);
	if (!page)
		return;
	EXPECT(!memcmp(page, ELFMAG, SELFMAG));
	EXPECT(find(page, "__vdso_clock_gettime"));
	EXPECT(find(page, "__vdso_clock_getres"));
	EXPECT(find(page, "__vdso_gettimeofday"));
	EXPECT(find(page, "__vdso_rt_sigreturn"));
	EXPECT(!find(page, "__vdso_none"));
}

static void agrees(clockid_t clock)
{
	struct timespec a, b;

	for (int i = 0; i < ROUNDS; i++) {
		long long before = by_call(clock), between = by_page(clock);

		EXPECT(before <= between && between <= by_call(clock));
	}
	EXPECT(!clock_getres(clock, &a) && !syscall(SYS_clock_getres, clock, &b));
	EXPECT(ns_of(a) == ns_of(b) && ns_of(a) > 0);
	EXPECT(!clock_getres(clock, NULL));
}

static void time_of_day(void)
{
	int (*read_page)(struct timeval *, void *);
	const char *page = (const void *)getauxval(AT_SYSINFO_EHDR);
	struct timeval t;
	int zone[2] = { 7, 7 };
	long long before = by_call(CLOCK_REALTIME), between;

	EXPECT(!gettimeofday(&t, NULL));
	between = t.tv_sec * NS_PER_S + t.tv_usec * 1000;
	EXPECT(before / 1000 <= between / 1000 && between <= by_call(CLOCK_REALTIME));
	read_page = page ? find(page, "__vdso_gettimeofday") : NULL;
	EXPECT(read_page && !read_page(NULL, zone) && !zone[0] && !zone[1]);
}

static void others(void)
{
	struct timespec t;

	EXPECT(by_page(CLOCK_PROCESS_CPUTIME_ID) > 0);
	EXPECT(by_page(CLOCK_THREAD_CPUTIME_ID) > 0);
	EXPECT(clock_gettime(99, &t) == -1);
	EXPECT(clock_gettime(-1, &t) == -1);
	EXPECT(clock_getres(99, &t) == -1);
}

/* Between begin and end, the log of calls has none about clocks. */
static void no_call(void)
{
	struct timeval day;

	EXPECT(write(1, "begin\n", 6) == 6);
	for (int i = 0; i < ROUNDS; i++) {
		by_page(CLOCK_REALTIME);
		by_page(CLOCK_MONOTONIC);
		EXPECT(!gettimeofday(&day, NULL));
	}
	EXPECT(write(1, "end\n", 4) == 4);
}

static volatile int stop;

static void *never_back(void *unused)
{
	long long last = 0;

	(void)unused;
	while (!stop) {
		long long now = by_page(CLOCK_MONOTONIC);

		EXPECT(now >= last);
		last = now;
	}
	return NULL;
}

static void steps(void)
{
	pthread_t thread;

	EXPECT(!pthread_create(&thread, NULL, never_back, NULL));
	for (int i = 1; i <= STEPS; i++) {
		struct timespec wanted = { 1000000000ll + (i % 2) * 777777777ll, 5000 };
		long long now;

		EXPECT(!syscall(SYS_clock_settime, CLOCK_REALTIME, &wanted));
		now = by_page(CLOCK_REALTIME);
		EXPECT(now >= ns_of(wanted) && now < ns_of(wanted) + 60 * NS_PER_S);
	}
	stop = 1;
	EXPECT(!pthread_join(thread, NULL));
}

int main(void)
{
	static const clockid_t clocks[] = {
		CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE,
		CLOCK_MONOTONIC_COARSE, CLOCK_BOOTTIME,
	};

	no_call();
	is_a_library();
	for (unsigned int i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++)
		agrees(clocks[i]);
	time_of_day();
	others();
	steps();
	dprintf(1, "clocks: %s\n", failed ? "failed" : "all as they should be");
	return failed ? failed : PASSED;
}
