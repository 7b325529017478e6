/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOST_HOST_H
#define HOST_HOST_H

#include <setjmp.h>

#include <kernel/power.h>
#include <kernel/types.h>

struct console;

/* A test's own firmware, all of it; see arch/console.h, arch/power.h and arch/io.h. */
struct host_firmware {
	bool (*putc)(char c);
	struct console *console;
	const char *power_name;
	void (*power)(enum power_end how);
	void (*shutdown)(void);
	bool no_device_pages;		/* arch_map_device() has none left */
};

/* A machine whose memory is not all there: as arch_peek() and arch_poke(). */
struct host_bus {
	bool (*peek)(phys_addr_t pa, u64 *value);
	bool (*poke)(phys_addr_t pa, u64 value);
};

/*
 * The hosted machine: one process is one machine, whose RAM is a window of address space. A
 * test resets it, does what boot does, and looks. Nothing is shared between two resets.
 */
struct host_machine {
	phys_addr_t first_ram;		/* the linear map begins here, rounded down to 1 GiB */
	u64 linear_bytes;		/* its size; 0 for LINEAR_MAP_SIZE, the most there is */
	phys_addr_t kernel_pa;		/* where the image lies; it holds nothing */
	u64 kernel_bytes;		/* at least HOST_INIT_END */
	const void *fdt;		/* what arch_map_fdt() gives; may be NULL */
	phys_addr_t fdt_pa;
	size_t fdt_bytes;		/* readable there; 0: no need to bound it */
	unsigned long boot_hart;
	bool ram_is_real;		/* memtest= may write to all of it */
	bool virtual_time;		/* see arch/host/time.c; for programs with one thread */
	const struct host_firmware *firmware;	/* NULL: the process is */
	const struct host_bus *bus;	/* NULL: all RAM answers */
	const struct host_target *target;	/* another machine to stand in for; NULL: none */
};

/* RAM from 2 GiB on, the image 2 MiB above it. */
extern const struct host_machine host_default_machine;

/* Parts of the fake image, as offsets; data goes from the end of init to half of the rest. */
#define HOST_RODATA_START	0x40000ul
#define HOST_INIT_START		0x80000ul
#define HOST_INIT_END		0xc0000ul

/*
 * A new machine: every variable of mm/, kernel/ and lib/ has its initial value again, RAM is
 * gone, the log is empty. m NULL: host_default_machine.
 */
void host_reset(const struct host_machine *m);

/*
 * For programs that reset a machine thousands of times a second. With true the next reset leaves
 * all RAM and all descriptors accessible, with what earlier machines left there, and costs no
 * system call; the first reset with false drops it all.
 */
extern bool host_keep_ram;

/* Boots have found n CPUs; before setup_per_cpu_areas(). */
void host_set_cpus(unsigned int n);

/* Makes the calling thread run as CPU cpu from here on. */
void host_become_cpu(unsigned int cpu);

/* A thread for each CPU beyond the first, by the kernel's own smp_init(); cpu_down() ends one.
 * The caller is CPU 0. */
void host_start_cpus(void);

/* The clock's ticks, and what the timer of the running CPU is set to. */
#define HOST_TICKS_PER_S	1000000000ull
#define HOST_TIMER_OFF		(~0ull)
extern __thread u64 host_timer_deadline;

/* Opens [base, base + bytes) of RAM; arch_paging_init() does it for all of memblock. */
void host_open_ram(phys_addr_t base, u64 bytes);

/*
 * How a machine stops. HOST_TRY(statement) runs it and says whether and how it stopped the
 * machine; host_stop_text() is then the message. Not nested.
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

/* For the rest of arch/host. */
__attribute__((__noreturn__)) void host_stop(enum host_stop how, const char *text);
void host_log_add(const char *text);
void host_time_reset(void);
void host_mmu_reset(const struct host_machine *m);
extern struct host_machine host_machine;

#endif /* HOST_HOST_H */
