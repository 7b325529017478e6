/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random operations on address spaces against a model, for SECONDS: mmap, munmap, mprotect, mremap,
 * brk, madvise, fork, exit and touches. Of WORKERS processes each other one has THREADS threads,
 * and each thread a window of addresses; the model says of each page of a window whether it is
 * mapped, with which rights, and what is in it. What may not be touched has to be SIGSEGV, at that
 * address and with that code. Children go on with the model of who forked them. Ends with 42; SEED
 * may be chosen when it is built.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef SECONDS
#define SECONDS 4
#endif
#ifndef SEED
#define SEED 1ul
#endif
#define WORKERS	     4u
#define THREADS	     2u
#define LIFE	     4000u /* operations of a worker's thread */
#define CHILD_LIFE		24u
#define PAGE	     4096ul
#define WINDOW	     64u /* pages, as are the following */
#define RANGE_MOST		9u
#define FILE_PAGES		40u
#define HEAP_PAGES		20u
#define FIRST_WINDOW 0x1000000000ul
#define WINDOW_STEP		0x40000000ul
#define TABLE_BYTES		0x200000ul
#define WORDS	     (PAGE / sizeof(uint64_t))

enum kind { HOLE, OWN, OF_FILE, COPY_OF_FILE };

struct page {
	uint8_t kind, prot;
	uint16_t nr;	/* of the file's page */
	uint32_t value; /* a copy's is 0 until it is written */
};

struct window {
	char *at, *heap;
	struct page pages[WINDOW], heap_pages[HEAP_PAGES];
	unsigned int heap_now, depth;
	unsigned int first, pages_chosen;	/* of the last operation */
	uint64_t random;
	uint32_t *in_file;		/* what is in its file's pages; all processes see it */
	int file;
	bool writes_file;		/* nobody else looks at the file */
	bool forks;
	const char *last;		/* operation */
};

static struct tally {
	unsigned long operations, forks, faults, refused;
} * tally; /* of all processes */
static time_t end;
static struct window windows[THREADS];
static __thread struct {
	sigjmp_buf back;
	volatile bool armed;
	char *volatile at;
	volatile int code;
} probe;

static unsigned int below(struct window *w, unsigned int n)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return (unsigned int)(w->random >> 33) % n;
}

static void fail(const struct window *w, const char *what, unsigned long page, unsigned long seen)
{
	dprintf(1, "random: seed %lu: %s: %s, page %lu, 0x%lx, errno %d\n", SEED, w->last, what,
		page, seen, errno);
	_exit(1);
}

static void add(unsigned long *count)
{
	__atomic_fetch_add(count, 1, __ATOMIC_RELAXED);
}

static bool over(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec >= end;
}

/* ---- touching ---- */

static void on_fault(int nr, siginfo_t *info, void *context)
{
	(void)nr, (void)context;
	if (!probe.armed) {
		dprintf(1, "random: seed %lu: a fault at %p\n", SEED, info->si_addr);
		_exit(1);
	}
	probe.armed = false;
	probe.at = info->si_addr;
	probe.code = info->si_code;
	siglongjmp(probe.back, 1);
}

/* 0, or the code of the fault. */
static int touch(struct window *w, volatile uint64_t *word, bool writes, uint64_t value,
		 uint64_t *seen)
{
	if (sigsetjmp(probe.back, 0)) {
		if (probe.at != (char *)word)
			fail(w, "a fault at another address", 0, (unsigned long)probe.at);
		add(&tally->faults);
		return probe.code;
	}
	probe.armed = true;
	if (writes)
		*word = value;
	else
		*seen = *word;
	probe.armed = false;
	return 0;
}

static int code_of(const struct page *p, bool writes)
{
	if (p->kind == HOLE)
		return SEGV_MAPERR;
	return p->prot & (writes ? PROT_WRITE : PROT_READ) ? 0 : SEGV_ACCERR;
}

static uint32_t *value_of(struct window *w, struct page *p)
{
	if (p->kind == OF_FILE || (p->kind == COPY_OF_FILE && !p->value))
		return &w->in_file[p->nr];
	return &p->value;
}

