# SPDX-License-Identifier: BSD-2-Clause
"""Rules of check-style.py about locks: docs/locking.md and include/kernel/lock_order.h against the
sources. Each rule comes with one that shows it planted faults."""

import re

from declarations import Source

DOC, ORDER, BOUNDS = "docs/locking.md", "include/kernel/lock_order.h", "mm/check/bounds.c"
# A spinlock of these folders must be listed; tests that take locks as they must not be are left
# out.
LOCK_FOLDERS = ("include/", "mm/", "kernel/", "drivers/", "arch/", "shell/", "fs/", "plan/", "lib/",
                "process/", "test/stress/")
ROW = re.compile(r"(?m)^\| `([^`]+)` \| (.*) \|$")
CLASS_OF = r"(?:DEFINE_SPINLOCK\((\w+), (LOCK_\w+)\)|SPINLOCK_INIT\((LOCK_\w+)\)|" \
           r"spin_lock_init\([^;]*, (LOCK_\w+)\))"


def sources(tree, folders):
    """The C files below these folders, parsed once."""
    if not hasattr(tree, "parsed"):
        tree.parsed = {}
    for name in tree.files(".c", ".h"):
        if name.startswith(folders):
            if name not in tree.parsed:
                tree.parsed[name] = Source(name, tree.text[name])
            yield tree.parsed[name]


def spinlocks(tree):
    """{(file, struct or "", name)} of every spinlock."""
    for source in sources(tree, LOCK_FOLDERS):
        for variable in source.variables:
            if re.search(r"\bspinlock_t\b", variable.type):
                yield source.path, "", variable.name
        for struct in source.structs:
            for field in struct.fields:
                if re.search(r"\bspinlock_t\b", field.type) and "*" not in field.type:
                    yield source.path, struct.name, field.name


def documented(tree):
    """The rows of the table of spinlocks: (lock, class, (file, struct or "", name), hold)."""
    for lock, rest in ROW.findall(tree.text.get(DOC, "")):
        cells = rest.split(" | ")
        words = re.findall(r"`([^`]+)`", " ".join(cells[:2]))
        if len(cells) != 5 or not words or not words[0].startswith("LOCK_"):
            continue
        struct = words[1][len("struct "):] if words[1].startswith("struct ") else ""
        yield lock, words[0], (words[-1], struct, lock.split("->")[-1]), cells[4]


def rule_locks(tree):
    """docs/locking.md has every spinlock of the tree, in the order of kernel/lock_order.h"""
    rows = list(documented(tree))
    order = re.findall(r'row\((LOCK_\w+), "([^"]+)"\)', tree.text.get(ORDER, ""))
    if [(name, lock) for lock, name, _, _ in rows] != order:
        yield "%s: %s\n# %s: %s" % (DOC, ", ".join(row[0] for row in rows), ORDER,
                                    ", ".join(lock for _, lock in order))
    found, listed = set(spinlocks(tree)), {place for _, _, place, _ in rows}
    for path, struct, name in sorted(found - listed):
        yield "%s: spinlock %s%s has no row in %s" % (path, struct and struct + ".", name, DOC)
    for path, struct, name in sorted(listed - found):
        yield "%s: there is no spinlock %s%s in %s" % (DOC, struct and struct + ".", name, path)
    used = {}
    for path in tree.files(".c", ".h"):
        if path.startswith(LOCK_FOLDERS):
            for name, *classes in re.findall(CLASS_OF, tree.text[path]):
                used.setdefault("".join(classes), set()).add((path, "", name))
    legend_text = "\n".join(re.findall(r"(?m)^\| `\[\w\]` \| .*", tree.text.get(DOC, "")))
    for lock, name, place, hold in rows:
        if "`%s`" % lock not in legend_text:
            yield "%s: no letter stands for %s" % (DOC, lock)
        if name not in used or (not place[1] and place not in used[name]):
            yield "%s: nothing makes %s a lock of class %s" % (DOC, place[2], name)
        for path in re.findall(r'"([^"]+)"', hold):
            if '"%s"' % path not in tree.text.get(BOUNDS, ""):
                yield "%s: %s has no path \"%s\"" % (DOC, BOUNDS, path)


def rule_lock_words(tree):
    """the words used as locks that docs/locking.md lists are in the files that it names"""
    for word, rest in ROW.findall(tree.text.get(DOC, "")):
        place = re.match(r"`([^`]+\.c)` \|", rest)
        if place and not re.search(r"\b%s\b" % re.split(r"->|\.", word)[-1],
                                   tree.text.get(place.group(1), "")):
            yield "%s: there is no %s in %s" % (DOC, word, place.group(1))


