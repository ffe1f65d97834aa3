// A log that grows while it is shown. It keeps the last rows; the report has all.
const keep = 20000;

export const log = {
  timer: 0, due: 0, seen: null,
  // open begins to show a log whose run began at a time.
  open(start, imageURL) {
    Object.assign(model, { start, imageURL, live: true });
    theme();
    load([]);
    setup();
    this.seen = { kinds: new Set(view.kinds), machines: new Set() };
  },
  // clear forgets all rows, because the server sends them anew.
  clear(start = model.start) {
    Object.assign(model, { start, rows: [], steps: [], shots: [], states: [], faults: [], failures: [], files: [], end: 0, status: "", error: "", took: 0 });
    model.entries.clear();
    Object.assign(reader, { open: new Open(), ended: [] });
    view.sel = -1;
    view.folded.clear(); view.searchFolded.clear();
    $("detail").hidden = true;
  },
  // add takes rows; they are shown soon.
  add(rows) {
    for (const a of rows) { reader.take(a); model.end = Math.max(model.end, a[2]); }
    this.soon();
  },
  // tick moves the end of the time line to the present.
  tick(now) {
    if (now <= model.end) return;
    model.end = now;
    this.soon();
  },
  // over says that no rows will come any more.
  over() { model.live = false; this.update(); },
  soon() { this.timer ||= setTimeout(() => this.update(), this.due); },
  update() {
    this.timer = 0;
    const picked = getSelection();
    if (!picked.isCollapsed && $("list").contains(picked.anchorNode)) { this.due = 500; this.soon(); return; } // somebody marks text
    const began = performance.now(), list = $("list"), tail = list.scrollTop + list.clientHeight >= list.scrollHeight - 30;
    const before = model.rows, shots = model.shots.length + model.files.length;
    this.trim();
    load([]);
    this.renumber(before);
    foldDefaults(reader.ended.filter((r) => r.i < model.rows.length && model.rows[r.i] === r));
    reader.ended = [];
    for (const [all, seen, on] of [[model.counts.keys(), this.seen.kinds, view.kinds], [model.machines, this.seen.machines, view.machines]])
      for (const v of all) if (!seen.has(v)) { seen.add(v); if (v !== "serial") on.add(v); }
    heading();
    failurePanel();
    renderChips();
    if (shots !== this.shots) { this.shots = shots; filesView(); }
    $("timeline").hidden = model.rows.length === 0;
    setRange(view.from, view.to, true);
    timeline.legend();
    timeline.build();
    refresh();
    if (tail) { list.scrollTop = list.scrollHeight; view.list.paint(); }
    this.due = Math.max(300, 20 * (performance.now() - began)); // so that it takes at most a part of the time
  },
  redraw() { filesView(); refresh(); },
  // trim drops the oldest rows except those of open entries.
  trim() {
    const { steps } = model;
    if (steps.length <= keep * 1.1) return;
    const gone = new Set(), rest = [];
    steps.forEach((r, i) => {
      if (i >= steps.length - keep || r && reader.open.list.includes(r)) rest.push(r);
      else if (r && !r.ends) gone.add(r);
    });
    for (const r of rest) if (r && !r.ends) while (r.up && gone.has(r.up)) r.up = r.up.up;
    for (const [id, r] of model.entries) if (gone.has(r)) model.entries.delete(id);
    model.steps = rest.filter((r) => !r?.ends || !gone.has(r.ends));
    for (const l of ["shots", "files", "faults"]) model[l] = model[l].filter((r) => !gone.has(r));
    model.states = model.states.slice(-1000);
    for (const r of gone) r.i = -1;
  },
  // renumber keeps the selection and the folds.
  renumber(before) {
    if (before.length === 0 || model.rows[before.length - 1] === before[before.length - 1]) return; // nothing was dropped
    const now = (i) => before[i].i;
    if (view.sel >= 0) view.sel = now(view.sel);
    for (const f of ["folded", "searchFolded"]) view[f] = new Set([...view[f]].map(now).filter((i) => i >= 0));
  },
};

export { $, h, human, secs, view, setTheme };
