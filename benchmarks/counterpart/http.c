/* The HTTP load: so many connections, each with one request at a time; as fast as it goes, or at a rate. */
#define _GNU_SOURCE
#include "counterpart.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLACES 8
#define TOKEN "@recipient@@@" /* as long as a recipient, so that no length changes */

typedef struct client {
    connection *c;
    struct client *next_idle;
    int64_t row; /* -1 when idle */
} client;

static char *request;
static size_t request_length, places[PLACES];
static int place_count, server_port;
static char server_host[64];
static uint32_t next_row, last_row, settled, total, began_row;
static double per_second, began_at;
static client *idle, **clients;
static int client_count;

static void ask(client *k, double asked_at) {
    for (int i = 0; i < place_count; i++) write_number(request + places[i], next_row);
    k->row = next_row;
    table[next_row++].asked_at = asked_at;
    seen.asked++;
    put(k->c, request, request_length);
    flush(k->c);
}

static void ready(client *k) {
    if (next_row >= last_row) return;
    if (per_second > 0) {
        k->next_idle = idle;
        idle = k;
    } else {
        ask(k, now());
    }
}

static void settle(client *k, int positive) {
    if (positive) {
        seen.accepted++;
        table[k->row].answered_at = now();
    } else {
        seen.refused++;
    }
    k->row = -1;
    settled++;
}

/* How long a whole answer is, or 0 when more must come. */
static size_t whole(const char *octets, size_t length) {
    const char *stop = memmem(octets, length, "\r\n\r\n", 4);
    if (stop == NULL) return 0;
    size_t head = (size_t)(stop - octets) + 4, body = 0;
    for (const char *line = octets; line < stop; line = (char *)memmem(line, length, "\r\n", 2) + 2) {
        if (strncasecmp(line, "content-length:", 15) == 0) body = strtoul(line + 15, NULL, 10);
        if (strncasecmp(line, "transfer-encoding: chunked", 26) == 0) {
            const char *last = memmem(octets + head - 2, length - head + 2, "\r\n0\r\n\r\n", 7);
            return last == NULL ? 0 : (size_t)(last - octets) + 7;
        }
    }
    return length >= head + body ? head + body : 0;
}

static void lost(connection *c);

static void read_answer(connection *c) {
    client *k = c->own;
    char *octets = c->in.octets + c->in.start;
    size_t length = c->in.end - c->in.start, taken = whole(octets, length);
    if (taken == 0) return;
    int closing = memmem(octets, taken, "onnection: close", 16) != NULL;
    int positive = taken > 12 && octets[9] == '2';
    if (!positive && seen.refused < 3) fprintf(stderr, "refused: %.*s\n", (int)taken, octets);
    c->in.start += taken;
    if (k->row < 0) return;
    settle(k, positive);
    if (closing) {
        end(c); /* and `lost` goes on with a fresh connection */
        return;
    }
    ready(k);
}

static void lost(connection *c) {
    client *k = c->own;
    if (k->row >= 0) {
        seen.broken++;
        k->row = -1;
        settled++;
    }
    for (client **place = &idle; *place != NULL; place = &(*place)->next_idle)
        if (*place == k) {
            *place = k->next_idle;
            break;
        }
    k->c = NULL;
    if (next_row >= last_row) return;
    k->c = connect_to(server_host, server_port, read_answer, lost, k);
    ready(k);
}

void start_http(const char *host, int port, int connections, uint32_t from, uint32_t count, double rate,
                const char *template_file) {
    FILE *file = fopen(template_file, "rb");
    if (file == NULL) fail(template_file);
    request = realloc(request, 65536);
    request_length = fread(request, 1, 65535, file);
    fclose(file);
    place_count = 0;
    for (char *at = request; place_count < PLACES; at++) {
        at = memmem(at, request_length - (size_t)(at - request), TOKEN, NUMBER_LENGTH);
        if (at == NULL) break;
        places[place_count++] = (size_t)(at - request);
    }
    snprintf(server_host, sizeof server_host, "%s", host);
    server_port = port, per_second = rate, idle = NULL;
    clients = calloc((size_t)connections, sizeof *clients);
    if (clients == NULL) fail("memory");
    client_count = connections;
    for (int i = 0; i < connections; i++) { /* all are there before the first asks: a full backlog waits */
        client *k = clients[i] = calloc(1, sizeof *k);
        if (k == NULL) fail("memory");
        k->row = -1;
        k->c = connect_to(host, port, read_answer, lost, k);
    }
    next_row = began_row = from, last_row = from + count, total = count, settled = 0, began_at = now();
    for (int i = 0; i < connections; i++) ready(clients[i]);
}

/* Nothing of a load stays: an idle connection that the server closes later must not join the next load. */
void stop_http(void) {
    idle = NULL, next_row = last_row;
    for (int i = 0; i < client_count; i++) {
        if (clients[i]->c != NULL) end(clients[i]->c);
        free(clients[i]);
    }
    free(clients);
    clients = NULL, client_count = 0;
}

/* A paced load: what is due goes out as far as a connection is free; its time runs from when it was due. */
void http_tick(void) {
    if (per_second <= 0) return;
    double at = now();
    while (idle != NULL && next_row < last_row) {
        double due_at = began_at + (next_row - began_row) / per_second;
        if (due_at > at) return;
        client *k = idle;
        idle = k->next_idle;
        ask(k, due_at);
    }
}

int http_done(void) { return settled >= total; }
