# SPDX-License-Identifier: BSD-2-Clause
"""Variables and fields of C sources, with their comments.

This is no parser of C: it knows the shapes that this tree's declarations have. Preprocessor lines
are skipped, so that all arms of a conditional are seen.
"""

import re

# Tokens that every reader of C tells apart; each reader adds its own.
LEXEMES = r"""
    (?P<comment>/\*.*?\*/) | (?P<directive>^[ \t]*\#(?:\\\n|/\*.*?\*/|[^\n])*)
  | (?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*') | (?P<word>[A-Za-z_]\w*)"""
FLAGS = re.VERBOSE | re.DOTALL | re.MULTILINE
TOKEN = re.compile(LEXEMES + r"| (?P<other>[0-9][\w.]*|\S)", FLAGS)
OPEN, CLOSE = "([{", ")]}"
# Macros that declare a name: the positions of type and name among their arguments.
DECLARING = {"DEFINE_PER_CPU": (0, 1), "DEFINE_SPINLOCK": (None, 0),
             "DEFINE_KMEM_CACHE": (None, 0)}
TYPE_OF = {"DEFINE_SPINLOCK": "spinlock_t", "DEFINE_KMEM_CACHE": "struct kmem_cache"}


class Token:
    def __init__(self, kind, text, line):
        self.kind, self.text, self.line = kind, text, line
        self.last_line = line + text.count("\n")


def tokens(text):
    """(tokens without comments and directives, comments), each with its line."""
    code, comments, line, at = [], [], 1, 0
    for match in TOKEN.finditer(text):
        line += text.count("\n", at, match.start())
        at = match.start()
        token = Token(match.lastgroup, match.group(), line)
        if token.kind == "comment":
            comments.append(token)
        elif token.kind != "directive":
            code.append(token)
    return code, comments


def closing(code, start):
    """The index of the bracket that closes the one at start."""
    depth = 0
    for i in range(start, len(code)):
        depth += (code[i].text in OPEN) - (code[i].text in CLOSE)
        if not depth:
            return i
    return len(code) - 1


def statements(code):
    """Lists of tokens, each up to its ';' or to the end of a function's body."""
    start = i = 0
    while i < len(code):
        if code[i].text in OPEN:
            end = closing(code, i)
            # Behind a parameter list a brace opens a body.
            if code[i].text == "{" and i > start and code[i - 1].text == ")":
                yield code[start:end + 1]
                start = end + 1
            i = end
        elif code[i].text == ";":
            yield code[start:i + 1]
            start = i + 1
        i += 1


def split(code, separator):
    """The parts between separators that are not inside a bracket."""
    part, i = [], 0
    while i < len(code):
        if code[i].text in OPEN:
            end = closing(code, i)
            part += code[i:end + 1]
            i = end + 1
            continue
        if code[i].text == separator:
            yield part
            part = []
        else:
            part.append(code[i])
        i += 1
    if part:
        yield part


# Attributes: those with arguments, and those that may stand where a name could.
CALLED = ("__section", "__aligned", "__printf", "__attribute__")
ATTRIBUTES = ("__init", "__initdata", "__initconst", "__meminit", "__meminitdata",
              "__meminitconst", "__used", "__maybe_unused", "__packed",
              "__cacheline_aligned_in_smp")


def without_attributes(code):
    """Drops __section(...), __aligned(...) and words such as __used."""
    out, i = [], 0
    while i < len(code):
        token, after = code[i], code[i + 1] if i + 1 < len(code) else None
        i += 1
        if token.kind != "word" or not token.text.startswith("__"):
            out.append(token)
        elif token.text in CALLED and after and after.text == "(":
            i = closing(code, i) + 1
        elif not (token.text in ATTRIBUTES or (after and after.kind == "word") or
                  (out and out[-1].text in CLOSE)):
            out.append(token)
    return out


def words(code):
    return " ".join(t.text for t in code)


class Declared:
    """A variable or a field: its name, the text of its type, the line of its name."""

    def __init__(self, name, type_text, token, const, where):
        self.name, self.type, self.line, self.const = name, type_text, token.line, const
        self.where = where


def declarators(code, where):
    """The names that a declaration, without its ';', declares."""
    code = without_attributes(code)
    for macro, (type_at, name_at) in DECLARING.items():
        for i, token in enumerate(code):
            if token.text == macro and i + 1 < len(code):
                args = list(split(code[i + 2:closing(code, i + 1)], ","))
                if len(args) <= name_at:
                    return
                name = next(t for t in args[name_at] if t.kind == "word")
                kind = words(args[type_at]) if type_at is not None else TYPE_OF[macro]
                yield Declared(name.text, kind, name, False, where)
                return
    base = None
    for part in split(code, ","):
        # Neither an initialiser nor the width of a bit-field belongs to the name.
        part = next(split(next(split(part, "="), []), ":"), [])
        found = declared_name(part)
        if found is None:
            return
        at, token = found
        head = part[:at]
        if base is None:
            base = [t for t in head if t.text not in "*("]
        # "const char *p" may point elsewhere; "char *const p" and "const int n" may not change.
        stars = [i for i, t in enumerate(head) if t.text == "*"]
        fixed = any(t.text == "const" for t in (head[stars[-1]:] if stars else base))
        yield Declared(token.text, words(base) + " *" * bool(stars), token, fixed, where)


