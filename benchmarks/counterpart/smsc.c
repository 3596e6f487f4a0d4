/* The SMSC: takes every submit_sm at once and sends its receipt after a set delay. */
#include "counterpart.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define OPEN 1024      /* deliver_sm unanswered per bind */
#define SEQUENCES 4096 /* a power of two above OPEN */
#define ADDRESS 24
#define SCATTER 2654435761u /* odd, so that no two products modulo 2^32 are the same */

typedef struct {
    double due_at;
    uint32_t id;
    char sender[ADDRESS], recipient[ADDRESS];
} receipt;

typedef struct bind_state {
    connection *c;
    struct bind_state *next;
    receipt *waiting; /* a ring, due in order */
    size_t first, count, room;
    uint32_t sequence, open;
    receipt sent[SEQUENCES];
} bind_state;

static bind_state *binds;
static int receipts_on = 1;
static double receipt_after = 0.05;
static uint32_t last_id;
static int scattered;

void put_head(char *at, uint32_t length, uint32_t command, uint32_t status, uint32_t sequence) {
    uint32_t words[4] = {length, command, status, sequence};
    for (int i = 0; i < 16; i++) at[i] = (char)(words[i / 4] >> (24 - i % 4 * 8));
}

void smsc_receipts(int on, double after_seconds) {
    receipts_on = on;
    receipt_after = after_seconds;
}

void smsc_scatter(int on) { scattered = on; }

static void wait_for(bind_state *b, const receipt *r) {
    if (b->count == b->room) {
        size_t room = b->room ? b->room * 2 : 1024;
        receipt *fresh = malloc(room * sizeof *fresh);
        if (fresh == NULL) fail("memory");
        for (size_t i = 0; i < b->count; i++) fresh[i] = b->waiting[(b->first + i) % b->room];
        free(b->waiting);
        b->waiting = fresh;
        b->first = 0;
        b->room = room;
    }
    b->waiting[(b->first + b->count++) % b->room] = *r;
}

static void deliver(bind_state *b, const receipt *r) {
    char pdu[512], text[256], day[16];
    time_t seconds = time(NULL);
    struct tm moment;
    gmtime_r(&seconds, &moment);
    strftime(day, sizeof day, "%y%m%d%H%M", &moment);
    int length = snprintf(text, sizeof text,
                          "id:%010u sub:001 dlvrd:001 submit date:%s done date:%s stat:DELIVRD err:000 text:",
                          r->id, day, day);
    char *at = pdu + HEAD;
    *at++ = 0; /* service_type */
    *at++ = 1, *at++ = 1;
    at = stpcpy(at, r->recipient) + 1;
    *at++ = 0, *at++ = 0;
    at = stpcpy(at, r->sender) + 1;
    *at++ = 4; /* esm_class: a receipt */
    memset(at, 0, 8), at += 8; /* protocol_id to sm_default_msg_id, both times empty */
    *at++ = (char)length;
    memcpy(at, text, (size_t)length);
    at += length;
    b->sequence = b->sequence % 0x7fffffff + 1;
    while (b->sent[b->sequence % SEQUENCES].id) b->sequence = b->sequence % 0x7fffffff + 1;
    b->sent[b->sequence % SEQUENCES] = *r;
    put_head(pdu, (uint32_t)(at - pdu), DELIVER_SM, 0, b->sequence);
    put(b->c, pdu, (size_t)(at - pdu));
    b->open++;
    seen.receipts_sent++;
}

static void deliver_due(bind_state *b, double at) {
    int any = 0;
    while (b->count && b->open < OPEN && b->waiting[b->first].due_at <= at) {
        receipt r = b->waiting[b->first];
        b->first = (b->first + 1) % b->room;
        b->count--;
        deliver(b, &r);
        any = 1;
    }
    if (any) flush(b->c);
}

void smsc_tick(void) {
    double at = now();
    for (bind_state *b = binds, *next; b != NULL; b = next) {
        next = b->next;
        deliver_due(b, at);
    }
}

