/* The clients: how they connect, read and write. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#include "load.h"

enum { READ_SIZE = 1 << 18, MAX_EVENTS = 1024, SOURCES = 250, LITTLE = 4096, DRAIN_MS = 200 };
static const double SIP = 0.02; /* seconds between two looks of those that read slowly */

Client *clients;
Room *rooms;
int total;
static int epoll;
static double deadline;
static char buffer[MAX_REST + READ_SIZE]; /* one for all: it stays in the processor's cache */

/* Writing. */

static void watch(Client *c, int operation, unsigned events) {
    struct epoll_event e = {.events = events, .data.ptr = c};
    if (epoll_ctl(epoll, operation, c->fd, &e)) end(MISTAKE, "epoll_ctl: %s", strerror(errno));
}

static void set_blocked(Client *c, bool blocked) {
    if (blocked != c->blocked) watch(c, EPOLL_CTL_MOD, blocked ? EPOLLIN | EPOLLOUT : EPOLLIN);
    c->blocked = blocked;
}

void flush(Client *c) {
    if (c->tls && !tls_shake_hands(c->tls)) {
        set_blocked(c, false); /* what it waits for is to be read */
        return;
    }
    ssize_t taken = c->tls ? tls_send(c->tls, c->out, c->out_size) : send(c->fd, c->out, c->out_size, MSG_NOSIGNAL);
    if (taken < 0 && errno != EAGAIN) end(SERVER_FAULT, "client %d cannot send: %s", c->number, strerror(errno));
    bool blocked = taken != c->out_size;
    if (taken > 0) memmove(c->out, c->out + taken, c->out_size -= taken);
    set_blocked(c, blocked);
}

void put(Client *c, const char *format, ...) {
    va_list args;
    va_start(args, format);
    if (!c->out) c->out = allocate(1, OUT_SIZE);
    int size = vsnprintf(c->out + c->out_size, OUT_SIZE - c->out_size, format, args);
    va_end(args);
    if (size >= OUT_SIZE - c->out_size) end(SERVER_FAULT, "the server takes nothing from client %d", c->number);
    c->out_size += size;
}

/* Reading. */

static void receive(Client *c) {
    if (c->tls && c->out_size) flush(c); /* which goes on with the handshake */
    memcpy(buffer, c->rest, c->rest_size);
    char *line = buffer, *from = buffer + c->rest_size, *lf;
    ssize_t size = c->tls ? tls_receive(c->tls, from, READ_SIZE) : recv(c->fd, from, READ_SIZE, 0);
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0) end(SERVER_FAULT, "the server closed client %d%s", c->number, size ? " with an error" : "");
    char *end_of = from + size;
    for (; (lf = memchr(line, '\n', end_of - line)); line = lf + 1) on_line(c, line, lf);
    if (end_of - line > MAX_REST) end(SERVER_FAULT, "client %d got a line without an end", c->number);
    c->rest_size = end_of - line;
    memcpy(c->rest, line, c->rest_size);
}

/* Those that read slowly take their share a little at a time; what they read does not count. */
static void sip(void) {
    static double last;
    double elapsed = now() - last;
    if (!options.slow || counts.settled < total || elapsed < SIP) return;
    last += elapsed;
    int share = options.slow_rate * (elapsed < 1 ? elapsed : SIP);
    for (int i = 0; i < total; i++)
        if (clients[i].habit == SLOW) recv(clients[i].fd, buffer, share < READ_SIZE ? share : READ_SIZE, 0);
}

void turn(double wait) {
    static struct epoll_event events[MAX_EVENTS];
    if (now() > deadline)
        end(SERVER_FAULT, "not done in %d s: %d clients, %ld registered, %ld ready, %ld settled, %ld deliveries",
            options.limit, total, counts.registered, counts.ready, counts.settled, counts.deliveries);
    if (options.slow && wait > SIP) wait = SIP;
    struct timespec t = {.tv_nsec = wait > 0 ? (long)(wait * 1e9) : 0};
    int count = epoll_pwait2(epoll, events, MAX_EVENTS, &t, NULL);
    for (int i = 0; i < count; i++) {
        Client *c = events[i].data.ptr;
        if (events[i].events & ~EPOLLOUT) receive(c);
        if (events[i].events & EPOLLOUT) flush(c);
    }
    sip();
}

