"""What QEMU's `info qtree` says: the buses and devices that it has put together, by their nesting."""

import re

NODE = re.compile(r"( *)(dev|bus): ([^,]*)(?:, id \"(.*)\")?$")
FUNCTION = re.compile(r"class .*, addr (\w+):(\w+)\.(\w+), pci id (\w+):(\w+) \(sub (\w+):(\w+)\)")
BAR = re.compile(r"bar (\d): (mem|i/o) at 0x(\w+) \[0x(\w+)\]")
PROPERTY = re.compile(r"([\w-]+) = (?:(\d+) \(0x.*\)|\"?([^\"]*)\"?)$")
ADDRESSES = 1 << 64


class Node:
    """A device or a bus."""

    def __init__(self, kind, name):
        self.kind, self.name = kind, name
        self.children, self.properties, self.lines = [], {}, []
        self.place = None               # bus, device, function: of a function of PCI
        self.identity = self.subsystem = None
        self.is_bridge = False
        self.regions = {}

    def take(self, line):
        self.lines.append(line)
        if match := FUNCTION.match(line):
            numbers = [int(number, 16) for number in match.groups()]
            self.place, self.identity, self.subsystem = tuple(numbers[:3]), tuple(numbers[3:5]), tuple(numbers[5:])
            self.is_bridge = line.startswith("class PCI bridge,")
        elif match := BAR.match(line):
            address, end = int(match[3], 16), int(match[4], 16)
            self.regions[int(match[1])] = ("io" if match[2] == "i/o" else "memory", address,
                                           (end + 1 - address) % ADDRESSES)
        elif match := PROPERTY.match(line):
            self.properties[match[1]] = int(match[2]) if match[2] else match[3]

    def walk(self):
        yield self
        for child in self.children:
            yield from child.walk()


def read(qmp):
    """The root, whose children are the buses that nothing is above."""
    root = Node("root", "")
    open_nodes = [(-1, root)]
    for line in qmp.execute("human-monitor-command", **{"command-line": "info qtree"}).splitlines():
        if match := NODE.match(line):
            depth, node = len(match[1]), Node(match[2], match[3])
            while open_nodes[-1][0] >= depth:
                open_nodes.pop()
            open_nodes[-1][1].children.append(node)
            open_nodes.append((depth, node))
        else:
            open_nodes[-1][1].take(line.strip())
    return root


def functions(qmp):
    """{(bus, device, function): {"id", "subsystem", "regions"}}, as machines.query has it; sizes and addresses only.
    For bridges QEMU shows another register as the subsystem's."""
    return {node.place: {"id": node.identity, "regions": node.regions,
                         **({"subsystem": node.subsystem} if any(node.subsystem) and not node.is_bridge else {})}
            for node in read(qmp).walk() if node.place}


def trees(qmp):
    """Of each root bridge that has something: {(device, function): (vendor, device id, the same of what is behind)}."""
    def behind(node):
        return {child.place[1:]: (*child.identity, behind_device(child))
                for child in node.children if child.place}

    def behind_device(device):
        found = {}
        for bus in device.children:
            found |= behind(bus)
        return found

    roots = [bus for device in read(qmp).walk() if device.kind == "dev" and not device.place
             for bus in device.children]
    return [tree for bus in roots if (tree := behind(bus))]
