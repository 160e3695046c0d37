"""The shell's file commands on a FAT volume, and the clock."""

import datetime
import os
import re
import subprocess
import time

import pytest

from test_console import prompt


def run(*command):
    environment = dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin", MTOOLS_SKIP_CHECK="1")
    return subprocess.run([str(part) for part in command], env=environment, check=True, capture_output=True).stdout


@pytest.fixture
def volume(tmp_path):
    """A volume with a few files; tmp_path has them, too."""
    disk = tmp_path / "disk.img"
    run("mkfs.vfat", "-n", "FILES", "-C", disk, str(16 << 10))
    for age, (name, size) in enumerate([("small.txt", 10), ("LARGE.bin", 1234567), ("middle one.txt", 5000), ("hidden.sys", 7)]):
        file = tmp_path / name
        file.write_bytes(os.urandom(size))
        moment = datetime.datetime(2020 + age, 5, 1 + age, 12, 30).timestamp()
        os.utime(file, (moment, moment))
        run("mcopy", "-m", "-i", disk, file, f"::{name}")
    run("mattrib", "+h", "-i", disk, "::hidden.sys")
    run("mmd", "-i", disk, "::folder", "::folder/below")
    run("mcopy", "-m", "-i", disk, tmp_path / "small.txt", "::folder/below/deep.txt")
    return disk


@pytest.fixture
def shell(vm, volume):
    """Types commands in one boot; returns the output of each."""
    def type_all(*commands):
        words = []
        for number, command in enumerate(commands):
            words += [command, f"echo ==={number}==="]
        result = vm("exec", "--disk", f"nvme:{volume}", "D:", *words)
        assert result.returncode == 0, result.stderr
        return re.split(r"===\d+===\n", result.stdout)[:-1]
    return type_all



def test_each_drive_keeps_its_directory(shell):
    outputs = shell("cd folder", "c:", "cd windows", "cd d:", "cd d:\\folder\\below & cd", "dir /b d:", "d:", "cd",
                    "cd d:\\nowhere", "cd c:\\nowhere", "cd /d c:\\ & cd")
    assert outputs[3:6] == ["D:\\folder\n", "C:\\Windows\n", "deep.txt\n"]
    assert outputs[7] == "D:\\folder\\below\n"
    assert outputs[8] == outputs[9] == "The system cannot find the path specified.\n"
    assert outputs[10] == "C:\\\n"


def test_pairs_stay_together(shell, volume, tmp_path):
    """Characters of two UTF-16 words, also where the parts meet in which a long text is written."""
    text = "x" * 4095 + "\N{GRINNING FACE}" * 5000
    (tmp_path / "wide.txt").write_text(text, encoding="utf-8")
    run("mcopy", "-i", volume, tmp_path / "wide.txt", "::wide.txt")
    shell('type wide.txt | find "x" > typed.txt', "sync")
    assert run("mtype", "-i", volume, "::typed.txt").decode() == text + "\r\n"


def test_renaming_to_another_device(shell):
    """Refused, as often as one likes: the file that stands for the target is let go once."""
    outputs = shell("(for /l %i in (1,1,300) do @ren small.txt con) 2> said.txt", 'find /c "to a different disk drive" said.txt',
                    "dir /b small.txt")
    assert outputs[1].endswith(": 300\n") and outputs[2] == "small.txt\n"


