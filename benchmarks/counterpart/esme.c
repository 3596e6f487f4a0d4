/* The SMPP customer: binds, keeps its windows full, answers deliver_sm. */
#include "counterpart.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct session {
    uint32_t open, sequence;
    uint32_t *rows; /* by sequence */
    int bound;
    connection *c;
    struct session *next;
} session;

static session *sessions_open;
static uint32_t next_row, last_row, answered, total;
static int window;

static void fill(connection *c) {
    session *s = c->own;
    while (s->bound && s->open < (uint32_t)window && next_row < last_row) {
        char pdu[128], *at = pdu + HEAD;
        static const char text[] = "Your code is 493817";
        *at++ = 0; /* service_type */
        *at++ = 5, *at++ = 0;
        at = stpcpy(at, "Heliograph") + 1;
        *at++ = 1, *at++ = 1;
        write_number(at, next_row);
        at += NUMBER_LENGTH;
        *at++ = 0;
        memset(at, 0, 5), at += 5; /* esm_class, protocol_id, priority_flag, both times */
        *at++ = 1;                 /* registered_delivery */
        memset(at, 0, 3), at += 3;
        *at++ = sizeof text - 1;
        memcpy(at, text, sizeof text - 1);
        at += sizeof text - 1;
        s->sequence = s->sequence % 0x7fffffff + 1;
        s->rows[s->sequence % (uint32_t)(4 * window)] = next_row;
        put_head(pdu, (uint32_t)(at - pdu), SUBMIT_SM, 0, s->sequence);
        put(c, pdu, (size_t)(at - pdu));
        table[next_row++].asked_at = now();
        s->open++;
        seen.asked++;
    }
}

static void answer_to(session *s, const char *pdu) {
    uint32_t sequence = get32(pdu + 12);
    s->open--;
    answered++;
    if (get32(pdu + 8)) {
        seen.refused++;
        return;
    }
    seen.accepted++;
    table[s->rows[sequence % (uint32_t)(4 * window)]].answered_at = now();
}

static void read_pdus(connection *c) {
    session *s = c->own;
    while (c->in.end - c->in.start >= HEAD) {
        const char *pdu = c->in.octets + c->in.start;
        uint32_t length = get32(pdu), command = get32(pdu + 4), sequence = get32(pdu + 12);
        char answer[HEAD + 1] = {0};
        if (length < HEAD || length > 65536) fail("a PDU of impossible length");
        if (c->in.end - c->in.start < length) break;
        if (command == (9 | RESPONSE)) {
            if (get32(pdu + 8)) fail("bind refused");
            s->bound = 1;
        } else if (command == (SUBMIT_SM | RESPONSE)) {
            answer_to(s, pdu);
        } else if (command == DELIVER_SM) {
            note_told(row_in(pdu + HEAD, length - HEAD));
            put_head(answer, HEAD + 1, DELIVER_SM | RESPONSE, 0, sequence);
            put(c, answer, HEAD + 1);
        } else if (command == ENQUIRE_LINK) {
            put_head(answer, HEAD, ENQUIRE_LINK | RESPONSE, 0, sequence);
            put(c, answer, HEAD);
        }
        c->in.start += length;
    }
    fill(c);
}

static void lost(connection *c) {
    session *s = c->own, **place = &sessions_open;
    seen.broken += s->open;
    answered += s->open;
    while (*place != s) place = &(*place)->next;
    *place = s->next;
    free(s->rows);
    free(s);
    c->own = NULL;
}

void start_esme(const char *host, int port, int sessions, int open, uint32_t from, uint32_t count,
                const char *system_id, const char *password) {
    while (sessions_open != NULL) end(sessions_open->c); /* those of an earlier load have all they waited for */
    next_row = from, last_row = from + count, total = count, answered = 0, window = open;
    for (int i = 0; i < sessions; i++) {
        session *s = calloc(1, sizeof *s);
        char pdu[128], *at = pdu + HEAD;
        if (s == NULL || (s->rows = calloc((size_t)(4 * open), sizeof *s->rows)) == NULL) fail("memory");
        s->sequence = 1;
        connection *c = s->c = connect_to(host, port, read_pdus, lost, s);
        s->next = sessions_open, sessions_open = s;
        at = stpcpy(at, system_id) + 1;
        at = stpcpy(at, password) + 1;
        *at++ = 0;
        *at++ = 0x34;
        memset(at, 0, 3), at += 3;
        put_head(pdu, (uint32_t)(at - pdu), 9, 0, 1);
        put(c, pdu, (size_t)(at - pdu));
        flush(c);
    }
}

int esme_done(void) { return answered >= total; }
