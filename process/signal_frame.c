/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a handler finds on its stack, in Linux's form, and the way back from it:
 *
 *	siginfo, 128 bytes
 *	ucontext: flags, link, alternate stack, signals kept back, registers, F and D
 */
#include <kernel/errno.h>
#include <kernel/math.h>
#include <kernel/string.h>
#include <kernel/uaccess.h>
#include <process/syscalls.h>
#include <asm/csr.h>

#include "internal.h"

struct frame_info {
	s32 sig, error, code, pad;
	union {
		u64 address;			/* of a fault */
		struct {
			s32 pid;		/* of a timer: its number, and the overrun */
			u32 uid;
		};
	};
	u64 value;				/* of a timer */
};

struct frame_stack {
	u64 start;
	s32 flags, pad;
	u64 bytes;
};

struct frame_context {
	u64 flags, link;
	struct frame_stack stack;
	u64 mask;
};

struct frame {
	struct frame_info info;
	u64 info_room[12];
	struct frame_context context;
	u64 mask_room[15];
	u64 pad;				/* the registers are a multiple of 16 */
	u64 pc, x[31];				/* x1 to x31 */
	u64 fp[32];
	u32 fcsr, fp_pad[3];
	u64 fp_room[31];			/* up to what a Q register file takes */
};

/* What of it is not as it was, and is no register: the words of a signal_info and a context. */
struct frame_words {
	u64 sig, code, who, flags, stack_start, stack_flags, stack_bytes, mask;
};

/* arch/riscv/user_copy.S: the words and 32 registers, to where they are in struct frame, at a
 * multiple of 16: 0, or -EFAULT. */
long user_store_frame(uintptr_t at, const struct pt_regs *regs, const struct frame_words *words);
/* The same back, but for the words of a signal_info; what is no multiple of 8 is refused. */
long user_load_frame(uintptr_t at, struct pt_regs *regs, struct frame_words *words);

/* Of flags: the registers of F and D are there. Otherwise they were 0, and their place is as it
 * was. */
#define FRAME_HAS_FP	1u

#define REGS_BYTES	(32 * sizeof(u64))
#define FP_BYTES	(offsetof(struct arch_user, fcsr) + sizeof(u64))

BUILD_ASSERT(offsetof(struct frame, context) == 128, "siginfo has 128 bytes");
BUILD_ASSERT(offsetof(struct frame_context, mask) == 40, "uc_sigmask");
BUILD_ASSERT(offsetof(struct frame, pc) - offsetof(struct frame, context) == 176, "uc_mcontext");
BUILD_ASSERT(offsetof(struct frame, fp) - offsetof(struct frame, pc) == REGS_BYTES,
	     "floating point");
BUILD_ASSERT(offsetof(struct frame_info, code) == 8 && offsetof(struct frame_info, pid) == 16 &&
	     offsetof(struct frame_context, stack) == 16 &&
	     offsetof(struct frame_stack, flags) == 8,
	     "user_store_frame()");
BUILD_ASSERT(offsetof(struct pt_regs, t6) == REGS_BYTES - sizeof(u64),
	     "a trap's frame begins with pc and x1 to x31");

#define SS_ONSTACK	1u
#define SS_DISABLE	2u

static bool on_alternate_stack(const struct user_thread *u, uintptr_t sp)
{
	return u->alternate_bytes && sp - u->alternate_stack < u->alternate_bytes;
}

static __noinline bool write_fp(uintptr_t at, struct user_thread *u)
{
	arch_fp_keep(current_thread());
	return !u->arch.fp_used ||
	       !copy_to_user(at + offsetof(struct frame, fp), u->arch.fp, FP_BYTES);
}

