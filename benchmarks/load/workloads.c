/* The workloads: each measures and prints its own fields. */
#include "workloads.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"

static const double SETTLING = 1, LOOK = 0.1; /* seconds */
static char text[512];

static int receivers(void) {
    return options.members - options.stopped - options.slow - 1 + (strstr(options.caps, "echo-message") != NULL);
}

static void say(Client *c) { put(c, "PRIVMSG #bench%d :%.*s\r\n", c->room, options.bytes, text), rooms[c->room].sent++; }

static void send_more(void) {
    for (int s = 0; s < options.senders * options.rooms; s++) {
        Client *c = &clients[s];
        Room *room = &rooms[c->room];
        int left = options.window; /* for each, so that the senders of a room take turns */
        for (; left && room->sent - room->seen < (long)options.window * options.senders && c->out_size < OUT_SIZE - 1024;
             left--)
            say(c);
        if (left < options.window) flush(c);
    }
}

static void flood(void) {
    long sent = 0;
    double start = now();
    for (double until = start + options.seconds; now() < until; turn(0.05)) send_more();
    for (int i = 0; i < options.rooms; i++) sent += rooms[i].sent;
    while (counts.deliveries < sent * receivers()) turn(0.05);
    double took = now() - start;
    printf("\"messages\": %ld, \"deliveries\": %ld, \"took\": %.4f, \"rate\": %.0f, ", sent, counts.deliveries, took,
           counts.deliveries / took);
}

static void burst(void) {
    long bursts = 0;
    double start = now();
    for (double until = start + options.seconds; now() < until || !bursts; bursts++) {
        for (int i = 0; i < options.window; i++) say(&clients[0]);
        flush(&clients[0]);
        while (counts.deliveries < rooms[0].sent * receivers()) turn(0.05);
    }
    printf("\"bursts\": %ld, \"messages\": %ld, \"deliveries\": %ld, \"took\": %.4f, ", bursts, rooms[0].sent,
           counts.deliveries, now() - start);
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void say_in_all_rooms(long number, double due) {
    for (int room = 0; room < options.rooms; room++) {
        Client *c = &clients[room + number % options.senders * options.rooms];
        put(c, "PRIVMSG #bench%d :T%.9f %.*s\r\n", room, due, options.bytes > 24 ? options.bytes - 24 : 0, text);
        flush(c);
    }
}

static void latency(void) {
    long messages = options.rate * options.seconds, wanted = messages * receivers() * options.rooms;
    counts.delays = allocate(counts.delay_room = wanted, sizeof *counts.delays);
    double start = now(), memory = server_memory(), grown = 0, look = start;
    for (long sent = 0; counts.delay_count < wanted;) {
        double due = start + sent / (double)options.rate;
        turn(sent == messages ? 0.05 : due - now());
        for (; sent < messages && (due = start + sent / (double)options.rate) <= now(); sent++) say_in_all_rooms(sent, due);
        if (now() < look) continue;
        if (server_memory() - memory > grown) grown = server_memory() - memory;
        look = now() + LOOK;
    }
    double took = now() - start, *d = counts.delays;
    qsort(d, counts.delay_count, sizeof *d, by_value);
    printf("\"messages\": %ld, \"deliveries\": %ld, \"took\": %.4f, \"p50\": %.6f, \"p99\": %.6f, \"worst\": %.6f, "
           "\"grown\": %.0f, \"closed\": %d, ",
           messages * options.rooms, counts.delay_count, took, d[counts.delay_count / 2], d[counts.delay_count * 99 / 100],
           d[counts.delay_count - 1], grown, count_closed());
}

static void connect_only(void) {}

static void idle(void) {
    for (double until = now() + SETTLING; now() < until;) turn(0.05); /* logs and the like catch up */
    double before = server_cpu(), start = now();
    for (double until = start + options.seconds; now() < until;) turn(0.05);
    printf("\"cpu_share\": %.4f, ", (server_cpu() - before) / (now() - start));
}

static const Workload workloads[] = {
    {"flood", flood, true},           {"burst", burst, true}, {"latency", latency, true},
    {"connect", connect_only, false}, {"idle", idle, false},
};

const Workload *find_workload(const char *name) {
    for (size_t i = 0; i < sizeof workloads / sizeof *workloads; i++)
        if (!strcmp(name, workloads[i].name)) return &workloads[i];
    end(MISTAKE, "%s: no such workload; there are flood, burst, latency, connect and idle", name);
}

void run(const Workload *workload) {
    memset(text, 'x', sizeof text);
    double memory = server_memory(), cpu = server_cpu(), own = own_cpu(), start = now();
    open_all();
    double opening = now() - start, opening_cpu = server_cpu() - cpu, opening_own = own_cpu() - own;
    settle();
    cpu = server_cpu(), own = own_cpu(), start = now();
    printf("{\"workload\": \"%s\", ", workload->name);
    workload->measure();
    cpu = server_cpu() - cpu, own = own_cpu() - own;
    double took = now() - start;
    if (workload->measure == connect_only) cpu = opening_cpu, own = opening_own, took = opening;
    if (options.tls) printf("\"tls\": \"%s\", ", tls_name(clients[0].tls));
    printf("\"clients\": %d, \"registrations\": %.0f, \"memory\": %.0f, \"memory_per_client\": %.2f, "
           "\"server_cpu\": %.2f, \"generator_busy\": %.2f}\n",
           total, total / opening, server_memory(), (server_memory() - memory) / total, cpu, own / took);
}
