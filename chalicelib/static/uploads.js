// Uploading: files and folders dropped, pasted or chosen go straight to S3, four at a time. What arrived is followed
// through /_/changes until it is ready. Pages may listen to "janus:ready" on the document: detail is a list of ids.

import { counted, isTyping, link, onKey, request, tell } from "./base.js";

const AT_ONCE = 4;
const TICKETS = 20; // asked for together, and used before they expire
const ATTEMPTS = 3;
const POLL_MS = 1000; // between two questions; longer while nothing changes
const LONGEST_POLL_MS = 8000;
const PATIENCE_MS = 300_000; // without news of any file: the events of those that are left may be lost
const SHOWABLE = /^image\/(avif|bmp|gif|jpeg|png|svg\+xml|webp)$/;
const HIDDEN = /^(\.|thumbs\.db$|desktop\.ini$)/i;

const items = [];
const waiting = new Map(); // by image id, those that S3 has and whose record is not there yet
let running = 0;
let asking = false;
let cursor = null;
let panel = null;

/** Take files: begin to send them, and show the panel. */
export async function add(files) {
  const taken = [...files].filter((file) => file.size > 0 && !HIDDEN.test(file.name));
  if (taken.length === 0) {
    if (files.length > 0) tell("There is no image among these files.");
    return;
  }
  for (const file of taken) items.push(shown({ file, state: "queued", sent: 0, attempts: 0 }));
  if (cursor === null) cursor = request("GET", "/changes").then((answer) => answer.cursor);
  try {
    await cursor;
  } catch (error) {
    cursor = null;
    for (const item of items.filter((one) => one.state === "queued")) fail(item, error.message);
    return;
  }
  next();
}

function next() {
  draw();
  const ready = items.filter((item) => item.state === "ticketed");
  while (running < AT_ONCE && ready.length > 0) send(ready.shift());
  if (!asking && ready.length < AT_ONCE && items.some((item) => item.state === "queued")) askTickets();
}

async function askTickets() {
  asking = true;
  const batch = items.filter((item) => item.state === "queued").slice(0, TICKETS);
  try {
    const answer = await request("POST", "/images", { images: batch.map((item) => ({ filename: item.file.name.slice(-255) })) });
    answer.images.forEach((ticket, place) => {
      const item = batch[place];
      if (item.state !== "queued") return; // cancelled meanwhile
      Object.assign(item, { ticket, state: "ticketed" });
      if (ticket.max_bytes && item.file.size > ticket.max_bytes) {
        fail(item, `Images may have ${megabytes(ticket.max_bytes)}; this file has ${megabytes(item.file.size)}.`);
      }
    });
  } catch (error) {
    if (error.wait || error.code === "offline") {
      await new Promise((done) => setTimeout(done, (error.wait || 3) * 1000));
      for (const item of batch) if (++item.attempts >= ATTEMPTS) fail(item, error.message);
    } else {
      for (const item of batch) fail(item, error.message);
    }
  }
  asking = false;
  next();
}

function send(item) {
  running += 1;
  item.state = "sending";
  waiting.set(item.ticket.image_id, item); // its change may be told before the storage's answer arrives
  picture(item);
  const form = new FormData();
  for (const [name, value] of Object.entries(item.ticket.upload.fields)) form.append(name, value);
  form.append("file", item.file);
  const sending = new XMLHttpRequest();
  item.sending = sending;
  sending.upload.addEventListener("progress", (event) => {
    item.sent = Math.min(event.loaded, item.file.size);
    draw();
  });
  sending.addEventListener("loadend", () => {
    running -= 1;
    item.sending = null;
    if (item.state !== "sending") return next(); // cancelled, or told already
    if (sending.status >= 200 && sending.status < 300) {
      Object.assign(item, { state: "reading", sent: item.file.size });
      follow();
      return next();
    }
    waiting.delete(item.ticket.image_id);
    if (sending.status !== 400 && ++item.attempts < ATTEMPTS) {
      setTimeout(() => { if (item.state === "again") { item.state = "queued"; next(); } }, 1000 * item.attempts);
      Object.assign(item, { state: "again", sent: 0 });
    } else {
      fail(item, refusal(sending));
    }
    next();
  });
  sending.open("POST", item.ticket.upload.url);
  sending.send(form);
}

function refusal(sending) {
  const code = sending.responseXML?.querySelector("Code")?.textContent;
  if (code === "EntityTooLarge") return "The file is too large.";
  if (sending.status === 0) return "The connection broke off. Try again.";
  return "The storage refused it. Try again.";
}

let following = false;
let news = 0; // when a file arrived or was settled last
const read = () => [...waiting.values()].filter((item) => item.state === "reading");

