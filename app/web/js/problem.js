/** A failure the server described (RFC 9457), or one on the way to it (status 0). */
export class Problem extends Error {
  constructor({
    status = 0,
    type = "",
    title = "",
    detail = "",
    request_id = null,
    errors = [],
    retry_after_s = null,
  }) {
    super(detail || title || "Something went wrong");
    Object.assign(this, { status, type, title, request_id, errors, retry_after_s });
  }
}

/** The problem that a response carries, whatever its body is. */
export async function problemOf(response) {
  const body = await response.json().catch(() => ({}));
  return new Problem({
    ...body,
    status: response.status,
    title: body.title || `The server answered ${response.status}`,
    request_id: body.request_id ?? response.headers.get("X-Request-Id"),
    retry_after_s: Number(response.headers.get("Retry-After")) || null,
  });
}

/** The problem of a request that got no response. */
export function unreachable() {
  return new Problem({
    type: "unreachable",
    title: "The server cannot be reached",
    detail: "The server cannot be reached. Check the connection and try again.",
  });
}
