# SPDX-License-Identifier: BSD-2-Clause
"""Fixtures of the configuration tests."""
import json
import os
import pathlib
import shutil
import sys

import pytest

BOOT = pathlib.Path(__file__).resolve().parents[1] / "boot"
sys.path[:0] = [str(BOOT), str(pathlib.Path(__file__).parent)]

import builds  # noqa: E402
import options  # noqa: E402
import settings  # noqa: E402

# What a build reads.
SOURCES = ("arch board configs drivers fs include kernel lib mm plan scripts shell test Kconfig "
           "Makefile .cache").split()

pytest_addoption = options.add
pytest_configure = options.configure


def pytest_collection_modifyitems(config, items):
    options.deselect_long(config, items)


@pytest.fixture(scope="session")
def folder(request, worker_id):
    """The folder in which the configurations of these tests are built; each worker has its own."""
    return options.build_dir(request.config) / "test-config" / worker_id


@pytest.fixture(scope="module")
def kconf():
    """The configuration's tools, which run in this process and read the tree from its root."""
    here = os.getcwd()
    sys.path[:0] = [str(builds.ROOT / "scripts" / "kconfig"), str(builds.ROOT / "scripts")]
    os.chdir(builds.ROOT)
    yield __import__("kconf")
    os.chdir(here)


@pytest.fixture(scope="module")
def compile_commands(folder):
    """The command that compiles each source in the default configuration: the rows of make's
    list."""
    place = folder / "commands"
    settings.must_configure(place, {})
    builds.must_make(place, "sync", "compile_commands.json")
    return json.loads((place / "compile_commands.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def worker_id(request):
    """The name of the parallel worker; there is one for a run without parallel workers, too."""
    return getattr(request.config, "workerinput", {}).get("workerid", "main")


@pytest.fixture(scope="session")
def built_tree(tmp_path_factory):
    """A copy of the sources that tests may touch, and a folder in which it is built."""
    root = tmp_path_factory.mktemp("tree")
    for name in SOURCES:
        source = builds.ROOT / name
        if source.is_dir():
            shutil.copytree(source, root / name, symlinks=True,
                            ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy2(source, root / name)
    objdir = tmp_path_factory.mktemp("out")
    builds.must_make(objdir, builds.DEFAULT, root=root)
    return root, objdir


@pytest.fixture
def tree(built_tree):
    """That copy, configured by default, its kernel up to date."""
    root, objdir = built_tree
    builds.must_make(objdir, builds.DEFAULT, root=root)
    builds.must_make(objdir, "Image", "System.map", root=root)
    return built_tree
