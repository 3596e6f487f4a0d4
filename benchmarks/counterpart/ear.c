/* The ear: answers every callback with 200 and notes whose it was. */
#define _GNU_SOURCE
#include "counterpart.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char final_word[128];

/* A call without this word is not the final one; every one is for "*". */
void ear_final(const char *word) {
    snprintf(final_word, sizeof final_word, "%s", strcmp(word, "*") == 0 ? "" : word);
}

static void read_calls(connection *c) {
    static const char answer[] =
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\nACK/Jasmin";
    for (;;) {
        const char *octets = c->in.octets + c->in.start;
        size_t length = c->in.end - c->in.start, body = 0;
        const char *stop = memmem(octets, length, "\r\n\r\n", 4);
        if (stop == NULL) return;
        int closing = 0;
        for (const char *line = octets; line < stop; line = (char *)memmem(line, length, "\r\n", 2) + 2) {
            if (strncasecmp(line, "content-length:", 15) == 0) body = strtoul(line + 15, NULL, 10);
            if (strncasecmp(line, "connection: close", 17) == 0) closing = 1;
        }
        size_t whole = (size_t)(stop - octets) + 4 + body;
        if (length < whole) return;
        if (final_word[0] == 0 || memmem(octets, whole, final_word, strlen(final_word)) != NULL)
            note_told(row_in(octets, whole));
        else seen.told_other++;
        c->in.start += whole;
        put(c, answer, sizeof answer - 1);
        c->close_after |= closing;
    }
}

static void greet(int fd) { open_connection(fd, read_calls, NULL, NULL); }

int start_ear(void) { return listen_on(0, greet); }