def test_lines_in_files(shell, volume, tmp_path):
    """What commands print has Windows' ends of lines in files and pipes; type changes nothing."""
    (tmp_path / "bytes.bin").write_bytes(bytes(range(256)) * 100 + b"\n\n\r")
    (tmp_path / "words.txt").write_bytes("\N{BYTE ORDER MARK}wide \N{GRINNING FACE}\r\n".encode("utf-16-le"))
    run("mcopy", "-i", volume, tmp_path / "bytes.bin", tmp_path / "words.txt", "::")
    outputs = shell("echo one > 1.txt & (echo two & echo.) >> 1.txt", "(echo b& echo a) | sort > 2.txt",
                    "shutdown /? > 3.txt", "type bytes.bin > bytes2.bin", "type words.txt > words2.txt",
                    "for /f %i in (2.txt) do @echo [%i]", "set /p line=< 1.txt", "echo [%line%]",
                    "(for /l %i in (1,0,2) do @echo endless) | rem", "sync")
    assert run("mtype", "-i", volume, "::1.txt") == b"one  \r\ntwo \r\n\r\n"
    assert run("mtype", "-i", volume, "::2.txt") == b"a\r\nb\r\n"
    told = run("mtype", "-i", volume, "::3.txt")
    assert told.count(b"\n") == told.count(b"\r\n") > 3
    assert run("mtype", "-i", volume, "::bytes2.bin") == (tmp_path / "bytes.bin").read_bytes()
    assert run("mtype", "-i", volume, "::words2.txt").decode() == "wide \N{GRINNING FACE}\r\n"
    assert outputs[5:] == ["[a]\n[b]\n", "", "[one  ]\n", "", ""]


def test_a_full_disk(shell, volume):
    """What finds no room says so, whichever command it is."""
    outputs = shell("for /l %i in (1,1,14) do @type LARGE.bin >> most", "help > help.txt || echo not written",
                    "help > help.txt & echo %errorlevel%", "echo a > none.txt & del most & echo a > some.txt && echo written",
                    "(for /l %i in (1,1,600) do @echo x > name%i) 2>&1 | find \"name509:\"", "sync")
    full = "There is not enough space on the disk.\n"
    assert outputs[0] and not outputs[0].replace(full, "")
    assert outputs[1] == f"{full}not written\n" and full in outputs[2]
    assert outputs[3].endswith("written\n")
    assert outputs[4] == "name509: The directory or file cannot be created.\n"  # there are 512 entries in the root
    assert run("mtype", "-i", volume, "::some.txt") == b"a  \r\n"


def test_dir(shell):
    outputs = shell("dir", "dir /b /o:n", "dir /b /o-s /a-d", "dir /b/od", "dir /b /oge", "dir /b /a:h", "dir /b /ad",
                    "dir /s /b *.txt", "dir /w /on", "dir /-c LARGE.bin", "dir /tc small.txt", "dir /l /b L*",
                    "dir none", "dir /y", "set DIRCMD=/b /on& dir", "dir /s /-c")
    listing = outputs[0]
    assert listing.startswith(" Volume in drive D is FILES\n Volume Serial Number is ")
    assert "\n Directory of D:\\\n\n" in listing
    assert re.search(r"^2021-05-02  12:30 +1,234,567 LARGE\.bin$", listing, re.MULTILINE), listing
    assert re.search(r"^2\d{3}-\d\d-\d\d  \d\d:\d\d    <DIR>          folder$", listing, re.MULTILINE), listing
    assert "hidden" not in listing
    assert re.search(r"\n +3 File\(s\) +1,239,577 bytes\n +1 Dir\(s\) +[\d,]+ bytes free\n$", listing), listing
    names = ["folder", "LARGE.bin", "middle one.txt", "small.txt"]
    assert outputs[1].splitlines() == names
    assert outputs[2].splitlines() == ["LARGE.bin", "middle one.txt", "small.txt", "hidden.sys"]
    assert outputs[3].splitlines() == ["small.txt", "LARGE.bin", "middle one.txt", "folder"]
    assert outputs[4].splitlines() == ["folder", "LARGE.bin", *outputs[4].splitlines()[2:]]
    assert outputs[5].splitlines() == ["hidden.sys"] and outputs[6].splitlines() == ["folder"]
    assert sorted(outputs[7].splitlines()) == ["D:\\folder\\below\\deep.txt", "D:\\middle one.txt", "D:\\small.txt"]
    assert "[folder] " in outputs[8] and "\n Directory of D:\\\n\n[folder]" in outputs[8]
    assert "1234567 LARGE.bin" in outputs[9] and "1 File(s)" in outputs[10]
    assert outputs[11] == "large.bin\n" and outputs[12].endswith("File Not Found\n")
    assert outputs[13].startswith("usage: dir ") and outputs[14].splitlines() == names
    assert outputs[15].endswith("deep.txt\n"), outputs[15]


