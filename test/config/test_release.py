# SPDX-License-Identifier: BSD-2-Clause
"""Releases: the version by tags, the archive, the same Image in two folders, and what an Image is
made of."""
import hashlib
import json
import os
import re
import subprocess
import tarfile

import pytest

import builds
import outer_make
import recipes

GIT = ("git", "-c", "user.name=Nobody", "-c", "user.email=nobody@example.org", "-c",
       "commit.gpgsign=false")


def run(root, *words, **more):
    return subprocess.run(words, cwd=root, env=outer_make.environment(**more), check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout


def version(root):
    return run(root, "scripts/version.sh", "0.1.0").strip()


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """The sources as a checkout with one commit."""
    root = recipes.copy_of_sources(tmp_path_factory.mktemp("release") / "checkout")
    run(root, *GIT, "add", "-A", "--", ".", ":!.cache")
    run(root, *GIT, "commit", "-q", "-m", "all")
    return root


def test_version_is_the_tags(checkout, tmp_path):
    """The version without a tag, at a tag, behind one, in an archive, and in a folder of another
    checkout."""
    assert re.fullmatch(r"0\.1\.0 g[0-9a-f]{10}", version(checkout))
    run(checkout, *GIT, "tag", "v9.8.7")
    try:
        assert version(checkout) == "9.8.7"
        run(checkout, *GIT, "commit", "-q", "--allow-empty", "-m", "more")
        assert re.fullmatch(r"9\.8\.7-1 g[0-9a-f]{10}", version(checkout))
    finally:
        run(checkout, *GIT, "tag", "-d", "v9.8.7")
    inner = checkout / "inner"
    (inner / "scripts").mkdir(parents=True)
    (inner / "scripts/version.sh").write_bytes((checkout / "scripts/version.sh").read_bytes())
    assert run(inner, "sh", "scripts/version.sh", "0.1.0").strip() == "0.1.0"
    (inner / ".tarball-version").write_text("3.2.1 gabc\n", encoding="ascii")
    assert run(inner, "sh", "scripts/version.sh", "0.1.0").strip() == "3.2.1 gabc"


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def build_image(root, config, **more):
    """Builds a tree's Image and plan by the tree's own makefiles; $(O) lies in the tree, as a
    user's does."""
    for words in ((config,), ("sync",), ("-f", "scripts/build.mk", "all")):
        run(root, "make", "-s", "-j2", "O=build", "VERSION=0.1.0", *words, **more)
    return root / "build" / "Image"


@pytest.mark.parametrize("config", ("qemu_virt_tiny_defconfig",
                                    pytest.param(builds.DEFAULT, marks=pytest.mark.long)))
def test_archive_builds_the_same_image(checkout, config, tmp_path):
    """The folder, umask, time zone and language differ, and there is neither git nor debug
    information: Image and archive are the same."""
    archives = [tmp_path / "a.tar.gz", tmp_path / "b.tar.gz"]
    for archive in archives:
        run(checkout, "make", "-s", "dist", f"OUT={archive}", f"O={tmp_path}/out")
    assert digest(archives[0]) == digest(archives[1])
    umask = os.umask(0o077)
    try:
        with tarfile.open(archives[0]) as tar:
            tar.extractall(tmp_path)
        other, = tmp_path.glob("tessera-0.1.0-g*")
        if (checkout / ".cache").exists():
            (other / ".cache").symlink_to(checkout / ".cache")
        there = build_image(other, config, TZ="Asia/Tokyo", LC_ALL="C.UTF-8", HOME=str(tmp_path),
                            KCFLAGS="-g0")
    finally:
        os.umask(umask)
    here = build_image(checkout, config)
    for word in version(checkout).split():
        assert word.encode() in here.read_bytes()
    assert digest(here) == digest(there)
    assert digest(here.parent / "System.map") == digest(there.parent / "System.map")
    check_sbom(checkout, here, there, tmp_path)


def check_sbom(checkout, here, there, folder):
    """The SBOM is complete, has all that it refers to, and is the same for the same Image."""
    documents = []
    for nr, image in enumerate((here, there)):
        run(checkout, "/usr/bin/python3", "scripts/sbom.py", str(image.parent),
            str(folder / f"{nr}.json"))
        documents.append((folder / f"{nr}.json").read_text(encoding="utf-8"))
    assert documents[0] == documents[1]
    found = json.loads(documents[0])
    for field in ("spdxVersion", "dataLicense", "SPDXID", "name", "documentNamespace",
                  "creationInfo"):
        assert found[field]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", found["creationInfo"]["created"])
    packages = {row["name"]: row for row in found["packages"]}
    assert set(packages) == {"tessera", "libfdt", "picolibc", "compiler"}
    for row in packages.values():
        assert row["versionInfo"] and row["downloadLocation"] and row["licenseDeclared"]
    assert "memcpy" in packages["picolibc"]["comment"] and "fdt_ro" in packages["libfdt"]["comment"]
    sums = {row["algorithm"]: row["checksumValue"] for row in found["files"][0]["checksums"]}
    assert sums["SHA256"] == digest(here)
    ids = {row["SPDXID"] for row in found["packages"] + found["files"]} | {"SPDXRef-DOCUMENT"}
    used = {row[end] for row in found["relationships"]
            for end in ("spdxElementId", "relatedSpdxElement")}
    assert used <= ids
    kinds = {row["relationshipType"] for row in found["relationships"]}
    assert {"DESCRIBES", "STATIC_LINK", "GENERATED_FROM", "BUILD_TOOL_OF"} == kinds


def test_dist_needs_a_checkout(checkout, tmp_path):
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts/dist.sh").write_bytes((checkout / "scripts/dist.sh").read_bytes())
    done = subprocess.run(["sh", "scripts/dist.sh", "0.1.0"], cwd=tmp_path, capture_output=True,
                          text=True, check=False)
    assert done.returncode == 1 and "this is no git checkout" in done.stderr


def test_container_file_names_what_is_there():
    """What the container file copies exists, and the goals that it sets up are setup.sh's."""
    text = (builds.ROOT / "Containerfile").read_text(encoding="utf-8")
    setup = (builds.ROOT / "scripts/setup.sh").read_text(encoding="utf-8")
    for name in re.search(r"(?m)^COPY (.*) scripts/$", text)[1].split():
        assert (builds.ROOT / name).is_file()
    for goal in re.search(r"for goal in ([^;]*);", text)[1].split():
        assert re.search(rf"(?m)^{goal}\)", setup), goal
