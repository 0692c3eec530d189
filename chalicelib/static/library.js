// The library's gallery: more on scrolling, figures that are put in their place, panels of filters, keys.

import { counted, link, onKey, tell } from "./base.js";
import { begin, pick } from "./selection.js";

const CHUNK = 100; // figures that are laid out together
const parser = new DOMParser();
const figures = new Map(); // by image id
let pager = null;
let grid = null; // not the form: each property of a form is first looked for among the names of all its fields

const timed = () => grid.dataset.order !== "";
const comesFirst = (a, b) => (grid.dataset.order.startsWith("-") ? a > b : a < b);
const position = ({ dataset }) => `${dataset.at}#${dataset.imageId}`; // as the index has it
const one = (selector, within = document) => within.querySelector(selector);

async function page(address, options) {
  const answer = await fetch(address, options);
  if (!answer.ok) throw Object.assign(new Error(answer.status), { wait: Number(answer.headers.get("Retry-After")) });
  return parser.parseFromString(await answer.text(), "text/html");
}

// What is far away gives its pictures back; its size stays.
const near = new IntersectionObserver((changes) => {
  for (const { target, isIntersecting } of changes) {
    const before = target.dataset.away;
    if (before === String(!isIntersecting)) continue;
    target.dataset.away = !isIntersecting;
    target.classList.toggle("known", before === "false"); // it was seen, and so its height is known
    for (const image of target.getElementsByTagName("img")) {
      for (const name of ["src", "srcset"]) {
        const kept = `data-${name}`;
        const [from, to] = isIntersecting ? [kept, name] : [name, kept];
        if (!image.hasAttribute(from)) continue;
        image.setAttribute(to, image.getAttribute(from));
        image.removeAttribute(from);
      }
    }
  }
}, { rootMargin: "400% 0px" });

const scrolled = new IntersectionObserver((changes) => { if (changes.at(-1).isIntersecting) more(); }, { rootMargin: "0px 0px 200% 0px" });

/** Return the month that a figure of such a section belongs to, made where it is not there yet. */
function monthLike(section) {
  const key = section.dataset.month;
  const months = [...grid.querySelectorAll(".month")];
  const standing = months.find((month) => month.dataset.month === key);
  if (standing) return standing;
  const made = section.cloneNode(false);
  const shots = document.createElement("div");
  shots.className = "shots";
  made.append(section.querySelector("h2").cloneNode(true), shots);
  const next = timed() ? months.find((month) => comesFirst(key, month.dataset.month)) : null;
  grid.insertBefore(made, next ?? null);
  near.observe(shots);
  return made;
}

/** Put a figure into a month: at the end, or where its date belongs. */
function put(figure, month) {
  figures.get(figure.dataset.imageId)?.remove();
  figures.set(figure.dataset.imageId, figure);
  let shots = month.lastElementChild;
  const last = shots.lastElementChild;
  if (!timed() || !last || !comesFirst(position(figure), position(last))) {
    if (shots.childElementCount >= CHUNK) shots = following(shots);
    shots.append(figure);
    return;
  }
  const next = [...month.querySelectorAll(".shot")].find((other) => comesFirst(position(figure), position(other)));
  next.before(figure);
}

function lastRow(shots) {
  const bottom = shots.lastElementChild.offsetTop;
  const row = [];
  for (let figure = shots.lastElementChild; figure && figure.offsetTop === bottom; figure = figure.previousElementSibling) row.unshift(figure);
  return row;
}

/** Return a chunk after a full one; it takes over the last row, so that the full one ends with a whole row. */
function following(shots) {
  const row = lastRow(shots);
  const made = document.createElement("div");
  made.className = "shots";
  if (row.length < shots.childElementCount) {
    made.append(...row);
    shots.classList.add("full");
  }
  shots.after(made);
  near.observe(made);
  return made;
}

function countMonths() {
  const months = grid.querySelectorAll(".month");
  months.forEach((month, place) => {
    const number = month.querySelectorAll(".shot").length;
    if (number === 0 && held.length === 0) return month.remove();
    const begins = place > 0 || !one("[rel=prev]", pager);
    const ends = place < months.length - 1 || !one("[rel=next]", pager);
    if (begins && ends && timed()) one("small", month).textContent = counted(number);
  });
}

function merge(found) {
  for (const section of found.querySelectorAll(".month")) {
    const month = monthLike(section);
    for (const figure of section.querySelectorAll(".shot")) put(document.adoptNode(figure), month);
  }
}

let held = []; // the last row, while more is to come: it would be laid out anew before people's eyes

function hold() {
  const shots = [...grid.querySelectorAll(".shots")].pop();
  if (!one("[rel=next]", pager) || !shots?.lastElementChild) return;
  const row = lastRow(shots);
  const month = shots.closest(".month");
  const whole = row.length === month.querySelectorAll(".shot").length;
  if (whole && !month.previousElementSibling) return;
  held = row;
  for (const figure of row) figure.remove();
  shots.classList.add("full");
  month.hidden = whole;
}

function release() {
  if (held.length === 0) return;
  const shots = [...grid.querySelectorAll(".shots")].pop();
  shots.classList.remove("full");
  shots.append(...held);
  shots.closest(".month").hidden = false;
  held = [];
}

let loading = false;
async function more() {
  const next = one("[rel=next]", pager);
  if (loading || !next || !grid) return;
  loading = true;
  try {
    const address = new URL(next.href);
    address.searchParams.set("limit", 100);
    const found = await page(address);
    if (!one("#months", found)) return location.assign(next.href); // signed out meanwhile
    release();
    merge(found);
    pager.classList.add("live");
    const after = one(".pager [rel=next]", found);
    if (after) next.href = after.href;
    else next.remove();
    hold();
    countMonths();
    scrolled.unobserve(pager);
    scrolled.observe(pager); // tells again, if the end is still near
  } catch (error) {
    release();
    if (error.wait) setTimeout(more, error.wait * 1000);
    else {
      pager.classList.remove("live"); // its link stays, when the message is gone
      tell("More images could not be loaded.", "Try again", more);
    }
  } finally {
    loading = false;
  }
}

