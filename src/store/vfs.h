/* vfs: how SQLite opens the index. */
#ifndef CERTROLL_STORE_VFS_H
#define CERTROLL_STORE_VFS_H

/* The name of a VFS (sqlite.org/vfs.html) that takes paths as they are: SQLite's own replaces each
 * symbolic link in one, so that a path through a descriptor becomes one by names, which may lead
 * elsewhere by the time it is opened. NULL where there is none. */
const char *vfs_by_descriptor(void);

#endif
