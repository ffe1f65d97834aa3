// A machine that is shown large, with its keyboard and its pointer.
import { $, h } from "./log.js";
import { Term } from "./term.js";

// QEMU's names of keys that type no character.
const names = { Enter: "ret", Backspace: "backspace", Tab: "tab", Escape: "esc", ArrowUp: "up", ArrowDown: "down", ArrowLeft: "left", ArrowRight: "right",
  Home: "home", End: "end", PageUp: "pgup", PageDown: "pgdn", Insert: "insert", Delete: "delete", " ": "spc", ContextMenu: "menu", PrintScreen: "print", Pause: "pause", CapsLock: "caps_lock" };

// chord names what a key event presses, as send_key does; empty: nothing.
export function chord(e) {
  let key = names[e.key] || (/^F([1-9]|1[0-2])$/.test(e.key) ? e.key.toLowerCase() : [...e.key].length === 1 ? e.key : "");
  if (!key) return "";
  const held = [];
  const altGr = e.getModifierState("AltGraph");
  if (e.ctrlKey && !altGr) held.push("ctrl");
  if (e.altKey && !altGr) held.push("alt");
  if (e.metaKey) held.push("meta_l");
  if (e.shiftKey && key.length > 1) held.push("shift");
  if (held.length && key.length === 1) key = key.toLowerCase();
  if (held.length && key === "-") key = "minus";
  return [...held, key].join("-");
}

export class Large {
  constructor(box, send, opened) {
    this.box = box; this.send = send; this.opened = opened; this.tile = null; this.view = true; this.down = new Set();
    this.screen = h("div", { class: "bigscreen", tabindex: 0, role: "application" });
    this.title = h("h2", { dir: "auto" });
    this.note = h("p", { class: "dim" });
    this.problem = h("p", { class: "problem", role: "status" });
    this.keys = h("button", { type: "button", onclick: () => this.key("ctrl-alt-delete") }, "Ctrl-Alt-Delete");
    this.term = new Term((text) => this.send({ do: "type", machine: this.tile.name, text }));
    this.term.el.hidden = true;
    this.modes = ["screen", "shell", "console"].map((m) => h("button", { type: "button", class: "plain", "data-mode": m, "aria-pressed": "false", onclick: () => this.mode(m) }, { screen: "Screen", shell: "Root shell", console: "Serial console" }[m]));
    box.append(h("div", { class: "bar" }, this.title, h("span", { class: "bar chips", role: "group", "aria-label": "What is shown" }, this.modes), this.keys, h("button", { type: "button", id: "shut", onclick: () => this.close() }, "Close")), this.note, this.problem, this.screen, this.term.el);
    this.screen.addEventListener("keydown", (e) => this.press(e));
    this.screen.addEventListener("contextmenu", (e) => e.preventDefault());
    for (const t of ["pointerdown", "pointerup", "pointermove"]) this.screen.addEventListener(t, (e) => this.point(t, e));
    this.screen.addEventListener("wheel", (e) => this.wheel(e), { passive: false });
    this.term.el.addEventListener("keydown", (e) => { if (e.key === "Escape" && e.shiftKey) { $("shut").focus(); e.preventDefault(); } }, true);
    new ResizeObserver(() => this.tile?.fit()).observe(this.screen);
    new ResizeObserver(() => this.size()).observe(this.term.el);
  }
  open(tile) {
    this.close(true);
    this.tile = tile;
    this.title.textContent = tile.name;
    this.problem.textContent = "";
    for (const b of this.modes) b.hidden = this.view;
    this.screen.setAttribute("aria-label", "Screen of " + tile.name + (this.view ? "" : "; keys go to the machine, Shift+Escape leaves it"));
    tile.enlarge(this.screen);
    this.box.hidden = false;
    this.opened(tile.name);
    this.mode("screen");
  }
  // mode shows the screen, a root shell or the serial console.
  mode(mode) {
    if (this.shown && this.shown !== "screen") this.send({ do: "hangup" });
    this.shown = mode;
    const screen = mode === "screen", t = this.term;
    for (const b of this.modes) b.setAttribute("aria-pressed", String(b.dataset.mode === mode));
    this.screen.hidden = !screen; t.el.hidden = screen; this.keys.hidden = this.view || !screen;
    this.problem.textContent = "";
    this.note.textContent = this.view ? "" : screen ? "Keys and the pointer go to the machine. Shift+Escape leaves the screen." : "Keys go to the machine. Shift+Escape leaves the terminal.";
    if (screen) { this.screen.focus(); return; }
    t.el.setAttribute("aria-label", (mode === "shell" ? "Root shell of " : "Serial console of ") + this.tile.name);
    const [columns, rows] = this.cells();
    t.reset(columns, rows);
    this.send({ do: "terminal", machine: this.tile.name, kind: mode, columns, rows });
    t.el.focus();
  }
  // cells returns how many columns and rows the terminal has room for.
  cells() {
    const el = this.term.el, probe = h("span", null, "0".repeat(100));
    el.append(probe);
    const r = probe.getBoundingClientRect(), w = r.width / 100 || 8, hgt = parseFloat(getComputedStyle(el).lineHeight) || 17;
    probe.remove();
    return [Math.max(20, Math.floor((el.clientWidth - 12) / w)), Math.max(5, Math.floor((el.clientHeight - 8) / hgt))];
  }
  size() {
    if (!this.tile || this.term.el.hidden) return;
    const [columns, rows] = this.cells();
    if (this.term.resize(columns, rows)) this.send({ do: "resize", machine: this.tile.name, columns, rows });
  }
  close(quiet) {
    if (!this.tile) return;
    if (this.shown !== "screen") this.send({ do: "hangup" });
    this.shown = "";
    this.tile.shrink();
    const t = this.tile;
    this.tile = null;
    this.box.hidden = true;
    if (!quiet) { this.opened(""); t.screen.focus(); }
  }
  key(key) { if (!this.view) this.send({ do: "key", machine: this.tile.name, key }); }
  press(e) {
    if (e.key === "Escape" && e.shiftKey) { $("shut").focus(); e.preventDefault(); return; }
    if (this.view) return;
    const key = chord(e);
    if (!key) return;
    e.preventDefault(); e.stopPropagation();
    this.key(key);
  }
  // at returns where an event is on the screen, in parts of its size.
  at(e) {
    const img = this.screen.querySelector("img"), r = img?.getBoundingClientRect();
    return r?.width ? { x: (e.clientX - r.left) / r.width, y: (e.clientY - r.top) / r.height } : null;
  }
  point(type, e) {
    const at = this.at(e), button = ["left", "middle", "right"][e.button];
    if (this.view || !at) return;
    if (type === "pointermove") {
      if (e.timeStamp - (this.moved || 0) < 50) return;
      this.moved = e.timeStamp;
      this.send({ do: "pointer", machine: this.tile.name, ...at });
      return;
    }
    if (!button) return;
    if (type === "pointerdown") { this.screen.setPointerCapture(e.pointerId); this.screen.focus(); this.down.add(button); }
    else if (!this.down.delete(button)) return;
    e.preventDefault();
    this.send({ do: "pointer", machine: this.tile.name, ...at, button, down: type === "pointerdown" });
  }
  wheel(e) {
    const at = this.at(e);
    if (this.view || !at || !e.deltaY) return;
    e.preventDefault();
    const button = e.deltaY < 0 ? "wheel-up" : "wheel-down";
    for (const down of [true, false]) this.send({ do: "pointer", machine: this.tile.name, ...at, button, down });
  }
}
