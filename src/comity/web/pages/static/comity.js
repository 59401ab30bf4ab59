// What pages do beyond HTML: suggestions for the search, sorting, copying, charts that answer.
// Every page works without this file.
"use strict";

const $$ = (chosen, within = document) => [...within.querySelectorAll(chosen)];

// ---- The search: countries as one types, the second after "and".
const JOINT = /\s+(?:and|und|et|y|with|vs\.?|versus)\s+|\s*[,;&/+–—]\s*/i;
const fold = (words) => words.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
let countries = null;

async function load() {
  countries ??= fetch("/countries.json").then((answer) => answer.json());
  return countries;
}

function combobox(form, number) {
  const input = form.querySelector("input");
  const list = document.createElement("ul");
  list.className = "choices";
  list.id = `choices-${number}`;
  list.role = "listbox";
  list.hidden = true;
  list.setAttribute("aria-label", "Countries");
  form.append(list);
  const about = { role: "combobox", "aria-expanded": "false", "aria-autocomplete": "list", "aria-controls": list.id, autocomplete: "off" };
  for (const [name, value] of Object.entries(about)) input.setAttribute(name, value);
  let chosen = -1;

  const close = () => {
    list.hidden = true;
    chosen = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const point = (to) => {
    const items = $$("li", list);
    chosen = (to + items.length) % items.length;
    items.forEach((item, place) => item.setAttribute("aria-selected", String(place === chosen)));
    input.setAttribute("aria-activedescendant", items[chosen].id);
    items[chosen].scrollIntoView({ block: "nearest" });
  };
  const take = (item) => {
    input.value = item.dataset.words;
    if (item.dataset.href) return location.assign(item.dataset.href);
    input.value += " and ";
    input.focus();
    return offer();
  };
  async function offer() {
    const known = await load();
    const typed = input.value;
    const cut = typed.split(JOINT);
    const last = fold(cut.at(-1).trim());
    const whole = fold(typed.trim());
    let first = null;
    if (cut.length > 1) {
      const before = fold(typed.slice(0, typed.length - cut.at(-1).length).replace(/(\s+(and|und|et|y|with|vs\.?|versus)\s+|\s*[,;&/+–—]\s*)$/i, ""));
      first = known.find((c) => fold(c.name) === before || c.code.toLowerCase() === before || c.also.some((n) => fold(n) === before));
    }
    const sought = first ? last : whole;
    if (!sought && !first) return close();
    const rank = (c) => {
      const name = fold(c.name);
      if (name.startsWith(sought)) return 0;
      if (name.split(/[\s-]/).some((word) => word.startsWith(sought))) return 1;
      return c.also.some((n) => fold(n).startsWith(sought)) || c.code.toLowerCase() === sought ? 2 : 9;
    };
    const found = known
      .filter((c) => c !== first)
      .map((c) => [rank(c), c])
      .filter(([place]) => place < 9)
      .sort((a, b) => a[0] - b[0] || a[1].name.localeCompare(b[1].name))
      .slice(0, 8)
      .map(([, c]) => c);
    list.replaceChildren(
      ...found.map((c, place) => {
        const item = document.createElement("li");
        item.id = `${list.id}-${place}`;
        item.role = "option";
        item.setAttribute("aria-selected", "false");
        const words = first ? `${first.name} and ${c.name}` : c.name;
        item.dataset.words = words;
        if (first) item.dataset.href = `/pairs/${first.code}/${c.code}`;
        const name = document.createElement("b");
        name.textContent = c.name;
        item.append(first ? `${first.name} and ` : "", name, first ? "" : " and …");
        item.addEventListener("pointerdown", (event) => { event.preventDefault(); take(item); });
        return item;
      }),
    );
    chosen = -1;
    input.removeAttribute("aria-activedescendant");
    list.hidden = !found.length;
    input.setAttribute("aria-expanded", String(Boolean(found.length)));
  }
  input.addEventListener("input", offer);
  input.addEventListener("focus", load, { once: true });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return close();
    if (list.hidden) return undefined;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      return point(event.key === "ArrowDown" ? chosen + 1 : Math.max(chosen, 0) - 1);
    }
    if ((event.key === "Enter" || event.key === "Tab") && chosen >= 0) {
      event.preventDefault();
      return take($$("li", list)[chosen]);
    }
    return undefined;
  });
}
$$("form.find").forEach(combobox);
document.addEventListener("keydown", (event) => {
  const typing = /^(input|select|textarea)$/i.test(event.target.tagName) || event.ctrlKey || event.metaKey || event.altKey;
  if (event.key !== "/" || typing) return;
  event.preventDefault();
  (document.querySelector("main form.find input") ?? document.querySelector("form.find input"))?.focus();
});

