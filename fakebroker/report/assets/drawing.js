"use strict";
// Draws the rows. Only those that can be seen are in the document: a conversation may have 50,000 of them.

const HEIGHT = 30, FIRST = 150, LANE = 150, TIME = 66, MORE = 8;
const SVG = "http://www.w3.org/2000/svg";

function node(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const key in attributes) made.setAttribute(key, attributes[key]);
  if (text !== undefined) made.textContent = text;
  return made;
}

function element(name, attributes, text) {
  const made = document.createElement(name);
  for (const key in attributes || {}) made.setAttribute(key, attributes[key]);
  if (text !== undefined) made.textContent = text;
  return made;
}

class Drawing {
  constructor(data, choose) {
    this.data = data;
    this.choose = choose;
    this.rows = document.getElementById("rows");
    this.heads = document.getElementById("heads");
    this.scroller = document.getElementById("drawing");
    this.shown = [];
    this.tops = null;
    this.chosen = null;
    this.lit = new Set();
    this.elements = new Map();
    this.lanes = this.arrange();
    this.drawHeads();
    this.scroller.addEventListener("scroll", () => this.draw());
    addEventListener("resize", () => this.draw());
    addEventListener("beforeprint", () => this.draw(true));
    addEventListener("afterprint", () => this.draw());
  }

  // A lane for each connection, one for the broker, one for each queue. A connection that comes after another has
  // ended takes over its lane where there are many.
  arrange() {
    const ends = new Map(), lanes = new Map(), free = [];
    for (const row of this.data.rows) if (row.k === "lost") ends.set(row.c, true);
    let count = 0;
    const many = this.data.connections.length > 6;
    for (const row of this.data.rows) {
      if (row.c && !lanes.has(row.c)) lanes.set(row.c, many && free.length ? free.shift() : count++);
      if (row.k === "lost" && lanes.has(row.c)) free.push(lanes.get(row.c));
    }
    this.connectionLanes = count;
    return lanes;
  }

  x(connection) { return FIRST + (this.lanes.get(connection) || 0) * LANE; }
  get brokerX() { return FIRST + this.connectionLanes * LANE; }
  queueX(queue) { return this.brokerX + (this.data.queues.indexOf(queue) + 1) * LANE; }
  get width() { return this.brokerX + (this.data.queues.length + 1) * LANE + 260; }

  drawHeads() {
    const head = (x, kind, name, queue) => {
      const made = element("div", { class: queue ? "queue" : "", title: name || kind });
      made.style.left = x + "px";
      made.append(element("small", {}, kind), element("b", {}, name || "\u00a0"));
      this.heads.append(made);
    };
    const firsts = new Map();
    for (const each of this.data.connections) {
      const lane = this.lanes.get(each.number);
      if (!firsts.has(lane)) firsts.set(lane, []);
      firsts.get(lane).push(each);
    }
    for (const [lane, all] of firsts) {
      const numbers = all.length > 2 ? `#${all[0].number} … #${all[all.length - 1].number}` : all.map(each => "#" + each.number).join(", ");
      head(FIRST + lane * LANE, `connection ${numbers}`, all[0].name, false);
    }
    head(this.brokerX, "broker", "fakebroker", true);
    for (const queue of this.data.queues) head(this.queueX(queue), "queue", queue, true);
    this.heads.style.width = this.rows.style.width = this.width + "px";
  }

  // Which rows are shown, and where: one below the other, or as far apart as their times.
  show(indexes, toTime) {
    this.shown = indexes;
    this.place = new Map(indexes.map((index, place) => [index, place]));
    this.tops = null;
    if (toTime && indexes.length) {
      const rows = this.data.rows;
      const steps = indexes.slice(1).map((index, place) => rows[index].t - rows[indexes[place]].t).filter(step => step > 0).sort((a, b) => a - b);
      const unit = steps.length ? steps[steps.length >> 1] : 1;
      let top = 0;
      this.tops = indexes.map((index, place) => {
        if (place) top += HEIGHT * Math.min(6, 1 + Math.log2(1 + (rows[index].t - rows[indexes[place - 1]].t) / unit));
        return top;
      });
    }
    for (const made of this.elements.values()) made.remove();
    this.elements.clear();
    this.rows.style.height = this.top(indexes.length) + HEIGHT + "px";
    this.drawLanes();
    this.draw();
  }

