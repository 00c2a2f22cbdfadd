// How fast the desk's pages answer with much in the tables: 200,000 items of 20 suppliers, 20,000 of them to review.
// Seeds the tables of the running stack directly (E2E_STACK), then asks each page many times and prints the times.
// Run it on a stack of its own: `node bench-pages.mjs [items] [requests]`.
import { Agent, request } from "node:http";
import { addSupplier, call, loadCatalogue, stack, supplierId } from "./stack.mjs";

const ITEMS = Number(process.argv[2] ?? 200_000);
const REQUESTS = Number(process.argv[3] ?? 60);
const SUPPLIERS = 20;
const SHARDS = 16;
const PARALLEL = 16;
const agent = new Agent({ keepAlive: true, maxSockets: PARALLEL });

/** A call of DynamoDB's API. */
function dynamodb(operation, body) {
  const scope = `test/20260101/${stack.region}/dynamodb/aws4_request`;
  const headers = {
    authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
    "content-type": "application/x-amz-json-1.0",
    "x-amz-target": `DynamoDB_20120810.${operation}`,
  };
  return new Promise((resolve, reject) => {
    const sent = request(stack.endpoint, { method: "POST", headers, agent }, (answer) => {
      let text = "";
      answer.on("data", (chunk) => (text += chunk));
      answer.on("end", () => (answer.statusCode === 200 ? resolve(JSON.parse(text)) : reject(new Error(text))));
    });
    sent.on("error", reject);
    sent.end(JSON.stringify(body));
  });
}

/** The shard of a key, as the store reckons it (FNV-1a). */
function shard(key) {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(key)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return String(hash % SHARDS).padStart(2, "0");
}

const S = (text) => ({ S: text });
const N = (number) => ({ N: String(number) });

/** The record of the nth item; every tenth waits for a person. */
function record(supplier, n) {
  const key = `sku:x-${n}`;
  const decision = n % 10 === 0 ? "review" : n % 3 === 0 ? "new" : "matched";
  const score = (n % 800) / 1000;
  const rank = `${score.toFixed(6)}#${key}`;
  const candidate = (id, probability) => ({ M: { product_id: S(id), probability: N(probability) } });
  const found = {
    decision: S(decision),
    probability: N(score),
    accept_score: N(score),
    candidates: { L: [candidate("HM-450", score), candidate("HM-600", score / 2)] },
    reasons: { L: [S("The names agree but for the weight.")] },
    ...(decision === "matched" && { product_id: S("HM-450") }),
  };
  return {
    schema: N(1),
    supplier_shard: S(`${supplier}#${shard(key)}`),
    decision_shard: S(`${supplier}#${decision}#${shard(key)}`),
    supplier_id: S(supplier),
    item_key: S(key),
    sku: S(`X-${n}`),
    name: S(`Claw hammer ${n % 900} g, handle of fibreglass, variant ${n}`),
    price: S((10 + (n % 500) / 100).toFixed(2)),
    currency: S("EUR"),
    match: { M: found },
    ...(decision === "matched" && { product_id: S(n % 1000 === 1 ? "HM-450" : `P-${n}`) }),
    ...(decision === "review" && {
      review_of: S(`${supplier}#${Math.floor(score * 10)}`),
      review_band: S(String(Math.floor(score * 100)).padStart(2, "0")),
      review_rank: S(rank),
    }),
  };
}

async function seed(suppliers) {
  const each = ITEMS / SUPPLIERS;
  const batches = [];
  for (const supplier of suppliers) {
    for (let n = 0; n < each; n += 25) batches.push([supplier, n]);
  }
  const work = batches[Symbol.iterator]();
  const worker = async () => {
    for (const [supplier, n] of work) {
      const puts = Array.from({ length: 25 }, (_, k) => ({ PutRequest: { Item: record(supplier, n + k) } }));
      await dynamodb("BatchWriteItem", { RequestItems: { [stack.tables.items]: puts } });
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  const review = each / 10;
  const counts = { items: N(each), review: N(review), matched: N(each - review), new: N(0) };
  for (const supplier of suppliers) {
    await dynamodb("UpdateItem", {
      TableName: stack.tables.suppliers,
      Key: { supplier_id: S(supplier) },
      UpdateExpression: "SET counts = :counts",
      ExpressionAttributeValues: { ":counts": { M: counts } },
    });
  }
}

const at = (times, part) => times[Math.min(times.length - 1, Math.floor(times.length * part))];

async function measure(name, ask) {
  await ask(0);
  const times = [];
  for (let n = 0; n < REQUESTS; n += 1) {
    const began = performance.now();
    await ask(n);
    times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  console.log(`${name.padEnd(34)} median ${at(times, 0.5).toFixed(0)} ms, p95 ${at(times, 0.95).toFixed(0)} ms`);
}

async function page(path) {
  const answer = await fetch(stack.api_url + path, { headers: { authorization: `Bearer ${stack.admin_token}` } });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  return answer.text();
}

await loadCatalogue();
const suppliers = Array.from({ length: SUPPLIERS }, (_, n) => supplierId(`bench${n}`));
for (const supplier of suppliers) await addSupplier(supplier);
const began = performance.now();
await seed(suppliers);
console.log(`${ITEMS} items seeded in ${((performance.now() - began) / 1000).toFixed(0)} s; ${REQUESTS} requests each`);
const one = suppliers[3];
await measure("/", () => page("/"));
await measure("/review", () => page("/review"));
await measure("/review, one supplier", () => page(`/review?supplier=${one}`));
await measure("/review, table", () => page("/review?view=table"));
await measure("/items, one supplier", () => page(`/items?supplier=${one}`));
await measure("/items, to review", () => page("/items?decision=review"));
await measure("/items, matched of one supplier", () => page(`/items?supplier=${one}&decision=matched`));
await measure("an item", (n) => page(`/items/${one}?key=${encodeURIComponent(`sku:x-${n}`)}`));
await measure("/catalogue", () => page("/catalogue"));
const { reviews } = await call("GET", `/admin/reviews?supplier=${one}&limit=50`);
const decide = async (n) => {
  const { item } = reviews[n % reviews.length];
  const path = `/admin/suppliers/${one}/items/${item.item_key}/decision`;
  await call("POST", path, { ruling: { product_id: "HM-450" } }, { "if-match": "*" });
};
await measure("deciding on an item", decide);
agent.destroy();
