/*
 * The work load of a test guest.
 *
 * It answers four questions about a guest that was checkpointed, migrated or restored: does it go on from the moment of
 * the capture (a counter kept in memory), is every page of memory that moment's page (a work area with checkable
 * content), is the disk that moment's disk (records that memory knows), and how long was it silent (an echo that answers
 * at once).
 *
 *   TCP 7777  one line per connection: count, check, stats, busy RATE AREA_MIB, idle, records, recording RATE, unmount,
 *             poweroff; the answer, then close
 *   UDP 7778  each datagram is answered at once with the counter and the datagram's own text
 *
 * usage: labguest [busy|idle] RATE_MIB_S AREA_MIB [RECORDS_S]
 * With RECORDS_S, which may be 0, a disk is mounted at /disk.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
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
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { TCP_PORT = 7777, UDP_PORT = 7778, TICK_MS = 100, SLICE_MS = 50, PAGE = 4096, WORDS = PAGE / 8, BATCH = 64 };
enum { SLOTS = 1024, CHURN_EVERY = 16, CHURN_FILES = 32 };

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

/*
 * The records on the disk. Record N lies in slot N % SLOTS, and memory acknowledges it once fsync has. So each slot has exactly one right
 * content at any moment, and a disk that is one record older or newer than the memory does not pass. The lock is held from before a
 * record is written until it is acknowledged: who has it sees no write in flight.
 */
static pthread_mutex_t disk_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t recording_set = PTHREAD_COND_INITIALIZER;
static int ring = -1;
static uint64_t newest;
static unsigned records_s;
static char disk_error[160] = "no disk";
static uint64_t slots[BATCH * WORDS] __attribute__((aligned(PAGE)));

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

/* A record: its number, its slot, a pseudo-random sequence that follows from both, a sum. Before its first record a slot has number 0. */
static void fill_record(uint64_t *record, uint64_t number, uint64_t slot)
{
    uint64_t word = first_word(number, slot), sum = 0;
    record[0] = number;
    record[1] = slot;
    for (int i = 2; i < WORDS - 1; i++) {
        record[i] = word = next_word(word);
        sum = sum * 31 + word;
    }
    record[WORDS - 1] = sum;
}

static int record_is(const uint64_t *record, uint64_t number, uint64_t slot)
{
    uint64_t right[WORDS];
    fill_record(right, number, slot);
    return !memcmp(record, right, PAGE);
}

/* Under disk_lock, as all that follows. */
static uint64_t number_in(uint64_t slot)
{
    return slot > newest ? 0 : newest - (newest - slot) % SLOTS;
}

/* The first failure is kept: from then on nothing is written, and it is the answer to every question about the disk. */
static int disk_failed(const char *what)
{
    snprintf(disk_error, sizeof disk_error, "%s: %s", what, strerror(errno));
    records_s = 0;
    printf("labguest: %s\n", disk_error);
    fflush(stdout);
    return -1;
}

static int transfer_failed(const char *what, ssize_t n)
{
    if (n >= 0)
        errno = EIO;
    return disk_failed(what);
}

static int sync_directory(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int failed = fd < 0 || fsync(fd) < 0;
    if (fd >= 0)
        close(fd);
    return failed ? disk_failed("fsync of the directory") : 0;
}

/* A new ring is written in full, so that every slot can be checked from the start. */
static int make_ring(void)
{
    for (uint64_t slot = 0; slot < SLOTS; slot++) {
        fill_record(slots, 0, slot);
        ssize_t n = pwrite(ring, slots, PAGE, (off_t)(slot * PAGE));
        if (n != PAGE)
            return transfer_failed("write", n);
    }
    return fsync(ring) < 0 ? disk_failed("fsync") : sync_directory("/disk");
}

/* Memory that knows no record, after a boot, believes the newest whole one; all others follow from it. */
static int find_newest(void)
{
    for (uint64_t slot = 0; slot < SLOTS; slot++) {
        ssize_t n = pread(ring, slots, PAGE, (off_t)(slot * PAGE));
        if (n != PAGE)
            return transfer_failed("read", n);
        if (slots[0] > newest && slots[0] % SLOTS == slot && record_is(slots, slots[0], slot))
            newest = slots[0];
    }
    return 0;
}

