"""The command interpreter in the system: its batch language, built-in commands, redirections, messages."""

import re

import pytest

IMAGE = "tests/system/shell/shell-scripts.elf"


@pytest.fixture
def shell(vm, build):
    """Types commands in one boot; returns the output of each."""
    def run(*commands):
        words = []
        for number, command in enumerate(commands):
            words += [command, f"echo ==={number}==="]
        result = vm("exec", "--root", build / IMAGE, "cd \\Windows\\Scripts", *words)
        assert result.returncode == 0, result.stderr
        return re.split(r"===\d+===\n", result.stdout)[:-1]
    return run


def lines(text):
    return [line.rstrip() for line in text.splitlines() if line.strip()]


def test_language(shell):
    output, again = shell("language", "language.bat & echo after")
    assert lines(output) == [
        "a&b", '"c & d"', "50%", "The slow brown fox / quick / fox / brown fox",
        "percent 1 delayed 2", "same", "nothing is not defined", "10 3 31 16",
        "Divide by zero error.", "still here", "level 5", "and", "or 0", "line joined", "n is local"]
    assert lines(again) == [*lines(output), "after"]


def test_syntax(shell):
    """Each statement of the language's documentation, by a batch file that tells what is not so."""
    output, level = shell("syntax", "echo %errorlevel%")
    assert re.fullmatch(r"all of \d+ as they should be\n", output), output
    assert level == "0\n"


def test_arguments(shell):
    output, level = shell('arguments a "b c" d', "echo %errorlevel%")
    assert lines(output) == [
        '0=arguments.bat 1=a 2=b c all=a "b c" d',
        "drive=C: path=\\Windows\\Scripts\\ full=C:\\Windows\\Scripts\\arguments.bat",
        '1="b c" 0=a', "rest b c", "rest d"]
    assert level == "12\n"


def test_calls(shell):
    output, level = shell("calls", "echo %errorlevel%")
    assert lines(output) == [
        ":sub got one and two three, value=inner", "back with 3, value=outer", "other x y",
        "other gave 9", "chained last"]
    assert level == "4\n"


def test_loops(shell):
    (output,) = shell("loops")
    assert lines(output) == ["one", "two three", "four", "count 10", "count 7", "count 4", "count 1",
                             "key= a value", "x2", "y2", "abc", "done"]


def test_files(shell):
    (output,) = shell("files")
    assert lines(output) == [
        "C:\\Windows\\Scripts", "words.txt has 44 bytes, is C:\\Windows\\Scripts\\words.txt",
        "directory ..\\System32", "2-beta", "1-alpha", "3-gamma", "[gamma, 3]", "words.txt exists",
        "none.txt does not", "..\\system32 is a directory", "none is not", "by way of 3", "by cmd", "beta, 2", "alpha, 1", "; no comment here", "gamma, 3",
        "---------- WORDS.TXT", "beta, 2", "; no comment here", "2", "---------- WORDS.TXT",
        "[1]beta, 2", "; no comment here", "alpha, 1", "beta, 2", "gamma, 3", "gamma, 3", "beta, 2",
        "alpha, 1", "; no comment here", "words.txt", "first: beta, 2",
        "none.txt: The system cannot find the file specified.", "type failed with 0", "dir failed",
        "new.txt: The media is write protected.", "write failed"]


def test_registry(shell):
    (output,) = shell("registry")
    done = "The operation completed successfully."
    missing = "The system cannot find the registry key or value specified."
    full = "HKEY_LOCAL_MACHINE\\SOFTWARE\\ShellTest"
    assert [" ".join(line.split()) for line in lines(output)] == [
        *[done] * 7, full, "Text REG_SZ some text", "Number REG_DWORD 0x10", "Big REG_QWORD 0x12a05f200",
        "List REG_MULTI_SZ one\\0two\\0", "Bytes REG_BINARY 00FF10", f"{full}\\Sub",
        full, "Number REG_DWORD 0x10", f"{full}\\Sub", "(Default) REG_SZ unnamed", "text: not data of the type REG_DWORD.",
        "bad data refused", done, f"Text: {missing}", "gone", full,
        "Number REG_DWORD 0x10", "Big REG_QWORD 0x12a05f200", "List REG_MULTI_SZ one\\0two\\0",
        "Bytes REG_BINARY 00FF10", f"{full}\\Sub", "(Default) REG_SZ unnamed", f"{full}\\Sub",
        "(Default) REG_SZ unnamed", done, done, f"HKLM\\SOFTWARE\\ShellTest: {missing}", "all gone"]


