/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a program finds itself: it prints /proc/self/maps, again in a child, and once more as a new
 * program in that child. It needs no C library, so that it can be linked to run anywhere
 * (-fPIE -nostdlib -ffreestanding -Wl,-pie,--no-dynamic-linker). Ends with 42.
 */
#define SYS_OPENAT	56
#define SYS_CLOSE	57
#define SYS_READ	63
#define SYS_WRITE	64
#define SYS_EXIT	93
#define SYS_MMAP	222
#define SYS_CLONE	220
#define SYS_EXECVE	221
#define SYS_WAIT4	260
#define SIGCHLD		17
#define HERE		-100
#define PAGE		4096
#define PASSED		42

static char text[2 * PAGE];

static long call(long nr, long a, long b, long c, long d, long e, long f)
{
	register long a0 __asm__("a0") = a, a1 __asm__("a1") = b, a2 __asm__("a2") = c;
	register long a3 __asm__("a3") = d, a4 __asm__("a4") = e, a5 __asm__("a5") = f;
	register long a7 __asm__("a7") = nr;

	__asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5),
			 "r"(a7) : "memory");
	return a0;
}

static void say(const char *what)
{
	long bytes = 0;

	while (what[bytes])
		bytes++;
	call(SYS_WRITE, 1, (long)what, bytes, 0, 0, 0);
}

static void show(const char *title)
{
	long fd = call(SYS_OPENAT, HERE, (long)"/proc/self/maps", 0, 0, 0, 0), bytes;

	/* Read and write, private and without a file. */
	call(SYS_MMAP, 0, PAGE, 3, 0x22, -1, 0);
	say(title);
	while ((bytes = call(SYS_READ, fd, (long)text, sizeof(text), 0, 0, 0)) > 0)
		call(SYS_WRITE, 1, (long)text, bytes, 0, 0, 0);
	call(SYS_CLOSE, fd, 0, 0, 0, 0, 0);
	say("end of the list\n");
}

__attribute__((used)) static void begin(const long *stack)
{
	char *again[] = { "/init", "again", (char *)0 };
	long pid;

	if (stack[0] > 1) {
		show("a new program:\n");
		call(SYS_EXIT, 0, 0, 0, 0, 0, 0);
	}
	show("the first one:\n");
	pid = call(SYS_CLONE, SIGCHLD, 0, 0, 0, 0, 0);
	if (!pid) {
		show("its child:\n");
		call(SYS_EXECVE, (long)again[0], (long)again, 0, 0, 0, 0);
		call(SYS_EXIT, 1, 0, 0, 0, 0, 0);
	}
	call(SYS_WAIT4, pid, 0, 0, 0, 0, 0);
	call(SYS_EXIT, PASSED, 0, 0, 0, 0, 0);
}

__asm__(".globl _start\n"
	"_start:\n"
	"	mv	a0, sp\n"
	"	andi	sp, sp, -16\n"
	"	call	begin\n");