/* Three words of a page tell the value. */
static unsigned int place(unsigned int i, uint32_t value)
{
	return i == 0 ? 0 : i == 1 ? WORDS - 1 : 1 + value % (WORDS - 2);
}

static uint64_t word_of(unsigned int i, uint32_t value)
{
	return value ? value * (0x9e3779b97f4a7c15ul + i) : 0;
}

static void check_page(struct window *w, char *at, struct page *p, unsigned long nr)
{
	uint32_t value = *value_of(w, p);
	int code = code_of(p, false);

	for (unsigned int i = 0; i < 3; i++) {
		uint64_t seen = 0;

		if (touch(w, (uint64_t *)at + place(i, value), false, 0, &seen) != code)
			fail(w, "a read is answered otherwise", nr, p->kind);
		if (code)
			return;
		if (seen != word_of(i, value))
			fail(w, "a page holds something else", nr, seen);
	}
}

static void write_page(struct window *w, char *at, struct page *p, unsigned long nr)
{
	uint32_t value = 1 + below(w, 0x7fffffff), before = *value_of(w, p);
	int code = code_of(p, true);
	uint64_t *words = (uint64_t *)at;

	if (!code && p->kind == OF_FILE && !w->writes_file)
		return;
	if (touch(w, &words[place(0, value)], true, word_of(0, value), NULL) != code)
		fail(w, "a write is answered otherwise", nr, p->kind);
	if (code)
		return;
	words[place(2, before)] = 0;
	words[place(1, value)] = word_of(1, value);
	words[place(2, value)] = word_of(2, value);
	if (p->kind == COPY_OF_FILE)
		p->value = value;
	*value_of(w, p) = value;
}

static void check_window(struct window *w)
{
	for (unsigned int i = 0; i < WINDOW; i++)
		check_page(w, w->at + i * PAGE, &w->pages[i], i);
	for (unsigned int i = 0; i < w->heap_now; i++)
		check_page(w, w->heap + i * PAGE, &w->heap_pages[i], 1000 + i);
}

/* ---- operations ---- */

/* Reads the pages that an operation is about, and writes some. */
static void look_at_range(struct window *w)
{
	for (unsigned int i = w->first; i < w->first + w->pages_chosen; i++) {
		if (!below(w, 2))
			write_page(w, w->at + i * PAGE, &w->pages[i], i);
		check_page(w, w->at + i * PAGE, &w->pages[i], i);
	}
}

/* CPUs remember some of the ranges when something happens to them. */
static unsigned int choose(struct window *w, unsigned int *pages)
{
	*pages = 1 + below(w, RANGE_MOST);
	w->pages_chosen = *pages;
	w->first = below(w, WINDOW - *pages + 1);
	if (!below(w, 3))
		look_at_range(w);
	return w->first;
}

static int some_rights(struct window *w)
{
	static const int rights[] = {PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE,
				     PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE};

	return rights[below(w, 5)];
}

static void map(struct window *w)
{
	unsigned int pages, first = choose(w, &pages), kind = OWN, nr = 0;
	int prot = some_rights(w), flags = MAP_PRIVATE | MAP_ANONYMOUS;

	if (below(w, 5) < 2) {
		kind = below(w, 2) ? OF_FILE : COPY_OF_FILE;
		nr = below(w, FILE_PAGES - pages + 1);
		flags = kind == OF_FILE ? MAP_SHARED : MAP_PRIVATE;
	}
	if (mmap(w->at + first * PAGE, pages * PAGE, prot, flags | MAP_FIXED,
		 kind == OWN ? -1 : w->file, nr * PAGE) != w->at + first * PAGE)
		fail(w, "not to be had", first, pages);
	for (unsigned int i = 0; i < pages; i++)
		w->pages[first + i] =
			(struct page){(uint8_t)kind, (uint8_t)prot, (uint16_t)(nr + i), 0};
}

static void unmap(struct window *w)
{
	unsigned int pages, first = choose(w, &pages);

	if (munmap(w->at + first * PAGE, pages * PAGE))
		fail(w, "refused", first, pages);
	memset(&w->pages[first], 0, pages * sizeof(w->pages[0]));
}

