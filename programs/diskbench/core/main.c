#include "diskbench.h"

#include <string.h>

// What is usually asked of a disk.
static const struct {
    uint32_t Block, Depth;
    bool Sequential;
} DbSuite[] = {
    {4096, 1, false},
    {4096, 32, false},
    {1 << 20, 1, true},
    {1 << 20, 4, true},
};

// Of the target, or of a word of the command line.
static int DbComplain(const char *What, const char *Problem)
{
    DbPrintFormatted("diskbench: %s%s%s\n", What, *What ? ": " : "", Problem);
    return 1;
}

static int DbMeasure(const DB_OPTIONS *Options, bool First, bool Last)
{
    static DB_RESULT Result;
    DB_TARGET *Target;
    const char *Problem = DbOpenTarget(Options, &Target);
    if (Problem)
        return DbComplain(Options->Target, Problem);
    Problem = DbRun(Target, Options, &Result);
    DbCloseTarget(Target);
    if (Problem)
        return DbComplain(Options->Target, Problem);
    DbReport(Options, &Result, First, Last);
    return Result.Errors ? 2 : 0;
}

int DbMain(int Count, char **Words)
{
    DB_OPTIONS Options;
    if (Count == 1 && (!strcmp(Words[0], "/?") || !strcmp(Words[0], "--help"))) {
        DbPrint(DbUsage);
        return 0;
    }
    const char *Word, *Problem = DbParseOptions(Count, Words, &Options, &Word);
    if (Problem) {
        (void)DbComplain(Word, Problem);
        DbPrint(Count ? "diskbench /? tells of the options.\n" : DbUsage);
        return 1;
    }
    if (!Options.Suite)
        return DbMeasure(&Options, true, true);
    size_t Tests = sizeof(DbSuite) / sizeof(DbSuite[0]);
    for (size_t i = 0; i < Tests; i++) {
        Options.Block = DbSuite[i].Block;
        Options.Depth = DbSuite[i].Depth;
        Options.Sequential = DbSuite[i].Sequential;
        int Result = DbMeasure(&Options, i == 0, i + 1 == Tests);
        if (Result)
            return Result;
    }
    return 0;
}
