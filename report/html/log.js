// The tree of the log, its search and its filters.
const view = {
  tab: "log", sel: -1, re: null, query: "",
  kinds: new Set(), machines: new Set(), failedOnly: false,
  from: 0, to: Infinity,
  folded: new Set(), searchFolded: new Set(),
  shown: [], hits: 0, list: null,
};

// foldDefaults folds the entries that are not interesting at first.
function foldDefaults(rows) {
  for (const r of rows)
    if (r.c && r.a !== "subtest" && r.a !== "test" && r.a !== "nested" && !model.anyFailed[r.i]) view.folded.add(r.i);
}

// renumber keeps the selection and the folds when the numbers of the rows change, and folds the former leaves.
function renumber(before, leaves) {
  const now = (i) => before[i].i;
  if (view.sel >= 0) { view.sel = now(view.sel); $("list").setAttribute("aria-activedescendant", "r" + view.sel); }
  for (const f of ["folded", "searchFolded"]) view[f] = new Set([...view[f]].map(now));
  foldDefaults(leaves);
  renderChips();
  refresh();
}

const folds = () => (view.re ? view.searchFolded : view.folded);

// passes reports whether the filters for machines, kinds and time select a row.
function passes(r) {
  if (!view.kinds.has(r.f)) return false;
  if (r.m && !view.machines.has(r.m)) return false;
  if (view.failedOnly && !model.anyFailed[r.i]) return false;
  const end = r.k === BEGIN ? (r.dur < 0 ? model.end : r.t + r.dur) : r.t;
  return end >= view.from && r.t <= view.to;
}

function matches(r) {
  const re = view.re;
  if (!re) return true;
  if (re.test(r.x) || r.m && re.test(r.m + (r.k === SERIAL ? " # " : ": ") + r.x)) return true;
  if (r.err && re.test(r.err) || r.path && re.test(r.path)) return true;
  return !!r.cmd && (re.test(r.cmd[0]) || re.test(r.cmd[2]) || re.test(r.cmd[3]));
}

// refilter finds the rows to show: those that match, and their enclosing rows.
function refilter() {
  const { rows, order, last } = model, n = rows.length, keep = new Uint8Array(n);
  let hits = 0, hidden = 0;
  for (let i = 0; i < n; i++) {
    const r = rows[i];
    if (view.re && !matches(r)) continue;
    if (!passes(r)) { hidden++; continue; }
    hits++;
    keep[i] = 2;
    for (let p = r.p; p >= 0 && !keep[p]; p = rows[p].p) keep[p] = 1;
  }
  const shown = [], folded = folds();
  for (let o = 0; o < n;) {
    const i = order[o];
    if (!keep[i]) { o = last[o]; continue; }
    shown.push(i);
    o = folded.has(i) ? last[o] : o + 1;
  }
  view.shown = shown; view.hits = hits; view.keep = keep;
  view.list.set(shown, (i) => (rows[i].k === SHOT && rows[i].img >= 0 ? 8 : 1));
  const c = $("count");
  c.className = view.re && !hits ? "bad" : "";
  c.textContent = view.re ? hits.toLocaleString("en") + (hits === 1 ? " match" : " matches") + (hidden ? ", " + hidden.toLocaleString("en") + " more are filtered out" : "")
    : shown.length.toLocaleString("en") + " of " + (n + model.unread).toLocaleString("en") + " lines";
  if (model.unread && (view.re || view.kinds.has("serial"))) c.textContent += " (" + model.unread.toLocaleString("en") + " lines of consoles are still being read)";
}

function setQuery(q) {
  view.query = q;
  view.searchFolded.clear();
  view.re = null;
  $("q").removeAttribute("aria-invalid");
  if (q) {
    const m = /^\/(.+)\/$/s.exec(q);
    try { view.re = new RegExp(m ? m[1] : q.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "i"); }
    catch (e) { $("q").setAttribute("aria-invalid", "true"); view.re = null; refresh(); $("count").className = "bad"; $("count").textContent = "not a regular expression"; return; }
  }
  refresh();
}

function refresh() { refilter(); if (view.tab === "consoles") consoles.update(); timeline.draw(); }

const icons = { passed: "✓", failed: "✗", skipped: "–", "expected-failure": "–", interrupted: "!" };

function label(r) {
  if (r.k === STATE) return "is " + r.x;
  if (r.k === FAULT) return (r.net ? r.net + ": " : "") + (r.x ? "fault: " + r.x : "the fault is over");
  if (r.k === SHOT) return "screenshot" + (r.x ? " (" + r.x + ")" : "") + ": " + r.path;
  if (r.k === FILE) return (r.x || "file") + ": " + r.path;
  if (r.a === "subtest") return "subtest: " + r.x;
  return r.x;
}