static int open_disk(void)
{
    struct stat s;
    *disk_error = 0;
    if (mkdir("/disk/churn", 0755) < 0 && errno != EEXIST)
        return disk_failed("mkdir");
    ring = open("/disk/ring", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (ring < 0 || fstat(ring, &s) < 0)
        return disk_failed("open");
    return s.st_size == (off_t)SLOTS * PAGE ? find_newest() : make_ring();
}

/* Files come, go and take each other's names, so that metadata moves, too. The next record's fsync commits it. */
static int churn(uint64_t round)
{
    char path[64];
    int fd = open("/disk/churn/new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return disk_failed("create");
    ssize_t n = write(fd, slots, 512 + round % CHURN_FILES * 256);
    close(fd);
    if (n < 0)
        return disk_failed("write of a small file");
    snprintf(path, sizeof path, "/disk/churn/%u", (unsigned)(round % CHURN_FILES));
    if (rename("/disk/churn/new", path) < 0)
        return disk_failed("rename");
    snprintf(path, sizeof path, "/disk/churn/%u", (unsigned)((round + CHURN_FILES / 2) % CHURN_FILES));
    return unlink(path) < 0 && errno != ENOENT ? disk_failed("unlink") : 0;
}

static int write_record(void)
{
    uint64_t number = newest + 1, slot = number % SLOTS;
    fill_record(slots, number, slot);
    ssize_t n = pwrite(ring, slots, PAGE, (off_t)(slot * PAGE));
    if (n != PAGE)
        return transfer_failed("write", n);
    if (fsync(ring) < 0)
        return disk_failed("fsync");
    newest = number;
    return number % CHURN_EVERY ? 0 : churn(number / CHURN_EVERY);
}

/* At least a millisecond between two records is for who waits for the lock. */
static void *recorder(void *unused)
{
    (void)unused;
    for (;;) {
        pthread_mutex_lock(&disk_lock);
        while (!records_s)
            pthread_cond_wait(&recording_set, &disk_lock);
        int64_t period = 1000 / records_s, began = now_ms();
        write_record();
        pthread_mutex_unlock(&disk_lock);
        int64_t took = now_ms() - began;
        sleep_ms(took < 0 || took > period ? 1 : period - took + 1);
    }
    return NULL;
}

/* Reads the disk itself, not what the page cache remembers of it. Returns 0, 1 with the slot that is wrong, or -1. */
static int compare_slots(uint64_t *bad, uint64_t *found)
{
    struct statvfs v;
    if (statvfs("/disk", &v) < 0)
        return disk_failed("statvfs");
    if (v.f_flag & ST_RDONLY) {
        errno = EROFS;
        return disk_failed("the kernel gave the file system up");
    }
    posix_fadvise(ring, 0, 0, POSIX_FADV_DONTNEED);
    int fd = open("/disk/ring", O_RDONLY | O_DIRECT | O_CLOEXEC), result = 0;
    if (fd < 0)
        return disk_failed("open for direct reading");
    for (uint64_t start = 0; start < SLOTS && !result; start += BATCH) {
        ssize_t n = pread(fd, slots, sizeof slots, (off_t)(start * PAGE));
        if (n != (ssize_t)sizeof slots) {
            result = transfer_failed("read", n);
            break;
        }
        for (uint64_t i = 0; i < BATCH && !result; i++) {
            if (!record_is(slots + i * WORDS, number_in(start + i), start + i)) {
                *bad = start + i;
                *found = slots[i * WORDS];
                result = 1;
            }
        }
    }
    close(fd);
    return result;
}

static void records(int fd)
{
    uint64_t bad = 0, found = 0;
    pthread_mutex_lock(&disk_lock);
    int result = *disk_error ? -1 : compare_slots(&bad, &found);
    uint64_t last = newest, wanted = number_in(bad);
    pthread_mutex_unlock(&disk_lock);
    if (result < 0)
        say(fd, "error %s\n", disk_error);
    else if (result)
        say(fd, "bad slot=%" PRIu64 " found=%" PRIu64 " wanted=%" PRIu64 "\n", bad, found, wanted);
    else
        say(fd, "ok records=%" PRIu64 " newest=%" PRIu64 " slots=%d\n", last < SLOTS ? last : SLOTS, last, SLOTS);
}

static void set_recording(int fd, unsigned rate)
{
    pthread_mutex_lock(&disk_lock);
    int failed = *disk_error != 0;
    if (!failed) {
        records_s = rate;
        pthread_cond_broadcast(&recording_set);
    }
    pthread_mutex_unlock(&disk_lock);
    if (failed)
        say(fd, "error %s\n", disk_error);
    else
        say(fd, "ok recording records_s=%u\n", rate);
}

static void unmount_disk(int fd)
{
    pthread_mutex_lock(&disk_lock);
    int failed = *disk_error != 0;
    if (!failed) {
        records_s = 0;
        close(ring);
        ring = -1;
        failed = umount2("/disk", 0) < 0;
        if (failed)
            disk_failed("umount");
        else
            snprintf(disk_error, sizeof disk_error, "no disk: it was unmounted");
    }
    pthread_mutex_unlock(&disk_lock);
    if (failed)
        say(fd, "error %s\n", disk_error);
    else
        say(fd, "ok unmounted\n");
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
    } else if (!strcmp(line, "records")) {
        records(fd);
    } else if (sscanf(line, "recording %u", &rate) == 1) {
        set_recording(fd, rate);
    } else if (!strcmp(line, "unmount")) {
        unmount_disk(fd);
    } else if (!strcmp(line, "poweroff")) {
        say(fd, "ok poweroff\n");
        shutdown(fd, SHUT_WR);
        sleep_ms(200);
        reboot(RB_POWER_OFF);
        say(fd, "error %s\n", strerror(errno));
    } else {
        say(fd, "error unknown request; known: count check stats busy RATE AREA_MIB idle records recording RATE unmount poweroff\n");
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
    if (argc > 4 && !open_disk())
        records_s = (unsigned)atoi(argv[4]);
    start(recorder, NULL);

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
