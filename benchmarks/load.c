/* A load generator for any IRC server on this machine: one thread, one epoll, many clients.
 *
 *   load WORKLOAD --port N [--OPTION VALUE]...
 *
 * Workloads
 *   flood     the senders of each room keep --window messages each under way for --seconds; a window of 1 is one message
 *             at a time. A message counts as arrived when the first member of the room that does not send has it.
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
#include <errno.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAX_REST = 4096, READ_SIZE = 1 << 18, OUT_SIZE = 1 << 16, MAX_EVENTS = 1024, SOURCES = 250 };
static const double SETTLING = 1; /* seconds */
enum { MISTAKE = 2, SERVER_FAULT = 3 };

typedef struct {
    int fd, number, room;
    bool stopped;        /* takes nothing from its socket any more */
    bool blocked;        /* its socket takes nothing for now */
    char rest[MAX_REST]; /* the beginning of a line whose end has not come yet */
    int rest_size;
    char *out; /* what the server has not taken yet; OUT_SIZE bytes once there is something */
    int out_size;
} Client;

typedef struct {
    long sent, seen;
} Room;

/* The options, and the table that fills them. */

static int port, members = 100, senders = 1, rooms = 1, window = 200, bytes = 64, rate = 200, clients_wanted = 1000,
                 parallel = 500, stopped, server_pid, limit = 120;
static double seconds = 2;
static const char *caps = "";
static struct in_addr server; /* in 127.0.0.0/8, whatever is asked for */

static const struct {
    const char *name;
    int *number;
    int least, most;
} numbers[] = {
    {"--port", &port, 1, 65535},        {"--members", &members, 2, 20000}, {"--senders", &senders, 1, 1000},
    {"--rooms", &rooms, 1, 5000},       {"--window", &window, 1, 100000},  {"--bytes", &bytes, 1, 400},
    {"--rate", &rate, 1, 100000},       {"--parallel", &parallel, 1, 1000}, {"--clients", &clients_wanted, 1, 20000},
    {"--stopped", &stopped, 0, 1000},   {"--pid", &server_pid, 1, 1 << 30}, {"--limit", &limit, 1, 600},
};

/* What is there, and what was counted. */

