/* What the server says: a line's command finds its row in a table. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "load.h"

Counts counts;

typedef void Answer(Client *c, char *at, char *end_of); /* ``at`` is where the command begins */

static bool is_sender(const Client *c) { return c->room >= 0 && c->number < options.senders * options.rooms; }

static void on_arrival(Client *c) {
    if (--c->awaited == 0) counts.ready++;
}

static void on_welcome(Client *c, char *at, char *end_of) {
    (void)at, (void)end_of;
    counts.registered++;
    bool logs_in = options.login && is_sender(c);
    c->awaited = 1 + logs_in + (c->room >= 0 ? 1 : options.idle_rooms);
    if (logs_in) put(c, "REGISTER * * password-%d\r\n", c->number);
    if (c->room >= 0) put(c, "JOIN #bench%d\r\n", c->room);
    else
        for (int i = 0; i < options.idle_rooms; i++) put(c, "JOIN #idle%dx%d\r\n", c->number, i);
    on_arrival(c);
    if (c->out_size) flush(c);
}

static void on_end_of_names(Client *c, char *at, char *end_of) {
    if (memmem(at, end_of - at, " #bench", 7) || memmem(at, end_of - at, " #idle", 6)) on_arrival(c);
    /* else it is one that the server chose */
}

static void on_account(Client *c, char *at, char *end_of) {
    if (!memmem(at, end_of - at, " SUCCESS ", 9)) end(SERVER_FAULT, "%.*s", (int)(end_of - at), at);
    on_arrival(c);
}

static void on_pong(Client *c, char *at, char *end_of) {
    (void)c, (void)at, (void)end_of;
    counts.settled++;
}

static void on_ping(Client *c, char *at, char *end_of) {
    put(c, "PONG%.*s\n", (int)(end_of - at - 4), at + 4);
    flush(c);
}

static void on_cap(Client *c, char *at, char *end_of) {
    if (memmem(at, end_of - at, " NAK ", 5))
        end(SERVER_FAULT, "client %d: capabilities refused: %.*s", c->number, (int)(end_of - at), at);
}

static void on_refusal(Client *c, char *at, char *end_of) {
    end(SERVER_FAULT, "client %d was told: %.*s", c->number, (int)(end_of - at), at);
}

static void on_nothing(Client *c, char *at, char *end_of) { (void)c, (void)at, (void)end_of; }

static const struct {
    const char *start;
    Answer *handle;
} answers[] = {
    {"001 ", on_welcome}, {"366 ", on_end_of_names}, {"PONG ", on_pong},   {"PING ", on_ping},
    {"CAP ", on_cap},     {"REGISTER ", on_account}, {"ERROR", on_refusal}, {"FAIL ", on_refusal},
    {"422 ", on_nothing}, /* it has no message of the day */
    {"4", on_refusal},    {"5", on_refusal},
};

static bool starts(const char *at, const char *end_of, const char *word) {
    size_t size = strlen(word);
    return (size_t)(end_of - at) >= size && !memcmp(at, word, size);
}

static void on_message(Client *c, char *at, char *end_of) {
    counts.deliveries++;
    if (c->number / options.rooms == options.senders) rooms[c->room].seen++;
    char *stamp;
    if (counts.delay_count < counts.delay_room && (stamp = memmem(at, end_of - at, " :T", 3)))
        counts.delays[counts.delay_count++] = now() - strtod(stamp + 3, NULL);
}

static char *after_blank(char *at, char *end_of) {
    char *blank = memchr(at, ' ', end_of - at);
    return blank ? blank + 1 : end_of;
}

void on_line(Client *c, char *at, char *end_of) {
    if (*at == '@') at = after_blank(at, end_of);
    if (*at == ':') at = after_blank(at, end_of);
    if (starts(at, end_of, "PRIVMSG #bench")) {
        on_message(c, at, end_of);
        return;
    }
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
        if (starts(at, end_of, answers[i].start)) {
            answers[i].handle(c, at, end_of);
            return;
        }
}
