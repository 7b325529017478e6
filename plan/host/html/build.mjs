// SPDX-License-Identifier: BSD-2-Clause
// Makes the page that `plan --format html` fills in: one file, script and style in it, nothing to
// fetch. Its policy allows this script and this style by their hashes and nothing else, so that
// even a name that became markup could do nothing.
//
// usage: node build.mjs OUTPUT       run where node_modules is
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(process.cwd(), "node_modules");
const { buildSync } = createRequire(join(modules, "x.js"))("esbuild");

const bundle = buildSync({
    entryPoints: [join(here, "main.js")],
    bundle: true,
    minify: true,
    format: "iife",
    target: ["chrome100", "firefox104", "safari15.4"],
    charset: "ascii",
    legalComments: "none",
    nodePaths: [modules],
    metafile: true,
    write: false,
});
// A closing tag in a string would end the script.
const script = bundle.outputFiles[0].text.replaceAll("</", "<\\/");
const style = buildSync({ entryPoints: [join(here, "page.css")], minify: true, write: false })
    .outputFiles[0].text;

// The licences of the packages that the script has parts of ask to be kept with it.
const names = new Set(Object.keys(bundle.metafile.inputs)
    .map(name => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(name)?.[1]).filter(Boolean));
const notices = [...names].sort().map(name => {
    const folder = join(modules, name);
    const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const file = readdirSync(folder).find(entry => /^licen[cs]e/i.test(entry));
    return `${name} ${version}\n\n${file ? readFileSync(join(folder, file), "utf8").trim() : ""}`;
}).join("\n\n");

const hash = text => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
const fill = { STYLE: style, SCRIPT: script,
    POLICY: `default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}` };
let page = readFileSync(join(here, "page.html"), "utf8");
for (const [name, text] of Object.entries(fill))
    page = page.replace(`@${name}@`, () => text);
const escaped = notices.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
page = page.replace("</body>", () => `<template id="licences">\n${escaped}\n</template>\n</body>`);
writeFileSync(process.argv[2], page);
