// What the plan page does by itself: turns its steps, sends what was typed and pressed, one thing after the other, and loses no word.
"use strict";
(() => {
  if (window.coachPlan) return;
  const find = (selector) => document.querySelector(selector);
  const page = () => find(".plan-page");
  const words = () => find("[data-words]").dataset;
  const editor = Array.from(crypto.getRandomValues(new Uint8Array(12)), (one) => one.toString(16).padStart(2, "0")).join("");
  const PAUSE = 1000, PATIENCE = 8000, LONG_PATIENCE = 120000, AGAIN = 3000; // milliseconds
  const TEXT = "textarea[data-field], input[data-field]:not([type=number], [type=date], [type=time])";

  let plan = "", version = "0", step = "topic";
  const typed = new Map(); // what is to be saved, by the names of fields
  const live = new Map(); // what a person made of a field, by its id, until the page is written with it
  const stale = new Set(); // fields that were saved while the page was left as it is
  const refused = new Set(); // names of fields whose text could not be saved
  const sentAs = new Map(); // of each request: how far typing was then
  let clock = 0, count = 0, drawn = null;
  const tasks = [];
  let sending = null, pressing = false, pause = null, conflict = null, wanted = "";

  // --- sending -------------------------------------------------------------------------------------------------

  const enqueue = (task) => { tasks.push({ act: "", values: {}, ...task }); pump(); };
  const save = (draws = true) => {
    clearTimeout(pause);
    if (plan && (typed.size || draws && stale.size)) enqueue({ draws });
  };
  const pump = () => {
    if (sending || pressing || !tasks.length || !find("[data-channel]")) return;
    const task = tasks.shift();
    if (conflict && !task.decides) { tell(words().undecided); return; }
    if (!task.act && !task.make && !typed.size && !(task.draws && stale.size)) { pump(); return; }
    clearTimeout(pause);
    const number = `${editor}-${++count}`;
    sending = { number, task, typed: Object.fromEntries(typed) };
    sentAs.set(number, { clock, turns: task.turns ?? false });
    if (task.draws === false) for (const name of typed.keys()) stale.add(name);
    typed.clear();
    if (task.focus) wanted = task.focus;
    const button = find(`[data-channel=${task.make ? "make" : "change"}]`);
    button.dataset.sent = JSON.stringify({
      number, plan, version, editor, step, act: task.act, draws: task.draws === false ? "no" : "yes",
      typed: sending.typed, draft: readDraft(), values: task.values,
    });
    sending.timer = setTimeout(miss, task.make ? LONG_PATIENCE : PATIENCE);
    button.click();
  };
  const readDraft = () => {
    const draft = {};
    for (const one of document.querySelectorAll("[data-draft]")) if (one.type !== "radio" || one.checked) draft[one.dataset.draft] = one.value;
    return draft;
  };
  const tell = (text) => { const line = find("#unsaved"); if (line.textContent !== text) line.textContent = text; };
  const takeBack = (done) => { for (const [name, text] of Object.entries(done.typed)) if (!typed.has(name)) typed.set(name, text); };
  // Nobody answers: what was typed is sent again; what was pressed is not, for it may have been done.
  const miss = () => {
    const done = sending;
    sending = null;
    takeBack(done);
    tell(done.task.act || done.task.make ? words().actFailed : words().unsaved);
    if (typed.size) pause = setTimeout(() => save(false), AGAIN);
    pump();
  };
  const hear = () => {
    const reply = find("#saved [data-reply]")?.dataset;
    if (!reply) return;
    if (!sending) {
      if (count || reply.plan === plan || !page()) return;
      ({ plan, version } = reply);
      redraw();
      restore();
      return;
    }
    if (reply.reply !== sending.number) return;
    clearTimeout(sending.timer);
    const done = sending;
    sending = null;
    tell("");
    if (reply.outcome === "changed") {
      takeBack(done);
      conflict = done;
      setTimeout(() => find("#see-newer")?.focus());
    } else if (reply.outcome === "failed") {
      takeBack(done);
    } else {
      conflict = done.task.decides ? null : conflict;
      if (reply.plan !== plan) { typed.clear(); live.clear(); stale.clear(); }
      ({ plan, version } = reply);
      if (reply.focusOn) wanted = reply.focusOn;
    }
    for (const name of Object.keys(done.typed)) refused.delete(name);
    for (const name of reply.refused.split(" ")) if (name) refused.add(name);
    mark();
    place();
    pump();
  };

  // --- after the page was written anew --------------------------------------------------------------------------

  // On a phone the list is one line above the plan, until somebody opens it.
  let isListed = false;
  const openList = () => {
    const list = find("#plan-list-more");
    if (!list || isListed) return;
    isListed = true;
    list.open = matchMedia("(min-width: 52.01rem)").matches;
  };
  const redraw = () => {
    const root = page();
    if (!root || root.dataset.render === drawn) return;
    const first = drawn === null;
    drawn = root.dataset.render;
    const request = sentAs.get(drawn);
    stale.clear();
    followFocus(root);
    for (const element of root.querySelectorAll("input:not([type=hidden]), textarea")) fillIn(element, request?.clock ?? clock);
    if (first || request?.turns) step = root.dataset.step; else if (step !== root.dataset.step) show(step);
    for (const one of document.querySelectorAll("[data-time]"))
      one.textContent = new Date(one.dateTime).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
    mark();
    place();
    if (wanted) setTimeout(lead);
  };
  // Gradio changes what stands at a place, and leaves the focus there; it belongs to what had it, wherever that is now.
  let held = "";
  document.addEventListener("focusin", (event) => { held = isOurs(event.target) ? event.target.id || event.target.closest("summary")?.parentElement.id || "" : ""; });
  const followFocus = (root) => {
    const again = held && document.getElementById(held);
    const target = again?.tagName === "DETAILS" ? again.querySelector("summary") : again;
    if (target && target !== document.activeElement && root.contains(document.activeElement)) target.focus({ preventScroll: true });
  };
  // Fields are as they were written, but for what was typed meanwhile, or could not be saved, or is not sent before its button.
  const fillIn = (element, upTo) => {
    const one = live.get(element.id);
    const waits = !(element.dataset.field || element.dataset.draft || element.dataset.minutesOf);
    const isKept = one && (one.clock > upTo || waits || refused.has(element.dataset.field));
    if (one && !isKept) live.delete(element.id);
    const [value, checked] = isKept ? [one.value, one.checked] : [element.defaultValue, element.defaultChecked];
    if (element.type === "radio" || element.type === "checkbox") { if (element.checked !== checked) element.checked = checked; }
    else if (element.value !== value) element.value = value;
    if (isKept && document.activeElement === element && one.at !== null) element.setSelectionRange(one.at, one.at);
  };
  const lead = () => {
    const name = wanted === "heading" ? `panel-${step}` : wanted;
    wanted = "";
    const element = document.getElementById(name);
    if (name.startsWith("panel-")) { scrollTo(0, 0); const middle = find("#plan-middle"); if (middle) middle.scrollTop = 0; }
    element?.focus({ preventScroll: name.startsWith("panel-") });
  };
  // What could not be saved says so to everybody, and stays as it was typed.
  const mark = () => {
    for (const one of document.querySelectorAll("[data-field]"))
      if (refused.has(one.dataset.field)) one.setAttribute("aria-invalid", "true"); else one.removeAttribute("aria-invalid");
  };
  const place = () => {
    const shown = page()?.dataset.plan ?? "";
    const address = new URL(location.href);
    if (shown) {
      address.search = "";
      address.searchParams.set("plan", shown);
      address.searchParams.set("step", step);
    } else if (count && address.searchParams.has("plan")) address.search = "";
    if (address.href !== location.href) history.replaceState(history.state, "", address);
    const title = find("[data-page-title]")?.dataset.pageTitle;
    if (title && document.title !== title) document.title = title;
  };

  // --- steps ---------------------------------------------------------------------------------------------------

  const show = (name) => {
    const root = page();
    step = root.dataset.step = name;
    for (const one of root.querySelectorAll("[data-panel]")) one.hidden = one.dataset.panel !== name;
    for (const one of root.querySelectorAll(".steps a"))
      if (one.dataset.go === name) one.setAttribute("aria-current", "step"); else one.removeAttribute("aria-current");
  };
  const go = (name) => {
    if (!page().querySelector(`[data-panel=${name}]`)) return;
    save();
    find("#notice .notice:not(:has([data-decide]))")?.remove();
    show(name);
    place();
    wanted = "heading";
    lead();
  };

  // --- what a person does --------------------------------------------------------------------------------------

  const isOurs = (element) => element instanceof Element && Boolean(element.closest("#plan"));
  const note = (element) => {
    if (!element.id) return;
    const at = element.matches("textarea, input:not([type])") ? element.selectionStart : null;
    live.set(element.id, { value: element.value, checked: element.checked, at, clock: ++clock });
  };
  document.addEventListener("input", (event) => {
    const element = event.target;
    if (!isOurs(element)) return;
    note(element);
    if (!plan || !element.matches(TEXT)) return;
    typed.set(element.dataset.field, element.value);
    clearTimeout(pause);
    pause = setTimeout(() => save(false), PAUSE);
  });
  document.addEventListener("change", (event) => {
    const element = event.target;
    if (!isOurs(element)) return;
    if (element.dataset.minutesOf) enqueue({ act: "minutes", values: { item: element.dataset.minutesOf, minutes: element.value } });
    else if (plan && element.dataset.field) {
      typed.set(element.dataset.field, element.value);
      save();
    } else if (element.dataset.draft && (plan || "fits" in element.dataset || element.dataset.draft === "minutes")) {
      note(element);
      enqueue({ act: "fit" });
    }
  });
  document.addEventListener("focusout", (event) => {
    if (isOurs(event.target) && event.target.dataset.field) save();
  });
  document.addEventListener("pointerdown", () => { pressing = true; }, true);
  for (const name of ["pointerup", "pointercancel", "dragend"])
    document.addEventListener(name, () => setTimeout(() => { pressing = false; pump(); }), true);

  const isMaking = () => [sending?.task, ...tasks].some((task) => task?.make); // two quick clicks are one plan
  // Where the focus goes when what was pressed is gone.
  const lookOn = (button) => {
    const { act } = button.dataset;
    if (act === "remove") {
      const row = button.closest("tr");
      return ((row.nextElementSibling ?? row.previousElementSibling)?.querySelector("[data-act=remove]"))?.id ?? "panel-agenda";
    }
    return { add_passage: "others-heading", drop_passage: "panel-passages", restore: "panel-review" }[act] ?? "";
  };
  document.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || !(event.target instanceof Element)) return;
    const [goes, acts, makes, decides] = ["[data-go]", "button[data-act], a[data-act]", "[data-make]", "[data-decide]"].map((one) => event.target.closest(one));
    if (!(goes || acts || makes || decides) || !find(".plan-page")) return;
    event.preventDefault();
    pressing = false;
    if (goes) go(goes.dataset.go);
    else if (makes) { if (!isMaking()) enqueue({ make: true, turns: true }); }
    else if (decides) decide(decides.dataset.decide);
    else if (acts.getAttribute("aria-disabled") !== "true") {
      const { act, ...values } = acts.dataset;
      if (acts.closest("#plan") && ["add_passage", "drop_passage"].includes(act)) values.words = find("#passage-words")?.value ?? "";
      enqueue({ act, values, focus: lookOn(acts), turns: ["open", "new", "delete"].includes(act) });
    }
  });
  const decide = (act) => {
    if (!conflict) return;
    takeBack(conflict);
    const { task } = conflict;
    tasks.length = 0;
    enqueue({ act, values: { ...task.values, undone: task.act }, decides: true });
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!isOurs(form) || !form.dataset.act) return;
    event.preventDefault();
    const values = Object.fromEntries(new FormData(form));
    for (const one of form.elements) live.delete(one.id);
    enqueue({ act: form.dataset.act, values });
  });
  document.addEventListener("keydown", (event) => {
    const element = event.target;
    if (event.key !== "Escape" || !isOurs(element) || !element.dataset.field || element.value === element.defaultValue) return;
    event.preventDefault(); // page.js would close what the field stands in
    element.value = element.defaultValue;
    const name = element.dataset.field;
    live.delete(element.id);
    refused.delete(name);
    typed.delete(name);
    if (stale.has(name)) { typed.set(name, element.value); save(false); }
    mark();
  }, true);
  // What is not saved yet outlives a page that is loaded again, as Gradio does when Coach was away; it goes with the tab.
  const KEPT = "coach-plan-unsaved";
  addEventListener("pagehide", () => {
    if (sending) takeBack(sending);
    if (plan && typed.size) sessionStorage.setItem(KEPT, JSON.stringify({ plan, version, typed: [...typed] }));
  });
  const restore = () => {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
    sessionStorage.removeItem(KEPT);
    if (!kept || kept.plan !== plan) return;
    version = kept.version; // if another window was faster, that is said and not written over
    for (const [name, text] of kept.typed) {
      typed.set(name, text);
      const element = find(`[data-field="${CSS.escape(name)}"]`);
      if (element) { element.value = text; note(element); }
    }
    save();
  };
  addEventListener("beforeunload", (event) => { if (typed.size && find("#unsaved:not(:empty)")) event.preventDefault(); });
  document.addEventListener("visibilitychange", () => { if (document.hidden && page()) save(false); });

  new MutationObserver(() => { if (find("#planning")) { hear(); redraw(); openList(); } })
    .observe(document.documentElement, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-reply", "data-render"] });
  window.coachPlan = { go };
})();