def test_registry_asks(shell):
    """Without /f, from a file that says nothing, the answer is no."""
    key = "HKLM\\SOFTWARE\\ShellAsk"
    outputs = shell(f"reg add {key} /v a /d 1", f"reg add {key} /v a /d 2 <nul", f"reg delete {key} <nul",
                    f"reg query {key}", f"reg delete {key} /va /v a", f"reg query {key} /q")
    assert outputs[1] == "Value a exists, overwrite (Yes/No)? Nothing was changed.\n"
    assert outputs[2].endswith("all below it (Yes/No)? Nothing was changed.\n")
    assert outputs[3].split() == ["HKEY_LOCAL_MACHINE\\SOFTWARE\\ShellAsk", "a", "REG_SZ", "1"]
    assert outputs[4].startswith("usage: reg {query | add | delete")
    assert outputs[5].startswith("usage: reg ")


def test_registry_roots(shell):
    outputs = shell("reg query hkcu\\Environment /v temp", "reg query HKCU\\", "reg query HKEY_USERS",
                    "reg query HKCR\\nowhere", "reg query HKXX\\Environment", "reg query \\Registry\\Machine\\")
    assert outputs[0].split() == ["HKEY_CURRENT_USER\\Environment", "TEMP", "REG_EXPAND_SZ", "%SystemRoot%\\TEMP"]
    assert outputs[1].startswith("\nHKEY_CURRENT_USER\\") and "HKEY_CURRENT_USER\\Environment\n" in outputs[1]
    assert "HKEY_USERS\\.DEFAULT\n" in outputs[2]
    assert outputs[3] == "HKCR\\nowhere: The system cannot find the registry key or value specified.\n"
    assert outputs[4] == "HKXX\\Environment: Invalid key name.\n"
    assert "\\Registry\\Machine\\SOFTWARE\n" in outputs[5], outputs[5]


def test_keys_of_classes_and_of_the_hardware_profile(shell):
    outputs = shell("reg query HKCR\\.txt", "reg query HKEY_CLASSES_ROOT\\txtfile\\shell /s", "reg query HKCC", "assoc .txt", "ftype txtfile",
                    "reg add HKCC\\Software\\Mine /v a /d 1", 'reg query "HKLM\\SYSTEM\\CurrentControlSet\\Hardware Profiles\\0001" /s')
    assert outputs[0].split() == ["HKEY_CLASSES_ROOT\\.txt", "(Default)", "REG_SZ", "txtfile"]
    assert '\nHKEY_CLASSES_ROOT\\txtfile\\shell\\open\\command\n' in outputs[1]
    assert outputs[2] == "\nHKEY_CURRENT_CONFIG\\Software\nHKEY_CURRENT_CONFIG\\System\n"
    assert outputs[3] == ".txt=txtfile\n" and outputs[4] == 'txtfile=%SystemRoot%\\System32\\edit.exe "%1"\n'
    assert "Hardware Profiles\\0001\\Software\\Mine\n" in outputs[6] and "Profiles\\Current" not in outputs[6]


def test_binary_data_is_shown_whole(shell):
    data = "00FF10" + "5A" * 100
    (_, shown) = shell(f"reg add HKLM\\SOFTWARE\\ShellLong /v b /t REG_BINARY /d {data}", "reg query HKLM\\SOFTWARE\\ShellLong /v b")
    assert shown.split()[-1] == data, shown


