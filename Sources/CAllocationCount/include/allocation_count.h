#ifndef ALLOCATION_COUNT_H
#define ALLOCATION_COUNT_H

/// How many blocks this program has asked for so far; 0 where they cannot be counted.
unsigned long allocation_count(void);

#endif
