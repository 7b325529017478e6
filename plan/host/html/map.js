// SPDX-License-Identifier: BSD-2-Clause
// The drawing of the address space: flags that name the owners, owners by colour, zones, nodes,
// sections and addresses, one below the other and zoomed together.
import { pointer, select } from "d3-selection";
import "d3-transition";
import { zoom, zoomIdentity } from "d3-zoom";
import { joined, layOutFlags, makeScale, ticks } from "./layout.js";
import { colourOf, makePieces, PAGE } from "./model.js";
import { hex, human, thousands } from "./units.js";

// Heights.
const FLAG_ROW = 16, OWNERS = 58, LANE = 24, AXIS = 24, OVERVIEW = 10, GAP = 4;
// Rows of names above the owners.
const ROWS_MOST = 9, ROWS_LEAST = 3;
// The closest look shows this many frames from edge to edge.
const CLOSEST_FRAMES = 16;
// The width of a digit on the axis; the size of a section's letters, as a part of other letters'.
const DIGIT = 6.7, SMALL = 10 / 12;
const THINNEST = 2;
// A box may begin so far outside the drawing, where its edge is not seen.
const OUT = 4;

const fillOf = cls => `var(--${colourOf(cls).id})`;

export class AddressMap {
    constructor(model, onChoose) {
        this.model = model;
        this.onChoose = onChoose;
        this.where = document.getElementById("map");
        this.help = document.getElementById("at").textContent;
        this.pieces = makePieces(model.spans);
        Object.assign(this, makeScale(this.pieces));
        this.owned = model.spans.filter(span => span.class !== "free" && span.class !== "hole");
        this.lanes = [["zone", model.zones], ...(model.manyNodes ? [["node", model.nodes]] : []),
                  ["section", model.sections]];
        this.width = 600;
        this.rows = ROWS_LEAST;
        this.chosen = null;
        this.widths = new Map();
        this.transform = zoomIdentity;
        this.draw();
        this.listen();
    }

    draw() {
        this.svg = select(this.where).append("svg").attr("aria-hidden", "true");
        const hatch = this.svg.append("defs").append("pattern").attr("id", "hatch")
            .attr("width", 6).attr("height", 6).attr("patternUnits", "userSpaceOnUse")
            .attr("patternTransform", "rotate(45)");
        hatch.append("rect").attr("width", 2).attr("height", 6).style("fill", "var(--page)")
            .attr("fill-opacity", .55);
        this.probe = this.svg.append("text").attr("visibility", "hidden");
        this.layer = {};
        for (const name of ["tick", "lane", "owner", "flag", "choice", "overview"])
            this.layer[name] = this.svg.append("g");
    }

