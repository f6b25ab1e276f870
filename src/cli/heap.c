/* The program's heap: what is given back to it is wiped.
 *
 * libyaml, OpenSSL and libcurl keep pieces of passwords and keys in memory of malloc(3), and free
 * most of it as it is. glibc lets a program bring its own functions in place of these ("Replacing
 * malloc" in its manual): these two wipe, the others stay as they are. (M_PERTURB of mallopt(3)
 * passes over the blocks that a thread keeps for itself.) The sanitizers have a heap of their
 * own. */

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)

extern void __libc_free(void *pointer);

/* Most blocks are small: deriving a key frees thousands of them. */
static inline void wipe(void *pointer, size_t size)
{
    size_t *words = pointer;
    size_t count = size / sizeof(*words); /* glibc's sizes are whole words */
    if (count > 32) {
        explicit_bzero(pointer, size);
        return;
    }
    for (size_t i = 0; i < count; i++)
        words[i] = 0;
    __asm__ volatile("" : : "r"(pointer) : "memory"); /* they are not dead */
}

void free(void *pointer)
{
    if (!pointer)
        return;
    wipe(pointer, malloc_usable_size(pointer));
    __libc_free(pointer);
}

/* glibc's own would leave behind what it moves. */
void *realloc(void *pointer, size_t size)
{
    size_t room = pointer ? malloc_usable_size(pointer) : 0;
    if (size == 0 && pointer) {
        free(pointer);
        return NULL;
    }
    if (pointer && size <= room && size >= room / 2)
        return pointer;
    void *moved = malloc(size);
    if (moved && pointer) {
        memcpy(moved, pointer, size < room ? size : room);
        free(pointer);
    }
    return moved;
}

#endif
