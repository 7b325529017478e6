/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel keeps for a process, in KiB by /proc/meminfo: slabs and stacks, with so many
 * children that sleep, a process each.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILDREN	100

static long kept_kib(void)
{
	char line[128];
	long sum = 0, kib;
	FILE *f = fopen("/proc/meminfo", "r");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "Slab: %ld", &kib) == 1 ||
		    sscanf(line, "KernelStack: %ld", &kib) == 1)
			sum += kib;
	if (f)
		fclose(f);
	return sum;
}

int main(void)
{
	pid_t children[CHILDREN];
	long before = kept_kib(), with;
	int made = 0;

	while (made < CHILDREN) {
		children[made] = fork();
		if (!children[made])
			for (;;)
				pause();
		if (children[made] < 0)
			break;
		made++;
	}
	with = kept_kib();
	for (int i = 0; i < made; i++) {
		kill(children[i], SIGKILL);
		waitpid(children[i], NULL, 0);
	}
	printf("sleepers: %d processes, %ld KiB each\n", made, (with - before) / (made ? made : 1));
	return made != CHILDREN;
}