// ---- Tables that sort where they stand; without scripts the same headings are links.
function sortable(table) {
  const body = table.tBodies[0];
  $$("thead a[data-column]", table).forEach((link) => {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const head = link.closest("th");
      const column = [...head.parentElement.children].indexOf(head);
      const numbers = head.classList.contains("n");
      const now = head.getAttribute("aria-sort");
      const up = now ? now !== "ascending" : !numbers;
      const key = (row) => {
        const cell = row.children[column];
        const value = cell.dataset.value ?? cell.textContent;
        return numbers ? (value === "" ? null : Number(value)) : value;
      };
      const rows = [...body.rows].sort((one, other) => {
        const [x, y] = [key(one), key(other)];
        if (x === null || y === null) return (x === null) - (y === null);
        return (numbers ? x - y : x.localeCompare(y)) * (up ? 1 : -1);
      });
      body.append(...rows);
      $$("thead th", table).forEach((th) => th.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
    });
  });
}
$$("table.sorts").forEach(sortable);

// ---- Copying a citation or a link.
$$("[data-copy]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const before = button.textContent;
    const from = document.getElementById(button.dataset.copy);
    const words = from.href ?? from.textContent.trim();
    try {
      await navigator.clipboard.writeText(words);
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(from);
      button.textContent = "Selected";
    }
    setTimeout(() => { button.textContent = before; }, 1600);
  });
});

// ---- Charts that answer: the engine comes with the first chart that is pointed at.
let engine = null;
const start = () => {
  engine ??= new Promise((done, failed) => {
    const script = document.createElement("script");
    script.src = document.body.dataset.engine;
    script.onload = () => done(window.vegaEmbed);
    script.onerror = failed;
    document.head.append(script);
  });
  return engine;
};
const tip = document.createElement("div");
tip.className = "tip";
tip.hidden = true;
tip.setAttribute("aria-hidden", "true");
document.body.append(tip);

function tell(_handler, event, _item, words) {
  tip.hidden = !words;
  if (!words) return;
  tip.textContent = words;
  const { width, height } = tip.getBoundingClientRect();
  tip.style.left = `${Math.max(4, Math.min(event.clientX + 14, innerWidth - width - 8))}px`;
  tip.style.top = `${event.clientY + height + 24 > innerHeight ? event.clientY - height - 12 : event.clientY + 18}px`;
}

async function enliven(figure) {
  if (figure.dataset.live) return;
  figure.dataset.live = "waiting";
  const plot = figure.querySelector(".plot");
  const shown = plot.querySelector("picture");
  try {
    const size = shown.querySelector("img").currentSrc.includes("narrow") ? "narrow" : "wide";
    const [embed, spec] = await Promise.all([start(), fetch(figure.dataset.spec.replace("SIZE", size)).then((answer) => answer.json())]);
    const home = document.createElement("div");
    await embed(home, spec, { actions: false, renderer: "svg", ast: true, defaultStyle: false, tooltip: tell });
    const drawn = home.querySelector("svg");
    drawn.removeAttribute("width");
    drawn.removeAttribute("height");
    drawn.setAttribute("role", "img");
    drawn.setAttribute("aria-label", shown.querySelector("img").alt);
    shown.hidden = true;
    plot.append(home);
    figure.dataset.live = "yes";
  } catch {
    figure.dataset.live = "no";
  }
}
function arm(figure) {
  const plot = figure.querySelector(".plot");
  for (const kind of ["pointerenter", "touchstart"]) {
    plot.addEventListener(kind, () => enliven(figure), { once: true, passive: true });
  }
}
$$("figure[data-spec]").forEach(arm);
// A turned phone or a resized window gets the picture of the other width back.
matchMedia("(max-width: 37rem), (min-width: 46rem) and (max-width: 70rem)").addEventListener("change", () => {
  for (const figure of $$("figure[data-live]")) {
    $$(".plot > div", figure).forEach((drawn) => drawn.remove());
    figure.querySelector("picture").hidden = false;
    delete figure.dataset.live;
    arm(figure);
  }
});
document.addEventListener("scroll", () => { tip.hidden = true; }, { passive: true });

// ---- Paper is light, but browsers print the picture that is on the screen: the style turns dark ones.
addEventListener("beforeprint", () => {
  for (const drawn of $$(".plot picture img")) drawn.classList.toggle("dark", drawn.currentSrc.includes("-dark"));
});
