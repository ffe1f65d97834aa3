// The log's rows, as the report embeds them, made into a tree.
const BEGIN = 0, END = 1, MSG = 2, SERIAL = 3, SHOT = 4, FILE = 5, STATE = 6, FAIL = 7, START = 8, RUNEND = 9, LEFT = 10, NAME = 11, FAULT = 12;

const model = {
  rows: [],        // in the order of time
  steps: [],       // the log without lines of consoles: rows, ends of entries, else null
  names: [],       // of the machines with consoles
  unread: 0,       // lines of consoles that are not read yet
  order: null,     // the rows' numbers in the order of the tree
  last: null,      // for each place in order: the place after the row's last descendant
  machines: [],
  entries: new Map(),
  failures: [],
  files: [],
  counts: new Map(), // rows by filter
  shots: [],
  states: [],      // [time, machine, state]
  faults: [],      // rows of faults; net is the network, empty for a machine's own
  start: 0,        // ms since the epoch
  end: 0,          // ms since start
  name: "", attrs: {}, status: "", error: "", took: 0,
  imageURL: null,  // gives the address of a picture that is not in the page
  live: false,     // the run goes on
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
const byKind = { [MSG]: "messages", [SERIAL]: "serial", [LEFT]: "serial", [SHOT]: "screens", [FILE]: "files", [STATE]: "machines", [FAULT]: "network" };
const byAction = { test: "subtests", subtest: "subtests", command: "commands", wait: "waits", machine: "machines", input: "input", screen: "screens", network: "network", copy: "files" };

class Row {
  constructor(k, seq, t, m, x, up) {
    this.k = k; this.seq = seq; this.t = t;
    this.m = m; this.x = x; // machine, text
    this.up = up || null;   // the enclosing row
    this.i = 0;             // its number; link sets this and the following fields
    this.p = -1;            // the number of the enclosing row
    this.d = 0;             // the depth
    this.c = null;          // the numbers of the rows inside
    this.f = byKind[k] || "other";
  }
}
// The fields that only some rows have: most rows are serial lines, which have none of them.
Object.assign(Row.prototype, {
  a: "", s: "", dur: -1, err: "", cmd: null, src: null, tmo: 0, // an entry's action, status, duration, error, command, source, limit
  lvl: "", path: "", img: -1, after: 0, net: "",
});

// The enclosing rows of the next row: an entry is open from its row to its end.
class Open {
  constructor() { this.list = []; }
  begin(r) { this.list.push(r); }
  end(r) { const i = this.list.lastIndexOf(r); if (i >= 0) this.list.splice(i, 1); }
  // Lines of a console belong to the innermost entry of their machine, else to the outermost entry.
  of(m) {
    for (let i = this.list.length - 1; i >= 0; i--) if (this.list[i].m === m) return this.list[i];
    for (let i = this.list.length - 1; i >= 0; i--) if (!this.list[i].m) return this.list[i];
    return null;
  }
}

// reader makes rows of what the log has written.
const reader = {
  open: new Open(), machines: new Set(), ended: [],
  add(k, seq, t, m, x, parent) {
    const r = new Row(k, seq, t, m, x, parent);
    model.steps[model.steps.length - 1] = r;
    if (m) this.machines.add(m);
    return r;
  },
  take(a) {
    const { entries, steps } = model, open = this.open, k = a[0], seq = a[1], t = a[2];
    steps.push(null);
    switch (k) {
      case NAME: model.names[a[3]] = a[4]; this.machines.add(a[4]); break;
      case BEGIN: {
        const r = this.add(k, seq, t, a[5], a[7], entries.get(a[4]));
        r.a = a[6]; r.tmo = a[8]; r.src = a[9];
        r.f = byAction[r.a] || "other";
        entries.set(a[3], r);
        open.begin(r);
        break;
      }
      case END: {
        const r = entries.get(a[3]);
        if (!r) break;
        r.s = a[4]; r.dur = a[5]; r.err = a[6]; r.cmd = a[7];
        open.end(r);
        this.ended.push(r);
        steps[steps.length - 1] = { ends: r };
        break;
      }
      case MSG: this.add(k, seq, t, a[4], a[6], entries.get(a[3])).lvl = a[5]; break;
      case SERIAL: this.add(k, seq, t, a[3], a[4], open.of(a[3])); break;
      case SHOT: {
        const r = this.add(k, seq, t, a[4], a[6], entries.get(a[3]));
        r.path = a[5]; r.img = a[7];
        model.shots.push(r);
        break;
      }
      case FILE: {
        const r = this.add(k, seq, t, "", a[5], entries.get(a[3]));
        r.path = a[4];
        model.files.push(r);
        break;
      }
      case STATE: model.states.push([t, a[3], a[4]]); this.add(k, seq, t, a[3], a[4], open.of(a[3])); break;
      case FAULT: {
        const r = this.add(k, seq, t, a[3], a[5], open.of(a[3]));
        r.net = a[4];
        model.faults.push(r);
        break;
      }
      case FAIL: model.failures.push({ seq, t, ...a[3] }); break;
      case START: model.name = a[3]; model.attrs = a[4] || {}; break;
      case RUNEND: model.status = a[3]; model.took = a[4]; model.error = a[5]; break;
      case LEFT: this.add(k, seq, t, "", a[3], null); break;
    }
  },
};

// load adds rows to those that are there, except those of the consoles in a report.
function load(chunks) {
  for (const chunk of chunks) for (const a of JSON.parse(chunk)) reader.take(a);
  model.machines = [...reader.machines].sort();
  link([]);
  if (model.unread) model.counts.set("serial", (model.counts.get("serial") || 0) + model.unread);
}

const idle = () => new Promise((ok) => setTimeout(ok));

// readConsoles makes the rows of the consoles in small steps, and inserts them between the others.
async function readConsoles(elements) {
  const lines = [];
  let seq = 0, us = 0, until = performance.now() + 10;
  for (const el of elements) {
    const chunk = await inflate(el);
    let at = 0;
    const number = () => { // up to the next tab
      let v = 0, sign = 1;
      for (let c; (c = chunk.charCodeAt(at++)) !== 9;) if (c === 45) sign = -1; else v = v * 10 + c - 48;
      return sign * v;
    };
    for (let n = 0; at < chunk.length; n++) {
      const after = number();
      seq += number(); us += number();
      const m = model.names[number()], nl = chunk.indexOf("\n", at);
      const r = new Row(SERIAL, seq, us / 1000, m, chunk.slice(at, nl), null);
      r.after = after;
      lines.push(r);
      at = nl + 1;
      if (n % 500 === 499 && performance.now() > until) { await idle(); until = performance.now() + 10; }
    }
  }
  model.unread = 0;
  link(lines);
}

// link numbers all rows and makes the tree: each console line has the number of other rows before it.
function link(lines) {
  const { steps, counts } = model, rows = [], open = new Open();
  const add = (r) => {
    const p = r.up;
    r.i = rows.length; r.c = null;
    r.p = p ? p.i : -1; r.d = p ? p.d + 1 : 0;
    if (p) (p.c ||= []).push(r.i);
    rows.push(r);
    counts.set(r.f, (counts.get(r.f) || 0) + 1);
  };
  counts.clear();
  let at = 0, due = lines.length ? lines[0].after : -1;
  for (let s = 0; s <= steps.length; s++) {
    while (due === s) {
      const r = lines[at++];
      r.up = open.of(r.m);
      add(r);
      due = at < lines.length ? s + lines[at].after : -1;
    }
    const r = steps[s];
    if (!r) continue;
    if (r.ends) { open.end(r.ends); continue; }
    add(r);
    if (r.k === BEGIN) open.begin(r);
  }
  model.rows = rows;
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

// isExpected reports whether the failure of an entry was expected, by a subtest around it.
function isExpected(r) {
  for (; r; r = model.rows[r.p]) if (r.s === "expected-failure") return true;
  return false;
}

// culprit is the innermost entry that failed first.
function culprit() {
  let best = null;
  for (const r of model.rows) {
    if (r.k !== BEGIN || r.s !== "failed" && r.s !== "interrupted" || isExpected(r)) continue;
    if (r.c && r.c.some((c) => model.rows[c].k === BEGIN && model.rows[c].s && model.rows[c].s !== "passed" && !["skipped", "expected-failure"].includes(model.rows[c].s))) continue;
    if (!best || r.t + r.dur < best.t + best.dur) best = r;
  }
  return best;
}

function imageURL(r) {
  if (r.img < 0) return "";
  if (model.imageURL) return model.imageURL(r);
  const el = document.getElementById("i" + r.img);
  return el ? "data:" + el.dataset.mime + ";base64," + el.textContent : "";
}