    listen() {
        const actions = {
            in: () => this.zoomBy(2),
            out: () => this.zoomBy(.5),
            all: () => this.animated().call(this.zoom.transform, zoomIdentity),
            section: () => this.moveToSection(0),
            next: () => this.moveToSection(1),
            previous: () => this.moveToSection(-1),
            left: () => this.moveBy(1 / 8),
            right: () => this.moveBy(-1 / 8),
        };
        const keys = { "+": "in", "=": "in", "-": "out", 0: "all", Home: "all",
                   ArrowLeft: "left", ArrowRight: "right" };

        // The wheel without Ctrl scrolls the page.
        this.zoom = zoom().filter(event => event.type !== "wheel" || event.ctrlKey || event.metaKey)
            // Fingers on a touchpad send many small steps, a wheel few large ones.
            .wheelDelta(event => -event.deltaY * (event.deltaMode ? .05 : .002) *
                (Math.abs(event.deltaY) < 50 ? 8 : 2))
            .on("zoom", event => {
                this.transform = event.transform;
                this.render();
            });
        this.svg.call(this.zoom);
        for (const button of document.querySelectorAll("[data-zoom]"))
            button.addEventListener("click", () => actions[button.dataset.zoom]());
        this.where.addEventListener("keydown", event => {
            if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key])
                return;
            event.preventDefault();
            actions[keys[event.key]]();
        });
        this.svg.on("mousemove", event => {
            const at = this.addressAt(pointer(event)[0]);
            const span = this.model.spans.find(s => s.base <= at && at < s.end);
            if (span && !this.chosen)
                this.describe(span);
        });
    }

    // ---- where is what ----

    x = address => this.transform.applyX(this.scale(address) * this.width);

    addressAt(x) {
        return this.scale.invert(this.transform.invertX(x) / this.width);
    }

    measure = text => {
        if (!this.widths.has(text))
            this.widths.set(text, this.probe.text(text).node().getComputedTextLength());
        return this.widths.get(text);
    };

    // Left edge and width of the visible part of a range, which is never thinner than the thinnest.
    box(range) {
        const x0 = Math.max(-OUT, this.x(range.base));
        const x1 = Math.min(this.width + OUT, this.x(range.end));
        return { x: Math.min(x0, this.width - THINNEST), width: Math.max(THINNEST, x1 - x0) };
    }

    isSeen(range) {
        return this.x(range.end) >= 0 && this.x(range.base) <= this.width;
    }

    linesMost() {
        return this.width < 500 ? 3 : 6;
    }

    // ---- movement ----

    animated() {
        const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
        return still ? this.svg : this.svg.transition().duration(350);
    }

    zoomBy(factor) {
        this.animated().call(this.zoom.scaleBy, factor);
    }

    moveBy(part) {
        this.svg.call(this.zoom.translateBy, part * this.width / this.transform.k, 0);
    }

    moveTo(range, margin) {
        const from = this.scale(range.base) * this.width, to = this.scale(range.end) * this.width;
        const most = this.zoom.scaleExtent()[1];
        const k = Math.max(1, Math.min(most,
            this.width / Math.max(1e-9, (to - from) * (1 + 2 * margin))));
        this.animated().call(this.zoom.transform, zoomIdentity
            .translate(this.width / 2 - k * (from + to) / 2, 0).scale(k));
    }

    // The section in the middle of what is seen or, when that fills the drawing, steps from it.
    moveToSection(step) {
        const { sections } = this.model;
        const middle = this.addressAt(this.width / 2);
        let nr = sections.findIndex(section => section.end > middle);
        if (nr < 0)
            nr = sections.length - 1;
        const bytes = 2 ** this.model.plan.config.SECTION_SIZE_BITS;
        if (this.transform.k >= .8 * this.total / bytes)
            nr = Math.max(0, Math.min(sections.length - 1, nr + step));
        if (sections[nr])
            this.moveTo(sections[nr], .01);
    }

    resize() {
        this.width = this.where.clientWidth || 600;
        // There are as many rows of names as the whole space needs; closer looks have no more.
        const flags = layOutFlags(this.owned, address => this.scale(address) * this.width,
            this.width, this.measure, { rows: ROWS_MOST, lines: this.linesMost() });
        this.rows = Math.max(ROWS_LEAST, ...flags.map(flag => flag.row + flag.lines.length));
        const extent = [[0, 0], [this.width, 100]];
        this.zoom.extent(extent).translateExtent(extent)
            .scaleExtent([1, Math.max(1, this.total / (CLOSEST_FRAMES * PAGE))]);
        this.svg.call(this.zoom.transform, this.transform);
    }

    // ---- what is said ----

    choose(span, move) {
        this.chosen = span === this.chosen ? null : span;
        this.describe(this.chosen);
        if (move && this.chosen)
            this.moveTo(span, 1);
        else
            this.render();
    }

    describe(span) {
        const pages = span && `${thousands(span.pages)} page${span.pages === 1 ? "" : "s"}`;
        const words = span && `${span.text}: ${human(span.bytes)}, ${pages}, ` +
            `${span.what}${span.source ? ` (${span.source})` : ""}`;
        select("#at").text(words || this.help);
    }

    // ---- layers ----

    render() {
        const flagsBottom = FLAG_ROW * this.rows + 6, lanesTop = flagsBottom + OWNERS + GAP;
        const lanesBottom = lanesTop + this.lanes.length * (LANE + GAP) - GAP;

        for (const layer of Object.values(this.layer))
            layer.selectAll("*").remove();
        this.renderAxis(flagsBottom, lanesBottom);
        this.lanes.forEach(([kind, boxes], i) =>
            this.renderLane(kind, boxes, lanesTop + i * (LANE + GAP)));
        this.renderOwners(flagsBottom);
        this.renderHoles(flagsBottom);
        this.renderFlags(flagsBottom - GAP);
        this.renderChoice(flagsBottom);
        this.renderOverview(lanesBottom + AXIS + GAP);
        const height = lanesBottom + AXIS + OVERVIEW + 6;
        // On paper the drawing is as wide as the page: nobody redraws it for paper.
        this.svg.attr("height", height).attr("viewBox", `0 0 ${this.width} ${height}`);
    }

    rect(layer, { x, width }, y, height) {
        return this.layer[layer].append("rect").attr("x", x).attr("y", y).attr("width", width)
            .attr("height", height);
    }

    // Puts a text into a box: all of it, or a part, or none.
    write(layer, candidates, range, y, centred) {
        const margin = centred ? 1 : 6, part = centred ? SMALL : 1;
        const left = Math.max(this.x(range.base), 0) + margin;
        const room = Math.min(this.x(range.end), this.width) - margin - left;
        const words = candidates.find(text => part * this.measure(text) <= room);
        if (words)
            this.layer[layer].append("text").attr("x", centred ? left + room / 2 : left)
                .attr("y", y).attr("text-anchor", centred ? "middle" : null)
                .attr("class", centred ? "small" : null).text(words);
    }

    renderOwners(top) {
        const shown = this.model.spans.filter(span => span.class !== "outside" &&
            span.class !== "hole" && this.isSeen(span));
        const free = shown.filter(span => span.class === "free");

        // Free memory is drawn first, so that a thin neighbour is not hidden.
        for (const span of [...free, ...shown.filter(other => other.class !== "free")]) {
            const box = this.box(span);
            // Neighbours of one colour stay visible as two ranges.
            this.rect("owner", box, top, OWNERS).datum(span).style("fill", fillOf(span.class))
                .style("stroke", box.width > 8 ? "var(--page)" : null);
            if (span.nomap)
                this.rect("owner", box, top, OWNERS).datum(span)
                    .attr("fill", "url(#hatch)");
        }
        this.layer.owner.selectAll("rect").on("click", (_, span) => this.onChoose(span, false));
        for (const span of free)
            this.write("owner", [`free ${human(span.bytes)}`, "free"], span, top + OWNERS / 2 + 4);
    }

    renderHoles(top) {
        for (const hole of this.holes.filter(range => this.isSeen(range))) {
            const { x, width } = this.box(hole);
            this.rect("owner", { x: x + 1, width: Math.max(1, width - 2) }, top + .5, OWNERS - 1)
                .attr("class", "hole");
            this.write("owner", [`no RAM, ${human(hole.bytes)}`, human(hole.bytes)], hole,
                top + OWNERS / 2 + 4, true);
        }
    }

    renderFlags(bottom) {
        const flags = layOutFlags(this.owned, this.x, this.width, this.measure,
            { rows: this.rows, lines: this.linesMost() });
        const top = (flag, line) => bottom - FLAG_ROW * (flag.row + flag.lines.length - line);

        for (const flag of flags)
            this.layer.flag.append("line").attr("class", "pole").attr("x1", flag.at)
                .attr("x2", flag.at).attr("y1", top(flag, 0) + 5).attr("y2", bottom + GAP);
        for (const flag of flags)
            flag.lines.forEach((line, i) => this.renderName(line, flag.left, top(flag, i + 1) - 4));
    }

    renderName(line, x, y) {
        const g = this.layer.flag.append("g").on("click", () => this.onChoose(line.first, false));
        const text = g.append("text").attr("class", "flag").attr("x", x + 14).attr("y", y);

        text.append("tspan").text(line.name);
        if (!line.bytes)
            return;
        text.append("tspan").attr("class", "size").attr("dx", 6).text(human(line.bytes));
        g.append("rect").attr("x", x).attr("y", y - 9).attr("width", 10).attr("height", 10)
            .attr("rx", 2).style("fill", fillOf(line.first.class));
    }

    renderLane(kind, boxes, y) {
        const words = {
            zone: zone => [`${this.model.zoneName(zone)} ${human(zone.bytes)}`,
                       this.model.zoneName(zone), zone.name],
            node: node => [`node ${node.nid} ${human(node.present * PAGE)}`, `node ${node.nid}`,
                       `${node.nid}`],
            section: section => [`section ${section.nr}`, `${section.nr}`],
        };
        let odd = false;

        for (const { x0, x1, box } of joined(boxes, this.x, this.width)) {
            const x = Math.max(-OUT, x0);
            odd = !odd;
            const width = Math.max(1, Math.min(this.width + OUT, x1) - x);
            this.rect("lane", { x, width }, y, LANE)
                .attr("class", kind === "section" ? "section" : odd ? "zone" : "zone odd");
            if (box)
                this.write("lane", words[kind](box), box, y + 16, kind === "section");
        }
    }

    renderAxis(top, bottom) {
        let free = -1;

        for (const at of ticks(this.pieces, this.x, this.width)) {
            const x = this.x(at), text = hex(at), half = text.length * DIGIT / 2;
            // Where a hole was cut, there may be no room for the first address behind it.
            if (Math.max(0, x - half) < free)
                continue;
            free = Math.max(x, half) + half + 6;
            const [anchor, textX] = x < half ? ["start", 0] :
                x > this.width - half ? ["end", this.width] : ["middle", x];
            this.layer.tick.append("line").attr("class", "tick").attr("x1", x).attr("x2", x)
                .attr("y1", top).attr("y2", bottom + 5);
            this.layer.tick.append("text").attr("class", "hex").attr("x", textX)
                .attr("y", bottom + 17).attr("text-anchor", anchor).text(text);
        }
    }

    renderChoice(top) {
        if (this.chosen && this.chosen.class !== "outside")
            this.rect("choice", this.box(this.chosen), top, OWNERS).attr("class", "choice");
    }

    // Shows the whole space, and which part of it is visible.
    renderOverview(y) {
        if (this.transform.k < 1.01)
            return;
        const box = range => ({ x: this.scale(range.base) * this.width, width:
            Math.max(1, (this.scale(range.end) - this.scale(range.base)) * this.width) });
        for (const piece of this.pieces)
            this.rect("overview", box(piece), y, OVERVIEW).style("fill", fillOf("free"));
        for (const span of this.owned.filter(s => s.class !== "outside"))
            this.rect("overview", box(span), y, OVERVIEW).style("fill", fillOf(span.class));
        const { x, k } = this.transform;
        const seen = { x: Math.max(0, -x / k - 1), width: Math.max(3, this.width / k) };
        this.rect("overview", seen, y - 2, OVERVIEW + 4).attr("class", "window");
    }
}
