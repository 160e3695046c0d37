// Errors of invocations (manual, "Errors"). A decoder records one and returns error_syscall; only a
// Call is told about it.
#include "api.h"

error_t fail(seL4_Error type)
{
    kernel.syscall_error.type = type;
    return error_syscall;
}

error_t fail_argument(word_t number)
{
    kernel.syscall_error.invalid_argument = number;
    return fail(seL4_InvalidArgument);
}

error_t fail_cap(word_t number)
{
    kernel.syscall_error.invalid_cap = number;
    return fail(seL4_InvalidCapability);
}

error_t fail_range(word_t min, word_t max)
{
    kernel.syscall_error.range_min = min;
    kernel.syscall_error.range_max = max;
    return fail(seL4_RangeError);
}

error_t fail_lookup(bool was_source)
{
    kernel.syscall_error.lookup_was_source = was_source;
    return fail(seL4_FailedLookup);
}

error_t fail_memory(word_t bytes_left)
{
    kernel.syscall_error.memory_left = bytes_left;
    return fail(seL4_NotEnoughMemory);
}

word_t encode_lookup_failure(const lookup_failure_t *failure, word_t words[lookup_failure_words])
{
    words[0] = failure->type;
    words[1] = failure->bits_left;
    switch (failure->type) {
    case seL4_MissingCapability:
        return 2;
    case seL4_DepthMismatch:
        words[2] = failure->bits_found;
        return 3;
    case seL4_GuardMismatch:
        words[2] = failure->guard_found;
        words[3] = failure->bits_found;
        return 4;
    default:
        return 1;
    }
}

static word_t encode_error(const syscall_error_t *error, word_t words[1 + lookup_failure_words])
{
    switch (error->type) {
    case seL4_InvalidArgument:
        words[0] = error->invalid_argument;
        return 1;
    case seL4_InvalidCapability:
        words[0] = error->invalid_cap;
        return 1;
    case seL4_RangeError:
        words[0] = error->range_min;
        words[1] = error->range_max;
        return 2;
    case seL4_FailedLookup:
        words[0] = error->lookup_was_source;
        return 1 + encode_lookup_failure(&kernel.lookup_failure, words + 1);
    case seL4_NotEnoughMemory:
        words[0] = error->memory_left;
        return 1;
    default:
        return 0;
    }
}

static void reply_from_kernel(tcb_t *thread, word_t label, const word_t *words, word_t count)
{
    word_t written = write_message(thread, words, count);
    thread->context.REG_BADGE = 0;
    thread->context.REG_INFO = seL4_MessageInfo_new(label, 0, 0, written).words[0];
}

void reply_error(tcb_t *thread)
{
    word_t words[1 + lookup_failure_words];
    word_t count = encode_error(&kernel.syscall_error, words);
    reply_from_kernel(thread, kernel.syscall_error.type, words, count);
}

void reply_success(tcb_t *thread)
{
    reply_from_kernel(thread, seL4_NoError, nullptr, 0);
}

void invocation_reply(const invocation_t *inv, const word_t *words, word_t count)
{
    if (!inv->is_call)
        return;
    reply_from_kernel(inv->thread, seL4_NoError, words, count);
    set_thread_state(inv->thread, thread_running);
}
