"use strict";
// The list of findings: filters, order, pages, links and CSV. Texts of the report are only compared and shown as text,
// never made into markup.
const data = JSON.parse(document.getElementById("data").textContent);
const PAGE = 100;
const COUNT = data.resources.length;
const columns = new Map(data.columns.map((column) => [column.id, column]));
const accounts = new Map(data.accounts);
const element = (id) => document.getElementById(id);
const text = (id, row) => columns.get(id).values[columns.get(id).rows[row]];
const collator = new Intl.Collator("en", { numeric: true });

// What is shown: the value of each filtered column, words, order and page. It is also in the fragment of the address.
const view = { filters: new Map(), words: "", sort: "", down: false, page: 0 };
let order = Uint32Array.from({ length: COUNT }, (_, row) => row);
let shown = order;

// ---- filters ----

let haystacks = null;
function haystack(row) {
  return (haystacks ??= data.resources.map((name, at) => `${data.names[at]}\n${name}`.toLowerCase()))[row];
}

// For each column, which of its values contain the word.
function values_with(word) {
  return data.columns.map((column) => [column.rows, Uint8Array.from(column.values, (value) => {
    const named = column.id === "account" ? `${value}\n${accounts.get(value) ?? ""}` : value;
    return named.toLowerCase().includes(word) ? 1 : 0;
  })]);
}

function has_word(word, values, row) {
  for (const [rows, hits] of values) if (hits[rows[row]]) return true;
  return haystack(row).includes(word);
}

function select_rows() {
  const words = view.words.toLowerCase().split(/\s+/).filter(Boolean).map((word) => [word, values_with(word)]);
  const wanted = [...view.filters].filter(([id]) => columns.has(id))
    .map(([id, value]) => [columns.get(id).rows, columns.get(id).values.indexOf(value)]);
  if (words.length + wanted.length === 0) return order;
  const fits = (row) => {
    for (const [rows, index] of wanted) if (rows[row] !== index) return false;
    for (const [word, values] of words) if (!has_word(word, values, row)) return false;
    return true;
  };
  return order.filter(fits);
}

// ---- order ----

// The rank of each row in a column; the rows are ordered by it.
const ranks = new Map();
function ranks_of(id) {
  if (!ranks.has(id)) {
    const column = columns.get(id);
    const texts = column ? column.values : data.resources;
    const severities = ["error", "warning", "note"];
    const compare = id === "severity" ? (a, b) => severities.indexOf(texts[a]) - severities.indexOf(texts[b])
      : id === "cost" ? costs_compare(column)
      : (a, b) => collator.compare(texts[a], texts[b]);
    const rank = new Uint32Array(texts.length);
    [...texts.keys()].sort(compare).forEach((at, place) => { rank[at] = place; });
    ranks.set(id, column ? Uint32Array.from(column.rows, (at) => rank[at]) : rank);
  }
  return ranks.get(id);
}

// The most expensive first, within each currency: that of most rows first. A cost that is not known comes after all others.
function costs_compare(column) {
  const costs = column.values.map((value) => /^(-?)(<?)([\d,.]+) (\S+)/.exec(value));
  const rows = new Map();
  for (const at of column.rows) if (costs[at]) rows.set(costs[at][4], (rows.get(costs[at][4]) ?? 0) + 1);
  const currencies = [...rows.keys()].sort((a, b) => rows.get(b) - rows.get(a) || collator.compare(a, b));
  const keys = costs.map((cost) => {
    if (!cost) return [Infinity, 0];
    const [, sign, below, amount, currency] = cost;
    const number = below ? 0.005 : parseFloat(amount.replaceAll(",", ""));
    return [currencies.indexOf(currency), sign ? number : -number];
  });
  return (a, b) => {
    if (keys[a][0] !== keys[b][0]) return keys[a][0] < keys[b][0] ? -1 : 1;
    return keys[a][1] - keys[b][1] || collator.compare(column.values[a], column.values[b]);
  };
}

function sort_rows() {
  order = Uint32Array.from({ length: COUNT }, (_, row) => row);
  if (view.sort) {
    const rank = ranks_of(view.sort);
    const sign = view.down ? -1 : 1;
    order.sort((a, b) => sign * (rank[a] - rank[b]) || a - b);
  }
}

// ---- rows ----

function make(tag, content, className) {
  const node = document.createElement(tag);
  if (typeof content === "string") node.textContent = content;
  else node.append(...(content ?? []));
  if (className) node.className = className;
  return node;
}

function link(address, words) {
  const node = make("a", words);
  node.href = address;
  if (!address.startsWith("#")) {
    node.target = "_blank";
    node.rel = "noopener noreferrer";
  }
  return node;
}

