# SPDX-License-Identifier: BSD-2-Clause
# From boot's memory map up to the caches, each room on the one before.

obj-y += $(addprefix mm/boot/,memblock.o memblock_query.o memblock_iter.o memblock_alloc.o \
	memblock_dump.o dt_memory.o dt_reserved.o dt_reserved_nodes.o dt_read.o dt_capacity.o \
	crash_kernel.o dt_conflict.o conflict.o firmware_map.o ram_probe.o iomem.o percpu.o \
	boot_tables.o)
obj-$(CONFIG_NUMA) += mm/boot/numa.o
obj-$(CONFIG_CMA) += mm/boot/cma_areas.o
obj-$(CONFIG_MEMORY_HOTPLUG) += mm/boot/hot_ranges.o mm/page/hotplug.o mm/page/hotplug_empty.o \
				mm/page/hotplug_lists.o
obj-$(CONFIG_MEMTEST) += mm/boot/memtest.o
obj-$(CONFIG_ZONE_MOVABLE) += mm/boot/zone_movable.o

memory-model := $(if $(CONFIG_FLATMEM),flatmem,$(if $(CONFIG_SPARSEMEM),sparsemem,vmemmap))
obj-y += $(addprefix mm/page/,page.o sparse.o memmap_$(memory-model).o zone.o zonelist.o \
	handover.o watermark.o pcp_setup.o buddy.o pcp.o pcp_share.o page_alloc.o alloc_slow.o \
	exact.o reserved.o show_mem.o validate.o)
obj-$(CONFIG_NUMA) += mm/page/numa_events.o
obj-$(CONFIG_MEM_ACCOUNTS) += mm/page/account.o mm/page/account_table.o
obj-$(CONFIG_PAGE_OWNER) += mm/page/page_owner.o
obj-$(CONFIG_VM_EVENT_COUNTERS) += mm/page/vm_event.o
obj-$(CONFIG_PAGE_MOBILITY) += mm/page/pageblock.o
obj-$(CONFIG_COMPACTION) += mm/page/candidates.o mm/page/compaction.o
obj-$(CONFIG_MIGRATION) += mm/page/copy_page.o
obj-$(CONFIG_MIGRATION) += mm/page/movable.o $(if $(CONFIG_MEMORY_ISOLATION),mm/page/evacuate.o)
obj-$(CONFIG_SPECIAL_TYPES) += mm/page/special.o
obj-$(CONFIG_HIGHATOMIC) += mm/page/highatomic.o
obj-$(CONFIG_MEMORY_ISOLATION) += mm/page/isolation.o
obj-$(CONFIG_CMA) += mm/page/lend.o mm/page/contig.o mm/page/cma.o

obj-y += $(addprefix mm/slab/,slab.o slab_pages.o slab_cache.o slab_fast.o slab_grow.o \
	slab_prefill.o slab_validate.o kmalloc.o)
obj-$(CONFIG_RECLAIM) += mm/page/reclaim.o mm/slab/slab_shrinker.o
obj-$(CONFIG_RECLAIM_THREAD) += mm/page/kswapd.o
obj-$(CONFIG_COMPACTION_THREAD) += mm/page/kcompactd.o
obj-$(CONFIG_NODE_THREADS) += mm/page/node_thread.o
obj-$(CONFIG_SLAB_DEPOT) += mm/slab/slab_depot.o
obj-$(CONFIG_SLAB_MERGE) += mm/slab/slab_merge.o
obj-$(CONFIG_SLAB_LIMITS) += mm/slab/slab_limit.o
obj-$(CONFIG_SLAB_FREELIST_RANDOM) += mm/slab/slab_shuffle.o

obj-y += mm/vm/kernel_tables.o
obj-$(CONFIG_VMALLOC) += $(addprefix mm/vm/,areas.o area_leaves.o vmalloc.o vmap.o vm_validate.o \
	window.o)
obj-$(and $(CONFIG_VMALLOC),$(CONFIG_MIGRATION)) += mm/vm/vm_movable.o
obj-$(CONFIG_SMP) += mm/vm/stack.o
obj-$(CONFIG_THREADS) += mm/vm/thread_stack.o
obj-$(CONFIG_PROCESSES) += $(addprefix mm/vm/,user_page.o cleared_pages.o user_tables.o \
	user_tables_entries.o user_tables_move.o regions.o region_room.o space.o space_map.o \
	space_fault.o user_tables_validate.o)
obj-$(and $(CONFIG_PROCESSES),$(CONFIG_MIGRATION)) += mm/vm/user_move.o mm/vm/file_move.o
obj-$(CONFIG_ADMISSION) += mm/vm/admission.o
obj-$(CONFIG_MEMORY_HOTPLUG) += mm/vm/memory_hotplug.o

obj-$(CONFIG_DMA) += $(addprefix mm/dma/,slots.o dt_dma.o reach.o device.o cache.o bounce.o map.o \
	region.o coherent.o pool.o $(if $(CONFIG_CMA),contig.o))

obj-y += $(addprefix mm/check/,config_check.o audit.o audit_zones.o machine_audit.o \
	bounds.o $(addprefix bounds_,accounts.o moves.o devices.o) snapshot.o \
	snapshot_frame.o snapshot_section.o snapshot_slab.o extfrag.o)
obj-$(CONFIG_VMALLOC) += mm/check/snapshot_vm.o
obj-$(CONFIG_PAGE_MOBILITY) += mm/check/audit_pageblocks.o
obj-$(CONFIG_MIGRATION) += mm/check/audit_movable.o
obj-$(CONFIG_PAGE_OWNER) += mm/check/audit_callers.o
obj-$(CONFIG_DMA) += mm/check/snapshot_dma.o mm/check/parts_dma.o
obj-$(CONFIG_MEMORY_HOTPLUG) += mm/check/parts_hotplug.o
obj-$(CONFIG_MEM_ACCOUNTS) += mm/check/audit_accounts.o
