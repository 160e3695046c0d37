"""What is to be built: of a project file, or of a folder of sources."""

import dataclasses
import pathlib

from . import vcxproj
from .errors import BuildError

SOURCES = (".c", ".cpp", ".cxx", ".cc", ".s")
SUFFIXES = {"driver": ".sys", "native": ".exe", "console": ".exe"}
ENTRIES = ("GsDriverEntry", "DriverEntry")      # the first comes to the second


@dataclasses.dataclass
class Source:
    path: pathlib.Path
    includes: list
    defines: list
    forced: list = dataclasses.field(default_factory=list)
    standard: str = "gnu23"                     # of C

    def is_cplusplus(self):
        return self.path.suffix.lower() in (".cpp", ".cxx", ".cc")


@dataclasses.dataclass
class Target:
    name: str
    kind: str                                   # driver, native, console
    folder: pathlib.Path
    sources: list
    resources: list = dataclasses.field(default_factory=list)
    libraries: list = dataclasses.field(default_factory=list)
    entry: str = ""
    exports: pathlib.Path | None = None
    foreign: bool = False                       # a project, written for Windows' compiler

    def file_name(self):
        return self.name if "." in self.name else self.name + SUFFIXES[self.kind]


def of_folder(folder, kind):
    """All sources of a folder; they are compiled as those of this tree, as C23."""
    sources = [Source(path, [], []) for path in sorted(folder.iterdir())
               if path.suffix.lower() in SOURCES]
    resources = [Source(path, [], []) for path in sorted(folder.glob("*.rc"))]
    return Target(folder.resolve().name, kind or "driver", folder, sources, resources)


def folders_of(project, text):
    found = [vcxproj.find_file(project.folder, name) for name in vcxproj.split_list(text)]
    return [folder for folder in found if folder and folder.is_dir()]


def source_of(project, path, metadata):
    if not path.is_file():
        raise BuildError(f"{path} does not exist")
    defines = vcxproj.split_list(metadata.get("preprocessordefinitions", ""))
    if project.get("CharacterSet") == "Unicode":
        defines += ["UNICODE", "_UNICODE"]
    forced = [vcxproj.find_file(project.folder, name) or name
              for name in vcxproj.split_list(metadata.get("forcedincludefiles", ""))]
    return Source(path, folders_of(project, metadata.get("additionalincludedirectories", "")),
                  defines, forced, standard="gnu17")


def kind_of(project):
    kind = project.get("ConfigurationType")
    if kind == "Driver":
        if project.get("DriverType") not in ("", "WDM", "ExportDriver", "Miniport"):
            raise BuildError(f"drivers of type {project.get('DriverType')} need libraries that the "
                             "system does not have")
        return "driver"
    if kind != "Application":
        raise BuildError(f"{project.path}: a project of type {kind or 'Makefile'} cannot be built")
    return "native" if project.definition("Link", "SubSystem") == "Native" else "console"


def of_project(path, configuration, kind):
    project = vcxproj.Project(path, configuration)
    sources = [source_of(project, *item) for item in project.files("ClCompile")]
    resources = [source_of(project, *item) for item in project.files("ResourceCompile")]
    entry = project.definition("Link", "EntryPointSymbol")
    exports = project.definition("Link", "ModuleDefinitionFile")
    return Target(
        name=project.get("TargetName"),
        kind=kind or kind_of(project),
        folder=project.folder,
        sources=sources,
        resources=resources,
        libraries=vcxproj.split_list(project.definition("Link", "AdditionalDependencies")),
        entry=ENTRIES[1] if entry in ENTRIES else entry,
        exports=vcxproj.find_file(project.folder, exports) if exports else None,
        foreign=True,
    )


def find(path, configuration, kind):
    """PATH is a project, a folder with one, or a folder of sources."""
    if path.is_dir():
        projects = sorted(path.glob("*.vcxproj"))
        if len(projects) > 1:
            names = ", ".join(project.name for project in projects)
            raise BuildError(f"{path} has several projects, name one: {names}")
        if not projects:
            target = of_folder(path, kind)
        else:
            target = of_project(projects[0], configuration, kind)
    elif path.suffix.lower() == ".vcxproj" and path.is_file():
        target = of_project(path, configuration, kind)
    else:
        raise BuildError(f"{path} is neither a folder nor a .vcxproj")
    if not target.sources:
        raise BuildError(f"no sources in {path}")
    return target
