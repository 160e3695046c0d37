"""What the pages of docs/ show is so: examples build and run, pages made of the sources are of these sources."""

import functools
import pathlib
import re
import subprocess
import textwrap

import pytest

from disks import boot
from vmlib import samples

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
DOCS = REPOSITORY / "docs"
README = REPOSITORY / "README.md"
PAGES = [README, *sorted(DOCS.glob("*.md"))]


def run(*words):
    result = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_compatibility_page_is_current(tools):
    run(tools / "compatibility", "--check")


def write_source(folder, text):
    folder.mkdir()
    (folder / f"{folder.name}.c").write_text(text)


def test_examples_build_and_run(vm, build, tools, tmp_path):
    page = (DOCS / "writing-a-driver.md").read_text()
    driver, program = re.findall(r"```c\n(.*?)```", page, re.DOTALL)[:2]
    registry = re.search(r"^    Windows Registry Editor.*?\n\n(?=\S)", page, re.DOTALL | re.MULTILINE)[0]
    native = re.search(r"^    #include <nt\.h>\n.*?\n    }\n", (DOCS / "native-programs.md").read_text(),
                       re.DOTALL | re.MULTILINE)[0]
    write_source(tmp_path / "hello", driver)
    write_source(tmp_path / "greet", program)
    write_source(tmp_path / "first", textwrap.dedent(native))
    (tmp_path / "hello.reg").write_text(textwrap.dedent(registry))

    out = tmp_path / "out"
    run(tools / "build-driver", tmp_path / "hello", "-o", out, "--build", build)
    for name in ("greet", "first"):
        run(tools / "build-driver", tmp_path / name, "--kind", "native", "-o", out, "--build", build)
    root = tmp_path / "hello.elf"
    run(tools / "boot-image", "-o", root, "--build", build, "--registry", tmp_path / "hello.reg",
        rf"System32\drivers\hello.sys={out}/hello.sys", rf"System32\greet.exe={out}/greet.exe",
        rf"System32\first.exe={out}/first.exe")
    result = vm("exec", "--root", root, "first", "load hello", "greet", "unload hello")
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("Hello\n")
    assert "Hello from the driver\n" in result.stdout


# ---- What pages name is there

@functools.cache
def help_of(tool, command):
    """What --help says; of a tool's own command where the first word is one."""
    for words in ([command, "--help"], ["--help"]) if command.isalpha() else (["--help"],):
        said = subprocess.run([REPOSITORY / "tools" / tool, *words], capture_output=True, text=True, check=False)
        if not said.returncode:
            return said.stdout
    return ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_tools_and_targets_exist(page):
    text = page.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", (REPOSITORY / "Makefile").read_text(encoding="ascii"), re.MULTILINE))
    missing = {name for name in re.findall(r"(?:`|^    )make ([a-z]+)\b(?! on )", text, re.MULTILINE)} - targets
    assert not missing
    for tool in set(re.findall(r"\btools/([a-z](?:[\w./-]*\w)?)", text)):
        assert (REPOSITORY / "tools" / tool).exists(), tool
    for tool, words in re.findall(r"(?:`|^ +)tools/([a-z][\w-]*) ?([^`\n]*)", text, re.MULTILINE):
        first = words.split(maxsplit=1)[0] if words else ""
        for option in re.findall(r"(?:^| )(--[a-z-]+)", re.sub('"[^"]*"', "", words)):    # quoted: another program's
            assert option in help_of(tool, first), f"tools/{tool} {words}: no {option}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#:]+)[^)]*\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


# ---- What README has people type

FAILURES = ("is not recognized", "system cannot", "denied", "does not exist", "no such", "not enough")


def prompt_commands():
    """The first column of README's table of commands, in its order."""
    table = README.read_text(encoding="utf-8").split("At the prompt:")[1].split("\n\n")[1]
    rows = [line.split("|")[1] for line in table.splitlines()[2:]]
    return [command for row in rows for command in re.findall(r"`([^`]+)`", row)]


def test_readme_commands_work(request, build, tmp_path):
    """On the machine of `make run`, in their order."""
    words = ["--firmware", "uefi", "--timeout", "180"]
    for kind in ("ahci", "nvme"):
        samples.fill(tmp_path / f"{kind}.img", f"{kind.upper()}DISK")
        words += ["--disk", f"{kind}:{tmp_path / f'{kind}.img'}"]
    *commands, last = prompt_commands()
    assert len(commands) >= 10 and last.startswith("shutdown")
    with boot(request, build / "executive/executive.elf", *words, disks=2) as shell:
        for command in commands:
            if command == "kill N":
                command = "kill " + re.search(r"\[storahci (\d+)\]", shell.run("devices"))[1]
            said = shell.run(command)
            assert not any(text in said for text in FAILURES), f"{command}: {said}"
            assert said or command.startswith(("kill", "log ")), command
        shell.start(last)
        shell.guest.wait_for_power_off()
