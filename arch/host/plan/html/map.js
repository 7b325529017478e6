// SPDX-License-Identifier: BSD-2-Clause
// The drawing of the address space: flags that name the owners, owners by colour, zones, nodes,
// sections and addresses, one below the other and zoomed together. Holes between banks of RAM that
// would dwarf it are cut to a stub, so an address goes through a scale of several pieces.
import { scaleLinear } from "d3-scale";
import { pointer, select } from "d3-selection";
import "d3-transition";
import { zoom, zoomIdentity } from "d3-zoom";
import { colourOf, makePieces, PAGE } from "./model.js";
import { hex, human, thousands } from "./units.js";

const FLAG_ROW = 16, OWNERS = 58, LANE = 24, AXIS = 24, OVERVIEW = 10, GAP = 4;
// A hole is drawn at most as wide as this part of all RAM.
const HOLE_PART = 0.05;
// Width of a digit on the axis.
const DIGIT = 6.7;
// Rows of names above the owners.
const ROWS_MOST = 9;
// Letters of sections, and of the others.
const SMALL = 10 / 12;
// The closest look: this many frames from edge to edge.
const CLOSEST_FRAMES = 16;
const THINNEST = 2;

// Addresses to [0, 1].
function makeScale(pieces) {
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

// One line for each owner in a crowd of ranges, the largest first; the last line may stand for
// those that have no room.
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
		lines.splice(most - 1, lines.length, { name: `and ${lines.length - most + 1} more`,
			first: spans[0] });
	return lines;
}

// Names of ranges, on a pole over their place. Neighbours closer than a few pixels share a pole.
// From right to left, so that a pole seldom stands in another one's words.
function layOutFlags(spans, x, width, measure, rows, most) {
	const flags = [];
	for (const span of spans) {
		const x0 = x(span.base), x1 = x(span.end);
		if (x1 < 0 || x0 > width)
			continue;
		const at = (Math.max(0, x0) + Math.min(width, x1)) / 2;
		const last = flags.at(-1);
		if (last && at - last.at < 9)
			last.spans.push(span);
		else
			flags.push({ at, spans: [span] });
	}
	const placed = [];
	for (const flag of flags.reverse()) {
		const lines = makeLines(flag.spans, most);
		const wide = Math.max(...lines.map(line => measure(line.name) + 24 +
			(line.bytes ? measure(human(line.bytes)) : 0)));
		const left = Math.max(0, Math.min(flag.at - 5, width - wide));
		const row = Math.max(0, ...placed.filter(other => Math.min(other.left, other.at) <
			left + wide + 12).map(other => other.row + other.lines.length));
		if (row < rows && wide <= width)
			placed.push({ ...flag, left, row, lines: makeLines(flag.spans,
				Math.min(most, rows - row)) });
	}
	return placed;
}

// Powers of two that are far enough apart, on RAM alone.
function ticks(pieces, x, width) {
	const found = [];
	for (const piece of pieces) {
		const x0 = x(piece.base), x1 = x(piece.end);
		const left = Math.max(x0, 0), right = Math.min(x1, width);
		if (right <= left)
			continue;
		const perPixel = (piece.end - piece.base) / (x1 - x0);
		const step = 2 ** Math.max(0, Math.ceil(Math.log2(perPixel * 104)));
		const from = piece.base + (left - x0) * perPixel, to = piece.base + (right - x0) * perPixel;
		for (let at = Math.ceil(from / step) * step; at <= to; at += step)
			found.push(at);
	}
	return found;
}

