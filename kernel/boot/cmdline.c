// The kernel's command line (manual, "Boot Command-line Arguments").
#include "boot.h"

static bool is_blank(char character)
{
    return character == ' ' || (character >= '\t' && character <= '\r');
}

// What is behind the key if the word begins with it, else null.
static const char *match_key(const char *word, const char *key)
{
    while (*key && *word == *key) {
        word++;
        key++;
    }
    if (*key)
        return nullptr;
    if (*word == '=')
        return word + 1;
    return !*word || is_blank(*word) ? word : nullptr;
}

const char *cmdline_find(const char *line, const char *key)
{
    while (*line) {
        while (is_blank(*line))
            line++;
        const char *value = match_key(line, key);
        if (value)
            return value;
        while (*line && !is_blank(*line))
            line++;
    }
    return nullptr;
}

static int digit_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    char lower = digit | 0x20;
    if (lower >= 'a' && lower <= 'f')
        return lower - 'a' + 10;
    return 16;
}

bool cmdline_number(const char *line, const char *key, word_t *number)
{
    const char *text = cmdline_find(line, key);
    if (!text)
        return false;
    int base = 10;
    if (text[0] == '0' && (text[1] | 0x20) == 'x') {
        base = 16;
        text += 2;
    }

    const char *start = text;
    word_t value = 0;
    for (; digit_value(*text) < base; text++)
        value = value * (word_t)base + (word_t)digit_value(*text);
    if (text == start || (*text && *text != ',' && !is_blank(*text)))
        return false;
    *number = value;
    return true;
}
