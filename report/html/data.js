// The log's rows, as the report embeds them, made into a tree.
const BEGIN = 0, END = 1, MSG = 2, SERIAL = 3, SHOT = 4, FILE = 5, STATE = 6, FAIL = 7, START = 8, RUNEND = 9, LEFT = 10, NAME = 11;

const model = {
  rows: [],        // in the order of time
  order: null,     // the rows' numbers in the order of the tree
  last: null,      // for each place in order: the place after the row's last descendant
  machines: [],
  entries: new Map(),
  failures: [],
  files: [],
  counts: new Map(), // rows by filter
  shots: [],
  states: [],      // [time, machine, state]
  start: 0,        // ms since the epoch
  end: 0,          // ms since start
  name: "", attrs: {}, status: "", error: "", took: 0,
  anyFailed: null, // for each row: does it or one below it fail?
};

function bytes(el) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(el.textContent);
  const s = atob(el.textContent), n = s.length, b = new Uint8Array(n);
  for (let i = 0; i < n; i++) b[i] = s.charCodeAt(i);
  return b;
}

async function inflate(el) {
  const stream = new Response(bytes(el)).body.pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

// The filter that a row falls under, by its kind, and for entries by its action.
const byKind = { [MSG]: "messages", [SERIAL]: "serial", [LEFT]: "serial", [SHOT]: "screens", [FILE]: "files", [STATE]: "machines" };
const byAction = { test: "subtests", subtest: "subtests", command: "commands", wait: "waits", machine: "machines", input: "input", screen: "screens", network: "network", copy: "files" };

class Row {
  constructor(i, k, seq, t, m, x, parent) {
    this.i = i; this.k = k; this.seq = seq; this.t = t;
    this.m = m; this.x = x;          // machine, text
    this.p = parent ? parent.i : -1; // the enclosing row
    this.d = parent ? parent.d + 1 : 0; // its depth
    this.c = null;                   // the rows inside
    this.f = byKind[k] || "other";
  }
}
// What only some rows have: most are serial lines, and there are many.
Object.assign(Row.prototype, {
  a: "", s: "", dur: -1, err: "", cmd: null, src: null, tmo: 0, // an entry's action, status, duration, error, command, source, limit
  lvl: "", path: "", img: -1,
});

function load(chunks) {
  const { rows, entries } = model, open = [], machines = new Set(), names = [], counts = model.counts;
  // Lines of a console belong to what is done with that machine, else to what encloses everything.
  const enclosing = (m) => {
    for (let i = open.length - 1; i >= 0; i--) if (open[i].m === m) return open[i];
    for (let i = open.length - 1; i >= 0; i--) if (!open[i].m) return open[i];
    return null;
  };
  const add = (k, seq, t, m, x, parent) => {
    const r = new Row(rows.length, k, seq, t, m, x, parent);
    if (parent) (parent.c ||= []).push(r.i);
    rows.push(r);
    return r;
  };
  const event = (a) => {
    const k = a[0], seq = a[1], t = a[2];
    switch (k) {
      case NAME: names[a[3]] = a[4]; machines.add(a[4]); break;
      case BEGIN: {
        const r = add(k, seq, t, a[5], a[7], entries.get(a[4]));
        r.a = a[6]; r.tmo = a[8]; r.src = a[9];
        r.f = byAction[r.a] || "other";
        entries.set(a[3], r);
        open.push(r);
        break;
      }
      case END: {
        const r = entries.get(a[3]);
        if (!r) break;
        r.s = a[4]; r.dur = a[5]; r.err = a[6]; r.cmd = a[7];
        const i = open.lastIndexOf(r);
        if (i >= 0) open.splice(i, 1);
        break;
      }
      case MSG: add(k, seq, t, a[4], a[6], entries.get(a[3])).lvl = a[5]; break;
      case SHOT: {
        const r = add(k, seq, t, a[4], a[6], entries.get(a[3]));
        r.path = a[5]; r.img = a[7];
        model.shots.push(r);
        break;
      }
      case FILE: {
        const r = add(k, seq, t, "", a[5], entries.get(a[3]));
        r.path = a[4];
        model.files.push(r);
        break;
      }
      case STATE: model.states.push([t, a[3], a[4]]); add(k, seq, t, a[3], a[4], enclosing(a[3])); break;
      case FAIL: model.failures.push({ seq, t, ...a[3] }); break;
      case START: model.name = a[3]; model.attrs = a[4] || {}; break;
      case RUNEND: model.status = a[3]; model.took = a[4]; model.error = a[5]; break;
      case LEFT: add(k, seq, t, "", a[3], null); break;
    }
  };
  let seq = 0, us = 0;
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      let nl = chunk.indexOf("\n", at);
      if (nl < 0) nl = chunk.length;
      if (chunk.charCodeAt(at) === 91) { // [
        const a = JSON.parse(chunk.slice(at, nl));
        seq = a[1]; us = Math.round(a[2] * 1000);
        event(a);
      } else {
        const b = chunk.indexOf("\t", at), c = chunk.indexOf("\t", b + 1), d = chunk.indexOf("\t", c + 1);
        seq += +chunk.slice(at, b); us += +chunk.slice(b + 1, c);
        const m = names[+chunk.slice(c + 1, d)];
        add(SERIAL, seq, us / 1000, m, chunk.slice(d + 1, nl), enclosing(m));
      }
      if (us / 1000 > model.end) model.end = us / 1000;
      at = nl + 1;
    }
  }
  for (const r of rows) { if (r.m) machines.add(r.m); counts.set(r.f, (counts.get(r.f) || 0) + 1); }
  model.machines = [...machines].sort();
  flatten();
}

function flatten() {
  const { rows } = model, n = rows.length;
  const order = new Int32Array(n), last = new Int32Array(n), failed = new Uint8Array(n);
  let at = 0;
  const todo = [];
  for (let r = 0; r < n; r++) {
    if (rows[r].p >= 0) continue;
    todo.push(r);
    while (todo.length) {
      const i = todo.pop();
      if (i < 0) { last[~i] = at; continue; }
      todo.push(~at);
      order[at++] = i;
      const c = rows[i].c;
      if (c) for (let j = c.length - 1; j >= 0; j--) todo.push(c[j]);
    }
  }
  for (let i = n - 1; i >= 0; i--) {
    const r = rows[i];
    if (r.s === "failed" || r.s === "interrupted" || r.lvl === "error") failed[i] = 1;
    if (failed[i] && r.p >= 0) failed[r.p] = 1;
  }
  model.order = order; model.last = last; model.anyFailed = failed;
}

// culprit is the innermost entry that failed first.
function culprit() {
  let best = null;
  for (const r of model.rows) {
    if (r.k !== BEGIN || r.s !== "failed" && r.s !== "interrupted") continue;
    if (r.c && r.c.some((c) => model.rows[c].k === BEGIN && model.rows[c].s && model.rows[c].s !== "passed" && model.rows[c].s !== "skipped")) continue;
    if (!best || r.t + r.dur < best.t + best.dur) best = r;
  }
  return best;
}

function imageURL(r) {
  if (r.img < 0) return "";
  const el = document.getElementById("i" + r.img);
  return el ? "data:" + el.dataset.mime + ";base64," + el.textContent : "";
}
