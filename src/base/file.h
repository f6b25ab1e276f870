/*
 * file: reading what others wrote, and writing so that a reader never sees a part.
 *
 * Functions return 0, or a negative errno value: -ELOOP where a symbolic link stands in the way,
 * -EFBIG above the bound, -EINVAL where it is no regular file.
 */
#ifndef CERTROLL_BASE_FILE_H
#define CERTROLL_BASE_FILE_H

#include "base/secret.h"

#include <stddef.h>
#include <sys/types.h>

enum { FILE_SOURCE_MOST = 20 * 1024 * 1024 };

/* Reads a whole regular file of at most most bytes. It never blocks on a FIFO or a device. Every
 * file from outside is read as a secret: it may hold a key or a password. *ret_file is the
 * caller's to free. path is relative to directory (AT_FDCWD: the working one) and may be a
 * symbolic link. */
int file_read(int directory, const char *path, size_t most, struct secret **ret_file);

/* The same, with the rights of the very file that was read. */
int file_read_mode(int directory, const char *path, size_t most, mode_t *ret_mode,
                   struct secret **ret_file);

/* Reads until the end or until the buffer is full; the count read, or a negative errno value. */
ssize_t file_read_full(int fd, void *bytes, size_t size);

/* Writes all bytes to an open descriptor. */
int file_write_all(int fd, const void *bytes, size_t size);

/* Replaces a file by one with these bytes and this mode, through a temporary name beside it:
 * written, synced, renamed, the directory synced. A reader sees the old or the new one, whole. What
 * stands there and is no regular file is left alone. What a process that was killed leaves under
 * the temporary name, the next call uses. */
int file_replace(int directory, const char *path, const void *bytes, size_t size, mode_t mode);

/* Writes a file's bytes to a descriptor. 0, or a negative errno value. */
typedef int file_writer(const void *context, int fd);

/* The same with bytes that are made while they are written. */
int file_replace_by(int directory, const char *path, file_writer *write, const void *context,
                    mode_t mode);

/* fsync of a directory. */
int file_sync_directory(int directory);

/* "No such file or directory" and the like for a negative errno value; our own words for those
 * listed above. buffer is used where strerror_r needs one. */
const char *file_error(int error, char *buffer, size_t size);

#endif
