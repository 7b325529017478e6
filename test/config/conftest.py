# SPDX-License-Identifier: BSD-2-Clause
"""Fixtures of the configuration tests."""
import json
import os
import pathlib
import shlex
import subprocess
import sys

import pytest

BOOT = pathlib.Path(__file__).resolve().parents[1] / "boot"
sys.path[:0] = [str(BOOT), str(pathlib.Path(__file__).parent)]

import builds  # noqa: E402
import options  # noqa: E402
import settings  # noqa: E402

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


@pytest.fixture(scope="module")
def compile_with(compile_commands):
    """compile_with(header): what the compiler says of config_check.c with this autoconf.h."""
    row = next(row for row in compile_commands
               if row["file"].endswith("mm/check/config_check.c"))
    words = row.get("arguments") or shlex.split(row["command"])
    at = words.index("-include") + 1

    def run(header):
        done = subprocess.run(words[:at] + [str(header)] + words[at + 1:] + ["-fsyntax-only"],
                              text=True, cwd=row["directory"], capture_output=True, check=False)
        return done.stderr if done.returncode else ""

    return run


@pytest.fixture(scope="session")
def worker_id(request):
    """The name of the parallel worker; there is one for a run without parallel workers, too."""
    return getattr(request.config, "workerinput", {}).get("workerid", "main")


@pytest.fixture(scope="session")
def built_once(tmp_path_factory):
    return tmp_path_factory.mktemp("out")


@pytest.fixture
def objdir(built_once):
    """A folder with a small configuration, its kernel up to date."""
    settings.must_configure(built_once, settings.SMALL, settings.SMALL_BASE)
    builds.must_make(built_once, "Image", "System.map")
    return built_once
