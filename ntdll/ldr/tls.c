// Implicit thread-local storage (the .tls section): each module with a TLS directory has an index, and
// each thread a vector of blocks by index. Source: PE format, "The .tls Section".

#include "ldrp.h"

// What precedes a thread's vector. Code reads TEB.ThreadLocalStoragePointer without a lock, so a
// vector that was replaced stays until its thread ends.
typedef struct _LDRP_TLS_VECTOR {
    LIST_ENTRY Link; // the current vectors of all threads
    PTEB Teb;
    struct _LDRP_TLS_VECTOR *Replaced;
    ULONG Capacity;
    PVOID Blocks[];
} LDRP_TLS_VECTOR, *PLDRP_TLS_VECTOR;

static LIST_ENTRY LdrpTlsVectors = {&LdrpTlsVectors, &LdrpTlsVectors};
static PLDRP_MODULE LdrpTlsModules[64]; // by index
static ULONG LdrpTlsCount;              // indices that were ever in use

static PLDRP_TLS_VECTOR LdrpTlsVectorOf(PTEB Teb)
{
    if (!Teb->ThreadLocalStoragePointer)
        return nullptr;
    return CONTAINING_RECORD(Teb->ThreadLocalStoragePointer, LDRP_TLS_VECTOR, Blocks);
}

static PVOID LdrpMakeTlsBlock(PLDRP_MODULE Module)
{
    SIZE_T Data = Module->Tls->EndAddressOfRawData - Module->Tls->StartAddressOfRawData;
    PVOID Block = LdrpAllocate(Data + Module->Tls->SizeOfZeroFill + 1);
    if (Block)
        memcpy(Block, (PVOID)Module->Tls->StartAddressOfRawData, Data);
    return Block;
}

static PLDRP_TLS_VECTOR LdrpMakeTlsVector(PTEB Teb)
{
    ULONG Capacity = ALIGN_UP_BY(LdrpTlsCount, 8);
    PLDRP_TLS_VECTOR Vector =
        LdrpAllocate(sizeof(*Vector) + Capacity * sizeof(Vector->Blocks[0]));
    if (Vector) {
        Vector->Teb = Teb;
        Vector->Capacity = Capacity;
    }
    return Vector;
}

// Give every thread that has a vector a block for a module loaded just now.
static NTSTATUS LdrpExtendThreads(PLDRP_MODULE Module, ULONG Index)
{
    PLIST_ENTRY Next;
    for (PLIST_ENTRY Link = LdrpTlsVectors.Flink; Link != &LdrpTlsVectors; Link = Next) {
        Next = Link->Flink;
        PLDRP_TLS_VECTOR Vector = CONTAINING_RECORD(Link, LDRP_TLS_VECTOR, Link);
        PVOID Block = LdrpMakeTlsBlock(Module);
        if (!Block)
            return STATUS_NO_MEMORY;
        if (Index < Vector->Capacity) {
            Vector->Blocks[Index] = Block;
            continue;
        }
        PLDRP_TLS_VECTOR Larger = LdrpMakeTlsVector(Vector->Teb);
        if (!Larger) {
            LdrpFree(Block);
            return STATUS_NO_MEMORY;
        }
        memcpy(Larger->Blocks, Vector->Blocks, Vector->Capacity * sizeof(PVOID));
        Larger->Blocks[Index] = Block;
        Larger->Replaced = Vector;
        RemoveEntryList(&Vector->Link);
        InsertHeadList(&LdrpTlsVectors, &Larger->Link);
        Vector->Teb->ThreadLocalStoragePointer = Larger->Blocks;
    }
    return STATUS_SUCCESS;
}

NTSTATUS LdrpAddTls(PLDRP_MODULE Module)
{
    ULONG Size;
    PIMAGE_TLS_DIRECTORY Tls = RtlImageDirectoryEntryToData(Module->Entry.DllBase, TRUE,
                                                            IMAGE_DIRECTORY_ENTRY_TLS, &Size);
    if (!Tls || Size < sizeof(*Tls))
        return STATUS_SUCCESS;
    if (Tls->EndAddressOfRawData < Tls->StartAddressOfRawData)
        return STATUS_INVALID_IMAGE_FORMAT;

    ULONG Index = 0;
    while (Index < RTL_NUMBER_OF(LdrpTlsModules) && LdrpTlsModules[Index])
        Index++;
    if (Index == RTL_NUMBER_OF(LdrpTlsModules))
        return STATUS_NO_MEMORY;
    Module->Tls = Tls;
    Module->Entry.TlsIndex = (USHORT)-1; // "has TLS", as debuggers expect it
    LdrpTlsModules[Index] = Module;
    if (Index >= LdrpTlsCount)
        LdrpTlsCount = Index + 1;
    *(PULONG)Tls->AddressOfIndex = Index;
    return LdrpExtendThreads(Module, Index);
}

VOID LdrpRemoveTls(PLDRP_MODULE Module)
{
    ULONG Index = *(PULONG)Module->Tls->AddressOfIndex;
    LdrpTlsModules[Index] = nullptr;
    for (PLIST_ENTRY Link = LdrpTlsVectors.Flink; Link != &LdrpTlsVectors; Link = Link->Flink) {
        PLDRP_TLS_VECTOR Vector = CONTAINING_RECORD(Link, LDRP_TLS_VECTOR, Link);
        if (Index >= Vector->Capacity)
            continue;
        LdrpFree(Vector->Blocks[Index]);
        Vector->Blocks[Index] = nullptr;
    }
    Module->Tls = nullptr;
}

NTSTATUS LdrpAllocateThreadTls(void)
{
    PTEB Teb = NtCurrentTeb();
    PLDRP_TLS_VECTOR Vector = LdrpMakeTlsVector(Teb);
    if (!Vector)
        return STATUS_NO_MEMORY;
    InsertTailList(&LdrpTlsVectors, &Vector->Link);
    Teb->ThreadLocalStoragePointer = Vector->Blocks;
    for (ULONG i = 0; i < LdrpTlsCount; i++) {
        if (!LdrpTlsModules[i])
            continue;
        Vector->Blocks[i] = LdrpMakeTlsBlock(LdrpTlsModules[i]);
        if (!Vector->Blocks[i]) {
            LdrpFreeThreadTls();
            return STATUS_NO_MEMORY;
        }
    }
    return STATUS_SUCCESS;
}

VOID LdrpFreeThreadTls(void)
{
    PTEB Teb = NtCurrentTeb();
    PLDRP_TLS_VECTOR Vector = LdrpTlsVectorOf(Teb);
    if (!Vector)
        return;
    Teb->ThreadLocalStoragePointer = nullptr;
    RemoveEntryList(&Vector->Link);
    for (ULONG i = 0; i < Vector->Capacity; i++)
        LdrpFree(Vector->Blocks[i]);
    while (Vector) {
        PLDRP_TLS_VECTOR Replaced = Vector->Replaced;
        LdrpFree(Vector);
        Vector = Replaced;
    }
}

VOID LdrpCallTlsCallbacks(PLDRP_MODULE Module, ULONG Reason)
{
    if (!Module->Tls || !Module->Tls->AddressOfCallBacks)
        return;
    for (PIMAGE_TLS_CALLBACK *Callback = (PIMAGE_TLS_CALLBACK *)Module->Tls->AddressOfCallBacks;
         *Callback; Callback++)
        (*Callback)(Module->Entry.DllBase, Reason, nullptr);
}
