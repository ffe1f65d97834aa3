const shortcuts = [["/", "search"], ["n, N", "next, previous match (without a search: failure)"], ["f", "go to the failure"], ["↑ ↓, j k", "move"], ["← →", "fold, unfold, go to the enclosing entry"],
  ["Enter", "details; enlarge a screenshot"], ["1 2 3", "log, consoles, files"], ["c", "copy the link to the line"], ["t", "light or dark"], ["Esc", "close, clear the search"], ["?", "this help"]];

function setTheme(v) {
  document.documentElement.dataset.theme = v;
  try { localStorage.setItem("gotest-driver-theme", v); } catch { /* not allowed: only for this page then */ }
  timeline.draw();
}

function tab(name) {
  view.tab = name;
  for (const t of ["log", "consoles", "files"]) {
    const on = t === name, b = $("tab-" + t);
    b.setAttribute("aria-selected", String(on));
    b.tabIndex = on ? 0 : -1;
    $("view-" + t).hidden = !on;
  }
  $("filters").hidden = name === "files";
  for (const b of document.querySelectorAll(".foldbtns")) b.hidden = name !== "log";
  if (name === "consoles") { consoles.update(); if (view.sel >= 0) consoles.show(view.sel); }
  if (name === "log") view.list.paint();
}

function chip(text, on, click, cls) {
  return h("button", { type: "button", "aria-pressed": String(on), class: cls, onclick: click }, text);
}

// flip changes a filter: a click on the only active one, or with Alt, turns the others on or off.
function flip(set, all, v, alone) {
  if (alone) { const only = set.size === 1 && set.has(v); set.clear(); for (const x of only ? all : [v]) set.add(x); }
  else if (!set.delete(v)) set.add(v);
  renderChips();
  refresh();
}

function renderChips() {
  const counts = model.counts;
  const kinds = ["subtests", "commands", "waits", "messages", "machines", "network", "input", "screens", "files", "other", "serial"].filter((k) => counts.has(k));
  const title = "Alt-click: only this one";
  const fill = (box, all, set, text) => {
    const focus = [...box.children].indexOf(document.activeElement);
    box.replaceChildren(...all.map((v) => { const c = chip(text(v), set.has(v), (e) => flip(set, all, v, e.altKey)); c.title = title; return c; }));
    return () => { if (focus >= 0) box.children[focus]?.focus(); };
  };
  const back = fill($("kinds"), kinds, view.kinds, (k) => k + " " + counts.get(k).toLocaleString("en"));
  if (model.anyFailed.includes(1)) $("kinds").append(chip("failed only", view.failedOnly, () => { view.failedOnly = !view.failedOnly; renderChips(); refresh(); }, "plain"));
  back();
  fill($("machines"), model.machines, view.machines, (m) => m)();
}

function setRange(from, to, quiet) {
  view.from = from; view.to = to;
  const all = from <= 0 && to >= model.end;
  $("from").value = from > 0 ? secs(from) : "";
  $("to").value = to < Infinity && !all ? secs(to) : "";
  $("zoomout").hidden = all;
  $("range").textContent = all ? human(model.end) : secs(from) + " s to " + secs(Math.min(to, model.end)) + " s";
  if (!quiet) refresh();
}

function copy(text) {
  const ok = () => { $("count").textContent = "copied"; };
  if (navigator.clipboard) navigator.clipboard.writeText(text).then(ok, () => prompt("Copy:", text));
  else prompt("Copy:", text);
}

