/*
 * The work load of a test guest.
 *
 * It answers three questions about a guest that was checkpointed, migrated or restored: does it go on from the moment of
 * the capture (a counter kept in memory), is every page of memory that moment's page (a work area with checkable
 * content), and how long was it silent (an echo that answers at once).
 *
 *   TCP 7777  one line per connection: count, check, stats, busy RATE AREA_MIB, idle, poweroff; the answer, then close
 *   UDP 7778  each datagram is answered at once with the counter and the datagram's own text
 *
 * usage: labguest [busy|idle] RATE_MIB_S AREA_MIB
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { TCP_PORT = 7777, UDP_PORT = 7778, TICK_MS = 100, SLICE_MS = 50, PAGE = 4096, WORDS = PAGE / 8, BATCH = 64 };

static atomic_uint_fast64_t ticks;
static atomic_uint_fast64_t longest_tick_ms;
static atomic_uint_fast64_t datagrams;

/*
 * The work area. The writer sweeps it from the first page to the last; each sweep is one generation. So every page has
 * exactly one right content at any moment: pages before `next_page` are of `generation`, the others of the one before.
 * A page that was lost, or is older than the checkpoint, cannot pass.
 */
static pthread_mutex_t area_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t rate_set = PTHREAD_COND_INITIALIZER;
static uint64_t *area;
static uint64_t area_pages;
static uint64_t next_page;
static uint64_t generation;
static uint64_t pages_written;
static unsigned rate_mib_s;

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Relative sleeps only: an absolute deadline would hang or spin when a restore makes the clock jump. */
static void sleep_ms(int64_t ms)
{
    struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000 };
    nanosleep(&t, NULL);
}

static uint64_t next_word(uint64_t word)
{
    word ^= word << 13;
    word ^= word >> 7;
    word ^= word << 17;
    return word;
}

static uint64_t first_word(uint64_t number, uint64_t gen)
{
    uint64_t seed = (number + 1) * UINT64_C(0x9e3779b97f4a7c15) ^ (gen + 1) * UINT64_C(0xbf58476d1ce4e5b9);
    return seed ? seed : 1;
}

/* A page: its number, its generation, then a pseudo-random sequence that follows from both. */
static void write_page(uint64_t number, uint64_t gen)
{
    uint64_t *page = area + number * WORDS;
    uint64_t word = first_word(number, gen);
    page[0] = number;
    page[1] = gen;
    for (int i = 2; i < WORDS; i++)
        page[i] = word = next_word(word);
}

static int page_is_right(uint64_t number, uint64_t gen)
{
    const uint64_t *page = area + number * WORDS;
    uint64_t word = first_word(number, gen);
    if (page[0] != number || page[1] != gen)
        return 0;
    for (int i = 2; i < WORDS; i++)
        if (page[i] != (word = next_word(word)))
            return 0;
    return 1;
}

/* Under area_lock. */
static uint64_t generation_of(uint64_t number)
{
    return number < next_page ? generation : generation - 1;
}

/* Replaces the area by one of `mib` MiB, all of generation 1. Returns 0, or an errno. */
static int new_area(uint64_t mib)
{
    uint64_t pages = mib * 256;
    int error = 0;
    pthread_mutex_lock(&area_lock);
    if (pages != area_pages) {
        if (area)
            munmap(area, area_pages * PAGE);
        area = NULL;
        area_pages = 0;
        if (pages) {
            void *memory = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            if (memory == MAP_FAILED) {
                error = errno;
            } else {
                area = memory;
                area_pages = pages;
            }
        }
        for (uint64_t i = 0; i < area_pages; i++)
            write_page(i, 1);
        generation = area_pages ? 1 : 0;
        next_page = area_pages;
    }
    pthread_mutex_unlock(&area_lock);
    return error;
}

/*
 * Writes in slices and asks the clock what is due, so that the rate holds; a jump of the clock is no debt. Without a rate it sleeps for
 * good: a guest that woke for nothing a hundred times a second kept a third of an emulated processor busy.
 */
