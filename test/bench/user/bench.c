/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What system calls, faults and processes cost, in instructions from user mode to user mode: one
 * static program that runs unchanged on Linux and on Tessera, as /init or by name, and prints a
 * JSON object a line. It reads instret; under QEMU with -icount two runs are alike.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>
#include <linux/futex.h>

#define PAGE		4096ul
#define ROUNDS_MOST	1024u

static unsigned long samples[ROUNDS_MOST];
static unsigned int nr_samples;

static inline unsigned long now(void)
{
	unsigned long n;

	__asm__ volatile("rdinstret %0" : "=r"(n) : : "memory");
	return n;
}

static void note(unsigned long from, unsigned long to)
{
	if (nr_samples < ROUNDS_MOST)
		samples[nr_samples++] = to - from - 1;
}

static int by_size(const void *a, const void *b)
{
	unsigned long x = *(const unsigned long *)a, y = *(const unsigned long *)b;

	return x < y ? -1 : x > y;
}

static void tell(const char *work, unsigned long parts)
{
	char line[160];
	int length;

	qsort(samples, nr_samples, sizeof(samples[0]), by_size);
	length = snprintf(line, sizeof(line),
			  "{\"work\":\"%s\",\"n\":%u,\"min\":%lu,\"p50\":%lu,\"max\":%lu}\n", work,
			  nr_samples, nr_samples ? samples[0] / parts : 0,
			  nr_samples ? samples[nr_samples / 2] / parts : 0,
			  nr_samples ? samples[nr_samples - 1] / parts : 0);
	if (write(1, line, (size_t)length) < 0)
		_exit(1);
	nr_samples = 0;
}

/* The statement, so many times, each one measured. */
#define MEASURE(work, rounds, statement) do { \
	for (unsigned int round = 0; round < (rounds); round++) { \
		unsigned long from = now(); \
		statement; \
		note(from, now()); \
	} \
	tell(work, 1); \
} while (0)

/* Sleeps so long that an idle CPU has cleared pages for later. */
static void rest(void)
{
	nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
}

/* The same, with a rest before each eight. */
#define MEASURE_RESTED(work, rounds, statement) do { \
	for (unsigned int round = 0; round < (rounds); round++) { \
		unsigned long from; \
		if (round % 8 == 0) \
			rest(); \
		from = now(); \
		statement; \
		note(from, now()); \
	} \
	tell(work, 1); \
} while (0)

static inline long call(long nr, long a, long b, long c)
{
	register long a0 __asm__("a0") = a, a1 __asm__("a1") = b, a2 __asm__("a2") = c;
	register long a3 __asm__("a3") = 0, a4 __asm__("a4") = 0, a7 __asm__("a7") = nr;

	__asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a7) :
			 "memory");
	return a0;
}

static inline long call5(long nr, long a, long b, long c, long d, long e)
{
	register long a0 __asm__("a0") = a, a1 __asm__("a1") = b, a2 __asm__("a2") = c;
	register long a3 __asm__("a3") = d, a4 __asm__("a4") = e, a7 __asm__("a7") = nr;

	__asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a7) :
			 "memory");
	return a0;
}

