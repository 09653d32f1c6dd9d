import { h } from "./dom.js";

const BOUNDS = [
  ["minLength", (n) => `at least ${counted(n)}`],
  ["maxLength", (n) => `at most ${counted(n)}`],
  ["minimum", (n) => `from ${n}`],
  ["exclusiveMinimum", (n) => `above ${n}`],
  ["maximum", (n) => `to ${n}`],
  ["minItems", (n) => `at least ${n}`],
  ["maxItems", (n) => `at most ${n}`],
];
const FORMATS = {
  uuid: "01890a5d-ac96-774b-bcce-b302099a8057",
  "date-time": "2026-11-20T09:15:00Z",
  date: "2026-11-20",
  email: "ada@example.com",
  password: "correct horse battery staple",
};

/** The schemas of one document, shown and exemplified. */
export class Schemas {
  #named;

  constructor(document) {
    this.#named = document.components?.schemas ?? {};
  }

  /** The schema behind a reference, or the schema itself. */
  resolve(schema = {}) {
    return schema.$ref ? (this.#named[nameOf(schema)] ?? {}) : schema;
  }

  /** What a value is, in a few words, such as "array of string or null". */
  typeOf(schema = {}) {
    if (schema.$ref) return this.resolve(schema).enum ? "string" : nameOf(schema);
    const choices = schema.anyOf ?? schema.oneOf ?? schema.allOf;
    if (choices) return [...new Set(choices.map((choice) => this.typeOf(choice)))].join(" or ");
    if (schema.const !== undefined) return JSON.stringify(schema.const);
    if (schema.type === "array") return schema.items ? `array of ${this.typeOf(schema.items)}` : "array";
    if (schema.type === "string" && schema.format) return schema.format;
    return [schema.type ?? "anything"].flat().join(" or ");
  }

  /** The fields of a value, those of the values in it folded up below them. */
  fields(schema, seen = []) {
    const object = this.#object(schema);
    if (!object) return null;
    const required = new Set(object.required ?? []);
    const rows = Object.entries(object.properties ?? {}).map(([name, value]) =>
      this.row(name, value, { required: required.has(name), seen }),
    );
    return rows.length ? h("ul", { class: "schema" }, rows) : null;
  }

  /** One field or parameter. */
  row(name, schema, { required = false, seen = [], description = schema.description } = {}) {
    const inner = this.#innerOf(schema);
    const key = inner && nameOf(inner);
    const nested = inner && !seen.includes(key) ? this.fields(inner, key ? [...seen, key] : seen) : null;
    return h(
      "li",
      {},
      h(
        "div",
        { class: "schema-row" },
        h("code", { class: "schema-name" }, name),
        h("span", { class: "schema-type" }, this.typeOf(schema)),
        required && h("span", { class: "schema-required" }, "required"),
      ),
      description && h("p", {}, description),
      this.#limits(schema),
      nested && h("details", {}, h("summary", {}, this.typeOf(inner)), nested),
    );
  }

  /** A value that fits the schema, as short as one can be. */
  example(schema, depth = 0) {
    const known = this.resolve(schema);
    if (known.examples?.length) return known.examples[0];
    if (known.default !== undefined && known.default !== null) return known.default;
    if (known.const !== undefined) return known.const;
    if (known.enum) return known.enum[0];
    const choices = known.anyOf ?? known.oneOf ?? known.allOf;
    if (choices) return this.example(choices.find((choice) => choice.type !== "null") ?? {}, depth);
    return this.#exampleOf(known, depth);
  }

  #exampleOf(schema, depth) {
    switch (schema.type) {
      case "object":
        return this.#exampleObject(schema, depth);
      case "array":
        return depth > 4 ? [] : [this.example(schema.items, depth + 1)];
      case "integer":
      case "number":
        return schema.minimum ?? 1;
      case "boolean":
        return false;
      case "string":
        return FORMATS[schema.format] ?? (schema.writeOnly ? FORMATS.password : "…");
      default:
        return null;
    }
  }

  #exampleObject(schema, depth) {
    const required = new Set(schema.required ?? []);
    const entries = Object.entries(schema.properties ?? {});
    const shown = entries.some(([name]) => required.has(name))
      ? entries.filter(([name]) => required.has(name))
      : entries.slice(0, 1);
    return Object.fromEntries(
      depth > 4 ? [] : shown.map(([name, value]) => [name, exampleByName(name) ?? this.example(value, depth + 1)]),
    );
  }

  /** The schema of the objects that a value is, or is made of. */
  #innerOf(schema = {}) {
    const known = this.resolve(schema);
    if (known.properties) return schema;
    if (known.type === "array") return this.#innerOf(known.items);
    const choices = known.anyOf ?? known.oneOf ?? known.allOf ?? [];
    return choices.map((choice) => this.#innerOf(choice)).find(Boolean) ?? null;
  }

  #object(schema) {
    const inner = this.#innerOf(schema);
    return inner ? this.resolve(inner) : null;
  }

  #limits(schema) {
    const all = [schema, ...(schema.anyOf ?? []), schema.items ?? {}].map((one) => this.resolve(one));
    const words = BOUNDS.flatMap(([key, say]) => all.filter((one) => key in one).map((one) => say(one[key])));
    const names = all.flatMap((one) => one.enum ?? []);
    const standard = schema.default;
    if (standard !== undefined && standard !== null) words.push(`default ${JSON.stringify(standard)}`);
    if (!words.length && !names.length) return null;
    return h(
      "p",
      { class: "schema-limits" },
      names.map((name) => h("code", {}, String(name))),
      words.join(", "),
    );
  }
}

function counted(characters) {
  return `${characters.toLocaleString("en")} character${characters === 1 ? "" : "s"}`;
}

function nameOf(schema) {
  return schema.$ref ? schema.$ref.split("/").pop() : "";
}

function exampleByName(name) {
  return { email: FORMATS.email, password: FORMATS.password, name: "Family", message: "Where does my sister live?" }[
    name
  ];
}
