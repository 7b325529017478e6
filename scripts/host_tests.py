# SPDX-License-Identifier: BSD-2-Clause
"""Which unit tests run in which configuration; scripts/check.py runs them."""

# Configurations of the unit tests, from configs/ or test/host/: the default one runs all programs,
# each other one those that it concerns.
HOST_TESTS = {"qemu_virt": None,
              "zones": ["zone_movable", "pages_boot", "pages_zones", "pages_model", "numa",
                        "slab_test", "slab_model", "snapshot", "hotplug", "hotplug_slabs",
                        "hot_ranges", "dma", "dma_regions", "dma_buffers", "dma_model",
                        "vm_event", "accounts", "contig", "isolation", "drains", "reclaim",
                        "highatomic", "slab_memory", "pages_test", "dt_memory", "pages_faults",
                        "conflicts", "distances", "memblock_api", "memblock_walk",
                        "memblock_alloc", "memblock_model", "dt_capacity"],
              "qemu_virt_numa": ["numa", "audit_faults", "audit_owners"],
              "qemu_virt_debug": ["lock_order", "pages_test", "pages_zones", "slab_test",
                                  "slab_faults", "slab_damage", "pages_faults", "threads",
                                  "timers", "sync", "works", "waiting", "memblock_validate",
                                  "isolation", "compaction", "vm_event", "page_owner", "block",
                                  "irq", "drivers", "drains"],
              "slabs": ["slab_test", "slab_faults", "slab_damage", "slab_model", "slab_prefill",
                        "slab_hardening", "slab_merge", "slab_limit", "slab_kmalloc",
                        "slab_memory", "types_exhaustive", "pages_model", "movable", "stack",
                        "hotplug_owner"],
              "qemu_virt_max": ["pgtable", "space_movers", "waiting", "file_moves", "pages_faults",
                                "spaces", "space_maps", "admission", "manifest", "vmalloc_movable",
                                "space_ends", "accounts", "slab_faults", "cleared_pages",
                                "regions", "vmalloc", "audit_faults", "isolation", "slab_damage",
                                "threads", "space_code", "user_walks", "files", "lines",
                                "initramfs", "pipes", "spare_spaces", "drains"]}

# The same under the thread sanitizer, of programs with threads.
THREADED_TESTS = {"zones": ["smp_stress", "smp_moves", "smp_dma", "ticket_lock"],
                  "sched": ["smp_sched", "user_walks"]}

# A long check, a search for changes that no test sees, and coverage have these besides: between the
# configurations above, which have their options in other company.
HOST_TESTS_LONG = {"qemu_virt_numa": ["dt_memory", "pages_test", "pages_zones", "pages_model",
                                      "slab_test", "slab_memory", "slab_model", "pages_faults",
                                      "conflicts", "distances", "snapshot", "memblock_api",
                                      "memblock_walk", "memblock_alloc", "memblock_model",
                                      "dt_capacity"],
                   "qemu_virt_linux": ["files", "lines", "initramfs", "pipes", "cleared_pages",
                                       "drains", "spaces", "space_maps", "space_ends",
                                       "spare_spaces", "space_code"],
                   "slabs": ["contig"], "sched": ["smp_sched"]}
THREADED_TESTS_LONG = {"qemu_virt": None, "qemu_virt_max": ["smp_sched", "user_walks"]}
ALL_HOST_TESTS = dict(HOST_TESTS)
for _config, _names in HOST_TESTS_LONG.items():
    ALL_HOST_TESTS[_config] = ALL_HOST_TESTS.get(_config, []) + _names
