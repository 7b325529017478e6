// SPDX-License-Identifier: BSD-2-Clause
// Draws what the programs of a board need, and the sum against RAM. The plan has them where it was
// made with an initramfs. Names come from a manifest that nobody vouches for: they go in as text.
import { select } from "d3-selection";
import { table } from "./tables.js";
import { human } from "./units.js";

// The parts of a program from left to right: first what is not its own, so that all of the rest
// lies in its guarantee. The last one is the rest of own: pages for a copy.
const PARTS = [
    { id: "image", label: "text, shared", bytes: p => p.text },
    { id: "other", label: "kernel objects", bytes: p => p.kernel },
    { id: "memmap", label: "data", bytes: p => p.data },
    { id: "percpu", label: "heap", bytes: p => p.heap },
    { id: "loader", label: "stack", bytes: p => p.stack },
    { id: "tables", label: "page tables", bytes: p => p.tables },
    { id: "node", label: "for copies",
      bytes: p => p.own - p.data - p.heap - p.stack - p.tables },
];
const ROW = 46, BAR = 18, SUM_BAR = 30;

const sumOf = (rows, key) => rows.reduce((total, row) => total + row[key], 0);

function words(p, short) {
    const own = `own ${human(p.own)}`;
    const heap = p.heap_limited || short ? "" : ", heap without a limit";
    if (p.guarantee)
        return `${own} of ${human(p.guarantee)}${p.enough ? "" : ": too small"}${heap}`;
    return p.limit ? `${own}, at most ${human(p.limit)}${heap}` : `${own}, best effort${heap}`;
}

// A bar of parts: [{ id, label, bytes }]; the place behind the last.
function bar(g, parts, x, y, height, scale) {
    for (const part of parts.filter(one => one.bytes > 0)) {
        const width = part.bytes * scale;
        g.append("rect").attr("x", x).attr("y", y).attr("width", Math.max(.8, width - .6))
            .attr("height", height).style("fill", `var(--${part.id})`)
            .append("title").text(`${part.label}: ${human(part.bytes)}`);
        x += width;
    }
    return x;
}

function legend(where, parts) {
    const li = select(where).selectAll("li").data(parts.filter(part => part.bytes > 0)).join("li");
    li.append("span").attr("class", "swatch").attr("aria-hidden", "true")
        .style("background-color", part => `var(--${part.id})`);
    li.append("span").text(part => `${part.label} ${human(part.bytes)}`);
}

function verdict({ programs }) {
    const small = programs.each.filter(p => !p.enough)
        .map(p => `${p.name} needs guarantee=${p.own / 1024}K at least`);
    const cuts = programs.cuts.map(c => c.setting === "stack"
        ? `a stack= for ${c.program}, of which ${human(c.saved)} are held`
        : `guarantee=${c.to / 1024}K of ${c.program}, ${human(c.saved)} less`);
    const saved = sumOf(programs.cuts, "saved");
    select("#fits").attr("class", programs.fits ? "fits" : "fits not")
        .text(programs.short ? `short by ${human(programs.short)}`
            : small.length ? `does not fit: ${small.join(", ")}`
            : `fits, ${human(programs.spare)} spare`);
    if (!programs.short)
        return;
    if (saved < programs.short)
        cuts.push(cuts.length ? `${human(programs.short - saved)} beyond these, by guarantees that ` +
                  "are smaller, or more RAM" : "guarantees that are smaller, or more RAM");
    select("#cuts").attr("hidden", null).text("The cheapest cuts are:")
        .append("ul").selectAll("li").data(cuts).join("li").text(cut => cut);
}

// RAM from left to right; what does not fit stands out beyond its end.
function drawSum(model, parts, width) {
    const { programs } = model.plan, all = model.ram + programs.short;
    const svg = select("#programs-sum").append("svg").attr("viewBox", `0 0 ${width} 52`)
        .attr("height", 52);
    const end = width * model.ram / all;

    bar(svg, parts, 0, 0, SUM_BAR, width / all);
    if (programs.short) {
        svg.append("rect").attr("class", "beyond").attr("x", end).attr("y", 0)
            .attr("width", width - end).attr("height", SUM_BAR);
        svg.append("line").attr("class", "edge").attr("x1", end).attr("x2", end).attr("y1", -2)
            .attr("y2", SUM_BAR + 6);
    }
    svg.append("text").attr("class", "size").attr("x", end).attr("y", SUM_BAR + 16)
        .attr("text-anchor", "end").text(`RAM ${human(model.ram)}`);
}

