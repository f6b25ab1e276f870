/* pool: the same work on many items, on several threads. */
#ifndef CERTROLL_BASE_POOL_H
#define CERTROLL_BASE_POOL_H

#include <stddef.h>

/* Called once for each index below count. Two calls with the same worker number never overlap. */
typedef void pool_work(void *context, size_t worker, size_t index);

/* Runs work(context, w, i) for every i below count on at most jobs threads, w below jobs, and
 * waits for all of them. It cannot fail: what no thread could be started for runs on the caller's.
 */
void pool_run(size_t jobs, size_t count, pool_work *work, void *context);

#endif
