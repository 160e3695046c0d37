"""Where headers and options are: a build folder of the tree, or an unpacked SDK, which may lie anywhere."""

import dataclasses
import pathlib
import subprocess
import sys

from .errors import BuildError

ROOT = "@SDK@"                          # in an SDK's options, where it has been unpacked to
MINGW = "/usr/share/mingw-w64/include"
FOLDERS = ("sdk/include", "sdk/include/ddk")


@dataclasses.dataclass
class Place:
    compile_options: pathlib.Path
    headers: pathlib.Path               # their names without regard to case


def of_sdk(root, template, work):
    """The options for where the SDK is now."""
    headers, options = work / "windows-headers.yaml", work / "compile.rsp"
    folders = [*(root / folder for folder in FOLDERS), f"{MINGW}/ddk", MINGW]
    if not pathlib.Path(MINGW).is_dir():
        raise BuildError(f"{MINGW} does not exist (package mingw-w64-common)")
    made = subprocess.run([sys.executable, root / "tools/vfsoverlay", "-o", headers, *folders], check=False)
    if made.returncode:
        raise BuildError("vfsoverlay failed")
    text = template.read_text(encoding="utf-8").replace(f"{ROOT}/windows-headers.yaml", str(headers))
    options.write_text(text.replace(ROOT, str(root)), encoding="utf-8")
    return Place(options, headers)


def find(root, build, work):
    template = build / "sdk/compile.rsp.in"
    if template.is_file():
        return of_sdk(root, template, work)
    options = build / "sdk/compile.rsp"
    if not options.is_file():
        raise BuildError(f"{build} is no build folder; run make first")
    return Place(options, build / "windows-headers.yaml")