static void *writer(void *unused)
{
    (void)unused;
    int64_t last = now_ms();
    double due = 0;
    for (;;) {
        pthread_mutex_lock(&area_lock);
        while (!rate_mib_s || !area_pages) {
            due = 0;
            pthread_cond_wait(&rate_set, &area_lock);
        }
        pthread_mutex_unlock(&area_lock);
        sleep_ms(SLICE_MS);
        pthread_mutex_lock(&area_lock);
        unsigned rate = rate_mib_s;
        pthread_mutex_unlock(&area_lock);
        int64_t now = now_ms();
        int64_t passed = now - last;
        last = now;
        if (passed < 0 || passed > 4 * SLICE_MS)
            passed = SLICE_MS;
        due += (double)rate * 256 * (double)passed / 1000;
        while (due >= 1) {
            pthread_mutex_lock(&area_lock);
            for (int i = 0; i < BATCH && due >= 1 && area_pages; i++, due -= 1) {
                if (next_page >= area_pages) {
                    next_page = 0;
                    generation++;
                }
                write_page(next_page, generation);
                next_page++;
                pages_written++;
            }
            int gone = !area_pages;
            pthread_mutex_unlock(&area_lock);
            if (gone)
                due = 0;
        }
    }
    return NULL;
}

static void *ticker(void *unused)
{
    (void)unused;
    int64_t last = now_ms();
    for (;;) {
        sleep_ms(TICK_MS);
        ticks++;
        int64_t now = now_ms();
        if (now - last > (int64_t)longest_tick_ms)
            longest_tick_ms = (uint64_t)(now - last);
        last = now;
    }
    return NULL;
}

static void *echo(void *unused)
{
    (void)unused;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(UDP_PORT) };
    if (fd < 0 || bind(fd, (struct sockaddr *)&any, sizeof any) < 0) {
        perror("labguest: udp");
        return NULL;
    }
    for (;;) {
        struct sockaddr_in peer;
        socklen_t size = sizeof peer;
        char request[256], answer[320];
        ssize_t n = recvfrom(fd, request, sizeof request - 1, 0, (struct sockaddr *)&peer, &size);
        if (n < 0)
            continue;
        request[n] = 0;
        datagrams++;
        int length = snprintf(answer, sizeof answer, "%" PRIuFAST64 " %s", ticks, request);
        sendto(fd, answer, (size_t)length, 0, (struct sockaddr *)&peer, size);
    }
}

static void say(int fd, const char *format, ...)
{
    char line[512];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    for (int done = 0; done < n;) {
        ssize_t w = send(fd, line + done, (size_t)(n - done), MSG_NOSIGNAL);
        if (w < 0)
            return;
        done += (int)w;
    }
}

/* The writer goes on between two batches. That is sound: each page is compared with the generation due at that instant. */
static void check(int fd)
{
    uint64_t bad = UINT64_MAX, found = 0, wanted = 0, checked = 0;
    for (uint64_t start = 0;; start += BATCH) {
        pthread_mutex_lock(&area_lock);
        uint64_t end = start + BATCH < area_pages ? start + BATCH : area_pages;
        for (uint64_t i = start; i < end && bad == UINT64_MAX; i++, checked++) {
            wanted = generation_of(i);
            if (!page_is_right(i, wanted)) {
                bad = i;
                found = area[i * WORDS + 1];
            }
        }
        int last = end >= area_pages || bad != UINT64_MAX;
        uint64_t gen = generation;
        pthread_mutex_unlock(&area_lock);
        if (!last)
            continue;
        if (bad == UINT64_MAX)
            say(fd, "ok pages=%" PRIu64 " generation=%" PRIu64 "\n", checked, gen);
        else
            say(fd, "bad page=%" PRIu64 " generation_found=%" PRIu64 " generation_wanted=%" PRIu64 "\n", bad, found, wanted);
        return;
    }
}

