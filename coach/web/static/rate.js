// What the page for rating does by itself: keys, levels that are kept one after the other, sheets in and out; and it loses no word.
"use strict";
(() => {
  if (window.coachRate) return;
  const find = (selector) => document.querySelector(selector);
  const page = () => find("#rating .rate-page");
  const words = () => find("#rating [data-words]").dataset;
  const isOurs = (element) => element instanceof Element && Boolean(element.closest("#rating"));
  const editor = Array.from(crypto.getRandomValues(new Uint8Array(12)), (one) => one.toString(16).padStart(2, "0")).join("");
  const PAUSE = 900, PATIENCE = 8000, AGAIN = 3000, MOST_TRIES = 5; // milliseconds; and how often Coach may fail at what a window held
  const RATER = "coach-rater", KEPT = "coach-rate-unsaved", KEYS = "coach-rate-keys";

  let rater = sessionStorage.getItem(RATER) ?? ""; // of this window, as long as it is open
  let round = "", entry = "", view = "";
  const typed = new Map(); // by code of an answer: what is to be kept of it
  let count = 0, drawn = null, sending = null, pause = null, wanted = "", current = 0;
  const tasks = [], waiting = []; // waiting: what a window that was cut off held of some other round, sent before anything else

  // --- sending -------------------------------------------------------------------------------------------------

  const enqueue = (task) => { tasks.push({ act: "", values: {}, chosen: [], ...task }); pump(); };
  const save = () => { clearTimeout(pause); if (typed.size) enqueue({}); };
  const pump = () => {
    if (sending || !(tasks.length || waiting.length) || !find("#rating [data-channel]")) return;
    const held = waiting[0];
    const task = held ? { act: "", values: {}, chosen: [] } : tasks.shift();
    if (!held && !task.act && !typed.size) { pump(); return; }
    if (!held) clearTimeout(pause);
    const number = `${editor}-${++count}`;
    sending = { number, task, held, ...(held ?? { typed: Object.fromEntries(typed), round, rater }) };
    if (!held) typed.clear();
    const button = find("#rating [data-channel]");
    button.dataset.sent = JSON.stringify({ number, round: sending.round, rater: sending.rater, entry, typed: sending.typed, act: task.act, values: task.values, chosen: task.chosen });
    if (Object.keys(sending.typed).length) show(words().saving);
    sending.timer = setTimeout(miss, PATIENCE);
    button.click();
  };
  const tell = (text) => { const line = find("#unsaved"); if (line && line.textContent !== text) line.textContent = text; };
  const show = (text) => { const line = find("#saved .saved-line"); if (line) line.textContent = text; };
  const takeBack = (done) => {
    if (done.held || done.round !== round || done.rater !== rater) return;
    for (const [code, one] of Object.entries(done.typed)) {
      const newer = typed.get(code) ?? { levels: {} };
      typed.set(code, { ...one, ...newer, levels: { ...one.levels, ...newer.levels } });
    }
  };
  // Nobody answers: what was chosen is sent again; what was pressed is not, for it may have been done.
  const miss = () => {
    const done = sending;
    sending = null;
    takeBack(done);
    show("");
    tell(done.task.act ? words().actFailed : words().unsaved);
    if (!done.held) tasks.length = 0;
    retry();
  };
  const retry = () => { if (typed.size || waiting.length) { clearTimeout(pause); pause = setTimeout(typed.size ? save : pump, AGAIN); } };
  const hear = () => {
    const reply = find("#saved [data-reply]")?.dataset;
    if (!reply || !sending || reply.reply !== sending.number) return;
    clearTimeout(sending.timer);
    const done = sending;
    sending = null;
    tell("");
    const failed = reply.outcome === "failed";
    if (failed) { takeBack(done); if (done.task.act) tasks.length = 0; if (typed.size || done.held) tell(words().unsaved); retry(); }
    if (reply.outcome === "refused" && !done.held) tasks.length = 0;
    if (done.held && (!failed || ++done.held.tries >= MOST_TRIES)) waiting.shift();
    if (reply.focusOn && (done.task.act || reply.outcome === "refused")) wanted = done.task.focus ?? reply.focusOn;
    redraw();
    if (!failed) pump();
  };

  // --- after the page was written anew --------------------------------------------------------------------------

  const redraw = () => {
    const root = page();
    if (!root) return;
    if (root.dataset.render === drawn) return;
    const first = drawn === null;
    drawn = root.dataset.render;
    ({ round, entry, view } = root.dataset);
    if (first && rater) { enter(); return; }
    if (root.dataset.rater && view !== "round") remember(root.dataset.rater);
    // Gradio keeps what stands at a place, with what a person made of it: it is as it was written, but for what is not kept yet.
    for (const one of root.querySelectorAll("input, textarea")) reset(one);
    for (const one of root.querySelectorAll("details[open]")) one.open = false;
    overlay(root);
    place(root);
    current = findOpen();
    mark();
    if (wanted) setTimeout(lead);
  };
  const reset = (one) => {
    if (one.type === "file") one.value = "";
    else if (one.type === "radio" || one.type === "checkbox") one.checked = one.id === "keys-on" ? areKeysOn() : one.defaultChecked;
    else if (one.value !== one.defaultValue) one.value = one.defaultValue;
  };
  const overlay = (root) => {
    const mine = typed.get(entry);
    if (!mine || view !== "entry") return;
    for (const [dimension, level] of Object.entries(mine.levels)) {
      const radio = root.querySelector(`#level-${CSS.escape(dimension)}-${CSS.escape(level)}`);
      if (radio) radio.checked = true;
    }
    if (mine.comment !== undefined) find("#comment").value = mine.comment;
  };
  // Who sits there is known in this window alone: the page comes without it, and is asked for again with it.
  const enter = () => {
    restore();
    const asked = new URL(location.href).searchParams;
    enqueue({ act: "open", values: { round: asked.get("round") ?? "", entry: asked.get("entry") ?? "", view: asked.get("view") ?? "" } });
  };
  const remember = (name) => { rater = name; sessionStorage.setItem(RATER, name); };
  const place = (root) => {
    const address = new URL(root.dataset.address, location.href);
    if (address.href !== location.href) history.replaceState(history.state, "", address);
    const title = words().pageTitle;
    if (title && document.title !== title) document.title = title;
  };
  const lead = () => {
    const name = wanted === "heading" ? "rate-heading" : wanted;
    wanted = "";
    const element = document.getElementById(name);
    if (name === "rate-heading") { scrollTo(0, 0); const levels = find("#rate-rubric"); if (levels) levels.scrollTop = 0; }
    element?.focus({ preventScroll: name === "rate-heading" });
  };

  // --- levels --------------------------------------------------------------------------------------------------

  const dimensions = () => [...document.querySelectorAll("#rate-rubric .dimension")];
  const chosen = (one) => one.querySelector("input:checked");
  const findOpen = () => Math.max(0, dimensions().findIndex((one) => !chosen(one)));
  const mark = () => dimensions().forEach((one, index) => { if (index === current) one.dataset.current = "yes"; else delete one.dataset.current; });
  const note = (code, change) => {
    const mine = typed.get(code) ?? { levels: {} };
    typed.set(code, { ...mine, ...change, levels: { ...mine.levels, ...change.levels } });
  };
  const say = (text) => { const line = find("#rate-live"); if (line) line.textContent = text; };
  const focusOn = (index) => {
    const all = dimensions();
    current = Math.min(Math.max(index, 0), all.length - 1);
    mark();
    const one = all[current];
    (chosen(one) ?? one.querySelector("input")).focus({ preventScroll: true });
    bring(one);
  };
  // In the column of levels alone: what is being read stays where it is.
  const bring = (one) => {
    const column = find("#rate-rubric");
    if (getComputedStyle(column).position !== "sticky") { one.scrollIntoView({ block: "nearest" }); return; }
    const box = one.getBoundingClientRect(), room = column.getBoundingClientRect();
    if (box.bottom > room.bottom - 84) column.scrollBy({ top: box.bottom - room.bottom + 84 });
    if (box.top < room.top + 8) column.scrollBy({ top: box.top - room.top - 8 });
  };
  const choose = (value) => {
    const all = dimensions(), one = all[current];
    const radio = one && [...one.querySelectorAll("input")].find((input) => input.value === value);
    if (!radio) { say(words().noLevel); return; }
    if (radio.disabled) { say(find("#fixed")?.textContent ?? ""); return; }
    radio.checked = true;
    note(entry, { levels: { [one.dataset.dimension]: value } });
    save();
    say(`${one.querySelector("legend").textContent.trim()}: ${value === "na" ? words().na : value}`);
    const left = all.findIndex((other) => !chosen(other));
    if (current < all.length - 1) focusOn(current + 1);
    else if (left >= 0) focusOn(left);
    else find("#next").focus();
  };
  document.addEventListener("change", (event) => {
    const element = event.target;
    if (!isOurs(element)) return;
    if (element.id === "keys-on") sessionStorage.setItem(KEYS, element.checked ? "on" : "off");
    const dimension = element.closest(".dimension");
    if (!dimension || element.type !== "radio") return;
    current = dimensions().indexOf(dimension);
    mark();
    note(entry, { levels: { [dimension.dataset.dimension]: element.value } });
    save();
  });
  document.addEventListener("input", (event) => {
    if (event.target.id !== "comment" || !isOurs(event.target)) return;
    note(entry, { comment: event.target.value });
    clearTimeout(pause);
    pause = setTimeout(save, PAUSE);
  });
  document.addEventListener("focusout", (event) => { if (event.target.id === "comment" && isOurs(event.target)) save(); });
  document.addEventListener("focusin", (event) => {
    const dimension = event.target.closest?.("#rate-rubric .dimension");
    if (!dimension) return;
    current = dimensions().indexOf(dimension);
    mark();
  });

  // --- keys ----------------------------------------------------------------------------------------------------

  const areKeysOn = () => sessionStorage.getItem(KEYS) !== "off";
  const turn = (by) => enqueue({ act: by > 0 ? "next" : "previous" });
  const scroll = (by) => { scrollBy({ top: by * innerHeight * .8 }); };
  const showKeys = () => { const keys = find("#keys"); if (keys && !keys.open) keys.showModal(); };
  const KEY = {
    ArrowDown: () => focusOn(current + 1), j: () => focusOn(current + 1),
    ArrowUp: () => focusOn(current - 1), k: () => focusOn(current - 1),
    ArrowRight: () => turn(1), ArrowLeft: () => turn(-1),
    n: () => choose("na"),
    c: () => { find("#comment").focus(); },
    PageDown: () => scroll(1), PageUp: () => scroll(-1),
  };
  // While the next answer is on its way, no key is taken for the one that still stands there.
  const isTurning = () => [sending?.task, ...tasks].some((task) => task?.act);
  const press = (event) => {
    const { key, target } = event;
    if (key === "Enter" && target.closest?.("button, a, summary")) return false;
    if (isTurning()) return key === "Enter" || key in KEY || /^[\dnjkc]$/i.test(key);
    if (key === "Enter") { turn(1); return true; }
    if (/^\d$/.test(key)) { choose(key); return true; }
    const act = KEY[key.length === 1 ? key.toLowerCase() : key];
    return act ? act() !== false : false;
  };
  document.addEventListener("keydown", (event) => {
    if (!page() || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || find("#rating dialog[open]")) return;
    const { target, key } = event;
    if (view !== "entry" || target.closest?.("#top")) return;
    if (target.id === "comment") { if (key === "Escape") { event.preventDefault(); focusOn(current); } return; }
    if (target.matches?.("input:not([type=radio]), textarea, select")) return;
    if (key === "?" ) { event.preventDefault(); showKeys(); return; }
    if (!areKeysOn()) return;
    if (press(event)) event.preventDefault();
  }, true);

  // --- what is pressed -----------------------------------------------------------------------------------------

  const openSource = (button) => {
    const source = document.getElementById(button.dataset.cite);
    if (!source) return;
    source.open = true;
    source.dataset.opener = button.id;
    source.querySelector("summary").focus({ preventScroll: true });
    (source.querySelector("mark") ?? source).scrollIntoView({ block: "center" });
  };
  document.addEventListener("keydown", (event) => {
    const source = event.key === "Escape" && event.target.closest?.(".rated-source[data-opener]");
    if (!source) return;
    event.preventDefault();
    event.stopPropagation();
    source.open = false;
    const opener = document.getElementById(source.dataset.opener);
    delete source.dataset.opener;
    opener?.focus();
  }, true);
  document.addEventListener("click", (event) => {
    if (!isOurs(event.target) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const on = (selector) => event.target.closest(selector);
    const cites = on("[data-cite]"), acts = on("button[data-act], a[data-act]");
    if (cites) openSource(cites);
    else if (on("[data-show-keys]")) showKeys();
    else if (on("[data-close-keys]") || event.target.id === "keys") find("#keys").close();
    else if (on("[data-sheet-out]")) takeSheet(on("[data-sheet-out]").dataset.sheetOut);
    else if (on("[data-change-rater]")) { save(); leave(on("[data-change-rater]").dataset.round); }
    else if (acts) { event.preventDefault(); const { act, ...values } = acts.dataset; enqueue({ act, values }); }
  });
  // Nobody is taken for the one before: what is on its way is kept under the old name first.
  const leave = (id) => {
    if (sending || tasks.length || typed.size) { setTimeout(() => leave(id), 50); return; }
    rater = "";
    sessionStorage.removeItem(RATER);
    enqueue({ act: "round", values: { round: id }, focus: "who" });
  };
  // Before page.js: it would empty a form whose words could not be kept.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!isOurs(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (form.dataset.sheetIn) { bringSheet(form); return; }
    const data = new FormData(form), values = {};
    for (const [name, value] of data) if (name !== "run") values[name] = value;
    const { act, code, dimension } = form.dataset;
    if (code) Object.assign(values, { code, dimension });
    enqueue({ act, values, chosen: data.getAll("run") });
  }, true);

  // --- sheets --------------------------------------------------------------------------------------------------

  const whose = () => (find("#who")?.value ?? rater).trim();
  const report = (html, text = "") => {
    const said = find("#sheet-said");
    said.textContent = text;
    if (html) said.innerHTML = html; // from our templates: whatever others wrote is text in it
    said.focus();
  };
  const takeSheet = async (id) => {
    if (!whose()) { report("", words().noRater); return; }
    try {
      const answer = await fetch(`/rate/rounds/${id}/sheet`, { headers: { "x-rater": encodeURIComponent(whose()) } });
      if (!answer.ok) { report("", await answer.text()); return; }
      const name = /filename="([^"]+)"/.exec(answer.headers.get("content-disposition") ?? "")?.[1] ?? "ratings.xlsx";
      const address = URL.createObjectURL(await answer.blob());
      Object.assign(document.createElement("a"), { href: address, download: name }).click();
      setTimeout(() => URL.revokeObjectURL(address), 60000);
      report("");
    } catch { report("", words().sendFailed); }
  };
  const bringSheet = async (form) => {
    const file = form.querySelector("input[type=file]").files[0];
    if (!file) { report("", words().noFile); return; }
    if (file.size > Number(words().limit)) { report("", words().tooLarge); return; }
    report("", words().sending);
    try {
      const answer = await fetch(`/rate/rounds/${form.dataset.sheetIn}/sheet`, {
        method: "POST", body: file,
        headers: { "content-type": "application/octet-stream", "x-file-name": encodeURIComponent(file.name), "x-rater": encodeURIComponent(whose()) },
      });
      const text = await answer.text();
      if (answer.ok) report(text); else report("", text);
    } catch { report("", words().sendFailed); }
  };

  // --- nothing is lost -----------------------------------------------------------------------------------------

  // What is not kept yet outlives a page that is loaded again, as Gradio does when Coach was away; it goes with the tab.
  addEventListener("pagehide", () => {
    if (!page()) return;
    if (sending) takeBack(sending);
    const kept = [...waiting, ...(typed.size ? [{ round, rater, typed: Object.fromEntries(typed) }] : [])];
    if (kept.length) sessionStorage.setItem(KEPT, JSON.stringify(kept));
  });
  const restore = () => {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "[]");
    sessionStorage.removeItem(KEPT);
    for (const one of Array.isArray(kept) ? kept : []) {
      if (one.rater === rater && one.round === round) for (const [code, said] of Object.entries(one.typed)) typed.set(code, said);
      else waiting.push({ ...one, tries: 0 });
    }
  };
  addEventListener("beforeunload", (event) => { if (typed.size && page() && find("#unsaved:not(:empty)")) event.preventDefault(); });
  document.addEventListener("visibilitychange", () => { if (document.hidden && page()) save(); });

  new MutationObserver(() => { if (find("#rating")) { hear(); redraw(); } })
    .observe(document.documentElement, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-reply", "data-render"] });
  window.coachRate = { choose };
})();
