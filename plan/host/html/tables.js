// SPDX-License-Identifier: BSD-2-Clause
// The tables: all that the drawings show, in words. Names come from a device tree that nobody
// vouches for, so every text goes in as text.
import { select } from "d3-selection";
import { PAGE, colourOf } from "./model.js";
import { hex, human, percent, thousands } from "./units.js";

const classOf = column =>
    [column.number && "number", column.style].filter(Boolean).join(" ") || null;

// columns: [{ name, number, cell(row), fill(td, row) }]
// The title stands outside of the part that scrolls: a caption would be as wide as its table.
export function table(where, caption, columns, rows, rowClass = () => null) {
    const name = `${where.slice(1)}-words`;
    select(where).append("p").attr("class", "caption").attr("id", name).text(caption);
    const t = select(where).append("div").attr("class", "scroll").append("table")
        .attr("aria-labelledby", name);
    t.append("thead").append("tr").selectAll("th").data(columns).join("th")
        .attr("scope", "col").attr("class", classOf).text(c => c.name);
    const tr = t.append("tbody").selectAll("tr").data(rows).join("tr").attr("class", rowClass);
    for (const column of columns) {
        const td = tr.append("td").attr("class", classOf(column));
        if (column.fill)
            td.each(function (row) { column.fill(select(this), row); });
        else
            td.text(column.cell);
    }
    return tr;
}

function swatch(where, cls, nomap) {
    where.append("span").attr("class", nomap ? "swatch hatched" : "swatch")
        .attr("aria-hidden", "true").style("background-color", `var(--${colourOf(cls).id})`);
}

export function drawTiles(model) {
    const { view, zones, largest } = model;
    const free = zones.reduce((sum, zone) => sum + zone.managed * PAGE, 0);
    const blocks = zones.reduce((sum, zone) => sum + (zone.free[largest] ?? 0), 0);
    const conflicts = model.plan.conflicts?.length ?? 0;
    const tiles = [
        ["RAM", human(model.ram), `${thousands(model.ram / PAGE)} pages`],
        ["Free after boot", human(free), percent(free, model.ram)],
        ["The kernel takes", human(view.kernel), percent(view.kernel, model.ram)],
        ["Largest free block", largest < 0 ? "none" : human(PAGE * 2 ** largest),
         largest < 0 ? "" : `order ${largest}, ${thousands(blocks)} of them`],
        ["Longest free run", human(view.longest.bytes), `from ${view.longest.base}`],
    ];
    const div = select("#tiles").selectAll("div").data(tiles).join("div");
    div.append("dt").text(d => d[0]);
    div.append("dd").text(d => d[1]).append("small").text(d => d[2]);

    if (largest >= 0)
        select("#why").text(`The largest block is ${view.why.largest}. The longest run lies ` +
                            `${view.why.longest}.`);
    select("#from").text(view.name.split("/").pop()).attr("title", view.name);
    select("#digest").text(model.plan.digest);
    select("#conflicts").attr("hidden", conflicts ? null : "");
    const li = select("#conflict-list").selectAll("li").data(model.plan.conflicts ?? []).join("li");
    li.append("b").text(d => d.kind);
    li.append("span").text(d => `: ${d.a} and ${d.b} → ${d.resolution}`);
}

export function drawLegend(model, colours, onChoose) {
    const used = colours.filter(c => model.spans.some(span => c.classes.includes(span.class)));
    const li = select("#legend").selectAll("li").data(used).join("li");
    const button = li.append("button").attr("type", "button").attr("class", "link")
        .on("click", (_, colour) => onChoose(colour));
    button.each(function (colour) { swatch(select(this), colour.classes[0]); });
    button.append("span").text(colour => {
        const bytes = model.spans.filter(span => colour.classes.includes(span.class))
            .reduce((sum, span) => sum + span.bytes, 0);
        return `${colour.label} ${human(bytes)}`;
    });
    if (model.spans.some(span => span.nomap)) {
        const hatched = select("#legend").append("li");
        hatched.append("span").attr("class", "swatch hatched").attr("aria-hidden", "true")
            .style("background-color", "var(--faint)");
        hatched.append("span").text("hatched: not mapped");
    }
}

