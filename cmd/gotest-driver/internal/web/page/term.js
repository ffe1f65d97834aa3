// A terminal, as xterm is one to those programs that a shell usually runs: colours, a moving cursor, regions that scroll, and a second screen.
import { h } from "./log.js";

const keys = { Enter: "\r", Backspace: "\x7f", Tab: "\t", Escape: "\x1b", ArrowUp: "\x1b[A", ArrowDown: "\x1b[B", ArrowRight: "\x1b[C", ArrowLeft: "\x1b[D", Home: "\x1b[H", End: "\x1b[F",
  PageUp: "\x1b[5~", PageDown: "\x1b[6~", Insert: "\x1b[2~", Delete: "\x1b[3~", F1: "\x1bOP", F2: "\x1bOQ", F3: "\x1bOR", F4: "\x1bOS", F5: "\x1b[15~", F6: "\x1b[17~", F7: "\x1b[18~", F8: "\x1b[19~", F9: "\x1b[20~", F10: "\x1b[21~" };
const old = 1000; // lines that have scrolled away and are kept

export class Term {
  constructor(type) {
    this.el = h("div", { class: "term", tabindex: 0, role: "textbox", "aria-multiline": "true" });
    this.type = type;
    this.text = new TextDecoder();
    this.el.addEventListener("keydown", (e) => this.press(e));
    this.el.addEventListener("paste", (e) => { e.preventDefault(); type(e.clipboardData.getData("text").replace(/\r?\n/g, "\r")); });
    this.reset(80, 24);
  }
  reset(w, hgt) {
    Object.assign(this, { w, hgt, x: 0, y: 0, top: 0, bottom: hgt - 1, style: "", saved: [0, 0, ""], main: null, mode: "", arg: "", wrap: false, app: false, hidden: false });
    this.rows = Array.from({ length: hgt }, () => this.blank());
    this.past = [];
    this.el.replaceChildren();
    this.paint();
  }
  blank() { return Array.from({ length: this.w }, () => [" ", ""]); }
  resize(w, hgt) {
    if (w === this.w && hgt === this.hgt) return false;
    this.w = w;
    for (const r of this.rows) { while (r.length < w) r.push([" ", ""]); r.length = w; }
    while (this.rows.length < hgt) this.rows.push(this.blank());
    while (this.rows.length > hgt) { const r = this.rows.shift(); if (!this.main) this.keep(r); this.y--; }
    Object.assign(this, { hgt, top: 0, bottom: hgt - 1, x: Math.min(this.x, w - 1), y: Math.min(Math.max(this.y, 0), hgt - 1), main: null });
    this.soon();
    return true;
  }
  press(e) {
    let s = keys[e.key];
    if (s && this.app && /^\x1b\[[A-DHF]$/.test(s)) s = s.replace("[", "O");
    if (!s && [...e.key].length === 1) {
      if (e.ctrlKey && e.shiftKey) return; // the browser's own: copy, paste
      s = e.ctrlKey && !e.getModifierState("AltGraph") ? (/^[a-z@[\\\]^_ ]$/i.test(e.key) ? String.fromCharCode(e.key.toUpperCase().charCodeAt(0) & 31) : "") : e.key;
      if (e.altKey && !e.ctrlKey && s) s = "\x1b" + s;
    }
    if (!s || e.metaKey || e.key === "Escape" && e.shiftKey) return;
    e.preventDefault(); e.stopPropagation();
    this.type(s);
  }
  write(bytes) {
    for (const c of this.text.decode(bytes, { stream: true })) this.take(c);
    this.soon();
  }
  // take handles one character of what a program prints.
  take(c) {
    switch (this.mode) {
      case "": if (c === "\x1b") this.mode = "esc"; else this.plain(c); return;
      case "esc":
        this.mode = ""; this.arg = "";
        if (c === "[") this.mode = "csi";
        else if ("]PX^_".includes(c)) this.mode = "string";
        else if ("()*+#%".includes(c)) this.mode = "skip";
        else if (c === "M") { if (this.y === this.top) this.scroll(-1); else if (this.y > 0) this.y--; }
        else if (c === "D" || c === "E") { if (c === "E") this.x = 0; this.feed(); }
        else if (c === "7") this.saved = [this.x, this.y, this.style];
        else if (c === "8") [this.x, this.y, this.style] = this.saved;
        else if (c === "c") this.reset(this.w, this.hgt);
        return;
      case "skip": this.mode = ""; return;
      case "string": if (c === "\x07" || c === "\x9c") this.mode = ""; else if (c === "\x1b") this.mode = "skip"; return;
      case "csi":
        if (c >= "@" && c <= "~") { this.mode = ""; this.control(c); } else if (this.arg.length < 100) this.arg += c;
    }
  }
  plain(c) {
    switch (c) {
      case "\n": case "\v": case "\f": this.feed(); return;
      case "\r": this.x = 0; this.wrap = false; return;
      case "\b": if (this.x > 0) this.x--; this.wrap = false; return;
      case "\t": this.x = Math.min(this.w - 1, (this.x & ~7) + 8); return;
    }
    if (c < " " || c >= "\x7f" && c < "\xa0" || /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/.test(c)) return;
    if (this.wrap) { this.x = 0; this.feed(); }
    this.rows[this.y][this.x] = [c, this.style];
    if (this.x < this.w - 1) this.x++; else this.wrap = true;
  }
  feed() {
    this.wrap = false;
    if (this.y === this.bottom) this.scroll(1); else if (this.y < this.hgt - 1) this.y++;
  }
  keep(r) { this.past.push(r); if (this.past.length > old) this.past.splice(0, old / 10); }
  scroll(n) {
    for (; n > 0; n--) { const [r] = this.rows.splice(this.top, 1); if (!this.top && !this.main) this.keep(r); this.rows.splice(this.bottom, 0, this.blank()); }
    for (; n < 0; n++) { this.rows.splice(this.bottom, 1); this.rows.splice(this.top, 0, this.blank()); }
  }
  control(c) {
    const priv = /^[?>=!]/.test(this.arg), a = this.arg.replace(/^[?>=!]/, "").split(/[;:]/).map((v) => Math.min(parseInt(v, 10) || 0, 9999)), n = Math.max(1, a[0]), row = this.rows[this.y];
    const clear = (r, from, to) => { for (let i = from; i < to; i++) r[i] = [" ", this.style.replace(/f\d+|bold|under/g, "").trim()]; };
    if (c !== "m") this.wrap = false;
    if (priv) {
      if (c !== "h" && c !== "l") return;
      for (const v of a) {
        if (v === 1) this.app = c === "h";
        if (v === 25) this.hidden = c === "l";
        if ([47, 1047, 1049].includes(v)) this.second(c === "h");
      }
      return;
    }
    switch (c) {
      case "A": this.y = Math.max(0, this.y - n); break;
      case "B": case "e": this.y = Math.min(this.hgt - 1, this.y + n); break;
      case "C": case "a": this.x = Math.min(this.w - 1, this.x + n); break;
      case "D": this.x = Math.max(0, this.x - n); break;
      case "G": case "`": this.x = Math.min(this.w, n) - 1; break;
      case "d": this.y = Math.min(this.hgt, n) - 1; break;
      case "H": case "f": this.y = Math.min(this.hgt, n) - 1; this.x = Math.min(this.w, Math.max(1, a[1] || 1)) - 1; break;
      case "J":
        for (let y = 0; y < this.hgt; y++) if (a[0] >= 2 || (a[0] === 1 ? y < this.y : y > this.y)) clear(this.rows[y], 0, this.w);
        if (a[0] < 2) clear(row, a[0] ? 0 : this.x, a[0] ? this.x + 1 : this.w);
        break;
      case "K": clear(row, a[0] ? 0 : this.x, a[0] === 1 ? this.x + 1 : this.w); break;
      case "X": clear(row, this.x, Math.min(this.w, this.x + n)); break;
      case "P": row.splice(this.x, n); while (row.length < this.w) row.push([" ", ""]); break;
      case "@": for (let i = 0; i < Math.min(n, this.w); i++) row.splice(this.x, 0, [" ", ""]); row.length = this.w; break;
      case "L": case "M": {
        if (this.y < this.top || this.y > this.bottom) break;
        for (let i = 0; i < Math.min(n, this.hgt); i++) {
          if (c === "L") { this.rows.splice(this.bottom, 1); this.rows.splice(this.y, 0, this.blank()); } else { this.rows.splice(this.y, 1); this.rows.splice(this.bottom, 0, this.blank()); }
        }
        break;
      }
      case "S": this.scroll(Math.min(n, this.hgt)); break;
      case "T": this.scroll(-Math.min(n, this.hgt)); break;
      case "r": this.top = Math.min(this.hgt, n) - 1; this.bottom = Math.min(this.hgt, a[1] || this.hgt) - 1; if (this.top >= this.bottom) { this.top = 0; this.bottom = this.hgt - 1; } this.x = 0; this.y = 0; break;
      case "s": this.saved = [this.x, this.y, this.style]; break;
      case "u": [this.x, this.y, this.style] = this.saved; break;
      case "n": if (a[0] === 6) this.type("\x1b[" + (this.y + 1) + ";" + (this.x + 1) + "R"); else if (a[0] === 5) this.type("\x1b[0n"); break;
      case "m": this.colour(a);
    }
  }
  // second changes to the other screen, and back.
  second(on) {
    if (on === !!this.main) return;
    if (on) { this.main = [this.rows, this.x, this.y]; this.rows = Array.from({ length: this.hgt }, () => this.blank()); } else { [this.rows, this.x, this.y] = this.main; this.main = null; }
  }
  colour(a) {
    const s = new Set(this.style.split(" ").filter(Boolean)), drop = (k) => { for (const v of s) if (new RegExp("^" + k + "\\d+$").test(v)) s.delete(v); };
    const set = (k, v) => { drop(k); if (v >= 0) s.add(k + v); };
    for (let i = 0; i < a.length; i++) {
      const v = a[i];
      if (v === 0) s.clear();
      else if (v === 1) s.add("bold");
      else if (v === 4) s.add("under");
      else if (v === 7) s.add("turn");
      else if (v === 22) s.delete("bold");
      else if (v === 24) s.delete("under");
      else if (v === 27) s.delete("turn");
      else if (v >= 30 && v < 38) set("f", v - 30);
      else if (v >= 40 && v < 48) set("b", v - 40);
      else if (v >= 90 && v < 98) set("f", v - 82);
      else if (v >= 100 && v < 108) set("b", v - 92);
      else if (v === 39) set("f", -1);
      else if (v === 49) set("b", -1);
      else if (v === 38 || v === 48) { if (a[i + 1] === 5) { if (a[i + 2] < 16) set(v === 38 ? "f" : "b", a[i + 2]); i += 2; } else if (a[i + 1] === 2) i += 4; }
    }
    this.style = [...s].join(" ");
  }
  soon() { this.due ||= requestAnimationFrame(() => { this.due = 0; this.paint(); }); }
  line(r, cursor) {
    const el = h("div"), end = (r.findLastIndex((c) => c[0] !== " " || c[1]) + 1) || 0;
    for (let i = 0, n = Math.max(end, cursor + 1); i < n;) {
      let j = i, text = "";
      const style = r[i][1];
      while (j < n && r[j][1] === style && (j === i || j !== cursor && j - 1 !== cursor)) text += r[j++][0];
      el.append(h("span", { class: (style + (i === cursor ? " cursor" : "")).trim() || null }, text));
      i = j;
    }
    if (!el.childNodes.length) el.append("\u00a0");
    return el;
  }
  paint() {
    const end = this.el.scrollTop + this.el.clientHeight >= this.el.scrollHeight - 30;
    const shown = this.main ? this.rows : [...this.past.slice(-200), ...this.rows], first = shown.length - this.hgt;
    this.el.replaceChildren(...shown.map((r, i) => this.line(r, !this.hidden && i - first === this.y ? this.x : -1)));
    if (end) this.el.scrollTop = this.el.scrollHeight;
  }
}
