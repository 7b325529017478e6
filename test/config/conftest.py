# SPDX-License-Identifier: BSD-2-Clause
"""Fixtures of the configuration tests."""
import pathlib
import sys

import pytest

BOOT = pathlib.Path(__file__).resolve().parents[1] / "boot"
sys.path[:0] = [str(BOOT), str(pathlib.Path(__file__).parent)]

import options  # noqa: E402

pytest_addoption = options.add
pytest_configure = options.configure


def pytest_collection_modifyitems(config, items):
    options.deselect_long(config, items)


@pytest.fixture(scope="session")
def folder(request, worker_id):
    """Where the configurations of these tests are built, one place for each worker."""
    return options.build_dir(request.config) / "test-config" / worker_id


@pytest.fixture(scope="session")
def worker_id(request):
    """Name of the parallel worker, also without parallel workers."""
    return getattr(request.config, "workerinput", {}).get("workerid", "main")