export function drawCostTable(model) {
    const { view } = model;
    const kernel = view.classes.filter(c => c.bytes && c.kernel);
    const others = view.classes.filter(c => c.bytes && !c.kernel);
    const free = model.zones.reduce((sum, zone) => sum + zone.managed * PAGE, 0);
    const rows = [...kernel, { name: "kernel, all of it", bytes: view.kernel, sum: true },
                  ...others];
    if (view.nomap)
        rows.push({ name: "not mapped", bytes: view.nomap });
    if (view.odd)
        rows.push({ name: "parts of frames", bytes: view.odd });
    rows.push({ name: "free", id: "free", bytes: free },
              { name: "RAM", bytes: model.ram, sum: true });
    table("#cost-table", "Where RAM goes, to the byte", [
        { name: "", style: "wrap", fill: (td, row) => {
            if (row.id)
                swatch(td, row.id);
            td.append("span").text(row.id === "memmap"
                ? `memmap, ${model.plan.overhead.page_struct_bytes} bytes a page` : row.name);
        } },
        { name: "bytes", number: true, cell: row => thousands(row.bytes) },
        { name: "of RAM", number: true, cell: row => percent(row.bytes, model.ram) },
    ], rows, row => row.sum ? "sum" : null);
}

export function drawZoneTables(model) {
    const { zones, plan, view } = model;
    const listAt = zone => plan.pcp.findIndex(p => p.nid === zone.nid && p.zone === zone.name);
    const listOf = zone => plan.pcp[listAt(zone)] ?? {};
    const most = plan.config.NR_CPUS;
    const cpus = most === 1 ? "the CPU" : `each of at most ${most} CPUs`;
    table("#zones-table", "In pages. Protection is what a zone keeps from requests that may go " +
          `up to each zone, lowest first; per CPU, what the list of ${cpus} may hold, ` +
          "what moves at a time, and the whole pageblocks that it may keep besides.", [
        { name: "zone", cell: model.zoneName },
        { name: "from", style: "hex", cell: zone => hex(zone.base) },
        { name: "size", number: true, cell: zone => human(zone.bytes) },
        { name: "spanned", number: true, cell: zone => thousands(zone.spanned) },
        { name: "managed", number: true, cell: zone => thousands(zone.managed) },
        ...["min", "low", "high"].map(name =>
            ({ name, number: true, cell: zone => thousands(zone[name]) })),
        { name: "protection", number: true,
          cell: zone => zone.protection.map(thousands).join(" · ") },
        { name: "per CPU", number: true, cell: zone => thousands(listOf(zone).high ?? 0) },
        { name: "batch", number: true, cell: zone => thousands(listOf(zone).batch ?? 0) },
        { name: "pageblocks", style: "wrap", cell: zone => view.pageblocks[listAt(zone)] ?? "" },
    ], zones);

    const orders = Array.from({ length: model.orders }, (_, i) => model.orders - 1 - i);
    const bytesOf = order =>
        zones.reduce((sum, zone) => sum + zone.free[order], 0) * PAGE * 2 ** order;
    table("#blocks-table", "Free blocks of each order", [
        { name: "order", number: true, cell: order => order },
        { name: "block", number: true, cell: order => human(PAGE * 2 ** order) },
        ...zones.map(zone => ({ name: model.zoneName(zone), number: true,
            cell: order => thousands(zone.free[order]) })),
        { name: "together", number: true, cell: order => human(bytesOf(order)) },
    ], orders);
}

// What programs' works cost; a kernel without processes has none.
function drawWorks({ works, steps }) {
    if (!works.length)
        return;
    const worth = s => s.usual === s.most ? thousands(s.most)
        : `${thousands(s.usual)} to ${thousands(s.most)}`;
    table("#works-table", "What programs' works cost, in instructions from user mode to user mode, " +
          "interrupts and waiting for locks aside: usually, and at most, where each page and object " +
          `takes the dearest way. ${steps.map(s => `${s.letter} ${worth(s)}, ${s.what}`).join("; ")}.`, [
        { name: "work", style: "wrap", cell: row => row.work },
        { name: "its steps", style: "wrap", cell: row => row.formula },
        { name: "usually", number: true, cell: row => thousands(row.usual) },
        { name: "at most", number: true, cell: row => thousands(row.most) },
    ], works);
}

