/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers that an attacker cannot guess: SipHash-2-4 (Aumasson and Bernstein, 2012) of a counter,
 * under a key that is mixed from what firmware puts into /chosen (rng-seed, kaslr-seed), the clock
 * and the instruction counter. Where firmware gives no seed the numbers are as good as a clock is
 * uncertain; the log says so.
 */
#include <kernel/fdt.h>
#include <kernel/init.h>
#include <kernel/printk.h>
#include <kernel/random.h>
#include <kernel/string.h>
#include <arch/time.h>

#include <libfdt.h>

static u64 key[2];		/* [a] */
static u64 counter;		/* [a] */

static u64 rotl(u64 x, unsigned int bits)
{
	return x << bits | x >> (64 - bits);
}

static void sip_rounds(u64 v[4], unsigned int rounds)
{
	while (rounds--) {
		v[0] += v[1];
		v[1] = rotl(v[1], 13) ^ v[0];
		v[0] = rotl(v[0], 32);
		v[2] += v[3];
		v[3] = rotl(v[3], 16) ^ v[2];
		v[0] += v[3];
		v[3] = rotl(v[3], 21) ^ v[0];
		v[2] += v[1];
		v[1] = rotl(v[1], 17) ^ v[2];
		v[2] = rotl(v[2], 32);
	}
}

u64 siphash_u64(const u64 k[2], u64 word)
{
	u64 v[4] = { k[0] ^ 0x736f6d6570736575ull, k[1] ^ 0x646f72616e646f6dull,
		     k[0] ^ 0x6c7967656e657261ull, k[1] ^ 0x7465646279746573ull };
	/* The length in bytes is the last byte of what is hashed. */
	const u64 words[] = { word, (u64)sizeof(word) << 56 };

	for (unsigned int i = 0; i < 2; i++) {
		v[3] ^= words[i];
		sip_rounds(v, 2);
		v[0] ^= words[i];
	}
	v[2] ^= 0xff;
	sip_rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* Each half alone is as good as the word, so that who reads between the two loses nothing. */
void random_add(u64 word)
{
	u64 now[2] = { READ_ONCE(key[0]), READ_ONCE(key[1]) };

	__atomic_fetch_xor(&key[0], siphash_u64(now, word), __ATOMIC_RELAXED);
	__atomic_fetch_xor(&key[1], siphash_u64(now, ~word), __ATOMIC_RELAXED);
}

u64 get_random_u64(void)
{
	u64 now[2] = { READ_ONCE(key[0]), READ_ONCE(key[1]) };

	return siphash_u64(now, __atomic_fetch_add(&counter, 1, __ATOMIC_RELAXED));
}

static void __init mix(u64 word)
{
	u64 first = siphash_u64(key, word), second = siphash_u64(key, ~word);

	key[0] = first;
	key[1] = second;
}

/* Returns how many bytes the property has. */
static int __init mix_property(int node, const char *name)
{
	int bytes = 0;
	const char *data = node < 0 ? NULL : fdt_getprop(boot_fdt, node, name, &bytes);

	for (int at = 0; data && at < bytes; at += 8) {
		u64 word = 0;

		memcpy(&word, data + at, (size_t)(bytes - at < 8 ? bytes - at : 8));
		mix(word);
	}
	return data ? bytes : 0;
}

void __init random_init(void)
{
	int chosen = boot_fdt ? fdt_path_offset(boot_fdt, "/chosen") : -1;
	int bytes = mix_property(chosen, "rng-seed") + mix_property(chosen, "kaslr-seed");

	mix(arch_ticks());
	mix(arch_instret());
	if (bytes)
		pr_info("random: seeded with %d bytes of the device tree\n", bytes);
	else
		pr_warn("random: no rng-seed in /chosen, seeded by the clock alone\n");
}
