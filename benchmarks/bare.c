/* A server that does nothing but hand on what it reads: no rules, no history, no queues.
 *
 *   bare PORT
 *
 * It stands for the best that any server could do here, so it shows what the generator (load.c) and the machine's
 * loopback allow: a figure that comes near to it says more of them than of the server. It trusts its one peer, reads
 * whole lines only, and waits for a receiver that is slow; 127.0.0.1 only.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MAX_FD = 65536, MAX_ROOMS = 5000, IN_SIZE = 1 << 17, MAX_EVENTS = 512 };

typedef struct {
    int room, place; /* its room, and where it stands there; -1 before it joins */
    int rest_size;
    char rest[1024];
} Client;

typedef struct {
    int *fds, count;
} Room;

static Client *clients[MAX_FD];
static Room rooms[MAX_ROOMS];

static void say(int fd, const char *data, int size) {
    while (size > 0) {
        ssize_t taken = send(fd, data, size, MSG_NOSIGNAL);
        if (taken <= 0) return;
        data += taken, size -= taken;
    }
}

static void join(int fd, int number) {
    Room *room = &rooms[number];
    room->fds = realloc(room->fds, (room->count + 1) * sizeof *room->fds);
    room->fds[room->count] = fd;
    clients[fd]->room = number;
    clients[fd]->place = room->count++;
}

/* One line without its LF. What goes to the room is added to ``block``; returns the block's new size. */
static int on_line(int fd, const char *line, int length, char *block, int size) {
    char answer[128];
    if (!strncmp(line, "PRIVMSG ", 8)) return size + sprintf(block + size, ":b!b@h %.*s\n", length, line);
    if (!strncmp(line, "USER ", 5)) strcpy(answer, ":bare 001 b :Welcome\r\n");
    else if (!strncmp(line, "PING ", 5)) strcpy(answer, ":bare PONG bare :settled\r\n");
    else if (!strncmp(line, "JOIN #bench", 11)) {
        join(fd, atoi(line + 11) % MAX_ROOMS);
        sprintf(answer, ":bare 366 b #bench%d :End\r\n", clients[fd]->room);
    } else return size;
    say(fd, answer, strlen(answer));
    return size;
}

static void leave(int fd) {
    Client *c = clients[fd];
    if (c->place >= 0) rooms[c->room].fds[c->place] = -1;
    free(c);
    clients[fd] = NULL;
    close(fd);
}

static void on_readable(int fd) {
    static char in[IN_SIZE + 1024], block[IN_SIZE * 2];
    Client *c = clients[fd];
    memcpy(in, c->rest, c->rest_size);
    ssize_t got = recv(fd, in + c->rest_size, IN_SIZE, 0);
    if (got <= 0) {
        leave(fd);
        return;
    }
    char *line = in, *end = in + c->rest_size + got, *lf;
    int size = 0;
    for (; (lf = memchr(line, '\n', end - line)); line = lf + 1) size = on_line(fd, line, lf - line, block, size);
    c->rest_size = end - line;
    memcpy(c->rest, line, c->rest_size);
    Room *room = &rooms[c->room];
    for (int i = 0; size && i < room->count; i++)
        if (room->fds[i] >= 0 && room->fds[i] != fd) say(room->fds[i], block, size);
}

static void on_connection(int epoll, int listener) {
    int on = 1, fd = accept(listener, NULL, NULL);
    if (fd < 0 || fd >= MAX_FD) exit(2);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    clients[fd] = calloc(1, sizeof *clients[fd]);
    clients[fd]->place = -1;
    struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e);
}

int main(int argc, char **argv) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(argc > 1 ? atoi(argv[1]) : 0)};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int on = 1, epoll = epoll_create1(0), listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (void *)&at, sizeof at) || listen(listener, 1024)) return perror("bare"), 2;
    struct epoll_event e = {.events = EPOLLIN, .data.fd = listener}, events[MAX_EVENTS];
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &e);
    for (;;)
        for (int i = 0, count = epoll_wait(epoll, events, MAX_EVENTS, -1); i < count; i++)
            if (events[i].data.fd == listener) on_connection(epoll, listener);
            else on_readable(events[i].data.fd);
}