/** Ask what has changed, until every image that arrived is ready or has failed, or there was no news for long. */
async function follow() {
  news = performance.now();
  if (following) return;
  following = true;
  let pause = POLL_MS;
  while (read().length > 0) {
    if (performance.now() - news > PATIENCE_MS) {
      await lookAgain().catch(() => {});
      for (const item of read()) item.state = "late";
      draw();
      break;
    }
    await new Promise((done) => setTimeout(done, document.hidden ? LONGEST_POLL_MS : pause));
    const before = news;
    try {
      const answer = await request("GET", `/changes?since=${encodeURIComponent(await cursor)}`);
      cursor = Promise.resolve(answer.cursor);
      await settle(answer.changes);
      pause = news > before ? POLL_MS : Math.min(pause * 1.2, LONGEST_POLL_MS);
    } catch (error) {
      if (error.status === 401) return tell("Your session has ended.", "Sign in", () => location.reload());
      if (error.code === "changes_not_kept" || error.code === "invalid_cursor") await lookAgain().catch(() => {});
      await new Promise((done) => setTimeout(done, (error.wait || 3) * 1000));
    }
  }
  following = false;
}

/** Begin to follow anew, and ask for each image what became of it meanwhile. */
async function lookAgain() {
  const { cursor: now } = await request("GET", "/changes");
  cursor = Promise.resolve(now);
  for (const { ticket: { image_id } } of read()) {
    const record = await request("GET", `/images/${image_id}`).catch(() => ({}));
    await settle([record]);
  }
}

async function settle(changes) {
  const ready = [];
  for (const change of changes) {
    const item = waiting.get(change.image_id);
    if (!item || !(["ready", "failed"].includes(change.state) || change.change === "removed")) continue;
    waiting.delete(change.image_id);
    ready.push(change.image_id);
    news = performance.now();
    item.sent = item.file.size;
    if (change.state === "ready") {
      item.state = "ready";
    } else if (change.change === "removed") {
      fail(item, "It was deleted.", { final: true });
    } else {
      const record = await request("GET", `/images/${change.image_id}`).catch(() => ({}));
      fail(item, record.reason || "It could not be read.", { final: true });
    }
  }
  if (ready.length > 0) document.dispatchEvent(new CustomEvent("janus:ready", { detail: ready }));
  draw();
}

function fail(item, reason, { final = false } = {}) {
  Object.assign(item, { state: "failed", reason, final });
  draw();
}

function cancel(item) {
  if (["ready", "reading", "late", "failed"].includes(item.state)) return;
  Object.assign(item, { state: "failed", reason: "Cancelled", sent: 0 });
  item.sending?.abort();
  draw();
}

function retry(item) {
  Object.assign(item, { state: "queued", attempts: 0, sent: 0, reason: "" });
  next();
}

function again(item) {
  item.state = "reading";
  follow();
  draw();
}

const isSending = (item) => isOpen(item) && item.state !== "reading";
const isOpen = (item) => !["ready", "failed", "late"].includes(item.state);
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;

/** Draw a small copy of the file, one at a time: large photographs side by side would fill the memory. */
let drawn = Promise.resolve();
function picture(item) {
  if (!SHOWABLE.test(item.file.type)) return;
  drawn = drawn.then(async () => {
    try {
      const small = await createImageBitmap(item.file, { resizeWidth: 72, resizeQuality: "low" });
      const side = Math.min(small.width, small.height);
      item.row.canvas.getContext("2d").drawImage(small, (small.width - side) / 2, (small.height - side) / 2, side, side, 0, 0, 72, 72);
      small.close();
    } catch { /* the browser cannot show it; Janus may */ }
  });
}

function shown(item) {
  panel ??= makePanel();
  const row = document.createElement("li");
  row.className = "upload";
  const canvas = Object.assign(document.createElement("canvas"), { width: 72, height: 72 });
  canvas.setAttribute("aria-hidden", "true");
  const middle = document.createElement("div");
  const name = Object.assign(document.createElement("div"), { className: "upload-name", textContent: item.file.name, title: item.file.name });
  const note = Object.assign(document.createElement("div"), { className: "upload-note" });
  middle.append(name, note);
  const end = Object.assign(document.createElement("div"), { className: "upload-state" });
  row.append(canvas, middle, end);
  panel.list.append(row);
  item.row = { row, canvas, note, end, state: "" };
  return item;
}

function makePanel() {
  const box = document.createElement("section");
  box.className = "uploads";
  box.setAttribute("aria-label", "Uploads");
  box.innerHTML = `<div class="uploads-head"><h2></h2><output></output><button type="button" class="plain"></button></div><progress aria-label="All uploads"></progress><ol class="uploads-list" tabindex="0" aria-label="Files"></ol>`;
  document.body.append(box);
  const [title, done, button, bar, list] = ["h2", "output", "button", "progress", "ol"].map((name) => box.querySelector(name));
  button.addEventListener("click", () => {
    if (items.some(isSending)) {
      items.forEach(cancel);
    } else {
      box.remove();
      items.length = 0;
      panel = null;
    }
  });
  return { box, title, done, button, bar, list };
}