/* Pages from first on that are like it; at most so many. */
static unsigned int alike(const struct window *w, unsigned int first, unsigned int most, bool same)
{
	const struct page *p = &w->pages[first];
	unsigned int n = 1;

	for (; n < most && first + n < WINDOW; n++) {
		if ((p[n].kind == HOLE) != (p->kind == HOLE))
			break;
		if (same && (p[n].kind != p->kind || p[n].prot != p->prot ||
			     (p->kind != OWN && p[n].nr != p->nr + n)))
			break;
	}
	return n;
}

static void protect(struct window *w)
{
	unsigned int most, first = choose(w, &most), pages = alike(w, first, most, false);
	int prot = some_rights(w), err = mprotect(w->at + first * PAGE, pages * PAGE, prot);

	if (w->pages[first].kind == HOLE) {
		if (!err || errno != ENOMEM)
			fail(w, "a hole has rights", first, pages);
		return;
	}
	if (err)
		fail(w, "refused", first, pages);
	for (unsigned int i = 0; i < pages; i++)
		w->pages[first + i].prot = (uint8_t)prot;
}

static void move(struct window *w, unsigned int first, unsigned int pages, unsigned int to,
		 unsigned int new_pages)
{
	struct page moved[RANGE_MOST];

	memcpy(moved, &w->pages[first], pages * sizeof(moved[0]));
	for (unsigned int i = pages; i < new_pages; i++)
		moved[i] = (struct page){OWN, moved[0].prot, 0, 0};
	memset(&w->pages[first], 0, pages * sizeof(moved[0]));
	memcpy(&w->pages[to], moved, new_pages * sizeof(moved[0]));
}

/* Pages that were mapped one by one need not be one mapping. By then Linux has unmapped the target,
 * and what the mapping would lose. */
static void forget(struct window *w, unsigned int first, unsigned int pages, unsigned int to,
		   unsigned int new_pages)
{
	if (munmap(w->at + first * PAGE, pages * PAGE) ||
	    munmap(w->at + to * PAGE, new_pages * PAGE))
		fail(w, "munmap of what did not move", first, to);
	memset(&w->pages[first], 0, pages * sizeof(w->pages[0]));
	memset(&w->pages[to], 0, new_pages * sizeof(w->pages[0]));
}

/* Elsewhere, longer or shorter. */
static void remap(struct window *w)
{
	unsigned int most, first = choose(w, &most), pages = alike(w, first, most, true);
	unsigned int new_pages = below(w, 3) ? pages : 1 + below(w, RANGE_MOST);
	unsigned int to = below(w, WINDOW - new_pages + 1);
	char *new_at = w->at + to * PAGE;
	bool is_apart = to + new_pages <= first || first + pages <= to;
	void *at;

	if (w->pages[first].kind != OWN && new_pages > pages)
		return;
	at = mremap(w->at + first * PAGE, pages * PAGE, new_pages * PAGE,
		    MREMAP_MAYMOVE | MREMAP_FIXED, new_at);
	if (at == new_at && is_apart && w->pages[first].kind != HOLE) {
		move(w, first, pages, to, new_pages);
		return;
	}
	if (at != MAP_FAILED || errno != (is_apart ? EFAULT : EINVAL))
		fail(w, "answered otherwise", first, to);
	add(&tally->refused);
	if (is_apart)
		forget(w, first, pages, to, new_pages);
}

static void discard(struct window *w)
{
	unsigned int pages, first = choose(w, &pages);
	bool has_hole = false;
	int err = madvise(w->at + first * PAGE, pages * PAGE, MADV_DONTNEED);

	for (unsigned int i = 0; i < pages; i++) {
		has_hole |= w->pages[first + i].kind == HOLE;
		w->pages[first + i].value = 0;
	}
	if (err ? !has_hole || errno != ENOMEM : has_hole)
		fail(w, "answered otherwise", first, pages);
}