static char *map(size_t bytes)
{
	return mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* A function of the page of code that the kernel gives programs; NULL: there is none. */
static void *in_vdso(const char *name)
{
	const char *page = (const void *)getauxval(AT_SYSINFO_EHDR), *names = NULL;
	const Elf64_Ehdr *header = (const void *)page;
	const Elf64_Phdr *parts = page ? (const void *)(page + header->e_phoff) : NULL;
	const Elf64_Dyn *row = NULL;
	const Elf64_Sym *symbols = NULL;

	for (int i = 0; parts && i < header->e_phnum; i++)
		if (parts[i].p_type == PT_DYNAMIC)
			row = (const void *)(page + parts[i].p_vaddr);
	for (; row && row->d_tag; row++)
		if (row->d_tag == DT_STRTAB)
			names = page + row->d_un.d_ptr;
		else if (row->d_tag == DT_SYMTAB)
			symbols = (const void *)(page + row->d_un.d_ptr);
	/* The names lie behind the symbols. */
	for (const Elf64_Sym *s = symbols; s && (const char *)s < names; s++)
		if (!strcmp(names + s->st_name, name))
			return (void *)(page + s->st_value);
	return NULL;
}

static void bench_calls(void)
{
	int null = open("/dev/null", O_WRONLY), zero = open("/dev/zero", O_RDONLY), pipes[2];
	int (*by_page)(clockid_t, struct timespec *) = in_vdso("__vdso_clock_gettime");
	struct timespec t;
	char byte = 0;

	MEASURE("getppid", 1000, call(SYS_getppid, 0, 0, 0));
	MEASURE("unknown number", 1000, call(1000, 0, 0, 0));
	MEASURE("write 1 B to /dev/null", 1000, call(SYS_write, null, (long)&byte, 1));
	MEASURE("read 1 B of /dev/zero", 1000, call(SYS_read, zero, (long)&byte, 1));
	MEASURE("clock_gettime", 1000, call(SYS_clock_gettime, CLOCK_MONOTONIC, (long)&t, 0));
	MEASURE("clock_gettime by the C library", 1000, clock_gettime(CLOCK_MONOTONIC, &t));
	if (by_page)
		MEASURE("clock_gettime by the vDSO", 1000, by_page(CLOCK_MONOTONIC, &t));
	MEASURE("openat + close of /dev/null", 500,
		call(SYS_close, call(SYS_openat, AT_FDCWD, (long)"/dev/null", O_RDONLY), 0, 0));
	if (!pipe(pipes))
		MEASURE("pipe write + read 1 B", 500, (call(SYS_write, pipes[1], (long)&byte, 1),
						      call(SYS_read, pipes[0], (long)&byte, 1)));
	close(null);
	close(zero);
}

static void bench_faults(void)
{
	volatile char *p = map(512 * PAGE);
	size_t table = 2ul << 20, tables = 1ul << 30;
	volatile char *far = map(64 * table), *farther = map(8 * tables);

	p[0] = 1;
	MEASURE_RESTED("write fault, a page that was cleared", 128, p[(1 + round) * PAGE] = 1);
	MEASURE("write fault, table present", 100, p[(129 + round) * PAGE] = 1);
	MEASURE_RESTED("write fault, new table", 60, far[round * table] = 1);
	MEASURE_RESTED("write fault, all tables", 6, farther[(round + 1) * tables] = 1);
	MEASURE("read fault, zero page", 100, (void)p[(256 + round) * PAGE]);
	MEASURE_RESTED("write after zero page", 100, p[(256 + round) * PAGE] = 1);
	munmap((char *)p, 512 * PAGE);
	munmap((char *)far, 64 * table);
	munmap((char *)farther, 8 * tables);
}

static void bench_cow(void)
{
	volatile char *p = map(256 * PAGE);
	int status;

	memset((char *)p, 1, 256 * PAGE);
	if (!fork()) {
		MEASURE("copy on write", 128, p[round * PAGE] = 2);
		_exit(0);
	}
	wait(&status);
	MEASURE("reuse of the last copy", 128, p[round * PAGE] = 2);
	munmap((char *)p, 256 * PAGE);
}

static unsigned long between[ROUNDS_MOST];

/* A second row, of figures that were taken in turn with those of the first. */
static void tell_between(const char *work, unsigned int nr)
{
	memcpy(samples, between, nr * sizeof(between[0]));
	nr_samples = nr;
	tell(work, 1);
}

/* A page at p, where nothing is, and away again. */
static void map_and_unmap(char *p, int touch, unsigned int rounds)
{
	for (unsigned int i = 0; i < rounds; i++) {
		unsigned long from = now();

		syscall(SYS_mmap, p, PAGE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		note(from, now());
		if (touch)
			*(volatile char *)p = 1;
		from = now();
		call(SYS_munmap, (long)p, PAGE, 0);
		between[i] = now() - from - 1;
	}
}

static void bench_maps(void)
{
	char *area = map(64 * PAGE);

	/* A page beside keeps the table, and other rights keep regions apart. */
	mprotect(area + 62 * PAGE, PAGE, PROT_READ);
	munmap(area, 61 * PAGE);
	(void)*(volatile char *)(area + 62 * PAGE);
	map_and_unmap(area + 8 * PAGE, 0, 200);
	tell("mmap 4 KiB", 1);
	tell_between("munmap untouched", 200);
	map_and_unmap(area + 8 * PAGE, 1, 200);
	nr_samples = 0;
	tell_between("munmap touched", 200);
}

static void bench_many_pages(void)
{
	char *p;
	unsigned long from;

	for (int i = 0; i < 8; i++) {
		p = map(1024 * PAGE);
		memset(p, 1, 1024 * PAGE);
		from = now();
		call(SYS_munmap, (long)p, 1024 * PAGE, 0);
		note(from, now());
	}
	tell("munmap 4 MiB touched, a page", 1024);
	p = map(1024 * PAGE);
	for (int i = 0; i < 8; i++) {
		memset(p, 1, 1024 * PAGE);
		from = now();
		call(SYS_madvise, (long)p, 1024 * PAGE, MADV_DONTNEED);
		note(from, now());
	}
	tell("madvise DONTNEED of 1,024, a page", 1024);
	munmap(p, 1024 * PAGE);
}

static void bench_protect(void)
{
	char *p = map(16 * PAGE);
	unsigned long from;

	memset(p, 1, 16 * PAGE);
	for (int i = 0; i < 100; i++) {
		from = now();
		call(SYS_mprotect, (long)(p + 8 * PAGE), PAGE, PROT_READ);
		note(from, now());
		from = now();
		call(SYS_mprotect, (long)(p + 8 * PAGE), PAGE, PROT_READ | PROT_WRITE);
		between[i] = now() - from - 1;
	}
	tell("mprotect that splits", 1);
	tell_between("mprotect that merges", 100);
	munmap(p, 16 * PAGE);
}

static void bench_brk(void)
{
	long end = call(SYS_brk, 0, 0, 0);
	unsigned long from;

	for (int i = 0; i < 100; i++) {
		from = now();
		call(SYS_brk, end + (long)PAGE, 0, 0);
		note(from, now());
		*(volatile char *)end = 1;
		from = now();
		call(SYS_brk, end, 0, 0);
		between[i] = now() - from - 1;
	}
	tell("brk grow a page", 1);
	tell_between("brk shrink, touched", 100);
}

/* The smallest program: one page, which ends at once. */
static const char *make_tiny(void)
{
	static const unsigned int code[] = { 0x05d00893, 0x00000513, 0x00000073 };
	static struct {
		Elf64_Ehdr header;
		Elf64_Phdr segment;
		unsigned int code[3];
	} tiny = {
		.header = {
			.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
			.e_type = ET_EXEC, .e_machine = EM_RISCV, .e_version = EV_CURRENT,
			.e_phoff = sizeof(Elf64_Ehdr), .e_ehsize = sizeof(Elf64_Ehdr),
			.e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 1,
		},
		.segment = { .p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_vaddr = 0x10000,
			     .p_filesz = sizeof(tiny), .p_memsz = sizeof(tiny), .p_align = PAGE },
	};
	int fd = open("/tiny", O_WRONLY | O_CREAT | O_TRUNC, 0755);

	tiny.header.e_entry = 0x10000 + offsetof(__typeof__(tiny), code);
	memcpy(tiny.code, code, sizeof(code));
	if (fd < 0 || write(fd, &tiny, sizeof(tiny)) != sizeof(tiny))
		_exit(1);
	close(fd);
	return "/tiny";
}

static __attribute__((noinline)) void exec_tiny(const char *tiny)
{
	char *const argv[] = { (char *)tiny, NULL }, *const envp[] = { NULL };

	execve(tiny, argv, envp);
	_exit(1);
}

static pid_t fork_now(void)
{
	return (pid_t)call(SYS_clone, SIGCHLD, 0, 0);
}

static void bench_forks(const char *work, unsigned int rounds)
{
	int status;

	MEASURE(work, rounds, {
		pid_t pid = fork_now();

		if (!pid)
			call(SYS_exit, 0, 0, 0);
		call(SYS_wait4, pid, (long)&status, 0);
	});
}

static void bench_processes(void)
{
	const char *tiny = make_tiny();
	char *big;
	int status;

	bench_forks("fork + exit + wait, small", 50);
	MEASURE("vfork + exec + exit + wait", 20, {
		pid_t pid = vfork();

		if (!pid)
			exec_tiny(tiny);
		waitpid(pid, &status, 0);
	});
	MEASURE("fork + exec + exit + wait", 20, {
		pid_t pid = fork_now();

		if (!pid)
			exec_tiny(tiny);
		call(SYS_wait4, pid, (long)&status, 0);
	});
	big = map(16ul << 20);
	memset(big, 1, 16ul << 20);
	bench_forks("fork + exit + wait, 16 MiB touched", 5);
	munmap(big, 16ul << 20);
}

/* A thread on a stack that is there, which ends at once; joined as libraries do it. */
static void bench_bare_threads(void)
{
	static char stack[4096] __attribute__((aligned(16)));
	static volatile int tid;
	long flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD |
		     CLONE_SYSVSEM | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;

	MEASURE("thread: clone + exit + join", 50, {
		int seen;

		tid = 1;
		if (!call5(SYS_clone, flags, (long)(stack + sizeof(stack)), (long)&tid, 0,
			   (long)&tid))
			for (;;)
				call(SYS_exit, 0, 0, 0);
		while ((seen = tid))
			call5(SYS_futex, (long)&tid, FUTEX_WAIT, seen, 0, 0);
	});
}

static int turn;

static void *partner(void *unused)
{
	for (int i = 0; i < 200; i++) {
		while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) != 1)
			call5(SYS_futex, (long)&turn, FUTEX_WAIT_PRIVATE, 0, 0, 0);
		__atomic_store_n(&turn, 0, __ATOMIC_RELEASE);
		call5(SYS_futex, (long)&turn, FUTEX_WAKE_PRIVATE, 1, 0, 0);
	}
	return unused;
}

