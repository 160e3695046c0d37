// Implicit thread-local storage (the .tls section): each module with a TLS directory has an index, and
// each thread a vector of blocks by index. Source: PE format, "The .tls Section".

#include "ldrp.h"

enum { TlsModules = 64 };

// A thread's vector is made for all the indices that there may be: code reads it without a lock, so it
// could not be replaced by a larger one.
typedef struct _LDRP_TLS_VECTOR {
    LIST_ENTRY Link; // of all threads
    PVOID Blocks[TlsModules];
} LDRP_TLS_VECTOR, *PLDRP_TLS_VECTOR;

static LIST_ENTRY LdrpTlsVectors = {&LdrpTlsVectors, &LdrpTlsVectors};
static PLDRP_MODULE LdrpTlsModules[TlsModules]; // by index

static PVOID LdrpMakeTlsBlock(PLDRP_MODULE Module)
{
    SIZE_T Data = Module->Tls->EndAddressOfRawData - Module->Tls->StartAddressOfRawData;
    PVOID Block = LdrpAllocate(Data + Module->Tls->SizeOfZeroFill + 1);
    if (Block)
        memcpy(Block, (PVOID)Module->Tls->StartAddressOfRawData, Data);
    return Block;
}

// Give every thread that has a vector a block for a module loaded just now.
static NTSTATUS LdrpExtendThreads(PLDRP_MODULE Module, ULONG Index)
{
    for (PLIST_ENTRY Link = LdrpTlsVectors.Flink; Link != &LdrpTlsVectors; Link = Link->Flink) {
        PVOID Block = LdrpMakeTlsBlock(Module);
        if (!Block)
            return STATUS_NO_MEMORY;
        CONTAINING_RECORD(Link, LDRP_TLS_VECTOR, Link)->Blocks[Index] = Block;
    }
    return STATUS_SUCCESS;
}

NTSTATUS LdrpAddTls(PLDRP_MODULE Module)
{
    ULONG Size;
    PIMAGE_TLS_DIRECTORY Tls =
        RtlImageDirectoryEntryToData(Module->Entry.DllBase, TRUE, IMAGE_DIRECTORY_ENTRY_TLS, &Size);
    if (!Tls || Size < sizeof(*Tls))
        return STATUS_SUCCESS;
    if (Tls->EndAddressOfRawData < Tls->StartAddressOfRawData)
        return STATUS_INVALID_IMAGE_FORMAT;

    ULONG Index = 0;
    while (Index < TlsModules && LdrpTlsModules[Index])
        Index++;
    if (Index == TlsModules)
        return STATUS_NO_MEMORY;
    Module->Tls = Tls;
    Module->Entry.TlsIndex = (USHORT)-1; // "has TLS", as debuggers expect it
    LdrpTlsModules[Index] = Module;
    *(PULONG)Tls->AddressOfIndex = Index;
    return LdrpExtendThreads(Module, Index);
}

VOID LdrpRemoveTls(PLDRP_MODULE Module)
{
    ULONG Index = 0;
    while (LdrpTlsModules[Index] != Module)
        Index++;
    LdrpTlsModules[Index] = nullptr;
    for (PLIST_ENTRY Link = LdrpTlsVectors.Flink; Link != &LdrpTlsVectors; Link = Link->Flink) {
        PLDRP_TLS_VECTOR Vector = CONTAINING_RECORD(Link, LDRP_TLS_VECTOR, Link);
        LdrpFree(Vector->Blocks[Index]);
        Vector->Blocks[Index] = nullptr;
    }
    Module->Tls = nullptr;
}

NTSTATUS LdrpAllocateThreadTls(void)
{
    PLDRP_TLS_VECTOR Vector = LdrpAllocate(sizeof(*Vector));
    if (!Vector)
        return STATUS_NO_MEMORY;
    InsertTailList(&LdrpTlsVectors, &Vector->Link);
    NtCurrentTeb()->ThreadLocalStoragePointer = Vector->Blocks;
    for (ULONG i = 0; i < TlsModules; i++) {
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
    if (!Teb->ThreadLocalStoragePointer)
        return;
    PLDRP_TLS_VECTOR Vector =
        CONTAINING_RECORD(Teb->ThreadLocalStoragePointer, LDRP_TLS_VECTOR, Blocks);
    Teb->ThreadLocalStoragePointer = nullptr;
    RemoveEntryList(&Vector->Link);
    for (ULONG i = 0; i < TlsModules; i++)
        LdrpFree(Vector->Blocks[i]);
    LdrpFree(Vector);
}

VOID LdrpCallTlsCallbacks(PLDRP_MODULE Module, ULONG Reason)
{
    if (!Module->Tls || !Module->Tls->AddressOfCallBacks)
        return;
    for (PIMAGE_TLS_CALLBACK *Callback = (PIMAGE_TLS_CALLBACK *)Module->Tls->AddressOfCallBacks;
         *Callback; Callback++)
        (*Callback)(Module->Entry.DllBase, Reason, nullptr);
}
