/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What: the names of a folder that is in memory.
 *
 * Structure: each name has a key of 62 bits, a hash that nobody outside can foresee. Names are a
 * tree that branches by the bits of the key, the highest first, with a name at each node: whatever
 * names there are, a look takes at most KEY_BITS steps, and nothing is ever balanced. Keys are the
 * places that a reader of the folder goes by, so that names that come and go meanwhile confuse
 * nobody: the next one is the least key from a place on.
 *
 * Invariants:
 * DE1 An entry lies below a node on the side that the key's bit of that depth says.
 * DE2 A folder counts its entries.
 *
 * Locking: names_lock.
 *
 * Configuration: FILES.
 */
#include <kernel/errno.h>
#include <kernel/math.h>
#include <kernel/random.h>
#include <kernel/string.h>
#include <mm/slab.h>
#include <fs/inode.h>

#define KEY_BITS	62
/* Places below it are "." and "..". */
#define KEY_FIRST	2ull

static u64 hash_key[2];		/* [b] drawn with the first name */

/* Both halves of a product under a key: who does not know the key foresees nothing of it. */
static u64 mix(u64 a, u64 b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (u64)product ^ (u64)(product >> 64);
}

/* Names are short: in line, byte by byte. */
static __always_inline u64 word_of(const char *name, size_t len)
{
	u64 word = 0;

	for (size_t i = len; i-- > 0; )
		word = word << 8 | (u8)name[i];
	return word;
}

static __always_inline u64 key_of(const char *name, size_t len)
{
	u64 hash = len;

	if (!hash_key[0])
		hash_key[0] = get_random_u64() | 1, hash_key[1] = get_random_u64() | 1;
	for (size_t at = 0; at < len; at += sizeof(u64)) {
		u64 word = word_of(name + at, min(len - at, sizeof(word)));

		hash = mix(hash ^ hash_key[0] ^ word, hash_key[1] ^ hash);
	}
	hash = mix(hash ^ hash_key[1], hash_key[0]);
	return max(hash >> (64 - KEY_BITS), KEY_FIRST);
}

static unsigned int side(u64 key, unsigned int depth)
{
	return key >> (KEY_BITS - 1 - depth) & 1;
}

/* Where the entry of a key hangs, or would. */
static struct dir_entry **place_of(struct inode *dir, u64 key)
{
	struct dir_entry **link = &dir->entries;

	for (unsigned int depth = 0; *link && (*link)->key != key; depth++)
		link = &(*link)->child[side(key, depth)];
	return link;
}

static bool is_named(const struct dir_entry *e, const char *name, size_t len)
{
	size_t same = 0;

	if (e->len != len)
		return false;
	while (same < len && e->name[same] == name[same])
		same++;
	return same == len;
}

struct dir_entry *dir_find(struct inode *dir, const char *name, size_t len)
{
	struct dir_entry *e = *place_of(dir, key_of(name, len));

	return e && is_named(e, name, len) ? e : NULL;
}

int dir_add(struct inode *dir, const char *name, size_t len, struct inode *inode)
{
	struct dir_entry **link, *e;
	u64 key = key_of(name, len);

	if (len > NAME_MAX)
		return -ENAMETOOLONG;
	link = place_of(dir, key);
	/* Of another name with the same key nobody will ever hear: one in 2^62. */
	if (*link)
		return is_named(*link, name, len) ? -EEXIST : -ENOSPC;
	e = kmalloc(sizeof(*e) + len, GFP_KERNEL | __GFP_NOWARN);
	if (!e)
		return -ENOMEM;
	*e = (struct dir_entry){ .key = key, .inode = inode, .dir = dir,
				  .len = (u16)len };
	memcpy(e->name, name, len);
	*link = e;
	dir->nr_entries++;
	inode->entry = e;
	return 0;
}

struct inode *dir_remove(struct inode *dir, struct dir_entry *entry)
{
	struct dir_entry **link = place_of(dir, entry->key), **leaf = link;
	struct inode *inode = entry->inode;

	/* Any leaf below it may take its place: it has all the bits that lead there. */
	while ((*leaf)->child[0] || (*leaf)->child[1])
		leaf = &(*leaf)->child[(*leaf)->child[0] ? 0 : 1];
	if (leaf != link) {
		struct dir_entry *moved = *leaf;

		*leaf = NULL;
		moved->child[0] = entry->child[0];
		moved->child[1] = entry->child[1];
		*link = moved;
	} else {
		*link = NULL;
	}
	dir->nr_entries--;
	if (inode->entry == entry)
		inode->entry = NULL;
	kfree(entry);
	return inode;
}

/* The least key of a tree: of its node, or of what is on the lower side, if anything. */
static struct dir_entry *least(struct dir_entry *at, struct dir_entry *best)
{
	while (at) {
		if (!best || at->key < best->key)
			best = at;
		at = at->child[0] ? at->child[0] : at->child[1];
	}
	return best;
}

struct dir_entry *dir_from(const struct inode *dir, u64 key)
{
	struct dir_entry *at = dir->entries, *best = NULL, *higher = NULL;

	/* On the way to the key each turn to the lower side leaves higher keys on the other; those
	 * of the last such turn are the least of them. */
	for (unsigned int depth = 0; at; depth++) {
		if (at->key >= key && (!best || at->key < best->key))
			best = at;
		if (!side(key, depth) && at->child[1])
			higher = at->child[1];
		at = at->child[side(key, depth)];
	}
	return least(higher, best);
}

bool dir_is_ancestor(const struct inode *dir, const struct inode *of)
{
	while (of && of != dir)
		of = of->covered ? of->covered : of->parent;
	return of == dir;
}

static const char *validate(const struct dir_entry *e, u64 bits, unsigned int depth, u64 *found)
{
	const char *fault = NULL;

	if (!e)
		return NULL;
	++*found;
	if (depth && e->key >> (KEY_BITS - depth) != bits)
		return "DE1: a name hangs where its key does not lead";
	for (unsigned int i = 0; i < 2 && !fault; i++)
		fault = validate(e->child[i], bits << 1 | i, depth + 1, found);
	return fault;
}

const char *dir_validate(const struct inode *dir)
{
	u64 found = 0;
	const char *fault = validate(dir->entries, 0, 0, &found);

	return fault || found == dir->nr_entries ? fault :
	       "DE2: a folder counts other names than it has";
}
