/* Orders come as lines on standard input, answers are lines of JSON on standard output. */
#define _GNU_SOURCE
#include "counterpart.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

moments *table;
uint32_t table_size;
counts seen;
static int loading;       /* 0, or 'h' or 's' */
static double began_at;

double now(void) {
    struct timespec moment;
    clock_gettime(CLOCK_MONOTONIC, &moment);
    return (double)moment.tv_sec + (double)moment.tv_nsec * 1e-9;
}

void fail(const char *what) {
    perror(what);
    exit(1);
}

int64_t row_in(const char *octets, size_t length) {
    const char *stop = octets + length;
    for (const char *at = octets; (at = memmem(at, (size_t)(stop - at), PREFIX, PREFIX_LENGTH)) != NULL; at++) {
        uint32_t number = 0;
        int digits = 0;
        while (digits < 8 && at + PREFIX_LENGTH + digits < stop && at[PREFIX_LENGTH + digits] >= '0' &&
               at[PREFIX_LENGTH + digits] <= '9')
            number = number * 10 + (uint32_t)(at[PREFIX_LENGTH + digits++] - '0');
        if (digits == 8 && number >= FIRST && number - FIRST < table_size) return number - FIRST;
    }
    return -1;
}

void write_number(char *place, uint32_t row) {
    uint32_t number = FIRST + row;
    memcpy(place, PREFIX, PREFIX_LENGTH);
    for (int i = NUMBER_LENGTH - 1; i >= PREFIX_LENGTH; i--, number /= 10) place[i] = (char)('0' + number % 10);
}

void note_carrier(int64_t row) {
    if (row < 0) return;
    if (table[row].carrier_at > 0) {
        seen.carrier_twice++;
        return;
    }
    table[row].carrier_at = now();
    seen.carrier_distinct++;
}

void note_told(int64_t row) {
    seen.told++;
    if (row < 0) {
        seen.told_other++;
    } else if (table[row].told_at > 0) {
        seen.told_twice++;
    } else {
        table[row].told_at = now();
        seen.told_distinct++;
    }
}

static void report(const char *about) {
    struct timespec cpu;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
    printf("{\"about\":\"%s\",\"at\":%.6f,\"cpu_seconds\":%.4f,", about, now(),
           (double)cpu.tv_sec + (double)cpu.tv_nsec * 1e-9);
#define FIELD(name) printf("\"" #name "\":%llu%s", (unsigned long long)seen.name, ",")
    FIELD(submitted), FIELD(receipts_sent), FIELD(receipts_taken), FIELD(receipts_again), FIELD(receipts_known);
    FIELD(carrier_distinct), FIELD(carrier_twice), FIELD(asked), FIELD(accepted), FIELD(refused);
    FIELD(broken), FIELD(told), FIELD(told_distinct), FIELD(told_twice);
    printf("\"told_other\":%llu}\n", (unsigned long long)seen.told_other);
    fflush(stdout);
}

static void dump(const char *path, uint32_t rows) {
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(table, sizeof *table, rows, file) != rows || fclose(file)) fail(path);
    report("dump");
}

static void obey(char *line) {
    char host[64], word[256], more[64];
    int port, connections, open;
    unsigned from, count;
    double number;
    if (sscanf(line, "http %63s %d %d %u %u %lf %255s", host, &port, &connections, &from, &count, &number,
               word) == 7) {
        began_at = now(), loading = 'h';
        start_http(host, port, connections, from, count, number, word);
    } else if (sscanf(line, "smpp %63s %d %d %d %u %u %255s %63s", host, &port, &connections, &open, &from,
                      &count, word, more) == 8) {
        began_at = now(), loading = 's';
        start_esme(host, port, connections, open, from, count, word, more);
    } else if (sscanf(line, "receipts %d %lf", &open, &number) == 2) {
        smsc_receipts(open, number);
    } else if (sscanf(line, "scatter %d", &open) == 1) {
        smsc_scatter(open);
    } else if (sscanf(line, "final %255s", word) == 1) {
        ear_final(word);
    } else if (sscanf(line, "dump %u %255s", &count, word) == 2) {
        dump(word, count);
    } else if (strcmp(line, "reset") == 0) {
        memset(table, 0, table_size * sizeof *table);
        memset(&seen, 0, sizeof seen);
        report("reset");
    } else if (strcmp(line, "report") == 0) {
        report("report");
    } else {
        fprintf(stderr, "not understood: %s\n", line);
        exit(2);
    }
}

int main(int argc, char **argv) {
    table_size = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1000000;
    table = calloc(table_size, sizeof *table);
    if (table == NULL) fail("memory");
    start_loop();
    int smpp_port = start_smsc(), http_port = start_ear();
    on_stdin(obey);
    printf("{\"smpp_port\":%d,\"http_port\":%d}\n", smpp_port, http_port);
    fflush(stdout);
    for (;;) {
        turn(1);
        smsc_tick();
        if (loading == 'h') http_tick();
        if ((loading == 'h' && http_done()) || (loading == 's' && esme_done())) {
            if (loading == 'h') stop_http();
            loading = 0;
            report("load");
        }
    }
}
