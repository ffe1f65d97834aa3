const $ = (id) => document.getElementById(id);

// clipped shortens lines that no page can show: a guest may print megabytes without a newline. The JSON log has them.
const clipped = (text) => text.length < 10000 ? text : text.replace(/[^\n]{10000,}/g, (l) => l.slice(0, 5000) + "… (" + (l.length - 5000).toLocaleString("en") + " more characters)");

// h makes an element; text is always set as text, never as HTML.
function h(tag, props, ...children) {
  const e = document.createElement(tag);
  for (const [k, v] of Object.entries(props || {})) {
    if (v === undefined || v === null || v === false) continue;
    if (k.startsWith("on")) e.addEventListener(k.slice(2), v);
    else if (k === "class") e.className = v;
    else e.setAttribute(k, v === true ? "" : v);
  }
  for (const c of children.flat()) if (c !== null && c !== undefined && c !== "") e.append(typeof c === "string" ? clipped(c) : c);
  return e;
}

const secs = (ms) => (ms / 1000).toFixed(3);

function human(ms) {
  if (ms < 0) return "";
  const s = ms / 1000;
  if (s < 10) return s.toFixed(2) + " s";
  if (s < 120) return s.toFixed(0) + " s";
  if (s < 7200) return Math.floor(s / 60) + " min " + Math.floor(s % 60) + " s";
  return Math.floor(s / 3600) + " h " + Math.floor((s % 3600) / 60) + " min";
}

const stamp = (t) => new Date(model.start + t).toISOString().replace("T", " ").replace("Z", " UTC");

// marked returns text with the matches of the search marked.
function marked(text, re) {
  if (!re) return [text];
  const out = [];
  let at = 0, n = 0;
  const g = new RegExp(re.source, re.flags + "g");
  for (const m of text.matchAll(g)) {
    if (!m[0] || ++n > 50) continue;
    if (m.index > at) out.push(text.slice(at, m.index));
    out.push(h("mark", null, m[0]));
    at = m.index + m[0].length;
  }
  out.push(text.slice(at));
  return out;
}

// VList shows the part of a long list that is on the screen; header says that a row of the same height stays above it.
class VList {
  constructor(box, unit, render, header) {
    this.box = box; this.unit = unit; this.render = render; this.header = header;
    this.sizer = h("div", { class: "sizer", role: "none" });
    box.append(this.sizer);
    this.items = []; this.tops = null; this.live = new Map();
    box.addEventListener("scroll", () => this.soon(), { passive: true });
    new ResizeObserver(() => this.soon()).observe(box);
  }
  // set replaces the items of the list; heights has the height of each item in units.
  set(items, heights) {
    this.items = items;
    const n = items.length, tops = new Int32Array(n + 1);
    for (let i = 0, y = 0; i < n; i++) { y += heights ? heights(items[i]) : 1; tops[i + 1] = y; }
    this.tops = tops;
    this.sizer.style.height = tops[n] * this.unit + "px";
    this.redraw();
  }
  redraw() { this.live.clear(); this.sizer.replaceChildren(); this.paint(); }
  soon() { this.wait ||= requestAnimationFrame(() => { this.wait = 0; this.paint(); }); }
  at(y) { // the item at a height
    let lo = 0, hi = this.items.length;
    while (lo < hi) { const mid = (lo + hi) >> 1; if (this.tops[mid + 1] <= y) lo = mid + 1; else hi = mid; }
    return lo;
  }
  paint() {
    if (!this.tops || !this.box.clientHeight) return;
    const from = Math.max(0, this.at(this.box.scrollTop / this.unit) - 10);
    const to = Math.min(this.items.length, this.at((this.box.scrollTop + this.box.clientHeight) / this.unit) + 11);
    for (const [i, el] of this.live) if (i < from || i >= to) { el.remove(); this.live.delete(i); }
    const frag = document.createDocumentFragment();
    for (let i = from; i < to; i++) {
      if (this.live.has(i)) continue;
      const el = this.render(this.items[i], i);
      el.style.top = this.tops[i] * this.unit + "px";
      this.live.set(i, el);
      frag.append(el);
    }
    this.sizer.append(frag);
  }
  show(i, middle) {
    if (i < 0 || !this.tops) return;
    const top = this.tops[i] * this.unit, bottom = this.tops[i + 1] * this.unit + (this.header ? this.unit : 0), b = this.box;
    if (middle && (top < b.scrollTop || bottom > b.scrollTop + b.clientHeight)) b.scrollTop = top - b.clientHeight / 2;
    else if (top < b.scrollTop) b.scrollTop = top;
    else if (bottom > b.scrollTop + b.clientHeight) b.scrollTop = bottom - b.clientHeight;
    this.paint();
  }
  page() { return Math.max(1, Math.floor(this.box.clientHeight / this.unit) - 1); }
}