def test_changes(shell, volume, tmp_path):
    outputs = shell("copy LARGE.bin + small.txt both.bin /v", "copy /y *.txt folder", "xcopy folder copied /s /q /i",
                    "xcopy folder copied /s /d", "ren *.txt *.old", "move small.old folder\\moved.txt", "attrib +r LARGE.bin",
                    "del LARGE.bin", "attrib LARGE.bin", "del /f LARGE.bin", "rd folder", "rd /s /q folder\\below",
                    "fc /b both.bin copied\\small.txt", "tree copied /a /f", "vol", "label NEW NAME", "vol", "sync")
    assert "1 file(s) copied" in outputs[0] and "2 file(s) copied" in outputs[1]
    assert "3 File(s) copied" in outputs[2] and "0 File(s) copied" in outputs[3]
    assert "Access is denied" in outputs[7] or "cannot be deleted" in outputs[7]
    assert re.search(r"^A? +R +D:\\LARGE\.bin$", outputs[8], re.MULTILINE) and outputs[9] == ""
    assert "not empty" in outputs[10] and outputs[11] == "" and "deep.txt" in outputs[13]
    assert "is FILES" in outputs[14]
    run("fsck.vfat", "-n", volume)
    both = (tmp_path / "LARGE.bin").read_bytes() + (tmp_path / "small.txt").read_bytes()
    assert run("mtype", "-i", volume, "::both.bin") == both
    assert run("mtype", "-i", volume, "::folder/moved.txt") == (tmp_path / "small.txt").read_bytes()
    assert run("mtype", "-i", volume, "::copied/below/deep.txt") == (tmp_path / "small.txt").read_bytes()
    assert {"middle one.old", "hidden.sys", "both.bin"} <= {line[3:] for line in
                                                            run("mdir", "-b", "-a", "-i", volume, "::").decode().splitlines()}


def files(*names):
    """Makes them, each with its name in it."""
    def content(name):
        return re.sub("([&()])", r"^\1", name.rpartition("\\")[2])
    return " & ".join(f'(echo {content(name)})>"{name}"' for name in names)


def test_names(shell, volume):
    """With blanks, beyond ASCII, and what wildcards find."""
    outputs = shell("md names & cd names", files("größe 1.txt", "größe 2.txt", "日本.txt", "a.b.c.txt", "noext", "x&y(1).log"),
                    "dir /b /on", "dir /b *.txt", "dir /b gr*", "dir /b ?????", "dir /b *.", "dir /b größe?1.*", "dir /b *.b.*",
                    'type "größe 1.txt" 日本.txt', 'copy "größe ?.txt" "*.old"', "ren *.old neu*.dat", 'del "größe 1.txt" noext',
                    'ren "x&y(1).log" "x & y.log"', 'move 日本.txt "..\\日本 2.txt"', "dir /b /on", "cd \\ & rd names & echo there",
                    'for %i in ("names\\größe 2.txt") do @echo %~ni %~zi', "del names\\none.txt", "md names",
                    "ren names\\noext noext2 & ren names\\a.b.c.txt neuöße", "md \"a folder\\with blanks\\below\"",
                    'dir /b /s "a folder"', 'rd "a folder" /s /q & dir "a folder"', "md a?b & md con & copy names\\neu*.dat nul", "sync")
    assert outputs[2].splitlines() == ["a.b.c.txt", "größe 1.txt", "größe 2.txt", "noext", "x&y(1).log", "日本.txt"]
    assert sorted(outputs[3].splitlines()) == ["a.b.c.txt", "größe 1.txt", "größe 2.txt", "日本.txt"]
    assert sorted(outputs[4].splitlines()) == ["größe 1.txt", "größe 2.txt"] and outputs[5] == "noext\n" == outputs[6]
    assert outputs[7] == "größe 1.txt\n" and outputs[8] == "a.b.c.txt\n"
    assert outputs[9] == "\ngröße 1.txt\n\n\ngröße 1.txt\n\n日本.txt\n\n\n日本.txt\n"
    assert "2 file(s) copied." in outputs[10] and outputs[11] == outputs[12] == outputs[13] == "" and "1 file(s) moved." in outputs[14]
    assert sorted(outputs[15].splitlines()) == ["a.b.c.txt", "größe 2.txt", "neuße 1.dat", "neuße 2.dat", "x & y.log"]
    assert outputs[16] == "The directory is not empty.\nthere\n".replace("The", "names: The")
    assert outputs[17] == "größe 2 15\n" and outputs[18] == "Could Not Find D:\\names\\none.txt\n"
    assert outputs[19] == "A subdirectory or file names already exists.\n"
    assert "cannot find the file" in outputs[20] and outputs[21] == "" and outputs[22] == "D:\\a folder\\with blanks\n" \
        "D:\\a folder\\with blanks\\below\n"
    assert outputs[23].endswith("File Not Found\n"), outputs[23]
    assert outputs[24].count("syntax is incorrect") == 1 and "1 file(s) copied." in outputs[24], outputs[24]
    run("fsck.vfat", "-n", volume)
    assert "日本 2.txt" in run("mdir", "-b", "-i", volume, "::").decode()


