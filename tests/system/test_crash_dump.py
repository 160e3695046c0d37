"""Programs and driver hosts that crash leave a dump on the system volume, which tools/symbolize reads."""

import argparse
import re
import shutil
import subprocess
import time

import pytest

from conftest import REPOSITORY
from disks import run_tool
from test_disk_hotplug import host_of
from test_installed import boot, power_off, system_partition
from vmlib import artifacts, images, installed, minidump, options

FALL = """
__attribute__((noinline)) static void FallHere(volatile unsigned *Where)
{
    *Where = 1;
}

__attribute__((noinline)) static void Fall(unsigned long long Where)
{
    FallHere((volatile unsigned *)Where);
    __asm__ volatile("");
}
"""
PROGRAM = "#include <nt.h>\n" + FALL + """
NTSTATUS NTAPI NtProcessStartup(PPEB Peb)
{
    (void)Peb;
    Fall(0x18);
    return STATUS_SUCCESS;
}
"""
WRITE = "static NTSTATUS NTAPI VoidWrite(PDEVICE_OBJECT DeviceObject, PIRP Irp)\n{\n"
ENTRY = "NTSTATUS NTAPI DriverEntry("
ADD_DEVICE = """
static DRIVER_ADD_DEVICE VoidAddDevice;
static NTSTATUS NTAPI VoidAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT Physical)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(Physical);
    return STATUS_SUCCESS;
}

"""
FILTER = r"""
[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Class\{4d36e967-e325-11ce-bfc1-08002be10318}]
"UpperFilters"=multi:"partmgr","void"
"""


def build_sources(build, folder):
    """The example driver, which writes to nowhere when it is written to, and a program that does so at once."""
    example = (REPOSITORY / "sdk/examples/void/void.c").read_text()
    assert WRITE in example
    for name, text in (("void", example.replace(WRITE, FALL + WRITE + "    Fall(0x18);\n")), ("trip", PROGRAM)):
        (folder / name).mkdir()
        (folder / name / f"{name}.c").write_text(text)
        words = ("--kind", "native") if name == "trip" else ()
        run_tool(REPOSITORY / "tools/build-driver", folder / name, *words, "-o", folder / "out", "--build", build)
    return folder / "out"


def make_installed(request, build, root, image):
    parser = argparse.ArgumentParser()
    options.add_machine_options(parser)
    arguments = parser.parse_args(["--build", str(build), "--kernel", request.config.getoption("--kernel"),
                                   "--root", str(root)])
    images.make_installed(artifacts.kernel(arguments), artifacts.root_task(arguments), "", image)


@pytest.fixture(scope="module")
def machine(request, build, tmp_path_factory):
    """An installed disk with both, and where their images are."""
    folder = tmp_path_factory.mktemp("crash")
    out, root, image = build_sources(build, folder), folder / "root.elf", folder / "disk.img"
    run_tool(REPOSITORY / "tools/boot-image", "--build", build, "-o", root,
             "--registry", REPOSITORY / "sdk/examples/void/void.reg",
             rf"System32\drivers\void.sys={out}/void.sys", rf"System32\trip.exe={out}/trip.exe")
    make_installed(request, build, root, image)
    return image, out


def dumps(shell):
    """The names of those that are on the volume, whole."""
    written = re.findall(r"dbg: dump of process \d+: \\SystemRoot\\Minidump\\(\S+)", shell.log())
    listed = shell.run("dir /b C:\\Windows\\Minidump")
    return [name for name in written if name in listed]


def symbolize(build, out, file):
    return subprocess.run([REPOSITORY / "tools/symbolize", "--build", build, "--images", out, "--threads", file],
                          check=True, capture_output=True, text=True).stdout


def fetch(image, name, folder):
    """A dump from the volume of a machine that is off."""
    file = folder / name
    images.run_tool("mcopy", "-n", "-i", system_partition(image), f"::Windows/Minidump/{name}", str(file))
    return file


def test_dumps_name_the_functions(request, build, machine, tmp_path):
    image, out = machine
    with boot(request, image) as shell:
        shell.run("load void")
        shell.run("echo lost > \\\\.\\VOID")
        shell.run("trip")
        driver, program = shell.wait_for("two dumps", lambda: len(found := dumps(shell)) == 2 and sorted(
            found, key=lambda name: name.startswith("trip")))
        assert "void.sys+0x" in shell.log()         # the chain in the log is there all the same
        power_off(shell)
    for name, image_name, how in ((driver, "void.sys", "void"), (program, "trip.exe", "nobody handles")):
        file = fetch(image, name, tmp_path)
        said = symbolize(build, out, file)
        first, what, *chain = said.splitlines()
        assert how in first, said
        assert re.match(rf"exception c0000005 of thread \d+ at {image_name}\+0x\w+ \(0x1, 0x18\)$", what), said
        assert re.match(rf"   0  {image_name}\+0x\w+ = FallHere \(\w+\.c:\d+\)", chain[0]), said
        assert re.match(rf"   1  {image_name}\+0x\w+ = Fall \(\w+\.c:\d+\)", chain[1]), said
        assert re.search(r"^   \d  \S+ = (VoidWrite|NtProcessStartup) ", said, re.MULTILINE), said
        dump = minidump.Minidump(file.read_bytes())
        assert any(module.name.endswith("ntdll.dll") for module in dump.modules)
        assert len(dump.threads) >= (2 if name == driver else 1)


