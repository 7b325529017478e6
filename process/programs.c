/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The programs of the manifest: all guarantees are made before the first of them begins, or none
 * does; then each is started, and again as its line says, ever later up to BACKOFF_MOST_MS. Its
 * guarantee, or its account, is its own from the first start on, whether it runs or not.
 */
#include <kernel/errno.h>
#include <kernel/math.h>
#include <kernel/printk.h>
#include <kernel/seq_file.h>
#include <kernel/sprintf.h>
#include <kernel/string.h>
#include <kernel/time.h>
#include <kernel/wait.h>
#include <fs/file.h>
#include <fs/path.h>
#include <fs/view.h>
#include <mm/account.h>
#include <mm/admission.h>
#include <mm/slab.h>
#include <process/manifest.h>

#include "internal.h"
#include "start.h"

#define BACKOFF_LEAST_MS	100u
#define BACKOFF_MOST_MS		30000u
/* Who ran so long begins anew with the shortest wait. */
#define RAN_WELL_US		10000000ull
#define FOREVER_US		(~0ull)

struct program {
	struct manifest_row row;	/* [c] */
	struct program_start start;	/* [o] */
	struct process *process;	/* [p] NULL: it does not run */
	u64 began_us, due_us;		/* [o] due: FOREVER_US: never again */
	unsigned int starts, backoff_ms;	/* [o] */
	int exit_code;			/* [o] of the last end */
};

struct programs {
	unsigned int nr;		/* [c] */
	struct program each[MANIFEST_ROWS];	/* [f] */
};

static struct completion process_ended = COMPLETION_INIT(process_ended);	/* [f] */
static struct programs *programs;					/* [c] NULL: no manifest */

void process_init_ended(void)
{
	complete(&process_ended);
}

void process_wait_for_end(u64 us)
{
	(void)!wait_for_completion_timeout(&process_ended, us);
}

/* ---- the manifest ---- */

/* Bytes of the file, or an error. */
static long read_manifest(char *text)
{
	struct fs_place *place = place_new();
	const struct fs_path path = { .place = place, .text = MANIFEST_PATH };
	long got = -ENOENT;
	struct file *f;

	if (place && !path_open(&path, 0, 0, &f)) {
		got = file_read_kernel(f, 0, text, MANIFEST_BYTES + 1);
		file_put(f);
	}
	place_put(place);
	return got;
}

static const char *parse(const char *text, size_t bytes, struct manifest_row *rows,
			 struct programs *to, unsigned int *line)
{
	const char *wrong = manifest_parse(text, bytes, rows, &to->nr, line);

	for (unsigned int i = 0; i < to->nr && !wrong; i++) {
		to->each[i].row = rows[i];
		if (rows[i].guarantee && !IS_ENABLED(CONFIG_ADMISSION))
			wrong = "guarantee= needs a kernel with CONFIG_ADMISSION";
		if (rows[i].limit && !IS_ENABLED(CONFIG_MEM_ACCOUNTS))
			wrong = "limit= needs a kernel with CONFIG_MEM_ACCOUNTS";
	}
	return wrong;
}

/* False: it has been said why not. */
static bool load(const char *text, size_t bytes)
{
	struct programs *new = kzalloc(sizeof(*new), GFP_KERNEL | __GFP_NOWARN);
	struct manifest_row *rows = kzalloc(MANIFEST_ROWS * sizeof(*rows),
					    GFP_KERNEL | __GFP_NOWARN);
	unsigned int line = 0;
	const char *wrong = "there is no memory for it";

	if (new && rows)
		wrong = parse(text, bytes, rows, new, &line);
	kfree(rows);
	if (!wrong) {
		programs = new;
		return true;
	}
	kfree(new);
	pr_err("%s, line %u: %s; no program is started\n", MANIFEST_PATH, line, wrong);
	return false;
}

/* ---- guarantees and limits ---- */

