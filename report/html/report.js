// The report: all rows are in the page.
async function main() {
  theme();
  const meta = $("meta").dataset;
  model.start = +meta.start; model.end = +meta.end; model.unread = +meta.serial;
  const unreadable = (e) => "This browser can't read the report: " + e.message + ". A browser of 2023 or later is needed.";
  try { load(await Promise.all([...document.querySelectorAll("script.rows")].map(inflate))); }
  catch (e) { $("loading").textContent = unreadable(e); return; }
  $("loading").remove();
  setup();
  if (!fromHash()) { const c = culprit(); if (c && model.status !== "passed") select(c.i, { reveal: true, hash: false, detail: innerWidth > 760 }); }
  document.documentElement.dataset.ready = String(Math.round(performance.now()));
  if (model.unread) {
    const before = model.rows, leaves = before.filter((r) => !r.c);
    await idle();
    try { await readConsoles(document.querySelectorAll("script.serial")); }
    catch (e) { $("count").className = "bad"; $("count").textContent = unreadable(e); return; }
    renumber(before, leaves);
    if (view.sel < 0 || location.hash !== "#L" + model.rows[view.sel].seq) fromHash();
  }
  document.documentElement.dataset.complete = String(Math.round(performance.now()));
}
main();