const linkTo = (r) => location.href.replace(/#.*/, "") + "#L" + r.seq;

function shotButton(r, url) {
  return h("button", { type: "button", class: "imgbtn", onclick: () => openShot(r) }, h("img", { src: url, alt: "Screenshot of " + (r.m || "a machine") + " at " + secs(r.t) + " s, enlarge" }));
}

function openShot(r) {
  const d = $("shot"), list = model.shots.filter((s) => s.img >= 0), at = list.indexOf(r);
  const go = (by) => { const s = list[(at + by + list.length) % list.length]; openShot(s); };
  d.replaceChildren(h("div", { class: "bar" }, h("strong", null, (r.m || "screenshot") + " at " + secs(r.t) + " s"), h("span", { class: "dim" }, r.x), h("span", { class: "dim" }, r.path),
    list.length > 1 ? [h("button", { type: "button", onclick: () => go(-1) }, "Previous"), h("button", { type: "button", onclick: () => go(1) }, "Next")] : null,
    h("button", { type: "button", onclick: () => d.close() }, "Close")),
    h("img", { src: imageURL(r), alt: "Screenshot of " + (r.m || "a machine") }));
  d.onkeydown = (e) => { if (e.key === "ArrowRight") go(1); else if (e.key === "ArrowLeft") go(-1); };
  if (!d.open) d.showModal();
}

const pre = (text, name) => h("pre", { dir: "auto", tabindex: 0, role: "region", "aria-label": name }, marked(text, view.re));

function detail(r) {
  const d = $("detail"), facts = h("dl"), fact = (k, v) => { if (v || v === 0) facts.append(h("dt", null, k), h("dd", { dir: "auto" }, v)); };
  d.hidden = false;
  const where = [];
  for (let p = r.p; p >= 0; p = model.rows[p].p) where.unshift((model.rows[p].m ? model.rows[p].m + ": " : "") + model.rows[p].x);
  const body = [h("div", { class: "bar" }, h("h2", null, r.k === BEGIN ? r.a || "entry" : r.f), h("span", { class: "bar" },
    h("button", { type: "button", onclick: () => copy(linkTo(r)) }, "Copy link"),
    h("button", { type: "button", onclick: () => { if (view.tab === "consoles") { tab("log"); select(r.i, { reveal: true }); } else { tab("consoles"); } } }, view.tab === "consoles" ? "Show in the log" : "Consoles at this time"),
    h("button", { type: "button", "aria-label": "Close the details", onclick: () => { d.hidden = true; $("list").focus(); } }, "×"))), facts];
  fact("line", h("a", { href: "#L" + r.seq }, String(r.seq)));
  fact("machine", r.m);
  fact("inside of", where.join(" › "));
  fact("time", secs(r.t) + " s (" + stamp(r.t) + ")");
  if (r.k === BEGIN) { fact("status", r.s || "not finished"); fact("duration", r.dur >= 0 ? human(r.dur) : ""); fact("time limit", r.tmo ? human(r.tmo) : ""); }
  if (r.src) fact("script", r.src[0] + ":" + r.src[1]);
  if (r.src && r.src[2]) body.push(pre(r.src[2].trim(), "Line of the script"));
  if (r.cmd) {
    fact("exit status", String(r.cmd[1]));
    body.push(h("h3", null, "Command"), pre(r.cmd[0], "Command"));
    body.push(h("h3", null, "Output" + (r.cmd[4] ? " (" + r.cmd[4].toLocaleString("en") + " bytes left out)" : "")), r.cmd[2] ? pre(r.cmd[2], "Output") : h("p", { class: "dim" }, "none"));
    if (r.cmd[3]) body.push(h("h3", null, "Standard error"), pre(r.cmd[3], "Standard error"));
  } else body.push(pre(label(r), "Text"));
  if (r.err) body.push(h("h3", null, "Error"), pre(r.err, "Error"));
  if (r.k === SHOT) body.push(imageURL(r) ? shotButton(r, imageURL(r)) : h("p", { class: "dim" }, "The image is not in this report: " + r.path));
  d.replaceChildren(...body);
}

// covers reports whether a message already includes the command's output.
function covers(message, c) {
  return [c.line, c.output, c.stderr].every((t) => (t || "").split("\n").every((l) => message.includes(l.trim())));
}

function failurePanel() {
  const box = $("failures");
  if (!model.failures.length && model.status !== "failed" && (model.status || model.live)) { box.hidden = true; return; }
  const titles = { test: "The test failed", machine: "Machine error (not the test's fault)", setup: "Error in the test's set-up", script: "Error in the test script", timeout: "The time limit of the whole test was reached", interrupted: "Interrupted" };
  const list = model.failures.length ? model.failures : model.status ? [{ message: model.error || "The run failed." }] : [{ title: "The run did not end", message: "The log stops in the middle: the driver was killed, or is still running." }];
  const c = culprit();
  box.replaceChildren(...list.map((f, n) => h("article", null,
    h("div", { class: "bar" }, h("h2", null, f.title || (titles[f.class] || "The test failed") + (f.subtest ? " in subtest “" + f.subtest + "”" : "")),
      c && n === 0 ? h("button", { type: "button", id: "gofail", onclick: () => { tab("log"); select(c.i, { reveal: true }); $("split").scrollIntoView({ block: "nearest" }); } }, "Go to the step that failed") : null),
    pre(f.message || "", "Message"),
    (f.backtrace || []).length ? h("div", null, [...f.backtrace].reverse().map((s) => h("div", { class: "loc" }, s.file + ":" + s.line + (s.func ? "  in " + s.func : ""), s.text ? pre(s.text.trim(), "Line of the script") : null))) : null,
    f.traceback ? h("details", null, h("summary", null, "Python's traceback"), pre(f.traceback, "Python's traceback")) : null,
    f.command ? h("details", { open: !covers(f.message || "", f.command) }, h("summary", null, "Command" + (f.machine ? " on " + f.machine : "") + ", exit status " + f.command.status), pre(f.command.line, "Command"),
      f.command.output ? pre(f.command.output, "Output") : null, f.command.stderr ? [h("span", { class: "dim" }, "standard error"), pre(f.command.stderr, "Standard error")] : null) : null,
    Object.entries(f.console || {}).map(([m, lines]) => h("details", null, h("summary", null, "Last console lines of " + m), pre((lines || []).join("\n"), "Console of " + m))),
    f.rerun ? h("div", { class: "bar" }, h("span", { class: "dim" }, "Run this test again:"), h("code", null, f.rerun), h("button", { type: "button", onclick: () => copy(f.rerun) }, "Copy")) : null)));
  box.hidden = false;
}

function filesView() {
  const box = $("view-files");
  box.replaceChildren();
  if (!model.shots.length && !model.files.length) box.append(h("p", { class: "dim" }, "No screenshots and no files."));
  if (model.shots.length) box.append(h("div", { class: "gallery" }, model.shots.map((r) => h("figure", null, imageURL(r) ? shotButton(r, imageURL(r)) : h("p", { class: "dim" }, "(not in this report)"),
    h("figcaption", null, (r.m ? r.m + " " : "") + "at " + secs(r.t) + " s " + (r.x || ""), h("br"), r.path)))));
  if (model.files.length) box.append(h("table", null, h("thead", null, h("tr", null, h("th", null, "File"), h("th", null, "What"))), h("tbody", null, model.files.map((r) => h("tr", null, h("td", null, r.path), h("td", null, r.x))))));
}

function fromHash() {
  const m = /^#L(\d+)$/.exec(location.hash);
  if (!m) return false;
  const r = model.rows.find((x) => x.seq === +m[1]);
  if (!r) return false;
  if (view.tab !== "log") tab("log");
  select(r.i, { reveal: true });
  $("split").scrollIntoView({ block: "nearest" });
  return true;
}

function pageKeys(e) {
  if (e.ctrlKey || e.metaKey || e.altKey || document.querySelector("dialog[open]")) return;
  const typing = e.target.matches("input");
  if (e.key === "Escape") {
    if (typing && $("q").value) { $("q").value = ""; setQuery(""); } else if (typing) $("list").focus(); else $("detail").hidden = true;
    return;
  }
  if (e.target === $("q") && e.key === "Enter") { step(e.shiftKey ? -1 : 1); return; }
  if (typing) return;
  const act = { "/": () => $("q").focus(), n: () => step(1), N: () => step(-1), f: () => $("gofail")?.click(), 1: () => tab("log"), 2: () => tab("consoles"), 3: () => tab("files"),
    t: () => $("theme").click(), "?": () => $("help").click(), c: () => view.sel >= 0 && copy(linkTo(model.rows[view.sel])) }[e.key];
  if (act) { e.preventDefault(); act(); }
}

// heading tells of the run as a whole.
function heading() {
  const status = model.status || (model.live ? "running" : "unfinished");
  document.title = status + ": " + (model.name || "test") + (model.live ? " – live" : " – test report");
  $("title").textContent = model.name || (model.live ? "Session" : "Test report");
  $("badge").textContent = status;
  $("badge").className = "badge " + status;
  const took = model.took || model.end, extra = ["version", "seed"].filter((k) => model.attrs[k]).map((k) => k + " " + model.attrs[k]);
  $("facts").textContent = [stamp(0).replace(/\.\d+/, ""), human(took), model.machines.length + (model.machines.length === 1 ? " machine" : " machines"), ...extra].join(" · ");
}

// setup makes the page work on the rows that are there.
function setup() {
  for (const k of model.counts.keys()) if (k !== "serial") view.kinds.add(k);
  for (const m of model.machines) view.machines.add(m);
  for (const id of ["timeline", "tabs", "filters", "split"]) $(id).hidden = false;
  $("timeline").hidden = model.rows.length === 0;
  view.list = new VList($("list"), 22, renderRow);
  consoles.list = new VList($("cons"), 20, (r) => consoles.render(r), true);
  foldDefaults(model.rows);
  heading();
  failurePanel();
  renderChips();
  filesView();
  setRange(0, Infinity, true);
  timeline.init();
  refilter();

  $("list").addEventListener("click", (e) => {
    const row = e.target.closest(".row");
    if (!row) return;
    const i = +row.id.slice(1);
    if (e.target.closest(".ln")) e.preventDefault(); // selecting the line puts the link into the address bar
    if (e.target.closest(".tw") && model.rows[i].c) { toggle(i); return; }
    select(i);
    if (e.target.tagName === "IMG") openShot(model.rows[i]);
  });
  $("list").addEventListener("dblclick", (e) => { const row = e.target.closest(".row"); if (row && !e.target.closest(".tw")) toggle(+row.id.slice(1)); });
  $("list").addEventListener("keydown", listKeys);
  $("cons").addEventListener("click", (e) => { const c = e.target.closest("[data-i]"); if (c) select(+c.dataset.i); });
  let timer = 0;
  $("q").addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(() => setQuery($("q").value), 120); });
  const range = () => { const f = parseFloat($("from").value), t = parseFloat($("to").value); setRange(f > 0 ? f * 1000 : 0, t >= 0 ? t * 1000 : Infinity); };
  for (const id of ["from", "to"]) $(id).addEventListener("change", range);
  $("prev").onclick = () => step(-1); $("next").onclick = () => step(1);
  $("unfold").onclick = () => foldAll(false); $("fold").onclick = () => foldAll(true);
  $("zoomout").onclick = () => setRange(0, Infinity);
  $("timefold").onclick = () => { const on = $("lanes").hidden; $("lanes").hidden = !on; $("timefold").textContent = on ? "Hide" : "Show"; $("timefold").setAttribute("aria-expanded", String(on)); timeline.draw(); };
  $("theme").onclick = () => setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
  $("help").onclick = () => { const d = $("keys"); d.replaceChildren(h("h2", { id: "keys-h" }, "Keyboard"), h("table", null, h("tbody", null, shortcuts.map(([k, v]) => h("tr", null, h("td", null, h("kbd", null, k)), h("td", null, v))))), h("button", { type: "button", onclick: () => d.close() }, "Close")); d.showModal(); };
  const tabs = ["log", "consoles", "files"];
  for (const t of tabs) $("tab-" + t).onclick = () => tab(t);
  $("tabs").addEventListener("keydown", (e) => { const by = { ArrowRight: 1, ArrowLeft: 2 }[e.key]; if (by) { const t = tabs[(tabs.indexOf(view.tab) + by) % 3]; tab(t); $("tab-" + t).focus(); } });
  document.addEventListener("keydown", pageKeys);
  addEventListener("hashchange", fromHash);
}

// theme makes the page light or dark, as the user wants it.
function theme() {
  let v = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  try { v = localStorage.getItem("gotest-driver-theme") || v; } catch { /* as above */ }
  document.documentElement.dataset.theme = v;
}