/** Put the figures of some images in their place, as they are now. */
export async function refresh(imageIds) {
  if (!grid) return renew();
  for (let begins = 0; begins < imageIds.length; begins += 100) {
    const ids = imageIds.slice(begins, begins + 100);
    const found = await page(link(`/library/figures?ids=${ids.join()}&sort=${grid.dataset.order}`));
    for (const section of found.querySelectorAll(".month")) {
      for (const figure of section.querySelectorAll(".shot")) {
        const standing = figures.get(figure.dataset.imageId);
        if (!standing && "filtered" in grid.dataset) continue; // it may not hold to the filters
        document.adoptNode(figure);
        if (standing) one("input", figure).checked = one("input", standing).checked;
        if (standing?.isConnected && standing.dataset.at === figure.dataset.at) {
          const focused = standing.contains(document.activeElement);
          standing.replaceWith(figure);
          figures.set(figure.dataset.imageId, figure);
          if (focused) one("a", figure).focus();
        } else {
          put(figure, monthLike(section));
        }
      }
    }
  }
  countMonths();
}

/** Take figures out; return how to put them back. */
export function takeOut(imageIds) {
  const out = imageIds.map((id) => figures.get(id)).filter((figure) => figure?.isConnected);
  const places = out.map((figure) => [figure, figure.closest(".month").cloneNode(false), one("h2", figure.closest(".month")).cloneNode(true)]);
  const all = [...grid.querySelectorAll(".shot")];
  const next = all.slice(all.indexOf(out[0])).find((figure) => !out.includes(figure)) ?? all.find((figure) => !out.includes(figure));
  for (const figure of out) {
    figure.remove();
    figures.delete(figure.dataset.imageId);
  }
  countMonths();
  if (next) one("a", next).focus({ preventScroll: true });
  return (ids) => {
    for (const [figure, section, heading] of places.filter(([one]) => ids.includes(one.dataset.imageId))) {
      section.replaceChildren(heading);
      one("input", figure).checked = false;
      put(figure, monthLike(section));
    }
    countMonths();
  };
}

/** Draw the page anew, without leaving it: uploads may be under way. */
async function renew() {
  const found = await page(location.href);
  one("#main").replaceChildren(...[...one("#main", found).childNodes].map((node) => document.adoptNode(node)));
  start();
}

function start() {
  grid = one("#months");
  if (!grid) return;
  for (const figure of grid.querySelectorAll(".shot")) figures.set(figure.dataset.imageId, figure);
  for (const shots of grid.querySelectorAll(".shots")) near.observe(shots);
  pager = one(".pager");
  pager.classList.add("live");
  hold();
  scrolled.observe(pager);
  begin(one("#grid"), { refresh, takeOut, page });
}

start();
document.addEventListener("janus:ready", (event) => refresh(event.detail).catch(() => {}));
window.addEventListener("resize", () => { for (const shots of document.querySelectorAll(".full")) shots.classList.remove("full"); });
if (one("[data-notice]")) { // it is told once
  const address = new URL(location);
  for (const name of ["done", "images", "refused"]) address.searchParams.delete(name);
  history.replaceState(null, "", address);
}

// Panels: their values and counts are read when the first is opened

let panels = null;
document.addEventListener("toggle", async ({ target }) => {
  const link = target.open && target.dataset?.panel ? one("[data-more] a", target) : null;
  if (!link) return;
  panels ??= page(link.href);
  try {
    const found = one(`[data-panel="${target.dataset.panel}"]`, await panels);
    one(".menu-panel", target).replaceChildren(...[...found.cloneNode(true).childNodes].map((node) => document.adoptNode(node)));
  } catch {
    panels = null; // the link is still there
  }
}, true);

// Keys

const at = () => document.activeElement?.closest(".shot");
const shots = () => [...(grid?.querySelectorAll(".shot") ?? [])];

function go(figure) {
  if (!figure) return;
  one("a", figure).focus({ preventScroll: true });
  figure.scrollIntoView({ block: "nearest" });
}

function step(way) {
  const all = shots();
  const here = at();
  go(here ? all[all.indexOf(here) + way] : all.find((figure) => figure.getBoundingClientRect().bottom > 80));
}

function row(way) {
  const here = at();
  if (!here) return false;
  const all = shots();
  const box = (figure) => figure.getBoundingClientRect();
  const middle = (figure) => box(figure).left + box(figure).width / 2;
  const top = box(here).top;
  let best = null;
  let line = null;
  for (let place = all.indexOf(here) + way; place >= 0 && place < all.length; place += way) {
    const now = box(all[place]).top;
    if (Math.abs(now - top) < 2) continue;
    line ??= now;
    if (Math.abs(now - line) >= 2) break;
    if (!best || Math.abs(middle(all[place]) - middle(here)) < Math.abs(middle(best) - middle(here))) best = all[place];
  }
  go(best);
}

onKey("/", "Search", () => one("#search").focus());
onKey("ArrowRight", "Next image", () => step(1));
onKey("ArrowLeft", "Previous image", () => step(-1));
onKey("ArrowDown", "Image below", () => row(1));
onKey("ArrowUp", "Image above", () => row(-1));
onKey("Enter", "Open the image", () => false);
onKey("x", "Select the image", () => at() && pick(at()));