def test_devices_by_name(shell, volume):
    outputs = shell("copy nul empty.txt", "copy small.txt nul", "echo to the screen > con", "copy nul con",
                    "(echo text)>t.txt & copy t.txt con", "type nul", "type t.txt > nul", "echo x > folder\\nul & dir /b folder",
                    "copy t.txt + t.txt + t.txt three.txt", "type three.txt", "copy three.txt+t.txt", "find /c \"text\" three.txt",
                    "type nul > piped.txt", "dir /b piped.txt", "if exist nul echo yes", "copy t.txt", "copy t.txt folder",
                    "copy t.txt folder\\none\\x", "copy none.txt x", "copy *.none x", "copy /z t.txt t2.txt /v /y", "copy t.txt folder\\*.bak",
                    "copy folder t3.txt /y", "copy *.txt none\\", "sync")
    assert "1 file(s) copied." in outputs[0] and "1 file(s) copied." in outputs[1] and outputs[2] == "to the screen \n"
    assert outputs[4] == "text\n        1 file(s) copied.\n", outputs[4]
    assert outputs[5] == outputs[6] == "" and outputs[7] == "below\n"
    assert outputs[8] == "t.txt\nt.txt\nt.txt\n        1 file(s) copied.\n" and outputs[9] == 3 * "text\n"
    assert outputs[11] == "\n---------- THREE.TXT: 4\n" and outputs[13] == "piped.txt\n" and outputs[14] == "yes\n"
    assert "cannot be copied onto itself.\n        0 file(s) copied." in outputs[15] and "1 file(s) copied." in outputs[16]
    assert "cannot find the path" in outputs[17] and "cannot find the file" in outputs[18] and "0 file(s)" in outputs[19]
    assert "1 file(s) copied." in outputs[20] and "1 file(s) copied." in outputs[21] and "folder\\t.bak\nfolder\\t.txt\n" in \
        "\n".join(sorted(outputs[22].splitlines())) + "\n"
    assert outputs[23] == "none\\: The system cannot find the path specified.\n        0 file(s) copied.\n", outputs[23]
    assert run("mtype", "-i", volume, "::empty.txt") == b""


