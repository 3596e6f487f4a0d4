/* The counterpart of a system under test, in one process and one thread: SMSC, HTTP load, SMPP load, ear.
 *
 * Messages are known by their recipient, 88017 and eight digits from FIRST on, so that each part can write
 * its moment (CLOCK_MONOTONIC, seconds) into the same row of one table.
 */
#ifndef COUNTERPART_H
#define COUNTERPART_H

#include <stddef.h>
#include <stdint.h>

#define PREFIX "88017"
#define PREFIX_LENGTH 5
#define FIRST 11000000u
#define NUMBER_LENGTH 13

typedef struct {
    double asked_at;    /* the request left, or was due in a paced load */
    double answered_at; /* a positive answer */
    double carrier_at;  /* the SMSC had it for the first time */
    double told_at;     /* the final callback, or deliver_sm at the SMPP customer, for the first time */
} moments;

typedef struct {
    uint64_t submitted, receipts_sent, receipts_taken, receipts_again; /* at the SMSC */
    uint64_t receipts_known; /* taken, and of a message of the table */
    uint64_t carrier_distinct, carrier_twice;
    uint64_t asked, accepted, refused, broken; /* at the load */
    uint64_t told, told_distinct, told_twice, told_other; /* at the ear; other: not final, or unknown */
} counts;

extern moments *table;
extern uint32_t table_size;
extern counts seen;

double now(void);
void fail(const char *what);
/* The row of a recipient somewhere in these octets, or -1. */
int64_t row_in(const char *octets, size_t length);
void write_number(char *place, uint32_t row);
void note_carrier(int64_t row);
void note_told(int64_t row);

/* -- connections -- */

typedef struct {
    char *octets;
    size_t start, end, room;
} buffer;

typedef struct connection connection;
struct connection {
    int fd;
    int writing; /* waits for EPOLLOUT */
    int ended;
    int close_after; /* once what is waiting is written */
    buffer in, out;
    void (*read)(connection *);
    void (*lost)(connection *);
    void *own;
};

void start_loop(void);
int listen_on(int port, void (*greet)(int fd));
connection *open_connection(int fd, void (*read)(connection *), void (*lost)(connection *), void *own);
connection *connect_to(const char *host, int port, void (*read)(connection *), void (*lost)(connection *),
                       void *own);
void put(connection *c, const void *octets, size_t length);
void flush(connection *c);
void end(connection *c);
/* Wait at most so long, and serve what came. */
void turn(int milliseconds);
void on_stdin(void (*line)(char *));

/* -- parts -- */

int start_smsc(void);
void smsc_receipts(int on, double after_seconds);
/* Ids as by a carrier that counts, or the same numbers scattered over all 32 bits, each still only once. */
void smsc_scatter(int on);
void smsc_tick(void);

int start_ear(void);
void ear_final(const char *word);

void start_http(const char *host, int port, int connections, uint32_t from, uint32_t count, double rate,
                const char *template_file);
void http_tick(void);
int http_done(void);
void stop_http(void);

void start_esme(const char *host, int port, int sessions, int window, uint32_t from, uint32_t count,
                const char *system_id, const char *password);
int esme_done(void);

/* -- PDUs -- */

enum { HEAD = 16, SUBMIT_SM = 4, DELIVER_SM = 5, UNBIND = 6, ENQUIRE_LINK = 0x15, RESPONSE = 0x80000000u };
static inline uint32_t get32(const char *at) {
    const unsigned char *u = (const unsigned char *)at;
    return (uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 | (uint32_t)u[2] << 8 | u[3];
}
void put_head(char *at, uint32_t length, uint32_t command, uint32_t status, uint32_t sequence);

#endif
