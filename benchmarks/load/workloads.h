/* What workloads.c has for main.c. */
#ifndef WORKLOADS_H
#define WORKLOADS_H

#include <stdbool.h>

typedef struct {
    const char *name;
    void (*measure)(void);
    bool in_rooms;
} Workload;

const Workload *find_workload(const char *name);
void run(const Workload *workload);

#endif
