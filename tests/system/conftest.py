"""Fixtures of the system tests: the build folder and tools/vm."""

import importlib.machinery
import importlib.util
import os
import pathlib
import subprocess
import sys

import pytest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True          # a cache file beside tools/test would be no help
sys.path.insert(0, str(REPOSITORY / "tools"))
VM_SECONDS = 1800                       # the last resort; tools/vm has its own, shorter time-outs


def load_tool(name):
    """A host tool, which has no .py in its name, as a module."""
    loader = importlib.machinery.SourceFileLoader(f"tool_{name}", str(REPOSITORY / "tools" / name))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    sys.modules[loader.name] = module
    loader.exec_module(module)
    return module


def pytest_addoption(parser):
    parser.addoption("--build", default=str(REPOSITORY / "build"), help="build folder")
    parser.addoption("--kernel", default="release", help="kernel under the system and the test programs")
    parser.addoption("--driver", action="append", default=[], metavar="FILE[=NAME.sys]",
                     help="what the disks' tests run with in place of the build's driver; repeatable")
    parser.addoption("--soak", action="store_true", help="the long forms: hours, not minutes")


def pytest_configure(config):
    config.addinivalue_line("markers", "soak: only with --soak")
    # What a test does not say itself, whichever way it starts a machine.
    os.environ["PROTEUS_BUILD"] = str(pathlib.Path(config.getoption("--build")).resolve())
    os.environ["PROTEUS_KERNEL"] = config.getoption("--kernel")


def pytest_collection_modifyitems(config, items):
    if config.getoption("--soak"):
        return
    long = [item for item in items if item.get_closest_marker("soak")]
    items[:] = [item for item in items if item not in long]
    if long:
        config.hook.pytest_deselected(items=long)


@pytest.fixture(scope="session")
def build(request):
    return pathlib.Path(request.config.getoption("--build")).resolve()


@pytest.fixture(scope="session")
def embedded(request):
    """Whether the kernel is ours, not a real seL4."""
    return request.config.getoption("--kernel") in ("release", "debug")


@pytest.fixture(scope="session")
def with_screen(embedded):
    """Options for a machine with a framebuffer. seL4's multiboot 2 header asks for none: a BIOS's screen stays in text mode."""
    return ["--boot", "iso"] if embedded else ["--boot", "iso", "--firmware", "uefi"]


@pytest.fixture(scope="session")
def tools():
    return REPOSITORY / "tools"


@pytest.fixture(scope="session")
def make_disk_root(build, tools, tmp_path_factory):
    """Makes a boot image of the system with disktest in it, and with more: options of tools/boot-image."""
    def make(*words):
        program = build / "tests/drivers/disktest/disktest.exe"
        if not program.exists() or not (build / "executive/executive.bootarc").exists():
            pytest.skip("this build has no Executive")
        image = tmp_path_factory.mktemp("disks") / "root.elf"
        subprocess.run([tools / "boot-image", "--build", build, "-o", image, *words,
                        f"System32\\disktest.exe={program}"], check=True)
        return image
    return make


@pytest.fixture(scope="session")
def disk_root(make_disk_root):
    return make_disk_root()


@pytest.fixture(scope="session")
def fat_root(build, make_disk_root):
    program = build / "tests/drivers/fstest/fstest.exe"
    if not program.exists():
        pytest.skip("this build has no fstest.exe")
    return make_disk_root(f"System32\\fstest.exe={program}")


@pytest.fixture
def acpi_table(tmp_path):
    """acpi_table(NAME): QEMU's option for the table of acpi/NAME.asl; WORD=TEXT: what stands for that word there."""
    def compile_table(name, **words):
        text = (pathlib.Path(__file__).parent / "acpi" / f"{name}.asl").read_text()
        for word, replacement in words.items():
            text = text.replace(word, replacement)
        source = tmp_path / f"{name}.asl"
        source.write_text(text)
        subprocess.run(["iasl", "-va", "-vs", "-p", tmp_path / name, source], check=True, capture_output=True)
        return f"-acpitable file={tmp_path / name}.aml"
    return compile_table


@pytest.fixture
def soak(request):
    """soak(few, many): how often, in the form that runs."""
    return lambda few, many: many if request.config.getoption("--soak") else few


@pytest.fixture
def vm(build, tools):
    """Calls tools/vm; the result has returncode, stdout and stderr."""
    def call(command, *words):
        return subprocess.run([tools / "vm", command, "--build", build, *words], check=False,
                              capture_output=True, text=True, timeout=VM_SECONDS)
    return call


@pytest.fixture
def fake_guest(build, vm, tmp_path):
    """Calls tools/vm with the guest of tests/system/guest in one of its modes."""
    root = tmp_path / "root"
    root.write_text("fake root task\n")
    options = ["--kernel", build / "tests/system/guest/fakeguest", "--root", root]

    def call(command, mode, *words, timeout=20):
        name = [root] if command in ("test", "bench") else []
        return vm(command, *options, "--append", f"mode={mode}", "--timeout", str(timeout),
                  *words, *name)
    return call
