// Volumes with a known tree, and what can befall them.
#ifndef TESTS_UNIT_FATUTIL_DAMAGE_H
#define TESTS_UNIT_FATUTIL_DAMAGE_H

#include "fatutil.h"
#include "tree.h"

typedef struct _DAMAGED {
    IMAGE Image;
    TREE Tree;
    FAT_VOLUME *Volume;      // of Image as it was
    bool Victim[TREE_NODES]; // what may be lost
    char Log[4000];          // what was done
} DAMAGED;

void DamageMake(DAMAGED *Damaged, uint64_t Bytes, uint32_t SectorSize, const char *Options,
                uint32_t Seed);
void DamageFree(DAMAGED *Damaged);
// One of everything that is known, at random. Kinds below DamageKinds.
void DamageDo(DAMAGED *Damaged, uint32_t Kind);
extern const uint32_t DamageKinds;

#endif
