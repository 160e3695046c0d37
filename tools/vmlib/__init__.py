"""What tools/vm, tools/test and tools/bench share: QEMU, boot images, the console, TAP."""
