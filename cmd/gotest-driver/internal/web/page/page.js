// The page of a run that goes on: what the server sends is shown, what a person does is sent.
import { log, $ } from "./log.js";
import { Large } from "./large.js";
import { Tiles } from "./tiles.js";

// The token is not left in the address, which is easily copied, and is kept for a reload of this tab.
function takeToken() {
  const t = location.hash.slice(1);
  if (/^[A-Z2-7]{20,}$/.test(t)) {
    sessionStorage.setItem("gotest-driver-token", t);
    history.replaceState(null, "", location.pathname);
  }
  return sessionStorage.getItem("gotest-driver-token") || "";
}

const token = takeToken();
const shots = new Map(); // the addresses of screenshots by their number; empty: on its way

function imageURL(r) {
  if (!shots.has(r.img)) {
    shots.set(r.img, "");
    fetch("shot/" + r.img, { headers: { Authorization: "Bearer " + token } }).then((a) => (a.ok ? a.blob() : null)).then((b) => {
      if (!b) return;
      shots.set(r.img, URL.createObjectURL(b));
      log.redraw();
    }, () => shots.delete(r.img));
  }
  return shots.get(r.img);
}

const page = { socket: null, open: "", over: false, wait: 500, started: false };

function send(o) { if (page.socket?.readyState === WebSocket.OPEN) page.socket.send(JSON.stringify(o)); }
const look = () => send({ do: "look", machine: page.open, hidden: document.hidden });

const large = new Large($("large"), send, (name) => { page.open = name; look(); });
const tiles = new Tiles($("tiles"), (tile) => large.open(tile));

function told(text, bad) { $("link").textContent = text; $("link").className = bad ? "bad" : ""; }

function hello(o) {
  large.view = o.view;
  told(o.view ? "watching" : "connected");
  large.close();
  if (page.started) log.clear(o.start);
  else log.open(o.start, imageURL);
  page.started = true;
  page.wait = 500;
  look();
}

const takes = {
  hello,
  rows(rows, all) { if (all.anew) log.clear(); log.add(rows); },
  machines(list, all) {
    tiles.update(list);
    log.tick(all.now);
    $("networks").hidden = !all.networks.length;
    $("networks").textContent = "Faults of networks: " + all.networks.join("; ");
  },
  screen(s) { tiles.text(s.machine, s.text || [], s.columns); },
  problem(text) { large.problem.textContent = text; },
  over() { page.over = true; large.view = true; log.over(); tiles.over(); told("the run is over"); },
};

function message(e) {
  if (typeof e.data !== "string") {
    const b = new Uint8Array(e.data), n = b[0];
    if (!n) { large.term.write(b.subarray(1)); return; }
    tiles.picture(new TextDecoder().decode(b.subarray(1, 1 + n)), new Blob([b.subarray(1 + n)], { type: "image/jpeg" }));
    return;
  }
  const m = JSON.parse(e.data);
  for (const k of Object.keys(m)) if (Object.hasOwn(takes, k)) takes[k](m[k], m);
}

function connect() {
  const s = new WebSocket(location.origin.replace(/^http/, "ws") + "/ws");
  page.socket = s;
  s.binaryType = "arraybuffer";
  s.onopen = () => s.send(token);
  s.onmessage = message;
  s.onclose = (e) => {
    if (page.over) return;
    if (e.code === 1008) { told("refused: the token in the address is not that of this run", true); return; }
    told("no connection; trying again", true);
    setTimeout(connect, page.wait);
    page.wait = Math.min(2 * page.wait, 10000);
  };
}

document.addEventListener("visibilitychange", look);
connect();
