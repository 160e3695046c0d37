"""What ACPI finds on QEMU's machines: devices, identifiers, resources, tables."""

import argparse
import contextlib
import pathlib
import re
import subprocess
import time

import pytest

from vmlib import console, options
from vmlib.errors import GuestError
from vmlib.guest import Guest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROMPT = r"C:\\>"
SECONDS = 180                           # without a word; a busy host is slow

# On every machine: what the device is, and how it stands.
COMMON = {
    r"ROOT\ACPI_HAL\0000": 0,
    r"ACPI\PNP0303": 0,
    r"ACPI\PNP0501\1": 0,
    r"ACPI\PNP0501\2": 53,              # the debug log's
    r"ACPI\PNP0B00": 0,
    r"ACPI\PNP0103\0": 0,
    r"ACPI\FixedButton": 0,
    r"ACPI\QEMU0002": 0,
}
MACHINES = {
    "q35": COMMON | {r"ACPI\PNP0A08\0": 0, r"ACPI\PNP0C0F\16": 0, r"ACPI\PNP0A06\CPU_Hotplug_resources": 0},
    "pc": COMMON | {r"ACPI\PNP0A03\0": 0, r"ACPI\PNP0C0F\0": 0, r"ACPI\PNP0700": 0},
}
TABLES = {
    "q35": {"FACP", "DSDT", "FACS", "APIC", "HPET", "MCFG"},
    "pc": {"FACP", "DSDT", "FACS", "APIC", "HPET"},
}


@contextlib.contextmanager
def shell_on(build, request, *words):
    if not (build / "drivers/bus/acpi/acpi.sys").exists():
        pytest.skip("this build has no ACPI driver")
    parser = argparse.ArgumentParser()
    options.add_machine_options(parser)
    arguments = parser.parse_args(["--build", str(build), "--kernel",
                                   request.config.getoption("--kernel"), *words])
    options.check(arguments)
    with Guest(arguments) as guest:
        shell = console.Console(guest, PROMPT, SECONDS)
        shell.wait_for_prompt("after boot")
        yield shell


