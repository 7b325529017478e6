/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random system calls with wild arguments, from children that come and go, and files that are
 * almost programs: the kernel refuses, or ends the child, and nothing else. Ends with 42. A seed,
 * how many children and how many files are arguments, or chosen when it is built.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE		4096ul
#define PASSED		42
#ifndef CHILDREN
#define CHILDREN	48
#endif
#ifndef FILES
#define FILES		400
#endif
#ifndef SEED
#define SEED		1
#endif
#define CALLS		400
#define NUMBERS		460u

static unsigned long state;
static char *edge;		/* the end of a page, behind which nothing is */
static char *hole;		/* nothing is there */
static char *fixed;		/* may only be read */

static unsigned long random_word(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static unsigned long random_argument(void)
{
	switch (random_word() % 16) {
	case 0:
		return 0;
	case 1:
		return -1ul;
	case 2:
		return (unsigned long)edge - random_word() % 64;
	case 3:
		return (unsigned long)hole + random_word() % PAGE;
	case 4:
		return (unsigned long)fixed + random_word() % PAGE;
	case 5:		/* of the kernel: its image, its map of memory, neither */
		return 0xffffffff80000000ul + random_word() % (1ul << 24);
	case 6:
		return 0xffffffc000000000ul + random_word() % (1ul << 38);
	case 7:
		return 1ul << random_word() % 64;
	case 8:
		return (1ul << 38) - random_word() % 16;
	case 9:
		return random_word();
	case 10:
		return (unsigned long)edge - PAGE;
	default:
		return random_word() % 16;
	}
}

/* What would end the machine or the test. */
static int is_spared(unsigned long number)
{
	return number == SYS_reboot || number == SYS_kill || number == SYS_tkill ||
	       number == SYS_tgkill || number == SYS_exit || number == SYS_exit_group;
}

static void call_at_random(void)
{
	int files[2];

	/* The console stays as it is. */
	for (int fd = 0; fd < 3; fd++)
		close(fd);
	if (pipe(files) || open("/init", O_RDONLY) < 0)
		_exit(1);
	for (int i = 0; i < CALLS; i++) {
		unsigned long number = random_word() % NUMBERS;

		for (unsigned long at = 0; at < PAGE; at += 256)
			memcpy(edge - PAGE + at, &state, sizeof(state));
		if (!is_spared(number))
			syscall((long)number, random_argument(), random_argument(),
				random_argument(), random_argument(), random_argument(),
				random_argument());
	}
	_exit(0);
}

/* The child may wait for ever, and have children of its own. */
static void end_children(pid_t child)
{
	struct timespec step = { 0, 2000000 };

	for (int i = 0; i < 25 && waitpid(child, NULL, WNOHANG) != child; i++)
		nanosleep(&step, NULL);
	kill(-1, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		;
}

static void one_child(unsigned long seed)
{
	pid_t child = fork();

	if (!child) {
		state = seed;
		call_at_random();
	}
	end_children(child);
}

/* ---- files ---- */

/* A program of one page, which ends at once, and room for headers behind it. */
struct program {
	Elf64_Ehdr header;
	Elf64_Phdr segments[3];
	unsigned int code[3];
};

static const unsigned int ends_at_once[3] = { 0x05d00893, 0x00000513, 0x00000073 };

static struct program whole_program(void)
{
	struct program p = {
		.header = {
			.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
			.e_type = ET_EXEC, .e_machine = EM_RISCV, .e_version = EV_CURRENT,
			.e_phoff = sizeof(Elf64_Ehdr), .e_ehsize = sizeof(Elf64_Ehdr),
			.e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 3,
			.e_entry = 0x10000 + offsetof(struct program, code),
		},
		.segments = {
			{ .p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_vaddr = 0x10000,
			  .p_filesz = sizeof(p), .p_memsz = sizeof(p), .p_align = PAGE },
			{ .p_type = PT_LOAD, .p_flags = PF_R | PF_W, .p_vaddr = 0x20000,
			  .p_filesz = 16, .p_memsz = 2 * PAGE, .p_align = PAGE },
			{ .p_type = PT_NULL },
		},
	};

	memcpy(p.code, ends_at_once, sizeof(p.code));
	return p;
}

/* Changes up to four words of the headers, or single bytes. */
static void spoil(struct program *p)
{
	unsigned char *bytes = (unsigned char *)p;

	for (unsigned long i = 1 + random_word() % 4; i; i--) {
		unsigned long at = random_word() % offsetof(struct program, code);
		unsigned long word = random_argument();

		if (random_word() % 2)
			bytes[at] = (unsigned char)word;
		else
			memcpy(bytes + at / 8 * 8, &word, sizeof(word));
	}
}

/* Returns 0 if the file failed in a way that is allowed. */
static int one_file(int is_whole)
{
	char *const none[] = { NULL };
	struct program p = whole_program();
	int fd = open("/spoilt", O_WRONLY | O_CREAT | O_TRUNC, 0755), status = 0;
	unsigned long length = sizeof(p);
	pid_t child;

	if (!is_whole) {
		spoil(&p);
		if (random_word() % 8 == 0)
			length = random_word() % sizeof(p);
	}
	if (fd < 0 || write(fd, &p, length) != (long)length)
		return 1;
	close(fd);
	child = fork();
	if (!child) {
		execve("/spoilt", none, none);
		_exit(errno == ENOEXEC || errno == ENOMEM || errno == ENOENT || errno == EACCES ||
		      errno == EINVAL ? 3 : 4);
	}
	if (is_whole)
		return waitpid(child, &status, 0) != child || status;
	for (int i = 0; i < 50 && waitpid(child, &status, WNOHANG) != child; i++)
		nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
	kill(-1, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		;
	return WIFEXITED(status) && WEXITSTATUS(status) == 4;
}

static unsigned long number_of(int argc, char **argv, int at, unsigned long otherwise)
{
	return argc > at ? strtoul(argv[at], NULL, 0) : otherwise;
}

int main(int argc, char **argv)
{
	unsigned long seed = number_of(argc, argv, 1, SEED);
	unsigned long children = number_of(argc, argv, 2, CHILDREN);
	unsigned long files = number_of(argc, argv, 3, FILES);
	static char mine[64 * PAGE];
	char *area = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			  0);

	edge = area + PAGE;
	hole = edge;
	munmap(hole, PAGE);
	fixed = area + 2 * PAGE;
	mprotect(fixed, PAGE, PROT_READ);
	memset(mine, 0x5a, sizeof(mine));
	for (unsigned long i = 0; i < children; i++) {
		one_child(0x9e3779b97f4a7c15ul * (seed + i));
		for (unsigned int at = 0; at < sizeof(mine); at++)
			if (mine[at] != 0x5a)
				return 1;
	}
	state = 0x9e3779b97f4a7c15ul * seed;
	if (one_file(1))
		return 2;
	for (unsigned long i = 0; i < files; i++)
		if (one_file(0))
			return 3;
	return one_file(1) ? 4 : PASSED;
}