/* A C-octet string and what follows it; NULL when it does not end in the PDU. */
static const char *string_at(const char *at, const char *stop, char *copy) {
    const char *nul = at < stop ? memchr(at, 0, (size_t)(stop - at)) : NULL;
    if (nul == NULL || nul - at >= ADDRESS) return NULL;
    if (copy != NULL) memcpy(copy, at, (size_t)(nul - at) + 1);
    return nul + 1;
}

static void take(bind_state *b, const char *pdu, uint32_t length, uint32_t sequence) {
    receipt r = {.due_at = now() + receipt_after};
    const char *stop = pdu + length, *at = string_at(pdu + HEAD, stop, NULL);
    char answer[HEAD + 16];
    if (at != NULL) at = string_at(at + 2, stop, r.sender);
    if (at != NULL) at = string_at(at + 2, stop, r.recipient);
    if (at == NULL || stop - at < 6) {
        put_head(answer, HEAD + 1, SUBMIT_SM | RESPONSE, 8, sequence);
        answer[HEAD] = 0;
        put(b->c, answer, HEAD + 1);
        return;
    }
    at = string_at(at + 3, stop, NULL);
    if (at != NULL) at = string_at(at, stop, NULL);
    int wanted = at != NULL && at < stop && (*at & 3) == 1;
    r.id = ++last_id * (scattered ? SCATTER : 1);
    seen.submitted++;
    note_carrier(row_in(r.recipient, strlen(r.recipient)));
    int text = snprintf(answer + HEAD, 16, "%010u", r.id) + 1;
    put_head(answer, HEAD + (uint32_t)text, SUBMIT_SM | RESPONSE, 0, sequence);
    put(b->c, answer, HEAD + (size_t)text);
    if (receipts_on && wanted) wait_for(b, &r);
}

static void heard(bind_state *b, uint32_t status, uint32_t sequence) {
    receipt *r = &b->sent[sequence % SEQUENCES];
    if (!r->id) return;
    if (status == 0) {
        seen.receipts_taken++;
        seen.receipts_known += row_in(r->recipient, strlen(r->recipient)) >= 0;
    } else { /* not taken: told again */
        seen.receipts_again++;
        r->due_at = now() + 0.05;
        wait_for(b, r);
    }
    r->id = 0;
    b->open--;
}

static void read_pdus(connection *c) {
    bind_state *b = c->own;
    while (c->in.end - c->in.start >= HEAD) {
        const char *pdu = c->in.octets + c->in.start;
        uint32_t length = get32(pdu), command = get32(pdu + 4), sequence = get32(pdu + 12);
        char answer[HEAD + 8];
        if (length < HEAD || length > 65536) {
            end(c);
            return;
        }
        if (c->in.end - c->in.start < length) break;
        if (command == SUBMIT_SM) take(b, pdu, length, sequence);
        else if (command == (DELIVER_SM | RESPONSE)) heard(b, get32(pdu + 8), sequence);
        else if (command == ENQUIRE_LINK || command == UNBIND) {
            put_head(answer, HEAD, command | RESPONSE, 0, sequence);
            put(c, answer, HEAD);
        } else if (command == 1 || command == 2 || command == 9) { /* any bind is welcome */
            put_head(answer, HEAD + 5, command | RESPONSE, 0, sequence);
            memcpy(answer + HEAD, "smsc", 5);
            put(c, answer, HEAD + 5);
        }
        c->in.start += length;
    }
    deliver_due(b, now());
}

static void forget(connection *c) {
    bind_state *b = c->own, **place = &binds;
    while (*place != b) place = &(*place)->next;
    *place = b->next;
    free(b->waiting);
    free(b);
}

static void greet(int fd) {
    bind_state *b = calloc(1, sizeof *b);
    if (b == NULL) fail("memory");
    b->next = binds;
    binds = b;
    b->c = open_connection(fd, read_pdus, forget, b);
}

int start_smsc(void) { return listen_on(0, greet); }
