# SPDX-License-Identifier: BSD-2-Clause
"""tessera-slab."""
import gdb

from tessera import kernel


def caches():
    rows = kernel.symbol("kmem_caches")
    for number in range(kernel.length(rows)):
        if int(rows[number]):
            yield rows[number].dereference()


def magazine_count(cache, cpu):
    magazine = kernel.per_cpu(cache["magazine"].dereference(), cpu)
    return int(magazine["fill"]) // gdb.lookup_type("void").pointer().sizeof


def depot_count(node):
    """Objects in a node's depot; 0 where there are none."""
    if not any(field.name == "depot" for field in node.type.fields()):
        return 0
    return int(node["depot"]["nr_objects"])


class Slab(kernel.Command):
    """tessera-slab [NAME]: caches, as /proc/slabinfo; with a name, the magazines of its CPUs."""

    NAME = "tessera-slab"

    def run(self, words):
        if len(words) > 1:
            raise gdb.GdbError("usage: tessera-slab [NAME]")
        if not words:
            print("# name            <active_objs> <num_objs> <objsize> <objperslab> "
                  "<pagesperslab> : slabdata <num_slabs>")
        found = [cache for cache in caches()
                 if not words or kernel.text(cache["name"]) == words[0]]
        if not found:
            raise gdb.GdbError(f"no cache {words[0]}" if words else "no cache yet")
        for cache in found:
            self.show(cache)
            if words:
                self.magazines(cache)

    def show(self, cache):
        nodes = cache["node"]
        objects = slabs = idle = 0
        for nid in range(kernel.length(nodes)):
            objects += int(nodes[nid]["nr_objects"])
            slabs += int(nodes[nid]["nr_slabs"])
            idle += int(nodes[nid]["nr_free"]) + depot_count(nodes[nid])
        idle += sum(magazine_count(cache, cpu) for cpu in kernel.cpus())
        print(f"{kernel.text(cache['name']):<17} {max(objects - idle, 0):6} {objects:6} "
              f"{int(cache['size']):6} {int(cache['objects']):4} {1 << int(cache['order']):4}"
              f" : slabdata {slabs:6}")

    def magazines(self, cache):
        for cpu in kernel.cpus():
            print(f"    cpu {cpu}: {magazine_count(cache, cpu)} objects in the magazine")


def register():
    Slab()