SOUND = {
    DOC: "| `z->lock` | `LOCK_Z` | `struct z`, `mm/z.h` | a | b | \"way\" |\n"
         "| `big_lock` | `LOCK_BIG` | `mm/z.c` | a | b | none |\n"
         "| `[Z]` | `z->lock` |\n| `[B]` | `big_lock`: all |\n",
    ORDER: 'row(LOCK_Z, "z->lock")\nrow(LOCK_BIG, "big_lock")\n',
    BOUNDS: 'char *way = "way";\n',
    "mm/z.h": "struct z {\n\tint a;\n\tspinlock_t lock;\n};\n",
    "mm/z.c": "static DEFINE_SPINLOCK(big_lock, LOCK_BIG);\n\nvoid f(struct z *z)\n{\n"
              "\tspin_lock_init(&z->lock, LOCK_Z);\n}\n",
}
# The part of a sound tree that is replaced, and a word of the fault that must then be found.
LOCK_PLANTS = (
    ("mm/z.c", "static D", "DEFINE_SPINLOCK(new_lock, LOCK_BIG);\nstatic D", "new_lock has no row"),
    ("mm/z.h", "int a;", "struct {\n\t\tspinlock_t a;\n\t} b[2];", "has no row"),
    ("mm/z.h", "int a;", "spinlock_t locks[4], more;", "z.more has no row"),
    ("mm/z.c", "\tspin_lock_init", "\tstatic spinlock_t own;\n\tspin_lock_init", "own has no row"),
    ("mm/z.h", "\tspinlock_t lock;\n", "", "there is no spinlock z.lock"),
    ("mm/z.c", "static DEFINE_SPINLOCK(big_lock, LOCK_BIG);\n", "", "there is no spinlock big_lock"),
    (ORDER, 'row(LOCK_Z, "z->lock")\nrow(LOCK_BIG, "big_lock")', 'row(LOCK_BIG, "big_lock")\n'
     'row(LOCK_Z, "z->lock")', "big_lock, z->lock"),
    ("mm/z.c", "big_lock, LOCK_BIG", "big_lock, LOCK_Z", "makes big_lock a lock of class LOCK_BIG"),
    ("mm/z.c", "\tspin_lock_init(&z->lock, LOCK_Z);\n", "", "makes lock a lock of class LOCK_Z"),
    (DOC, "| `[Z]` | `z->lock` |\n", "", "no letter stands for z->lock"),
    (BOUNDS, '"way"', '"other"', 'has no path "way"'),
)


# What is shared in these folders carries a letter. The program in plan/host/ has one thread.
LETTER_FOLDERS = ("include/", "kernel/", "mm/", "drivers/", "fs/", "shell/", "lib/", "arch/riscv/",
                  "plan/", "process/", "test/stress/")
ONE_THREAD = "plan/host/"
LETTER = re.compile(r"(?:^/\*|\n \*|\n\t+ \*|\.)\s+\[(\w\*?)\](?=\s)")


def legend(tree):
    """The letters that docs/locking.md explains."""
    return set(re.findall(r"(?m)^\| `\[(\w)\]` \|", tree.text.get(DOC, "")))


class Shared:
    """The structs that more than one CPU may reach: those of variables, and those that hold a
    lock."""

    def __init__(self, all_sources):
        self.homes, self.aliases, self.found, self.order = {}, {}, set(), []
        for source in all_sources:
            self.aliases.update(source.aliases)
            for struct in source.structs:
                self.homes.setdefault(struct.name, []).append((source, struct))
        for source in all_sources:
            for variable in source.variables:
                if not variable.const:
                    self.reach(source, variable.type)
            for struct in source.structs:
                if self.has_lock(struct):
                    self.reach(source, "struct " + struct.name)

    def has_lock(self, struct):
        """True for a spinlock, and for a struct with a part that has one."""
        for field in struct.fields:
            words = field.type.split()
            if "spinlock_t" in words:
                return True
            if words[0] == "struct" and words[-1] != "*" and \
                    any(self.has_lock(part) for _, part in self.homes.get(words[1], [])):
                return True
        return False

    def reach(self, source, type_text):
        """Adds the struct of a type, of this file or of a header, and the structs that its fields
        lead to."""
        words = type_text.split()
        # Nothing is changed through a pointer to const.
        if words[-1] == "*" and "const" in words:
            return
        names = [name for word, name in zip(words, words[1:]) if word in ("struct", "union")]
        names += [self.aliases[word] for word in words if word in self.aliases]
        for name in names:
            for home, struct in self.homes.get(name, []):
                if home is not source and not home.path.endswith(".h"):
                    continue
                if (home.path, name) not in self.found:
                    self.found.add((home.path, name))
                    self.order.append((home, struct))
                    for field in struct.fields:
                        self.reach(home, field.type)