export function drawMap(model, onChoose) {
	const where = document.getElementById("map");
	const pieces = makePieces(model.spans);
	const { scale, total, holes } = makeScale(pieces);
	const sectionBytes = 2 ** model.plan.config.SECTION_SIZE_BITS;
	const lanes = [["zone", model.zones], ...(model.manyNodes ? [["node", model.nodes]] : []),
		       ["section", model.sections]];
	const help = document.getElementById("at").textContent;
	const owned = model.spans.filter(span => span.class !== "free" && span.class !== "hole");
	const svg = select(where).append("svg").attr("aria-hidden", "true");
	const pattern = svg.append("defs").append("pattern").attr("id", "hatch").attr("width", 6)
		.attr("height", 6).attr("patternUnits", "userSpaceOnUse").attr("patternTransform", "rotate(45)");
	const layers = ["tick", "lane", "owner", "flag", "choice", "overview"].reduce((all, name) =>
		({ ...all, [name]: svg.append("g") }), {});
	const behaviour = zoom().on("zoom", event => render(event.transform));
	let width = 600, rows = 5, chosen = null, current = zoomIdentity;

	pattern.append("rect").attr("width", 2).attr("height", 6).style("fill", "var(--page)")
		.attr("fill-opacity", .55);
	behaviour.filter(event => event.type !== "wheel" || event.ctrlKey || event.metaKey);

	const widths = new Map();
	const probe = svg.append("text").attr("visibility", "hidden");
	const measure = text => {
		if (!widths.has(text))
			widths.set(text, probe.text(text).node().getComputedTextLength());
		return widths.get(text);
	};
	const linesMost = () => width < 500 ? 3 : 6;
	const xOf = address => current.applyX(scale(address) * width);

	// Words in a box, or fewer, or none.
	function fitted(g, candidates, x0, x1, y, centred) {
		const margin = centred ? 1 : 6, part = centred ? SMALL : 1;
		const left = Math.max(x0, 0) + margin, room = Math.min(x1, width) - margin - left;
		const text = candidates.find(words => part * measure(words) <= room);
		if (text)
			g.append("text").attr("x", centred ? left + room / 2 : left).attr("y", y)
				.attr("text-anchor", centred ? "middle" : null)
				.attr("class", centred ? "small" : null).text(text);
	}

	function renderOwners(top) {
		const shown = model.spans.filter(span => xOf(span.end) >= 0 && xOf(span.base) <= width);
		const box = span => {
			const x0 = Math.max(-4, xOf(span.base)), x1 = Math.min(width + 4, xOf(span.end));
			return [Math.min(x0, width - THINNEST), Math.max(THINNEST, x1 - x0)];
		};
		layers.owner.selectAll("*").remove();
		// Free memory first: what is thin must not vanish below its neighbour.
		shown.sort((a, b) => (b.class === "free") - (a.class === "free"));
		for (const span of shown) {
			const [x, w] = box(span);
			if (span.class === "outside" || span.class === "hole")
				continue;
			layers.owner.append("rect").datum(span).attr("x", x).attr("y", top)
				.attr("width", w).attr("height", OWNERS)
				.style("fill", `var(--${colourOf(span.class).id})`);
			if (span.nomap)
				layers.owner.append("rect").datum(span).attr("x", x).attr("y", top)
					.attr("width", w).attr("height", OWNERS).attr("fill", "url(#hatch)");
		}
		const middle = top + OWNERS / 2 + 4;
		for (const span of shown.filter(s => s.class === "free"))
			fitted(layers.owner, [`free ${human(span.bytes)}`, "free"], xOf(span.base),
				xOf(span.end), middle);
		for (const hole of holes) {
			const x0 = Math.max(-4, xOf(hole.base)), x1 = Math.min(width + 4, xOf(hole.end));
			if (x1 <= x0)
				continue;
			layers.owner.append("rect").attr("class", "hole").attr("x", x0 + 1).attr("y", top + .5)
				.attr("width", Math.max(1, x1 - x0 - 2)).attr("height", OWNERS - 1);
			fitted(layers.owner, [`no RAM, ${human(hole.bytes)}`, human(hole.bytes)],
				xOf(hole.base), xOf(hole.end), middle, true);
		}
		layers.owner.selectAll("rect").on("click", (_, span) => span && onChoose(span, false));
	}

	function renderFlags(bottom) {
		const flags = layOutFlags(owned, xOf, width, measure, rows, linesMost());
		layers.flag.selectAll("*").remove();
		for (const flag of flags)
			layers.flag.append("line").attr("class", "pole").attr("x1", flag.at).attr("x2", flag.at)
				.attr("y1", bottom - FLAG_ROW * (flag.row + flag.lines.length) + 5)
				.attr("y2", bottom + 4);
		for (const flag of flags)
			flag.lines.forEach((line, i) => {
				const y = bottom - FLAG_ROW * (flag.row + flag.lines.length - 1 - i) - 4;
				const g = layers.flag.append("g")
					.on("click", () => onChoose(line.first, false));
				const text = g.append("text").attr("class", "flag").attr("x", flag.left + 14)
					.attr("y", y);
				g.append("rect").attr("class", "chip").attr("x", flag.left).attr("y", y - 9)
					.attr("width", 10).attr("height", 10).attr("rx", 2)
					.style("fill", line.bytes ? `var(--${colourOf(line.first.class).id})`
						: "none");
				text.append("tspan").text(line.name);
				if (line.bytes)
					text.append("tspan").attr("class", "size").attr("dx", 6)
						.text(human(line.bytes));
			});
	}

	// Boxes that are narrower than a few pixels are drawn as one.
	function* joined(boxes) {
		let run = null;
		for (const box of boxes) {
			const x0 = xOf(box.base), x1 = xOf(box.end);
			if (x1 < 0 || x0 > width)
				continue;
			if (x1 - x0 >= 5) {
				if (run)
					yield run;
				run = null;
				yield { x0, x1, box };
			} else if (run && x0 - run.x1 < 1) {
				run.x1 = x1;
			} else {
				if (run)
					yield run;
				run = { x0, x1 };
			}
		}
		if (run)
			yield run;
	}

	const words = {
		zone: zone => [`${model.zoneName(zone)} ${human(zone.bytes)}`, model.zoneName(zone), zone.name],
		node: node => [`node ${node.nid} ${human(node.present * PAGE)}`, `node ${node.nid}`,
			       `${node.nid}`],
		section: section => [`section ${section.nr}`, `${section.nr}`],
	};

	function renderLanes(top) {
		layers.lane.selectAll("*").remove();
		lanes.forEach(([kind, boxes], i) => {
			const y = top + i * (LANE + GAP);
			let odd = false;
			for (const { x0, x1, box } of joined(boxes)) {
				const left = Math.max(-4, x0), w = Math.max(1, Math.min(width + 4, x1) - left);
				odd = !odd;
				layers.lane.append("rect").attr("class", kind === "section" ? "section"
					: `zone ${odd ? "" : "odd"}`).attr("x", left).attr("y", y)
					.attr("width", w).attr("height", LANE);
				if (box)
					fitted(layers.lane, words[kind](box), x0, x1, y + 16, kind === "section");
			}
		});
	}

	function renderAxis(top, bottom) {
		layers.tick.selectAll("*").remove();
		let free = -1;
		for (const at of ticks(pieces, xOf, width)) {
			const x = xOf(at), text = hex(at), half = text.length * DIGIT / 2;
			// Where a hole was cut the next piece's first address may have no room.
			if (Math.max(0, x - half) < free)
				continue;
			free = Math.max(x, half) + half + 6;
			layers.tick.append("line").attr("class", "tick").attr("x1", x).attr("x2", x)
				.attr("y1", top).attr("y2", bottom + 5);
			layers.tick.append("text").attr("class", "hex").attr("y", bottom + 17)
				.attr("text-anchor", x < half ? "start" : x > width - half ? "end" : "middle")
				.attr("x", x < half ? 0 : x > width - half ? width : x).text(text);
		}
	}

	function renderOverview(y) {
		layers.overview.selectAll("*").remove();
		if (current.k < 1.01)
			return;
		for (const piece of pieces)
			layers.overview.append("rect").attr("x", scale(piece.base) * width).attr("y", y)
				.attr("width", Math.max(1, (scale(piece.end) - scale(piece.base)) * width))
				.attr("height", OVERVIEW).style("fill", "var(--free)");
		for (const span of owned.filter(s => s.class !== "outside"))
			layers.overview.append("rect").attr("x", scale(span.base) * width).attr("y", y)
				.attr("width", Math.max(1, (scale(span.end) - scale(span.base)) * width))
				.attr("height", OVERVIEW).style("fill", `var(--${colourOf(span.class).id})`);
		layers.overview.append("rect").attr("class", "window").attr("y", y - 2)
			.attr("x", Math.max(0, -current.x / current.k - 1)).attr("height", OVERVIEW + 4)
			.attr("width", Math.max(3, width / current.k));
	}

	function render(transform = current) {
		current = transform;
		const flagsBottom = FLAG_ROW * rows + 6, lanesTop = flagsBottom + OWNERS + GAP;
		const lanesBottom = lanesTop + lanes.length * (LANE + GAP) - GAP;
		renderAxis(flagsBottom, lanesBottom);
		renderLanes(lanesTop);
		renderOwners(flagsBottom);
		renderFlags(flagsBottom - 4);
		renderOverview(lanesBottom + AXIS + 4);
		layers.choice.selectAll("*").remove();
		if (chosen && chosen.class !== "outside")
			layers.choice.append("rect").attr("class", "choice").attr("y", flagsBottom)
				.attr("height", OWNERS).attr("x", Math.max(-4, xOf(chosen.base)))
				.attr("width", Math.max(THINNEST, Math.min(width + 8, xOf(chosen.end)) -
					Math.max(-4, xOf(chosen.base))));
		svg.attr("height", lanesBottom + AXIS + OVERVIEW + 6);
	}

	function moveTo(base, end, margin = .04) {
		const from = scale(base) * width, to = scale(end) * width;
		const k = Math.min(behaviour.scaleExtent()[1], width / Math.max(1e-9, (to - from) * (1 + 2 * margin)));
		const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
		const target = zoomIdentity.translate(width / 2 - k * (from + to) / 2, 0).scale(Math.max(1, k));
		(still ? svg : svg.transition().duration(400)).call(behaviour.transform, target);
	}

	// The section in the middle of what is seen, or steps from it.
	function moveToSection(step) {
		const middle = scale.invert(current.invertX(width / 2) / width);
		let nr = model.sections.findIndex(s => s.end > middle);
		const seen = model.sections[nr < 0 ? model.sections.length - 1 : nr];
		const inside = current.k >= .8 * total / sectionBytes;
		nr = Math.max(0, model.sections.indexOf(seen) + (inside ? step : 0));
		const section = model.sections[Math.min(nr, model.sections.length - 1)];
		if (section)
			moveTo(section.base, section.end, .01);
	}

	const actions = {
		in: () => svg.transition().duration(200).call(behaviour.scaleBy, 2),
		out: () => svg.transition().duration(200).call(behaviour.scaleBy, .5),
		all: () => svg.transition().duration(300).call(behaviour.transform, zoomIdentity),
		section: () => moveToSection(0),
		next: () => moveToSection(1),
		previous: () => moveToSection(-1),
	};
	const keys = { "+": actions.in, "=": actions.in, "-": actions.out, 0: actions.all,
		       Home: actions.all,
		       ArrowLeft: () => svg.call(behaviour.translateBy, width / 8 / current.k, 0),
		       ArrowRight: () => svg.call(behaviour.translateBy, -width / 8 / current.k, 0) };

	for (const button of document.querySelectorAll("[data-zoom]"))
		button.addEventListener("click", () => actions[button.dataset.zoom]());
	where.addEventListener("keydown", event => {
		if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key])
			return;
		event.preventDefault();
		keys[event.key]();
	});
	svg.on("mousemove", event => {
		const at = scale.invert(current.invertX(pointer(event)[0]) / width);
		const span = model.spans.find(s => s.base <= at && at < s.end);
		if (span && !chosen)
			describe(span);
	});

	function describe(span) {
		select("#at").text(span ? `${span.text}: ${human(span.bytes)}, ${thousands(span.pages)} ` +
			`pages, ${span.what}${span.source ? ` (${span.source})` : ""}` : help);
	}

	svg.call(behaviour);
	return {
		resize() {
			width = where.clientWidth || 600;
			// As many rows of names as the whole space needs; closer looks make do with them.
			const flags = layOutFlags(owned, address => scale(address) * width, width, measure,
				ROWS_MOST, linesMost());
			rows = Math.max(3, ...flags.map(flag => flag.row + flag.lines.length));
			svg.attr("viewBox", null);
			behaviour.extent([[0, 0], [width, 100]]).translateExtent([[0, 0], [width, 100]])
				.scaleExtent([1, Math.max(1, total / (CLOSEST_FRAMES * PAGE))]);
			svg.call(behaviour.transform, current);
			render();
		},
		choose(span, move) {
			chosen = span === chosen ? null : span;
			describe(chosen);
			if (move && chosen)
				moveTo(span.base, span.end, 1);
			else
				render();
		},
	};
}