let drawing = false;
function draw() {
  if (drawing || panel === null) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    if (panel === null) return;
    const total = items.reduce((sum, item) => sum + item.file.size, 0);
    const sent = items.reduce((sum, item) => sum + (item.state === "failed" ? item.file.size : item.sent), 0);
    const ready = items.filter((item) => item.state === "ready").length;
    const failed = items.filter((item) => item.state === "failed").length;
    const late = items.filter((item) => item.state === "late").length;
    const open = items.some(isOpen);
    const images = counted(items.length);
    put(panel.title, open ? `Adding ${images}` : failed + late > 0 ? `${ready} of ${images} added` : `Added ${images}`);
    put(panel.done, [open ? `${ready} done` : "", failed ? `${failed} failed` : "", late ? `${late} not read yet` : ""].filter(Boolean).join(", "));
    put(panel.button, items.some(isSending) ? "Cancel" : "Close");
    panel.bar.max = total;
    panel.bar.value = sent;
    items.forEach(drawRow);
  });
}

const put = (element, words) => { if (element.textContent !== words) element.textContent = words; };

function drawRow(item) {
  const { row, note, end } = item.row;
  if (item.state === "sending") put(note, `${megabytes(item.sent)} of ${megabytes(item.file.size)}`);
  if (item.state === item.row.state) return;
  item.row.state = item.state;
  row.className = `upload ${item.state}`;
  end.replaceChildren();
  const words = { queued: "Waiting", ticketed: "Waiting", again: "The connection broke off; trying again", reading: "Arrived; being read", late: "Arrived. Reading it takes longer than usual; it will come to your library by itself.", failed: item.reason, ready: "" };
  if (item.state in words) put(note, words[item.state]);
  if (item.state === "ready") {
    end.append(Object.assign(document.createElement("a"), { href: link(`/images/${item.ticket.image_id}`), textContent: "Ready" }));
  } else if (item.state === "failed") {
    if (item.final) end.textContent = "Failed";
    else end.append(action("Retry", item, retry));
  } else if (item.state === "late") {
    end.append(action("Look again", item, again));
  } else if (item.state !== "reading") {
    end.append(action("Cancel", item, cancel));
  }
}

function action(words, item, act) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "plain", textContent: words });
  button.setAttribute("aria-label", `${words}: ${item.file.name}`);
  button.addEventListener("click", () => act(item));
  return button;
}

/** Return the files of a drop, those in folders included. */
async function dropped(transfer) {
  const entries = [...transfer.items].map((one) => one.webkitGetAsEntry?.()).filter(Boolean);
  if (entries.length === 0) return [...transfer.files];
  return (await Promise.all(entries.map(within))).flat();
}

async function within(entry) {
  if (entry.isFile) return new Promise((done) => entry.file((file) => done([file]), () => done([])));
  const reader = entry.createReader();
  const found = [];
  for (;;) { // a reader gives a hundred at a time
    const some = await new Promise((done) => reader.readEntries(done, () => done([])));
    if (some.length === 0) break;
    found.push(...some);
  }
  return (await Promise.all(found.map(within))).flat();
}

function choose() {
  const input = Object.assign(document.createElement("input"), { type: "file", multiple: true });
  input.addEventListener("change", () => add(input.files));
  input.click();
}

const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
let depth = 0;
document.addEventListener("dragenter", (event) => {
  if (hasFiles(event)) { depth += 1; document.body.classList.add("dropping"); }
});
document.addEventListener("dragleave", (event) => {
  if (hasFiles(event) && --depth <= 0) { depth = 0; document.body.classList.remove("dropping"); }
});
document.addEventListener("dragover", (event) => { if (hasFiles(event)) event.preventDefault(); });
document.addEventListener("drop", async (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  depth = 0;
  document.body.classList.remove("dropping");
  add(await dropped(event.dataTransfer));
});
document.addEventListener("paste", (event) => {
  if (event.clipboardData.files.length > 0 && !isTyping(event)) add(event.clipboardData.files);
});
window.addEventListener("beforeunload", (event) => {
  if (items.some(isSending)) event.preventDefault();
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-add]")) { event.preventDefault(); choose(); }
});
for (const form of document.querySelectorAll("[data-upload-form]")) {
  const input = form.querySelector("input[type=file]");
  input.multiple = true;
  form.addEventListener("submit", (event) => { event.preventDefault(); add(input.files); form.reset(); });
}
onKey("u", "Add images", choose);
