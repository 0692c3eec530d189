// What was found in an image's picture: boxes that are switched by kind, and selected together with their lines.

const frame = document.querySelector(".frame");
const switches = new Map([...document.querySelectorAll(".switches button")].map((one) => [one.dataset.kind, one]));
const layer = document.createElement("div");
layer.className = "boxes";
layer.setAttribute("aria-hidden", "true"); // the lines of the list say the same, and are buttons

const NAMES = { face: "Face" };
const [GAP, EDGE] = [6, 4]; // px between a box and its label, and by which that stands out at a side, as in seen.css
const LEAST = 60; // px of a label that are worth reading
const isOn = (button) => button.getAttribute("aria-pressed") === "true";
const press = (button, on) => button.setAttribute("aria-pressed", String(Boolean(on)));

function drawn(kind, told, words) {
  const [left, top, width, height] = told.split(" ").map(Number);
  const box = document.createElement("div");
  const label = document.createElement("span");
  box.className = "box";
  box.style = `left:${left}%;top:${top}%;width:${width}%;height:${height}%`;
  label.className = "box-label";
  label.textContent = NAMES[kind] ?? words;
  box.append(label);
  return box;
}

/** A line of the list as a button, with its boxes. */
function linked(line) {
  const { kind, boxes: told } = line.dataset;
  const words = line.querySelector("dd");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "line";
  button.setAttribute("aria-label", `${line.firstElementChild.textContent} ${words.textContent}`);
  press(button, false);
  const boxes = told.split("|").map((one) => drawn(kind, one, words.firstChild.textContent.trim()));
  button.append(...words.childNodes);
  words.append(button);
  return { kind, button, boxes };
}

const lines = [...document.querySelectorAll("#seen [data-boxes]")].map(linked);

/** Show the boxes of the kinds that are on, and those of the selected line; labels where there is room. */
function show() {
  for (const { kind, button, boxes } of lines) {
    for (const box of boxes) {
      box.hidden = !isOn(switches.get(kind)) && !isOn(button);
      box.classList.toggle("on", isOn(button));
    }
  }
  place();
  const kinds = [...switches].filter(([, button]) => isOn(button)).map(([kind]) => kind);
  history.replaceState({ ...history.state, seen: kinds }, "");
}

/** Put each label above its box or below it, to its left or its right; hide those that would cover another. */
function place() {
  const room = layer.getBoundingClientRect();
  const shown = lines.flatMap(({ boxes }) => boxes).filter((box) => !box.hidden);
  for (const box of shown) box.firstChild.removeAttribute("style"); // as wide as they like
  const taken = shown.map((box) => box.getBoundingClientRect());
  const sizes = shown.map((box) => box.firstChild.getBoundingClientRect());
  shown.forEach((box, number) => {
    const { left, right, top, bottom } = taken[number];
    const { width, height } = sizes[number];
    const places = [];
    for (const [end, y] of [["", top - GAP - height], ["below", bottom + GAP]]) {
      for (const [side, wide] of [["", room.right - left], ["late", right - room.left]]) {
        const own = Math.min(width, wide);
        const x = side ? right + EDGE - own : left - EDGE;
        places.push({ end, side, wide, left: x, right: x + own, top: y, bottom: y + height });
      }
    }
    const isWithin = (one) => one.top >= room.top && one.bottom <= room.bottom && one.wide >= Math.min(width, LEAST);
    const isFree = (one) => !taken.some((other, place) => place !== number
      && one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom);
    const within = places.filter(isWithin);
    const free = within.find(isFree);
    const chosen = free ?? within[0] ?? places[0];
    if (free) taken.push(free);
    box.firstChild.className = `box-label ${chosen.end} ${chosen.side} ${free ? "" : "crowded"}`;
    box.firstChild.style.setProperty("--room", `${chosen.wide}px`);
  });
}

/** Select a line, or none; what is out of sight then, of line and picture, comes into sight. */
function select(chosen, wanted) {
  for (const line of lines) press(line.button, line === chosen && !isOn(line.button));
  show();
  if (chosen && isOn(chosen.button)) wanted(chosen).scrollIntoView({ block: "nearest" });
}

const isBeside = () => getComputedStyle(frame.closest(".stage")).position === "sticky";
for (const line of lines) {
  line.button.addEventListener("click", () => select(line, () => frame));
  for (const box of line.boxes) {
    box.addEventListener("click", () => select(line, () => (isBeside() ? line.button : frame)));
    layer.append(box);
  }
}
for (const [kind, button] of switches) {
  press(button, history.state?.seen?.includes(kind));
  button.addEventListener("click", () => {
    press(button, !isOn(button));
    for (const line of lines) if (line.kind === kind) press(line.button, false);
    show();
  });
}
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && lines.some(({ button }) => isOn(button))) select(null);
});
frame.append(layer);
document.querySelector(".switches").classList.add("live");
show();
new ResizeObserver(place).observe(frame);
