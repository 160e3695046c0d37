#include "diskbench.h"

#include <string.h>

const char DbUsage[] =
    "usage: diskbench target [options]\n\n"
    "  target          a disk (PhysicalDrive0), a volume (D:) or a file\n"
    "  --block SIZE    bytes of a request, such as 512, 4K or 1M\n"
    "  --depth N       requests under way at once (1 to 256)\n"
    "  --random        anywhere in the target; --sequential: one after the other\n"
    "  --write         writes; --mix PERCENT: that part of the requests writes\n"
    "  --destroy       writes even over partitions, volumes and files\n"
    "  --seconds N     how long a test takes (5)\n"
    "  --requests N    ends after so many requests\n"
    "  --every N       shows the speed of every N seconds\n"
    "  --offset SIZE, --length SIZE  the part of the target\n"
    "  --plain         a service a request and a completion port, instead of an I/O ring\n"
    "  --json          the results as JSON\n\n"
    "Without --block, --depth, --random, --sequential, --write or --mix: reads 4K at random and 1M in\n"
    "sequence, each with little and with much under way.\n";

// A number with K, M, G or T behind it (of 1024).
static bool DbParseSize(const char *Text, uint64_t *Size)
{
    static const char Suffixes[] = "kmgt";
    uint64_t Value = 0;
    if (*Text < '0' || *Text > '9')
        return false;
    for (; *Text >= '0' && *Text <= '9'; Text++) {
        if (Value > (UINT64_MAX - 9) / 10)
            return false;
        Value = Value * 10 + (uint64_t)(*Text - '0');
    }
    if (*Text) {
        const char *Suffix = strchr(Suffixes, *Text | 0x20);
        uint32_t Shift = Suffix ? 10 * (uint32_t)(Suffix - Suffixes + 1) : 0;
        if (!Suffix || Text[1] || Value > UINT64_MAX >> Shift)
            return false;
        Value <<= Shift;
    }
    *Size = Value;
    return true;
}

enum { DbIsSuite = 1, DbTakesSize = 2 };

typedef struct _DB_OPTION {
    const char *Name;
    uint32_t Flags;
    uint64_t Least, Most; // of the number
    void (*Set)(DB_OPTIONS *Options, uint64_t Value);
} DB_OPTION;

#define SETTER(Name, Statement)                           \
    static void Name(DB_OPTIONS *Options, uint64_t Value) \
    {                                                     \
        (void)Value;                                      \
        Statement;                                        \
    }
SETTER(DbSetBlock, Options->Block = (uint32_t)Value)
SETTER(DbSetDepth, Options->Depth = (uint32_t)Value)
SETTER(DbSetRandom, Options->Sequential = false)
SETTER(DbSetSequential, Options->Sequential = true)
SETTER(DbSetWrite, Options->WritePercent = 100)
SETTER(DbSetMix, Options->WritePercent = (uint32_t)Value)
SETTER(DbSetDestroy, Options->Destroy = true)
SETTER(DbSetSeconds, Options->Seconds = (uint32_t)Value)
SETTER(DbSetRequests, Options->Requests = Value)
SETTER(DbSetEvery, Options->Every = (uint32_t)Value)
SETTER(DbSetOffset, Options->Offset = Value)
SETTER(DbSetLength, Options->Length = Value)
SETTER(DbSetPlain, Options->Plain = true)
SETTER(DbSetJson, Options->Json = true)

static const DB_OPTION DbOptions[] = {
    {"--block", DbTakesSize, 512, DB_MAX_BLOCK, DbSetBlock},
    {"--depth", DbTakesSize, 1, DB_MAX_DEPTH, DbSetDepth},
    {"--random", 0, 0, 0, DbSetRandom},
    {"--sequential", 0, 0, 0, DbSetSequential},
    {"--write", 0, 0, 0, DbSetWrite},
    {"--mix", DbTakesSize, 0, 100, DbSetMix},
    {"--destroy", DbIsSuite, 0, 0, DbSetDestroy},
    {"--seconds", DbIsSuite | DbTakesSize, 1, 86400, DbSetSeconds},
    {"--requests", DbIsSuite | DbTakesSize, 1, UINT64_MAX, DbSetRequests},
    {"--every", DbIsSuite | DbTakesSize, 1, 86400, DbSetEvery},
    {"--offset", DbIsSuite | DbTakesSize, 0, INT64_MAX, DbSetOffset},
    {"--length", DbIsSuite | DbTakesSize, 512, INT64_MAX, DbSetLength},
    {"--plain", DbIsSuite, 0, 0, DbSetPlain},
    {"--json", DbIsSuite, 0, 0, DbSetJson},
};

static const DB_OPTION *DbFindOption(const char *Word)
{
    for (size_t i = 0; i < sizeof(DbOptions) / sizeof(DbOptions[0]); i++) {
        if (!strcmp(DbOptions[i].Name, Word))
            return &DbOptions[i];
    }
    return NULL;
}

static const char *DbCheckOptions(const DB_OPTIONS *Options)
{
    if (!*Options->Target)
        return "no target is named";
    if (Options->Block % 512 || Options->Offset % 512)
        return "blocks and offsets are multiples of 512";
    return NULL;
}

const char *DbParseOptions(int Count, char **Words, DB_OPTIONS *Options, const char **Word)
{
    *Word = "";
    *Options = (DB_OPTIONS){.Block = 4096, .Depth = 1, .Seconds = 5, .Suite = true};
    for (int i = 0; i < Count; i++) {
        const DB_OPTION *Option = DbFindOption(Words[i]);
        uint64_t Value = 0;
        *Word = Words[i];
        if (!Option && Words[i][0] == '-')
            return "there is no such option";
        if (!Option) {
            if (*Options->Target || strlen(Words[i]) >= sizeof(Options->Target))
                return "there is one target";
            strcpy(Options->Target, Words[i]);
            continue;
        }
        if (Option->Flags & DbTakesSize) {
            if (++i == Count || !DbParseSize(Words[i], &Value))
                return "a number is missing behind it";
            if (Value < Option->Least || Value > Option->Most)
                return "the number is too small or too large";
        }
        Option->Set(Options, Value);
        if (!(Option->Flags & DbIsSuite))
            Options->Suite = false;
    }
    *Word = Options->Target;
    return DbCheckOptions(Options);
}
