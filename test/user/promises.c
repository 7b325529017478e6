/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs of a manifest, without a C library, so that they need few pages; by the first argument:
 *
 *	kept SEED COUNT		COUNT processes one after the other: each does a few random things
 *				that it is admitted for, in most cases until nothing more is, then
 *				touches all that it was promised and ends, by itself or by a signal.
 *				Ends with 42
 *	one SEED COUNT ENDING	what such a process does, for those that begin by execve()
 *
 * To be compiled with -nostdlib.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#define PAGE	   4096ul
#define AREAS	   12u
#define AREA_PAGES 6u
#define THINGS	   6u
#define HEAP_PAGES 6u
#define DATA_PAGES 4u
#define COUNTS	   "/tmp/counts-"
#define SAYS	   "/tmp/done-"

struct area {
	char *at;
	unsigned int pages;
	bool may_be_written;
};

/* What several processes count. */
static struct tally {
	unsigned long refused, pages, grandchildren, execs;
} * tally;
static struct area areas[AREAS];
static char *heap, *stack_low, *self;
static unsigned int heap_pages;
static uint64_t state;
static unsigned long number;
static char done[] = SAYS "0", counts[] = COUNTS "0";
static volatile char data[DATA_PAGES * PAGE] = {1};

/* ---- without a C library ---- */

/* As the ABI says: the arguments lie where the stack begins. */
__asm__(".globl _start\n"
	"_start:\n"
	"	.option push\n"
	"	.option norelax\n"
	"	la	gp, __global_pointer$\n"
	"	.option pop\n"
	"	mv	a0, sp\n"
	"	andi	sp, sp, -16\n"
	"	j	begin_here\n");

static long call6(long nr, long x0, long x1, long x2, long x3, long x4, long x5)
{
	register long a7 __asm__("a7") = nr, a0 __asm__("a0") = x0, a1 __asm__("a1") = x1;
	register long a2 __asm__("a2") = x2, a3 __asm__("a3") = x3, a4 __asm__("a4") = x4;
	register long a5 __asm__("a5") = x5;

	__asm__ volatile("ecall"
			 : "+r"(a0)
			 : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5)
			 : "memory");
	return a0;
}

#define call(nr, x0, x1, x2) call6(nr, (long)(x0), (long)(x1), (long)(x2), 0, 0, 0)

static void leave(int status)
{
	for (;;)
		call(SYS_exit_group, status, 0, 0);
}

static unsigned long length(const char *text)
{
	unsigned long n = 0;

	while (text[n])
		n++;
	return n;
}

static void say(const char *text)
{
	call(SYS_write, 1, text, length(text));
}

/* The digits stand at the end of the 24 bytes. */
static char *digits(char *buf, unsigned long value)
{
	char *at = buf + 23;

	for (*at = '\0'; value || !*at; value /= 10)
		*--at = (char)('0' + value % 10);
	return at;
}

static void say_number(const char *before, unsigned long value)
{
	char buf[24];

	say(before);
	say(digits(buf, value));
}

static unsigned long number_in(const char *text)
{
	unsigned long value = 0;

	for (; *text >= '0' && *text <= '9'; text++)
		value = value * 10 + (unsigned long)(*text - '0');
	return value;
}

static bool is_error(long result)
{
	return result < 0 && result > -4096;
}

static long fork_process(void)
{
	return call6(SYS_clone, SIGCHLD, 0, 0, 0, 0, 0);
}

static long wait_for(long pid, int *status)
{
	return call6(SYS_wait4, pid, (long)status, 0, 0, 0, 0);
}

static unsigned int below(unsigned int n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned int)(state >> 33) % n;
}

static void fail(const char *what, long seen)
{
	say_number("promises: program ", number);
	say(": ");
	say(what);
	say_number(seen < 0 ? ", -" : ", ", (unsigned long)(seen < 0 ? -seen : seen));
	say("\n");
	leave(1);
}

/* A call within an admission fails in one way only. */
static void refused(long err)
{
	if (err != -ENOMEM)
		fail("refused for another reason", err);
	__atomic_fetch_add(&tally->refused, 1, __ATOMIC_RELAXED);
}

/* ---- what a process may do ---- */

