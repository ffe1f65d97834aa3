// One tile for each machine.
import { h } from "./log.js";

class Tile {
  constructor(name, open) {
    this.name = name;
    this.state = h("span", { class: "state" });
    this.doing = h("div", { class: "doing", dir: "auto" });
    this.figures = h("div", { class: "figures" });
    this.fault = h("div", { class: "fault", dir: "auto", hidden: true });
    this.tail = h("pre", { class: "tail", dir: "auto", role: "region", "aria-label": "Last console lines of " + name });
    this.content = h("div", { class: "content" }); // of the screen; it moves to where it is shown large
    this.screen = h("button", { type: "button", class: "screen", "aria-label": "Screen of " + name + ", open", onclick: () => open(this) }, this.content);
    this.el = h("article", { class: "tile", "aria-label": name, "data-machine": name }, h("h2", null, h("span", { dir: "auto" }, name), this.state), this.screen, this.doing, this.fault, this.figures, this.tail);
    this.url = "";
    new ResizeObserver(() => this.fit()).observe(this.content);
  }
  update(s) {
    set(this.state, s.state);
    this.state.className = "state " + s.state;
    set(this.doing, s.doing || "");
    this.fault.hidden = !s.fault;
    set(this.fault, s.fault || "");
    set(this.figures, s.memory ? s.cpu + " % of a processor, " + s.memory.toLocaleString("en") + " MiB" : "");
    set(this.tail, s.console.join("\n"));
  }
  picture(blob) {
    const img = this.img || h("img", { alt: "", draggable: "false" }), old = this.url;
    this.url = URL.createObjectURL(blob);
    img.onload = () => {
      if (old) URL.revokeObjectURL(old);
      if (this.img !== img || !img.isConnected) { this.img = img; this.pre = null; this.content.replaceChildren(img); }
      if (img.naturalWidth) this.content.style.aspectRatio = img.naturalWidth + "/" + img.naturalHeight;
    };
    this.img = img;
    img.src = this.url;
  }
  text(lines, columns) {
    if (this.url) { URL.revokeObjectURL(this.url); this.url = ""; this.img = null; }
    if (!this.pre) { this.pre = h("pre", { dir: "ltr" }); this.content.replaceChildren(this.pre); }
    this.pre.textContent = lines.join("\n");
    this.columns = columns; this.lines = lines.length;
    this.fit();
  }
  enlarge(box) { box.replaceChildren(this.content); this.fit(); }
  shrink() { this.screen.replaceChildren(this.content); this.fit(); }
  // fit makes a text console as large as its tile.
  fit() {
    if (!this.pre || !this.columns) return;
    const w = this.content.clientWidth - 4;
    this.content.style.aspectRatio = this.columns * 0.6 + "/" + this.lines * 1.2;
    this.pre.style.fontSize = w / this.columns / 0.602 + "px";
  }
}

function set(el, text) { if (el.textContent !== text) el.textContent = text; }

export class Tiles {
  constructor(box, open) { this.box = box; this.open = open; this.all = new Map(); }
  tile(name) {
    let t = this.all.get(name);
    if (!t) { t = new Tile(name, this.open); this.all.set(name, t); }
    return t;
  }
  update(list) {
    for (const s of list) this.tile(s.name).update(s);
    for (const [name, t] of this.all) if (!list.some((s) => s.name === name)) { t.el.remove(); this.all.delete(name); }
    const now = list.map((s) => this.all.get(s.name).el);
    if (now.some((el, i) => this.box.children[i] !== el)) this.box.append(...now);
  }
  picture(name, blob) { this.tile(name).picture(blob); }
  text(name, lines, columns) { this.tile(name).text(lines, columns); }
  over() { for (const t of this.all.values()) t.el.classList.add("over"); }
}