/* Connecting. */

static void open_socket(Client *c) {
    struct sockaddr_in from = {.sin_family = AF_INET}, to = {.sin_family = AF_INET, .sin_port = htons(options.port)};
    from.sin_addr.s_addr = htonl(0x7f000001 + c->number % SOURCES);
    to.sin_addr = options.server;
    int on = 1, little = LITTLE;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0); /* one that is accepted late holds up no other */
    if (c->fd < 0) end(MISTAKE, "client %d: %s (see ulimit -n)", c->number, strerror(errno));
    setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    if (c->habit != READS) setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &little, sizeof little); /* else the kernel reads */
    if (bind(c->fd, (void *)&from, sizeof from) || (connect(c->fd, (void *)&to, sizeof to) && errno != EINPROGRESS))
        end(SERVER_FAULT, "client %d cannot connect: %s", c->number, strerror(errno));
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    watch(c, EPOLL_CTL_ADD, EPOLLIN | EPOLLOUT); /* writable: connected */
    c->blocked = true;
    if (options.tls) c->tls = tls_open(c->fd);
}

static void open_client(Client *c) {
    open_socket(c);
    if (*options.caps) put(c, "CAP LS 302\r\nCAP REQ :%s\r\n", options.caps);
    put(c, "NICK b%d\r\nUSER b 0 * :bench\r\n", c->number);
    if (*options.caps) put(c, "CAP END\r\n");
}

/* In a room the senders come first, then those who read, slow ones, and stopped ones. */
static Habit habit_of(int place) {
    int from_behind = options.members - 1 - place;
    return from_behind < options.stopped ? STOPPED : from_behind < options.stopped + options.slow ? SLOW : READS;
}

void make_clients(bool in_rooms) {
    int members = in_rooms ? options.members * options.rooms : 0;
    total = members + (in_rooms ? options.idle : options.clients);
    if (total > MAX_CLIENTS) end(MISTAKE, "%d clients are too many", total);
    clients = allocate(total, sizeof *clients);
    rooms = allocate(options.rooms, sizeof *rooms);
    for (int i = 0; i < total; i++) {
        Client *c = &clients[i];
        c->number = i;
        c->room = i < members ? i % options.rooms : -1;
        c->habit = i < members ? habit_of(i / options.rooms) : READS;
    }
}

void open_all(void) {
    epoll = epoll_create1(0);
    deadline = now() + options.limit;
    for (int opened = 0; counts.ready < total; turn(0.01))
        while (opened < total && opened - counts.ready < options.parallel) open_client(&clients[opened++]);
}

/* All that the joining brought has been read when the answer to this has. */
void settle(void) {
    for (int i = 0; i < total; i++) put(&clients[i], "PING :settled\r\n"), flush(&clients[i]);
    while (counts.settled < total) turn(0.01);
    for (int i = 0; i < total; i++)
        if (clients[i].habit != READS) epoll_ctl(epoll, EPOLL_CTL_DEL, clients[i].fd, NULL);
}

static bool is_closed(Client *c) {
    struct pollfd wanted = {.fd = c->fd, .events = POLLIN};
    ssize_t size;
    do {
        if (poll(&wanted, 1, DRAIN_MS) <= 0) return false;
        size = recv(c->fd, buffer, READ_SIZE, 0);
    } while (size > 0);
    return true;
}

int count_closed(void) {
    int closed = 0;
    for (int i = 0; i < total; i++) closed += clients[i].habit != READS && is_closed(&clients[i]);
    return closed;
}
