import { button, field, fill, h } from "./dom.js";

/** The token that requests of this page carry: in memory only, gone when the page is. */
const credential = { token: "" };

/** The field for the token. */
export function tokenField() {
  const input = h("input", {
    class: "secret",
    autocomplete: "off",
    spellcheck: "false",
    placeholder: "access_token from sign_up or log_in",
    oninput: () => {
      credential.token = input.value.trim();
    },
  });
  return field("Access token", input, "Sent with what you try here. It stays in this page's memory.");
}

/** A form that sends one operation, with the curl command that does the same. */
export function requestForm(operation, schemas) {
  const inputs = operation.parameters.map((parameter) => [parameter, parameterInput(parameter)]);
  const media = operation.requestBody?.content?.["application/json"];
  const body = media && bodyInput(schemas.example(media.schema));
  const curl = h("code", {});
  const answer = h("div", { class: "answer", "aria-live": "polite" });
  const request = () => requestOf(operation, inputs, body?.value);
  const show = () => fill(curl, curlOf(operation, request()));
  show();
  return h(
    "form",
    {
      class: "request",
      oninput: show,
      onsubmit: (event) => {
        event.preventDefault();
        send(request(), answer);
      },
    },
    inputs.map(([parameter, input]) => field(`${parameter.name} (${parameter.in})`, input)),
    body && field("Body", body),
    codeBlock("curl", curl),
    button("Send", { kind: "primary", type: "submit" }),
    answer,
  );
}

/** Code under a title, with a button that copies it. */
export function codeBlock(title, code) {
  const copy = button("Copy", {
    kind: "ghost small",
    icon: "copy",
    label: `Copy ${title}`,
    onclick: async () => {
      await navigator.clipboard.writeText(code.textContent);
      fill(copy.querySelector("span"), "Copied");
    },
  });
  return h("figure", { class: "code" }, h("figcaption", {}, title, copy), h("pre", { tabindex: "0" }, code));
}

function parameterInput({ schema = {}, required }) {
  const standard = schema.default;
  return h("input", {
    required: required || null,
    placeholder: standard === undefined || standard === null ? "" : String(standard),
    autocomplete: "off",
  });
}

function bodyInput(example) {
  const words = JSON.stringify(example, null, 2);
  return h("textarea", { rows: words.split("\n").length + 1, spellcheck: "false", value: words });
}

function requestOf(operation, inputs, body) {
  const filled = inputs.filter(([, input]) => input.value.trim() !== "");
  const of = (place) => filled.filter(([parameter]) => parameter.in === place);
  let path = operation.path;
  for (const [{ name }, input] of of("path")) path = path.replace(`{${name}}`, encodeURIComponent(input.value.trim()));
  const url = new URL(path.slice(1).replaceAll("{", "%7B").replaceAll("}", "%7D"), document.baseURI);
  for (const [{ name }, input] of of("query")) url.searchParams.append(name, input.value.trim());
  const headers = Object.fromEntries(of("header").map(([{ name }, input]) => [name, input.value.trim()]));
  if (body !== undefined) headers["Content-Type"] = "application/json";
  return { method: operation.method.toUpperCase(), url, headers, body, secured: operation.secured };
}

function curlOf(operation, { method, url, headers, body, secured }) {
  const lines = [`curl${operation.streams ? " -N" : ""} -X ${method} ${quoted(url.href.replaceAll("%7B", "{").replaceAll("%7D", "}"))}`];
  if (secured) lines.push('-H "Authorization: Bearer $TOKEN"');
  for (const [name, value] of Object.entries(headers)) lines.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (body !== undefined) lines.push(`-d ${quoted(body)}`);
  return lines.join(" \\\n  ");
}

function quoted(words) {
  return `'${words.replaceAll("'", String.raw`'\''`)}'`;
}

async function send({ method, url, headers, body, secured }, answer) {
  const state = h("p", { class: "answer-state" }, "Sending …");
  const words = h("code", {});
  fill(answer, state);
  const authorization = secured && credential.token ? { Authorization: `Bearer ${credential.token}` } : {};
  const started = performance.now();
  try {
    const response = await fetch(url, { method, body, headers: { Accept: "*/*", ...headers, ...authorization } });
    state.dataset.good = String(response.ok);
    fill(state, `${response.status} ${response.statusText} after ${Math.round(performance.now() - started)} ms`);
    answer.append(codeBlock(response.headers.get("Content-Type") ?? "No body", words));
    await read(response, words);
  } catch {
    state.dataset.good = "false";
    fill(state, "The server cannot be reached.");
  }
}

/** Shows the body as it comes; JSON is set out once it is whole. */
async function read(response, code) {
  if (!response.body) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    code.append(value);
  }
  if (/json/.test(response.headers.get("Content-Type") ?? "")) {
    fill(code, JSON.stringify(JSON.parse(code.textContent), null, 2));
  }
}