def test_programs_tell_what_they_do(shell):
    """Each that a person may run; spin.exe is of these tests."""
    names = [name.removesuffix(".exe") for name in shell("dir /b %SystemRoot%\\System32\\*.exe")[0].split()]
    names = [name for name in names if name not in ("autochk", "drvhost", "ntoskrnl", "smss", "spin")]
    assert {"acpi", "disks", "edit", "pci", "shell", "shutdown", "volumes"} <= set(names)
    for name, said in zip(names, shell(*(f"{name} /? && echo and ends well" for name in names)), strict=True):
        assert re.search(rf"\b{name}\b", said, re.IGNORECASE), said
        assert len(said.splitlines()) > 2 and said.endswith("and ends well\n"), said


def test_there_is_one_session_manager(shell):
    said, after = shell("smss || echo refused", "echo still here")
    assert said.startswith("smss: the session manager is running already\n") and said.endswith("refused\n"), said
    assert after == "still here\n"


def test_help(shell):
    everything, command, switch, wrong, unknown, keyword = shell(
        "help", "help dir", "dir /?", "ps now", "help nosuch", "if /?")
    for title in ("Scripts", "Files and text", "System", "Console", "Programs"):
        assert f"\n{title}\n" in "\n" + everything
    for name in ("call", "dir", "reg", "ver", "edit", "format"):
        assert re.search(rf"^  {name} +\S", everything, re.MULTILINE), name
    assert command == switch and command.startswith("lists files\n\ndir [path ...]")
    assert wrong == "usage: ps\n" or wrong == "usage: ps \n"
    assert unknown.startswith("There is no command nosuch")
    assert "if [/i] [not] condition" in keyword


def test_command_line(shell):
    outputs = shell("echo a&echo b", "echo %nosuch% 100%", "for %i in (1 2) do @echo [%i]",
                    "set /a 6*7", "nosuch arguments", "echo %errorlevel%", "(echo a& echo b)>nul",
                    "echo x 1>&2", "if 1==2 (echo y) else echo n", "set nosuch",
                    "ver && echo yes || echo no", "echo %cd% & cd ..\\System32 & cd")
    assert outputs == [
        "a\nb\n", "%nosuch% 100%\n", "[1]\n[2]\n", "42\n",
        "'nosuch' is not recognized as an internal or external command,\n"
        "operable program or batch file.\n", "9009\n", "", "x \n", "n\n",
        "Environment variable nosuch not defined\n", outputs[10],
        "C:\\Windows\\Scripts \nC:\\Windows\\System32\n"]
    assert outputs[10].startswith("Proteus [Version ") and outputs[10].endswith("]\nyes \n")


def test_messages(shell):
    outputs = shell("cd \\nowhere", "cd words.txt", "type ..\\System32", "C:\\nosuch.exe",
                    "..\\System32\\ntdll.dll", "kill 9999", "objects \\nosuch", "drivers now", "load", "start",
                    "echo x > C:\\Windows\\new.txt", "dir *.none", "kill nosuch")
    assert outputs[0] == "The system cannot find the path specified.\n"
    assert outputs[1] == "This is a file, not a directory.\n"
    assert outputs[2] == "..\\System32: This is a directory, not a file.\n"
    assert outputs[3].startswith("'C:\\nosuch.exe' is not recognized")
    assert outputs[4] == "..\\System32\\ntdll.dll: This is not a program that can be run here.\n"
    assert outputs[5] == "9999: There is no such process.\n"
    assert outputs[6] == "\\nosuch: There is no such directory of objects.\n"
    assert outputs[7].startswith("usage: drivers") and outputs[8] == "usage: load driver\n"
    assert outputs[9].startswith("usage: start ")
    assert outputs[10] == "C:\\Windows\\new.txt: The media is write protected.\n"
    assert outputs[11].endswith("File Not Found\n")
    assert outputs[12] == "nosuch: There is no such process.\n"


