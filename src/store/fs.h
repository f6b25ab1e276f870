/*
 * fs: files and folders below a folder that is held open.
 *
 * Names are single components; a symbolic link in the place of one is never followed. Functions
 * return 0 or more, or a negative errno value.
 */
#ifndef CERTROLL_STORE_FS_H
#define CERTROLL_STORE_FS_H

#include "base/secret.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

/* A descriptor of the folder. */
int fs_open_folder(int directory, const char *name);

/* The same; makes the folder where there is none, and gives it this mode whatever the umask.
 * -EPERM where it belongs to another user. ret_made, which may be NULL: was there none? */
int fs_make_folder(int directory, const char *name, mode_t mode, bool *ret_made);

/* Reads a regular file of at most most bytes; *ret is the caller's to free. */
int fs_read(int directory, const char *name, size_t most, struct secret **ret);

/* Removes a file, a link, or a folder with what is in it, some levels deep. 0 also where there is
 * none. */
int fs_remove(int directory, const char *name);

/* Called for each entry but "." and ".."; another result than 0 ends the walk and is returned. */
typedef int fs_visit(void *context, int directory, const char *name);
int fs_walk(int directory, fs_visit *visit, void *context);

/* The status of what stands there itself; false where nothing does. */
bool fs_stat(int directory, const char *name, struct stat *ret);

#endif
