/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_HOST_USER_MEMORY_H
#define TEST_HOST_USER_MEMORY_H

/* The page of a program's memory that is never there, whatever the program asks. */
#define USER_HOLE	0x1000ul
#define USER_HOLE_BYTES	0x1000ul

/* Memory of a program's that comes with a fault, each time: with interrupts off it is not there. */
#define USER_LATE_BYTES	256u
extern char user_late[USER_LATE_BYTES];

#endif /* TEST_HOST_USER_MEMORY_H */