function renderRow(i) {
  const r = model.rows[i], folded = folds().has(i), kids = !!r.c;
  const cls = ["row", r.s || r.lvl || "", r.a || "", r.k === SERIAL ? "serial" : r.k === LEFT ? "left" : "", r.k === SHOT ? "shot" : "", r.k === FAULT ? "warning" : "", i === view.sel ? "sel" : ""];
  const el = h("div", { class: cls.filter(Boolean).join(" "), role: "treeitem", id: "r" + i, "aria-level": r.d + 1,
    "aria-selected": i === view.sel ? "true" : "false", "aria-expanded": kids ? String(!folded) : null },
    h("a", { class: "ln", href: "#L" + r.seq, tabindex: -1, "aria-label": "Link to line " + r.seq }, String(r.seq)),
    h("span", { class: "tm", title: stamp(r.t) }, secs(r.t)));
  const ind = h("span", { class: "tw", "aria-hidden": "true" }, kids ? (folded ? "▸" : "▾") : "");
  ind.style.marginLeft = Math.min(r.d, 20) * 14 + "px";
  el.append(ind);
  if (r.k === BEGIN) el.append(h("span", { class: "st", title: r.s || "not finished" }, icons[r.s] || "…"));
  if (r.m) el.append(h("span", { class: "mc", title: r.m }, r.m + (r.k === SERIAL ? " #" : "")));
  const url = r.k === SHOT ? imageURL(r) : "";
  const text = label(r).replace(/\n/g, " ⏎ ");
  el.append(h("span", { class: "tx", dir: "auto" }, marked(text.length > 2000 ? text.slice(0, 2000) + "…" : text, view.re)));
  if (url) {
    const img = h("img", { src: url, alt: "Screenshot of " + (r.m || "a machine") + " at " + secs(r.t) + " s" });
    el.append(img);
    el.style.height = 8 * 22 + "px";
  }
  if (r.k === BEGIN) el.append(h("span", { class: "du" }, r.dur >= 0 ? human(r.dur) : "not finished"));
  return el;
}

function toggle(i) {
  const f = folds();
  if (!model.rows[i].c) return;
  if (!f.delete(i)) f.add(i);
  refilter();
}

function foldAll(on) {
  const f = folds();
  f.clear();
  if (on) for (const r of model.rows) if (r.c) f.add(r.i);
  refilter();
}

// select shows a row, even if it is hidden, and its details.
function select(i, opts = {}) {
  const r = model.rows[i];
  if (!r) return;
  view.sel = i;
  if (opts.reveal) {
    if (!passes(r)) {
      view.kinds.add(r.f);
      if (r.m) view.machines.add(r.m);
      if (view.failedOnly && !model.anyFailed[i]) view.failedOnly = false;
      if (!passes(r)) setRange(0, Infinity, true);
      renderChips();
    }
    if (view.re && !matches(r)) { $("q").value = ""; setQuery(""); }
    const f = folds();
    for (let p = r.p; p >= 0; p = model.rows[p].p) f.delete(p);
    refresh();
  }
  const at = view.shown.indexOf(i);
  view.list.redraw();
  view.list.show(at, opts.reveal);
  $("list").setAttribute("aria-activedescendant", "r" + i);
  if (view.tab === "consoles") consoles.show(i);
  if (opts.hash !== false) history.replaceState(null, "", "#L" + r.seq);
  if (opts.detail !== false) detail(r);
  timeline.draw();
}

function move(by) {
  const at = view.shown.indexOf(view.sel);
  const to = at < 0 ? 0 : Math.min(view.shown.length - 1, Math.max(0, at + by));
  if (view.shown.length) select(view.shown[to], { detail: !$("detail").hidden });
}

// step goes to the next match of the search; without one, to the next failure.
function step(dir) {
  const want = (i) => (view.re ? view.keep[i] === 2 : model.rows[i].s === "failed");
  const at = view.shown.indexOf(view.sel), n = view.shown.length;
  for (let k = 1; k <= n; k++) {
    const j = ((at < 0 && dir < 0 ? 0 : at) + dir * k + 2 * n) % n;
    if (want(view.shown[j])) { select(view.shown[j]); return; }
  }
}

function listKeys(e) {
  const r = model.rows[view.sel];
  const page = view.list.page();
  switch (e.key) {
    case "ArrowDown": case "j": move(1); break;
    case "ArrowUp": case "k": move(-1); break;
    case "PageDown": move(page); break;
    case "PageUp": move(-page); break;
    case "Home": move(-1e9); break;
    case "End": move(1e9); break;
    case "ArrowRight": if (r && r.c && folds().has(r.i)) toggle(r.i); else if (r && r.c) move(1); break;
    case "ArrowLeft": if (r && r.c && !folds().has(r.i)) toggle(r.i); else if (r && r.p >= 0) select(r.p); break;
    case "Enter": case " ": if (!r) return; if (r.k === SHOT && imageURL(r)) openShot(r); else detail(r); break;
    default: return;
  }
  e.preventDefault();
}
