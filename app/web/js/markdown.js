import { button, h } from "./dom.js";

const RULES = [
  { type: "rule", starts: /^ {0,3}([-*_])(?: *\1){2,} *$/ },
  { type: "heading", starts: /^ {0,3}(#{1,6}) +(.*?)(?: +#+)? *$/ },
  { type: "quote", starts: /^ {0,3}> ?/ },
  { type: "list", starts: /^ {0,3}(?:[-*+]|\d{1,9}[.)]) +\S/ },
];
const FENCE = /^ {0,3}(`{3,}|~{3,}) *([\w+#.-]*)[^`]*$/;
/** Longer paragraphs stay plain text: looking for marks costs the square of the length at worst. */
const LONGEST_MARKED = 10_000;
const ITEM = /^( *)(?:[-*+]|(\d{1,9})[.)]) +(.*)$/;
const TABLE_RULE = /^ *\|?(?: *:?-+:? *\|)+(?: *:?-+:? *)?$/;

/**
 * Shows the text as light Markdown, made of nodes only. Blocks that did not change since the last call stay as they
 * are, so that a growing answer costs its last paragraph and a selection in the rest holds.
 */
export function renderMarkdown(container, text) {
  const blocks = blocksOf(text);
  blocks.forEach((block, at) => {
    const source = block.lines.join("\n");
    const present = container.children[at];
    if (present?.source === source) return;
    const node = nodeOf(block);
    node.source = source;
    if (present) present.replaceWith(node);
    else container.append(node);
  });
  while (container.children.length > blocks.length) container.lastElementChild.remove();
}

/** The text cut into blocks of lines, each with its type. */
function blocksOf(text) {
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  const blocks = [];
  let at = 0;
  while (at < lines.length) {
    if (lines[at].trim() === "") at += 1;
    else {
      const block = blockAt(lines, at);
      blocks.push(block);
      at += block.lines.length;
    }
  }
  return blocks;
}

function blockAt(lines, at) {
  const [fence, marks, language] = FENCE.exec(lines[at]) ?? [];
  if (fence)
    return { type: "code", language, lines: until(lines, at, (_, n) => n > at + 1 && closes(marks, lines[n - 1])) };
  if (lines[at].includes("|") && TABLE_RULE.test(lines[at + 1])) {
    return { type: "table", lines: until(lines, at, (line) => !line.includes("|")) };
  }
  const type = typeOf(lines[at]) ?? "paragraph";
  if (type === "rule" || type === "heading") return { type, lines: [lines[at]] };
  const ends = type === "list" ? endsList : endsText;
  return { type, lines: until(lines, at, (line, n) => n > at && (line.trim() === "" || ends(type, line, lines[at]))) };
}

/** What a line begins; undefined when it begins nothing. */
function typeOf(line) {
  return FENCE.test(line) ? "code" : RULES.find(({ starts }) => starts.test(line))?.type;
}

