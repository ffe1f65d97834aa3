// The serial consoles side by side: lines of the same time are in the same row.
const consoles = {
  list: null, columns: [], rows: [],
  update() {
    this.columns = model.machines.filter((m) => view.machines.has(m));
    const col = new Map(this.columns.map((m, i) => [m, i + 1])), out = [];
    let cur = null;
    const kinds = view.kinds;
    for (const r of model.rows) {
      let c = -1;
      if (r.k === SERIAL) c = col.get(r.m) ?? -1;
      else if (r.k === BEGIN && r.a !== "test" && kinds.has(r.f) && (!r.m || view.machines.has(r.m))) c = 0;
      if (c < 0 || r.t < view.from || r.t > view.to || view.re && !matches(r)) continue;
      if (!cur || cur.c[c] >= 0 || r.t - cur.t > 100) { cur = { t: r.t, c: new Int32Array(this.columns.length + 1).fill(-1) }; out.push(cur); }
      cur.c[c] = r.i;
    }
    this.rows = out;
    const cols = "9ch " + (innerWidth < 760 ? "24ch" : "minmax(24ch,1fr)") + " " + this.columns.map(() => "minmax(" + (this.columns.length > 3 ? "44ch" : "36ch") + ",1.6fr)").join(" ");
    this.style = cols;
    const min = 9 + 24 + this.columns.length * (this.columns.length > 3 ? 44 : 36);
    this.list.sizer.style.minWidth = min + "ch";
    this.list.set(out);
    const head = h("div", { class: "crow head" }, h("span", { class: "tm" }, "s"), h("span", null, "script"), this.columns.map((m) => h("span", null, m)));
    head.style.gridTemplateColumns = cols;
    this.list.box.querySelector(".head")?.remove();
    this.list.box.prepend(head);
    head.style.minWidth = min + "ch";
  },
  render(row) {
    const el = h("div", { class: "crow" }, h("span", { class: "tm", title: stamp(row.t) }, secs(row.t)));
    for (const i of row.c) {
      const r = model.rows[i];
      el.append(r ? h("span", { class: "hit" + (i === view.sel ? " sel" : ""), "data-i": i, dir: "auto", title: r.k === SERIAL ? "line " + r.seq : null }, marked((r.k === BEGIN && r.m ? r.m + ": " : "") + label(r).slice(0, 2000).replace(/\n/g, " ⏎ "), view.re)) : h("span"));
    }
    el.style.gridTemplateColumns = this.style;
    return el;
  },
  // show scrolls to the moment of a row.
  show(i) {
    const t = model.rows[i].t;
    let lo = 0, hi = this.rows.length;
    while (lo < hi) { const mid = (lo + hi) >> 1; if (this.rows[mid].t < t) lo = mid + 1; else hi = mid; }
    while (lo > 0 && !this.rows[lo]?.c.includes(i) && this.rows[lo - 1].c.includes(i)) lo--;
    let at = lo;
    for (let k = Math.max(0, lo - 20); k < Math.min(this.rows.length, lo + 20); k++) if (this.rows[k].c.includes(i)) at = k;
    this.list.redraw();
    this.list.show(Math.min(at, this.rows.length - 1), true);
  },
};