def declared_name(part):
    """(index, token) of a declarator's name; None for a function."""
    i = len(part) - 1
    while i >= 0:
        text = part[i].text
        if text in CLOSE:
            depth, j = 0, i
            while j >= 0:
                depth += (part[j].text in CLOSE) - (part[j].text in OPEN)
                if not depth:
                    break
                j -= 1
            if text == ")":
                inner = part[j + 1:i]
                # (*name)(arguments) is a variable, (*name(arguments)) and name(arguments) are not.
                if inner and inner[0].text == "*":
                    name = declared_name(inner)
                    return (j + 1 + name[0], name[1]) if name else None
                if j > 0 and part[j - 1].text == ")":
                    i = j - 1
                    continue
                return None
            i = j - 1
            continue
        if part[i].kind == "word":
            return i, part[i]
        return None
    return None


class Struct:
    def __init__(self, name, fields, line):
        self.name, self.fields, self.line = name, fields, line


class Source:
    """The variables of a file at file scope, the static ones of its functions, and its structs."""

    def __init__(self, path, text):
        self.path = path
        self.variables, self.structs, self.aliases = [], [], {}
        code, self.comments = tokens(text)
        self.lines = text.splitlines()
        for statement in statements(code):
            self.statement(statement)

    def statement(self, code):
        first = code[0].text
        # extern names what another place defines.
        if first in ("extern", "typedef") and not any(t.text == "{" for t in code):
            return
        if first in ("BUILD_ASSERT", "_Static_assert", "enum", "DECLARE_PER_CPU", "__asm__"):
            return
        if code[-1].text == "}":
            self.body(code)
            return
        code = self.take_structs(code[:-1], "")
        if first == "typedef" and len(code) == 4 and code[1].text == "struct":
            self.aliases[code[3].text] = code[2].text
        if first in ("typedef", "extern") or not code:
            return
        self.variables += [d for d in declarators(code, "") if d.type.strip()]

    def body(self, code):
        """Takes the static variables of a function."""
        start = next(i for i, t in enumerate(code) if t.text == "{")
        inner = code[start:]
        for i, token in enumerate(inner):
            if token.text != "static" or inner[i - 1].text not in "{};":
                continue
            end = i
            while inner[end].text != ";":
                end = closing(inner, end) + 1 if inner[end].text in OPEN else end + 1
            paren = next(i for i, t in enumerate(code) if t.text == "(")
            name = code[paren - 1].text
            self.variables += list(declarators(self.take_structs(inner[i:end], name), name))

    def take_structs(self, code, outer):
        """Notes the structs that the tokens define; returns the tokens without the structs'
        bodies."""
        out, i = [], 0
        while i < len(code):
            token = code[i]
            if token.text in ("struct", "union"):
                j = i + 1
                while j < len(code) and code[j].text.startswith("__"):
                    j = closing(code, j + 1) + 1 if code[j + 1].text == "(" else j + 1
                name = code[j].text if j < len(code) and code[j].kind == "word" else ""
                brace = j + bool(name)
                if brace < len(code) and code[brace].text == "{":
                    end = closing(code, brace)
                    name = name or "%s@%d" % (outer, token.line)
                    self.struct(name, code[brace + 1:end], token.line)
                    out += [token, Token("word", name, token.line)]
                    i = end + 1
                    continue
            if token.text in OPEN:
                end = closing(code, i)
                out += code[i:end + 1]
                i = end + 1
                continue
            out.append(token)
            i += 1
        # "struct x { ... };" alone declares no variable.
        left = without_attributes(out)
        return [] if len(left) == 2 and left[0].text in ("struct", "union") else out

    def struct(self, name, code, line):
        fields = []
        for statement in split(code, ";"):
            if not statement or statement[0].text in ("BUILD_ASSERT", "_Static_assert"):
                continue
            if statement[0].text == "IF_ENABLED":
                continue
            first = len(self.structs)
            rest = self.take_structs(statement, name)
            inner = self.structs[first:]
            if not rest:
                # The fields of an anonymous struct or union belong to the outer one.
                for s in inner[-1:]:
                    if "@" in s.name:
                        fields += s.fields
                        self.structs.remove(s)
                continue
            fields += [d for d in declarators(rest, name)]
        self.structs.append(Struct(name, fields, line))