  top(place) {
    if (!this.tops) return place * HEIGHT;
    return place < this.tops.length ? this.tops[place] : (this.tops[this.tops.length - 1] || 0) + HEIGHT;
  }

  drawLanes() {
    const old = this.rows.querySelector("svg.lanes");
    if (old) old.remove();
    const height = this.top(this.shown.length) + HEIGHT;
    const svg = node("svg", { class: "lanes", width: this.width, height });
    const line = (x, color, width) => svg.append(node("line", { x1: x, x2: x, y1: 0, y2: height, stroke: `var(${color})`, "stroke-width": width }));
    for (let lane = 0; lane < this.connectionLanes; lane++) line(FIRST + lane * LANE, "--lane", 1);
    line(this.brokerX, "--lane", 3);
    for (const queue of this.data.queues) line(this.queueX(queue), "--queue", 4);
    this.rows.prepend(svg);
  }

  // The first shown row at or below a height.
  at(height) {
    if (!this.tops) return Math.max(0, Math.floor(height / HEIGHT));
    let low = 0, high = this.tops.length;
    while (low < high) { const middle = (low + high) >> 1; if (this.tops[middle] + HEIGHT < height) low = middle + 1; else high = middle; }
    return low;
  }

  draw(all) {
    const top = this.scroller.scrollTop - 52, bottom = top + this.scroller.clientHeight;
    const begin = all ? 0 : Math.max(0, this.at(top) - MORE);
    const end = all ? Math.min(this.shown.length, 3000) : Math.min(this.shown.length, this.at(bottom) + MORE);
    for (const [place, made] of this.elements) if (place < begin || place >= end) { made.remove(); this.elements.delete(place); }
    for (let place = begin; place < end; place++) if (!this.elements.has(place)) {
      const made = this.row(this.shown[place], place);
      this.elements.set(place, made);
      this.rows.append(made);
    }
    this.mark();
  }

  mark() {
    for (const [place, made] of this.elements) {
      const index = this.shown[place];
      made.classList.toggle("chosen", index === this.chosen);
      made.classList.toggle("lit", this.lit.has(index) && index !== this.chosen);
      made.setAttribute("aria-selected", index === this.chosen);
    }
  }

  row(index, place) {
    const row = this.data.rows[index];
    const made = element("div", { class: "row " + row.k, role: "option", id: "row" + index, "aria-label": spoken(row), "aria-posinset": place + 1, "aria-setsize": this.shown.length });
    made.style.top = this.top(place) + "px";
    made.style.width = this.width + "px";
    const svg = node("svg", { width: this.width, height: HEIGHT });
    svg.append(node("text", { class: "time", x: TIME, y: 20, "text-anchor": "end" }, row.t.toFixed(3)));
    this.picture(svg, row);
    made.append(svg);
    made.addEventListener("click", () => this.choose(index));
    return made;
  }

  picture(svg, row) {
    if (row.fold) return this.folded(svg, row);
    if (row.k === "inside") return this.inside(svg, row);
    const here = this.x(row.c), ends = (row.q || []).map(queue => this.queueX(queue));
    if (row.k === "opened" || row.k === "lost") return this.end(svg, row, here);
    if (row.k === "rule" || row.k === "failed") return this.rule(svg, row, here);
    for (const there of ends.length ? ends : [this.brokerX]) this.arrow(svg, row, here, there);
    if (row.u) return this.acted(svg, row, here, ends);
    const far = Math.max(here, ...(ends.length ? ends : [this.brokerX]));
    svg.append(node("text", { x: here + 12, y: 11 }, row.l));
    this.notes(svg, row, far);
  }

