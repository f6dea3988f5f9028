/*
 * Measures from outside how long a guest is silent.
 *
 * usage: vfrt-probe IP PORT INTERVAL_MS SECONDS|until-killed [--log FILE]
 *
 * Sends a datagram every INTERVAL_MS. At the end, or on SIGTERM or SIGINT, prints one line. A gap is the time between two
 * answers that follow each other; silent_at_end_ms is the time since the last answer (since the start when there was none).
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { GAP_MS = 300, MAX_GAPS = 1024 };

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
    (void)signal;
    stopped = 1;
}

static int64_t clock_us(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int usage(void)
{
    fputs("usage: vfrt-probe IP PORT INTERVAL_MS SECONDS|until-killed [--log FILE]\n", stderr);
    return 2;
}

int main(int argc, char **argv)
{
    FILE *log = NULL;
    if (argc == 7 && !strcmp(argv[5], "--log")) {
        log = fopen(argv[6], "w");
        if (!log) {
            perror(argv[6]);
            return 1;
        }
        setlinebuf(log);
    } else if (argc != 5) {
        return usage();
    }
    struct sockaddr_in guest = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[2])) };
    int64_t interval = (int64_t)(atof(argv[3]) * 1000);
    double seconds = strcmp(argv[4], "until-killed") ? atof(argv[4]) : -1;
    if (inet_pton(AF_INET, argv[1], &guest.sin_addr) != 1 || interval <= 0)
        return usage();

    struct sigaction on_stop = { .sa_handler = stop };
    sigaction(SIGTERM, &on_stop, NULL);
    sigaction(SIGINT, &on_stop, NULL);

    /* Not connected: an ICMP error, as when the guest's host is gone for a moment, must not end the measurement. */
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        perror("socket");
        return 1;
    }

    uint64_t sent = 0, received = 0;
    int64_t start = clock_us(CLOCK_MONOTONIC), due = start, last = start, longest = 0;
    static int64_t gaps[MAX_GAPS];
    int gap_count = 0;

    while (!stopped) {
        int64_t now = clock_us(CLOCK_MONOTONIC);
        if (seconds >= 0 && now - start >= (int64_t)(seconds * 1e6))
            break;
        if (now >= due) {
            char request[32];
            int length = snprintf(request, sizeof request, "%" PRIu64, sent++);
            sendto(fd, request, (size_t)length, 0, (struct sockaddr *)&guest, sizeof guest);
            due += interval;
            if (due < now)
                due = now + interval;
        }
        struct timespec wait = { .tv_sec = (due - now) / 1000000, .tv_nsec = (due - now) % 1000000 * 1000 };
        if (due <= now)
            wait = (struct timespec){ 0 };
        struct pollfd p = { .fd = fd, .events = POLLIN };
        if (ppoll(&p, 1, &wait, NULL) <= 0)
            continue;
        char answer[320];
        struct sockaddr_in peer;
        socklen_t size = sizeof peer;
        ssize_t n = recvfrom(fd, answer, sizeof answer - 1, 0, (struct sockaddr *)&peer, &size);
        if (n < 0 || peer.sin_addr.s_addr != guest.sin_addr.s_addr)
            continue;
        answer[n] = 0;
        now = clock_us(CLOCK_MONOTONIC);
        if (received++) {
            int64_t gap = now - last;
            if (gap > longest)
                longest = gap;
            if (gap > GAP_MS * 1000 && gap_count < MAX_GAPS)
                gaps[gap_count++] = gap;
        }
        last = now;
        if (log)
            fprintf(log, "%.3f %s\n", (double)clock_us(CLOCK_REALTIME) / 1e6, answer);
    }

    printf("sent=%" PRIu64 " received=%" PRIu64 " longest_gap_ms=%" PRId64 " gaps_over_300ms=", sent, received, longest / 1000);
    for (int i = 0; i < gap_count; i++)
        printf("%s%" PRId64, i ? "," : "", gaps[i] / 1000);
    printf(" silent_at_end_ms=%" PRId64 "\n", (clock_us(CLOCK_MONOTONIC) - last) / 1000);
    return 0;
}