/* Where its parts are that are not as they were: false: the stack cannot be written. */
static __always_inline bool write_frame(uintptr_t at, const struct pt_regs *regs,
					const struct signal_info *info, u64 blocked)
{
	struct user_thread *u = current_user();
	struct frame_words words = {
		.sig = (u32)info->sig,
		.code = (u32)info->code,
		.who = info->address ? info->address : (u32)info->pid,
		.stack_start = u->alternate_stack,
		.stack_flags = !u->alternate_bytes ? SS_DISABLE :
			       on_alternate_stack(u, regs->sp) ? SS_ONSTACK : 0,
		.stack_bytes = u->alternate_bytes,
		.mask = blocked,
	};

	if (unlikely(info->code == SI_TIMER)) {
		words.who |= (u64)info->overrun << 32;
		if (copy_to_user(at + offsetof(struct frame_info, value), &info->value,
				 sizeof(info->value)))
			return false;
	}
	if (unlikely(u->arch.fp_used)) {
		if (!write_fp(at, u))
			return false;
		words.flags = u->arch.fp_used ? FRAME_HAS_FP : 0;
	}
	return !user_store_frame(at, regs, &words);
}

int signal_frame_push(struct pt_regs *regs, const struct signal_action *action,
		      const struct signal_info *info, u64 blocked)
{
	struct user_thread *u = current_user();
	uintptr_t sp = regs->sp;

	if (action->flags & SA_ONSTACK && u->alternate_bytes && !on_alternate_stack(u, sp))
		sp = u->alternate_stack + u->alternate_bytes;
	sp = ALIGN_DOWN(sp - sizeof(struct frame), 16);
	if (!write_frame(sp, regs, info, blocked))
		return -EFAULT;
	regs->epc = action->handler;
	regs->sp = sp;
	regs->ra = vdso_sigreturn(u->process->space);
	regs->a0 = (unsigned long)info->sig;
	regs->a1 = sp + offsetof(struct frame, info);
	regs->a2 = sp + offsetof(struct frame, context);
	return 0;
}

/* Registers of F and D as the frame has them. */
static bool read_fp(uintptr_t frame, u64 flags)
{
	struct user_thread *u = current_user();

	if (flags & FRAME_HAS_FP) {
		if (copy_from_user(u->arch.fp, frame + offsetof(struct frame, fp), FP_BYTES))
			return false;
		u->arch.fcsr &= 0xff;
		u->arch.fp_used = u->arch.fp_kept = true;
		arch_fp_take(current_thread());
	} else if (u->arch.fp_used) {
		arch_fp_clear(current_thread());
	}
	return true;
}

SYSCALL(rt_sigreturn)
{
	struct user_thread *u = current_user();
	struct pt_regs *regs = user_regs();
	uintptr_t frame = regs->sp;
	struct frame_words words;
	unsigned long flags;

	if (user_load_frame(frame, regs, &words) || !read_fp(frame, words.flags)) {
		user_fault_signal(SIGSEGV, SEGV_MAPERR, frame);
		return 0;
	}
	/* The call is over, whatever it returns. */
	regs->cause = CAUSE_CALL_OVER;
	u->alternate_stack = words.stack_start;
	u->alternate_bytes = words.stack_flags & SS_DISABLE ? 0 : words.stack_bytes;
	flags = spin_lock_irqsave(&process_lock);
	u->blocked = words.mask & ~NEVER_BLOCKED;
	signal_recheck(u);
	spin_unlock_irqrestore(&process_lock, flags);
	return (long)regs->a0;
}

SYSCALL(sigaltstack)
{
	struct user_thread *u = current_user();
	struct frame_stack old = { u->alternate_stack, u->alternate_bytes ? 0 : SS_DISABLE, 0,
				   u->alternate_bytes }, new;
	bool busy = on_alternate_stack(u, user_regs()->sp);

	if (busy)
		old.flags = SS_ONSTACK;
	if (a0) {
		if (copy_from_user(&new, a0, sizeof(new)))
			return -EFAULT;
		if (busy)
			return -EPERM;
		if (new.flags & ~(s32)(SS_DISABLE | SS_ONSTACK))
			return -EINVAL;
		if (!(new.flags & (s32)SS_DISABLE) && new.bytes < 2048)
			return -ENOMEM;
		u->alternate_stack = new.start;
		u->alternate_bytes = new.flags & (s32)SS_DISABLE ? 0 : new.bytes;
	}
	return a1 && copy_to_user(a1, &old, sizeof(old)) ? -EFAULT : 0;
}