class Letters:
    """The letters at the lines of a file."""

    def __init__(self, source):
        self.beside, self.above, self.blank = {}, {}, set()
        self.blank = {nr for nr, line in enumerate(source.lines, 1) if not line.strip()}
        for comment in source.comments:
            letters = LETTER.findall(comment.text)
            alone = source.lines[comment.line - 1].lstrip().startswith("/*")
            where = self.above if alone else self.beside
            for line in range(comment.line, comment.last_line + 1):
                where[line] = letters

    def group(self, line):
        """The letters of the comment above the lines down to this one, with no blank line
        between."""
        line -= 1
        while line > 0 and line not in self.blank:
            if line in self.above:
                return self.above[line]
            line -= 1
        return []

    def at(self, line):
        return self.beside.get(line) or self.group(line)


def unlettered(letters, known, declared, heading=None):
    """The fault of a variable's or field's letters, if there is one."""
    found = letters.at(declared.line) or (letters.group(heading) if heading else [])
    if not found:
        return "has no letter"
    strange = [letter for letter in found if letter[0] not in known]
    return "has the letter [%s], which %s does not explain" % (strange[0], DOC) if strange else None


def rule_letters(tree):
    """every variable and every field that CPUs share says by a letter what guards it"""
    known = legend(tree)
    parsed = [source for source in sources(tree, LETTER_FOLDERS)
              if not source.path.startswith(ONE_THREAD)]
    notes = {source.path: Letters(source) for source in parsed}
    for source in parsed:
        for variable in source.variables:
            # A lock needs no letter.
            if variable.const or "spinlock_t" in variable.type.split():
                continue
            fault = unlettered(notes[source.path], known, variable)
            if fault:
                yield "%s:%d: %s %s" % (source.path, variable.line, variable.name, fault)
    for source, struct in Shared(parsed).order:
        for field in struct.fields:
            if field.const or "spinlock_t" in field.type.split():
                continue
            fault = unlettered(notes[source.path], known, field, struct.line)
            if fault:
                yield "%s:%d: %s.%s %s" % (source.path, field.line, struct.name, field.name, fault)


def plants(tree_type, rule, sound, planted):
    """The planted faults that a rule does not find, and what it finds where nothing is wrong."""
    for fault in rule(tree_type(dict(sound))):
        yield "found in a sound tree: " + fault
    for name, old, new, words in planted:
        if sound[name].count(old) != 1:
            yield "the plant for \"%s\" fits nowhere" % words
        text = dict(sound)
        text[name] = text[name].replace(old, new)
        if not any(words in fault for fault in rule(tree_type(text))):
            yield "not found: %s" % words


def rule_locks_plants(tree):
    """that rule finds planted locks, rows and orders"""
    return plants(type(tree), rule_locks, SOUND, LOCK_PLANTS)


LETTERED = {
    DOC: "| `[c]` | constant |\n| `[Z]` | a lock |\n",
    "include/mm/z.h":
        "struct part {\n\tint a;\t\t/* [c] */\n\tint *b;\t\t/* [Z*] read at times */\n};\n\n"
        "/* [Z] All of it. */\nstruct all {\n\tint a;\n\n\tint b;\n};\n\n"
        "struct alone {\n\tint a;\n};\n\n"
        "struct z {\n\tspinlock_t lock;\n\tstruct part *part;\t/* [c] */\n"
        "\tunion {\n\t\tstruct all all;\t/* [Z] */\n\t\tvoid (*fn)(int);\t/* [c] */\n\t};\n};\n"
        "extern struct z zs[];\nint f(void) __must_check;\n",
    "mm/z.c":
        "struct z zs[2] = {\t/* [Z] */\n\t{ .fn = f },\n};\n\n/* [c] Two. */\nstatic int x;\n"
        "static char *y = \"; int z;\";\n\nstatic const char *const names[] = { \"a\" };\n"
        "static const struct alone row = { 1 };\n\nint f(void)\n{\n\tstatic int calls;\t/* [Z] */\n"
        "\tstruct alone on_the_stack;\n\n\treturn calls++;\n}\n",
}
LETTER_PLANTS = (
    ("mm/z.c", "struct z zs[2] = {\t/* [Z] */", "struct z zs[2] = {", "zs has no letter"),
    ("mm/z.c", "/* [c] Two. */\n", "/* Two. */\n", "y has no letter"),
    ("mm/z.c", "static int x;\n", "static int x;\n\n", "y has no letter"),
    ("mm/z.c", "calls;\t/* [Z] */", "calls;\t/* not [Z] */", "calls has no letter"),
    ("mm/z.c", "calls;\t/* [Z] */", "calls;\t/* [X] */", "[X]"),
    ("mm/z.c", "names[] = {", "names[2], **next = {", "next has no letter"),
    ("mm/z.c", "static const char *const", "static const char *", "names has no letter"),
    ("mm/z.c", "static const struct alone row", "static struct alone row", "alone.a has no letter"),
    ("include/mm/z.h", "\t\t/* [c] */\n\tint *b", "\n\tint *b", "part.a has no letter"),
    ("include/mm/z.h", "/* [Z] All of it. */", "/* All of it. */", "all.b has no letter"),
    ("include/mm/z.h", "(int);\t/* [c] */", "(int);", "z.fn has no letter"),
    ("include/mm/z.h", "spinlock_t lock;", "spinlock_t lock;\n\tu32 flags : 3;",
     "z.flags has no letter"),
    (DOC, "| `[Z]` | a lock |\n", "", "[Z]"),
)


