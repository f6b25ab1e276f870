#include "base/processors.h"

#include "base/cleanup.h"
#include "base/file.h"

#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A file of the kernel's as text; "" where there is none. */
static void read_text(const char *path, char *ret, size_t size)
{
    int fd AUTO_FD = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? 0 : file_read_full(fd, ret, size - 1);
    ret[length > 0 ? length : 0] = '\0';
}

/* "150000 100000": so many microseconds in each so many. "max 100000": no bound. */
static size_t quota_of(const char *text)
{
    char *end;
    unsigned long long quota = strtoull(text, &end, 10);
    unsigned long long period = end > text && *end == ' ' ? strtoull(end, NULL, 10) : 0;
    if (period == 0)
        return SIZE_MAX;
    unsigned long long whole = quota / period + (quota % period != 0);
    return whole ? (size_t)whole : 1;
}

size_t processors_quota(const char *root, const char *membership)
{
    char lines[4096], path[PATH_MAX], text[64];
    size_t least = SIZE_MAX;
    read_text(membership, lines, sizeof(lines));
    const char *group = strncmp(lines, "0::/", 4) == 0 ? lines : strstr(lines, "\n0::/");
    if (!group)
        return SIZE_MAX;
    group = strchr(group, '/');
    for (size_t length = strcspn(group, "\n");;) {
        int size = snprintf(path, sizeof(path), "%s%.*s/cpu.max", root, (int)length, group);
        if (size < 0 || (size_t)size >= sizeof(path))
            return least;
        read_text(path, text, sizeof(text));
        size_t quota = quota_of(text);
        least = quota < least ? quota : least;
        if (length == 0)
            return least;
        do
            length--;
        while (length > 0 && group[length] != '/');
    }
}

static size_t allowed(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof(set), &set) != 0)
        return 1;
    int count = CPU_COUNT(&set);
    return count > 0 ? (size_t)count : 1;
}

size_t processors_count(void)
{
    size_t count = allowed();
    size_t quota = count > 1 ? processors_quota("/sys/fs/cgroup", "/proc/self/cgroup") : 1;
    return quota < count ? quota : count;
}
