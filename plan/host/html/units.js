// SPDX-License-Identifier: BSD-2-Clause
// Writes numbers for people, as the text of the plan does.

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

// "8 GiB", "1.5 MiB": three digits, no zeros behind the point.
export function human(bytes) {
    let unit = 0;
    while (bytes >= 1024) {
        bytes /= 1024;
        unit++;
    }
    const places = bytes < 9.995 ? 2 : bytes < 99.95 ? 1 : 0;
    return `${Number(bytes.toFixed(places))} ${UNITS[unit]}`;
}

export const thousands = number => number.toLocaleString("en-US");

export function percent(part, whole) {
    if (!part || !whole)
        return "0 %";
    const value = 100 * part / whole;
    if (value < 0.0005)
        return "<0.001 %";
    return `${value.toFixed(value < 1 ? 3 : value < 10 ? 2 : 1)} %`;
}

export const hex = (number, digits = 0) => "0x" + number.toString(16).padStart(digits, "0");
