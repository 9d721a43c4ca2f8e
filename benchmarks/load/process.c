/* What the system knows of the two processes. */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "load.h"

double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

double own_cpu(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return used.ru_utime.tv_sec + used.ru_stime.tv_sec + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1e-6;
}

/* The sum of the numbers that ``format`` finds behind ``after``. */
static long read_numbers(const char *file, const char *format, const char *after) {
    char path[64], data[4096], *at;
    long found = 0, more = 0;
    snprintf(path, sizeof path, "/proc/%d/%s", options.pid, file);
    FILE *f = options.pid ? fopen(path, "r") : NULL;
    if (!f) return 0;
    data[fread(data, 1, sizeof data - 1, f)] = 0;
    fclose(f);
    if ((at = strstr(data, after))) sscanf(at + strlen(after), format, &found, &more);
    return found + more;
}

double server_memory(void) { return read_numbers("status", "%ld", "VmRSS:"); }

double server_cpu(void) {
    long ticks = read_numbers("stat", "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld", ") ");
    return ticks / (double)sysconf(_SC_CLK_TCK);
}
