"use strict";
// The panel at the side: what is wrong, the chosen entry with its fields and octets, the life of its message.

class Panel {
  constructor(data, jump) {
    this.data = data;
    this.jump = jump;
    this.panel = document.getElementById("panel");
    this.places = new Map();
    data.rows.forEach((row, index) => { if (row.a) this.places.set(row.a, index); });
  }

  overview() {
    this.panel.replaceChildren();
    this.wrong();
    this.rules();
    this.end();
  }

  wrong() {
    if (!this.data.failure && !this.data.verdicts.length) return;
    this.heading("What is wrong");
    if (this.data.failure) this.panel.append(element("div", { class: "wrong" }, this.data.failure.split("\n")[0]));
    for (const verdict of this.data.verdicts) {
      const made = element("div", { class: "wrong" });
      made.append(element("b", {}, verdict.name), " " + verdict.text + " ");
      for (const address of verdict.crossings || []) made.append(this.link(address, address), " ");
      this.panel.append(made);
    }
  }

  rules() {
    const acted = new Map();
    this.data.rows.forEach((row, index) => { const text = row.k === "rule" ? row.s : row.u; if (text) acted.set(text, [...(acted.get(text) || []), index]); });
    if (!acted.size) return;
    this.heading("Rules that acted");
    const rows = [...acted].map(([text, indexes]) => [text, indexes.map(index => [this.data.rows[index].t.toFixed(3), index])]);
    const table = element("table");
    for (const [text, places] of rows) {
      const line = element("tr"), cell = element("td");
      line.append(element("td", {}, text), cell);
      for (const [time, index] of places.slice(0, 20)) cell.append(this.button(time, index), " ");
      table.append(line);
    }
    this.panel.append(table);
  }

  end() {
    const depths = new Map(this.data.queues.map(queue => [queue, [[0, 0]]]));
    this.data.rows.forEach((row, index) => { for (const queue in row.r || {}) if (depths.has(queue)) depths.get(queue).push([index, row.r[queue]]); });
    if (!depths.size) return;
    this.heading("Messages ready in each queue");
    for (const [queue, points] of depths) {
      const most = Math.max(1, ...points.map(point => point[1])), last = points[points.length - 1][1];
      this.panel.append(element("div", {}, `${queue}: ${last} at the end, ${Math.max(...points.map(point => point[1]))} at most`));
      this.panel.append(this.depth(points, most));
    }
  }

  depth(points, most) {
    const wide = Math.max(1, this.data.rows.length), svg = node("svg", { class: "depth", viewBox: "0 0 300 46", preserveAspectRatio: "none", role: "img", "aria-label": "queue depth" });
    let path = "M0 44", y = 44;
    for (const [index, count] of points) { const x = 300 * index / wide; path += `H${x.toFixed(1)}`; y = 44 - 40 * count / most; path += `V${y.toFixed(1)}`; }
    svg.append(node("path", { d: path + "H300V44Z" }));
    return svg;
  }

  entry(index) {
    const row = this.data.rows[index];
    this.panel.replaceChildren();
    const back = element("button", { type: "button", class: "back", title: "Escape" }, "overview");
    back.addEventListener("click", () => this.jump(null));
    this.panel.append(back);
    this.heading(row.m || row.k);
    this.fields([["time", row.t + " s"], ["crossing", row.n], ["address", row.a], ["connection", row.c], ["channel", row.h], ["direction", { in: "from the client", out: "to the client" }[row.d]], ["text", row.s], ["a rule", row.u], ["came of it", (row.e || []).join(", ")]]);
    if (row.x) { this.heading("Arguments"); this.fields(Object.entries(row.x), true); }
    if (row.p) { this.heading("Properties"); this.fields(Object.entries(row.p), true); }
    if (row.b !== undefined) { this.heading("Body"); this.octets(row.b); }
    if (row.o !== undefined) { this.heading("Octets"); this.octets(row.o); }
    if (row.g !== undefined) this.life(row.g);
  }

  life(message) {
    this.heading(`The life of ${this.data.messages[message]}`);
    const list = element("ul", { class: "life" });
    for (const [time, text, address] of this.data.lives[message] || []) {
      const item = element("li");
      item.append(element("time", {}, time.toFixed(3)), address && this.places.has(address) ? this.link(address, text) : text);
      list.append(item);
    }
    this.panel.append(list);
  }

  heading(text) { this.panel.append(element("h2", {}, text)); }

  fields(pairs, all) {
    const table = element("table");
    for (const [name, value] of pairs) {
      if (value === undefined || value === "" || value === null) { if (!all) continue; }
      const line = element("tr");
      line.append(element("th", { scope: "row" }, name), element("td", {}, typeof value === "object" && value !== null ? JSON.stringify(value) : value === "" ? "(empty)" : String(value)));
      table.append(line);
    }
    this.panel.append(table);
  }

  octets(value) {
    if (value && value.hidden !== undefined) return this.panel.append(element("p", {}, `${value.hidden} octets, hidden: a password may be in them`));
    const bytes = value && value.base64 !== undefined ? Uint8Array.from(atob(value.base64), each => each.charCodeAt(0)) : new TextEncoder().encode(String(value));
    if (value.base64 === undefined) this.panel.append(element("pre", {}, String(value)));
    this.panel.append(element("pre", { "aria-label": "octets in hexadecimal" }, hex(bytes)));
  }

  link(address, text) { return this.places.has(address) ? this.button(text, this.places.get(address)) : element("span", {}, text); }

  button(text, index) {
    const made = element("button", { type: "button" }, text);
    made.addEventListener("click", () => this.jump(index));
    return made;
  }
}

function hex(bytes) {
  const lines = [], most = Math.min(bytes.length, 4096);
  for (let at = 0; at < most; at += 8) {
    const part = [...bytes.slice(at, Math.min(at + 8, most))];
    const text = part.map(each => each > 31 && each < 127 ? String.fromCharCode(each) : ".").join("");
    lines.push(at.toString(16).padStart(4, "0") + "  " + part.map(each => each.toString(16).padStart(2, "0")).join(" ").padEnd(24) + " " + text);
  }
  if (bytes.length > most) lines.push(`(${bytes.length - most} more octets)`);
  return lines.join("\n") || "(empty)";
}