/* Where the kernel chooses, and from there into the window. */
static void map_anywhere(struct window *w)
{
	unsigned int pages, to = choose(w, &pages);
	char *at = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			0),
	     *target = w->at + to * PAGE;
	struct page p[RANGE_MOST];

	if (at == MAP_FAILED)
		fail(w, "not to be had", to, pages);
	for (unsigned int i = 0; i < pages; i++) {
		p[i] = (struct page){OWN, PROT_READ | PROT_WRITE, 0, 0};
		check_page(w, at + i * PAGE, &p[i], 2000 + i);
		if (below(w, 3))
			write_page(w, at + i * PAGE, &p[i], 2000 + i);
	}
	if (mremap(at, pages * PAGE, pages * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, target) != target)
		fail(w, "refused", to, pages);
	memcpy(&w->pages[to], p, pages * sizeof(p[0]));
}

static void set_heap(struct window *w)
{
	unsigned int pages = below(w, HEAP_PAGES + 1);
	char *wanted = w->heap + pages * PAGE;

	if (!w->heap)
		return;
	if ((char *)syscall(SYS_brk, wanted) != wanted)
		fail(w, "refused", pages, w->heap_now);
	for (unsigned int i = w->heap_now; i < pages; i++)
		w->heap_pages[i] = (struct page){OWN, PROT_READ | PROT_WRITE, 0, 0};
	w->heap_now = pages;
	if (pages) {
		unsigned int i = below(w, pages);

		write_page(w, w->heap + i * PAGE, &w->heap_pages[i], 1000 + i);
	}
}

static void read_or_write(struct window *w)
{
	unsigned int i = below(w, WINDOW);

	if (below(w, 3))
		write_page(w, w->at + i * PAGE, &w->pages[i], i);
	else
		check_page(w, w->at + i * PAGE, &w->pages[i], i);
}

/* By a call, into a page that may not be there. */
static void read_file(struct window *w)
{
	unsigned int i = below(w, WINDOW), nr = below(w, FILE_PAGES);
	struct page *p = &w->pages[i];
	long n;

	if (p->kind == COPY_OF_FILE || (p->kind == OF_FILE && !w->writes_file))
		return;
	n = pread(w->file, w->at + i * PAGE, PAGE, (off_t)(nr * PAGE));
	if (code_of(p, true) ? n != -1 || errno != EFAULT : n != (long)PAGE)
		fail(w, "answered otherwise", i, (unsigned long)n);
	if (n > 0)
		*value_of(w, p) = w->in_file[nr];
}

/* ---- processes ---- */

enum ending { EXITS, KILLS_ITSELF, FAULTS, IS_KILLED, ENDINGS };

static void some_operations(struct window *w, unsigned int n);

static void child(struct window *w, enum ending ending)
{
	w->depth++;
	w->forks = ending != IS_KILLED && w->depth < 2;
	do
		some_operations(w, 4 + below(w, CHILD_LIFE));
	while (ending == IS_KILLED);
	w->last = "the end of a child";
	check_window(w);
	if (ending == KILLS_ITSELF)
		kill(getpid(), SIGKILL);
	if (ending == FAULTS) {
		signal(SIGSEGV, SIG_DFL);
		*(volatile char *)(w->at + WINDOW * PAGE) = 1;
	}
	_exit(7);
}

static void check_end(struct window *w, pid_t pid, enum ending ending)
{
	static const int signals[] = {0, SIGKILL, SIGSEGV, SIGKILL};
	int status = 0;

	w->last = "fork";
	if (waitpid(pid, &status, 0) != pid)
		fail(w, "a child is lost", (unsigned long)pid, (unsigned long)status);
	if (status != (ending == EXITS ? 7 << 8 : signals[ending]))
		fail(w, "a child has ended otherwise", ending, (unsigned long)status);
}

