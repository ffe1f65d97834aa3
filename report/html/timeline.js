// One lane for the script's subtests and one for each machine, on one clock.
const timeline = {
  lanes: [], a: 0, b: 1, drag: null,
  init() {
    this.legend();
    this.build();
    const cv = $("canvas");
    cv.addEventListener("pointerdown", (e) => { this.drag = { x: e.offsetX, x2: e.offsetX }; cv.setPointerCapture(e.pointerId); });
    cv.addEventListener("pointermove", (e) => { if (this.drag) { this.drag.x2 = e.offsetX; this.draw(); } else this.tip(e); });
    cv.addEventListener("pointerleave", () => { $("tip").hidden = true; });
    cv.addEventListener("pointerup", (e) => {
      const d = this.drag;
      this.drag = null;
      if (!d) return;
      if (Math.abs(d.x2 - d.x) > 5) { const p = [this.time(d.x), this.time(d.x2)].sort((x, y) => x - y); setRange(p[0], p[1]); return; }
      const r = this.hit(e.offsetX, e.offsetY);
      if (r) select(r.i, { reveal: true }); else this.draw();
    });
    cv.addEventListener("dblclick", () => setRange(0, Infinity));
    new ResizeObserver(() => requestAnimationFrame(() => this.draw())).observe($("lanes"));
  },
  legend() {
    $("legend").replaceChildren();
    const used = new Set(model.rows.filter((r) => r.k === BEGIN).map((r) => this.color(r)));
    const names = { subtest: "subtest", command: "command", wait: "wait", machine: "start, shutdown", network: "network", input: "input", screen: "screen", other: "other" };
    for (const [c, text] of Object.entries(names)) if (used.has(c)) $("legend").append(this.swatch("--c-" + c, text));
    for (const s of ["booting", "up", "dead"]) if (model.states.some((x) => x[2] === s)) $("legend").append(this.swatch("--s-" + s, s));
    if (model.faults.some((r) => r.x)) $("legend").append(this.swatch("--fault", "network fault"));
  },
  swatch(v, text) {
    const i = h("i");
    i.style.background = "var(" + v + ")";
    return h("span", null, i, text);
  },
  color(r) {
    if (r.a === "test") return "subtest";
    return ["subtest", "command", "wait", "machine", "network", "input", "screen"].includes(r.a) ? r.a : "other";
  },
  // build puts the entries into lanes; simultaneous entries are below each other, at most three.
  build() {
    const make = (name) => ({ name, rows: [], states: [], marks: [], faults: [], ends: [] });
    const script = make("script"), by = new Map(model.machines.map((m) => [m, make(m)]));
    for (const r of model.rows) {
      const lane = r.m ? by.get(r.m) : script;
      if (r.k === SHOT) { lane.marks.push(r); continue; }
      if (r.k !== BEGIN) continue;
      const end = r.dur < 0 ? model.end : r.t + r.dur;
      let level = 0;
      while (level < 2 && lane.ends[level] > r.t) level++;
      lane.ends[level] = Math.max(end, lane.ends[level] || 0);
      lane.rows.push({ r, t: r.t, end, level });
    }
    for (const [t, m, s] of model.states) by.get(m)?.states.push([t, s]);
    const nets = new Map();
    for (const r of model.faults) {
      if (r.net && !nets.has(r.net)) nets.set(r.net, make(r.net));
      const list = (r.net ? nets.get(r.net) : by.get(r.m)).faults;
      if (list.length && list.at(-1).end > r.t) list.at(-1).end = r.t;
      if (r.x) list.push({ r, t: r.t, end: model.end });
    }
    // The faults of a machine end when it stops.
    for (const [t, m, s] of model.states) for (const f of by.get(m)?.faults || []) if ((s === "stopped" || s === "dead") && f.t <= t && f.end > t) f.end = t;
    this.lanes = [script, ...by.values(), ...nets.values()].filter((l, i) => i > 0 || l.rows.length);
    let y = 18;
    for (const l of this.lanes) { l.levels = Math.min(3, Math.max(1, l.ends.length)); l.y = y; l.hgt = 6 + 8 * l.levels + 4; y += l.hgt; }
    this.height = y + 2;
    $("canvas").setAttribute("aria-label", "Time line of " + human(model.end) + ": " + this.lanes.map((l) => l.name + " with " + l.rows.length + " entries" + (l.faults.length ? " and " + l.faults.length + " network fault" + (l.faults.length > 1 ? "s" : "") : "")).join(", ") + ". The log below holds the same entries.");
  },
  range() { this.a = view.from; this.b = Math.min(view.to, Math.max(model.end, 1)); if (this.b <= this.a) this.b = this.a + 1; },
  time(x) { return this.a + ((Math.min(Math.max(x, this.left), this.w) - this.left) / (this.w - this.left)) * (this.b - this.a); },
  x(t) { return this.left + ((t - this.a) / (this.b - this.a)) * (this.w - this.left); },
  draw() {
    const cv = $("canvas"), w = $("lanes").clientWidth;
    if (!w || $("timeline").hidden) return;
    const dpr = window.devicePixelRatio || 1, g = cv.getContext("2d"), css = getComputedStyle(document.documentElement);
    const col = (v) => css.getPropertyValue(v).trim();
    this.range();
    this.w = w - 6;
    g.font = "12px system-ui, sans-serif";
    this.left = Math.min(w / 4, 12 + Math.max(...this.lanes.map((l) => g.measureText(l.name).width), 30));
    cv.width = w * dpr; cv.height = this.height * dpr; cv.style.height = this.height + "px";
    g.setTransform(dpr, 0, 0, dpr, 0, 0);
    g.font = "12px system-ui, sans-serif";
    const fg = col("--fg"), dim = col("--dim"), line = col("--line"), bad = col("--bad"), colors = {};
    for (const c of ["subtest", "command", "wait", "machine", "network", "input", "screen", "other"]) colors[c] = col("--c-" + c);
    const span = (this.b - this.a) / 1000;
    let tick = Math.pow(10, Math.floor(Math.log10(span / 4 || 1)));
    for (const f of [5, 2]) if (span / (tick * f) >= 4) { tick *= f; break; }
    for (let s = Math.ceil(this.a / 1000 / tick) * tick; s * 1000 <= this.b; s += tick) {
      const x = this.x(s * 1000);
      g.fillStyle = line; g.fillRect(x, 14, 1, this.height);
      g.fillStyle = dim; g.fillText((tick < 1 ? s.toFixed(Math.min(3, Math.ceil(-Math.log10(tick)))) : s.toFixed(0)) + " s", x + 3, 11);
    }
    for (const l of this.lanes) {
      l.states.forEach(([t, s], i) => {
        const end = i + 1 < l.states.length ? l.states[i + 1][0] : model.end;
        const x1 = Math.max(this.left, this.x(t)), x2 = Math.min(this.w, this.x(end));
        if (x2 > x1) { g.fillStyle = col("--s-" + s) || "transparent"; g.fillRect(x1, l.y, x2 - x1, l.hgt - 2); }
      });
      for (const f of l.faults) this.fault(g, f, l, col("--fault"), fg);
      let px = [-1, -1, -1];
      for (const b of l.rows) {
        const x1 = Math.max(this.left, this.x(b.t)), x2 = Math.min(this.w, this.x(b.end));
        if (b.end < this.a || b.t > this.b) continue;
        const failed = b.r.s === "failed";
        if (!failed && x2 < px[b.level]) continue; // covered by what is drawn
        const wid = Math.max(1.5, x2 - x1 - 0.5);
        g.fillStyle = failed ? bad : colors[this.color(b.r)];
        g.fillRect(x1, l.y + 2 + 8 * b.level, wid, 7);
        px[b.level] = x1 + wid;
        if (b.r.i === view.sel) { g.strokeStyle = fg; g.lineWidth = 2; g.strokeRect(x1 - 1, l.y + 1 + 8 * b.level, wid + 2, 9); }
      }
      g.fillStyle = colors.screen;
      for (const m of l.marks) if (m.t >= this.a && m.t <= this.b) { const x = this.x(m.t); g.beginPath(); g.arc(x, l.y + l.hgt - 6, 3.5, 0, 7); g.fill(); }
      g.fillStyle = fg; g.fillText(l.name, 6, l.y + l.hgt / 2 + 3, this.left - 10);
      g.fillStyle = line; g.fillRect(0, l.y + l.hgt - 1, w, 1);
    }
    const sel = model.rows[view.sel];
    if (sel && sel.t >= this.a && sel.t <= this.b) { g.fillStyle = fg; g.fillRect(this.x(sel.t), 0, 1, this.height); }
    if (this.drag) { g.fillStyle = col("--acc") + "44"; g.fillRect(Math.min(this.drag.x, this.drag.x2), 0, Math.abs(this.drag.x2 - this.drag.x), this.height); }
  },
  // fault hatches the time in which the network of a lane was faulty; a network's lane has room for its name.
  fault(g, f, l, color, fg) {
    const x1 = Math.max(this.left, this.x(f.t)), x2 = Math.min(this.w, this.x(f.end)), wid = Math.max(2, x2 - x1), hgt = l.hgt - 2;
    if (f.end < this.a || f.t > this.b) return;
    g.save();
    g.beginPath(); g.rect(x1, l.y, wid, hgt); g.clip();
    g.globalAlpha = 0.25; g.fillStyle = color; g.fillRect(x1, l.y, wid, hgt);
    g.globalAlpha = 0.7; g.strokeStyle = color; g.lineWidth = 1; g.beginPath();
    for (let x = x1 - hgt; x < x1 + wid; x += 7) { g.moveTo(x, l.y + hgt); g.lineTo(x + hgt, l.y); }
    g.stroke();
    g.globalAlpha = 1; g.fillStyle = color; g.fillRect(x1, l.y + hgt - 2, wid, 2);
    g.restore();
    if (!l.rows.length) {
      const text = g.measureText(f.r.x).width;
      const next = l.faults.find((o) => o.t > f.t), room = (next ? this.x(next.t) : this.w) - x1 - 6;
      const before = !next && text > room && l.faults[0] === f && x1 - this.left > text + 8; // near the end, the text is left of its time
      if (room < 40 && !before) return;
      const at = before ? x1 - text - 8 : x1 + 2;
      g.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--bg");
      g.fillRect(at, l.y + 1, before ? text + 6 : Math.min(text, room) + 6, hgt - 4);
      g.save();
      g.beginPath(); g.rect(at, l.y, before ? text + 6 : room + 4, hgt); g.clip();
      g.fillStyle = fg; g.fillText(f.r.x, at + 3, l.y + hgt / 2 + 3);
      g.restore();
    }
  },
  hit(x, y) {
    const l = this.lanes.find((v) => y >= v.y && y < v.y + v.hgt);
    if (!l || x < this.left) return null;
    for (const m of l.marks) if (Math.abs(this.x(m.t) - x) < 5 && y > l.y + l.hgt - 11) return m;
    const level = Math.min(l.levels - 1, Math.max(0, Math.floor((y - l.y - 2) / 8)));
    let best = null;
    for (const b of l.rows) if (b.level === level && this.x(b.t) - 3 <= x && this.x(b.end) + 3 >= x && (!best || b.end - b.t <= best.end - best.t)) best = b;
    if (!best) best = l.faults.findLast((f) => this.x(f.t) - 3 <= x && this.x(f.end) + 3 >= x);
    return best ? best.r : null;
  },
  tip(e) {
    const r = this.hit(e.offsetX, e.offsetY), t = $("tip");
    t.hidden = !r;
    if (!r) return;
    t.textContent = (r.m ? r.m + ": " : "") + label(r).slice(0, 300) + (r.k === BEGIN ? " (" + (r.dur < 0 ? "not finished" : human(r.dur)) + ", at " + secs(r.t) + " s)" : "");
    t.style.left = Math.min(e.clientX + 12, innerWidth - 320) + "px";
    t.style.top = e.clientY + 16 + "px";
  },
};
