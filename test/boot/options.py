# SPDX-License-Identifier: BSD-2-Clause
"""What the folders of pytest tests share: options, marks, and the kernel under test."""
import os
import pathlib

import builds


def add(parser):
    """Adds the options, once even when a run over several folders asks several times."""
    try:
        parser.addoption("--build-dir", default=os.environ.get("TESSERA_O"),
                         help="folder with a built kernel (default: $TESSERA_O, else build/)")
        parser.addoption("--long", action="store_true", help="also run tests marked long")
    except ValueError:
        pass


def configure(config):
    config.addinivalue_line("markers", "long: takes long; run with --long or -m long")


def deselect_long(config, items):
    """Leaves out the long tests, unless the run asks for them."""
    if config.getoption("--long") or "long" in config.getoption("markexpr"):
        return
    dropped = [item for item in items if item.get_closest_marker("long")]
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = [item for item in items if not item.get_closest_marker("long")]


def build_dir(config):
    return pathlib.Path(config.getoption("--build-dir") or builds.ROOT / "build").resolve()


def kernel_under_test(config):
    """The kernel that the user names, or one that is built here from the default configuration."""
    folder = build_dir(config)
    if config.getoption("--build-dir") and (folder / "Image").exists():
        return builds.Build(folder)
    return builds.build_defconfig(folder)