function drawBars({ each }, width) {
    const most = Math.max(...each.map(p => p.text + p.kernel + Math.max(p.own, p.guarantee)));
    const scale = (width - 2) / most;
    const svg = select("#programs-bars").append("svg")
        .attr("viewBox", `0 0 ${width} ${ROW * each.length}`).attr("height", ROW * each.length);

    each.forEach((p, nr) => {
        const y = ROW * nr, g = svg.append("g"), from = 1 + (p.text + p.kernel) * scale;
        const name = g.append("text").attr("x", 0).attr("y", y + 13).style("font-weight", 600)
            .text(p.name);
        const after = name.node().getComputedTextLength() + 8;
        const said = g.append("text").attr("class", "size").attr("x", after).attr("y", y + 13)
            .text(words(p, false));
        // The table says it, too.
        if (after + said.node().getComputedTextLength() > width)
            said.text(words(p, true));
        bar(g, PARTS.map(part => ({ ...part, bytes: part.bytes(p) })), 1, y + 19, BAR, scale);
        if (p.guarantee)
            g.append("rect").attr("class", p.enough ? "guarantee" : "guarantee small")
                .attr("x", from).attr("y", y + 17.5).attr("width", p.guarantee * scale)
                .attr("height", BAR + 3)
                .append("title").text(`guarantee: ${human(p.guarantee)}`);
    });
}

function drawTable({ each }) {
    const kib = key => p => human(p[key]);
    const rows = [...each, Object.fromEntries(["text", "data", "heap", "stack", "tables", "own",
        "kernel", "guarantee"].map(key => [key, sumOf(each, key)]))];
    const sum = rows.at(-1);
    Object.assign(sum, { name: "sum", heap_limited: true, class: "", sum: true });
    table("#programs-table", "At most, for one process of each program. Own is what a guarantee " +
          "has to cover; text is shared with the file and between processes.", [
        { name: "program", cell: p => p.name },
        ...["text", "data"].map(name => ({ name, number: true, cell: kib(name) })),
        { name: "heap", number: true, cell: p => p.heap_limited ? human(p.heap) : "no limit" },
        { name: "stack", number: true, cell: kib("stack") },
        { name: "page tables", number: true, cell: kib("tables") },
        { name: "own", number: true, cell: kib("own") },
        { name: "kernel objects", number: true, cell: kib("kernel") },
        { name: "guarantee", number: true,
          cell: p => p.guarantee ? human(p.guarantee) : p.limit ? `limit ${human(p.limit)}` : "–" },
        { name: "class", cell: p => p.class },
    ], rows, p => p.sum ? "sum" : null);
}

// Returns what draws it anew for another width; a plan without programs has no such part.
export function drawPrograms(model) {
    const { programs } = model.plan;
    if (!programs)
        return () => {};
    select("#programs").attr("hidden", null);
    verdict(model.plan);
    const parts = [
        { id: "faint", label: "kept at boot", bytes: model.ram - programs.left },
        { id: "image", label: "files", bytes: programs.files },
        { id: "other", label: "the kernel's part", bytes: programs.kernel_part },
        { id: "memmap", label: "guarantees", bytes: programs.guaranteed },
        { id: "free", label: "spare", bytes: programs.spare },
    ];
    legend("#programs-sum-legend", parts);
    legend("#programs-legend", PARTS.map(part => ({ ...part,
        bytes: programs.each.reduce((total, p) => total + part.bytes(p), 0) })));
    drawTable(programs);
    return () => {
        const width = document.getElementById("programs-bars").clientWidth || 600;
        select("#programs").selectAll("svg").remove();
        drawSum(model, parts, width);
        if (programs.each.length)
            drawBars(programs, width);
    };
}
