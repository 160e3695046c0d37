"""The machine's own sleep (S3): processor, interrupt controllers and devices lose their state, RAM keeps everything."""

import re
import time

import pytest

from disks import CONTROLLERS, MIB, boot, difference, disk, make_image, need

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
