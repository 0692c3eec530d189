// An image's page: edit in place, make and revoke share links, copy colours, walk to the next image, wait for a new one.

import { UNREACHED, onKey, request, tell } from "./base.js";

const page = document.getElementById("image");
const find = (selector) => document.querySelector(selector);

/** Send a form, or fetch a page; the document that answers. Its own words where it is an error without a form. */
async function load(address, form) {
  const body = form && new URLSearchParams(new FormData(form));
  let answer;
  try {
    answer = await fetch(address, { method: form ? "POST" : "GET", body });
  } catch {
    throw new Error(UNREACHED);
  }
  const found = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!answer.ok && !found.querySelector("main form.form")) {
    throw new Error(found.querySelector("main .lead")?.textContent || "Something went wrong. Try again.");
  }
  return { ok: answer.ok, found };
}

const failed = (error) => tell(error.message);

/** Put the part of another document in the place of ours. */
function swap(selector, found) {
  const part = found.querySelector(selector);
  if (part) find(selector).replaceWith(part);
}

/* Copying */

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    tell("Copied");
  } catch {
    tell("The browser does not allow copying. Select the text, then copy it.");
  }
}

function button(words, act, className = "copy") {
  const made = document.createElement("button");
  made.type = "button";
  made.className = className;
  made.textContent = words;
  made.addEventListener("click", act);
  return made;
}

function offerCopies(root) {
  for (const code of root.querySelectorAll("[data-copy]")) {
    const text = code.textContent;
    const made = button(text, () => copy(text));
    made.setAttribute("aria-label", `Copy ${text}`);
    code.replaceChildren(made);
  }
  for (const block of root.querySelectorAll("[data-copy-all]")) {
    const made = button("Copy", () => copy(block.textContent), "button small");
    made.setAttribute("aria-describedby", block.getAttribute("aria-labelledby"));
    block.after(made);
  }
  for (const field of root.querySelectorAll("[data-copy-field]")) {
    field.addEventListener("focus", () => field.select());
    field.after(button("Copy", () => copy(field.value), "button small"));
  }
}

offerCopies(document);

/* Editing in place: the form of the page for editing, between the words that it is for */

const edit = find("[data-edit-page]");

function close() {
  find("#edit-here")?.remove();
  find("#texts").hidden = false;
  edit.focus();
}

function show(found) {
  const form = found.querySelector("main form.form");
  const place = document.createElement("div");
  place.id = "edit-here";
  place.className = "editor";
  place.append(...[found.querySelector("main [role=alert]"), form].filter(Boolean));
  find("#edit-here")?.remove();
  find("#texts").hidden = true;
  find("#texts").after(place);
  form.querySelector(".form-row a").addEventListener("click", (event) => { event.preventDefault(); close(); });
  form.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
  form.addEventListener("submit", save);
  (form.querySelector("[aria-invalid]") || form.elements.title).focus();
}

async function save(event) {
  event.preventDefault();
  try {
    const { ok, found } = await load(event.target.action, event.target);
    if (!ok) return show(found);
    for (const part of ["h1", "#texts", "#who"]) swap(part, found);
    document.title = found.title;
    close();
    tell("Saved");
  } catch (error) {
    failed(error);
  }
}

edit?.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  load(edit.href).then(({ found }) => show(found)).catch(failed);
});

/* Share links */

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("#share-form, #share-list form")) return;
  event.preventDefault();
  try {
    const { found } = await load(form.action, form);
    if (form.id !== "share-form") {
      swap("#share-list", found);
      find("#scope").focus();
      return tell("Revoked: the link opens nothing any more.");
    }
    const made = found.querySelector("#made");
    find("#new-share").replaceChildren(made);
    offerCopies(made);
    made.querySelector("input").focus();
    swap("#share-list", (await load(location.href)).found);
  } catch (error) {
    failed(error);
  }
});

/* Images that are nearly the same: looked for when somebody comes to them */

const alike = find("[data-alike]");

async function look() {
  seen.disconnect();
  try {
    const { found } = await load(alike.href);
    const heading = document.createElement("h2"); // here it is one among others
    const title = found.querySelector("#alike h1");
    heading.id = title.id;
    heading.textContent = title.textContent;
    title.replaceWith(heading);
    const focused = document.activeElement === alike;
    swap("#alike", found);
    if (!focused) return;
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  } catch { /* the link is still there */ }
}

const seen = new IntersectionObserver((changes) => { if (changes.at(-1).isIntersecting) look(); });
if (alike) seen.observe(alike);

/* Keys */

const follow = (selector) => () => find(selector)?.click();
if (page) {
  onKey("ArrowLeft", "Previous image", follow("[data-before]"));
  onKey("ArrowRight", "Next image", follow("[data-after]"));
  onKey("l", "Back to the library", follow("[data-back]"));
  if (edit) onKey("e", "Edit the texts", follow("[data-edit-page]"));
}

/* An image that is on its way: the page shows it as soon as it is there */

const PATIENCE_MS = 150_000; // of a page in sight; the event that would end it may be lost

async function wait(pause, waited) {
  if (waited > PATIENCE_MS) return tellLate();
  await new Promise((after) => setTimeout(after, pause));
  try {
    if (!document.hidden && (await request("GET", `/images/${page.dataset.id}`)).state !== "expected") return location.reload();
  } catch (error) {
    if (error.status === 404 && !page.dataset.arrived) return location.reload();
  }
  return document.hidden ? wait(pause, waited) : wait(Math.min(pause * 1.4, 8000), waited + pause);
}

function tellLate() {
  find("#soon").hidden = true;
  find("#late").hidden = false;
  find(".spinner")?.remove();
}

if (page?.dataset.state === "expected" && find("#late").hidden) wait(1000, 0);
