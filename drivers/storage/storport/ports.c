// Registers and ports for images that import these routines: sources use the macros of <storportext.h>.
#include "storportp.h"

#undef StorPortReadPortUchar
#undef StorPortReadPortUshort
#undef StorPortReadPortUlong
#undef StorPortWritePortUchar
#undef StorPortWritePortUshort
#undef StorPortWritePortUlong
#undef StorPortReadRegisterUchar
#undef StorPortReadRegisterUshort
#undef StorPortReadRegisterUlong
#undef StorPortReadRegisterUlong64
#undef StorPortWriteRegisterUchar
#undef StorPortWriteRegisterUshort
#undef StorPortWriteRegisterUlong
#undef StorPortWriteRegisterUlong64
#undef StorPortReadPortBufferUchar
#undef StorPortReadPortBufferUshort
#undef StorPortReadPortBufferUlong
#undef StorPortWritePortBufferUchar
#undef StorPortWritePortBufferUshort
#undef StorPortWritePortBufferUlong
#undef StorPortReadRegisterBufferUchar
#undef StorPortReadRegisterBufferUshort
#undef StorPortReadRegisterBufferUlong
#undef StorPortWriteRegisterBufferUchar
#undef StorPortWriteRegisterBufferUshort
#undef StorPortWriteRegisterBufferUlong

#define STOR_PORT_ACCESS(Suffix, Type, READ, WRITE)                                       \
    Type NTAPI StorPortReadPort##Suffix(PVOID Extension, Type *Port);                     \
    Type NTAPI StorPortReadPort##Suffix(PVOID Extension, Type *Port)                      \
    {                                                                                     \
        UNREFERENCED_PARAMETER(Extension);                                                \
        return READ(Port);                                                                \
    }                                                                                     \
    VOID NTAPI StorPortWritePort##Suffix(PVOID Extension, Type *Port, Type Value);        \
    VOID NTAPI StorPortWritePort##Suffix(PVOID Extension, Type *Port, Type Value)         \
    {                                                                                     \
        UNREFERENCED_PARAMETER(Extension);                                                \
        WRITE(Port, Value);                                                               \
    }                                                                                     \
    VOID NTAPI StorPortReadPortBuffer##Suffix(PVOID Extension, Type *Port, Type *Buffer,  \
                                              ULONG Count);                               \
    VOID NTAPI StorPortReadPortBuffer##Suffix(PVOID Extension, Type *Port, Type *Buffer,  \
                                              ULONG Count)                                \
    {                                                                                     \
        UNREFERENCED_PARAMETER(Extension);                                                \
        while (Count--)                                                                   \
            *Buffer++ = READ(Port);                                                       \
    }                                                                                     \
    VOID NTAPI StorPortWritePortBuffer##Suffix(PVOID Extension, Type *Port, Type *Buffer, \
                                               ULONG Count);                              \
    VOID NTAPI StorPortWritePortBuffer##Suffix(PVOID Extension, Type *Port, Type *Buffer, \
                                               ULONG Count)                               \
    {                                                                                     \
        UNREFERENCED_PARAMETER(Extension);                                                \
        while (Count--)                                                                   \
            WRITE(Port, *Buffer++);                                                       \
    }

STOR_PORT_ACCESS(Uchar, UCHAR, READ_PORT_UCHAR, WRITE_PORT_UCHAR)
STOR_PORT_ACCESS(Ushort, USHORT, READ_PORT_USHORT, WRITE_PORT_USHORT)
STOR_PORT_ACCESS(Ulong, ULONG, READ_PORT_ULONG, WRITE_PORT_ULONG)

#define STOR_REGISTER_ACCESS(Suffix, Type)                                                         \
    Type NTAPI StorPortReadRegister##Suffix(PVOID Extension, volatile Type *Register);             \
    Type NTAPI StorPortReadRegister##Suffix(PVOID Extension, volatile Type *Register)              \
    {                                                                                              \
        UNREFERENCED_PARAMETER(Extension);                                                         \
        return *Register;                                                                          \
    }                                                                                              \
    VOID NTAPI StorPortWriteRegister##Suffix(PVOID Extension, volatile Type *Register,             \
                                             Type Value);                                          \
    VOID NTAPI StorPortWriteRegister##Suffix(PVOID Extension, volatile Type *Register, Type Value) \
    {                                                                                              \
        UNREFERENCED_PARAMETER(Extension);                                                         \
        *Register = Value;                                                                         \
    }                                                                                              \
    VOID NTAPI StorPortReadRegisterBuffer##Suffix(PVOID Extension, volatile Type *Register,        \
                                                  Type *Buffer, ULONG Count);                      \
    VOID NTAPI StorPortReadRegisterBuffer##Suffix(PVOID Extension, volatile Type *Register,        \
                                                  Type *Buffer, ULONG Count)                       \
    {                                                                                              \
        UNREFERENCED_PARAMETER(Extension);                                                         \
        while (Count--)                                                                            \
            *Buffer++ = *Register++;                                                               \
    }                                                                                              \
    VOID NTAPI StorPortWriteRegisterBuffer##Suffix(PVOID Extension, volatile Type *Register,       \
                                                   Type *Buffer, ULONG Count);                     \
    VOID NTAPI StorPortWriteRegisterBuffer##Suffix(PVOID Extension, volatile Type *Register,       \
                                                   Type *Buffer, ULONG Count)                      \
    {                                                                                              \
        UNREFERENCED_PARAMETER(Extension);                                                         \
        while (Count--)                                                                            \
            *Register++ = *Buffer++;                                                               \
    }

STOR_REGISTER_ACCESS(Uchar, UCHAR)
STOR_REGISTER_ACCESS(Ushort, USHORT)
STOR_REGISTER_ACCESS(Ulong, ULONG)