def test_xcopy_switches(shell, volume):
    make = "md src\\one\\two src\\none & cd src & " + files("a.txt", "b.txt", "one\\c.txt", "one\\two\\d.log", "h.txt", "r.txt")
    outputs = shell(make + " & attrib +h h.txt & attrib +r r.txt & cd ..", "xcopy src d1 /i", "xcopy src d2\\ /s /q", "dir /s /b /on d2",
                    "xcopy src d3\\ /e /h /k /f", "attrib d3\\r.txt d3\\h.txt", "attrib d2\\r.txt", "xcopy src\\*.txt d4\\ /l",
                    "if not exist d4 echo nothing", "xcopy src d5\\ /t", "tree d5 /a", "xcopy src d6\\ /t /e", "tree d6 /a",
                    "(echo one\\two)>not.txt & xcopy src d7\\ /s /q /exclude:not.txt", "dir /s /b d7\\*.log", "xcopy src d2 /s /d",
                    "(echo newer)>src\\b.txt & xcopy src d2 /s /d /y", "attrib -a src\\* /s & attrib +a src\\a.txt & xcopy src d8\\ /s /m",
                    "xcopy src d8\\ /s /m", "xcopy src\\r.txt d3 /y", "xcopy src\\r.txt d3 /y /r /k", "xcopy src src\\one\\copy\\ /s",
                    "echo f| xcopy src\\a.txt single.txt", "type single.txt", "echo d| xcopy src\\a.txt double", "dir /b double",
                    "xcopy none d9\\", "xcopy src d9\\ /zz", "xcopy", "xcopy src\\*.txt d9\\*.bak /q & dir /b /on d9", "xcopy src d2 /u /y /q /s",
                    "xcopy src d9\\ /d:12-31-2099", "echo n| xcopy src\\a.txt d9\\ /p", "set COPYCMD=/-y& echo n| xcopy src\\a.txt d1", "sync")
    assert outputs[1] == "src\\a.txt\nsrc\\b.txt\nsrc\\r.txt\n3 File(s) copied\n", outputs[1]
    assert outputs[2] == "5 File(s) copied\n"
    assert outputs[3].splitlines() == [f"D:\\d2\\{name}" for name in ("a.txt", "b.txt", "one", "r.txt", "one\\c.txt", "one\\two",
                                                                       "one\\two\\d.log")]
    assert "D:\\src\\one\\two\\d.log -> D:\\d3\\one\\two\\d.log\n" in outputs[4] and "6 File(s) copied" in outputs[4]
    assert re.search(r"^A +R +D:\\d3\\r", outputs[5], re.MULTILINE) and re.search(r"^A +H +D:\\d3\\h", outputs[5], re.MULTILINE)
    assert re.search(r"^A +D:\\d2\\r", outputs[6]), outputs[6]
    assert outputs[7].endswith("\n3 File(s)\n") and outputs[8] == "nothing\n" and outputs[9] == "0 File(s) copied\n"
    assert outputs[10].splitlines()[2:] == ["D:\\D5", "\\---one", "    \\---two"]
    assert outputs[12].splitlines()[2:] == ["D:\\D6", "+---one", "|   \\---two", "\\---none"]
    assert outputs[13] == "4 File(s) copied\n" and "Not Found" in outputs[14] and outputs[15] == "0 File(s) copied\n"
    assert outputs[16] == "src\\b.txt\n1 File(s) copied\n" and outputs[17] == "src\\a.txt\n1 File(s) copied\n"
    assert outputs[18] == "0 File(s) copied\n" and "Access is denied" in outputs[19] and "1 File(s) copied" in outputs[20]
    assert outputs[21] == "Cannot perform a cyclic copy\n0 File(s) copied\n"
    assert "(F = file, D = directory)?" in outputs[22] and outputs[23] == "a.txt\n" and outputs[25] == "a.txt\n"
    assert outputs[26] == "File not found - none\n0 File(s) copied\n" and outputs[27] == "Invalid switch - /zz\n"
    assert outputs[28] == "Invalid number of parameters\n" and outputs[29] == "3 File(s) copied\na.bak\nb.bak\nr.bak\n"
    assert "5 File(s) copied" in outputs[30] and outputs[31] == "0 File(s) copied\n" and outputs[32].endswith("0 File(s) copied\n")
    assert "Overwrite d1\\a.txt? (Yes/No/All): " in outputs[33] and outputs[33].endswith("0 File(s) copied\n")
    run("fsck.vfat", "-n", volume)


