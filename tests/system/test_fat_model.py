"""Random operations by several processes against a model of what is there; then the host compares what is on the volume."""

import pytest

import fatimages
from disks import boot, disk, need

# Each FAT size, clusters from the least to the most; the smallest volumes become full on the way.
FORMS = [
    ("12-512", 2, "-F 12 -s 1"),
    ("12-4k", 4, "-F 12 -s 8"),
    ("12-64k", 64, "-F 12 -s 128"),
    ("16-512", 16, "-F 16 -s 1"),
    ("16-2k", 64, "-F 16 -s 4"),
    ("16-64k", 512, "-F 16 -s 128"),
    ("32-512", 64, "-F 32 -s 1"),
    ("32-4k", 300, "-F 32 -s 8"),
    ("32-32k", 2200, "-F 32 -s 64"),
]
SHORT = {"12-512", "16-2k", "32-512", "32-4k"}


def run_model(request, fat_root, image, folder, seed, steps, processes):
    with boot(request, fat_root, *disk("nvme", image, "cache=unsafe"), disks=1) as shell:
        shell.wait_for("the volume", lambda: "D:" in shell.volumes())
        said = shell.run(f"fstest model D: {seed} {steps} {processes}")
        print("\n".join(line for line in said.splitlines() if not line.startswith("MODEL")))
        assert "model: good" in said
        shell.run("sync")
    fatimages.check(image)
    assert fatimages.tree(image, folder) == dict(fatimages.model(said), shared=None)


@pytest.mark.parametrize("name,megabytes,options", FORMS, ids=[form[0] for form in FORMS])
def test_model(build, request, fat_root, tmp_path, soak, name, megabytes, options):
    if name not in SHORT and not soak(False, True):
        pytest.skip("in the long form")
    need(build, "nvme")
    image = fatimages.make(tmp_path / "disk.img", megabytes, options)
    run_model(request, fat_root, image, tmp_path / "tree", 1, soak(1500, 70000), 3)
