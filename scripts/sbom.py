#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What the Image is made of, as an SPDX 2.3 document: Tessera, libfdt, picolibc, the compiler.

usage: sbom.py OBJDIR OUTPUT

Versions are those of the packages that were used; what of them is in the Image is what the linker's
map says. The same Image gives the same document: its date is SOURCE_DATE_EPOCH, or the commit's.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
import time

from release import release, words

PICOLIBC = os.environ.get("PICOLIBC") or "/usr/lib/picolibc/riscv64-unknown-elf"
LIBFDT = os.environ.get("LIBFDT_DIR") or ".cache/libfdt"


def output(command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def digests(path):
    with open(path, "rb") as f:
        data = f.read()
    return {name: hashlib.new(name.lower(), data).hexdigest() for name in ("SHA1", "SHA256")}


def checksums(found):
    return [{"algorithm": name, "checksumValue": value} for name, value in found.items()]


def date():
    """The date of the sources, so that it does not change with the hour of the build."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH") or \
        output(["git", "-c", "safe.directory=*", "log", "-1", "--format=%ct"])
    if not epoch:
        epoch = os.stat("Makefile").st_mtime		# an archive's files have the commit's date
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(epoch)))


def package(name, version, licence, **more):
    found = {"SPDXID": "SPDXRef-Package-" + name, "name": name, "versionInfo": version,
             "downloadLocation": "NOASSERTION", "filesAnalyzed": False,
             "licenseConcluded": licence, "licenseDeclared": licence,
             "copyrightText": "NOASSERTION"}
    found.update(more)
    return found


def purl(locator):
    return [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
             "referenceLocator": locator}]


def libfdt(linked):
    """libfdt by the file that fetch-libfdt.sh leaves; sources of the user's own have no such
    file."""
    try:
        with open(LIBFDT + "/SOURCE", encoding="utf-8") as f:
            source = f.read().strip()
    except OSError:
        source = "from " + LIBFDT
    match = re.match(r"dtc (\S+) \(sha256 ([0-9a-f]{64})\)", source)
    more = {"comment": "Source: %s. Linked: %s" % (source, " ".join(linked))}
    if match:
        more.update(externalRefs=purl("pkg:generic/dtc@" + match[1]),
                    checksums=checksums({"SHA256": match[2]}))
    return package("libfdt", match[1] if match else "NOASSERTION",
                   "BSD-2-Clause OR GPL-2.0-or-later", **more)


def picolibc(linked):
    library = PICOLIBC + "/lib/release/rv64imac/lp64/libc.a"
    found = output(["dpkg-query", "-W", "-f", "${Version}", "picolibc-riscv64-unknown-elf"])
    more = {"externalRefs": purl("pkg:deb/debian/picolibc@%s?arch=source" % found)} if found else {}
    return package("picolibc", found or "NOASSERTION", "NOASSERTION",
                   comment="Several BSD and MIT-like licences; see /usr/share/doc/"
                   "picolibc-riscv64-unknown-elf/copyright. %s, SHA256 %s. Linked: %s" % (
                       library, digests(library)["SHA256"], " ".join(linked)), **more)


def linked_parts(objdir):
    """(files of libfdt, members of the C library) that the linker took."""
    with open(objdir + "/tessera.map", encoding="utf-8", errors="replace") as f:
        text = f.read()
    kept = set(re.findall(r"(?m)^ \.\S+\s+0xffffffff[0-9a-f]+\s+0x[0-9a-f]*[1-9a-f][0-9a-f]* "
                          r"\S*libfdt/(\w+)\.o$", text))
    return sorted(kept), sorted(set(re.findall(r"libc\.a\(([\w.-]+)\)", text)))


def document(objdir):
    image, name = digests(objdir + "/Image"), "tessera-" + release(objdir)
    fdt_files, libc_members = linked_parts(objdir)
    compiler = words(objdir)["COMPILER"]
    packages = [package("tessera", release(objdir), "BSD-2-Clause",
                        copyrightText="Copyright (c) the Tessera authors",
                        primaryPackagePurpose="OPERATING-SYSTEM"),
                libfdt(fdt_files), picolibc(libc_members),
                package("compiler", compiler, "NOASSERTION",
                        comment="Builds the Image; nothing of its libraries is linked")]
    ids = [found["SPDXID"] for found in packages]
    relations = [("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-Image"),
                 ("SPDXRef-Image", "GENERATED_FROM", ids[0]),
                 ("SPDXRef-Image", "STATIC_LINK", ids[1]),
                 ("SPDXRef-Image", "STATIC_LINK", ids[2]),
                 (ids[3], "BUILD_TOOL_OF", "SPDXRef-Image")]
    return {"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
            "name": name,
            "documentNamespace": "https://spdx.org/spdxdocs/%s-%s" % (name, image["SHA256"]),
            "creationInfo": {"created": date(), "creators": ["Tool: tessera-sbom"]},
            "packages": packages,
            "files": [{"SPDXID": "SPDXRef-Image", "fileName": "./Image", "fileTypes": ["BINARY"],
                       "checksums": checksums(image), "licenseConcluded": "NOASSERTION",
                       "licenseInfoInFiles": ["NOASSERTION"], "copyrightText": "NOASSERTION"}],
            "relationships": [{"spdxElementId": a, "relationshipType": kind,
                               "relatedSpdxElement": b} for a, kind, b in relations]}


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[2], "w", encoding="utf-8") as f:
        json.dump(document(sys.argv[1]), f, indent=1)
        f.write("\n")
    print("  SBOM    " + sys.argv[2])


if __name__ == "__main__":
    main()
