/* Buffers, sockets and the loop. */
#define _GNU_SOURCE
#include "counterpart.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
    int fd;
    void (*greet)(int fd);
} listener;

static int poll_fd;
static listener listeners[4];
static int listening;
static void (*told_line)(char *);
static int wakes_stdin, wakes_listener; /* their addresses mark what woke */
static connection *graves[4096];
static int buried;

void start_loop(void) {
    poll_fd = epoll_create1(0);
    if (poll_fd < 0) fail("epoll_create1");
}

static void watch(int fd, uint32_t events, void *mark, int operation) {
    struct epoll_event event = {.events = events, .data.ptr = mark};
    if (epoll_ctl(poll_fd, operation, fd, &event) < 0) fail("epoll_ctl");
}

int listen_on(int port, void (*greet)(int fd)) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    socklen_t length = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, length) < 0 || listen(fd, 4096) < 0) fail("listen");
    if (getsockname(fd, (struct sockaddr *)&address, &length) < 0) fail("getsockname");
    listeners[listening++] = (listener){.fd = fd, .greet = greet};
    watch(fd, EPOLLIN, &wakes_listener, EPOLL_CTL_ADD);
    return ntohs(address.sin_port);
}

connection *open_connection(int fd, void (*read)(connection *), void (*lost)(connection *), void *own) {
    connection *c = calloc(1, sizeof *c);
    int on = 1;
    if (c == NULL) fail("memory");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    *c = (connection){.fd = fd, .read = read, .lost = lost, .own = own};
    watch(fd, EPOLLIN, c, EPOLL_CTL_ADD);
    return c;
}

connection *connect_to(const char *host, int port, void (*read)(connection *), void (*lost)(connection *),
                       void *own) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || inet_pton(AF_INET, host, &address.sin_addr) != 1) fail("socket");
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) fail("connect");
    return open_connection(fd, read, lost, own);
}

static void reserve(buffer *b, size_t more) {
    if (b->start == b->end) b->start = b->end = 0;
    if (b->end + more <= b->room) return;
    memmove(b->octets, b->octets + b->start, b->end - b->start);
    b->end -= b->start;
    b->start = 0;
    if (b->end + more <= b->room) return;
    b->room = (b->end + more) * 2;
    b->octets = realloc(b->octets, b->room);
    if (b->octets == NULL) fail("memory");
}

void put(connection *c, const void *octets, size_t length) {
    if (c->ended) return;
    reserve(&c->out, length);
    memcpy(c->out.octets + c->out.end, octets, length);
    c->out.end += length;
}

void end(connection *c) {
    if (c->ended) return;
    c->ended = 1;
    close(c->fd);
    if (c->lost != NULL) c->lost(c);
    if (buried < (int)(sizeof graves / sizeof *graves)) graves[buried++] = c;
}

void flush(connection *c) {
    while (!c->ended && c->out.start < c->out.end) {
        ssize_t sent = send(c->fd, c->out.octets + c->out.start, c->out.end - c->out.start, MSG_NOSIGNAL);
        if (sent < 0) {
            if (errno != EAGAIN && errno != EINTR) end(c);
            break;
        }
        c->out.start += (size_t)sent;
    }
    if (c->ended) return;
    int waits = c->out.start < c->out.end;
    if (waits != c->writing) watch(c->fd, waits ? EPOLLIN | EPOLLOUT : EPOLLIN, c, EPOLL_CTL_MOD);
    c->writing = waits;
    if (!waits && c->close_after) end(c);
}

static void serve(connection *c) {
    for (int again = 1; again && !c->ended;) {
        reserve(&c->in, 65536);
        ssize_t got = recv(c->fd, c->in.octets + c->in.end, 65536, 0);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
            end(c);
            return;
        }
        again = got == 65536;
        setsockopt(c->fd, IPPROTO_TCP, TCP_QUICKACK, &(int){1}, sizeof(int)); /* whoever leaves Nagle on must not wait */
        if (got > 0) {
            c->in.end += (size_t)got;
            c->read(c);
        }
    }
    flush(c);
}

static void greet_all(void) {
    for (int i = 0; i < listening; i++)
        for (int fd; (fd = accept4(listeners[i].fd, NULL, NULL, SOCK_NONBLOCK)) >= 0;) listeners[i].greet(fd);
}

static void read_lines(void) {
    static char line[4096];
    static size_t length;
    ssize_t got = read(0, line + length, sizeof line - 1 - length);
    if (got <= 0) exit(0); /* whoever started this is gone */
    length += (size_t)got;
    for (char *stop; (stop = memchr(line, '\n', length)) != NULL;) {
        *stop = 0;
        told_line(line);
        length -= (size_t)(stop + 1 - line);
        memmove(line, stop + 1, length);
    }
}

void on_stdin(void (*line)(char *)) {
    told_line = line;
    watch(0, EPOLLIN, &wakes_stdin, EPOLL_CTL_ADD);
}

void turn(int milliseconds) {
    struct epoll_event events[256];
    int count = epoll_wait(poll_fd, events, 256, milliseconds);
    for (int i = 0; i < count; i++) {
        void *mark = events[i].data.ptr;
        connection *c = mark;
        if (mark == &wakes_stdin) read_lines();
        else if (mark == &wakes_listener) greet_all();
        else if (!c->ended) {
            if (events[i].events & EPOLLOUT) flush(c);
            if (!c->ended && events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) serve(c);
        }
    }
    while (buried > 0) { /* not before, for an event of this turn may still name it */
        connection *c = graves[--buried];
        free(c->in.octets);
        free(c->out.octets);
        free(c);
    }
}