static void *nothing(void *unused)
{
	return unused;
}

static void bench_threads(void)
{
	pthread_t t;
	int there[2], back[2], status;
	char byte = 0;

	bench_bare_threads();
	MEASURE("pthread_create + join", 50, {
		pthread_create(&t, NULL, nothing, NULL);
		pthread_join(t, NULL);
	});
	pthread_create(&t, NULL, partner, NULL);
	MEASURE("futex round trip, 2 threads", 200, {
		__atomic_store_n(&turn, 1, __ATOMIC_RELEASE);
		call5(SYS_futex, (long)&turn, FUTEX_WAKE_PRIVATE, 1, 0, 0);
		while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) != 0)
			call5(SYS_futex, (long)&turn, FUTEX_WAIT_PRIVATE, 1, 0, 0);
	});
	pthread_join(t, NULL);
	if (pipe(there) || pipe(back))
		return;
	if (!fork()) {
		close(there[1]);
		while (call(SYS_read, there[0], (long)&byte, 1) == 1 &&
		       call(SYS_write, back[1], (long)&byte, 1) == 1)
			;
		_exit(0);
	}
	MEASURE("pipe round trip, 2 processes", 200,
		(call(SYS_write, there[1], (long)&byte, 1), call(SYS_read, back[0], (long)&byte,
								 1)));
	close(there[1]);
	wait(&status);
	if (!fork()) {
		for (;;)
			call(SYS_sched_yield, 0, 0, 0);
	} else {
		for (int i = 0; i < 200; i++) {
			unsigned long from = now();

			call(SYS_sched_yield, 0, 0, 0);
			note(from, now());
		}
		tell("sched_yield, 2 processes", 2);
	}
	kill(-1, SIGKILL);
	wait(&status);
}

