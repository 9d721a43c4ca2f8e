/* A load generator for any IRC server on this machine: one thread, one epoll, many clients.
 *
 *   load WORKLOAD --port N [--OPTION VALUE]...
 *
 * Workloads
 *   flood     the senders of each room keep --window messages each under way for --seconds; a window of 1 is one message
 *             at a time. A message counts as arrived when the first member of the room that does not send has it.
 *   burst     one sender says --window messages at once, and the next when everybody has them all.
 *   latency   --rate messages a second for --seconds, each with the time at which it was due; the delays of all
 *             deliveries. A generator that falls behind makes the delays longer, never shorter.
 *   connect   --clients register, --parallel of them at a time.
 *   idle      --clients are registered and silent for --seconds.
 *
 * What it found is one line of JSON on standard output. Exit status: 0 measured, 2 a mistake in the call or of this
 * machine, 3 the server lost, refused or closed something.
 *
 * It talks to 127.0.0.0/8 only, from 250 addresses there, so that neither ports nor limits per address run out.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "load.h"
#include "workloads.h"

Options options = {
    .members = 100, .senders = 1, .rooms = 1, .window = 200, .bytes = 64, .rate = 200, .clients = 1000, .parallel = 500,
    .slow_rate = 100000, .limit = 120, .seconds = 2, .caps = "",
};

static const struct {
    const char *name;
    int *number;
    int least, most;
} numbers[] = {
    {"--port", &options.port, 1, 65535},
    {"--pid", &options.pid, 1, 1 << 30}, /* the server's: its processor time and memory are wanted */
    {"--limit", &options.limit, 1, 600}, /* seconds for all */
    {"--parallel", &options.parallel, 1, 1000},
    {"--members", &options.members, 2, MAX_CLIENTS},
    {"--senders", &options.senders, 1, 1000},
    {"--rooms", &options.rooms, 1, 5000},
    {"--window", &options.window, 1, 100000},
    {"--bytes", &options.bytes, 1, 400},
    {"--rate", &options.rate, 1, 100000},
    {"--stopped", &options.stopped, 0, 1000},
    {"--slow", &options.slow, 0, 1000},
    {"--slow-rate", &options.slow_rate, 1000, 1 << 30}, /* bytes a second */
    {"--clients", &options.clients, 1, MAX_CLIENTS},
    {"--idle", &options.idle, 0, MAX_CLIENTS},
    {"--idle-rooms", &options.idle_rooms, 0, 100}, /* of each of them */
    {"--login", &options.login, 0, 1},             /* whether senders make themselves accounts */
    {"--tls", &options.tls, 0, 1},
};

void end(int status, const char *format, ...) {
    va_list args;
    va_start(args, format);
    fputs("load: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    exit(status);
}

void *allocate(size_t count, size_t size) {
    void *found = calloc(count, size);
    if (!found) end(MISTAKE, "out of memory");
    return found;
}

static void set_host(const char *address) {
    if (inet_pton(AF_INET, address, &options.server) != 1 || ntohl(options.server.s_addr) >> 24 != 127)
        end(MISTAKE, "%s is not an address of this machine in 127.0.0.0/8, and it drives no other", address);
}

static void set_number(const char *name, const char *value) {
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (!strcmp(name, numbers[i].name) && atoi(value) >= numbers[i].least && atoi(value) <= numbers[i].most) {
            *numbers[i].number = atoi(value);
            return;
        }
    end(MISTAKE, "%s %s: no such option, or not such a value", name, value);
}

static void set_option(const char *name, const char *value) {
    if (!strcmp(name, "--host")) set_host(value);
    else if (!strcmp(name, "--caps")) options.caps = value;
    else if (!strcmp(name, "--seconds") && atof(value) > 0 && atof(value) <= 300) options.seconds = atof(value);
    else set_number(name, value);
}

static void check(const Workload *workload) {
    const Options *o = &options;
    if (!o->port) end(MISTAKE, "which --port?");
    if (workload->in_rooms && o->members < o->senders + 1 + o->stopped + o->slow)
        end(MISTAKE, "a room needs a member that neither sends nor stops");
    if (o->rate * o->seconds * o->members * o->rooms > 2e7)
        end(MISTAKE, "that would be too many deliveries to keep the delays of");
    if (!strcmp(workload->name, "burst") && (long)o->window * (o->bytes + 32) > OUT_SIZE)
        end(MISTAKE, "so much is not sent at once");
    if (o->tls && (o->stopped || o->slow)) end(MISTAKE, "those that read little or nothing do so without TLS");
}

static void allow_many_files(void) {
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
}

int main(int argc, char **argv) {
    if (argc < 2 || argc % 2) end(MISTAKE, "usage: load WORKLOAD --port N [--OPTION VALUE]...");
    const Workload *workload = find_workload(argv[1]);
    set_host("127.0.0.1");
    for (int i = 2; i < argc; i += 2) set_option(argv[i], argv[i + 1]);
    check(workload);
    allow_many_files();
    make_clients(workload->in_rooms);
    run(workload);
    return 0;
}
