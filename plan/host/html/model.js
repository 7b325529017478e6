// SPDX-License-Identifier: BSD-2-Clause
// What the page shows, from the two blocks of JSON in it: the plan as the kernel prints it, and
// the plan program's view of it, which names every range and its source.

export const PAGE = 4096;

// Owners' classes by colour. Several classes have one colour where they are one thing to a reader.
export const COLOURS = [
    { id: "image", label: "kernel image", ink: "#fff", classes: ["image"] },
    { id: "memmap", label: "memmap", ink: "#000", classes: ["memmap"] },
    { id: "tables", label: "page tables", ink: "#000", classes: ["tables"] },
    { id: "percpu", label: "per-CPU areas", ink: "#000", classes: ["percpu"] },
    { id: "other", label: "other boot tables", ink: "var(--page)",
      classes: ["pageblocks", "other"] },
    { id: "firmware", label: "firmware", ink: "#000", classes: ["firmware"] },
    { id: "node", label: "reserved by the tree", ink: "#000",
      classes: ["node", "memreserve", "outside"] },
    { id: "loader", label: "tree, initial RAM disk, crash kernel", ink: "#000",
      classes: ["tree", "initrd", "crash"] },
    { id: "free", label: "free", ink: "var(--free-ink)", classes: ["free"] },
];

export const colourOf = cls => COLOURS.find(c => c.classes.includes(cls)) ?? COLOURS.at(-1);

export const read = id => JSON.parse(document.getElementById(id).textContent);

export function makeModel() {
    const plan = read("plan"), view = read("view");
    const spans = view.spans.map((span, nr) => {
        const base = Number(span.base), end = Number(span.end);
        return { ...span, nr, base, end, text: `${span.base} – ${span.end}`, bytes: end - base,
            pages: Math.ceil((end - base) / PAGE) };
    });
    const zones = plan.nodes.flatMap(node => node.zones
        .filter(zone => zone.present)
        .map(zone => ({ ...zone, nid: node.nid, base: zone.start_pfn * PAGE,
            end: (zone.start_pfn + zone.spanned) * PAGE, bytes: zone.present * PAGE })));
    const manyNodes = plan.nodes.length > 1;
    const orders = zones.length ? zones[0].free.length : 0;
    const largest = Math.max(-1, ...zones.map(zone => zone.free.findLastIndex(n => n > 0)));

    return { plan, view, spans, zones, manyNodes, orders, largest, ram: view.ram,
        zoneName: zone => manyNodes ? `node ${zone.nid} ${zone.name ?? zone.zone}`
            : zone.name ?? zone.zone,
        sections: plan.sections.map(s => ({ ...s, base: Number(s.base),
            end: Number(s.base) + s.size })),
        nodes: plan.nodes.filter(node => node.present).map(node => ({ ...node,
            base: node.start_pfn * PAGE, end: (node.start_pfn + node.spanned) * PAGE })) };
}

// Runs of RAM. What is free is whole frames: parts of one between two ranges are no hole.
export function makePieces(spans) {
    const pieces = [];
    for (const span of spans) {
        if (span.class === "hole" || span.class === "outside")
            continue;
        const last = pieces.at(-1);
        if (last && span.base - last.end < PAGE)
            last.end = span.end;
        else
            pieces.push({ base: span.base, end: span.end });
    }
    return pieces;
}