def test_questions_and_views(shell, volume):
    make = files("one.txt", "two.txt", "sub\\three.txt")
    outputs = shell("md q\\sub & cd q & " + make, "echo n| del *", "echo y| del /p one.txt", "dir /b", "echo y| del sub & dir /b sub",
                    "echo n| rd /s sub & if exist sub echo kept", "echo y| rd /s sub & if not exist sub echo gone", "rd two.txt", "del /q *",
                    "(echo alpha)>a.txt & (echo Beta)>>a.txt & (echo gamma)>>a.txt & find /n /i \"B\" a.txt", "find /v \"a\" a.txt",
                    "find /i /c \"BETA\" a.txt", "type a.txt| find \"mm\"", "find nothing a.txt", "echo code %errorlevel%", "find",
                    "copy a.txt b.txt > nul & fc a.txt b.txt", "(echo delta)>>b.txt & fc /n a.txt b.txt", "fc /b a.txt b.txt",
                    "echo code %errorlevel%", "fc a.txt none.txt", "fc /c /w a.txt b.txt > nul", "echo code %errorlevel%",
                    "copy *.txt *.bak > nul & fc /b *.txt *.bak", "attrib +s +h a.txt & attrib", "dir /b & dir /b /a & dir /b /ash",
                    "attrib -s -h *.* /s & md d1\\d2 & attrib +h d1 /d & attrib d1 /d & dir /b /ad & dir /b /adh", "tree /f", "tree none",
                    "label D: TWO WORDS & vol D:", "echo third| label D: & vol D:", "(echo.& echo y)| label D:& vol D:", "hexdump a.txt",
                    "more a.txt", "type a.txt| more +2", "dir /b /-s /a:-d /o:n-s", "ren a.txt b.txt", "vol Q:", "del none*.*", "type none & type .", "sync")
    assert outputs[1] == "*, Are you sure (Y/N)? n\n" and "one.txt, Delete (Y/N)? " in outputs[2]
    assert outputs[3].splitlines() == ["sub", "two.txt"] and outputs[4].endswith("File Not Found\n"), outputs[4]
    assert outputs[5] == "sub, Are you sure (Y/N)? n\nkept\n" and outputs[6].endswith("gone\n") and "not a directory" in outputs[7]
    assert outputs[9] == "\n---------- A.TXT\n[2]Beta\n" and outputs[10] == "\n---------- A.TXT\n"
    assert outputs[11] == "\n---------- A.TXT: 1\n" and outputs[12] == "gamma\n" and outputs[13] == "\n---------- A.TXT\n" and outputs[14] == "code 1\n"
    assert outputs[15] == "FIND: Parameter format not correct\n"
    assert outputs[16] == "Comparing files a.txt and b.txt\nFC: no differences encountered\n\n"
    assert outputs[17] == ("Comparing files a.txt and b.txt\n***** a.txt\n    3:  gamma\n***** b.txt\n    3:  gamma\n    4:  delta\n"
                           "*****\n\n"), outputs[17]
    assert outputs[18].endswith("FC: b.txt longer than a.txt\n\n") and outputs[19] == "code 1\n"
    assert outputs[20] == "FC: cannot open none.txt - No such file or folder\n\n" and outputs[22] == "code 1\n"
    assert outputs[23].count("Comparing files") == outputs[23].count("no differences encountered") == 2
    assert re.search(r"^A  SH +D:\\q\\a\.txt$", outputs[24], re.MULTILINE), outputs[24]
    assert sorted(outputs[25].splitlines()) == 2 * ["a.bak"] + 2 * ["a.txt"] + 2 * ["b.bak"] + 2 * ["b.txt"], outputs[25]
    assert re.search(r"^ +H +D:\\q\\d1$", outputs[26], re.MULTILINE) and outputs[26].endswith("\nd1\nd1\n"), outputs[26]
    tree = outputs[27].splitlines()
    assert tree[0] == "Folder PATH listing for volume FILES" and tree[2] == "D:." and tree[-2:] == ["└───d1", "    └───d2"]
    assert sorted(tree[3:7]) == ["│   a.bak", "│   a.txt", "│   b.bak", "│   b.txt"] and tree[7] == "│   ", tree
    assert "Invalid path - " in outputs[28] and "No subfolders exist" in outputs[28]
    assert "Volume in drive D is TWO WORDS\n" in outputs[29] and "Volume label (11 characters, ENTER for none)? " in outputs[30]
    assert "is THIRD\n" in outputs[30] and "Delete current volume label (Y/N)? " in outputs[31] and "has no label." in outputs[31]
    assert outputs[32].startswith("00000000  61 6c 70 68 61 0d 0a 42-65 74 61 0d 0a 67 61 6d  alpha..Beta..gam\n")
    assert outputs[33] == "alpha\nBeta\ngamma\n" and outputs[34] == "Beta\ngamma\n"
    assert outputs[35].splitlines() == ["a.bak", "a.txt", "b.bak", "b.txt"] and "duplicate file name exists" in outputs[36]
    assert outputs[37] == "The system cannot find the path specified.\n"
    assert outputs[38] == "Could Not Find D:\\q\\none*.*\n"
    run("fsck.vfat", "-n", volume)


