/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes a fresh machine at any time. The linker script puts every variable of the kernel between
 * __machine_start and __machine_end; each reset puts back a copy that was made before main().
 */
#include <stdlib.h>
#include <sys/mman.h>

#include <kernel/cpu.h>
#include <kernel/percpu.h>
#include <host/context.h>
#include <host/host.h>

extern unsigned long __machine_start[], __machine_end[];

const struct host_machine host_default_machine = {
	.first_ram = 0x80000000,
	.kernel_pa = 0x80200000,
	.kernel_bytes = 0x200000,
};

struct host_machine host_machine;

#if defined(host_here)
__thread struct host_here host_this_thread = { .timer_deadline = HOST_TIMER_OFF };
#else
static __thread struct host_here host_this_thread = { .timer_deadline = HOST_TIMER_OFF };

HOST_UNSEEN struct host_here *host_here(void)
{
	/* Else a caller may keep the address across a switch, and go on with another CPU's. */
	struct host_here *volatile here = &host_this_thread;

	return here;
}
#endif

bool host_plays;

static unsigned long *pristine;

/* Copies by words, through volatile, because the copy includes the sanitizer's gaps between
 * variables. */
static __attribute__((__no_sanitize__("address", "undefined")))
void copy_words(volatile unsigned long *to, const volatile unsigned long *from, size_t count)
{
#if defined(__x86_64__)
	/* A fuzzer resets ten thousand times a second. */
	__asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
#else
	while (count--)
		*to++ = *from++;
#endif
}

static size_t machine_words(void)
{
	return (size_t)((unsigned long)__machine_end - (unsigned long)__machine_start) /
	       sizeof(unsigned long);
}

/* Runs before main(), when every variable still has its initial value. */
static __attribute__((__constructor__)) void keep_pristine(void)
{
	pristine = mmap(NULL, machine_words() * sizeof(*pristine), PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pristine == MAP_FAILED)
		abort();
	copy_words(pristine, __machine_start, machine_words());
}

void host_reset(const struct host_machine *m)
{
	copy_words(__machine_start, pristine, machine_words());
	host_machine = m ? *m : host_default_machine;
	host_irqs_off = false;
	host_percpu_offset = 0;
	host_cpu = 0;
	host_time_reset();
	host_contexts_reset();
	if (IS_ENABLED(CONFIG_SMP))
		host_wait_reset();
	/* A CPU of the last machine may still be on its way out. */
	WRITE_ONCE(host_plays, false);
	host_log_clear();
	host_mmu_reset(&host_machine);
	host_set_cpus(1);
}

void host_set_cpus(unsigned int n)
{
	nr_cpus_found = n;
	for (unsigned int cpu = 0; cpu < n; cpu++)
		cpu_descs[cpu] = (struct cpu_desc){ .hart_id = cpu };
	/* CPUs without a thread are online as well: a test plays them all. */
	cpu_online_mask = n == 64 ? ~0ull : cpumask_of(n) - 1;
}

void host_become_cpu(unsigned int cpu)
{
	host_percpu_offset = __per_cpu_offset[cpu];
	host_cpu = cpu;
}
