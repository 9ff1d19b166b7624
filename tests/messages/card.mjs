// Reads an Adaptive Card with Microsoft's reader, and prints its texts by type. Arguments: the reader, and a file with the card.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { argv, exit } from "node:process";
import { resolve } from "node:path";

const cards = createRequire(import.meta.url)(resolve(argv[2]));
const given = JSON.parse(readFileSync(argv[3], "utf8"));
const context = new cards.SerializationContext(cards.Versions.v1_4);
const card = new cards.AdaptiveCard();
card.parse(given, context);
const events = Array.from({ length: context.eventCount }, (_, at) => context.getEventAt(at).message);
events.push(...card.validateProperties().validationEvents.map((event) => event.message));
const texts = [];
for (let at = 0; at < card.getItemCount(); at++) {
    const item = card.getItemAt(at);
    const runs = item instanceof cards.RichTextBlock ? Array.from({ length: item.getInlineCount() }, (_, n) => item.getInlineAt(n)) : [];
    texts.push([item.getJsonTypeName(), runs.map((run) => run.text).join("")]);
}
const actions = Array.from({ length: card.getActionCount() }, (_, at) => card.getActionAt(at).url);
console.log(JSON.stringify({ events, texts, actions, count: given.body.length }));
exit(events.length === 0 ? 0 : 1);