def test_findstr(shell):
    (_, _, *outputs) = shell(" & ".join(f"(echo {line})>>f.txt" for line in ("one fish", "two Fish", "red 42", "a.b")), "copy f.txt folder\\g.txt",
                             "findstr fish f.txt", "findstr /i FISH f.txt", 'findstr "red two" f.txt', 'findstr /c:"one f" f.txt', 'findstr /c:"one f" /c:"a.b" f.txt',
                             "findstr /n a.b f.txt", "findstr /l /n . f.txt", "findstr /r /c:\"[0-9][0-9]$\" f.txt", "findstr /v fish f.txt", "findstr /b a f.txt",
                             "findstr /e 2 f.txt", "findstr /xc:a.b f.txt", "findstr /sin fish *.txt", "findstr /m fish f.txt folder\\g.txt",
                             "findstr /o red f.txt", 'type f.txt| findstr "\\<Fish"', "findstr nothing f.txt || echo none", "findstr", "findstr /q x f.txt",
                             "findstr fish none.txt || echo %errorlevel%", "(echo fish)>p.txt & findstr /g:p.txt f.txt", "(echo f.txt)| findstr /f:/ fish",
                             "findstr /p fish LARGE.bin f.txt", 'findstr "^" f.txt| find /c /v ""')
    assert outputs[:12] == ["one fish\n", "one fish\ntwo Fish\n", "two Fish\nred 42\n", "one fish\n", "one fish\na.b\n", "4:a.b\n", "4:a.b\n", "red 42\n",
                            "two Fish\nred 42\na.b\n", "a.b\n", "red 42\n", "a.b\n"]
    assert sorted(outputs[12].splitlines()) == ["f.txt:1:one fish", "f.txt:2:two Fish", "folder\\g.txt:1:one fish", "folder\\g.txt:2:two Fish"]
    assert outputs[13] == "f.txt\nfolder\\g.txt\n" and outputs[14] == "20:red 42\n" and outputs[15] == "two Fish\n"
    assert outputs[16] == "none\n" and outputs[17] == outputs[18] == "FINDSTR: Bad command line\n"
    assert outputs[19].startswith("FINDSTR: Cannot open none.txt\n") and outputs[20:22] == ["one fish\n"] * 2
    assert outputs[22] == "f.txt:one fish\n" and outputs[23] == "4\n"


def test_sort_switches(shell):
    write = " & ".join(f"(echo {line})>>s.txt" for line in ("b 2", "A 3", "a 3", "c 1", "b 2"))
    outputs = shell(write, "sort s.txt /reverse", "sort /c s.txt", "sort s.txt /uniq /R", "sort /+3 s.txt", "sort s.txt /UNIQUE /o s.txt",
                    "type s.txt", "sort /o none\\x s.txt || echo %errorlevel%", "sort /x", "sort s.txt /o", "sort /+0", "sort none.txt",
                    "sort /t c:\\ /m 1000 /l C /rec 100 s.txt")
    assert outputs[1].splitlines() in (["c 1", "b 2", "b 2", *pair] for pair in (["A 3", "a 3"], ["a 3", "A 3"])), outputs[1]
    assert outputs[2].splitlines() == ["A 3", "a 3", "b 2", "b 2", "c 1"]
    assert [line.lower() for line in outputs[3].splitlines()] == ["c 1", "b 2", "a 3"]
    assert [line[2] for line in outputs[4].splitlines()] == ["1", "2", "2", "3", "3"]
    assert outputs[5] == "" and [line.lower() for line in outputs[6].splitlines()] == ["a 3", "b 2", "c 1"] and outputs[12] == outputs[6]
    assert "cannot find the path" in outputs[7] and all(output.startswith("usage: sort ") for output in outputs[8:11])
    assert "cannot find the file" in outputs[11]


