/* The program's heap: what is given back to it is wiped.
 *
 * libyaml, OpenSSL and libcurl keep pieces of passwords and keys in memory of malloc(3), and free
 * most of it as it is. These two stand before the heap's own, be it glibc's or one that was
 * preloaded: all that is not wiping is left to it. malloc_usable_size(3) tells how much of a block
 * may be written to. (M_PERTURB of mallopt(3) passes over the blocks that a thread keeps for
 * itself.) The sanitizers have a heap of their own. */

#include <dlfcn.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)

typedef void free_function(void *pointer);

/* What dlsym(3) gives back while the heap is looked for: an old error's message, once. */
static void keep(void *pointer)
{
    (void)pointer;
}

/* Found at the first call, which comes before main(); whoever comes second finds the same. */
static free_function *heap_free(void)
{
    static free_function *_Atomic found;
    static _Thread_local volatile bool looking; /* dlfcn.h says that dlsym(3) never calls back */
    free_function *function = atomic_load_explicit(&found, memory_order_relaxed);
    if (function)
        return function;
    if (looking)
        return keep;
    looking = true;
    void *symbol = dlsym(RTLD_NEXT, "free");
    looking = false;
    memcpy(&function, &symbol, sizeof(function));
    atomic_store_explicit(&found, function, memory_order_relaxed);
    return function;
}

/* Most blocks are small: deriving a key frees thousands of them. */
static inline void wipe(void *pointer, size_t size)
{
    enum { SMALL = 256 };
    size_t *words = pointer;
    if (size > SMALL || size % sizeof(*words) != 0) {
        explicit_bzero(pointer, size);
        return;
    }
    for (size_t i = 0; i < size / sizeof(*words); i++)
        words[i] = 0;
    __asm__ volatile("" : : "r"(pointer) : "memory"); /* they are not dead */
}

void free(void *pointer)
{
    if (!pointer)
        return;
    wipe(pointer, malloc_usable_size(pointer));
    heap_free()(pointer);
}

/* The heap's own would leave behind what it moves. */
void *realloc(void *pointer, size_t size)
{
    size_t room = pointer ? malloc_usable_size(pointer) : 0;
    if (pointer && size == 0) {
        free(pointer);
        return NULL;
    }
    if (pointer && size <= room && size >= room / 2)
        return pointer;
    void *moved = malloc(size ? size : 1); /* of nothing, it is a block as well */
    if (moved && pointer) {
        memcpy(moved, pointer, size < room ? size : room);
        free(pointer);
    }
    return moved;
}

#endif
