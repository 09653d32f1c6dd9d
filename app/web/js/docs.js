import { Schemas } from "./docs-schema.js";
import { codeBlock, requestForm, tokenField } from "./docs-request.js";
import { fill, h } from "./dom.js";
import { icon } from "./icons.js";
import { renderMarkdown } from "./markdown.js";

const METHODS = ["get", "post", "patch", "put", "delete"];
/** From here on the list of operations stands beside them. */
const WIDE = "(min-width: 861px)";
const PROBLEM = "application/problem+json";

/** Every operation of the document under its tag, in the document's order. */
function operationsByTag(api) {
  const byTag = new Map();
  for (const [path, item] of Object.entries(api.paths)) {
    for (const method of METHODS.filter((name) => name in item)) {
      const operation = operationOf(path, method, item[method]);
      if (!byTag.has(operation.tag)) byTag.set(operation.tag, []);
      byTag.get(operation.tag).push(operation);
    }
  }
  return byTag;
}

function operationOf(path, method, described) {
  const good = Object.entries(described.responses).filter(([status]) => status < 400);
  return {
    path,
    method,
    id: described.operationId,
    tag: described.tags?.[0] ?? "other",
    description: described.description ?? described.summary ?? "",
    parameters: described.parameters ?? [],
    requestBody: described.requestBody,
    responses: Object.entries(described.responses).sort(([one], [other]) => one - other),
    secured: (described.security ?? []).length > 0,
    streams: good.some(([, response]) => response.content?.["text/event-stream"]),
  };
}

/** One operation, folded; what is in it is made when it is opened first. */
function operationView(operation, schemas) {
  const inside = h("div", { class: "operation-inside" });
  const details = h(
    "details",
    {
      class: "operation",
      id: operation.id,
      ontoggle: () => {
        if (details.open && !inside.hasChildNodes()) fill(inside, ...operationParts(operation, schemas));
      },
    },
    h(
      "summary",
      {},
      h("span", { class: "method", "data-method": operation.method }, operation.method),
      h("code", { class: "path" }, ...breakable(operation.path)),
      h("span", { class: "sentence" }, plain(firstSentence(operation.description))),
    ),
    inside,
  );
  return details;
}

function operationParts(operation, schemas) {
  const more = operation.description.slice(firstSentence(operation.description).length).trim();
  const body = operation.requestBody?.content?.["application/json"]?.schema;
  return [
    more && prose(more),
    operation.secured && h("p", { class: "quiet with-icon" }, icon("user"), "Needs an access token."),
    operation.parameters.length > 0 && [
      h("h4", {}, "Parameters"),
      h(
        "ul",
        { class: "schema" },
        operation.parameters.map((one) =>
          schemas.row(`${one.name}`, one.schema ?? {}, { required: one.required, description: one.description }),
        ),
      ),
    ],
    body && [h("h4", {}, `Body: ${schemas.typeOf(body)}`), described(body, schemas), schemas.fields(body)],
    h("h4", {}, "Responses"),
    goodResponses(operation, schemas),
    h("h4", {}, "Errors"),
    errors(operation),
    h("h4", {}, "Try it"),
    requestForm(operation, schemas),
  ]
    .flat()
    .filter(Boolean);
}

function described(schema, schemas) {
  const words = schemas.resolve(schema).description;
  return words && prose(words);
}

function goodResponses(operation, schemas) {
  return operation.responses
    .filter(([status]) => status < 400)
    .map(([status, response]) =>
      h(
        "div",
        { class: "response" },
        h("p", {}, h("span", { class: "status" }, status), ` ${response.description}`),
        Object.entries(response.content ?? {}).flatMap(([media, { schema }]) => [
          h("p", { class: "quiet" }, h("code", {}, media), ` ${schemas.typeOf(schema)}`),
          schemas.fields(schema),
        ]),
      ),
    );
}

function errors(operation) {
  return h(
    "ul",
    { class: "errors" },
    operation.responses
      .filter(([status]) => status >= 400)
      .map(([status, response]) => h("li", {}, h("span", { class: "status bad" }, status), ` ${response.description}`)),
  );
}

