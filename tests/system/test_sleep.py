"""The machine's own sleep (S3): processor, interrupt controllers and devices lose their state, RAM keeps everything."""

import re
import time

import pytest

from disks import CONTROLLERS, MIB, boot, difference, disk, make_image, need
from screen import Screen
from test_acpi import DOES_NOTHING, EVENT_DRIVER, SHUTS_DOWN, SLEEP_BUTTON
from vmlib.errors import GuestError

MACHINES = ["q35", "pc"]


@pytest.fixture(scope="session")
def sleep_root(build, make_disk_root):
    program = build / "tests/drivers/sleeptest/sleeptest.exe"
    if not program.exists():
        pytest.skip("this build has no sleeptest.exe")
    return make_disk_root(f"System32\\sleeptest.exe={program}")


def need_s3(embedded):
    if not embedded:
        pytest.skip("only the embedded kernel comes back from S3")


@pytest.fixture(autouse=True)
def acpi(build):
    if not (build / "drivers/bus/acpi/acpi.sys").exists():
        pytest.skip("this build has no ACPI driver")


def is_suspended(shell):
    return shell.qmp.execute("query-status")["status"] == "suspended"


def fall_asleep(shell, command="shutdown /sleep"):
    shell.start(command)
    shell.wait_for("S3", lambda: is_suspended(shell))


def press(shell, *keys):
    shell.qmp.execute("send-key", keys=[{"type": "qcode", "data": key} for key in keys])


# What wakes QEMU's machines. A button that is pressed meanwhile asks for nothing more.
WAKES = {
    "monitor": lambda shell: shell.qmp.execute("system_wakeup"),
    "key": lambda shell: press(shell, "shift"),
    "button": lambda shell: (shell.qmp.execute("system_powerdown"), shell.qmp.execute("system_wakeup")),
}


def check_devices(shell):
    """Whatever had a driver still has it, and the keyboard's keys arrive."""
    for key in ("v", "e", "r", "ret"):
        press(shell, key)
    shell.wait_for_output("10.0.19045")
    shell.prompt()
    time.sleep(0.3)                     # the last key is let go
    log = shell.log()
    assert " stops: " not in log and "does not answer" not in log and "has ended" not in log, log[-2000:]


@pytest.mark.parametrize("wake", WAKES)
@pytest.mark.parametrize("machine", MACHINES)
def test_wake(build, request, embedded, sleep_root, tmp_path, machine, wake, soak):
    """Disks of both kinds have what was written before, and take more."""
    need_s3(embedded)
    need(build, *CONTROLLERS)
    images = {name: make_image(tmp_path / f"{name}.img", 8 * MIB) for name in CONTROLLERS}
    words = [word for name, image in images.items() for word in disk(name, image)]
    with boot(request, sleep_root, "--machine", machine, *words, disks=2) as shell:
        names = [f"PhysicalDrive{number}" for number in shell.disks()]
        for name in names:
            assert " 0 errors, 0 wrong" in shell.run(f"disktest fill {name} 0 1M 3 8")
        for count in range(1, soak(3, 50) + 1):
            fall_asleep(shell)
            assert shell.log().count("po: the system sleeps (S3)") == count
            WAKES[wake](shell)
            shell.finish("the waking")
            for name in names:
                assert " 0 errors, 0 wrong" in shell.run(f"disktest check {name} 0 1M 3 8")
                assert " 0 errors, 0 wrong" in shell.run(f"disktest fill {name} 1M 1M {count} 8")
            check_devices(shell)
    for image in images.values():
        assert difference(image, 0, MIB, 3) is None and difference(image, MIB, MIB, count) is None


NUMBERS = re.compile(r"status (\w+) system (-?\d+) interrupt (-?\d+) unbiased (-?\d+) counter (-?\d+) automatic (\d)")


@pytest.mark.parametrize("state", [1, 3])
@pytest.mark.parametrize("machine", MACHINES)
def test_timer(build, request, embedded, sleep_root, machine, state):
    """A timer wakes the machine; clocks go on as if it had not slept, but for the time that nobody was awake."""
    if state == 3:
        need_s3(embedded)
    with boot(request, sleep_root, "--machine", machine) as shell:
        for _ in range(2):
            text = shell.run(f"sleeptest {state} 5")
            match = NUMBERS.search(text)
            assert match and "not expired" not in text, text
            status, system, interrupt, unbiased, counter, automatic = match.groups()
            assert status == "00000000" and automatic == "1"
            for milliseconds in map(int, (system, interrupt, counter)):
                assert 4000 < milliseconds < 30000, text
            assert abs(int(system) - int(interrupt)) < 100 and abs(int(interrupt) - int(counter)) < 100
            if state == 3:
                assert int(unbiased) < int(interrupt) - 2000
            else:
                assert int(unbiased) > 4000
        assert f"po: the system sleeps (S{state})" in shell.log()