// The address of a resource in the console; none if its type or a part of the ARN is not of a known form.
const addresses = new Map(data.console);
const domains = new Map(data.domains);
function console_address(row) {
  const arn = data.resources[row];
  const address = addresses.get(text("type", row));
  const parts = arn.split(":");
  if (!address || parts[0] !== "arn" || parts.length < 6 || !domains.has(parts[1])) return null;
  const resource = parts.slice(5).join(":");
  const values = {
    domain: domains.get(parts[1]),
    region: /^[a-z]{2}(-[a-z]+)+-\d+$/.test(parts[3]) ? parts[3] : "",
    arn: encodeURIComponent(arn),
    name: encodeURIComponent(resource.slice(Math.max(resource.lastIndexOf("/"), resource.lastIndexOf(":")) + 1)),
    path: encodeURIComponent(resource.slice(resource.search(/[/:]/) + 1)),
  };
  const names = [...address.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
  return names.every((name) => values[name]) ? address.replace(/\{(\w+)\}/g, (_, name) => values[name]) : null;
}

function source_address(row) {
  const path = text("path", row);
  if (!data.source || !path || path.startsWith("/") || path.split("/").includes("..")) return null;
  const encoded = path.split("/").map(encodeURIComponent).join("/");
  return data.source.replaceAll("{path}", () => encoded).replaceAll("{line}", () => String(data.lines[row]));
}

function resource_cell(row) {
  const [name, resource] = [data.names[row], data.resources[row]];
  const address = console_address(row);
  const shown_name = name || resource;
  const parts = [address ? link(address, shown_name) : make("b", shown_name), make("small", text("type", row))];
  if (name && name !== resource) parts.push(make("small", resource));
  const path = text("path", row);
  if (path) {
    const place = `${path}:${data.lines[row]}`;
    const source = source_address(row);
    parts.push(make("small", source ? [link(source, place)] : place));
  }
  return parts;
}

function account_cell(row) {
  const id = text("account", row);
  const name = accounts.get(id);
  return [name ?? id, make("small", name ? id : ""), make("small", text("region", row))];
}

function problem_cell(row) {
  const parts = [text("problem", row)];
  const fix = text("instead", row) || text("fix", row);
  if (fix) parts.push(make("small", [make("mark", fix)]));
  if (text("state", row)) parts.push(make("small", text("state", row)));
  return parts;
}

function rule_cell(row) {
  const rule = text("rule", row);
  const at = data.rules.indexOf(rule);
  return [at < 0 ? rule : link(`#rule-${at}`, rule)];
}

function severity_cell(row) {
  const [status, severity] = [text("status", row), text("severity", row)];
  return status === "finding" ? [make("span", severity, severity)] : [make("b", status), make("small", severity)];
}

const shown_columns = [
  ["severity", "Severity", severity_cell],
  ["rule", "Rule", rule_cell],
  ["resource", "Resource", resource_cell],
  ["account", "Account", account_cell],
  ["problem", "Problem and fix", problem_cell],
  ...data.columns.filter((column) => column.group).map((column) => [column.id, column.title, (row) => [text(column.id, row)]]),
];

function show_rows() {
  const pages = Math.max(1, Math.ceil(shown.length / PAGE));
  view.page = Math.min(Math.max(view.page, 0), pages - 1);
  const rows = [...shown.subarray(view.page * PAGE, (view.page + 1) * PAGE)];
  const tr = (row) => make("tr", shown_columns.map(([, , cell]) => make("td", cell(row))));
  element("rows").tBodies[0].replaceChildren(...rows.map(tr));
  element("count").textContent = `${shown.length.toLocaleString("en")} of ${COUNT.toLocaleString("en")} rows`;
  element("page").textContent = `Page ${(view.page + 1).toLocaleString("en")} of ${pages.toLocaleString("en")}`;
  element("previous").disabled = view.page === 0;
  element("next").disabled = view.page === pages - 1;
}

// ---- controls ----

const SELECTS = ["status", "severity", "rule", "type", "account", "region", "key", "state"];
const MOST_OPTIONS = 500;
const selects = new Map();

function make_selects() {
  const groups = data.columns.filter((column) => column.group && column.id !== "cost").map((column) => column.id);
  for (const id of [...SELECTS, ...groups]) {
    const column = columns.get(id);
    if (column.values.length < 2 || column.values.length > MOST_OPTIONS) continue;
    const select = document.createElement("select");
    select.append(new Option("all", ""));
    const label = (value) => accounts.has(value) && id === "account" ? `${accounts.get(value)} (${value})` : value || "(none)";
    const options = column.values.map((value, at) => [label(value), at + 1]).sort((a, b) => collator.compare(a[0], b[0]));
    for (const [words, at] of options) select.append(new Option(words, String(at)));
    select.addEventListener("change", () => {
      if (select.value) view.filters.set(id, column.values[Number(select.value) - 1]);
      else view.filters.delete(id);
      changed();
    });
    selects.set(id, select);
    element("selects").append(make("label", [column.title, select]));
  }
}

function make_heads() {
  element("rows").tHead.rows[0].append(...shown_columns.map(([id, title]) => {
    const button = make("button", title);
    button.type = "button";
    button.addEventListener("click", () => {
      view.down = view.sort === id && !view.down;
      view.sort = id;
      changed();
    });
    const head = make("th", [button]);
    head.scope = "col";
    head.dataset.id = id;
    return head;
  }));
}

// A filter that no control shows, such as a fix, is a button that removes it.
function show_controls() {
  if (element("search").value !== view.words) element("search").value = view.words;
  for (const [id, select] of selects) {
    const at = view.filters.has(id) ? columns.get(id).values.indexOf(view.filters.get(id)) : -1;
    select.value = at < 0 ? "" : String(at + 1);
  }
  element("chips").replaceChildren(...[...view.filters].map(([id, value]) => {
    const title = columns.get(id)?.title ?? id;
    const chip = make("button", `${title}: ${accounts.get(value) ?? value} ✕`);
    chip.type = "button";
    chip.setAttribute("aria-label", `Remove the filter ${title}: ${value}`);
    chip.addEventListener("click", () => {
      view.filters.delete(id);
      changed();
    });
    return chip;
  }));
  for (const head of element("rows").tHead.rows[0].cells) {
    if (head.dataset.id === view.sort) head.setAttribute("aria-sort", view.down ? "descending" : "ascending");
    else head.removeAttribute("aria-sort");
  }
}

// ---- the address ----

function write_address() {
  const parts = new URLSearchParams(view.filters);
  if (view.words) parts.set("q", view.words);
  if (view.sort) parts.set("sort", (view.down ? "-" : "") + view.sort);
  if (view.page > 0) parts.set("page", String(view.page + 1));
  const fragment = parts.toString();
  if (fragment === "" && !location.hash.includes("=")) return;
  history.replaceState(null, "", `#${fragment || "findings"}`);
}

// Returns whether the fragment says what to show; otherwise it names a section.
function read_address() {
  const fragment = location.hash.slice(1);
  if (!fragment.includes("=")) return false;
  view.filters = new Map();
  [view.words, view.sort, view.down, view.page] = ["", "", false, 0];
  for (const [name, value] of new URLSearchParams(fragment)) {
    if (name === "q") view.words = value;
    else if (name === "page") view.page = (parseInt(value, 10) || 1) - 1;
    else if (name === "sort") {
      view.down = value.startsWith("-");
      const id = view.down ? value.slice(1) : value;
      view.sort = shown_columns.some(([known]) => known === id) ? id : "";
    } else if (columns.has(name) && (name !== "status" || columns.get(name).values.length > 1)) {
      view.filters.set(name, value);
    }
  }
  return true;
}

let sorted_by = "";
function update() {
  const sorted = `${view.down}${view.sort}`;
  if (sorted !== sorted_by) sort_rows();
  sorted_by = sorted;
  shown = select_rows();
  show_rows();
  show_controls();
}

function changed() {
  view.page = 0;
  update();
  write_address();
}

function turn(by) {
  view.page += by;
  show_rows();
  write_address();
  element("list").scrollIntoView();
}

// ---- CSV ----

// A cell that no spreadsheet reads as a formula, as in the CSV report.
function csv_cell(value) {
  const guarded = value.replace(/(^|;)(["\s]*)([=+\-@\t\r＝＋－＠﹦﹢﹣﹫−])/g, "$1$2'$3");
  return `"${guarded.replaceAll('"', '""')}"`;
}

function csv() {
  const lines = [[...data.columns.map((column) => column.title), "Line", "Name", "Resource"].map(csv_cell).join(",")];
  for (const row of shown) {
    const cells = data.columns.map((column) => column.values[column.rows[row]]);
    cells.push(String(data.lines[row] || ""), data.names[row], data.resources[row]);
    lines.push(cells.map(csv_cell).join(","));
  }
  return `${lines.join("\r\n")}\r\n`;
}

async function copy() {
  const button = element("copy");
  let words = `Copied ${shown.length.toLocaleString("en")} rows`;
  try {
    await navigator.clipboard.writeText(csv());
  } catch {
    // Without access to the clipboard the text is shown, selected.
    const area = make("textarea", csv());
    area.setAttribute("aria-label", "CSV");
    element("chips").replaceChildren(area);
    area.select();
    words = "Copy the text below";
  }
  button.textContent = words;
  setTimeout(() => { button.textContent = "Copy as CSV"; }, 3000);
}

// ---- start ----

make_selects();
make_heads();
element("list").hidden = false;
const linked = read_address();
update();
if (linked) element("findings").scrollIntoView();
element("search").addEventListener("input", () => {
  view.words = element("search").value;
  changed();
});
element("previous").addEventListener("click", () => turn(-1));
element("next").addEventListener("click", () => turn(1));
element("clear").addEventListener("click", () => {
  view.filters = new Map();
  view.words = "";
  changed();
});
element("copy").addEventListener("click", copy);
addEventListener("hashchange", () => {
  if (!read_address()) return;
  update();
  element("findings").scrollIntoView();
});
// The first search would otherwise wait for this.
if (COUNT > 0) setTimeout(() => haystack(0), 200);