/** How every error looks, once for all operations. */
function problemSection(api, schemas) {
  const schema = { $ref: "#/components/schemas/Problem" };
  const code = h("code", {}, JSON.stringify(schemas.example(schema), null, 2));
  return h(
    "section",
    { id: "errors" },
    h("h2", {}, "Errors"),
    h("p", {}, "Every error is one JSON object (RFC 9457), sent as ", h("code", {}, PROBLEM), "."),
    schemas.fields(schema),
    codeBlock("Problem", code),
  );
}

function sidebar(byTag) {
  const list = h("nav", { "aria-label": "Operations" });
  for (const [tag, operations] of byTag) {
    list.append(
      h(
        "section",
        {},
        h("h2", {}, capital(tag)),
        operations.map(({ id, method, path }) =>
          h(
            "a",
            { href: `#${id}`, "data-words": `${method} ${path} ${id} ${tag}`.toLowerCase() },
            h("span", { class: "method", "data-method": method }, method === "delete" ? "del" : method),
            h("span", { class: "nav-name" }, id.replaceAll("_", " ")),
          ),
        ),
      ),
    );
  }
  list.append(h("section", {}, h("a", { href: "#errors", "data-words": "errors problem" }, "Errors")));
  const wide = matchMedia(WIDE);
  const fold = h(
    "details",
    { open: wide.matches },
    h("summary", {}, icon("menu"), "Operations"),
    h("div", {}, filterField(list), list),
  );
  wide.addEventListener("change", () => {
    fold.open = wide.matches;
  });
  list.addEventListener("click", (event) => {
    if (event.target.closest("a") && !wide.matches) fold.open = false;
  });
  return h("aside", {}, fold);
}

function filterField(list) {
  const input = h("input", {
    type: "search",
    placeholder: "Find an operation",
    "aria-label": "Find an operation",
    oninput: () => {
      const wanted = input.value.trim().toLowerCase().split(/\s+/);
      for (const link of list.querySelectorAll("a")) {
        link.hidden = !wanted.every((word) => link.dataset.words.includes(word));
      }
      for (const section of list.children) section.hidden = !section.querySelector("a:not([hidden])");
    },
  });
  return h("div", { class: "search" }, icon("search"), input);
}

/** The operation that the address names is open and in sight. */
function reveal() {
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (named instanceof HTMLDetailsElement) named.open = true;
  named?.scrollIntoView();
  for (const link of document.querySelectorAll("aside a")) {
    if (link.hash === location.hash) {
      link.setAttribute("aria-current", "true");
      link.scrollIntoView({ block: "nearest" });
    } else link.removeAttribute("aria-current");
  }
}

function page(api) {
  const schemas = new Schemas(api);
  const byTag = operationsByTag(api);
  return [
    h(
      "header",
      { class: "docs-bar" },
      h("a", { class: "brand", href: "./" }, h("img", { src: "web/icon.svg", alt: "", width: 26, height: 26 }), api.info.title),
      h("span", { class: "quiet" }, `API ${api.info.version}`),
      h("a", { class: "button small", href: "openapi.json" }, "openapi.json"),
    ),
    sidebar(byTag),
    h(
      "main",
      { id: "main", tabindex: "-1" },
      h("section", { class: "intro" }, h("h1", {}, `${api.info.title} API`), prose(api.info.description ?? ""), h("div", { class: "card" }, tokenField())),
      [...byTag].map(([tag, operations]) =>
        h(
          "section",
          { "aria-label": tag },
          h("h2", {}, capital(tag)),
          operations.map((operation) => operationView(operation, schemas)),
        ),
      ),
      problemSection(api, schemas),
    ),
  ];
}

function prose(words) {
  const box = h("div", { class: "prose" });
  renderMarkdown(box, words);
  return box;
}

function breakable(path) {
  return path.split("/").slice(1).flatMap((part) => [h("wbr"), `/${part}`]);
}

function firstSentence(words) {
  return /^.*?[.!?](?=\s|$)/s.exec(words)?.[0] ?? words;
}

function plain(words) {
  return words.replaceAll("`", "");
}

function capital(words) {
  return words[0].toUpperCase() + words.slice(1);
}

async function start() {
  try {
    const response = await fetch(new URL("openapi.json", document.baseURI));
    fill(document.body, ...page(await response.json()));
    addEventListener("hashchange", reveal);
    if (location.hash) reveal();
  } catch {
    fill(document.body, h("p", { class: "plain" }, "The description of the API could not be read. Load the page again."));
  }
}

start();
