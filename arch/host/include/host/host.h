/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOST_HOST_H
#define HOST_HOST_H

#include <setjmp.h>

#include <kernel/power.h>
#include <kernel/types.h>
#include <host/here.h>

struct console;

/* A test's own firmware, with all of these calls; see arch/console.h, arch/power.h and
 * arch/io.h. */
struct host_firmware {
	bool (*putc)(char c);
	struct console *console;
	const char *power_name;
	void (*power)(enum power_end how);
	void (*shutdown)(void);
	bool no_device_pages;		/* arch_map_device() has none left */
};

/* The bus of a machine whose memory is not all there; the calls are as arch_peek() and
 * arch_poke(). */
struct host_bus {
	bool (*peek)(phys_addr_t pa, u64 *value);
	bool (*poke)(phys_addr_t pa, u64 value);
};

/*
 * The hosted machine. A process is one machine, whose RAM is a window of address space. A test
 * resets the machine, does what boot does, and looks at the result. Nothing survives a reset.
 */
struct host_machine {
	phys_addr_t first_ram;		/* the linear map begins here, rounded down to 1 GiB */
	u64 linear_bytes;		/* of the linear map; 0: LINEAR_MAP_SIZE, the most */
	phys_addr_t kernel_pa;		/* the image's address; nothing lies there */
	u64 kernel_bytes;		/* at least HOST_INIT_END */
	const void *fdt;		/* what arch_map_fdt() gives; may be NULL */
	phys_addr_t fdt_pa;
	size_t fdt_bytes;		/* bytes that may be read there; 0: no bound is needed */
	unsigned long boot_hart;
	bool ram_is_real;		/* memtest= may write to all of it */
	bool virtual_time;		/* see arch/host/time.c */
	bool schedules;			/* CPUs are threads, and the kernel's scheduler runs on
					 * them, in virtual time: arch/host/wait.c */
	const struct host_firmware *firmware;	/* NULL: the process is the firmware */
	const struct host_bus *bus;	/* NULL: all RAM answers */
	const struct host_target *target;	/* what to stand in for; NULL: nothing */
	bool maps_uncached;		/* arch_maps_uncached() */
};

/* RAM begins at 2 GiB, the image 2 MiB above that. */
extern const struct host_machine host_default_machine;

/* The parts of the fake image, as offsets; data takes half of what follows init. */
#define HOST_RODATA_START	0x40000ul
#define HOST_INIT_START		0x80000ul
#define HOST_INIT_END		0xc0000ul

/*
 * Makes a new machine: every variable of mm/, kernel/ and lib/ has its initial value again, RAM is
 * gone, and the log is empty. m NULL means host_default_machine.
 */
void host_reset(const struct host_machine *m);

/*
 * For programs that reset a machine thousands of times a second. While it is true, a reset leaves
 * all RAM and all descriptors accessible, with what earlier machines left there, and needs no
 * system call. The first reset with false drops it all.
 */
extern bool host_keep_ram;

/* Tells boot that it has found n CPUs; to be called before setup_per_cpu_areas(). */
void host_set_cpus(unsigned int n);

/* Makes the calling thread run as CPU cpu from here on. */
void host_become_cpu(unsigned int cpu);

/* Counts the calls that a CPU without a thread got, which the caller played. [t] */
extern unsigned long host_calls_played;

/* Threads of the kernel's and CPUs that a machine can have; the dead count, until a new one has the
 * same place in memory. */
#define HOST_CONTEXTS		1024u

/* Starts a thread for each CPU beyond the first, by the kernel's own smp_init(); cpu_down() ends
 * one. The caller is CPU 0. */
void host_start_cpus(void);

/* The clock's ticks, and what host_timer_deadline is while no timer is set. */
#define HOST_TICKS_PER_S	1000000000ull
#define HOST_TIMER_OFF		(~0ull)

/* Makes [base, base + bytes) of RAM accessible; arch_paging_init() does so for all of memblock. */
void host_open_ram(phys_addr_t base, u64 bytes);
/* A test's own stack, for who walks it; NULL: there is none to be seen. */
extern void (*host_backtrace)(void (*fn)(unsigned long address, void *ctx), void *ctx);
/* Called where other CPUs are to forget translations: a test can come between there. */
extern void (*host_on_flush)(void);
/* What they were last told to forget of the kernel's addresses. */
extern unsigned long host_flush_start, host_flush_end;
/* What CPUs remember of a program's [start, end) is gone: a test knows what they did. */
struct arch_space;
extern void (*host_space_forgets)(const struct arch_space *s, unsigned long start,
				  unsigned long end);
/* They fetch its instructions anew. */
extern void (*host_space_wrote_code)(const struct arch_space *s);

/*
 * How a machine stops. HOST_TRY(statement) runs the statement and says whether, and how, it stopped
 * the machine; host_stop_text() is then the message. HOST_TRY does not nest.
 */
enum host_stop {
	HOST_RAN_ON,
	HOST_BOOT_FAILED,
	HOST_PANIC,
	HOST_ASSERT_FAILED,
	HOST_POWERED_OFF,
};

jmp_buf *host_arm(void);
enum host_stop host_disarm(void);
const char *host_stop_text(void);

#define HOST_TRY(statement) __extension__ ({ \
	if (!setjmp(*host_arm())) { \
		statement; \
	} \
	host_disarm(); \
})

/* The console that was registered last; the log does not go there. */
struct console *host_console(void);

/* All that printk() was given since the reset, or since host_log_clear(). */
const char *host_log(void);
void host_log_clear(void);

/* These are for the rest of arch/host. */
__attribute__((__noreturn__)) void host_stop(enum host_stop how, const char *text);
void host_log_add(const char *text);
void host_time_reset(void);
void host_interrupt_self(void);
bool host_cpu_interrupted(unsigned int cpu);
bool host_cpu_is_alive(unsigned int cpu);
void host_wait(void);
void host_wait_reset(void);
void host_wake_cpu(unsigned int cpu);
u64 host_virtual_ticks(void);
void host_advance_to(u64 ticks);
void host_mmu_reset(const struct host_machine *m);
extern struct host_machine host_machine;

#endif /* HOST_HOST_H */
