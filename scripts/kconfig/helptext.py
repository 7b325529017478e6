# SPDX-License-Identifier: BSD-2-Clause
"""The help of an option, cut at its four headings."""
import re

FACTS = ("Meaning", "Cost", "When to change", "Tied to")


def facts(help_text):
    """{heading: text} of a help text; the text before the first heading is under ''."""
    parts = re.split(r"(?m)^(%s): " % "|".join(FACTS), help_text or "")
    found = {"": " ".join(parts[0].split())}
    for name, text in zip(parts[1::2], parts[2::2]):
        found[name] = " ".join(text.split())
    return found
