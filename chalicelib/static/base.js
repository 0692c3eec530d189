// What every page has: the fonts, requests to the server, messages, menus that close, and the list of keys.

const root = document.body.dataset.root;
const token = document.body.dataset.formToken;

const fonts = document.createElement("link");
fonts.rel = "stylesheet";
fonts.href = new URL("fonts.css", import.meta.url);
document.head.append(fonts);

export const UNREACHED = "You seem to be offline. Check the connection, then try again.";

/** Return a number of images in words. */
export const counted = (number) => (number === 1 ? "1 image" : `${number.toLocaleString("en")} images`);

/** Call a route of the API under its path for scripts; the answer's JSON, or an Error with the problem's words. */
export async function request(method, path, body) {
  const headers = method === "GET" ? {} : { "X-Form-Token": token };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(`${root}/_${path}`, { method, headers, body: body && JSON.stringify(body) });
  } catch {
    throw Object.assign(new Error(UNREACHED), { code: "offline" });
  }
  const isJson = /json/.test(answer.headers.get("Content-Type"));
  const data = isJson ? await answer.json() : {};
  if (!answer.ok) {
    const wait = Number(answer.headers.get("Retry-After")) || 0;
    throw Object.assign(new Error(data.detail || "Something went wrong. Try again."), { code: data.code, status: answer.status, wait });
  }
  return data;
}

/** Return the address of a page of ours. */
export const link = (path) => root + path;

/** Show a message for a while; with an action, it stays longer. */
export function tell(words, label, act) {
  const toast = document.createElement("div");
  toast.className = "toast";
  toast.append(words);
  if (label) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = label;
    button.addEventListener("click", () => { toast.remove(); act(); });
    toast.append(button);
  }
  document.getElementById("toasts").append(toast);
  setTimeout(() => toast.remove(), label ? 12000 : 5000);
}

const OFFLINE = "You are offline. This page keeps its content; try again once you are connected.";

function tellOffline() {
  if (document.getElementById("offline")) return;
  const words = document.createElement("p");
  words.id = "offline";
  words.className = "toast";
  words.textContent = OFFLINE;
  document.getElementById("toasts").append(words);
}

addEventListener("offline", tellOffline);
addEventListener("online", () => document.getElementById("offline")?.remove());
if (!navigator.onLine) tellOffline();

// a form that cannot be sent keeps its texts: the browser's own page for this would lose them
document.addEventListener("submit", (event) => {
  if (!navigator.onLine && event.target.method !== "dialog") {
    event.preventDefault();
    tell(OFFLINE);
  }
});

// a page that the browser kept is not shown again once its session has ended: not each browser heeds Clear-Site-Data
const SESSION = "janus-session";
try {
  if (token) localStorage.setItem(SESSION, "open");
  else localStorage.removeItem(SESSION);
  addEventListener("pageshow", (event) => {
    if (event.persisted && token && !localStorage.getItem(SESSION)) location.reload();
  });
} catch { /* a browser that keeps nothing, keeps no pages either */ }

/** Tell whether somebody is typing, so that letters are no shortcuts. */
export const isTyping = (event) =>
  event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]") !== null || event.ctrlKey || event.metaKey || event.altKey;

const keys = new Map();
const NAMES = { ArrowRight: "→", ArrowLeft: "←", ArrowDown: "↓", ArrowUp: "↑", Escape: "Esc" };

/** Give a key an action, and a line in the list of keys; an action that returns false leaves the key alone. */
export function onKey(key, words, act) {
  keys.set(key, { words, act });
}

function showKeys() {
  const dialog = document.createElement("dialog");
  dialog.setAttribute("aria-labelledby", "keys-title");
  const list = [...keys].map(([key, { words }]) => `<dt><kbd></kbd></dt><dd></dd>`).join("");
  dialog.innerHTML = `<h2 id="keys-title">Keyboard shortcuts</h2><dl class="keys">${list}</dl><form method="dialog"><button class="button" autofocus>Close</button></form>`;
  dialog.querySelectorAll("kbd").forEach((kbd, place) => { const key = [...keys.keys()][place]; kbd.textContent = NAMES[key] ?? key; });
  dialog.querySelectorAll("dd").forEach((line, place) => { line.textContent = [...keys.values()][place].words; });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

onKey("?", "Show these shortcuts", showKeys);

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || isTyping(event) || document.querySelector("dialog[open]")) return;
  const found = keys.get(event.key);
  if (found && found.act(event) !== false) event.preventDefault();
});

for (const menu of document.querySelectorAll("details.menu")) {
  document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.open) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
}

for (const button of document.querySelectorAll("[data-keys]")) {
  button.hidden = false;
  button.addEventListener("click", showKeys);
}
