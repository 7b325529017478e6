/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PROCESS_FILE_SYSCALLS_H
#define PROCESS_FILE_SYSCALLS_H

/* The rows of system calls about files: process/syscalls.h says what a row is. */
#define FILE_SYSCALLS(row) \
	row(17, getcwd) \
	row(23, dup) \
	row(24, dup3) \
	row(25, fcntl) \
	row(29, ioctl) \
	row(33, mknodat) \
	row(34, mkdirat) \
	row(35, unlinkat) \
	row(36, symlinkat) \
	row(37, linkat) \
	row(39, umount2) \
	row(40, mount) \
	row(43, statfs) \
	row(44, fstatfs) \
	row(45, truncate) \
	row(46, ftruncate) \
	row(47, fallocate) \
	row(48, faccessat) \
	row(49, chdir) \
	row(50, fchdir) \
	row(51, chroot) \
	row(52, fchmod) \
	row(53, fchmodat) \
	row(54, fchownat) \
	row(55, fchown) \
	row(56, openat) \
	row(57, close) \
	row(59, pipe2) \
	row(61, getdents64) \
	row(62, lseek) \
	row(63, read) \
	row(64, write) \
	row(65, readv) \
	row(66, writev) \
	row(67, pread64) \
	row(68, pwrite64) \
	row(69, preadv) \
	row(70, pwritev) \
	row(71, sendfile) \
	row(72, pselect6) \
	row(73, ppoll) \
	row(78, readlinkat) \
	row(79, newfstatat) \
	row(80, fstat) \
	row(81, sync) \
	row(82, fsync) \
	row(83, fdatasync) \
	row(88, utimensat) \
	row(166, umask) \
	row(223, fadvise64) \
	row(267, syncfs) \
	row(276, renameat2) \
	row(291, statx) \
	row(436, close_range) \
	row(439, faccessat2)

#endif /* PROCESS_FILE_SYSCALLS_H */