  arrow(svg, row, here, there) {
    const [from, to] = row.d === "out" ? [there, here] : [here, there];
    const way = to > from ? 1 : -1, y = 20;
    const soft = row.u || row.k === "heartbeat" || /\.(ack|nack|reject)$|-ok$/.test(row.m || "");
    svg.append(node("path", { d: `M${from} ${y}H${to - 7 * way}`, class: soft ? "soft" : "" }));
    svg.append(node("path", { class: "tip", d: `M${to} ${y}l${-9 * way} -4.5v9z` }));
  }

  // A rule has acted on what came from the client: told where it acted, half way to the broker.
  acted(svg, row, here, ends) {
    const middle = (here + this.brokerX) / 2;
    svg.append(node("text", { x: here + 12, y: 11 }, row.l));
    svg.append(node("circle", { class: "rule", cx: middle, cy: 20, r: 7 }), node("path", { d: `M${middle - 3} 17l6 6m0 -6l-6 6`, style: "stroke: var(--paper)" }));
    const far = Math.max(middle, ...(ends.length ? ends : [this.brokerX]));
    svg.append(node("text", { class: "bad", x: far + 10, y: 24 }, [row.u, ...(row.e || [])].join(", ")));
  }

  notes(svg, row, far) {
    const ready = Object.entries(row.r || {}).map(([queue, count]) => (Object.keys(row.r).length > 1 ? queue + ": " : "") + count + " ready");
    const bad = row.e || [];
    if (bad.length) svg.append(node("text", { class: "bad", x: far + 10, y: 24 }, bad.join(", ")));
    else if (ready.length) svg.append(node("text", { class: "note", x: far + 10, y: 24 }, ready.join(", ")));
  }

  end(svg, row, here) {
    if (row.k === "opened") svg.append(node("circle", { cx: here, cy: 15, r: 5, fill: "var(--good)" }));
    else svg.append(node("path", { class: "cross", d: `M${here - 6} 9l12 12m0 -12l-12 12` }));
    svg.append(node("text", { x: here + 14, y: 19 }, row.l));
  }

  rule(svg, row, here) {
    svg.append(node("circle", { class: "rule", cx: here, cy: 15, r: 7 }));
    svg.append(node("path", { d: `M${here - 3} 12l6 6m0 -6l-6 6`, style: "stroke: var(--paper)" }));
    svg.append(node("text", { x: here + 14, y: 19 }, row.l));
  }

  inside(svg, row) {
    const there = row.q ? this.queueX(row.q[0]) : this.brokerX;
    if (row.w) this.arrow(svg, { d: "in", m: "" }, this.queueX(row.w), there);
    else svg.append(node("path", { d: `M${there - 3} 8c-26 0 -26 14 -10 14` }), node("path", { class: "tip", d: `M${there - 3} 22l-9 -4.5v9z` }));
    svg.append(node("text", { x: there + 10, y: 19 }, row.l + Object.values(row.r || {}).map(count => ` · ${count} ready`).join("")));
  }

  folded(svg, row) {
    const here = this.x(row.c), text = `handshake · ${row.fold} entries`;
    svg.append(node("rect", { x: here - 8, y: 5, width: 12 + text.length * 6.4, height: 21, rx: 10 }));
    svg.append(node("text", { x: here + 2, y: 20, style: "stroke: none" }, text));
  }

  reveal(index) {
    const place = this.place.get(index);
    if (place === undefined) return false;
    const top = this.top(place), view = this.scroller;
    if (top < view.scrollTop || top + HEIGHT + 60 > view.scrollTop + view.clientHeight) view.scrollTop = Math.max(0, top - view.clientHeight / 3);
    const row = this.data.rows[index], x = row.c ? this.x(row.c) : this.brokerX;
    if (x < view.scrollLeft || x > view.scrollLeft + view.clientWidth) view.scrollLeft = Math.max(0, x - 100);
    this.draw();
    return true;
  }
}

function spoken(row) {
  const who = row.c ? `connection ${row.c}` : "broker";
  const way = row.d === "in" ? "to the broker" : row.d === "out" ? "from the broker" : "";
  return [row.t.toFixed(3), who, way, row.l, row.u, ...(row.e || [])].filter(Boolean).join(", ");
}
