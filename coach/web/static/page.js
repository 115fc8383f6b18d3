// What the page does by itself: sends the events of its HTML parts, keeps focus and place, copies, opens and closes panes.
"use strict";
(() => {
  const body = () => document.body;
  const open = new Set(); // ids of details that a person opened
  let focused = ""; // id of what had the focus last
  let part = null; // the part of the page that it stands in
  let opener = ""; // id of the button whose source is open
  let awaits = ""; // the source that was asked for

  const live = () => {
    let region = document.getElementById("live");
    if (!region) {
      region = Object.assign(document.createElement("div"), { id: "live", className: "hidden-words" });
      region.setAttribute("role", "status");
      body().append(region);
    }
    return region;
  };
  const announce = (text) => { if (text) live().textContent = text; };
  const focusOn = (element) => element && element.focus({ preventScroll: true });

  // --- events of a part ---

  const listen = (element, trigger, watch, events) => {
    const send = (target, values) => {
      const sent = events[target.dataset.event];
      if (!sent) return;
      if (target.dataset.event === "open_source" && !openSource(target)) return;
      if (["open", "discard"].includes(target.dataset.event)) closeDrawer(); // what comes of it stands behind
      trigger(sent, values);
    };
    element.addEventListener("click", (event) => {
      const target = event.target.closest("button[data-event], a[data-event]");
      if (target && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
        event.preventDefault();
        send(target, { ...target.dataset });
      }
      act(event);
    });
    element.addEventListener("submit", (event) => {
      event.preventDefault();
      const form = event.target;
      const details = form.closest("details");
      if (details) { open.delete(details.id); focused = details.id; }
      send(form, { ...form.dataset, ...Object.fromEntries(new FormData(form)) });
      form.dataset.sent = "yes";
      if (details) { details.open = false; focusOn(details.querySelector("summary")); }
    });
    element.addEventListener("change", (event) => {
      if (event.target.matches(".manner select")) event.target.form.requestSubmit();
    });
    element.addEventListener("toggle", (event) => {
      if (event.target.id) open[event.target.open ? "add" : "delete"](event.target.id);
      if (event.target.dataset.load) load(event.target);
    }, true);
    element.addEventListener("focusin", (event) => {
      focused = event.target.id || event.target.closest("details")?.id || "";
      part = element;
    });
    watch("value", () => settle(element));
  };

  // What had the focus has it again. Where it is gone, what came of pressing it has it: the focus is never nowhere.
  const restoreFocus = (element) => {
    if (element.id === "transcript" || element.closest("#transcript")) {
      const pressed = document.querySelector(`#${CSS.escape(focused || "transcript")}:is(#ask, #stop)`);
      if (pressed && getComputedStyle(pressed).display === "none") {
        focusOn(element.querySelector(".progress") ? document.querySelector("#stop") : findRest(element));
        return;
      }
    }
    if (document.activeElement !== body() || part !== element) return;
    const again = focused && element.querySelector(`#${CSS.escape(focused)}`);
    focusOn(again?.tagName === "DETAILS" ? again.querySelector("summary") : again || findRest(element));
  };
  // Who deleted a conversation is led to the way back.
  const offerUndo = (element) => {
    const undo = element.querySelector("div.notice [data-event=restore]");
    if (undo && ["history-heading", ""].includes(document.activeElement.id) && part?.closest("#history")) focusOn(undo);
  };
  const findRest = (element) =>
    element.querySelector("#pending, div.notice button") ?? [...element.querySelectorAll("article.exchange h3")].at(-1)
    ?? document.querySelector("#notice [data-event=restore]") ?? element.querySelector("[tabindex='-1']");

  // After a part was written anew: what was open is open, what had the focus has it, and what changed is said.
  const settle = (element) => {
    for (const details of element.querySelectorAll("details[id]")) if (open.has(details.id)) { details.open = true; refill(details); }
    const settleFocus = () => { restoreFocus(element); offerUndo(element); };
    settleFocus();
    setTimeout(settleFocus); // what stood there goes, and what comes is there, a moment later at times
    // What was sent is shown as it was kept; what could not be kept brings no new writing, and stays as it was typed.
    for (const form of element.querySelectorAll("form[data-sent]")) { delete form.dataset.sent; form.reset(); }
    announce(element.querySelector("[data-announce]")?.dataset.announce);
    if (element.closest("#transcript, #writing")) placeWriting();
    if (element.querySelector(".transcript")) keepPlace(element);
    const heading = element.querySelector("[data-source]");
    if (heading && heading.dataset.source === awaits) showSource(element, heading);
  };

  // --- what is loaded when somebody opens it ---

  const loaded = new Map(); // by address, as long as it is open
  const refill = (details) => {
    const room = details.querySelector(":scope > .room");
    if (!room || room.childElementCount || !loaded.has(details.dataset.load)) return;
    room.innerHTML = loaded.get(details.dataset.load); // from our templates: whatever others wrote is text in it
  };
  const load = async (details) => {
    const address = details.dataset.load;
    if (!details.open) {
      loaded.delete(address);
      details.querySelector(":scope > .room:has(> .post-said)")?.replaceChildren(); // what was sent is done: a new form next
      return;
    }
    try {
      if (!loaded.has(address)) {
        const answer = await fetch(address);
        if (!answer.ok) throw new Error(answer.statusText);
        loaded.set(address, await answer.text());
      }
      refill(details);
    } catch {
      details.querySelector(":scope > .room").textContent = details.dataset.failed;
    }
  };

  // --- forms that go to an address of their own ---

  // What comes back takes the form's place; where it was refused, the form stays as it is, and says why.
  const post = async (form) => {
    const trouble = form.querySelector(".post-trouble"), button = form.querySelector("[type=submit]");
    if (form.getAttribute("aria-busy") === "true") return;
    form.setAttribute("aria-busy", "true");
    button.setAttribute("aria-disabled", "true");
    trouble.textContent = "";
    try {
      const answer = await fetch(form.dataset.post, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      const text = await answer.text();
      if (!answer.ok) throw new Error(text);
      const room = form.closest(".room"), address = form.closest("details[data-load]")?.dataset.load;
      room.innerHTML = text; // from our templates: whatever others wrote is text in it
      if (address) loaded.set(address, text);
      announce(room.querySelector("[data-announce]")?.dataset.announce);
      focusOn(room.querySelector("[tabindex='-1']"));
    } catch (error) {
      form.removeAttribute("aria-busy");
      button.removeAttribute("aria-disabled");
      trouble.textContent = error.message;
      trouble.scrollIntoView({ block: "nearest" });
    }
  };
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-post]")) return;
    event.preventDefault();
    event.stopPropagation(); // before the part that it stands in takes it for an event of its own
    post(event.target);
  }, true);

  // --- an answer that is being written ---

  // What is written so far comes in a part of its own. Only what is new of it is put into the exchange that waits: nothing
  // that stands there moves or is written anew.
  let begun = ""; // key of the answer whose beginning was said
  const placeWriting = () => {
    const fresh = document.querySelector("#writing [data-writing]");
    const waiting = document.querySelector(".exchange.waiting[data-key]");
    if (!fresh || waiting?.dataset.key !== fresh.dataset.writing) return;
    for (const part of [".progress", ".so-far"]) grow(waiting.querySelector(part), fresh.querySelector(part));
    notePlace();
    if (begun === fresh.dataset.writing || !fresh.querySelector(".so-far > *")) return;
    begun = fresh.dataset.writing;
    announce(fresh.dataset.begun);
  };
  const grow = (shown, fresh) => {
    [...fresh.childNodes].forEach((node, place) => {
      const old = shown.childNodes[place];
      if (!old) shown.append(node.cloneNode(true));
      else if (old.isEqualNode(node)) return;
      else if (old.nodeType === 1 && old.cloneNode().isEqualNode(node.cloneNode())) grow(old, node);
      else old.replaceWith(node.cloneNode(true));
    });
    while (shown.childNodes.length > fresh.childNodes.length) shown.lastChild.remove();
  };
  // Whoever reads while it is written goes on at the same line when the whole answer takes its place.
  let line = null; // how far down the window the answer begins
  const notePlace = () => { line = document.querySelector(".exchange.waiting .so-far > *")?.getBoundingClientRect().top ?? null; };
  const keepLine = (newest) => {
    const first = newest.querySelector(".reply > :not(.outcome, .searched)");
    if (!first || line === null) return;
    for (const one of [document.getElementById("transcript"), window]) // whichever of them scrolls
      one.scrollBy({ top: first.getBoundingClientRect().top - line, behavior: "instant" });
  };
  document.addEventListener("scroll", () => { if (line !== null) notePlace(); }, { capture: true, passive: true });

  // A question goes to the top when it was asked, and again when its answer has come, unless the reader has scrolled away.
  let left = null; // where the page was left when the question went to the top
  const scrolled = () => (document.getElementById("transcript")?.scrollTop ?? 0) + window.scrollY;
  const keepPlace = (element) => {
    const waiting = element.querySelector(".exchange.waiting");
    const newest = [...element.querySelectorAll("article.exchange")].at(-1);
    const stays = left !== null && Math.abs(scrolled() - left) < 4;
    if (newest && !waiting && left !== null && line !== null) keepLine(newest); // it was read while it was written
    else if (newest && (waiting ? left === null : stays)) newest.scrollIntoView({ block: "start", behavior: "instant" });
    if (waiting && left === null) left = scrolled();
    if (!waiting) left = line = null;
  };

  // --- sources ---

  const openSource = (button) => {
    if (!button.closest(".sources")) opener = button.id;
    awaits = `${button.dataset.ordinal}-${button.dataset.number}`;
    body().dataset.source = "open";
    for (const mark of document.querySelectorAll(".mark[aria-current]")) mark.removeAttribute("aria-current");
    if (button.classList.contains("mark")) button.setAttribute("aria-current", "true");
    const heading = document.querySelector("#source [data-source]");
    if (heading?.dataset.source !== awaits) return true;
    showSource(document.getElementById("source"), heading); // it is there already
    return false;
  };
  const showSource = (pane, heading) => {
    awaits = "";
    widen(body().dataset.wide === "yes");
    focusOn(heading);
    const show = () => (pane.querySelector(".sheet rect") ?? pane.querySelector("mark"))?.scrollIntoView({ block: "center" });
    const pictures = [...pane.querySelectorAll(".sheet img")];
    if (pictures.length && !pictures[0].complete) pictures[0].addEventListener("load", show, { once: true });
    show();
  };
  const widen = (wide) => {
    if (wide) body().dataset.wide = "yes"; else delete body().dataset.wide;
    document.querySelector("[data-widen]")?.setAttribute("aria-pressed", String(wide));
  };
  const closeSource = () => {
    widen(false);
    if (body().dataset.source !== "open") return false;
    delete body().dataset.source;
    focusOn(document.getElementById(opener));
    return true;
  };

  // --- the drawer of the history, on small screens ---

  const drawerButton = () => document.querySelector("button[data-drawer]"); // the body has the mark too, while it is open
  const openDrawer = () => {
    body().dataset.drawer = "open";
    drawerButton().setAttribute("aria-expanded", "true");
    focusOn(document.querySelector("#history button"));
  };
  const closeDrawer = () => {
    if (body().dataset.drawer !== "open") return false;
    delete body().dataset.drawer;
    drawerButton().setAttribute("aria-expanded", "false");
    focusOn(drawerButton());
    return true;
  };

  // --- what needs no server ---

  const act = (event) => {
    const find = (selector) => event.target.closest(selector);
    const copier = find("[data-copy]"), dismissed = find("[data-dismiss]"), leads = find("[data-focus]");
    if (copier) copy(copier);
    if (dismissed) {
      dismissed.closest(".notice").remove();
      // By keyboard alone: on a phone the focus would bring its keyboard up.
      if (event.detail === 0) document.querySelector("#question textarea")?.focus();
    }
    if (find("[data-close-source]")) closeSource();
    if (find("[data-widen]")) widen(body().dataset.wide !== "yes");
    if (find("button[data-drawer]")) (body().dataset.drawer === "open" ? closeDrawer : openDrawer)();
    if (leads) { event.preventDefault(); document.querySelector(leads.dataset.focus)?.focus(); }
  };
  const copy = async (button) => {
    let said = button.dataset.done;
    try {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    } catch {
      said = button.dataset.failed;
    }
    announce(said);
    button.parentElement.querySelector(".copied")?.remove();
    button.insertAdjacentElement("afterend", Object.assign(document.createElement("span"), { className: "copied", textContent: said }));
  };
  document.addEventListener("focusin", (event) => {
    if (!event.target.closest(".coach")) { focused = event.target.id; part = null; }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    const menu = event.target.closest?.("details[open]");
    if (menu && !menu.closest(".sources")) { menu.open = false; focusOn(menu.querySelector("summary")); return; }
    closeDrawer() || closeSource();
  });
  document.addEventListener("click", (event) => {
    if (body().dataset.drawer === "open" && !event.target.closest("#history, button[data-drawer]")) closeDrawer();
  });

  // The address names the conversation, so that it can be loaded again, kept and opened in another tab.
  const place = (id) => {
    const address = new URL(location.href);
    if (id) address.searchParams.set("conversation", id); else address.searchParams.delete("conversation");
    if (address.href !== location.href) history.replaceState(history.state, "", address);
    if (body().dataset.source === "open" && !document.getElementById(opener)) delete body().dataset.source;
  };

  // On to another page of ours, with nothing of the other side's in the address but an id.
  const goOn = (address) => { if (/^\/plan\?plan=[0-9a-f]{32}&step=review$/.test(address)) location.assign(address); };

  window.coach = { listen, place, goOn };
})();
