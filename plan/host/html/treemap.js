// SPDX-License-Identifier: BSD-2-Clause
// Draws areas in proportion to what keeps memory from being free.
import { hierarchy, treemap } from "d3-hierarchy";
import { select } from "d3-selection";
import { colourOf } from "./model.js";
import { human, percent } from "./units.js";

const HEIGHT = 280;

function makeGroups(model) {
    const leaves = kernel => model.view.classes.filter(c => c.kernel === kernel && c.bytes);
    const groups = [
        { name: "the kernel", children: leaves(true) },
        { name: "kept for others", children: leaves(false) },
    ];
    groups.push({ name: "both", children: groups.flatMap(group => group.children) });
    for (const group of groups)
        group.bytes = group.children.reduce((sum, c) => sum + c.bytes, 0);
    return groups;
}

// Shows as many lines as fit, the name first; the table beside has all of them.
function label(tile, d, ram) {
    const room = d.x1 - d.x0 - 10, height = d.y1 - d.y0;
    const lines = [d.data.name, human(d.value), `${percent(d.value, ram)} of RAM`];
    for (let i = 0; i < lines.length && 17 * (i + 1) + 6 <= height; i++) {
        const text = tile.append("text").attr("x", d.x0 + 7).attr("y", d.y0 + 18 + 17 * i)
            .style("fill", colourOf(d.data.id).ink).style("font-weight", i ? null : 600)
            .text(lines[i]);
        if (text.node().getComputedTextLength() <= room)
            continue;
        text.remove();
        return;
    }
}

export function drawCost(model) {
    const where = document.getElementById("cost");
    const groups = makeGroups(model);
    let shown = groups[0];
    const buttons = select("#cost-choice").selectAll("button").data(groups).join("button")
        .attr("type", "button").text(group => `${group.name} ${human(group.bytes)}`)
        .on("click", (_, group) => {
            shown = group;
            draw();
        });

    function draw() {
        const width = where.clientWidth || 600;
        const root = hierarchy(shown).sum(d => d.children ? 0 : d.bytes)
            .sort((a, b) => b.value - a.value);
        buttons.attr("aria-pressed", group => group === shown);
        treemap().size([width, HEIGHT]).paddingInner(2)(root);
        select(where).selectAll("svg").remove();
        const svg = select(where).append("svg").attr("viewBox", `0 0 ${width} ${HEIGHT}`)
            .attr("height", HEIGHT);
        const tile = svg.selectAll(".tile").data(root.leaves().filter(d => d.value)).join("g")
            .attr("class", "tile");
        tile.append("rect").attr("x", d => d.x0).attr("y", d => d.y0)
            .attr("width", d => Math.max(1, d.x1 - d.x0))
            .attr("height", d => Math.max(1, d.y1 - d.y0))
            .attr("rx", 2).style("fill", d => `var(--${colourOf(d.data.id).id})`);
        tile.append("title").text(d => `${d.data.name}: ${human(d.value)}`);
        tile.each(function (d) { label(select(this), d, model.ram); });
    }

    return draw;
}