export function drawListTables(model) {
    const { plan } = model;
    table("#slab-table", "Slab classes", [
        { name: "class", cell: row => row.name },
        { name: "slab", number: true, cell: row => human(PAGE * 2 ** row.order) },
        { name: "objects", number: true, cell: row => thousands(row.objects) },
        { name: "left over", number: true, cell: row => {
            const slab = PAGE * 2 ** row.order;
            return percent(slab - row.size * row.objects, slab);
        } },
    ], plan.slab);
    const letters = model.view.letters.map(l => `${l.letter} ${thousands(l.value)}, ${l.what}`);
    table("#bounds-table", "What each path costs at most, in instructions, waiting for " +
          `another CPU's lock aside. ${letters.join("; ")}.`, [
        { name: "path", cell: row => row.path },
        { name: "its steps", style: "wrap", cell: row => row.formula },
        { name: "here", number: true, cell: row => thousands(row.steps) },
        { name: "instructions", number: true, cell: row => thousands(row.instructions) },
        { name: "interrupts off", number: true, cell: row => thousands(row.irqs_off) },
    ], model.view.bounds);
    const waits = model.view.thread_letters
        .map(l => `${l.letter} ${thousands(l.value)}, ${l.what}`);
    if (model.view.thread_bounds.length)
        table("#thread-bounds-table", "What each way of waiting costs at most, in instructions on " +
              `one CPU. ${waits.join("; ")}.`, [
            { name: "path", cell: row => row.path },
            { name: "its steps", style: "wrap", cell: row => row.formula },
            { name: "instructions", number: true, cell: row => thousands(row.instructions) },
        ], model.view.thread_bounds);
    drawWorks(model.view);
    table("#nodes-table", `Nodes; ${thousands(plan.sections.length)} sections of ` +
          `${human(2 ** plan.config.SECTION_SIZE_BITS)} have RAM`, [
        { name: "node", cell: node => node.nid },
        { name: "RAM", number: true, cell: node => human(node.present * PAGE) },
        { name: "zones in the order in which a request tries them", style: "wrap",
          cell: node => node.zonelist.map(z => model.manyNodes ? `${z.zone} of ${z.nid}` : z.zone)
            .join(", ") },
    ], plan.nodes);
}

// What the image declares; a plan of an older kernel has none of it.
export function drawImageRows(model) {
    const { threads = [], accounts = [] } = model.plan;
    select("#rows").attr("hidden", threads.length || accounts.length ? null : "");
    const sum = (rows, key) => rows.reduce((total, row) => total + row[key], 0);
    if (threads.length)
        table("#threads-table", `Threads, whose stacks take ${human(sum(threads, "stack"))}, and a ` +
              "guard page each", [
            { name: "thread", cell: row => row.name },
            { name: "priority", number: true, cell: row => row.priority },
            { name: "stack", number: true, cell: row => human(row.stack) },
            { name: "account", cell: row => row.account },
        ], threads);
    if (accounts.length)
        table("#accounts-table", `Accounts, which are guaranteed ` +
              `${human(sum(accounts, "guaranteed"))}`, [
            { name: "account", cell: row => row.name },
            { name: "guaranteed", number: true,
              cell: row => row.guaranteed ? human(row.guaranteed) : "nothing" },
            { name: "limit", number: true, cell: row => row.limit ? human(row.limit) : "none" },
        ], accounts);
}

export function drawRanges(model, onChoose) {
    table("#ranges-table", "Physical memory from its first byte to its last", [
        { name: "range", style: "hex", fill: (td, span) => td.append("button")
            .attr("type", "button").attr("class", "link").text(span.text)
            .on("click", () => onChoose(span)) },
        { name: "what", style: "wrap", fill: (td, span) => {
            if (span.class !== "hole")
                swatch(td, span.class, span.nomap);
            td.append("span").text(span.what);
        } },
        { name: "size", number: true, cell: span => human(span.bytes) },
        { name: "pages", number: true, cell: span => thousands(span.pages) },
        { name: "source", style: "wrap", cell: span => span.source },
    ], model.spans).attr("data-nr", span => span.nr);

    const div = select("#config").selectAll("div").data(Object.entries(model.plan.config))
        .join("div").attr("class", d => d[1] === false ? "off" : null);
    div.append("dt").text(d => d[0]);
    div.append("dd").text(d => d[1] === true ? "y" : d[1] === false ? "n" : thousands(d[1]));
}
