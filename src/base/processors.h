/* processors: how many this process may use. */
#ifndef CERTROLL_BASE_PROCESSORS_H
#define CERTROLL_BASE_PROCESSORS_H

#include <stddef.h>

/* Those that its affinity allows (sched_getaffinity(2)), but no more than its control group may
 * keep busy, and at least 1. */
size_t processors_count(void);

/* How many processors a control group of version 2 may keep busy, parts of one counted as a whole
 * (cpu.max of it and of all groups above; Linux, Documentation/admin-guide/cgroup-v2.rst);
 * SIZE_MAX where nothing bounds it, or nothing is known. root is where the groups are mounted,
 * membership the path of a file as /proc/self/cgroup. */
size_t processors_quota(const char *root, const char *membership);

#endif
