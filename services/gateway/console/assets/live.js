// A shared worker: one stream of events for all tabs of a browser, as one connection a tab would use up
// the few that HTTP/1.1 allows. It reads by fetch, because every type of event has a name of its own.
"use strict";
const RETRY_MS = [500, 1000, 2000, 5000, 10000];
const ports = new Set();
let after = null, reading = null, tries = 0, state = "asking";

const tell = (message) => ports.forEach((port) => port.postMessage(message));
const become = (next) => { state = next; tell({ state }); };

const handle = (block) => {
  let type = "message", data = "";
  for (const line of block.split("\n")) {
    if (line.startsWith("id: ")) after = Number(line.slice(4));
    else if (line.startsWith("event: ")) type = line.slice(7);
    else if (line.startsWith("data: ")) data += line.slice(6);
  }
  if (data && type !== "end") {
    const event = JSON.parse(data);
    tell({ event: { position: Number(event.sequence), at: event.time, type: event.type, stream: event.subject, service: event.data?.service_id ?? null, project: event.data?.project_id ?? null } });
  }
};

const read = async () => {
  reading = new AbortController();
  const mine = reading;
  try {
    const answer = await fetch("/ops/v1/events/stream", { signal: mine.signal, cache: "no-store", headers: after === null ? {} : { "Last-Event-ID": String(after) } });
    // Signed out, or no right to it: asking again would not help.
    if (answer.status === 401 || answer.status === 403) { become("ended"); reading = null; return; }
    if (!answer.ok) throw new Error(String(answer.status));
    tries = 0;
    become("open");
    const parts = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let held = "";
    for (;;) {
      const { value, done } = await parts.read();
      if (done) break;
      held += value;
      for (let end = held.indexOf("\n\n"); end >= 0; end = held.indexOf("\n\n")) { handle(held.slice(0, end)); held = held.slice(end + 2); }
    }
  } catch { /* Lost, like an end: what follows is the same. */ }
  if (mine.signal.aborted) return;
  reading = null;
  become("lost");
  if (ports.size) setTimeout(() => { if (!reading && ports.size) read(); }, RETRY_MS[Math.min(tries++, RETRY_MS.length - 1)]);
};

self.onconnect = (event) => {
  const port = event.ports[0];
  port.onmessage = (message) => {
    if (message.data.stop) {
      ports.delete(port);
      if (!ports.size && reading) { reading.abort(); reading = null; }
      return;
    }
    ports.add(port);
    if (after === null) after = message.data.after;
    port.postMessage({ state });
    if (!reading) read();
  };
  port.start();
};
