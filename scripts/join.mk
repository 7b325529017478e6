# SPDX-License-Identifier: BSD-2-Clause
#
# The sources of a folder are compiled as one, which takes a third of the time. By themselves stay
# those with a static name that another one of their folder has, those with a row of their own in
# the table of storeys, and those with flags of their own. Programs of the building machine are made
# so, unless JOIN=0. The kernel is with JOIN=1 alone: its instructions are not quite the same then.
#
# A makefile says what to join:
#
#   objdir          the folder of the objects
#   join            1: join
#   alone           objects that stay alone, besides those below

joined-folders := mm/% kernel/% fs/% plan/%
alone += kernel/early_stop.o kernel/init.o kernel/latency.o kernel/power.o kernel/sync/mutex.o \
	fs/devices.o fs/pipe.o fs/poll.o fs/proc/meminfo.o fs/proc/pid.o fs/proc/zoneinfo.o \
	$(addprefix mm/boot/,dt_capacity.o dt_memory.o) mm/dma/coherent.o \
	$(addprefix mm/vm/,memory_hotplug.o regions.o user_move.o user_tables_entries.o) \
	plan/plan.o $(addprefix plan/host/,explain.o facts.o model.o options.o programs.o show.o) \
	plan/host/table.o
hash := \#
define newline


endef

# made-of PLACE,OBJECTS: what is made of these below $(objdir)/PLACE: themselves, or the object of
# their folder, whose source is written here.
together = $(if $(filter 1,$(join)),$(filter-out $(alone),$(filter $(joined-folders),$(1))))
in-folder = $(foreach o,$(2),$(if $(filter $(1),$(dir $(o))),$(o)))
included = $(foreach o,$(1),$(hash)include "$(o:.o=.c)"$(newline))
join-folder = $(call update,$(objdir)/$(1)$(2)joined.c,$(call included,$(3)))$(2)joined.o
folders-of-joined = $(if $(1),$(call folders,$(1)))
join-folders = $(foreach d,$(sort $(dir $(2))),\
	$(call join-folder,$(1),$(d),$(call in-folder,$(d),$(2))))
made-of = $(call folders-of-joined,$(addprefix $(objdir)/$(1),$(call together,$(2))))\
	$(addprefix $(objdir)/$(1),\
	$(filter-out $(call together,$(2)),$(2)) $(call join-folders,$(1),$(call together,$(2))))
