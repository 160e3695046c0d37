// The runtime library in the real ntdll.dll: what belongs to a process. Its pure parts are tested on the
// build machine (tests/unit/rtl).

#include "suite.h"

static const TEST Tests[] = {
    {"environment variables are set, changed and removed", TestEnvironmentSet},
    {"an environment variable that is not there", TestEnvironmentMissing},
    {"a buffer too small for an environment variable", TestEnvironmentSmallBuffer},
    {"a copy of the environment", TestEnvironmentClone},
    {"expanding environment variables", TestEnvironmentExpand},
    {"many environment variables", TestEnvironmentMany},
    {"kinds of paths", TestPathTypes},
    {"full paths", TestFullPaths},
    {"native paths", TestNtPaths},
    {"names of DOS devices", TestDeviceNames},
    {"the current directory", TestCurrentDirectory},
    {"the parameters of this process", TestOwnParameters},
    {"making process parameters", TestMakeParameters},
    {"a child gets its parameters", TestChildParameters},
    {"fiber-local values", TestFlsValues},
    {"fiber-local values are a thread's own", TestFlsOfThreads},
    {"freeing a fiber-local slot calls back", TestFlsFreeCalls},
    {"fiber-local slots that are none", TestFlsBadIndex},
    {"the version", TestVersion},
    {"comparing with the version", TestVerifyVersion},
    {"times agree with one another", TestTimes},
    {"encoded pointers", TestPointers},
    {"errors of a thread", TestErrors},
    {"the error mode of a thread", TestErrorMode},
    {"debug output", TestDebugPrint},
    {"filters of debug messages", TestDebugFilter},
    {"formatting messages", TestMessages},
    {"UTF-8", TestUtf8},
    {"ANSI strings", TestAnsi},
    {"code pages as sections", TestCodePageSection},
    {"the case table as section", TestCaseSection},
    {"sections of language tables that are not there", TestNlsBadParameters},
    {"atom tables", TestAtoms},
    {"atoms that are integers", TestIntegerAtoms},
    {"MD4 and MD5", TestHashes},
    {"event tracing when nobody listens", TestTracing},
};

static const TEST_CHILD Children[] = {{L"parameters", ChildParameters}};

const TEST_SUITE TestSuite = TEST_SUITE_WITH_CHILDREN(Tests, Children);

BOOLEAN RtlIsText(PCUNICODE_STRING String, PCWSTR Text)
{
    UNICODE_STRING Expected;
    RtlInitUnicodeString(&Expected, Text);
    if (RtlEqualUnicodeString(String, &Expected, FALSE))
        return TRUE;
    TestComment("it is '%wZ', not '%wZ'", String, &Expected);
    return FALSE;
}
