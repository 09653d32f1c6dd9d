/**
 * The events of a text/event-stream body, as `{id, data}` with data parsed from JSON.
 *
 * `heard` is called for every piece of the stream, comments included, so that silence can be told from idling.
 */
export async function* eventsOf(body, heard = () => {}) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      heard();
      const blocks = (rest + value).split(/\r\n\r\n|\n\n|\r\r/);
      rest = blocks.pop();
      for (const block of blocks) {
        const event = parsed(block);
        if (event) yield event;
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

function parsed(block) {
  const lines = [];
  let id = null;
  for (const line of block.split(/\r\n|\n|\r/)) {
    const [, name, value] = /^([^:]*):? ?(.*)$/s.exec(line);
    if (name === "data") lines.push(value);
    else if (name === "id") id = value;
  }
  return lines.length ? { id, data: JSON.parse(lines.join("\n")) } : null;
}