function closes(fence, line) {
  return line.trim().startsWith(fence) && /^[`~]+$/.test(line.trim());
}

function endsText(type, line) {
  const next = typeOf(line);
  return next !== undefined && next !== type;
}

/** Indented lines belong to the item above; an item with another kind of mark begins a list of its own. */
function endsList(type, line, first) {
  if (line.startsWith("  ")) return false;
  return endsText(type, line) || (typeOf(line) === "list" && isNumbered(line) !== isNumbered(first));
}

function isNumbered(line) {
  return /^ *\d/.test(line);
}

function until(lines, from, ends) {
  let to = from;
  while (to < lines.length && !ends(lines[to], to)) to += 1;
  return lines.slice(from, to);
}

function nodeOf(block) {
  const text = block.lines.join("\n");
  switch (block.type) {
    case "rule":
      return h("hr");
    case "heading": {
      const [, marks, words] = RULES[1].starts.exec(text);
      return h(`h${Math.min(6, marks.length + 2)}`, {}, inline(words));
    }
    case "quote": {
      const quote = h("blockquote");
      renderMarkdown(quote, block.lines.map((line) => line.replace(RULES[2].starts, "")).join("\n"));
      return quote;
    }
    case "list":
      return listOf(block.lines);
    case "code":
      return codeOf(block);
    case "table":
      return tableOf(block.lines);
    default:
      return h("p", {}, inline(text));
  }
}

function codeOf({ language, lines }) {
  const closed = lines.length > 1 && FENCE.test(lines.at(-1)) && closes(lines[0].trim().slice(0, 3), lines.at(-1));
  const text = lines.slice(1, closed ? -1 : undefined).join("\n");
  const copy = button("Copy", {
    icon: "copy",
    kind: "ghost small",
    onclick: () => navigator.clipboard?.writeText(text),
  });
  return h(
    "figure",
    { class: "code" },
    h("figcaption", {}, h("span", {}, language || "text"), copy),
    h("pre", { tabindex: "0" }, h("code", {}, text)),
  );
}

/** A list with one level below it. */
function listOf(lines) {
  const items = itemsOf(lines);
  const { number } = items[0];
  const list = number === undefined ? h("ul") : h("ol", { start: number });
  list.append(...items.map(({ words, below }) => h("li", {}, inline(words), below.length > 0 && listOf(below))));
  return list;
}

/** The items of a list whose first line is one; lines that are no item go on with the item before. */
function itemsOf(lines) {
  const items = [];
  for (const line of lines) {
    const item = ITEM.exec(line);
    const last = items.at(-1);
    if (item && (!last || item[1].length < 2)) items.push({ number: item[2], words: item[3], below: [] });
    else if (item || last.below.length) last.below.push(line.trimStart());
    else last.words += `\n${line.trim()}`;
  }
  return items;
}

function tableOf(lines) {
  const cells = (line) =>
    line
      .trim()
      .replace(/^\||\|$/g, "")
      .split("|")
      .map((cell) => inline(cell.trim()));
  const row = (line, tag) =>
    h(
      "tr",
      {},
      cells(line).map((cell) => h(tag, {}, cell)),
    );
  const table = h(
    "table",
    {},
    h("thead", {}, row(lines[0], "th")),
    h(
      "tbody",
      {},
      lines.slice(2).map((line) => row(line, "td")),
    ),
  );
  return h("div", { class: "table", tabindex: "0" }, table);
}

const INLINE = [
  { pattern: /(`+)(.+?)\1/s, node: (match) => h("code", {}, match[2].trim()) },
  { pattern: /\*\*(?=\S)(.+?\S|\S)\*\*/s, node: (match) => h("strong", {}, inline(match[1])) },
  { pattern: /(?<![\w*])\*(?=[^\s*])(.+?)(?<=\S)\*(?!\w)/s, node: (match) => h("em", {}, inline(match[1])) },
  { pattern: /(?<!\w)_(?=\S)(.+?)(?<=\S)_(?!\w)/s, node: (match) => h("em", {}, inline(match[1])) },
  { pattern: /~~(?=\S)(.+?)~~/s, node: (match) => h("del", {}, inline(match[1])) },
  { pattern: /\[([^\][]+)\]\(((?:[^\s()]|\([^\s()]*\))+)\)/, node: (match) => link(match[2], match[1]) },
  { pattern: /https?:\/\/[^\s<>"')\]]*[^\s<>"')\].,;:!?]/, node: (match) => link(match[0], match[0]) },
];

/** Text with emphasis, code and links, as a fragment. */
function inline(text) {
  const part = document.createDocumentFragment();
  if (text.length > LONGEST_MARKED) {
    part.append(text);
    return part;
  }
  let rest = text;
  for (let found = firstOf(rest); found; found = firstOf(rest)) {
    const { match, node } = found;
    part.append(rest.slice(0, match.index), node(match));
    rest = rest.slice(match.index + match[0].length);
  }
  part.append(rest);
  return part;
}

function firstOf(text) {
  const matches = INLINE.map(({ pattern, node }) => ({ match: pattern.exec(text), node })).filter(({ match }) => match);
  return matches.sort((one, other) => one.match.index - other.match.index)[0];
}

/** A link to the web; any other scheme stays text. */
function link(address, words) {
  if (!/^https?:/i.test(address)) return words;
  return h("a", { href: address, target: "_blank", rel: "noopener noreferrer nofollow" }, words);
}
