"use strict";
// Puts the page together: unpacks the data, filters, search, keyboard.

async function unpacked() {
  const octets = Uint8Array.from(atob(document.getElementById("data").textContent), each => each.charCodeAt(0));
  const stream = new Blob([octets]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

const by = id => document.getElementById(id);

class Page {
  constructor(data) {
    this.data = data;
    this.chosen = null;
    this.drawing = new Drawing(data, index => this.choose(index));
    this.panel = new Panel(data, index => this.choose(index));
    this.head();
    this.filters();
    this.refresh();
    this.choose(null);
    this.keys();
    this.begin();
  }

  head() {
    const data = this.data, failure = by("failure"), again = by("again");
    by("title").textContent = data.title;
    by("facts").textContent = data.facts.join(" · ");
    failure.textContent = data.failure;
    failure.hidden = !data.failure;
    again.hidden = !data.again;
    again.textContent = data.again;
    again.addEventListener("click", () => {
      if (navigator.clipboard) navigator.clipboard.writeText(data.again);
      getSelection().selectAllChildren(again);
    });
  }

  filters() {
    const option = (select, value, text) => select.append(new Option(text, value));
    for (const each of this.data.connections) option(by("by-connection"), each.number, `#${each.number} ${each.name}`);
    const classes = [...new Set(this.data.rows.map(row => (row.m || row.k).split(".")[0]))].sort();
    for (const each of classes) option(by("by-class"), each, each);
    for (const each of this.data.queues) option(by("by-queue"), each, each);
    for (const id of ["by-connection", "by-class", "by-queue", "by-time", "unfold"]) by(id).addEventListener("change", () => this.refresh());
    let waiting = 0;
    by("find").addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(() => this.refresh(), 120); });
  }

  text(row) { return row.text ||= JSON.stringify([row.l, row.m, row.a, row.q, row.x, row.p, row.b, row.s, row.e, row.u]).toLowerCase(); }

  fits(row) {
    const connection = by("by-connection").value, kind = by("by-class").value, queue = by("by-queue").value;
    const sought = by("find").value.trim().toLowerCase();
    return (!connection || row.c === Number(connection)) && (!kind || (row.m || row.k).split(".")[0] === kind)
      && (!queue || (row.q || []).includes(queue) || (row.x || {}).queue === queue) && (!sought || this.text(row).includes(sought));
  }

  refresh() {
    const fold = !by("unfold").checked && !by("find").value && !by("by-class").value;
    const shown = [], heads = new Map();
    let fitting = 0;
    this.data.rows.forEach((row, index) => {
      delete row.fold;
      if (!this.fits(row)) return;
      fitting++;
      if (fold && row.f) {
        if (heads.has(row.c)) { this.data.rows[heads.get(row.c)].fold++; return; }
        heads.set(row.c, index);
        row.fold = 1;
      }
      shown.push(index);
    });
    const all = this.data.rows.length;
    by("count").textContent = fitting === all ? `${all} entries` : `${fitting} of ${all} entries`;
    this.drawing.show(shown, by("by-time").checked);
    if (this.chosen !== null) this.drawing.reveal(this.chosen);
  }

  choose(index) {
    this.chosen = this.drawing.chosen = index;
    this.drawing.lit = new Set();
    if (index === null) { this.panel.overview(); this.drawing.mark(); return; }
    const message = this.data.rows[index].g;
    if (message !== undefined) this.light(message);
    this.panel.entry(index);
    if (!this.drawing.reveal(index)) {
      for (const id of ["by-connection", "by-class", "by-queue", "find"]) by(id).value = "";
      by("unfold").checked = true;
      this.refresh();
    }
    this.drawing.mark();
    by("rows").setAttribute("aria-activedescendant", "row" + index);
  }

  light(message) {
    const addresses = new Set((this.data.lives[message] || []).map(each => each[2]));
    this.data.rows.forEach((row, index) => { if (row.g === message || (row.a && addresses.has(row.a))) this.drawing.lit.add(index); });
  }

  keys() {
    addEventListener("keydown", event => {
      const typing = /INPUT|SELECT|TEXTAREA/.test(event.target.tagName);
      if (event.key === "/" && !typing) { by("find").focus(); event.preventDefault(); }
      if (event.key === "Escape") { if (typing) event.target.blur(); else this.choose(null); }
      if (typing) return;
      const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: 20, PageUp: -20, Home: -Infinity, End: Infinity }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      const shown = this.drawing.shown, now = this.chosen === null ? -1 : this.drawing.place.get(this.chosen) ?? -1;
      if (shown.length) this.choose(shown[Math.max(0, Math.min(shown.length - 1, now + step))]);
    });
  }

  // A failed test is read from where it went wrong: the first rule that acted or the last crossing of a verdict, else
  // from the end.
  begin() {
    const place = location.hash.length > 1 ? this.panel.places.get(decodeURIComponent(location.hash.slice(1))) : undefined;
    if (place !== undefined) return this.choose(place);
    if (!this.data.failure) return;
    const rule = this.data.rows.findIndex(row => row.k === "rule" || row.u);
    const at = (this.data.verdicts[0]?.crossings || []).map(each => this.panel.places.get(each)).find(each => each !== undefined);
    this.drawing.reveal(at ?? (rule >= 0 ? rule : this.drawing.shown[this.drawing.shown.length - 1]));
  }
}

unpacked().then(data => { window.page = new Page(data); });
