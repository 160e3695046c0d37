"""What a person at the screen sees: the boot screen, the prompt, what is said in verbose mode, the stop screen."""

import argparse
import contextlib
import time

import pytest

from screen import Screen
from vmlib import guest, options

SECONDS = 240
LARGE = "-vga none -device VGA,xres=1920,yres=1080"


@contextlib.contextmanager
def boot(build, request, *words):
    parser = argparse.ArgumentParser()
    options.add_machine_options(parser)
    arguments = parser.parse_args(["--build", str(build), "--kernel", request.config.getoption("--kernel"), *words])
    options.check(arguments)
    with guest.Guest(arguments) as machine:
        yield machine


def watch(machine, folder, *texts, **font):
    """Looks at the screen until it has shown each of the texts, in this order; the last picture."""
    end = time.monotonic() + SECONDS
    left = list(texts)
    while left:
        assert time.monotonic() < end, f"not seen: {left}"
        picture = Screen(machine, folder)
        while left and picture.find(left[0], **font):
            del left[0]
    return picture


def test_boot_screen_gives_way_to_the_prompt(build, request, with_screen, tmp_path):
    with boot(build, request, *with_screen) as machine:
        picture = watch(machine, tmp_path, "drivers", "Proteus [Version")
        assert not picture.find("drivers")
        assert picture.find("C:\\>")


def test_verbose_start_shows_what_is_said(build, request, with_screen, tmp_path):
    with boot(build, request, *with_screen, "--append", "verbose") as machine:
        watch(machine, tmp_path, "pnp: ", "Proteus [Version")


def test_v_is_a_verbose_start(build, request, with_screen, tmp_path):
    with boot(build, request, *with_screen) as machine:
        end = time.monotonic() + 180
        while not machine.log.exists() or b"clock: " not in machine.log.read_bytes():
            assert time.monotonic() < end
            machine.qmp.execute("send-key", keys=[{"type": "qcode", "data": "v"}])
            time.sleep(0.2)
        watch(machine, tmp_path, "pnp: ", "Proteus [Version")


@pytest.mark.parametrize("words", [
    ("--firmware", "uefi", "--qemu", "-vga none -device VGA,xres=1440,yres=900"),
    ("--boot", "iso", "--qemu", "-vga cirrus"),
], ids=["1440x900", "24 bits"])
def test_console_on_unusual_screens(build, request, embedded, tmp_path, words):
    """A framebuffer that ends within a page, and one with three bytes a point."""
    if not embedded and "uefi" not in words:
        pytest.skip("seL4's header asks a BIOS for no framebuffer")
    with boot(build, request, *words) as machine:
        watch(machine, tmp_path, "Proteus [Version")


@pytest.mark.parametrize("words,font", [
    ((), {}),
    (("--firmware", "uefi", "--qemu", LARGE), {"scale": 2}),
], ids=["1024x768", "1920x1080"])
def test_stop_screen_says_what_and_where(build, request, with_screen, tmp_path, words, font):
    root = build / "tests/native/fault/native-fault-writetonothing.elf"
    with boot(build, request, "--root", str(root), *(words or with_screen)) as machine:
        picture = watch(machine, tmp_path, "Proteus has stopped", **font)
        picture = watch(machine, tmp_path, "PAGE_FAULT_IN_NONPAGED_AREA", **font)
        time.sleep(1)
        picture = Screen(machine, tmp_path)
        for text in ("STOP: 0x00000050", "NtSystemDebugControl+0x", "KiDispatchLoop+0x"):
            assert picture.find(text, **font), text
