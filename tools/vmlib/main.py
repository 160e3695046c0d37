"""The command line of tools/vm."""

import argparse
import pathlib
import signal
import sys

from . import commands, options, samples
from .errors import VmError


def add_command(subparsers, name, function):
    parser = subparsers.add_parser(name, help=function.__doc__, description=function.__doc__)
    options.add_machine_options(parser)
    parser.set_defaults(function=function)
    return parser


def make_parser():
    parser = argparse.ArgumentParser(
        prog="vm", description="Run Proteus in QEMU and drive it.")
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")

    add_command(subparsers, "run", commands.run)

    command = add_command(subparsers, "debug", commands.debug)
    command.add_argument("commands", nargs="*", metavar="COMMAND", help="of gdb, which ends behind the last")

    command = add_command(subparsers, "exec", commands.execute)
    options.add_prompt_options(command)
    command.add_argument("--power-off", metavar="COMMAND",
                         help="end with this command, after which the guest must power off; "
                              "without it the machine is switched off")
    command.add_argument("commands", nargs="+", metavar="COMMAND")

    command = add_command(subparsers, "test", commands.test)
    command.add_argument("name", metavar="NAME", help="test program, or a path to one")

    command = add_command(subparsers, "shot", commands.shot)
    options.add_prompt_options(command)
    command.add_argument("--after", type=float, metavar="S",
                         help="wait so long instead of waiting for the prompt")
    command.add_argument("file", type=pathlib.Path, metavar="FILE.png")
    command.add_argument("commands", nargs="*", metavar="COMMAND")
    command.set_defaults(firmware=None)

    command = add_command(subparsers, "bench", commands.bench)
    command.add_argument("--wall-clock", action="store_true",
                         help="real time instead of counted instructions")
    command.add_argument("--json", type=pathlib.Path, metavar="FILE")
    command.add_argument("name", metavar="NAME", help="benchmark program, or a path to one")
    return parser


def parse(parser, words):
    """Commands may stand behind options that follow others of them, which argparse gives back."""
    arguments, rest = parser.parse_known_args(words)
    if rest and (not hasattr(arguments, "commands") or any(word.startswith("-") for word in rest)):
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    if rest:
        arguments.commands += rest
    return arguments


def main(words):
    parser = make_parser()
    arguments = parse(parser, words)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, frame: sys.exit(128 + number))  # QEMU must not outlive us
    try:
        options.check(arguments)
        if arguments.samples:
            arguments.disks += samples.disks(arguments.build)
        return arguments.function(arguments)
    except argparse.ArgumentError as error:
        parser.error(str(error))
    except VmError as error:
        commands.say(error)
        return 3
    except KeyboardInterrupt:
        return 130
    finally:
        sys.stdout.flush()
