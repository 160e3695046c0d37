// hal.dll exports what it imports from ntoskrnl.exe: its code is the linker's jumps.
extern const int HalpImageHasCode;
const int HalpImageHasCode = 1;
