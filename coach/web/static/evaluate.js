// What the page Evaluate does by itself: keeps the address and the focus with the view, sends a sheet, looks how far a run is.
"use strict";
(() => {
  if (window.coachEvaluate) return;
  const find = (selector) => document.querySelector(selector);
  const page = () => find(".evaluate-page");
  const EVERY = 1000; // milliseconds between two looks at a run
  let drawn = ""; // number of the view that stands there
  let goes = false; // whether somebody went on, so that the view has an address of its own to come back to
  let stays = ""; // id of what keeps the focus, such as a filter

  // --- what is typed and not saved ---

  let kept = new Map(); // what stood in fields whose view is written anew, by what they are kept as
  let leave = null; // what was asked for while something was not saved
  let leaving = false;

  const differs = (field) => {
    if (field.type === "checkbox") return field.checked !== field.defaultChecked;
    if (!field.matches("select")) return field.value !== field.defaultValue;
    const usual = [...field.options].find((one) => one.defaultSelected) ?? field.options[0];
    return field.value !== (usual?.value ?? "");
  };
  const findChanged = () =>
    [...document.querySelectorAll("#evaluating [data-guarded] :is(input:not([type=hidden]), textarea, select)")].find(differs);
  const ask = (then) => {
    leave = then;
    find("#leaving").hidden = false;
    find("#leaving-stay").focus();
  };
  const stay = () => {
    find("#leaving").hidden = true;
    const field = findChanged(), folded = field?.closest("details");
    if (folded) folded.open = true;
    field?.focus();
  };
  document.addEventListener("click", (event) => {
    if (leaving || !(event.target instanceof Element) || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.target.closest("#leaving-stay")) stay();
    if (event.target.closest("#leaving-leave")) {
      find("#leaving").hidden = true;
      leaving = true;
      leave?.();
      leaving = false;
      return;
    }
    const link = event.target.closest("#evaluating :is(a[data-event=go], [data-leaves])");
    if (!link || !findChanged()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(() => link.click());
  }, true);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target.closest?.("#leaving")) stay();
  });
  addEventListener("beforeunload", (event) => { if (findChanged()) event.preventDefault(); });
  // Drafts are added to a list, and a sheet is read otherwise: what was typed beside stays in its field, and unsaved.
  const keepTyped = (form) => {
    kept = new Map();
    if (!["add_drafts", "read_sheet"].includes(form.dataset.act)) return;
    for (const one of document.querySelectorAll("#evaluating [data-kept]")) if (differs(one)) kept.set(one.dataset.kept, one.value);
  };
  const giveBack = (root) => {
    for (const one of root.querySelectorAll("[data-kept]")) if (kept.has(one.dataset.kept)) one.value = kept.get(one.dataset.kept);
    kept = new Map();
  };

  // --- what is sent says where the page is ---

  const note = (event) => {
    if (!(event.target instanceof Element)) return;
    const target = event.type === "submit" ? event.target : event.target.closest("[data-event]");
    if (!target?.closest("#evaluating")) return;
    target.dataset.at = location.search;
    keepTyped(target);
    if (target.dataset.act === "save_sheet") takeColumns(target);
    stays = "";
    if (target.matches("a")) { target.dataset.to = target.search; goes = true; }
    else if (target.dataset.filter) {
      const address = new URLSearchParams(location.search);
      for (const [name, value] of new FormData(target)) if (value) address.set(name, value); else address.delete(name);
      target.dataset.to = `?${address}`;
      stays = document.activeElement?.id ?? "";
      target.dataset.focusOn = "stay";
      goes = true;
    } else goes = target.dataset.event === "act";
  };
  // Whoever saves a sheet means its columns as they are chosen, looked at again or not.
  const takeColumns = (form) => {
    for (const one of form.querySelectorAll("[data-column]")) one.remove();
    for (const chosen of document.querySelectorAll("#mapping-form select")) {
      const field = document.createElement("input");
      Object.assign(field, { type: "hidden", name: chosen.name, value: chosen.value });
      field.dataset.column = "yes";
      form.append(field);
    }
  };
  document.addEventListener("click", note, true);
  document.addEventListener("submit", note, true);
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-filter] select")) event.target.form.requestSubmit();
  });
  const send = (name, values) => {
    const button = find(`[data-channel=${name}]`);
    if (!button) return;
    Object.assign(button.dataset, values);
    button.click();
  };
  const go = (search) => { goes = true; send("go", { to: search }); };
  addEventListener("popstate", () => {
    if (!page()) return;
    const wanted = location.search;
    if (findChanged()) {
      history.pushState(history.state, "", new URL(page().dataset.place, location.href));
      ask(() => go(wanted));
      return;
    }
    goes = false;
    send("go", { to: wanted });
  });

  // --- after a view was written ---

  const settle = () => {
    const root = page();
    if (!root || root.dataset.render === drawn) return;
    const first = !drawn;
    drawn = root.dataset.render;
    for (const one of root.querySelectorAll("form")) one.reset(); // Gradio leaves in a field what was typed into the last one
    giveBack(root);
    if (find("#leaving")) find("#leaving").hidden = true;
    if (document.title !== root.dataset.title) document.title = root.dataset.title;
    const address = new URL(root.dataset.place, location.href);
    if (address.href !== location.href) history[goes && !first ? "pushState" : "replaceState"](history.state, "", address);
    goes = false;
    tellTimes();
    if (first || root.dataset.focusOn === "stay") { if (stays) setTimeout(() => document.getElementById(stays)?.focus()); return; }
    scrollTo(0, 0);
    find("#evaluating").scrollTop = 0;
    setTimeout(() => {
      const place = document.getElementById(root.dataset.focusOn);
      (place ?? find("#view-heading"))?.focus({ preventScroll: true });
      if (place?.id === "page-place") place.scrollIntoView({ block: "start" }); // much may stand above a list
    });
  };
  const tellTimes = () => {
    for (const one of document.querySelectorAll("#evaluating [data-time]"))
      one.textContent = new Date(one.dateTime).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  };
  new MutationObserver(settle).observe(document.documentElement, {
    childList: true, subtree: true, attributes: true, attributeFilter: ["data-render"],
  });

  // A report is written when it is asked for: that takes seconds, and is said.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-report]"), says = find("#report-says");
    if (!link || !says) return;
    says.textContent = link.dataset.report;
    setTimeout(() => { says.textContent = ""; }, 8000);
  });

  // --- a run that is under way, and only then ---

  setInterval(() => {
    const run = find("#progress [data-active]");
    if (run && !document.hidden) send("look", { at: location.search, seen: "running" });
  }, EVERY);

  // --- a sheet ---

  let sending = false;
  const sendSheet = async (file) => {
    const room = find("[data-sheet-drop]"), says = find("#sheet-says");
    if (!room || sending || !file) return;
    if (file.size > Number(room.dataset.limit)) { tell(says, room.dataset.tooLarge, true); return; }
    sending = true;
    tell(says, `${room.dataset.sending}: ${file.name}`);
    try {
      const headers = { "content-type": "application/octet-stream", "x-file-name": encodeURIComponent(file.name) };
      const answer = await fetch("/evaluate/sheets", { method: "POST", headers, body: file });
      const said = await answer.json();
      if (answer.ok && said.id) { tell(says, ""); go(`?sheet=${said.id}`); } else tell(says, said.reason ?? room.dataset.failed, true);
    } catch {
      tell(says, room.dataset.failed, true);
    } finally {
      sending = false;
    }
  };
  const tell = (line, text, trouble = false) => { line.textContent = text; line.classList.toggle("fault", trouble); };
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (!input.matches?.("#sheet") || !input.files.length) return;
    sendSheet(input.files[0]);
    input.value = "";
  });
  const carries = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files") && find("[data-sheet-drop]");
  for (const name of ["dragenter", "dragover"])
    document.addEventListener(name, (event) => { if (carries(event)) { event.preventDefault(); document.body.dataset.dragging = "yes"; } });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) delete document.body.dataset.dragging; });
  document.addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    delete document.body.dataset.dragging;
    sendSheet(event.dataTransfer.files[0]);
  });

  window.coachEvaluate = { go };
})();
