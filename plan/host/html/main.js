// SPDX-License-Identifier: BSD-2-Clause
import { COLOURS, makeModel } from "./model.js";
import { AddressMap } from "./map.js";
import { drawPrograms } from "./programs.js";
import { drawCost } from "./treemap.js";
import { drawCostTable, drawImageRows, drawLegend, drawListTables, drawRanges, drawTiles,
         drawZoneTables }
    from "./tables.js";

// The page is light or dark as the system is, until the button says otherwise.
function followTheme() {
    const dark = matchMedia("(prefers-color-scheme: dark)"), root = document.documentElement;
    const follow = () => { root.dataset.theme = dark.matches ? "dark" : "light"; };
    follow();
    dark.addEventListener("change", follow);
    document.getElementById("theme").addEventListener("click", () => {
        root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
    });
}

function main() {
    const model = makeModel();

    followTheme();
    drawTiles(model);
    const map = new AddressMap(model, choose);
    const cost = drawCost(model);
    // With move the drawing goes to the range; otherwise the reader is there already.
    function choose(span, move = true) {
        map.choose(span, move);
        for (const row of document.querySelectorAll("#ranges-table tr[data-nr]"))
            row.classList.toggle("chosen", Number(row.dataset.nr) === span.nr);
        if (move)
            document.getElementById("map-title").scrollIntoView({ block: "start" });
    }
    const turns = new Map();
    drawLegend(model, COLOURS, colour => {
        // Each click goes to the next range of that colour.
        const spans = model.spans.filter(span => colour.classes.includes(span.class));
        const turn = turns.get(colour.id) ?? 0;
        turns.set(colour.id, turn + 1);
        map.choose(null);
        choose(spans[turn % spans.length]);
    });
    drawCostTable(model);
    drawZoneTables(model);
    drawListTables(model);
    drawImageRows(model);
    const programs = drawPrograms(model);
    drawRanges(model, choose);

    const resize = () => { map.resize(); cost(); programs(); };
    let width = document.body.clientWidth;
    resize();
    new ResizeObserver(() => {
        if (document.body.clientWidth === width)
            return;
        width = document.body.clientWidth;
        resize();
    }).observe(document.body);
}

main();