static int epoll, total;
static Client *clients;
static Room *all_rooms;
static long registered, joined, settled, deliveries;
static double *delays, deadline;
static long delay_count, delay_room;
static char text[512];

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static void __attribute__((noreturn, format(printf, 2, 3))) end(int status, const char *format, ...) {
    va_list args;
    va_start(args, format);
    fputs("load: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    exit(status);
}

static void *allocate(size_t count, size_t size) {
    void *found = calloc(count, size);
    if (!found) end(MISTAKE, "out of memory");
    return found;
}

/* Writing. */

static void watch(Client *c, int operation, unsigned events) {
    struct epoll_event e = {.events = events, .data.ptr = c};
    if (epoll_ctl(epoll, operation, c->fd, &e)) end(MISTAKE, "epoll_ctl: %s", strerror(errno));
}

static void flush(Client *c) {
    ssize_t taken = send(c->fd, c->out, c->out_size, MSG_NOSIGNAL);
    if (taken < 0 && errno != EAGAIN) end(SERVER_FAULT, "client %d cannot send: %s", c->number, strerror(errno));
    bool blocked = taken != c->out_size;
    if (taken > 0) memmove(c->out, c->out + taken, c->out_size -= taken);
    if (blocked != c->blocked) watch(c, EPOLL_CTL_MOD, blocked ? EPOLLIN | EPOLLOUT : EPOLLIN);
    c->blocked = blocked;
}

static void __attribute__((format(printf, 2, 3))) put(Client *c, const char *format, ...) {
    va_list args;
    va_start(args, format);
    if (!c->out) c->out = allocate(1, OUT_SIZE);
    int size = vsnprintf(c->out + c->out_size, OUT_SIZE - c->out_size, format, args);
    if (size >= OUT_SIZE - c->out_size) end(SERVER_FAULT, "the server takes nothing from client %d", c->number);
    c->out_size += size;
}

/* Reading: a line's command finds its row in a table. ``at`` is where the command begins, ``end_of`` where the LF is. */

static void on_welcome(Client *c, char *at, char *end_of) {
    (void)at, (void)end_of;
    registered++;
    if (rooms) {
        put(c, "JOIN #bench%d\r\n", c->room);
        flush(c);
    }
}

static void on_end_of_names(Client *c, char *at, char *end_of) {
    (void)c;
    joined += memmem(at, end_of - at, " #bench", 7) != NULL; /* not those of a room that the server chose */
}

static void on_pong(Client *c, char *at, char *end_of) {
    (void)c, (void)at, (void)end_of;
    settled++;
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
    void (*handle)(Client *, char *, char *);
} answers[] = {
    {"001 ", on_welcome}, {"366 ", on_end_of_names}, {"PONG ", on_pong},    {"PING ", on_ping}, {"CAP ", on_cap},
    {"ERROR", on_refusal}, {"FAIL ", on_refusal},    {"422 ", on_nothing}, /* it has no message of the day */
    {"4", on_refusal},    {"5", on_refusal},
};

static bool starts(const char *at, const char *end_of, const char *word) {
    size_t size = strlen(word);
    return (size_t)(end_of - at) >= size && !memcmp(at, word, size);
}

static void on_message(Client *c, char *at, char *end_of) {
    deliveries++;
    if (c->number / rooms == senders) all_rooms[c->room].seen++;
    char *stamp;
    if (delay_count < delay_room && (stamp = memmem(at, end_of - at, " :T", 3)))
        delays[delay_count++] = now() - strtod(stamp + 3, NULL);
}

static char *after_blank(char *at, char *end_of) {
    char *blank = memchr(at, ' ', end_of - at);
    return blank ? blank + 1 : end_of;
}

static void on_line(Client *c, char *at, char *end_of) {
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

static void receive(Client *c) {
    static char buffer[MAX_REST + READ_SIZE]; /* one for all: it stays in the processor's cache */
    memcpy(buffer, c->rest, c->rest_size);
    ssize_t size = recv(c->fd, buffer + c->rest_size, READ_SIZE, 0);
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0) end(SERVER_FAULT, "the server closed client %d%s", c->number, size ? " with an error" : "");
    char *line = buffer, *end_of = buffer + c->rest_size + size, *lf;
    for (; (lf = memchr(line, '\n', end_of - line)); line = lf + 1) on_line(c, line, lf);
    if (end_of - line > MAX_REST) end(SERVER_FAULT, "client %d got a line without an end", c->number);
    c->rest_size = end_of - line;
    memcpy(c->rest, line, c->rest_size);
}

/* The only place that waits: for up to ``wait`` seconds. */
static void turn(double wait) {
    static struct epoll_event events[MAX_EVENTS];
    if (now() > deadline)
        end(SERVER_FAULT, "not done in %d s: %d clients, %ld registered, %ld joined, %ld settled, %ld deliveries", limit,
            total, registered, joined, settled, deliveries);
    struct timespec t = {.tv_nsec = wait > 0 ? (long)(wait * 1e9) : 0};
    int count = epoll_pwait2(epoll, events, MAX_EVENTS, &t, NULL);
    for (int i = 0; i < count; i++) {
        Client *c = events[i].data.ptr;
        if (events[i].events & ~EPOLLOUT) receive(c);
        if (events[i].events & EPOLLOUT) flush(c);
    }
}

/* Connecting. */

static void open_socket(Client *c) {
    struct sockaddr_in from = {.sin_family = AF_INET}, to = {.sin_family = AF_INET, .sin_port = htons(port)};
    from.sin_addr.s_addr = htonl(0x7f000001 + c->number % SOURCES);
    to.sin_addr = server;
    int on = 1, little = 4096;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0); /* one that is accepted late holds up no other */
    if (c->fd < 0) end(MISTAKE, "client %d: %s (see ulimit -n)", c->number, strerror(errno));
    setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    if (c->stopped) setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &little, sizeof little); /* else the kernel keeps megabytes */
    if (bind(c->fd, (void *)&from, sizeof from) || (connect(c->fd, (void *)&to, sizeof to) && errno != EINPROGRESS))
        end(SERVER_FAULT, "client %d cannot connect: %s", c->number, strerror(errno));
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    watch(c, EPOLL_CTL_ADD, EPOLLIN);
}

