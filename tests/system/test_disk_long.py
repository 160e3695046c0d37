"""A disk under load for ten minutes: the last ones cost what the first did."""

import json
import statistics

import pytest

from disks import CONTROLLERS, MIB, boot, disk, make_image, need

COMMAND = "diskbench PhysicalDrive0 --block 4K --depth 32 --random --mix 50 --destroy"
MINUTE, MINUTES = 60, 10
MORE = 1.1                                      # what the last minutes may cost beside the first
SILENCE = 900                                   # seconds; diskbench says nothing while it runs


def committed(shell):
    """KiB, as `mem` says."""
    line = next(line for line in shell.run("mem").splitlines() if line.startswith("committed"))
    return int(line.split()[1].replace(",", ""))


@pytest.mark.soak
@pytest.mark.parametrize("controller", CONTROLLERS)
def test_ten_minutes(build, request, disk_root, tmp_path, controller):
    need(build, controller)
    image = make_image(tmp_path / "long.img", 256 * MIB)
    counts = tmp_path / "counts.txt"
    plugin = f"-plugin {build}/bench/count/count.so,output={counts}"
    with boot(request, disk_root, *disk(controller, image), "--qemu", plugin, disks=1) as shell:
        shell.console.timeout = SILENCE
        shell.run(f"{COMMAND} --requests 5000")         # what is allocated for the first requests is kept
        before = committed(shell)
        text = shell.run(f"{COMMAND} --seconds {MINUTE * MINUTES} --every {MINUTE} --json")
        after = committed(shell)
    result = json.loads(text[text.index("[{"):text.rindex("}]") + 2])[0]
    marks = [int(line.split()[1]) for line in counts.read_text(encoding="ascii").splitlines()][2:]
    minutes = [{"iops": part["requests"] * 10**9 // part["nanoseconds"],
                "instructions": (end - begin) // part["requests"]}
               for begin, end, part in zip(marks[::2], marks[1::2], result["intervals"])]
    print(f"{controller}: committed {before} KiB, afterwards {after} KiB")
    for number, minute in enumerate(minutes):
        print(f"{controller}: minute {number + 1}: {minute['iops']:,} requests a second, "
              f"{minute['instructions']:,} instructions each")
    assert not result["errors"] and len(minutes) >= MINUTES - 1
    cost = [minute["instructions"] for minute in minutes]
    assert statistics.median(cost[-3:]) < MORE * statistics.median(cost[:3])
    assert after - before < 256
