// Upper and lower case of UTF-16 code units.
#include "nlsp.h"

WCHAR NTAPI RtlUpcaseUnicodeChar(WCHAR SourceCharacter)
{
    if (SourceCharacter < 0x80)
        return RtlpAsciiUpper(SourceCharacter);
    const USHORT *Block = RtlpUpcaseBlocks[RtlpUpcaseIndex[SourceCharacter >> NLS_BLOCK_SHIFT]];
    return (WCHAR)(SourceCharacter + Block[SourceCharacter & NLS_BLOCK_MASK]);
}

WCHAR NTAPI RtlDowncaseUnicodeChar(WCHAR SourceCharacter)
{
    if (SourceCharacter < 0x80)
        return RtlpAsciiLower(SourceCharacter);
    const USHORT *Block = RtlpDowncaseBlocks[RtlpDowncaseIndex[SourceCharacter >> NLS_BLOCK_SHIFT]];
    return (WCHAR)(SourceCharacter + Block[SourceCharacter & NLS_BLOCK_MASK]);
}

// Upper case of a byte of the ANSI code page; a letter whose capital the page lacks stays.
CHAR NTAPI RtlUpperChar(CHAR Character)
{
    UCHAR Byte = (UCHAR)Character;
    if (Byte < 0x80)
        return (CHAR)RtlpAsciiUpper(Byte);
    WCHAR Upper = RtlUpcaseUnicodeChar(RtlpAnsiToUnicodeChar(Byte));
    UCHAR Result = RtlpUnicodeToAnsiChar(Upper);
    return (CHAR)(RtlpAnsiToUnicodeChar(Result) == Upper ? Result : Byte);
}
