/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PROCESS_SYSCALLS_H
#define PROCESS_SYSCALLS_H

#include <kernel/types.h>
#include <process/file_syscalls.h>
#include <asm/syscalls.h>

/*
 * System calls: a row is Linux's number and name. sys_<name>() gets the six argument registers and
 * returns a result or -Exxx; process context, interrupts on. Calls about files have their rows in
 * process/file_syscalls.h, those of one architecture in its asm/syscalls.h. Those of the second
 * list look at all registers of the program.
 */
#define PROCESS_SYSCALLS(row) \
	row(93, exit) \
	row(94, exit_group) \
	row(96, set_tid_address) \
	row(98, futex) \
	row(99, set_robust_list) \
	row(101, nanosleep) \
	row(102, getitimer) \
	row(103, setitimer) \
	row(107, timer_create) \
	row(108, timer_gettime) \
	row(109, timer_getoverrun) \
	row(110, timer_settime) \
	row(111, timer_delete) \
	row(112, clock_settime) \
	row(113, clock_gettime) \
	row(114, clock_getres) \
	row(115, clock_nanosleep) \
	row(116, syslog) \
	row(120, sched_getscheduler) \
	row(121, sched_getparam) \
	row(122, sched_setaffinity) \
	row(123, sched_getaffinity) \
	row(124, sched_yield) \
	row(125, sched_get_priority_max) \
	row(126, sched_get_priority_min) \
	row(129, kill) \
	row(130, tkill) \
	row(131, tgkill) \
	row(132, sigaltstack) \
	row(133, rt_sigsuspend) \
	row(134, rt_sigaction) \
	row(135, rt_sigprocmask) \
	row(136, rt_sigpending) \
	row(137, rt_sigtimedwait) \
	row(140, setpriority) \
	row(141, getpriority) \
	row(142, reboot) \
	row(144, setgid) \
	row(146, setuid) \
	row(147, setresuid) \
	row(148, getresuid) \
	row(149, setresgid) \
	row(150, getresgid) \
	row(153, times) \
	row(154, setpgid) \
	row(155, getpgid) \
	row(156, getsid) \
	row(157, setsid) \
	row(158, getgroups) \
	row(159, setgroups) \
	row(160, uname) \
	row(165, getrusage) \
	row(167, prctl) \
	row(168, getcpu) \
	row(169, gettimeofday) \
	row(172, getpid) \
	row(173, getppid) \
	row(174, getuid) \
	row(175, geteuid) \
	row(176, getgid) \
	row(177, getegid) \
	row(178, gettid) \
	row(179, sysinfo) \
	row(214, brk) \
	row(215, munmap) \
	row(216, mremap) \
	row(222, mmap) \
	row(226, mprotect) \
	row(227, msync) \
	row(228, mlock) \
	row(229, munlock) \
	row(230, mlockall) \
	row(231, munlockall) \
	row(232, mincore) \
	row(233, madvise) \
	row(260, wait4) \
	row(261, prlimit64) \
	row(278, getrandom) \
	row(284, mlock2)

#define FRAME_SYSCALLS(row) \
	row(139, rt_sigreturn) \
	row(220, clone) \
	row(221, execve)

#define SYSCALL_PROTOTYPE(number, name) \
	long sys_##name(unsigned long a0, unsigned long a1, unsigned long a2, unsigned long a3, \
			unsigned long a4, unsigned long a5);
PROCESS_SYSCALLS(SYSCALL_PROTOTYPE)
FILE_SYSCALLS(SYSCALL_PROTOTYPE)
ARCH_SYSCALLS(SYSCALL_PROTOTYPE)
FRAME_SYSCALLS(SYSCALL_PROTOTYPE)

/* SYSCALL(name) { ... }: a definition whose arguments are a0 to a5, used or not. */
#define SYSCALL(name) \
	long sys_##name(__maybe_unused unsigned long a0, __maybe_unused unsigned long a1, \
			__maybe_unused unsigned long a2, __maybe_unused unsigned long a3, \
			__maybe_unused unsigned long a4, __maybe_unused unsigned long a5)

/* Calls of numbers that have no row, so far. */
u64 syscalls_unknown(void);

#endif /* PROCESS_SYSCALLS_H */
