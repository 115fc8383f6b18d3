// What the library page does by itself: sends files and shows how much of them is sent, looks how far others are, keeps place.
"use strict";
(() => {
  if (window.coachLibrary) return;
  const find = (selector) => document.querySelector(selector);
  const words = () => find("[data-drop]").dataset;
  const queue = [];
  let sending = null; // the request of the file that is being sent
  let lookUntil = 0; // time until which the list is looked at although nothing in it is known to move
  let wanted = ""; // the document whose heading is to get the focus

  const say = (text) => {
    let region = document.getElementById("live");
    if (!region) {
      region = Object.assign(document.createElement("div"), { id: "live", className: "hidden-words" });
      region.setAttribute("role", "status");
      document.body.append(region);
    }
    region.textContent = text;
  };
  const make = (tag, className, text = "") => Object.assign(document.createElement(tag), { className, textContent: text });

  // --- sending: one file after the other, in the order they came ---

  const add = (files, replaces = "") => {
    for (const file of files) {
      const row = make("li", "sending");
      const bar = document.createElement("progress");
      const button = make("button", "link", words().cancel);
      bar.setAttribute("aria-label", file.name);
      button.type = "button";
      button.setAttribute("aria-label", `${words().cancel}: ${file.name}`);
      const says = make("p", "file-says", words().sending);
      const top = make("div", "file-top");
      top.append(make("p", "file-name", file.name), button);
      row.append(top, bar, says);
      const item = { file, replaces, row, bar, says, button, request: null };
      button.addEventListener("click", () => { if (item.ended) clear(item); else cancel(item); });
      find("#sending").append(row);
      find("#sending").hidden = false;
      if (file.size > Number(words().limit)) end(item, words().tooLarge);
      else queue.push(item);
    }
    next();
  };
  const clear = (item) => {
    item.row.remove();
    if (!find("#sending").children.length) find("#sending").hidden = true;
  };
  const end = (item, reason) => {
    item.ended = true;
    item.bar.remove();
    item.row.className = "failed";
    item.says.textContent = words().failed;
    item.says.after(make("p", "file-reason", reason));
    item.button.textContent = words().dismissWord;
    item.button.setAttribute("aria-label", `${words().dismissWord}: ${item.file.name}`);
    say(`${item.file.name}: ${reason}`);
  };
  const cancel = (item) => {
    const place = queue.indexOf(item);
    if (place >= 0) { queue.splice(place, 1); clear(item); } else item.request?.abort();
    say(`${item.file.name}: ${words().cancelled}`);
    find("#files").focus();
  };
  const next = () => {
    if (sending || !queue.length) return;
    const item = queue.shift();
    const request = sending = item.request = new XMLHttpRequest();
    const finish = (then) => () => { sending = null; then(); look(); next(); };
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) { item.bar.max = event.total; item.bar.value = event.loaded; }
    });
    request.addEventListener("load", finish(() => (request.status === 200 ? clear(item) : end(item, read(request)))));
    request.addEventListener("error", finish(() => end(item, words().failedSend)));
    request.addEventListener("abort", finish(() => clear(item)));
    request.open("POST", "/library/files");
    request.setRequestHeader("content-type", "application/octet-stream");
    request.setRequestHeader("x-file-name", encodeURIComponent(item.file.name));
    if (item.replaces) request.setRequestHeader("x-replaces", item.replaces);
    request.send(item.file);
  };
  const read = (request) => {
    try { return JSON.parse(request.responseText).reason ?? words().failedSend; } catch { return words().failedSend; }
  };

  // --- looking how far files are, only while one is on its way ---

  const look = () => { lookUntil = Date.now() + 4000; find("[data-refresh]")?.click(); };
  setInterval(() => {
    if (find("#uploads [data-active]")) lookUntil = Math.max(lookUntil, Date.now() + 2000);
    if (Date.now() < lookUntil) find("[data-refresh]")?.click();
  }, 800);

  // --- choosing and dropping ---

  document.addEventListener("change", (event) => {
    const input = event.target;
    if (!input.matches?.("#files, #replace") || !input.files.length) return;
    add([...input.files], input.dataset.replaces ?? "");
    input.value = "";
  });
  const carries = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  for (const name of ["dragenter", "dragover"]) {
    document.addEventListener(name, (event) => {
      if (!carries(event) || !find("[data-drop]")) return;
      event.preventDefault();
      document.body.dataset.dragging = "yes";
    });
  }
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) delete document.body.dataset.dragging; });
  document.addEventListener("drop", (event) => {
    if (!carries(event) || !find("[data-drop]")) return;
    event.preventDefault();
    delete document.body.dataset.dragging;
    add([...event.dataTransfer.files]);
  });

  // --- place ---

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("#documents [data-event='open_document'], #uploads [data-event='open_document']");
    if (opener) wanted = opener.dataset.id;
    if (event.target.closest("[data-event='close_document']")) wanted = "list";
  }, true);
  // When the button that was used is gone, the focus goes on to the next thing of its kind, and never back to the top.
  const after = {
    dismiss: "#uploads .file-top button, #files", dismiss_all: "#files", take_off: "#wanted button, #shelf-list",
    retry: "#uploads .file-top button", stop: "#uploads .file-top button", open_document: "#document-heading",
  };
  let used = null;
  document.addEventListener("click", (event) => {
    const button = event.target.closest("#library button[data-event]");
    if (!button || !(button.dataset.event in after)) return;
    used = { button, turned: "start" in button.dataset, then: after[button.dataset.event] };
  }, true);
  const restore = () => {
    if (!used || used.button.isConnected) return;
    const { turned, then } = used;
    used = null;
    if (turned) find(".contents")?.scrollIntoView({ block: "start" });
    // page.js first gives it back to what has the same name.
    queueMicrotask(() => { if (document.activeElement === document.body) find(then)?.focus({ preventScroll: turned }); });
  };
  const place = (id) => {
    const address = new URL(location.href);
    if (id) address.searchParams.set("document", id); else address.searchParams.delete("document");
    const had = new URL(location.href).searchParams.has("document");
    if (address.href !== location.href) history.replaceState(history.state, "", address);
    if (id) document.body.dataset.document = "open"; else delete document.body.dataset.document;
    // What had the focus went with the document.
    if (!id && had && document.activeElement === document.body) wanted = "list";
    settle();
  };
  // The heading of what was asked for gets the focus when it is there, so that the reader is where the answer is.
  const settle = () => {
    if (!wanted) return;
    const article = find("[data-document].document");
    if (wanted === "list" && !article) { wanted = ""; find("#shelf-list")?.focus({ preventScroll: innerWidth > 832 }); return; }
    if (article?.dataset.document !== wanted) return;
    wanted = "";
    find("#reading").scrollTop = 0;
    find("#document-heading").focus();
    scrollTo(0, 0);
  };
  new MutationObserver(() => {
    settle();
    restore();
    const drop = find("[data-drop]");
    if (drop && document.title !== drop.dataset.title) document.title = drop.dataset.title;
  }).observe(document.documentElement, { childList: true, subtree: true });

  window.coachLibrary = { place };
})();