static void on_signal(int sig)
{
	(void)sig;
}

static volatile unsigned long in_handler;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)info;
	in_handler = now();
	/* Over the store, of four bytes. */
	((ucontext_t *)context)->uc_mcontext.__gregs[0] += 4;
}

static void bench_signals(void)
{
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };
	char *page = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid_t me = getpid();

	signal(SIGUSR1, on_signal);
	MEASURE("kill, handler, back", 200, call(SYS_kill, me, SIGUSR1, 0));
	sigaction(SIGSEGV, &action, NULL);
	for (int i = 0; i < 200; i++) {
		unsigned long from = now();

		__asm__ volatile(".option push\n.option norvc\nsd zero, 0(%0)\n.option pop"
				 : : "r"(page) : "memory");
		note(from, in_handler);
	}
	tell("write to read-only page, to the handler", 1);
}

static void bench_regions(void)
{
	char *p = mmap(NULL, 20002 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned int made = 0;

	for (unsigned int i = 0; i < 5000; i++)
		made += !mprotect(p + (2 * i + 1) * PAGE, PAGE, PROT_READ | PROT_WRITE);
	if (made == 5000) {
		MEASURE("10,000 regions: mmap", 50, (void)map(PAGE));
		MEASURE_RESTED("10,000 regions: fault", 50,
			*(volatile char *)(p + (2 * (round * 97 + 1) + 1) * PAGE) = 1);
	}
	munmap(p, 20002 * PAGE);
}

int main(void)
{
	/* First, while the program is small. */
	bench_processes();
	bench_calls();
	bench_faults();
	bench_cow();
	bench_maps();
	bench_many_pages();
	bench_protect();
	bench_brk();
	bench_signals();
	bench_threads();
	bench_regions();
	return 0;
}
