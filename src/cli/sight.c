#include "cli/sight.h"

#include "base/monotonic.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { FILES = 3, FIELDS = 9, TEXTS = 5, OLD = 10 };

static const int64_t second = 1000000000;
static const int64_t tick = 20000000; /* two of the coarsest that Linux has: CONFIG_HZ=100 */

/* Nanoseconds since a stamp: at most OLD seconds, negative where it is in the future. */
static int64_t age(const struct timespec *now, const struct timespec *stamp)
{
    if (stamp->tv_sec < now->tv_sec - OLD)
        return OLD * second;
    if (stamp->tv_sec > now->tv_sec)
        return -1;
    return (now->tv_sec - stamp->tv_sec) * second + now->tv_nsec - stamp->tv_nsec;
}

/* How long until a file that changes again is sure to look different; negative: that can't be told,
 * because its stamps are whole seconds, or in the future. */
static int64_t time_to_settle(const struct stat *status)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t content = age(&now, &status->st_mtim), changed = age(&now, &status->st_ctim);
    int64_t latest = content < changed ? content : changed;
    bool coarse = status->st_mtim.tv_nsec == 0 && status->st_ctim.tv_nsec == 0;
    if (latest < 0 || (coarse && latest < 2 * second))
        return -1;
    return coarse || latest >= tick ? 0 : tick - latest;
}

/* false where there is none. */
static bool look(const char *path, uint64_t fields[static FIELDS])
{
    struct stat status;
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode))
        return false;
    int64_t wait = time_to_settle(&status);
    if (wait > 0) {
        monotonic_sleep(wait / 1000000 + 1);
        if (stat(path, &status) != 0 || time_to_settle(&status) != 0)
            return false;
    }
    const uint64_t now[FIELDS] = {
        1, /* unlike a file that the entry does not have */
        (uint64_t)status.st_dev,
        (uint64_t)status.st_ino,
        (uint64_t)status.st_mode,
        (uint64_t)status.st_size,
        (uint64_t)status.st_mtim.tv_sec,
        (uint64_t)status.st_mtim.tv_nsec,
        (uint64_t)status.st_ctim.tv_sec,
        (uint64_t)status.st_ctim.tv_nsec,
    };
    memcpy(fields, now, sizeof(now));
    return wait >= 0;
}

int sight_take(const struct entry *entry, char ret[static DIGEST_TEXT_SIZE])
{
    const char *const texts[TEXTS] = {entry->path, entry->key_path, entry->chain_path,
                                      entry->sha256, entry->subject};
    struct digest_part parts[TEXTS + 1];
    uint64_t files[FILES][FIELDS] = {0};
    for (size_t i = 0; i < FILES; i++)
        if (texts[i] && !look(texts[i], files[i]))
            return 1;
    for (size_t i = 0; i < TEXTS; i++)
        parts[i] = digest_text(texts[i]);
    parts[TEXTS] = (struct digest_part){files, sizeof(files)};
    digest_parts(parts, TEXTS + 1, ret);
    return 0;
}

/* A sight is as good as random: its first digits spread the records. */
static size_t place_of(const struct sights *sights, const char *sight)
{
    uint64_t digits;
    memcpy(&digits, sight, sizeof(digits));
    return (digits * 0x9e3779b97f4a7c15u >> 32) & (sights->count - 1);
}

static size_t next_place(const struct sights *sights, size_t place)
{
    return (place + 1) & (sights->count - 1);
}

int sights_make(const struct snapshot *snapshot, struct arena *arena, struct sights *ret)
{
    struct sights sights = {.count = 2};
    while (sights.count < 2 * snapshot->source_count)
        sights.count *= 2;
    sights.places = arena_alloc(arena, sights.count, sizeof(*sights.places));
    if (!sights.places)
        return -1;
    for (size_t i = 0; i < snapshot->source_count; i++) {
        const struct source_record *record = &snapshot->sources[i];
        size_t place = place_of(&sights, record->sight);
        while (record->sight[0] && sights.places[place])
            place = next_place(&sights, place);
        if (record->sight[0])
            sights.places[place] = record;
    }
    *ret = sights;
    return 0;
}

const struct source_record *sights_find(const struct sights *sights, const char *sight,
                                        const char *owner)
{
    for (size_t place = place_of(sights, sight); sights->places[place];
         place = next_place(sights, place))
        if (memcmp(sights->places[place]->sight, sight, DIGEST_TEXT_SIZE) == 0 &&
            strcmp(sights->places[place]->owner, owner) == 0)
            return sights->places[place];
    return NULL;
}