def test_not_offered(build, request, embedded, sleep_root):
    """Firmware without S3, or a kernel: the lighter sleep is what there is."""
    words = ["--qemu", "-global ICH9-LPC.disable_s3=1"] if embedded else []
    with boot(request, sleep_root, *words) as shell:
        assert "This system has no such sleep state.(50)" in shell.run("shutdown /sleep3")
        shell.start("shutdown /sleep")
        shell.wait_for("S1", lambda: "po: the system sleeps (S1)" in shell.log())
        press(shell, "shift")
        shell.finish("the waking")


# ---- What wakes it

@pytest.fixture
def wake_root(build, make_disk_root, tmp_path):
    driver, registry = build / "tests/drivers/acpi/acpitest.sys", tmp_path / "wake.reg"
    if not driver.exists():
        pytest.skip("this build has no acpitest.sys")
    registry.write_text(EVENT_DRIVER)
    return make_disk_root("--registry", registry, f"System32\\drivers\\acpitest.sys={driver}")


def wait_for_log(shell, text, count=1):
    shell.wait_for(text, lambda: shell.log().count(text) >= count)


# The register that enables events 0 to 7.
ENABLED = {"q35": 0x628, "pc": 0xAFE2}
WAKE_EVENT, BUTTON_EVENT = 1 << 4, 1 << 6


def events_on(shell, machine):
    return int(shell.hmp(f"i /b {ENABLED[machine]:#x}").split("=")[1], 0)


@pytest.mark.parametrize("machine", MACHINES)
def test_device_wakes(build, request, embedded, wake_root, acpi_table, machine):
    """A device that the firmware can wake the machine with (_PRW): awake, in S1, and when S3 is over."""
    need_s3(embedded)
    ended = "acpitest: the wake request ends: 0x00000000"
    with boot(request, wake_root, "--machine", machine, "--qemu", acpi_table("wake")) as shell:
        wait_for_log(shell, "acpitest: armed: 0x00000103")
        assert re.search(r"ACPI\\TEST0001\S*\s.*wakes from D0 D3 in S3  armed", shell.run("devices /power"))
        assert re.search(r"ACPI\\PNP0C0E\S*\s.*armed", shell.run("devices /power"))
        assert events_on(shell, machine) & (WAKE_EVENT | BUTTON_EVENT) == WAKE_EVENT | BUTTON_EVENT
        shell.run(r"acpi eval \_SB.WDEV.FIRE")
        wait_for_log(shell, ended)
        shell.run(r"acpi eval \_SB.WDEV.SETT 1")
        shell.start("shutdown /sleep1")
        wait_for_log(shell, ended, 2)
        shell.finish("the waking from S1")
        assert "po: the system sleeps (S1)" in shell.log()
        shell.run(r"acpi eval \_SB.WDEV.SETT 2")
        fall_asleep(shell)
        assert events_on(shell, machine) == WAKE_EVENT | BUTTON_EVENT
        shell.qmp.execute("system_wakeup")
        shell.finish("the waking")
        wait_for_log(shell, ended, 3)
        # It was told of S3 and D3, and that the machine works again; the next request has armed it once more.
        assert shell.run(r"acpi eval \_SB.WDEV.DEEP") == "0x331 (817)\n"
        assert shell.run(r"acpi eval \_SB.WDEV.SAID") == "0x1 (1)\n"
        assert events_on(shell, machine) & WAKE_EVENT
        check_devices(shell)


KEYBOARD = {"q35": r"\_SB.PCI0.SF8.KBD", "pc": r"\_SB.PCI0.S08.KBD"}