static void stats(int fd)
{
    pthread_mutex_lock(&area_lock);
    unsigned rate = rate_mib_s;
    uint64_t pages = area_pages, gen = generation, written = pages_written;
    pthread_mutex_unlock(&area_lock);
    say(fd, "counter=%" PRIuFAST64 " load=%s rate_mib_s=%u area_pages=%" PRIu64 " generation=%" PRIu64
        " pages_written=%" PRIu64 " datagrams=%" PRIuFAST64 " longest_tick_ms=%" PRIuFAST64 " uptime_ms=%" PRId64 "\n",
        ticks, rate ? "busy" : "idle", rate, pages, gen, written, datagrams, longest_tick_ms, now_ms());
}

static void set_rate(unsigned rate)
{
    pthread_mutex_lock(&area_lock);
    rate_mib_s = rate;
    pthread_cond_broadcast(&rate_set);
    pthread_mutex_unlock(&area_lock);
}

static void answer(int fd, const char *line)
{
    unsigned rate, mib;
    if (!strcmp(line, "count")) {
        say(fd, "%" PRIuFAST64 "\n", ticks);
    } else if (!strcmp(line, "check")) {
        check(fd);
    } else if (!strcmp(line, "stats")) {
        stats(fd);
    } else if (!strcmp(line, "idle")) {
        set_rate(0);
        say(fd, "ok idle\n");
    } else if (sscanf(line, "busy %u %u", &rate, &mib) == 2) {
        int error = new_area(mib);
        if (error) {
            say(fd, "error %s\n", strerror(error));
        } else {
            set_rate(rate);
            say(fd, "ok busy rate_mib_s=%u area_mib=%u\n", rate, mib);
        }
    } else if (!strcmp(line, "poweroff")) {
        say(fd, "ok poweroff\n");
        shutdown(fd, SHUT_WR);
        sleep_ms(200);
        reboot(RB_POWER_OFF);
        say(fd, "error %s\n", strerror(errno));
    } else {
        say(fd, "error unknown request; known: count check stats busy RATE AREA_MIB idle poweroff\n");
    }
}

static void *serve(void *argument)
{
    int fd = (int)(intptr_t)argument;
    char line[128];
    size_t have = 0;
    while (have < sizeof line - 1) {
        struct pollfd p = { .fd = fd, .events = POLLIN };
        if (poll(&p, 1, 10000) <= 0)
            break;
        ssize_t n = read(fd, line + have, sizeof line - 1 - have);
        if (n <= 0)
            break;
        have += (size_t)n;
        if (memchr(line, '\n', have))
            break;
    }
    line[have] = 0;
    line[strcspn(line, "\r\n")] = 0;
    answer(fd, line);
    close(fd);
    return NULL;
}

static void start(void *(*body)(void *), void *argument)
{
    pthread_t thread;
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attr, 128 * 1024);
    if (pthread_create(&thread, &attr, body, argument))
        perror("labguest: thread");
    pthread_attr_destroy(&attr);
}

/* The echo measures pauses, so it goes before everything else on the single processor of the guest. */
static void *urgent(void *body)
{
    setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), -20);
    return ((void *(*)(void *))body)(NULL);
}

int main(int argc, char **argv)
{
    int busy = argc > 1 && !strcmp(argv[1], "busy");
    unsigned rate = argc > 2 ? (unsigned)atoi(argv[2]) : 8;
    unsigned mib = argc > 3 ? (unsigned)atoi(argv[3]) : 16;

    start(urgent, echo);
    start(urgent, ticker);
    if (new_area(mib))
        perror("labguest: work area");
    set_rate(busy ? rate : 0);
    start(writer, NULL);

    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(TCP_PORT) };
    if (fd < 0 || bind(fd, (struct sockaddr *)&any, sizeof any) < 0 || listen(fd, 16) < 0) {
        perror("labguest: tcp");
        return 1;
    }
    printf("labguest: ready, %s, %u MiB/s, %u MiB\n", busy ? "busy" : "idle", busy ? rate : 0, mib);
    fflush(stdout);
    for (;;) {
        int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
        if (peer >= 0)
            start(serve, (void *)(intptr_t)peer);
    }
}
