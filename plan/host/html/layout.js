// SPDX-License-Identifier: BSD-2-Clause
// Works out where things of the drawing go: arithmetic alone, without the page.
import { scaleLinear } from "d3-scale";
import { human } from "./units.js";

// A hole is drawn no wider than this part of all RAM.
const HOLE_PART = 0.05;
// Poles that are closer than this, in pixels, become one.
const CROWD = 9;
// The least distance, in pixels, from one address of the axis to the next.
const TICK_GAP = 104;
// Neighbouring boxes that are narrower than this are drawn as one.
const THIN = 5;

// Maps addresses to [0, 1] by a line of several pieces: holes that would dwarf RAM become stubs.
export function makeScale(pieces) {
    const ram = pieces.reduce((sum, p) => sum + p.end - p.base, 0) || 1;
    const domain = [], range = [], holes = [];
    let at = 0;
    pieces.forEach((piece, i) => {
        const hole = i ? piece.base - pieces[i - 1].end : 0;
        if (hole)
            holes.push({ base: pieces[i - 1].end, end: piece.base, bytes: hole });
        at += Math.min(hole, HOLE_PART * ram);
        domain.push(piece.base, piece.end);
        range.push(at, at += piece.end - piece.base);
    });
    return { scale: scaleLinear(domain, range.map(x => x / at)), total: at, holes };
}

// Makes a line for each owner in a crowd of ranges, the largest first; the last line may stand for
// owners that have no room.
function makeLines(spans, most) {
    const owners = new Map();
    for (const span of spans) {
        const name = span.owner ?? span.what;
        const line = owners.get(name) ?? { name, bytes: 0, first: span };
        line.bytes += span.bytes;
        owners.set(name, line);
    }
    const lines = [...owners.values()].sort((a, b) => b.bytes - a.bytes);
    if (most === 1 && lines.length > 1)
        return [{ ...lines[0], name: `${lines[0].name} +${lines.length - 1}` }];
    if (lines.length > most)
        lines.splice(most - 1, lines.length,
            { name: `and ${lines.length - most + 1} more`, first: spans[0] });
    return lines;
}

function makePoles(spans, x, width) {
    const poles = [];
    for (const span of spans) {
        const x0 = x(span.base), x1 = x(span.end);
        if (x1 < 0 || x0 > width)
            continue;
        const at = (Math.max(0, x0) + Math.min(width, x1)) / 2;
        const last = poles.at(-1);
        if (last && at - last.at < CROWD)
            last.spans.push(span);
        else
            poles.push({ at, spans: [span] });
    }
    return poles;
}

// Places the names of ranges, each on a pole over its range, in rows from the bottom up: at most so
// many rows, and so many lines on a pole. It works from right to left, so that a pole seldom stands
// in another pole's words.
export function layOutFlags(spans, x, width, measure, { rows, lines: most }) {
    const placed = [];
    for (const pole of makePoles(spans, x, width).reverse()) {
        const lines = makeLines(pole.spans, most);
        const wide = Math.max(...lines.map(line => measure(line.name) + 24 +
            (line.bytes ? measure(human(line.bytes)) : 0)));
        const left = Math.max(0, Math.min(pole.at - 5, width - wide));
        const row = Math.max(0, ...placed
            .filter(other => Math.min(other.left, other.at) < left + wide + 12)
            .map(other => other.row + other.lines.length));
        if (row < rows && wide <= width)
            placed.push({ ...pole, left, row,
                lines: makeLines(pole.spans, Math.min(most, rows - row)) });
    }
    return placed;
}

// Chooses the addresses of the axis: multiples of a power of two, where there is RAM.
export function ticks(pieces, x, width) {
    const found = [];
    for (const piece of pieces) {
        const x0 = x(piece.base), x1 = x(piece.end);
        const left = Math.max(x0, 0), right = Math.min(x1, width);
        if (right <= left)
            continue;
        const perPixel = (piece.end - piece.base) / (x1 - x0);
        const step = 2 ** Math.max(0, Math.ceil(Math.log2(perPixel * TICK_GAP)));
        const from = piece.base + (left - x0) * perPixel;
        const to = piece.base + (right - x0) * perPixel;
        for (let at = Math.ceil(from / step) * step; at <= to; at += step)
            found.push(at);
    }
    return found;
}

// Boxes as they are drawn: { x0, x1, box }; box is missing where several narrow ones became one.
export function* joined(boxes, x, width) {
    let run = null;
    for (const box of boxes) {
        const x0 = x(box.base), x1 = x(box.end);
        if (x1 < 0 || x0 > width)
            continue;
        const wide = x1 - x0 >= THIN;
        if (!wide && run && x0 - run.x1 < 1) {
            run.x1 = x1;
            continue;
        }
        if (run)
            yield run;
        run = wide ? null : { x0, x1 };
        if (wide)
            yield { x0, x1, box };
    }
    if (run)
        yield run;
}