static bool guarantee(struct program *p)
{
	unsigned long missing = 0;

	p->start.admission = admission_create(p->row.name, p->row.guarantee / PAGE_SIZE, &missing);
	if (p->start.admission)
		return true;
	if (missing)
		pr_err("%s: %s is guaranteed %lluK, %luK more than can be kept free; lower a "
		       "guarantee, or add RAM: no program is started\n", MANIFEST_PATH,
		       p->row.name, ULL(p->row.guarantee / 1024), missing * 4);
	else
		pr_err("%s: there is no account for %s; raise CONFIG_MEM_ACCOUNTS_MAX: no program "
		       "is started\n", MANIFEST_PATH, p->row.name);
	return false;
}

static bool limit(struct program *p)
{
	IF_ENABLED(CONFIG_MEM_ACCOUNTS,
		   p->start.account = account_create(p->row.name, p->row.limit / PAGE_SIZE, false);)
	if (p->start.account)
		return true;
	pr_err("%s: there is no account for %s; raise CONFIG_MEM_ACCOUNTS_MAX: no program is "
	       "started\n", MANIFEST_PATH, p->row.name);
	return false;
}

/* All of them, or none. */
static bool promise(void)
{
	unsigned int done = 0;
	bool kept = true;

	for (; done < programs->nr && kept; done++) {
		struct program *p = &programs->each[done];

		p->start = (struct program_start){
			.name = p->row.name, .words = p->row.command, .argc = p->row.argc,
			.stack_bytes = p->row.stack, .heap_bytes = p->row.heap,
		};
		kept = p->row.guarantee ? guarantee(p) : p->row.limit ? limit(p) : true;
	}
	while (!kept && done--) {
		struct program_start *start = &programs->each[done].start;

		admission_put(start->admission);
		IF_ENABLED(CONFIG_MEM_ACCOUNTS,
			   if (start->account) account_destroy(start->account);)
	}
	return kept;
}

/* ---- beginnings and ends ---- */

static void begin(struct program *p, u64 now)
{
	struct process *process = program_start(&p->start);
	unsigned long flags = spin_lock_irqsave(&process_lock);

	p->process = process;
	spin_unlock_irqrestore(&process_lock, flags);
	p->starts++;
	p->began_us = now;
	p->due_us = FOREVER_US;
	if (process)
		return;
	p->backoff_ms = BACKOFF_MOST_MS;
	p->due_us = now + BACKOFF_MOST_MS * 1000ull;
	pr_err("program %s: no memory to begin; again in %u ms\n", p->row.name, p->backoff_ms);
}

/* When it begins again; 0: not. */
static unsigned int next_backoff(const struct program *p, u64 ran_us)
{
	bool failed = p->exit_code || p->start.error;

	if (p->row.restart == RESTART_NEVER || (p->row.restart == RESTART_ON_FAILURE && !failed))
		return 0;
	if (ran_us >= RAN_WELL_US || !p->backoff_ms)
		return BACKOFF_LEAST_MS;
	return min(p->backoff_ms * 2, BACKOFF_MOST_MS);
}

static void report(const struct program *p, u64 ran_us)
{
	char how[128], memory[80] = "", again[32] = "";
	struct admission_seen seen = { 0 };

	if (p->start.error)
		scnprintf(how, sizeof(how), "cannot be started: %s (error %d)",
			  program_fault(p->start.error), -p->start.error);
	else if (p->exit_code & 0x7f)
		scnprintf(how, sizeof(how), "was ended by signal %d", p->exit_code & 0x7f);
	else
		scnprintf(how, sizeof(how), "has ended with %d", p->exit_code >> 8 & 0xff);
	if (p->start.admission) {
		admission_see(p->start.admission, &seen);
		scnprintf(memory, sizeof(memory), "; of %luK at most %luK were held and %luK used",
			  seen.guaranteed * 4, seen.peak * 4, seen.used_peak * 4);
	} else if (p->start.account) {
		scnprintf(memory, sizeof(memory), "; of %lluK at most %luK were used",
			  ULL(p->row.limit / 1024), p->start.account->peak * 4);
	}
	if (p->due_us != FOREVER_US)
		scnprintf(again, sizeof(again), "; again in %u ms", p->backoff_ms);
	pr_info("program %s %s after %llu ms%s%s\n", p->row.name, how, ULL(ran_us / 1000), memory,
		again);
}

