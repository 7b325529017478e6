# SPDX-License-Identifier: BSD-2-Clause
"""Fixtures of the boot tests."""
import pathlib
import shutil
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).parent
USER_SOURCES = HERE.parent / "user"
USER_COMPILER = "riscv64-linux-gnu-gcc"
sys.path[:0] = [str(HERE), str(HERE / "vf2_twin")]

import builds  # noqa: E402
import machine  # noqa: E402
import newc  # noqa: E402
import options  # noqa: E402
import trees  # noqa: E402

pytest_addoption = options.add
pytest_configure = options.configure


def pytest_collection_modifyitems(config, items):
    options.deselect_long(config, items)


@pytest.fixture(scope="session")
def kernel(request):
    """The kernel under test: --build-dir, or the default configuration built here."""
    return options.kernel_under_test(request.config)


@pytest.fixture(scope="session")
def built(request, kernel):
    """built(name, *variables): another defconfig's kernel, in a folder of its own."""
    def make(name, *variables):
        # make check builds each configuration beside the one that it tests.
        compiler = {(): "gcc", ("LLVM=1",): "clang"}.get(variables, "none")
        folder = kernel.objdir.with_name(name.removesuffix("_defconfig") + "-" + compiler)
        if not (folder / ".config").exists():
            folder = kernel.objdir / "test" / "-".join((name,) + variables).replace("=", "")
        return builds.build_defconfig(folder, name, *variables)
    return make


@pytest.fixture(scope="session")
def linux_with(kernel):
    """linux_with(name, "OPTION=y"...): the kernel of qemu_virt_linux with these besides. It checks
    itself less than that of qemu_virt_max, so that more is tried in the same time."""
    def make(name, *options):
        folder = kernel.objdir / "test" / name
        with builds.locked(folder):
            settings = folder / (name + "_defconfig")
            settings.write_text((builds.CONFIGS / "qemu_virt_linux_defconfig").read_text() +
                                "".join("CONFIG_%s\n" % option for option in options))
            builds.must_make(folder, "defconfig", "DEFCONFIG=%s" % settings)
            builds.must_make(folder)
        return builds.Build(folder)
    return make


@pytest.fixture(scope="session")
def compile_user():
    """compile_user(source, binary, *flags): a static program of Linux."""
    if not shutil.which(USER_COMPILER):
        pytest.skip("%s is not installed (apt-get install gcc-riscv64-linux-gnu "
                    "libc6-dev-riscv64-cross)" % USER_COMPILER)

    def make(source, binary, *flags):
        subprocess.run([USER_COMPILER, "-static", "-O2", *flags, str(source), "-o", str(binary)],
                       check=True)
    return make


@pytest.fixture(scope="session")
def program(tmp_path_factory, compile_user):
    """program(name): an initramfs whose /init is test/user/<name>.c."""
    folder = tmp_path_factory.mktemp("programs")

    def make(name, *flags):
        built = folder / name
        compile_user(USER_SOURCES / (name + ".c"), built, "-pthread", *flags)
        archive = folder / (name + ".cpio")
        archive.write_bytes(newc.archive([("init", 0o100755, built.read_bytes())]))
        return archive
    return make


@pytest.fixture
def start():
    """start(argv): a Machine that is ended with the test."""
    running = []

    def begin(argv, **words):
        running.append(machine.Machine(argv, **words))
        return running[-1]

    yield begin
    for m in running:
        m.close()


@pytest.fixture
def boot(kernel, start):
    """boot(machine, **options of machine.qemu): waits for the prompt of the kernel under test."""
    def begin(name="virt", image=None, key_wait_s=0, **words):
        argv = machine.qemu(name, image or kernel.image, **words)
        return start(argv, key_wait_s=key_wait_s).shell()
    return begin


@pytest.fixture
def run_to_end(kernel):
    """run_to_end(append, **options of machine.qemu): the Result of a run that ends by itself."""
    def run(append, name="virt", image=None, limit=machine.LIMIT_S, **words):
        return machine.run_to_end(machine.qemu(name, image or kernel.image, append=append,
                                               **words), limit)
    return run


@pytest.fixture(scope="module")
def resting(kernel):
    """One machine for all those tests of a module that change nothing."""
    with machine.Machine(machine.qemu("virt", kernel.image, smp=2, append="loglevel=7")) as m:
        yield m.shell()


@pytest.fixture
def tree(tmp_path):
    """The tree that QEMU would hand over, for a test to edit."""
    return trees.Tree.of_machine(tmp_path)


@pytest.fixture
def boot_tree(boot, tmp_path):
    """Boots a tree through the firmware, which must be able to read the tree and adds its
    reservation."""
    def begin(tree, mem="512M", **words):
        return boot(mem=mem, dtb=tree.compile(tmp_path / "own.dtb"), **words)
    return begin


@pytest.fixture
def hand_over(kernel, start, tmp_path):
    """Boots a blob behind the firmware's back: the kernel gets these bytes at that address."""
    def begin(blob, **words):
        return start(trees.handover(tmp_path, kernel.image, blob, **words)).shell()
    return begin
