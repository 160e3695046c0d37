# The front door. Every target first sees to the packages it needs (tools/packages.txt).
#
# make               build everything
# make run           boot it in QEMU (ARGS='--memory 1G --disk nvme:FILE': tools/vm run --help)
# make test          build and test (TESTS=pattern)
# make image         an installed disk, build/proteus.img
# make iso           build/proteus.iso, for a CD or a USB stick
# make sdk           what it takes to build programs and drivers elsewhere
# make release       all three with checksums (CHECK=1: are two builds the same?)
# make debug         gdb on the whole system
# make bench         measure, beside Linux
# make soak          the long tests
# make lint          check the sources; make format formats them
# make screenshots   the pictures of docs/
# make clean         remove the build
# make help          this list. KERNEL=FILE takes another seL4 kernel, BUILD=DIR another folder

BUILD ?= build
KERNEL ?=
TESTS ?=
ARGS ?=
JOBS ?=

NINJA = ninja -C '$(BUILD)' $(if $(JOBS),-j$(JOBS))
VM_OPTIONS = --build '$(BUILD)' $(if $(KERNEL),--kernel '$(KERNEL)')

.PHONY: all help packages configure image iso sdk release run debug screenshots test soak bench lint format clean
all: configure
	@$(NINJA)

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

packages:
	@tools/install-packages

configure: packages
	@test -f '$(BUILD)/build.ninja' || cmake -G Ninja -S . -B '$(BUILD)'

# A disk on which the system is installed: make run ARGS='--boot disk --disk ahci:build/proteus.img'
image: all
	@tools/mkimage $(VM_OPTIONS) installed '$(BUILD)/proteus.img'
	@echo '$(BUILD)/proteus.img'

# For a CD or a USB stick, BIOS and UEFI.
iso: all
	@tools/mkimage $(VM_OPTIONS) iso '$(BUILD)/proteus.iso'
	@echo '$(BUILD)/proteus.iso'

# What it takes to build programs and drivers without this tree.
sdk: all
	@tools/mksdk --build '$(BUILD)' '$(BUILD)/proteus-sdk.tar.gz'
	@echo '$(BUILD)/proteus-sdk.tar.gz'

# All three with checksums. CHECK=1 builds a second time, from nothing and elsewhere, and compares.
release: all
	@tools/mkrelease $(VM_OPTIONS) $(if $(CHECK),--check)

# UEFI, the screen in a window where there is a display, the serial console here, disks to try things on.
run: all
	@tools/vm run $(VM_OPTIONS) --firmware uefi --window auto --samples $(ARGS)

# gdb, with the machine stopped before its first instruction.
debug: all
	@tools/vm debug $(VM_OPTIONS) $(ARGS)

# The pictures of docs/, of this build.
screenshots: all
	@tools/screenshots --build '$(BUILD)'

test: all
	@tools/test --build '$(BUILD)' $(if $(KERNEL),--kernel '$(KERNEL)') $(ARGS) $(TESTS)

# What reads a device's or a disk's data.
STORAGE_FUZZERS = partmgr/partmgr-fuzz classpnp/classpnp-fuzz stornvme/stornvme-fuzz storahci/storahci-fuzz

# The long forms of the tests: hours, not minutes.
soak: all
	@for program in kernel-hostile-long native-fuzz-long native-leak-long \
	    drivers-fuzz-long; do \
	    tools/vm test $(VM_OPTIONS) --timeout 3600 $(ARGS) $$program || exit 1; done
	@/usr/bin/python3 -m pytest -v --tb=short -p no:cacheprovider --soak -m soak --build='$(BUILD)' \
	    $(if $(KERNEL),--kernel='$(KERNEL)') $(if $(TESTS),-k '$(TESTS)') tests/system

bench: all
	@tools/bench $(VM_OPTIONS) $(ARGS)
	@$(if $(ARGS),,tools/bench-files $(VM_OPTIONS) --rounds 1)

lint: all
	@tools/lint --build '$(BUILD)' $(ARGS)

format: packages
	@tools/lint --fix-format

# Only a folder that CMake made is removed, whatever BUILD says.
clean:
	@if [ -f '$(BUILD)/CMakeCache.txt' ]; then rm -rf -- '$(BUILD)'; fi