def rule_letters_plants(tree):
    """that rule sees what has no letter, and nothing else"""
    return plants(type(tree), rule_letters, LETTERED, LETTER_PLANTS)


# mm/ may take its locks and look into what they guard, and so may tests that look inside on
# purpose. All others have include/mm/snapshot.h.
MM_INSIDE = ("mm/", "include/mm/", "test/host/", "test/target/", "test/fuzz/",
             "test/bench/target/bounds_vmalloc.c")
MM_GUARDED = re.compile(
    r"\bstruct (?:zone|zonelist|free_area|pageblock|pglist_data|kmem_node)\b|"
    r"\b(?:pg_data_t|node_zones|node_data|NODE_DATA|for_each_(?:populated_)?zone)\b|"
    r"\b(?:kmem_caches\w*|kmem_cache_(?:un)?pin)\b|"
    r"\b\w*(?:zone|cache)\w*(?:\[[^]]*\])?(?:->|\.)lock\b")
MM_HEADER = re.compile(r'\s*#\s*include\s+(?:"(mm/[^"]+)"|<(mm/[^>]*/[^>]+)>)')
# Comments and messages may name what code must not name.
NO_CODE = re.compile(r'/\*.*?\*/|(?<!include )"(?:\\.|[^"\\\n])*"', re.DOTALL)


def rule_mm_guarded(tree):
    """outside mm/ nobody takes its locks, or names what they guard: others have mm/snapshot.h"""
    for name in tree.files(".c", ".h"):
        if name.startswith(MM_INSIDE):
            continue
        code = NO_CODE.sub(lambda match: "\n" * match.group(0).count("\n"), tree.text[name])
        caches = set(re.findall(r"\bstruct kmem_cache \*?(\w+)[;,)=\[ ]", code))
        field = re.compile(r"\b(?:%s)(?:\[[^]]*\])?(?:->|\.)\w+" %
                           "|".join(sorted(caches | {"kmalloc_caches"})))
        for nr, line in enumerate(code.splitlines(), 1):
            for pattern in (MM_HEADER, MM_GUARDED, field):
                found = pattern.search(line)
                if found:
                    yield "%s:%d: %s" % (name, nr, found.group(0).strip())


VIEW = "shell/view.c"
GUARDED_SOUND = {
    VIEW: "#include <mm/snapshot.h>\n\nstatic void show(struct kmem_cache *cache, int nid)\n{\n"
          "\tstruct zone_snapshot z;\n\n\t/* Neither zone->lock nor a struct zone. */\n"
          "\tfor_each_zone_snapshot(&z)\n\t\tprint(z.name, \"zone->lock\", nid);\n"
          "\tcheck(kmem_cache_alloc(cache, 0));\n}\n",
}
GUARDED_PLANTS = (
    (VIEW, "\tcheck", "\tspin_lock(&zone->lock);\n\tcheck", "zone->lock"),
    (VIEW, "\tcheck", "\tspin_lock(&my_caches[1]->lock);\n\tcheck", "my_caches[1]->lock"),
    (VIEW, "\tcheck", "\tprint(cache->node[0].nr_pages);\n\tcheck", "cache->node"),
    (VIEW, "\tcheck", "\tprint(kmalloc_caches[0].nr);\n\tcheck", "kmalloc_caches[0].nr"),
    (VIEW, "\tcheck", "\tprint(kmem_caches[0]);\n\tcheck", "kmem_caches"),
    (VIEW, "struct zone_snapshot z;", "struct zone *z;", "struct zone"),
    (VIEW, "for_each_zone_snapshot(&z)", "for_each_zone(z)", "for_each_zone"),
    (VIEW, "z.name", "NODE_DATA(nid)->node_id", "NODE_DATA"),
    (VIEW, "<mm/snapshot.h>", '"mm/page/internal.h"', "mm/page/internal.h"),
    (VIEW, "<mm/snapshot.h>", "<mm/slab/internal.h>", "mm/slab/internal.h"),
)


def rule_mm_guarded_plants(tree):
    """that rule finds planted locks, structs and headers"""
    return plants(type(tree), rule_mm_guarded, GUARDED_SOUND, GUARDED_PLANTS)