static bool map_more(unsigned int pages)
{
	for (struct area *a = areas; a < areas + AREAS; a++) {
		long at;

		if (a->at)
			continue;
		at = call6(SYS_mmap, 0, (long)(pages * PAGE), PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (is_error(at)) {
			refused(at);
			return false;
		}
		*a = (struct area){(char *)at, pages, true};
		return true;
	}
	return false;
}

static struct area *some_area(void)
{
	struct area *a = &areas[below(AREAS)];

	return a->at ? a : NULL;
}

static void unmap(struct area *a)
{
	long err = call(SYS_munmap, a->at, a->pages * PAGE, 0);

	if (err)
		fail("munmap", err);
	a->at = NULL;
}

static void unmap_all(void)
{
	for (struct area *a = areas; a < areas + AREAS; a++)
		if (a->at)
			unmap(a);
}

static void protect(struct area *a)
{
	long err;

	a->may_be_written = below(2);
	err = call(SYS_mprotect, a->at, a->pages * PAGE,
		   PROT_READ | (a->may_be_written ? PROT_WRITE : 0));
	if (err)
		fail("mprotect", err);
}

static void set_heap(unsigned int pages)
{
	char *wanted = heap + pages * PAGE;

	if ((char *)call(SYS_brk, wanted, 0, 0) == wanted)
		heap_pages = pages;
	else if (pages <= heap_pages)
		fail("brk downwards", pages);
	else
		refused(-ENOMEM);
}

static void remap(struct area *a)
{
	unsigned int pages = 1 + below(AREA_PAGES);
	long at = call6(SYS_mremap, (long)a->at, (long)(a->pages * PAGE), (long)(pages * PAGE), 1,
			0, 0);

	if (is_error(at)) {
		refused(at);
		return;
	}
	a->at = (char *)at;
	a->pages = pages;
}

static void discard(const struct area *a)
{
	long err = call(SYS_madvise, a->at, a->pages * PAGE, MADV_DONTNEED);

	if (err)
		fail("madvise", err);
}

static void write_pages(char *at, char *end)
{
	__atomic_fetch_add(&tally->pages, (unsigned long)(end - at) / PAGE, __ATOMIC_RELAXED);
	for (; at < end; at += PAGE)
		*(volatile uint64_t *)at = (uint64_t)(uintptr_t)at + number;
}

static void check_pages(const char *at, const char *end, const char *what)
{
	for (; at < end; at += PAGE)
		if (*(const volatile uint64_t *)at != (uint64_t)(uintptr_t)at + number)
			fail(what, (end - at) / (long)PAGE);
}

/* The pages of the stack below the one in use. Who writes the first words of those may reach into
 * the highest of them, but not so far down. */
static char *free_stack(void)
{
	return (char *)((uintptr_t)__builtin_frame_address(0) & -PAGE);
}

static void touch_all(void)
{
	char *stack = free_stack();

	for (const struct area *a = areas; a < areas + AREAS; a++)
		if (a->at && a->may_be_written)
			write_pages(a->at, a->at + a->pages * PAGE);
	write_pages(heap, heap + heap_pages * PAGE);
	if (stack > stack_low)
		write_pages(stack_low, stack);
	for (const struct area *a = areas; a < areas + AREAS; a++)
		if (a->at && a->may_be_written)
			check_pages(a->at, a->at + a->pages * PAGE, "a page of an area");
	check_pages(heap, heap + heap_pages * PAGE, "a page of the heap");
	if (stack > stack_low)
		check_pages(stack_low, stack, "a page of the stack");
}

/* It was written before: copies on write. */
static void touch_data(void)
{
	for (unsigned int i = 0; i < DATA_PAGES; i++)
		data[i * PAGE + 8] = (char)number;
}

static void one_thing(unsigned int depth);

/* A second process of the same account, which touches all. */
static void fork_one(void)
{
	long pid = fork_process();
	int status;

	if (pid < 0) {
		refused(pid);
		return;
	}
	if (!pid) {
		one_thing(1);
		touch_all();
		touch_data();
		leave(6);
	}
	__atomic_fetch_add(&tally->grandchildren, 1, __ATOMIC_RELAXED);
	touch_all();
	if (wait_for(pid, &status) != pid || status != 6 << 8)
		fail("a grandchild has ended otherwise", status);
}

static void one_thing(unsigned int depth)
{
	struct area *a = some_area();

	switch (below(12)) {
	case 0:
		if (a)
			unmap(a);
		break;
	case 1:
		if (a)
			protect(a);
		break;
	case 2:
		if (a)
			remap(a);
		break;
	case 3:
		if (a)
			discard(a);
		break;
	case 4:
		set_heap(below(HEAP_PAGES + 1));
		break;
	case 5:
		touch_all();
		break;
	case 6:
		if (!depth && !below(4))
			fork_one();
		break;
	default:
		map_more(1 + below(AREA_PAGES));
	}
}

/* Until nothing is left of the guarantee. */
static void take_what_is_left(void)
{
	unsigned int pages = AREA_PAGES * 4;

	unmap_all();
	while (pages)
		if (!map_more(pages))
			pages /= 2;
}

enum ending { EXITS, KILLED, TERMINATED, ABORTS, ENDINGS };
static const int signal_of[ENDINGS] = {0, SIGKILL, SIGTERM, SIGABRT};

static void one_program(enum ending ending)
{
	for (unsigned int i = below(THINGS); i; i--)
		one_thing(0);
	if (below(2))
		take_what_is_left();
	touch_all();
	touch_data();
	if (ending != EXITS)
		call(SYS_kill, call(SYS_getpid, 0, 0, 0), signal_of[ending], 0);
	leave(5);
}

/* ---- who begins them ---- */

/* The first page of the stack ends where nothing is mapped. */
static void find_places(const long *sp)
{
	struct rlimit limit;
	unsigned char there;
	uintptr_t top = ((uintptr_t)sp & -PAGE) + PAGE;
	long err = call6(SYS_prlimit64, 0, RLIMIT_STACK, 0, (long)&limit, 0, 0);

	while (!call(SYS_mincore, top, PAGE, &there))
		top += PAGE;
	if (err)
		fail("no limit of the stack", err);
	stack_low = (char *)(top - (limit.rlim_cur & -PAGE));
	heap = (char *)(((uintptr_t)call(SYS_brk, 0, 0, 0) + PAGE - 1) & -PAGE);
	set_heap(0);
}

static long begin(enum ending ending, bool by_exec)
{
	uint64_t seed = state;
	char seed_text[24], ending_text[24], *words[6] = {self, "one"};
	long pid = fork_process();

	if (pid)
		return pid;
	state = seed * 0x2545f4914f6cdd1du + 1;
	if (!by_exec)
		one_program(ending);
	words[2] = digits(seed_text, state);
	words[3] = done + sizeof(done) - 2;
	words[4] = digits(ending_text, ending);
	refused(call(SYS_execve, self, words, words + 5));
	leave(9);
	return 0;
}

static void check_end(long pid, enum ending ending, bool by_exec)
{
	int status;

	if (wait_for(pid, &status) != pid)
		fail("a program is lost", pid);
	if (status != (ending == EXITS ? 5 << 8 : signal_of[ending]) &&
	    !(by_exec && status == 9 << 8))
		fail("a program has ended otherwise", status);
}

static void one_child(void)
{
	enum ending ending = below(1000) ? below(ABORTS) : ABORTS;
	bool by_exec = !below(64);
	long pid;

	/* Pages that a child copies. */
	if (!below(8)) {
		map_more(1 + below(AREA_PAGES));
		touch_all();
	}
	pid = begin(ending, by_exec);
	if (pid < 0) {
		refused(pid);
		unmap_all();
		return;
	}
	tally->execs += by_exec;
	if (below(2))
		touch_all();
	check_end(pid, ending, by_exec);
	if (!below(8))
		unmap_all();
}

static int kept(unsigned long seed, unsigned long count)
{
	state = (seed + 1) * 0x9e3779b97f4a7c15u;
	touch_all();
	touch_data();
	for (number = 1; number <= count; number++)
		one_child();
	say_number("promises: seed ", seed);
	say_number(": ", count);
	say_number(" programs, ", tally->execs);
	say_number(" by execve, and ", tally->grandchildren);
	say_number(" of their children; ", tally->pages);
	say_number(" pages touched, ", tally->refused);
	say(" calls refused; each ended as it was to\n");
	call6(SYS_openat, AT_FDCWD, (long)done, O_CREAT | O_WRONLY, 0600, 0, 0);
	return 42;
}

/* In a file, which those find that begin by execve(). */
static void find_tally(char account)
{
	long fd, at;

	counts[sizeof(counts) - 2] = done[sizeof(done) - 2] = account;
	fd = call6(SYS_openat, AT_FDCWD, (long)counts, O_CREAT | O_RDWR, 0600, 0, 0);
	call(SYS_ftruncate, fd, PAGE, 0);
	at = call6(SYS_mmap, 0, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (is_error(at))
		fail("no memory for what is counted", at);
	tally = (struct tally *)at;
}

__attribute__((used, noreturn)) void begin_here(const long *sp)
{
	char **words = (char **)(sp + 1);

	if (*sp < 4)
		leave(3);
	self = words[0];
	if (words[1][0] == 'k') {
		find_tally(words[2][length(words[2]) - 1]);
		find_places(sp);
		leave(kept(number_in(words[2]), number_in(words[3])));
	}
	if (*sp < 5)
		leave(3);
	find_tally(words[3][0]);
	find_places(sp);
	state = number_in(words[2]);
	one_program((enum ending)number_in(words[4]));
	__builtin_unreachable();
}
