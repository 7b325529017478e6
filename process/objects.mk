# SPDX-License-Identifier: BSD-2-Clause

obj-$(CONFIG_PROCESSES) += $(addprefix process/,table.o task.o wait.o clone.o exec.o elf.o stack.o \
	elf_file.o strings.o signal.o signal_frame.o signal_calls.o futex.o alarm.o posix_timers.o \
	files.o shared.o \
	memory_calls.o \
	time_calls.o id_calls.o info_calls.o syscalls.o init.o \
	vdso.o start.o programs.o manifest.o)
obj-$(CONFIG_PROCESSES) += $(addprefix process/file_,paths.o moves.o descriptors.o stats.o waits.o)
obj-$(CONFIG_PROCESSES) += process/proc_files.o process/proc_links.o process/machine_calls.o
