/* What the parts of the load generator share. main.c says what it is for. */
#ifndef LOAD_H
#define LOAD_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/types.h>

enum { MISTAKE = 2, SERVER_FAULT = 3 }; /* exit statuses */
enum { MAX_REST = 4096, OUT_SIZE = 1 << 16, MAX_CLIENTS = 20000 };

typedef struct {
    int port, pid, limit, parallel;                  /* of every workload */
    int members, senders, rooms, window, bytes, rate; /* of those in rooms */
    int stopped, slow, slow_rate;                    /* members of each room that read nothing, or little */
    int clients, idle, idle_rooms;                   /* who is there beside the rooms, and in how many of their own */
    int login, tls;
    double seconds;
    const char *caps;
    struct in_addr server; /* in 127.0.0.0/8, whatever is asked for */
} Options;

typedef enum { READS, SLOW, STOPPED } Habit;

typedef struct {
    int fd, number, room; /* a room of -1: none of those that are measured */
    Habit habit;
    int awaited;         /* answers until it is where it is to be */
    bool blocked;        /* its socket takes nothing for now */
    void *tls;           /* NULL: plain text */
    char rest[MAX_REST]; /* the beginning of a line whose end has not come yet */
    int rest_size;
    char *out; /* what the server has not taken yet; OUT_SIZE bytes once there is something */
    int out_size;
} Client;

typedef struct {
    long sent, seen;
} Room;

typedef struct {
    long registered, ready, settled, deliveries;
    long delay_count, delay_room;
    double *delays; /* of the deliveries that say when they were due; seconds */
} Counts;

/* main.c */
extern Options options;
void __attribute__((noreturn, format(printf, 2, 3))) end(int status, const char *format, ...);
void *allocate(size_t count, size_t size);

/* clients.c */
extern Client *clients;
extern Room *rooms;
extern int total;
void make_clients(bool in_rooms);
void open_all(void);
void settle(void);
void turn(double wait); /* the only place that waits: for up to so many seconds */
void __attribute__((format(printf, 2, 3))) put(Client *c, const char *format, ...);
void flush(Client *c);
int count_closed(void); /* who of those that read little or nothing was disconnected; they read the rest first */

/* lines.c */
extern Counts counts;
void on_line(Client *c, char *at, char *end_of); /* ``end_of`` is where the LF is */

/* tls.c: like the calls of the same names for sockets, -1 with EAGAIN included */
void *tls_open(int fd);
bool tls_shake_hands(void *tls); /* false: not done yet */
ssize_t tls_send(void *tls, const char *data, int size);
ssize_t tls_receive(void *tls, char *data, int size);
const char *tls_name(void *tls); /* what was agreed on */

/* process.c */
double now(void);
double own_cpu(void);       /* seconds */
double server_cpu(void);    /* seconds */
double server_memory(void); /* KiB */

#endif