static void open_client(int number) {
    Client *c = &clients[number];
    c->number = number;
    c->room = rooms ? number % rooms : 0;
    c->stopped = rooms && number / rooms >= members - stopped;
    open_socket(c);
    if (*caps) put(c, "CAP LS 302\r\nCAP REQ :%s\r\n", caps);
    put(c, "NICK b%d\r\nUSER b 0 * :bench\r\n", number);
    if (*caps) put(c, "CAP END\r\n");
    flush(c);
}

static void open_all(void) {
    long *done = rooms ? &joined : &registered;
    for (int opened = 0; *done < total; turn(0.01))
        while (opened < total && opened - *done < parallel) open_client(opened++);
}

/* All that the joining brought has been read when the answer to this has. */
static void settle(void) {
    for (int i = 0; i < total; i++) put(&clients[i], "PING :settled\r\n"), flush(&clients[i]);
    while (settled < total) turn(0.01);
    for (int i = 0; i < total; i++)
        if (clients[i].stopped) epoll_ctl(epoll, EPOLL_CTL_DEL, clients[i].fd, NULL);
}

/* What the system knows of a process. */

static long read_number(const char *file, const char *format, const char *after) {
    char path[64], data[4096], *at;
    long found = 0, more = 0;
    snprintf(path, sizeof path, "/proc/%d/%s", server_pid, file);
    FILE *f = server_pid ? fopen(path, "r") : NULL;
    if (!f) return 0;
    data[fread(data, 1, sizeof data - 1, f)] = 0;
    fclose(f);
    if ((at = strstr(data, after))) sscanf(at + strlen(after), format, &found, &more);
    return found + more;
}

static double server_memory(void) { return read_number("status", "%ld", "VmRSS:"); } /* KiB */

static double server_cpu(void) {
    long ticks = read_number("stat", "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld", ") ");
    return ticks / (double)sysconf(_SC_CLK_TCK);
}

static double own_cpu(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    return used.ru_utime.tv_sec + used.ru_stime.tv_sec + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) * 1e-6;
}

/* The workloads. Each measures and prints its own fields; run() prints what all have. */

static int receivers(void) { return members - stopped - 1 + (strstr(caps, "echo-message") != NULL); }

static void send_more(void) {
    for (int s = 0; s < senders * rooms; s++) {
        Client *c = &clients[s];
        Room *room = &all_rooms[c->room];
        int left = window; /* for each, so that the senders of a room take turns */
        for (; left && room->sent - room->seen < (long)window * senders && c->out_size < OUT_SIZE - 1024; left--)
            put(c, "PRIVMSG #bench%d :%.*s\r\n", c->room, bytes, text), room->sent++;
        if (left < window) flush(c);
    }
}

