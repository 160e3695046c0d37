// A tree in memory that a volume should hold, and random operations on both.
#ifndef TESTS_UNIT_FASTFAT_TREE_H
#define TESTS_UNIT_FASTFAT_TREE_H

#include "image.h"

enum { TREE_NODES = 400 };

typedef struct _NODE {
    bool Used, Directory;
    bool Touched; // since TreeSettle
    int Parent;
    uint16_t Name[FAT_MAX_NAME];
    uint32_t NameLength;
    uint32_t Size, Seed;
} NODE;

typedef struct _TREE {
    IMAGE *Image;
    FAT_VOLUME *Volume;
    NODE Nodes[TREE_NODES]; // 0: the root
    NODE Last;              // deleted
    uint32_t Random;
    uint32_t LongNames; // of 100
    bool Renaming;      // is in the middle of one
    uint32_t Moved;     // how often a directory got another name
} TREE;

void TreeInit(TREE *Tree, IMAGE *Image, FAT_VOLUME *Volume, uint32_t Seed);
uint32_t TreeRandom(TREE *Tree, uint32_t Below);
// One operation; what the volume answers is what the tree says.
void TreeStep(TREE *Tree);
void TreeSettle(TREE *Tree);
// The volume has exactly this.
void TreeCompare(const TREE *Tree, FAT_VOLUME *Volume);
// It has this node, with its bytes. Null: it has; else what is wrong.
const char *TreeHas(const TREE *Tree, FAT_VOLUME *Volume, int Node);

#endif