def devices_of(text):
    """Paths of devices, how deep they are, and their problems."""
    found = {}
    for line in text.splitlines():
        match = re.match(r"( *)(\S+\\\S+\\\S+)(.*)", line)
        if match:
            problem = re.search(r"problem (\d+)", match[3])
            found[match[2]] = (len(match[1]) // 2, int(problem[1]) if problem else 0)
    return found


def find(found, wanted):
    """A path without an instance stands for the device with any."""
    paths = [path for path in found if path == wanted or path.rsplit("\\", 1)[0] == wanted]
    assert len(paths) == 1, f"{wanted}: {paths}"
    return found[paths[0]]


@pytest.mark.parametrize("machine", MACHINES)
def test_devices(build, request, machine):
    with shell_on(build, request, "--qemu", f"-machine {machine}") as shell:
        found = devices_of(shell.execute("devices"))
        tables = shell.execute("acpi")
        tree = shell.execute("acpi tree")
    for path, problem in MACHINES[machine].items():
        assert find(found, path)[1] == problem, path
    # The mainboard's devices lie below the root bridge, for its windows hold for them.
    bridge = next(path for path in found if path.startswith("ACPI\\PNP0A0") and path.endswith("\\0"))
    assert find(found, r"ACPI\PNP0303")[0] == found[bridge][0] + 1
    assert not any(path.startswith(("ROOT\\SERIAL", "ROOT\\I8042PRT", "ROOT\\PCI")) for path in found)
    assert TABLES[machine] <= {line.split()[0] for line in tables.splitlines()[1:]}
    assert re.search(r"PCI0  _HID PNP0A0[38]", tree)
    assert re.search(r"COM1  _HID PNP0501  _UID 1", tree)


def test_evaluate(build, request):
    with shell_on(build, request) as shell:
        assert shell.execute(r"acpi eval \_SB.PCI0._HID") == "0x80ad041 (134926401)\n"
        assert shell.execute(r"acpi eval \_S5").startswith("0x0 (0)\n")
        assert "cannot find" in shell.execute(r"acpi eval \_SB.NOPE")
        assert shell.execute("acpi dump facs").startswith("000000  46 41 43 53 40 00")


MOBILE = [r"ACPI\ACPI0003", r"ACPI\PNP0C0A\1", r"ACPI\PNP0C0A\2", r"ACPI\PNP0C0D", r"ACPI\PNP0C0E",
          r"ACPI\ThermalZone\COOL"]


def sections(text):
    """{device: {name: value}} of the acpi command's lists."""
    found = {}
    for line in text.splitlines():
        if line.startswith("  "):
            device.append(line[2:])
        else:
            device = found[line] = []
    return {path: {line[:14].strip(): line[15:] for line in lines} for path, lines in found.items()}


def only(found, prefix):
    return next(values for path, values in found.items() if path.startswith(prefix))


def check_batteries(shell):
    battery = sections(shell.execute("acpi battery"))
    assert battery[r"ACPI\PNP0C0A\1"] == {
        "model": "BAT42", "maker": "ACME", "serial number": "0815", "chemistry": "LION, can be charged",
        "made for": "44000 mWh", "full at": "40000 mWh", "state": "charging, on line", "capacity": "20000 mWh",
        "charge": "50 %", "rate": "5000 mW", "voltage": "12000 mV"}
    assert battery[r"ACPI\PNP0C0A\2"] == {"there is no ba": "tery in it"}
    shell.execute(r"acpi eval \_SB.ADP1.PLUG 0")
    shell.execute(r"acpi eval \_SB.BAT1.PUTI 1")
    battery = sections(shell.execute("acpi battery"))
    first, second = battery[r"ACPI\PNP0C0A\1"], battery[r"ACPI\PNP0C0A\2"]
    assert first["state"] == "discharging, off line" and first["rate"] == "-10000 mW" and first["lasts"] == "2:00 h"
    assert second["model"] == "BAT43" and second["cycles"] == "87" and second["charge"] == "100 %"
    assert second["chemistry"] == "LiP, can be charged" and second["state"] == "idle, off line"


BUTTONS = (r"HKLM\SYSTEM\CurrentControlSet\Control\Power\User\PowerSchemes\381b4222-f694-41f0-9685-ff5bb260df2e"
           r"\4f971e89-eebd-4455-a8de-9e59040e7347")
SLEEP_BUTTON = rf"{BUTTONS}\96996bc0-ad50-47ec-923b-6f41874dd9eb"
DOES_NOTHING, SLEEPS, SHUTS_DOWN = 0, 1, 3


def set_button(shell, key, what):
    assert "rror" not in shell.execute(f"reg add {key} /v ACSettingIndex /t REG_DWORD /d {what} /f")


def check_buttons(shell):
    set_button(shell, SLEEP_BUTTON, DOES_NOTHING)
    buttons = sections(shell.execute("acpi buttons"))
    assert only(buttons, r"ACPI\FixedButton")["button"] == "power"
    lid = next(path for path in buttons if path.startswith(r"ACPI\PNP0C0D"))
    sleep = next(path for path in buttons if path.startswith(r"ACPI\PNP0C0E"))
    assert buttons[lid] == {"button": "lid", "lid": "open"} and buttons[sleep]["button"] == "sleep"
    shell.execute(r"acpi eval \_SB.LID0.MOVE 0")
    shell.execute(r"acpi eval \_SB.SLPB.FIRE")
    shell.execute(r"acpi eval \_SB.SLPB.FIRE")
    assert sections(shell.execute("acpi buttons"))[lid]["lid"] == "closed"
    assert shell.execute(f'acpi wait "{lid}"') == "  pressed        lid\n"
    assert shell.execute(f'acpi wait "{sleep}"') == "  pressed        sleep\n"      # both at once
    assert "cannot find" in shell.execute(r"acpi wait ACPI\PNP0C0E\NOT")
    # One that waits hears of it later.
    assert "pressed" not in shell.execute(f'start /b acpi wait "{sleep}"') + shell.execute("acpi buttons")
    text = shell.execute(r"acpi eval \_SB.SLPB.FIRE")
    for _ in range(SECONDS):
        if "pressed        sleep" in text:
            return
        time.sleep(1)
        text += shell.execute("echo.")
    pytest.fail(f"the button's event has not come: {text}")


def check_zones(shell):
    zones = shell.execute("acpi thermal")
    assert re.search(r"ThermalZone\\COOL\n  temperature    26.8 C\n  critical       96.8 C\n  passive        76.8 C\n"
                     r"  active         66.8 C\n  active         56.8 C\n", zones)
    assert re.search(r"ThermalZone\\BADZ\n  \w", zones) and "0.0 C" not in zones


def test_mobile_machine(build, request, acpi_table):
    """Batteries, a power supply, buttons, a lid and thermal zones are devices of their classes."""
    with shell_on(build, request, "--qemu", acpi_table("mobile")) as shell:
        found = devices_of(shell.execute("devices"))
        for path in MOBILE:
            assert find(found, path)[1] == 0, path
        assert shell.execute(r"acpi eval \_SB.ADP1._PSR") == "0x1 (1)\n"
        assert "0x2ee0 (12000)" in shell.execute(r"acpi eval \_SB.BAT0._BST")
        assert re.search(r"\nBattery\n(  ACPI\\\S.*\n){3}", shell.execute("devices /class"))
        check_batteries(shell)
        check_buttons(shell)
        check_zones(shell)
        looks = int(shell.execute(r"acpi eval \_TZ.COOL.LOOK").split()[0], 0)
        time.sleep(5)
        assert int(shell.execute(r"acpi eval \_TZ.COOL.LOOK").split()[0], 0) >= looks + 2


def settled_log(guest):
    """The log when nothing new has come for three seconds."""
    before, now = None, guest.log.read_text(errors="replace")
    while before != now:
        time.sleep(3)
        before, now = now, guest.log.read_text(errors="replace")
    return now


def without_processes(text):
    return re.sub(r"\[(.*?)\]", lambda match: re.sub(r" \d+", "", match[0]), text)


def test_end_of_the_drivers_process(build, request):
    """The firmware's devices, and all that is below them, come back."""
    with shell_on(build, request) as shell:
        before = shell.execute("devices")
        process = re.search(r"\[acpi (\d+)\]", before)[1]
        shell.execute(f"kill {process}")
        assert "is started again" in settled_log(shell.guest)
        after = shell.execute("devices")
        assert without_processes(after) == without_processes(before)
        assert re.search(r"\[acpi (\d+)\]", after)[1] != process
        assert "SATA controller" in shell.execute("pci")


def kill_driver(shell):
    process = re.search(r"\[acpi (\d+)\]", shell.execute("devices"))[1]
    shell.execute(f"kill {process}")
    return settled_log(shell.guest)


def test_driver_that_ends_too_often(build, request):
    """The fourth time within ten minutes is the last: the devices are those that the registry lists, PCI's functions go on
    as well as their disks, and the machine is switched off by its fixed registers."""
    with shell_on(build, request, "--samples") as shell:
        for _ in range(4):
            log = kill_driver(shell)
        assert "the system goes on without the ACPI driver" in log
        found = devices_of(shell.execute("devices"))
        assert found[r"ROOT\ACPI_HAL\0000"] == (0, 43)
        for path in (r"ROOT\PCI\0000", r"ROOT\SERIAL\0000", r"ROOT\I8042PRT\0000"):
            assert find(found, path)[1] == 0, path
        assert "SATA controller" in shell.execute("pci")
        shell.guest.write(b"shutdown /p\r")
        with pytest.raises(GuestError):
            while shell.guest.read(SECONDS):
                pass
        assert shell.guest.shutdown_reason == "guest-shutdown"


DISABLED = """Windows Registry Editor Version 5.00

[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\acpi]
"Start"=dword:00000004
"""


def test_without_acpi(build, request, tmp_path):
    """Where the driver is disabled the devices are those that the registry lists."""
    registry, image = tmp_path / "disabled.reg", tmp_path / "disabled.elf"
    registry.write_text(DISABLED)
    subprocess.run([ROOT / "tools/boot-image", "--build", build, "-o", image, "--registry", registry],
                   check=True)
    with shell_on(build, request, "--root", str(image)) as shell:
        found = devices_of(shell.execute("devices"))
        assert r"ROOT\ACPI_HAL\0000" not in found
        assert find(found, r"ROOT\SERIAL\0000")[1] == 0
        assert find(found, r"ROOT\I8042PRT\0000")[1] == 0


EVENT_DRIVER = """Windows Registry Editor Version 5.00

[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\acpitest]
"Type"=dword:00000001
"Start"=dword:00000003
"ErrorControl"=dword:00000001
"HostRestarts"=dword:00000000
"ImagePath"="System32\\\\drivers\\\\acpitest.sys"

[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\CriticalDeviceDatabase\\ACPI#TEST0001]
"Service"="acpitest"
"""


@pytest.fixture
def event_root(build, tmp_path):
    driver = build / "tests/drivers/acpi/acpitest.sys"
    if not driver.exists():
        pytest.skip("this build has no acpitest.sys")
    registry, image = tmp_path / "events.reg", tmp_path / "events.elf"
    registry.write_text(EVENT_DRIVER)
    subprocess.run([ROOT / "tools/boot-image", "--build", build, "-o", image, "--registry", registry,
                    f"System32\\drivers\\acpitest.sys={driver}"], check=True)
    return str(image)


def plug_processor(shell, number):
    free = [place for place in shell.guest.qmp.execute("query-hotpluggable-cpus") if "qom-path" not in place]
    shell.guest.qmp.execute("device_add", driver=free[0]["type"], id=f"cpu{number}", **free[0]["props"])


def wait_for_log(shell, text):
    for _ in range(SECONDS):
        if text in shell.guest.log.read_text(errors="replace"):
            return
        time.sleep(1)
    pytest.fail(f"not in the log: {text}")


@pytest.mark.parametrize("machine", MACHINES)
def test_event_of_a_driver(build, request, acpi_table, event_root, machine):
    """A driver in another process serves a general-purpose event; the firmware's method does again when it has gone."""
    with shell_on(build, request, "--root", event_root, "--qemu",
                  f"-machine {machine} -smp 1,maxcpus=4 {acpi_table('gpe')}") as shell:
        before = shell.execute("devices")
        wait_for_log(shell, "acpitest: connected to event 2: 0x00000000")
        wait_for_log(shell, "acpitest: registered: 0x00000000")
        shell.execute(r"acpi eval \_SB.TEV0.FIRE 129")
        wait_for_log(shell, "acpitest: notification 0x81 at IRQL 2")
        plug_processor(shell, 1)
        wait_for_log(shell, "acpitest: event 1 at IRQL 2")
        plug_processor(shell, 2)
        wait_for_log(shell, "acpitest: event 2 at IRQL 2")
        wait_for_processors(shell, 1)       # its method has not run
        process = re.search(r"\[acpitest (\d+)\]", before)[1]
        shell.execute(f"kill {process}")
        wait_for_log(shell, "is not started again")
        plug_processor(shell, 3)
        wait_for_processors(shell, 4)


def test_cooling(build, request, acpi_table):
    """A fan runs as long as its zone is warm; above the passive temperature that is said; too hot is the end."""
    with shell_on(build, request, "--qemu", acpi_table("cooling")) as shell:
        def heat(tenths, on):
            shell.execute(rf"acpi eval \_TZ.ROOM.SETT {tenths}")
            for _ in range(SECONDS):
                if shell.execute(r"acpi eval \_SB.FANP.ISON") == f"0x{on:x} ({on})\n":
                    break
                time.sleep(0.2)
            else:
                pytest.fail(f"the fan is not {'on' if on else 'off'} at {tenths}")
            state = re.search(r"ACPI\\PNP0C0B\S*\s+.*?(D\d)", shell.execute("devices /power"))[1]
            assert state == ("D0" if on else "D3")
        heat(3000, 0)
        heat(3300, 1)
        heat(3299, 0)
        heat(3550, 1)
        wait_for_log(shell, r"acpi: thermal zone \_TZ.ROOM is above its passive temperature")
        heat(3000, 0)
        wait_for_log(shell, r"acpi: thermal zone \_TZ.ROOM is below its passive temperature")
        shell.guest.write(b"acpi eval \\_TZ.ROOM.SETT 3710\r")
        said = b""
        with pytest.raises(GuestError):
            while data := shell.guest.read(SECONDS):
                said += data
        assert shell.guest.shutdown_reason == "guest-shutdown"
        assert b"critical state" in said
        wait_for_log(shell, r"acpi: thermal zone \_TZ.ROOM is too hot, 97 C of at most 96 C: the system is asked to power off")


def wait_for_processors(shell, count):
    for _ in range(SECONDS):
        devices = shell.execute("devices")
        if devices.count("ACPI0007") == count:
            return
        time.sleep(1)
    pytest.fail(f"not {count} processors:\n{devices}")


@pytest.mark.parametrize("machine", MACHINES)
def test_processor_that_comes_and_goes(build, request, machine):
    """It does not come once more: QEMU 7.2 ends when a processor takes the place of one that has gone."""
    with shell_on(build, request, "--qemu", f"-machine {machine} -smp 1,maxcpus=3") as shell:
        wait_for_processors(shell, 1)
        plug_processor(shell, 1)
        wait_for_processors(shell, 2)
        plug_processor(shell, 2)
        wait_for_processors(shell, 3)
        shell.guest.qmp.execute("device_del", id="cpu1")
        wait_for_processors(shell, 2)
        assert "problem 47" not in shell.execute("devices")