static void flood(void) {
    long sent = 0;
    double start = now();
    for (double until = start + seconds; now() < until; turn(0.05)) send_more();
    for (int i = 0; i < rooms; i++) sent += all_rooms[i].sent;
    while (deliveries < sent * receivers()) turn(0.05);
    double took = now() - start;
    printf("\"messages\": %ld, \"deliveries\": %ld, \"took\": %.4f, \"rate\": %.0f, ", sent, deliveries, took,
           deliveries / took);
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void latency(void) {
    long messages = rate * seconds, wanted = messages * receivers() * rooms;
    delays = allocate(delay_room = wanted, sizeof *delays);
    double start = now();
    for (long sent = 0; delay_count < wanted;) {
        double due = start + sent / (double)rate;
        turn(sent == messages ? 0.05 : due - now());
        for (; sent < messages && (due = start + sent / (double)rate) <= now(); sent++)
            for (int room = 0; room < rooms; room++) {
                Client *c = &clients[room + sent % senders * rooms];
                put(c, "PRIVMSG #bench%d :T%.9f %.*s\r\n", room, due, bytes > 24 ? bytes - 24 : 0, text);
                flush(c);
            }
    }
    qsort(delays, delay_count, sizeof *delays, by_value);
    printf("\"messages\": %ld, \"deliveries\": %ld, \"took\": %.4f, \"p50\": %.6f, \"p99\": %.6f, \"worst\": %.6f, ",
           messages * rooms, delay_count, now() - start, delays[delay_count / 2], delays[delay_count * 99 / 100],
           delays[delay_count - 1]);
}

static void connect_only(void) {}

static void idle(void) {
    for (double until = now() + SETTLING; now() < until;) turn(0.05); /* logs and the like catch up */
    double before = server_cpu(), start = now();
    for (double until = start + seconds; now() < until;) turn(0.05);
    printf("\"cpu_share\": %.4f, ", (server_cpu() - before) / (now() - start));
}

static const struct {
    const char *name;
    void (*measure)(void);
    bool in_rooms;
} workloads[] = {{"flood", flood, true}, {"latency", latency, true}, {"connect", connect_only, false}, {"idle", idle, false}};

static void run(size_t which) {
    double memory = server_memory(), start = now();
    deadline = start + limit;
    open_all();
    double opened = now();
    settle();
    double cpu = server_cpu(), own = own_cpu(), began = now();
    printf("{\"workload\": \"%s\", ", workloads[which].name);
    workloads[which].measure();
    printf("\"clients\": %d, \"registrations\": %.0f, \"memory\": %.0f, \"memory_per_client\": %.2f, \"server_cpu\": %.2f, "
           "\"generator_busy\": %.2f}\n", total, total / (opened - start), server_memory(),
           (server_memory() - memory) / total, server_cpu() - cpu, (own_cpu() - own) / (now() - began + 1e-9));
}

/* The call. */

static void set_host(const char *address) {
    if (inet_pton(AF_INET, address, &server) != 1 || ntohl(server.s_addr) >> 24 != 127)
        end(MISTAKE, "%s is not an address of this machine in 127.0.0.0/8, and it drives no other", address);
}

static void set_option(const char *name, const char *value) {
    if (!strcmp(name, "--host")) set_host(value);
    else if (!strcmp(name, "--caps")) caps = value;
    else if (!strcmp(name, "--seconds") && atof(value) > 0 && atof(value) <= 300) seconds = atof(value);
    else {
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
            if (!strcmp(name, numbers[i].name) && atoi(value) >= numbers[i].least && atoi(value) <= numbers[i].most) {
                *numbers[i].number = atoi(value);
                return;
            }
        end(MISTAKE, "%s %s: no such option, or not such a value", name, value);
    }
}

static size_t find_workload(const char *name) {
    for (size_t i = 0; i < sizeof workloads / sizeof *workloads; i++)
        if (!strcmp(name, workloads[i].name)) return i;
    end(MISTAKE, "%s: no such workload; there are flood, latency, connect and idle", name);
}

int main(int argc, char **argv) {
    if (argc < 2 || argc % 2) end(MISTAKE, "usage: load flood|latency|connect|idle --port N [--OPTION VALUE]...");
    size_t which = find_workload(argv[1]);
    set_host("127.0.0.1");
    for (int i = 2; i < argc; i += 2) set_option(argv[i], argv[i + 1]);
    if (!port) end(MISTAKE, "which --port?");
    if (!workloads[which].in_rooms) rooms = 0;
    if (rooms && members < senders + 1 + stopped) end(MISTAKE, "a room needs a member that neither sends nor stops");
    total = rooms ? members * rooms : clients_wanted;
    if (total > 20000) end(MISTAKE, "%d clients are too many", total);
    if (rooms && rate * seconds * total > 2e7) end(MISTAKE, "that would be too many deliveries to keep the delays of");
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    memset(text, 'x', sizeof text);
    clients = allocate(total, sizeof *clients);
    all_rooms = allocate(rooms + 1, sizeof *all_rooms);
    epoll = epoll_create1(0);
    run(which);
    return 0;
}