/* The parent waits for its child, or goes on meanwhile; then neither writes to the file. */
static void fork_one(struct window *w)
{
	enum ending ending = below(w, w->depth ? IS_KILLED : ENDINGS);
	bool waits = ending != IS_KILLED && below(w, 2), writes_file = w->writes_file;
	uint64_t seed = w->random;
	bool forks = w->forks;
	pid_t pid;

	/* Each fault that ends a process is a line on the console. */
	if (ending == FAULTS && below(w, 8))
		ending = EXITS;
	if (!forks)
		return;
	w->writes_file &= waits;
	pid = fork();
	if (pid < 0)
		fail(w, "refused", 0, 0);
	if (!pid) {
		w->random = seed * 0x2545f4914f6cdd1du + 1;
		child(w, ending);
	}
	add(&tally->forks);
	w->forks = false;
	if (!waits)
		some_operations(w, 1 + below(w, CHILD_LIFE));
	if (ending == IS_KILLED)
		kill(pid, SIGKILL);
	check_end(w, pid, ending);
	w->forks = forks;
	w->writes_file = writes_file;
}

static const struct operation {
	const char *name;
	void (*fn)(struct window *w);
	unsigned int share; /* of 100 */
} operations[] = {
	{"touch", read_or_write, 52},
	{"mmap", map, 10},
	{"munmap", unmap, 5},
	{"mprotect", protect, 9},
	{"mremap", remap, 7},
	{"madvise", discard, 4},
	{"mmap anywhere", map_anywhere, 4},
	{"brk", set_heap, 3},
	{"read", read_file, 4},
	{"fork", fork_one, 2},
};

static void some_operations(struct window *w, unsigned int n)
{
	while (n--) {
		const struct operation *o = operations;
		unsigned int share = below(w, 100);

		for (; share >= o->share; o++)
			share -= o->share;
		w->last = o->name;
		o->fn(w);
		if (below(w, 2))
			look_at_range(w);
		add(&tally->operations);
		if (!below(w, 64))
			check_window(w);
	}
}

static void *thread(void *arg)
{
	struct window *w = arg;

	for (unsigned int n = 0; n < LIFE && !over(); n += 20)
		some_operations(w, 20);
	check_window(w);
	return NULL;
}

static void *shared(size_t bytes)
{
	void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		_exit(3);
	return at;
}

/* A window lies across the end of what one page table serves. */
static void begin_window(struct window *w, unsigned int nr, uint64_t seed)
{
	char name[32];

	w->random = (seed * THREADS + nr + 1) * 0x9e3779b97f4a7c15u;
	w->at = (char *)FIRST_WINDOW + (nr + 1) * WINDOW_STEP + TABLE_BYTES -
		below(w, WINDOW) * PAGE;
	w->in_file = shared(PAGE);
	w->writes_file = w->forks = true;
	snprintf(name, sizeof(name), "/tmp/%d-%u", getpid(), nr);
	w->file = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (w->file < 0 || ftruncate(w->file, FILE_PAGES * PAGE) || unlink(name))
		fail(w, "no file", 0, 0);
}

static int worker(uint64_t seed)
{
	unsigned int nr_threads = seed % 2 ? THREADS : 1;
	pthread_t threads[THREADS];

	for (unsigned int i = 0; i < nr_threads; i++) {
		begin_window(&windows[i], i, seed);
		if (i && pthread_create(&threads[i], NULL, thread, &windows[i]))
			fail(&windows[i], "no thread", i, 0);
	}
	/* The C library has no further need of the heap. */
	windows[0].heap = (char *)(((uintptr_t)sbrk(0) + PAGE - 1) & -PAGE);
	thread(&windows[0]);
	for (unsigned int i = 1; i < nr_threads; i++)
		pthread_join(threads[i], NULL);
	return 0;
}

int main(void)
{
	struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER};
	uint64_t seed = SEED << 20;
	struct timespec now;
	int status;

	clock_gettime(CLOCK_MONOTONIC, &now);
	end = now.tv_sec + SECONDS;
	sigaction(SIGSEGV, &action, NULL);
	tally = shared(PAGE);
	for (unsigned int i = 0; i < WORKERS; i++)
		if (!fork())
			_exit(worker(seed + i));
	for (seed += WORKERS; wait(&status) > 0; seed++) {
		if (status)
			return 1;
		if (!over() && !fork())
			_exit(worker(seed));
	}
	dprintf(1,
		"random: seed %lu: %lu operations, %lu forks, %lu faults, %lu moves refused; "
		"nothing differs\n",
		SEED, tally->operations, tally->forks, tally->faults, tally->refused);
	return 42;
}