def test_drives_that_are_not_there(shell):
    drive, path = "The system cannot find the drive specified.\n", "The system cannot find the path specified.\n"
    outputs = shell("z:", "cd z:", "cd /d z:", "pushd Z:", "cd /d z:\\x", "cd z:\\x", "dir z:", "dir z:\\*.txt", "vol z:", "type z:", "cd",
                    "z: || echo %errorlevel%")
    assert outputs[:4] == [drive] * 4 and outputs[4:9] == [path] * 5
    assert outputs[9].startswith("z: The ") and outputs[10] == "C:\\Windows\\Scripts\n"
    assert outputs[11].startswith(drive)


def test_loops_show_what_they_run(shell):
    """Unless it begins with @; not where another program reads it."""
    outputs = shell("for %i in (a b) do echo [%i]", "for /l %i in (1,1,2) do @echo %i",
                    "(for %i in (b a) do echo %i)| sort", "for /f %i in ('(for %j in (x^) do echo %j^)') do @echo [%i]")
    assert outputs[0] == "\nC:\\Windows\\Scripts>echo [a]\n[a]\n\nC:\\Windows\\Scripts>echo [b]\n[b]\n"
    assert outputs[1] == "1\n2\n" and outputs[2] == "a\nb\n" and outputs[3] == "[x]\n"


def test_directories(shell):
    outputs = shell("pushd ..", "cd", "pushd System32\\..", "cd", "pushd", "popd & popd & cd", "popd || echo none",
                    "pushd nowhere", "cd /d C:\\ & cd", "c:")
    assert outputs[:5] == ["", "C:\\Windows\n", "", "C:\\Windows\n", "C:\\Windows\nC:\\Windows\\Scripts\n"]
    assert outputs[5:9] == ["C:\\Windows\\Scripts\n", "none\n",
                            "The system cannot find the path specified.\n", "C:\\\n"]


def test_drivers_are_named(shell):
    outputs = shell("load nosuch", "echo %errorlevel%", "unload nosuch", "drivers")
    assert outputs[0].startswith("nosuch: ") and outputs[1] == "1\n"
    assert outputs[2].startswith("nosuch: ") and outputs[3]
    images = re.findall(r"^[0-9a-f]{16} +[0-9a-f]+  (?:.*\\)?(.+)$", outputs[3], re.MULTILINE)
    assert "ntoskrnl.exe" in images and images == sorted(images, key=str.lower), images


def test_handles_of_one_process(shell):
    counts, lists, none, zero, nobody = shell("handles", "for /f \"skip=1\" %i in ('handles') do @handles %i", "handles 4", "handles 0",
                                              "handles 9999")
    counted = sum(int(line.split()[1]) for line in counts.splitlines()[1:])
    listed = re.findall(r"^ +[0-9a-f]+  access [0-9a-f]{8}", lists, re.MULTILINE)
    assert counted and abs(len(listed) - counted) < 8       # those of the shell that counts, too
    assert none == "" and zero == "0: There is no such process.\n" and nobody == "9999: There is no such process.\n"


def test_listings(shell):
    outputs = shell("dir /b *.txt", "dir/b/s \\Windows\\Scripts\\w*", "dir /ad /b ..", "dir /w *.txt *.cmd",
                    "dir /a:-d /b \\", "dir /s \\Windows\\Scripts", "dir *.txt")
    assert outputs[0] == "words.txt\n"
    assert outputs[1] == "C:\\Windows\\Scripts\\words.txt\n"
    assert "Scripts\n" in outputs[2] and "words.txt" not in outputs[2]
    assert "words.txt" in outputs[3] and "chained.cmd" in outputs[3]
    assert outputs[4] == "File Not Found\n"
    assert re.search(r"\n     Total Files Listed:\n +\d+ File\(s\) +[\d,]+ bytes\n +\d+ Dir\(s\)", outputs[5])
    assert re.search(r" Directory of C:\\Windows\\Scripts\n\n.* 44 words\.txt\n +1 File\(s\) +44 bytes\n", outputs[6])


def test_endless_calls_end(shell):
    output, level, after = shell("endless", "echo %errorlevel%", "echo here")
    assert output == "The calls are nested too deeply.\n"
    assert level == "1\n" and after == "here\n"