@pytest.fixture(scope="module")
def filtered(request, build, tmp_path_factory):
    """An installed disk on which the driver that falls is a filter of disks: in the host of the system's own."""
    folder = tmp_path_factory.mktemp("filter")
    source = (REPOSITORY / "sdk/examples/void/void.c").read_text()
    for place, text in ((WRITE, FALL + WRITE + "    Fall(0x18);\n"), (ENTRY, ADD_DEVICE + ENTRY),
                        ("    DriverObject->DriverUnload", "    DriverObject->DriverExtension->AddDevice = VoidAddDevice;\n"
                         "    DriverObject->DriverUnload")):
        assert source.count(place) == 1
        source = source.replace(place, text)
    (folder / "void").mkdir()
    (folder / "void/void.c").write_text(source)
    (folder / "filter.reg").write_text((REPOSITORY / "sdk/examples/void/void.reg").read_text() + FILTER)
    (folder / "start.txt").write_text(installed.BOOT_START.read_text() + "System32\\drivers\\void.sys\n")
    run_tool(REPOSITORY / "tools/build-driver", folder / "void", "-o", folder / "out", "--build", build)
    root, image = folder / "root.elf", folder / "disk.img"
    run_tool(REPOSITORY / "tools/boot-image", "--build", build, "-o", root, "--registry", folder / "filter.reg",
             rf"System32\drivers\void.sys={folder}/out/void.sys")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(installed, "BOOT_START", folder / "start.txt")
        make_installed(request, build, root, image)
    return image, folder / "out"


@pytest.mark.parametrize("controller,service", [("ahci", "storahci"), ("nvme", "stornvme")])
def test_the_system_disks_own_host_leaves_one(request, build, filtered, tmp_path, controller, service):
    """It is written by way of the host that takes its place."""
    image, out = tmp_path / "disk.img", filtered[1]
    shutil.copyfile(filtered[0], image)
    with boot(request, image, controller=controller) as shell:
        first = host_of(shell, service)
        shell.run("echo lost > \\\\.\\VOID")
        name = shell.wait_for("the dump", lambda: next(iter(dumps(shell)), None))
        assert host_of(shell, service) != first
        power_off(shell)
    file = fetch(image, name, tmp_path)
    dump = minidump.Minidump(file.read_bytes())
    assert {f"{service}.sys", "storport.sys", "disk.sys", "partmgr.sys", "void.sys", "ntoskrnl.exe"} <= {
        module.name.rsplit("\\", 1)[-1].lower() for module in dump.modules}
    assert len(dump.threads) > 3
    said = symbolize(build, out, file)
    assert re.search(r"^   0  void\.sys\+0x\w+ = FallHere \(void\.c:\d+\)", said, re.MULTILINE), said
    assert re.search(r"^   \d  ntoskrnl\.exe\+0x\w+ = \w+ \(\w+\.c:\d+\)", said, re.MULTILINE), said


def test_lldb_reads_one(request, build, machine, tmp_path):
    image, out = tmp_path / "disk.img", machine[1]
    shutil.copyfile(machine[0], image)
    with boot(request, image) as shell:
        shell.run("trip")
        name = shell.wait_for("the dump", lambda: next(iter(dumps(shell)), None))
        power_off(shell)
    said = subprocess.run(["lldb-19", "--batch", "-c", fetch(image, name, tmp_path), "-o", "image list", "-o", "bt all",
                           "-o", "register read rip"], check=True, capture_output=True, text=True, cwd=out).stdout
    assert "0xc0000005" in said.lower(), said
    assert re.search(r"ntdll\.dll", said) and re.search(r"rip = 0x0*[1-9a-f]", said), said


def test_only_the_newest_stay(request, machine):
    image, _ = machine
    with boot(request, f"{image},snapshot=on") as shell:
        shell.run("reg add HKLM\\SYSTEM\\CurrentControlSet\\Control\\CrashControl /v MinidumpsCount /t REG_DWORD /d 2 /f")
        for number in range(1, 5):
            shell.run("trip")
            shell.wait_for("the dump", lambda count=number: shell.log().count("dbg: dump of process") == count)
            time.sleep(3)               # the file system counts seconds in twos
        left = re.findall(r"^\S+\.dmp", shell.run("dir /b C:\\Windows\\Minidump"), re.MULTILINE)
        written = re.findall(r"\\Minidump\\(\S+)", shell.log())
        assert sorted(left) == sorted(written[-2:])
        shell.run("reg add HKLM\\SYSTEM\\CurrentControlSet\\Control\\CrashControl /v CrashDumpEnabled /t REG_DWORD /d 0 /f")
        shell.run("trip")
        assert shell.log().count("dbg: ") == 4


def test_without_a_volume_the_log_says_where(vm, machine, build, tmp_path):
    _, out = machine
    root, log = tmp_path / "root.elf", tmp_path / "log"
    run_tool(REPOSITORY / "tools/boot-image", "--build", build, "-o", root, rf"System32\trip.exe={out}/trip.exe")
    assert vm("exec", "--root", root, "--log", log, "trip").returncode == 0
    assert re.search(r"no dump of process \d+: it would go to \\SystemRoot\\Minidump", log.read_text())
    assert "unhandled exception c0000005" in log.read_text()
