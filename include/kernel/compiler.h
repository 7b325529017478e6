/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_COMPILER_H
#define KERNEL_COMPILER_H

#define likely(x)		__builtin_expect(!!(x), 1)
#define unlikely(x)		__builtin_expect(!!(x), 0)

/* Counted, a function has one copy a file, so that each branch is one (scripts/coverage.py). */
#undef __always_inline
#if defined(COUNT_BRANCHES)
#define __always_inline		inline
#else
#define __always_inline		inline __attribute__((__always_inline__))
#endif
#undef __noinline
#define __noinline		__attribute__((__noinline__))
#define __noreturn		__attribute__((__noreturn__))
#define __must_check		__attribute__((__warn_unused_result__))
#define __maybe_unused		__attribute__((__unused__))
#undef __used
#define __used			__attribute__((__used__))
#define __cold			__attribute__((__cold__))
#undef __section
#define __section(name)		__attribute__((__section__(name)))
#undef __aligned
#define __aligned(n)		__attribute__((__aligned__(n)))
#undef __packed
#define __packed		__attribute__((__packed__))
#define __printf(fmt, args)	__attribute__((__format__(__printf__, fmt, args)))

/* The compiler may not move memory accesses across this point. */
#define barrier()		__asm__ volatile("" ::: "memory")

/* The compiler forgets what it knows about where the value came from. */
#define OPTIMIZER_HIDE_VAR(v)	__asm__("" : "+r"(v))

/*
 * One access of the object's own width, which is neither repeated nor dropped, to data that another
 * CPU may touch meanwhile. The thread sanitizer does not accept volatile for that.
 *
 * The relaxed ones are for a lock's holder: WRITE_RELAXED where others read without the lock, and
 * take what they find for a guess; READ_RELAXED where others write, but not the bits that count.
 * The compiler may move both, and join them.
 */
#if defined(__SANITIZE_THREAD__)
#define READ_ONCE(x)		__atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, v)	__atomic_store_n(&(x), v, __ATOMIC_RELAXED)
#define READ_RELAXED(x)		READ_ONCE(x)
#define WRITE_RELAXED(x, v)	WRITE_ONCE(x, v)
/* The thread sanitizer knows no fences: here all of them change one word, which orders more. */
extern unsigned int fence_word;
#define memory_fence(order)	((void)__atomic_fetch_add(&fence_word, 1, order))
#else
#define READ_ONCE(x)		(*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v)	(*(volatile __typeof__(x) *)&(x) = (v))
#define READ_RELAXED(x)		(x)
#define WRITE_RELAXED(x, v)	((x) = (v))
#define memory_fence(order)	__atomic_thread_fence(order)
#endif

#define ARRAY_SIZE(a)		(sizeof(a) / sizeof((a)[0]))
#define container_of(ptr, type, member) \
	((type *)(void *)((char *)(ptr) - offsetof(type, member)))

#define __stringify_1(x...)	#x
#define __stringify(x...)	__stringify_1(x)
#define __concat_1(a, b)	a##b
#define CONCAT(a, b)		__concat_1(a, b)

/*
 * IS_ENABLED(CONFIG_X) is 1 when the option is y and 0 when it is not set, as an integer
 * constant expression, so that both arms of an if are compiled.
 */
#define __ARG_PLACEHOLDER_1	0,
#define __second_arg(ignored, value, ...) value
#define __is_enabled_3(junk)	__second_arg(junk 1, 0, 0)
#define __is_enabled_2(value)	__is_enabled_3(__ARG_PLACEHOLDER_##value)
#define IS_ENABLED(option)	__is_enabled_2(option)

/*
 * These tokens when the option is y, and none when it is not set. For a member of a struct and its
 * initialiser, for a row of a const table, or for a number that exists with the option alone, as
 * (IF_ENABLED(CONFIG_X, CONFIG_X) + 0).
 */
#define __if_enabled_0(...)
#define __if_enabled_1(...)	__VA_ARGS__
#define IF_ENABLED(option, ...)	CONCAT(__if_enabled_, IS_ENABLED(option))(__VA_ARGS__)

#endif /* KERNEL_COMPILER_H */