def test_system_commands(shell):
    outputs = shell("date /t", "time /t", "uptime", "mem", "handles", "objects \\??", "path",
                    "where shell ver", "echo %date%T%time% %random%", "title x", "color 1f", "color",
                    "cls")
    assert re.fullmatch(r"\w{3} \d{4}-\d\d-\d\d\n", outputs[0])
    assert re.fullmatch(r"\d\d:\d\d:\d\d\.\d\d\n", outputs[1])
    assert re.fullmatch(r"up 0 days, 0:\d\d:\d\d\n", outputs[2])
    assert "physical memory" in outputs[3] and re.search(r"^ +\d+ +\d+$", outputs[4], re.MULTILINE)
    assert "C: -> " in outputs[5] and outputs[6].startswith("PATH=C:\\Windows\\System32;")
    assert lines(outputs[7])[0].lower() == "c:\\windows\\system32\\shell.exe"
    assert lines(outputs[7])[1] == "ver is a command of the shell"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d \d+\n", outputs[8])


def test_programs(shell):
    outputs = shell("shell /c exit 5", "echo %errorlevel%", 'shell /c "echo a & echo b"',
                    '"C:\\Windows\\System32\\shell.exe" /q /c "echo quoted"', "shell other.bat 1 2",
                    "shell /v:on /c set x=1^& echo !x!", "start /wait other.bat 3 4",
                    "shell /c echo out > nul", "set v=1&shell /c set v")
    assert outputs[1:6] == ["5\n", "a \nb\n", "quoted\n", "other 1 2\n", "1\n"]
    assert outputs[6] == "other 3 4\n" and outputs[7] == "" and outputs[8] == "v=1\n"


def test_start_and_kill(shell):
    started, running, killed, gone = shell(
        "start spin /c for /l %i in (1,0,2) do @rem", "ps", "kill spin", "ps")
    assert re.fullmatch(r"process \d+\n", started)
    assert "spin.exe" in running and killed == "" and "spin.exe" not in gone


def test_reading(vm, build):
    """set /p asks, and what is typed next is its answer."""
    result = vm("exec", "--root", build / IMAGE, 'set /p "v=proteus> "', "typed text", "echo [%v%]")
    assert result.returncode == 0, result.stderr
    assert "[typed text]\n" in result.stdout


def test_nested_shell(vm, build):
    result = vm("exec", "--root", build / IMAGE, "set v=inner", "shell", "echo %v%", "exit", "ver")
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("Proteus [Version") == 2 and "inner\n" in result.stdout


def test_pipes(shell):
    devices, output, shown = shell("objects \\Device", "pipes", "(echo b& echo a)| sort")
    if "NamedPipe" not in devices:
        pytest.skip("this build has no named pipes")
    assert lines(output) == ["one", "a", "b", "c", "gamma, 3", "beta, 2", "alpha, 1", "system Proteus",
                             "found beta, 2", "not found, 0",
                             "'nosuchcommand' is not recognized as an internal or external command,",
                             "x&", "y&"]
    assert shown == "a\nb\n"


def test_trace_shows_the_requests_of_a_command(vm, tmp_path):
    disk = tmp_path / "disk.img"
    with open(disk, "wb") as file:
        file.truncate(16 << 20)
    result = vm("exec", "--disk", f"nvme:{disk}", "trace io hexdump c:\\nothing",
                "trace io diskbench PhysicalDrive0 --block 4k --depth 1 --requests 8", "trace", "echo %errorlevel%")
    assert result.returncode == 0, result.stderr
    # A file that is not there; a program's reads of a disk; wrong usage.
    assert re.search(r" create +\\Device\\BootVolume\\nothing  status c000003\w$", result.stdout, re.MULTILINE), result.stdout
    reads = re.findall(r"^ +[\d.]+ +\d+ +[1-9]\d*  read +\\Device\\Harddisk0\\DR0 4096 at (\d+)$", result.stdout, re.MULTILINE)
    assert len(reads) == 8, result.stdout
    assert "usage: trace io command" in result.stdout