@pytest.mark.parametrize("machine", MACHINES)
def test_keyboard_is_armed(build, request, embedded, sleep_root, acpi_table, machine):
    """Its driver asks for it, unless the registry says not to."""
    need_s3(embedded)
    parameters = r"HKLM\SYSTEM\CurrentControlSet\Enum\{}\Device Parameters"
    keyboard = KEYBOARD[machine]
    with boot(request, sleep_root, "--machine", machine, "--qemu", acpi_table("keyboard", KEYBOARD=keyboard)) as shell:
        devices = shell.run("devices /power")
        path = re.search(r"(ACPI\\PNP0303\\\S+)\s.*in S3  armed", devices)[1]
        assert shell.run(f"acpi eval {keyboard}.ARMD") == "0x1 (1)\n"
        fall_asleep(shell)
        press(shell, "shift")
        shell.finish("the waking")
        check_devices(shell)
        shell.run(f'reg add "{parameters.format(path)}" /v WaitWakeEnabled /t REG_DWORD /d 0 /f')
        process = re.search(r"\[i8042prt.*? (\d+)", shell.run(f"devices {path}") + shell.run("devices"))[1]
        shell.run(f"kill {process}")
        shell.wait_for("the next process", lambda: "is started again" in shell.log())
        shell.wait_for("disarming", lambda: shell.run(f"acpi eval {keyboard}.ARMD") == "0x0 (0)\n")
        shell.wait_for("the keyboard", lambda: re.search(r"ACPI\\PNP0303\S*\s+D0", shell.run("devices /power")))
        assert not re.search(r"ACPI\\PNP0303\S*\s.*armed", shell.run("devices /power"))


@pytest.mark.parametrize("machine", MACHINES)
def test_sleep_button(build, request, embedded, sleep_root, acpi_table, machine):
    """It does what the power scheme in the registry says."""
    need_s3(embedded)
    with boot(request, sleep_root, "--machine", machine, "--qemu", acpi_table("wake")) as shell:
        fall_asleep(shell, r"acpi eval \_SB.SLPB.FIRE")
        assert "po: the sleep button: the system is to sleep" in shell.log()
        press(shell, "shift")
        shell.finish("the waking")
        check_devices(shell)
        shell.run(f"reg add {SLEEP_BUTTON} /v ACSettingIndex /t REG_DWORD /d {DOES_NOTHING} /f")
        shell.run(r"acpi eval \_SB.SLPB.FIRE")
        wait_for_log(shell, "po: the sleep button: nothing is to be done")
        shell.run(f"reg add {SLEEP_BUTTON} /v ACSettingIndex /t REG_DWORD /d {SHUTS_DOWN} /f")
        shell.start(r"acpi eval \_SB.SLPB.FIRE")
        with pytest.raises(GuestError):
            while shell.guest.read(180):
                pass
        assert shell.guest.shutdown_reason == "guest-shutdown"


def test_states(build, request, embedded, sleep_root):
    with boot(request, sleep_root) as shell:
        text = shell.run("shutdown /states")
        assert re.search(r"S1 +is available: the machine stays on", text)
        assert re.search(rf"S3 +is {'' if embedded else 'not '}available", text)


# ---- Displays

WORKS, DARK, NO_SCREEN = range(3)       # after the sleep
DISPLAYS = {                            # and whether the adapter is one that is set up again
    "std": ("-vga std", WORKS, True),
    "virtio": ("-vga virtio", WORKS, True),
    "qxl": ("-vga qxl", WORKS, True),
    "vmware": ("-vga vmware", WORKS, True),
    "cirrus": ("-vga cirrus", DARK, False),                         # 24 bits a point
    "ramfb": ("-vga none -device ramfb", DARK, False),
    "bochs": ("-vga none -device bochs-display", WORKS, False),     # QEMU does not reset it
    "none": ("-vga none", NO_SCREEN, False),
}
DOUBT = "The screen may show nothing after the sleep"


def shows(shell, folder, text):
    return bool(Screen(shell.guest, folder).find(text))


@pytest.mark.parametrize("display", DISPLAYS)
def test_display(build, request, embedded, sleep_root, tmp_path, display):
    """The screen goes on after the sleep, or the serial line says that it may not."""
    need_s3(embedded)
    words, then, set_up = DISPLAYS[display]
    with boot(request, sleep_root, "--boot", "iso", "--qemu", words) as shell:
        shell.run("echo before the sleep")
        if then != NO_SCREEN:
            shell.wait_for("the screen", lambda: shows(shell, tmp_path, "before the sleep"))
        fall_asleep(shell)
        shell.qmp.execute("system_wakeup")
        said = shell.finish("the waking")
        shell.run("echo after the sleep")
        if then == WORKS:
            shell.wait_for("the screen", lambda: shows(shell, tmp_path, "after the sleep"))
        assert (DOUBT in said) == (then != NO_SCREEN and not set_up), said
        check_devices(shell)
