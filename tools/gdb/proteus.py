"""Commands for gdb on a running system: proteus processes, threads, executive, program, modules.

The kernel's and the Executive's symbols are loaded by `tools/vm debug`. The Executive's memory can be read while it is the
process that runs: the commands run the machine until it is.
"""

import pathlib
import struct

import gdb

EXECUTIVE_BASE, EXECUTIVE_SIZE = 0x10000000, 1 << 24
IMAGE_BASE_OFFSET = 0x18        # in the optional header of a PE32+
PEB_OF_TEB, LDR_OF_PEB, LOAD_ORDER_OF_LDR = 0x60, 0x18, 0x10
BASE_OF_ENTRY, NAME_OF_ENTRY = 0x30, 0x58       # LDR_DATA_TABLE_ENTRY
MODULES = 256
KERNEL_EXIT = "restore_current"     # of our kernel
EXITS, STEPS = 10_000, 64           # ways out of the kernel until one is a program's; instructions on such a way


def read(address, size):
    return bytes(gdb.selected_inferior().read_memory(address, size))


def read_number(address):
    return struct.unpack("<Q", read(address, 8))[0]


def in_executive():
    try:
        return read(EXECUTIVE_BASE, 2) == b"MZ" and 0 < int(gdb.parse_and_eval("$pc")) - EXECUTIVE_BASE < EXECUTIVE_SIZE
    except gdb.MemoryError:
        return False


def run_to(function):
    gdb.execute("set suppress-cli-notifications on")
    stop = gdb.Breakpoint(function, gdb.BP_HARDWARE_BREAKPOINT, internal=True, temporary=True)
    stop.silent = True
    gdb.execute("continue", to_string=True)
    gdb.execute("set suppress-cli-notifications off")


def goes_to_program():
    """Whether the thread that the kernel is about to run is neither the Executive nor idle."""
    address = int(gdb.parse_and_eval("kernel.current->context.next_ip"))
    idle = gdb.parse_and_eval("kernel.current == kernel.idle")
    return not idle and not 0 <= address - EXECUTIVE_BASE < EXECUTIVE_SIZE


def leave_kernel():
    """From the kernel's exit to the first instruction behind it. False: the way led back into the kernel."""
    for _ in range(STEPS):
        gdb.execute("with suppress-cli-notifications on -- stepi", to_string=True)
        if int(gdb.parse_and_eval("$cs")) & 3:
            return True
    return False


def enter_executive():
    """The Executive tells the time to all with every clock alarm."""
    if in_executive():
        return
    run_to("KiClockInterrupt")


def unicode_string(value):
    length = int(value["Length"])
    return read(int(value["Buffer"]), length).decode("utf-16-le", "replace") if length else ""


def entries(head, type_name, link):
    """The structures on a LIST_ENTRY."""
    kind = gdb.lookup_type(type_name)
    offset = next(field.bitpos // 8 for field in kind.fields() if field.name == link)
    address, place = int(head.address), int(head["Flink"])
    while place and place != address:
        entry = gdb.Value(place - offset).cast(kind.pointer()).dereference()
        yield entry
        place = int(entry[link]["Flink"])


def processes():
    return entries(gdb.parse_and_eval("PsActiveProcessHead"), "EPROCESS", "ActiveProcessLinks")


def base_name(process):
    return unicode_string(process["ImageFileName"]).rsplit("\\", 1)[-1] or "System"


class Proteus(gdb.Command):
    """What runs in the system."""

    def __init__(self):
        super().__init__("proteus", gdb.COMMAND_STATUS, prefix=True)


class Executive(gdb.Command):
    """Run the machine until the Executive runs."""

    def __init__(self):
        super().__init__("proteus executive", gdb.COMMAND_RUNNING)

    def invoke(self, _argument, _from_tty):
        enter_executive()
        gdb.execute("frame")


class Program(gdb.Command):
    """Run the machine until a program runs."""

    def __init__(self):
        super().__init__("proteus program", gdb.COMMAND_RUNNING)

    def invoke(self, _argument, _from_tty):
        try:
            gdb.parse_and_eval(f"&{KERNEL_EXIT}")
        except gdb.error as error:
            raise gdb.GdbError("not with this kernel: how it leaves for a program is known of ours only") from error
        for _ in range(EXITS):
            run_to(KERNEL_EXIT)
            if goes_to_program() and leave_kernel():
                print(f"{int(gdb.parse_and_eval('$pc')):#x}")
                return
        raise gdb.GdbError("no program has anything to do")


class Processes(gdb.Command):
    """List the processes: id, parent, threads, image."""

    def __init__(self):
        super().__init__("proteus processes", gdb.COMMAND_STATUS)

    def invoke(self, _argument, _from_tty):
        enter_executive()
        print(f"{'id':>6} {'parent':>6} {'threads':>7}  EPROCESS           image")
        for process in processes():
            print(f"{int(process['UniqueProcessId']):6} {int(process['InheritedFromUniqueProcessId']):6} "
                  f"{int(process['ActiveThreads']):7}  {int(process.address):#018x} {base_name(process)}")


class Threads(gdb.Command):
    """List the threads: proteus threads [process id]."""

    def __init__(self):
        super().__init__("proteus threads", gdb.COMMAND_STATUS)

    def invoke(self, argument, _from_tty):
        enter_executive()
        print(f"{'process':>7} {'thread':>6} {'prio':>4}  ETHREAD            where")
        for process in processes():
            if argument and int(argument, 0) != int(process["UniqueProcessId"]):
                continue
            for thread in entries(process["ThreadListHead"], "ETHREAD", "ThreadListEntry"):
                where = "waits in the Executive" if int(thread["Fiber"]) else "in the program"
                print(f"{int(process['UniqueProcessId']):7} {int(thread['Cid']['UniqueThread']):6} "
                      f"{int(thread['Priority']):4}  {int(thread.address):#018x} {base_name(process)}: {where}")


class Modules(gdb.Command):
    """List the modules of the process that runs now and load their symbols: proteus modules [build folder]."""

    def __init__(self):
        super().__init__("proteus modules", gdb.COMMAND_FILES)

    def invoke(self, argument, _from_tty):
        build = pathlib.Path(argument or gdb.convenience_variable("build").string())
        symbols = {path.name.removesuffix(".debug").lower(): path for path in build.rglob("*.debug")}
        teb = int(gdb.parse_and_eval("(unsigned long)$gs_base"))
        try:
            head = read_number(read_number(teb + PEB_OF_TEB) + LDR_OF_PEB) + LOAD_ORDER_OF_LDR
            place = read_number(head)
        except gdb.MemoryError:
            raise gdb.GdbError("no program runs now: stop the machine in one") from None
        for _ in range(MODULES):
            if place == head:
                break
            length, _, _, buffer = struct.unpack("<HHIQ", read(place + NAME_OF_ENTRY, 16))
            name = read(buffer, length).decode("utf-16-le", "replace")
            base = read_number(place + BASE_OF_ENTRY)
            print(f"{base:#018x} {name}")
            self.load(symbols.get(name.lower()), base)
            place = read_number(place)

    @staticmethod
    def load(file, base):
        if not file:
            return
        header = file.read_bytes()[:4096]
        optional = struct.unpack_from("<I", header, 0x3C)[0] + 24
        linked_at = struct.unpack_from("<Q", header, optional + IMAGE_BASE_OFFSET)[0]
        gdb.execute(f"add-symbol-file {file} -o {base - linked_at}", to_string=True)


for command in (Proteus, Executive, Program, Processes, Threads, Modules):
    command()