def test_what_is_typed_and_asked(build, volume):
    """Keys of copy con, more and questions; and a page at a time."""
    with prompt(build, "--disk", f"nvme:{volume}") as shell:
        shell.hear("copy con D:\\typed.txt\r")
        shell.hear("first größe\r")
        shell.hear("second\r")
        assert "1 file(s) copied." in shell.type("\x1a\r")
        assert "first größe\nsecond\n" in shell.type("type D:\\typed.txt\r")
        assert "67 72-c3 b6 c3 9f 65 0d 0a 73" in shell.type("hexdump D:\\typed.txt\r")
        assert "Overwrite D:\\typed.txt? (Yes/No/All): " in shell.hear("copy D:\\small.txt D:\\typed.txt\r")
        assert "0 file(s) copied." in shell.type("n\r")
        assert "first größe" in shell.type("type D:\\typed.txt\r")
        assert "1 file(s) copied." in shell.type("copy /y D:\\small.txt D:\\typed.txt\r")
        shell.type('for /l %i in (1,1,300) do @echo line %i >> D:\\long.txt\r')
        heard = hear_all(shell, "more D:\\long.txt\r", "-- More (")
        rows = heard.count("line ")
        assert 10 < rows < 120 and f"line {rows} \n" in heard and f"line {rows + 1} " not in heard
        assert f"line {rows + 1} \n" in hear_all(shell, "\r", "-- More (")
        assert f"[Line: {rows + 2}]" in hear_all(shell, "=", "[Line:")
        assert f"line {2 * rows + 1} " in hear_all(shell, " ", "-- More (")
        heard = hear_all(shell, "s100\r", "-- More (")
        assert f"line {2 * rows + 102} " in heard and f"line {2 * rows + 2} " not in heard
        heard = hear_all(shell, "p3\r", "-- More (")
        assert heard.count("line ") == 3
        hear_all(shell, "q", "C:\\>")
        heard = hear_all(shell, "dir /p /s C:\\Windows\r", "Press any key")
        assert "Press any key" in heard
        hear_all(shell, "\x03", "C:\\>")
        shell.hear("del D:\\*\r")
        shell.type("n\r")
        assert "long.txt" in shell.type("dir /b D:\\\r")


def hear_all(shell, keys, text):
    """What is said until this text."""
    heard, end = shell.hear(keys), time.monotonic() + 60
    while text not in heard:
        assert time.monotonic() < end, heard
        heard += shell.hear("")
    return heard


def test_the_clock_is_set(shell):
    outputs = shell("date 2031-02-29", "date 2031-12-24", "time 23:45:10", "date /t", "time /t", "echo %date%",
                    "((echo 2030-06-07)|date)& echo.", "date /t", "echo x > late.txt", "dir late.txt", "time 25:00", "date /q")
    assert outputs[0] == "The system cannot accept the date entered.\n"
    assert outputs[1] == outputs[2] == "" and outputs[3] == "Wed 2031-12-24\n"
    assert outputs[4].startswith("23:45:") and outputs[5] == "2031-12-24\n"
    assert outputs[6].startswith("The current date is: Wed 2031-12-24\nEnter the new date: (yy-mm-dd) ")
    assert outputs[7] == "Fri 2030-06-07\n" and "2030-06-07  23:4" in outputs[9]
    assert outputs[10] == "The system cannot accept the time entered.\n" and outputs[11].startswith("usage: date ")


def test_mounting_in_a_folder(shell):
    """FAT has no mount points, as on Windows: nothing is changed, and what is wrong is said."""
    outputs = shell("mountvol D: /L", "mountvol d:\\folder D:", "mountvol d:\\folder X: ", "mountvol d:\\nowhere D:",
                    "mountvol d:\\small.txt D:", "mountvol d:\\folder /D", "mountvol d:\\folder /L", "dir /b d:\\folder")
    assert "Volume{" in outputs[0]
    assert outputs[1] == "mountvol: The file system of this folder has no mount points.\n"
    assert outputs[2] == outputs[3] == "mountvol: The system cannot find the file specified.\n"
    assert outputs[4] == "mountvol: This is a file, not a directory.\n"
    assert outputs[5] == outputs[6] == "mountvol: The file or directory is not a reparse point.\n"
    assert outputs[7] == "below\n"
