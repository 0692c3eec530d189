// Selecting images, and acting on those that are selected. Without this, the form does the same with a page between.

import { counted, link, onKey, request, tell } from "./base.js";

const DONE = { tag: "tagged", untag: "untagged", show: "made public", hide: "made private", delete: "moved to the trash" };
let grid = null;
let gallery = null;
let last = null;
let busy = false; // the buttons wait, yet keep the focus, and the progress is read aloud: `inert` would end both

/** Take charge of a gallery's selection. */
export function begin(form, given) {
  grid = form;
  gallery = given;
  last = null;
  grid.dataset.live = "";
  const clear = grid.querySelector("[data-clear]");
  clear.hidden = false;
  clear.addEventListener("click", () => { if (!busy) none(); });
  grid.addEventListener("change", (event) => { if (event.target.name === "images") show(); });
  grid.addEventListener("click", clicked);
  grid.addEventListener("submit", submitted);
  show();
}

const boxes = () => [...grid.querySelectorAll("input[name=images]")];
const chosen = () => [...grid.querySelectorAll("input[name=images]:checked")].map((box) => box.value);

function show() {
  const number = chosen().length;
  const left = number === 0 && grid.querySelector("#selection").contains(document.activeElement);
  grid.classList.toggle("selecting", number > 0);
  if (left) focusImage(); // the bar is hidden now, and a hidden button loses the focus
  grid.querySelector("[data-count]").textContent = `${number.toLocaleString("en")} selected`;
}

function focusImage() {
  const box = last?.isConnected ? last : boxes()[0];
  box?.closest(".shot").querySelector("a").focus({ preventScroll: true });
}

function none() {
  for (const box of boxes()) box.checked = false;
  show();
  last = null;
}

function clicked(event) {
  const figure = event.target.closest(".shot");
  if (!figure) return;
  const box = figure.querySelector("input");
  if (event.target === box) {
    range(box, event.shiftKey);
  } else if (event.detail > 0 && (event.shiftKey || grid.classList.contains("selecting")) && !event.ctrlKey && !event.metaKey) {
    event.preventDefault(); // while images are selected, a click selects another; Enter still opens
    box.checked = !box.checked;
    range(box, event.shiftKey);
  }
}

/** Select the figure with the focus, or take it out of the selection. */
export function pick(figure) {
  const box = figure.querySelector("input");
  box.checked = !box.checked;
  range(box, false);
}

function range(box, far) {
  const all = boxes();
  const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
  if (far && from >= 0) for (const other of all.slice(from, to + 1)) other.checked = box.checked;
  last = box;
  show();
}

async function submitted(event) {
  event.preventDefault();
  if (busy) return;
  const button = event.submitter;
  const ids = chosen();
  if (ids.length === 0) return tell("No image is selected.");
  const fields = new FormData(grid);
  work(true);
  try {
    if (button?.name === "action") await act(button.value, ids, fields.get("tags"));
    else await download(ids, fields.get("form_token"));
  } catch (error) {
    tell(error.message);
  } finally {
    work(false);
  }
}

function work(begun) {
  busy = begun;
  for (const button of grid.querySelectorAll("#selection button")) button.setAttribute("aria-disabled", begun);
}

function body(action, images, tags) {
  if (action === "show" || action === "hide") return { action: "show", images, visibility: action === "show" ? "public" : "private" };
  if (action === "delete") return { action, images };
  return { action, images, tags: tags.split(",").map((tag) => tag.trim()).filter(Boolean) };
}

async function act(action, ids, tags) {
  if (action.endsWith("tag") && !/[^\s,]/.test(tags)) return tell("Write one tag or more, with commas between them.");
  const results = [];
  for (let from = 0; from < ids.length; from += 100) {
    const some = ids.slice(from, from + 100);
    try {
      results.push(...(await request("POST", "/images/actions", body(action, some, tags))).images);
    } catch (error) { // those before are done, and told as such
      results.push(...some.map((image_id) => ({ image_id, status: error.status ?? 503, detail: error.message })));
    }
  }
  const done = results.filter((result) => result.status < 300).map((result) => result.image_id);
  const refused = results.find((result) => result.status >= 300);
  if (refused) tell(`${counted(results.length - done.length)} could not be changed: ${refused.detail}`);
  if (done.length === 0) return;
  const words = `${counted(done.length)} ${DONE[action]}.`;
  if (action === "delete") {
    const back = gallery.takeOut(done);
    none();
    tell(words, "Undo", () => undo(done, back));
  } else {
    const menu = grid.querySelector(".up");
    if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
    menu.open = false;
    await gallery.refresh(done);
    show();
    tell(words);
  }
}

async function undo(ids, back) {
  const left = [...ids];
  const failed = [];
  const restored = [];
  await Promise.all(Array.from({ length: 4 }, async () => {
    for (let id = left.shift(); id; id = left.shift()) {
      try {
        await request("POST", `/trash/${id}/restore`);
        restored.push(id);
      } catch (error) {
        if (error.wait) {
          left.push(id);
          await new Promise((done) => setTimeout(done, error.wait * 1000));
        } else failed.push(error.message);
      }
    }
  }));
  back(restored);
  tell(failed.length > 0 ? `${counted(failed.length)} could not be restored: ${failed[0]}` : `${counted(ids.length)} restored.`);
}

/** Save the originals one after another; the page without scripts lists them as links.
 *
 * Images whose files the browser took are selected no more, so that a further click goes on with the rest.
 */
async function download(ids, token) {
  const asked = ids.length;
  let [taken, refused] = [0, ""];
  try {
    for (let from = 0; from < asked; from += 100) {
      const fields = new URLSearchParams([["form_token", token], ...ids.slice(from, from + 100).map((id) => ["images", id])]);
      const found = await gallery.page(link("/library/download"), { method: "POST", body: fields });
      if (!found.querySelector(".bin")) throw new Error("you are signed out");
      for (const file of found.querySelectorAll("[data-file]")) {
        grid.querySelector("[data-count]").textContent = `Saving ${(taken + 1).toLocaleString("en")} of ${asked.toLocaleString("en")}`;
        if (await save(file)) {
          taken += 1;
          const box = boxes().find(({ value }) => value === file.dataset.file);
          if (box) box.checked = false;
        }
      }
    }
  } catch (error) {
    refused = `: ${error.message}`;
  } finally {
    show();
  }
  const rest = asked - taken;
  tell(`${counted(taken)} sent to your downloads.${rest ? ` ${counted(rest)} could not be read${refused}.` : ""}`);
}

/** Have the browser save a file; tell whether it could. An answer that is no file would take this page's place. */
async function save(file) {
  try {
    const first = await fetch(file.href, { headers: { Range: "bytes=0-0" } });
    first.body?.cancel();
    if (!first.ok && first.status !== 416) return false; // 416: an empty file
  } catch {
    return false;
  }
  document.body.append(file);
  file.hidden = true;
  file.click();
  file.remove();
  await new Promise((done) => setTimeout(done, 400)); // browsers drop downloads that begin at once
  return true;
}

onKey("Escape", "Clear the selection", () => (grid?.classList.contains("selecting") ? none() : false));
