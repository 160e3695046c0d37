#include "filebench.h"

#include <string.h>

static const char FbUsage[] =
    "filebench VOLUME [--only TEXT] [--files N] [--megabytes N] [--copy N] [--passes N]\n"
    "Measures files on a volume (in a folder that it makes and removes): a line of JSON a test.\n"
    "  --only TEXT     tests with this in their name\n"
    "  --files N       files of the tests with many (default 1000)\n"
    "  --megabytes N   size of the file that is read and written (default 16)\n"
    "  --copy N        size of the file that is copied (default 16)\n"
    "  --pressure      measure nothing: take all memory, and read and write meanwhile\n"
    "  --passes N      over the file in the cache (default 4)\n";

static bool FbParseNumber(const char *Word, uint32_t *Number)
{
    uint32_t Value = 0;
    for (; *Word >= '0' && *Word <= '9' && Value < 100000000; Word++)
        Value = Value * 10 + (uint32_t)(*Word - '0');
    *Number = Value;
    return !*Word && Value;
}

static bool FbParse(int Count, char **Words, FB_OPTIONS *Options)
{
    const struct {
        const char *Word;
        uint32_t *Number;
    } Numbers[] = {
        {"--files", &Options->Files},
        {"--megabytes", &Options->Megabytes},
        {"--copy", &Options->CopyMegabytes},
        {"--passes", &Options->Passes},
    };
    for (int i = 0; i < Count; i++) {
        uint32_t *Number = NULL;
        for (size_t n = 0; n < sizeof(Numbers) / sizeof(Numbers[0]); n++) {
            if (!strcmp(Words[i], Numbers[n].Word))
                Number = Numbers[n].Number;
        }
        if (Number) {
            if (++i == Count || !FbParseNumber(Words[i], Number))
                return false;
        } else if (!strcmp(Words[i], "--pressure")) {
            Options->Pressure = true;
        } else if (!strcmp(Words[i], "--only")) {
            if (++i == Count)
                return false;
            Options->Only = Words[i];
        } else if (Words[i][0] != '-' && !Options->Volume) {
            Options->Volume = Words[i];
        } else {
            return false;
        }
    }
    return Options->Volume != NULL;
}

int FbMain(int Count, char **Words)
{
    FB_OPTIONS Options = {.Files = 1000, .Megabytes = 16, .CopyMegabytes = 16, .Passes = 4};
    bool Help = Count == 1 && !strcmp(Words[0], "/?");
    if (Help || !FbParse(Count, Words, &Options)) {
        FbPrint("%s", FbUsage);
        return Help ? 0 : 1;
    }
    return FbRunTests(&Options);
}