static void has_ended(struct program *p, u64 now)
{
	u64 ran_us = now - p->began_us;

	p->backoff_ms = next_backoff(p, ran_us);
	p->due_us = p->backoff_ms ? now + p->backoff_ms * 1000ull : FOREVER_US;
	report(p, ran_us);
}

/* A process without a parent that has ended, and whose program it was; NULL: there is none. */
static struct process *find_ended(struct program **whose)
{
	unsigned long flags = spin_lock_irqsave(&process_lock);
	struct process *found = NULL;
	struct list_head *at;

	*whose = NULL;
	list_for_each(at, process_list()) {
		struct process *p = list_entry(at, struct process, all);

		if (p->state != PROCESS_ZOMBIE || p->parent)
			continue;
		found = p;
		break;
	}
	for (unsigned int i = 0; i < programs->nr && found; i++) {
		if (programs->each[i].process != found)
			continue;
		*whose = &programs->each[i];
		(*whose)->exit_code = found->exit_code;
		(*whose)->process = NULL;
	}
	spin_unlock_irqrestore(&process_lock, flags);
	return found;
}

/* Who is due begins. Microseconds to the next one; 0: there is nothing left to wait for. */
static u64 begin_all(u64 now)
{
	u64 next = FOREVER_US;
	bool alive = false;

	for (unsigned int i = 0; i < programs->nr; i++) {
		struct program *p = &programs->each[i];

		if (p->due_us <= now)
			begin(p, now);
		alive |= p->process != NULL;
		next = min(next, p->due_us);
	}
	return next != FOREVER_US ? max(next - now, 1ull) : alive ? FOREVER_US : 0;
}

bool programs_run(void)
{
	char *text = kmalloc(MANIFEST_BYTES + 1, GFP_KERNEL | __GFP_NOWARN);
	long bytes = text ? read_manifest(text) : -ENOENT;
	bool loaded = bytes >= 0 && load(text, (size_t)bytes);
	struct program *whose;
	struct process *ended;
	u64 wait_us;

	kfree(text);
	if (!loaded || !promise())
		return bytes >= 0;
	while ((wait_us = begin_all(time_us()))) {
		process_wait_for_end(wait_us);
		while ((ended = find_ended(&whose))) {
			process_free(ended);
			if (whose)
				has_ended(whose, time_us());
		}
	}
	pr_info("programs: all have ended\n");
	return true;
}

/* ---- looking ---- */

static void programs_show(struct seq_file *m)
{
	seq_puts(m, "program           pid  starts guaranteed/K   limit/K    held/K    used/K    peak/K"
		    "  refused  command\n");
	for (unsigned int i = 0; programs && i < programs->nr; i++) {
		const struct program *p = &programs->each[i];
		const struct process *process = READ_ONCE(p->process);
		struct admission_seen seen = { .guaranteed = 0 };

		admission_see(p->start.admission, &seen);
		if (p->start.account) {
			seen.used = p->start.account->charged;
			seen.used_peak = p->start.account->peak;
			seen.refused = p->start.account->refused;
		}
		seq_printf(m, "%-15s %5d %7u %12lu %9llu %9lu %9lu %9lu %8lu  %s\n", p->row.name,
			   process ? process->pid : 0, p->starts, seen.guaranteed * 4,
			   ULL(p->row.limit / 1024), seen.committed * 4, seen.used * 4,
			   seen.used_peak * 4, seen.refused, p->row.command);
	}
}

VIEW(programs, programs_show);
