/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ways along paths: a name after the other, links and mounts included. A way ends before the last
 * name, and says what lies there, so that opening, making and removing are the same way. Its steps
 * are at most the names of LINKS_MOST + 1 texts of PATH_MAX bytes.
 */
#include <kernel/errno.h>
#include <kernel/string.h>
#include <mm/slab.h>

#include "internal.h"

struct way {
	struct fs_place *place;
	struct inode *at;		/* with a reference */
	const char *rest;
	char *text;			/* what links have made of the path */
	unsigned int links;
};

struct inode *path_cross(struct inode *at)
{
	while (at->mounted) {
		struct inode *root = inode_get(at->mounted);

		inode_put(at);
		at = root;
	}
	return at;
}

static void go_to(struct way *w, struct inode *to)
{
	inode_put(w->at);
	w->at = to;
}

static void go_to_root(struct way *w)
{
	go_to(w, path_cross(inode_get(w->place->root)));
}

static void go_up(struct way *w)
{
	struct inode *at = w->at;

	/* From a root that is mounted up to what it hides, and over its parent. */
	while (at->covered && at != w->place->root)
		at = at->covered;
	if (at != w->place->root && at->parent)
		at = at->parent;
	go_to(w, path_cross(inode_get(at)));
}

/* The link's text comes before what is left of the path. */
static int take_link(struct way *w, struct inode *link)
{
	size_t rest = strlen(w->rest) + 1;
	char *text;
	long len;

	if (++w->links > LINKS_MOST)
		return -ELOOP;
	text = kmalloc(PATH_MAX + NAME_MAX, GFP_KERNEL | __GFP_NOWARN);
	if (!text)
		return -ENOMEM;
	len = link->ops->readlink(link, text, PATH_MAX);
	if (len > 0 && (size_t)len + rest < PATH_MAX) {
		text[len] = '/';
		memcpy(text + len + (rest > 1), w->rest, rest);
		kfree(w->text);
		w->rest = w->text = text;
		if (*text == '/')
			go_to_root(w);
		return 0;
	}
	kfree(text);
	return len < 0 ? (int)len : !len ? -ENOENT : -ENAMETOOLONG;
}

static inline const char *behind_slashes(const char *at)
{
	while (*at == '/')
		at++;
	return at;
}

static enum last_kind kind_of(const char *name, size_t len)
{
	if (likely(*name != '.') || len > 2)
		return LAST_NAME;
	return len == 1 ? LAST_DOT : name[1] == '.' ? LAST_DOTDOT : LAST_NAME;
}

/* The name at w->rest, which moves behind it and the slashes that follow. */
static inline void take_name(struct way *w, struct path_end *end)
{
	const char *name = w->rest, *at = name;

	while (*at && *at != '/')
		at++;
	end->name = name;
	end->len = (size_t)(at - name);
	end->slash = *at == '/';
	w->rest = behind_slashes(at);
	end->kind = kind_of(name, end->len);
}

/* Looks up the name that was taken. */
static int look(struct way *w, struct path_end *end)
{
	int err;

	end->found = NULL;
	if (!is_dir(w->at))
		return -ENOTDIR;
	if (end->len > NAME_MAX)
		return -ENAMETOOLONG;
	err = w->at->ops->lookup(w->at, end->name, end->len, &end->found);
	if (!err)
		end->found = path_cross(end->found);
	return err;
}

/* A link that is no text: what it leads to is in its place. */
static int follow_link(struct path_end *end)
{
	struct inode *link = end->found;
	int err = link->ops->follow(link, &end->found);

	if (err)
		end->found = NULL;
	else
		end->found = path_cross(end->found);
	inode_put(link);
	return err;
}

/* One name: 1 when it was the last one, which end describes then. */
static int step(struct way *w, bool follow, struct path_end *end)
{
	bool last;
	int err;

	take_name(w, end);
	last = !*w->rest;
	if (end->kind != LAST_NAME) {
		if (!is_dir(w->at))
			return -ENOTDIR;
		if (end->kind == LAST_DOTDOT)
			go_up(w);
		return last;
	}
	err = look(w, end);
	if (err)
		return last && err == -ENOENT ? 1 : err;
	if (S_ISLNK(end->found->mode) && (!last || follow || end->slash) &&
	    !end->found->ops->follow) {
		/* "link/" ends in a slash still. */
		if (last && end->slash)
			w->rest = "/";
		err = take_link(w, end->found);
		inode_put(end->found);
		end->found = NULL;
		return err;
	}
	if (S_ISLNK(end->found->mode) && (!last || follow))
		err = follow_link(end);
	if (err || last)
		return err ? err : 1;
	go_to(w, end->found);
	end->found = NULL;
	return 0;
}

static int start(struct way *w, const struct fs_path *p)
{
	struct inode *from = p->start ? p->start : p->place->cwd;

	*w = (struct way){ .place = p->place, .rest = p->text };
	if (!*p->text)
		return -ENOENT;
	w->at = inode_get(*p->text == '/' ? p->place->root : from);
	w->at = path_cross(w->at);
	return 0;
}

int path_walk(const struct fs_path *p, bool follow, struct path_end *end)
{
	struct way w;
	int done = start(&w, p);

	*end = (struct path_end){ .kind = LAST_ROOT };
	if (done)
		return done;
	do {
		w.rest = behind_slashes(w.rest);
		done = *w.rest ? step(&w, follow, end) : 1;
	} while (!done);
	end->text = w.text;
	end->dir = w.at;
	if (done > 0 && end->kind != LAST_NAME)
		end->found = inode_get(w.at);
	if (done > 0 && end->found && end->slash && !is_dir(end->found))
		done = -ENOTDIR;
	if (likely(done >= 0))
		return 0;
	path_end_put(end);
	/* Whoever asked may put it once more. */
	*end = (struct path_end){ .kind = LAST_ROOT };
	return done;
}

void path_end_put(struct path_end *end)
{
	inode_put(end->found);
	inode_put(end->dir);
	if (unlikely(end->text))
		kfree(end->text);
}
