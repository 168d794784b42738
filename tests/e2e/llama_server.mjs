// A small OpenAI-compatible server for tests, over llama.cpp as the npm package node-llama-cpp
// brings it. One model, greedy unless a temperature is asked for, log-probabilities of prompts.
//
//   node llama_server.mjs MODEL.gguf SLOTS [ignore-echo]
//
// Prints "port N" when it serves. `ignore-echo` gives it the habit of llama.cpp's own server, which
// answers a request with `echo` as if it had none.
import http from "node:http";
import path from "node:path";
import {getLlama, LlamaLogLevel} from "node-llama-cpp";

const [modelPath, slots = "8", habit = ""] = process.argv.slice(2);
const llama = await getLlama({
  build: "never", skipDownload: true, gpu: false, logLevel: LlamaLogLevel.error,
  progressLogs: false, maxThreads: 1,
});
const model = await llama.loadModel({modelPath});
const context = await model.createContext({
  contextSize: 512, sequences: Number(slots), threads: 1, batchSize: 512,
});
const name = path.basename(modelPath, ".gguf");

// Requests wait here for one of the model's sequences.
const idle = Array.from({length: Number(slots)}, () => context.getSequence());
const waiting = [];
const borrow = () => idle.length > 0 ? Promise.resolve(idle.pop())
                                     : new Promise(resolve => waiting.push(resolve));
const giveBack = sequence => waiting.length > 0 ? waiting.shift()(sequence) : idle.push(sequence);

const textOf = ids => model.detokenize(ids, false, [model.tokens.bos]);
const pieceOf = (id, before) => model.detokenize([id], false, [before]);
const textAfter = (ids, made) => model.detokenize(made, false, [ids.at(-1)]);
const codePoints = text => [...text].length;

const likeliest = (probabilities, count) => Object.fromEntries(
  [...probabilities].slice(0, count).map(([id, p]) => [textOf([id]), Math.log(p)]));

// Log-probabilities of a prompt's own tokens; the model begins with a token that is not listed.
async function scorePrompt(sequence, prompt, ids, count) {
  const steps = await sequence.controlledEvaluate(
    ids.slice(0, -1).map(id => [id, {generateNext: {probabilities: true}}]));
  const lists = {tokens: [], token_logprobs: [], top_logprobs: [], text_offset: []};
  // The model puts a space before every text.
  const extra = textOf(ids.slice(1)).startsWith(" ") && !prompt.startsWith(" ") ? 1 : 0;
  for (let i = 1; i < ids.length; ++i) {
    const probabilities = steps[i - 1].next.probabilities;
    const before = textOf(ids.slice(1, i)).replace(/\uFFFD+$/u, "");
    lists.tokens.push(pieceOf(ids[i], ids[i - 1]));
    lists.token_logprobs.push(Math.log(probabilities.get(ids[i])));
    lists.top_logprobs.push(likeliest(probabilities, count));
    lists.text_offset.push(Math.max(0, codePoints(before) - (i > 1 ? extra : 0)));
  }
  return lists;
}

async function generate(sequence, ids, asked) {
  const made = [];
  const stops = [asked.stop ?? []].flat();
  const options = {temperature: asked.temperature ?? 0, seed: asked.seed};
  for await (const id of sequence.evaluate(ids, options)) {
    if (model.isEogToken(id)) return {text: textAfter(ids, made), finish: "stop", count: made.length};
    made.push(id);
    const text = textAfter(ids, made);
    const ends = stops.map(stop => text.indexOf(stop)).filter(at => at >= 0);
    if (ends.length > 0) {
      return {text: text.slice(0, Math.min(...ends)), finish: "stop", count: made.length};
    }
    if (made.length >= asked.limit) break;
  }
  return {text: textAfter(ids, made), finish: "length", count: made.length};
}

async function complete(asked) {
  const ids = [model.tokens.bos, ...model.tokenize(asked.prompt)];
  const sequence = await borrow();
  try {
    await sequence.clearHistory();
    if (!asked.echo) return {...await generate(sequence, ids, asked), logprobs: null};
    const logprobs = await scorePrompt(sequence, asked.prompt, ids, asked.logprobs ?? 1);
    return {text: asked.prompt, finish: "length", count: 0, logprobs};
  } finally {
    giveBack(sequence);
  }
}

function reply(response, status, body) {
  response.writeHead(status, {"content-type": "application/json"});
  response.end(JSON.stringify(body));
}

async function serve(request, response) {
  if (request.url === "/v1/models") return reply(response, 200, {data: [{id: name}]});
  let body = "";
  for await (const part of request) body += part;
  const asked = JSON.parse(body);
  const limit = asked.max_tokens ?? 16;
  if (request.url === "/v1/chat/completions") {
    const prompt = asked.messages.map(message => message.content).join("\n");
    const {text, finish, count} = await complete({...asked, prompt, limit, echo: false});
    const choice = {index: 0, message: {role: "assistant", content: text}, finish_reason: finish};
    return reply(response, 200, {choices: [choice], usage: {completion_tokens: count}});
  }
  if (request.url !== "/v1/completions") {
    return reply(response, 404, {error: {message: "not found"}});
  }
  if (typeof asked.prompt !== "string") {
    return reply(response, 400, {error: {message: "a prompt is text here"}});
  }
  const echo = asked.echo === true && habit !== "ignore-echo";
  if (echo && limit > 0) {
    return reply(response, 400, {error: {message: "echo goes with max_tokens 0 here"}});
  }
  const {text, finish, count, logprobs} =
    await complete({...asked, limit: Math.max(limit, echo ? 0 : 1), echo});
  const choice = {index: 0, text, logprobs, finish_reason: finish};
  reply(response, 200, {choices: [choice], usage: {completion_tokens: count}});
}

const server = http.createServer((request, response) => serve(request, response).catch(
  error => reply(response, 500, {error: {message: String(error?.message ?? error)}})));
server.listen(0, "127.0.0.1", () => console.log(`port ${server.address().port}`));
