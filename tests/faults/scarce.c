/* Memory that runs out where a test wants it: to be preloaded, before a sanitizer's heap too.
 *
 *     SCARCE_LOG      a file: how many allocations there were, and the place of each (struct log)
 *     SCARCE_REFUSE   the number of the allocation that fails; none: all are given
 *     SCARCE_FROM     that one and all that come behind it
 *     SCARCE_FRAMES   the innermost return addresses that make a place
 *
 * Counted over all threads, from the first one behind the start of the process: what malloc(3) and
 * its family give, to whichever library, pages of mmap(2) and mremap(2), and threads, whose stacks
 * are memory as well. (strdup(3), getline(3), opendir(3) and the others of glibc call malloc.) What
 * the process starts is left alone. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <unwind.h>

enum { FRAMES_MOST = 40, PLACES_MOST = 4 * 1024 * 1024 };

/* What memory.py reads: numbers of the machine's own byte order. */
struct log {
    _Atomic uint64_t count;   /* of all allocations */
    _Atomic uint64_t refused; /* how many of them */
    char where[8176];  /* of the first refused one: FILE OFFSET SYMBOL, the innermost first */
    uint64_t places[]; /* of each allocation; its number from 1 is its index + 1 */
};

static struct {
    struct log *log; /* NULL: not yet, or nobody asks */
    uint64_t refuse;
    bool from;
    bool places;
    int frames;
} wanted;

static _Thread_local bool __attribute__((tls_model("initial-exec"))) busy;

struct trace {
    int left;
    uint64_t hash;
    struct log *log; /* NULL: the hash alone */
    size_t length;
};

static uint64_t mix(uint64_t hash, uint64_t value)
{
    return (hash ^ value ^ (hash >> 29)) * 0x9e3779b97f4a7c15;
}

/* Addresses are of another value in each process; where they lie in their library is not. */
static _Unwind_Reason_Code look(struct _Unwind_Context *context, void *argument)
{
    struct trace *trace = argument;
    struct dl_find_object found;
    uintptr_t address = _Unwind_GetIP(context);
    if (_dl_find_object((void *)address, &found) != 0)
        return _URC_END_OF_STACK;
    uint64_t offset = address - (uintptr_t)found.dlfo_map_start;
    const char *name = found.dlfo_link_map->l_name;
    trace->hash = mix(trace->hash, offset);
    if (trace->log && trace->length + 1 < sizeof(trace->log->where)) {
        Dl_info symbol = {0};
        dladdr((void *)address, &symbol);
        int length =
            snprintf(trace->log->where + trace->length, sizeof(trace->log->where) - trace->length,
                     "%s 0x%llx %s\n", *name ? name : "certroll", (unsigned long long)offset,
                     symbol.dli_sname ? symbol.dli_sname : "-");
        trace->length += length > 0 ? (size_t)length : 0;
    }
    return --trace->left > 0 ? _URC_NO_REASON : _URC_END_OF_STACK;
}

static uint64_t trace_back(struct log *log)
{
    struct trace trace = {.left = log ? FRAMES_MOST : wanted.frames, .hash = 1, .log = log};
    busy = true; /* it is not told of as an allocation of the program's own */
    _Unwind_Backtrace(look, &trace);
    busy = false;
    return trace.hash;
}

/* Is this one refused? */
static bool refuse(void)
{
    struct log *log = wanted.log;
    if (!log || busy)
        return false;
    int error = errno;
    uint64_t number = atomic_fetch_add(&log->count, 1) + 1;
    bool refused =
        wanted.refuse && (wanted.from ? number >= wanted.refuse : number == wanted.refuse);
    if (wanted.places && number <= PLACES_MOST)
        log->places[number - 1] = trace_back(NULL);
    if (refused && atomic_fetch_add(&log->refused, 1) == 0)
        trace_back(log);
    errno = refused ? ENOMEM : error;
    return refused;
}

static void leave_alone(void)
{
    wanted.log = NULL;
}

static uint64_t number_of(const char *name)
{
    const char *value = getenv(name);
    return value ? strtoull(value, NULL, 10) : 0;
}

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("SCARCE_LOG");
    uint64_t from = number_of("SCARCE_FROM"), frames = number_of("SCARCE_FRAMES");
    wanted.refuse = from ? from : number_of("SCARCE_REFUSE");
    wanted.from = from != 0;
    wanted.places = !wanted.refuse;
    wanted.frames = frames ? (int)frames : FRAMES_MOST;
    size_t size = sizeof(struct log) + (wanted.places ? PLACES_MOST * sizeof(uint64_t) : 0);
    int fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
    unsetenv("LD_PRELOAD");
    if (fd < 0 || ftruncate(fd, (off_t)size) != 0)
        return;
    void *log = (void *)syscall(SYS_mmap, NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (log == MAP_FAILED)
        return;
    pthread_atfork(NULL, NULL, leave_alone);
    wanted.log = log;
}

#define NEXT(name)                                                                                 \
    static __typeof__(name) *_Atomic next;                                                         \
    __typeof__(name) *function = next;                                                             \
    if (!function) {                                                                               \
        function = (__typeof__(name) *)dlsym(RTLD_NEXT, #name);                                    \
        next = function;                                                                           \
    }

void *malloc(size_t size)
{
    NEXT(malloc)
    return refuse() ? NULL : function(size);
}

void *calloc(size_t count, size_t size)
{
    NEXT(calloc)
    return refuse() ? NULL : function(count, size);
}

/* The release build's own, which calls malloc(3), stands before this one. */
void *realloc(void *pointer, size_t size)
{
    NEXT(realloc)
    return size && refuse() ? NULL : function(pointer, size);
}

void *memalign(size_t alignment, size_t size);
void *memalign(size_t alignment, size_t size)
{
    NEXT(memalign)
    return refuse() ? NULL : function(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    NEXT(aligned_alloc)
    return refuse() ? NULL : function(alignment, size);
}

int posix_memalign(void **ret, size_t alignment, size_t size)
{
    NEXT(posix_memalign)
    return refuse() ? ENOMEM : function(ret, alignment, size);
}

void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset)
{
    NEXT(mmap)
    return refuse() ? MAP_FAILED : function(address, length, protection, flags, fd, offset);
}

void *mremap(void *address, size_t old_length, size_t length, int flags, ...)
{
    NEXT(mremap)
    va_list arguments;
    va_start(arguments, flags);
    void *fixed = flags & MREMAP_FIXED ? va_arg(arguments, void *) : NULL;
    va_end(arguments);
    return length > old_length && refuse() ? MAP_FAILED
                                           : function(address, old_length, length, flags, fixed);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
                   void *argument)
{
    NEXT(pthread_create)
    return refuse() ? EAGAIN : function(thread, attributes, start, argument);
}
