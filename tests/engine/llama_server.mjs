// A small OpenAI-compatible server for tests, over llama.cpp as the npm package node-llama-cpp
// brings it. One model, greedy unless a temperature is asked for, log-probabilities of prompts.
//
//   node llama_server.mjs --model MODEL.gguf [--port N] [--name NAME] [--slots N] [--cache F16|F32]
//                         [--habits HABIT,HABIT=N,...]
//
// Prints "port N" when it serves. What it does wrong when asked to:
//   ignore_echo     answers a request with `echo` as if it had none, as llama.cpp's own server does
//   slow=MS         is well so late
//   crash_after=N   dies by SIGSEGV at the N-th question, one with "number " in it
//   exit_after=N    exits with code 3 then
//   memory_after=N  says that it is out of memory, and exits
//   hang_after=N    does nothing any more, with all that it has open
//   other_name      calls its model otherwise
// and what it can do besides:
//   token_ids       /tokenize, prompts as token ids, and logprob_token_ids, as vLLM has them
import {readFileSync} from "node:fs";
import http from "node:http";
import path from "node:path";
import {getLlama, LlamaLogLevel} from "node-llama-cpp";

const given = {"--port": "0", "--slots": "8", "--cache": "F16", "--habits": ""};
for (let i = 2; i + 1 < process.argv.length; i += 2) given[process.argv[i]] = process.argv[i + 1];
const modelPath = given["--model"];
const slots = given["--slots"];
const habits = Object.fromEntries(given["--habits"].split(",").map(part => part.split("=")));
const has = habit => habit in habits;
const began = Date.now();
const contextSize = 512;
const llama = await getLlama({
  build: "never", skipDownload: true, gpu: false, logLevel: LlamaLogLevel.error,
  progressLogs: false, maxThreads: 1,
});
const model = await llama.loadModel({modelPath});
const context = await model.createContext({
  contextSize, sequences: Number(slots), threads: 1, batchSize: 512, flashAttention: false,
  experimentalKvCacheKeyType: given["--cache"], experimentalKvCacheValueType: given["--cache"],
});
const name = has("other_name") ? "another-model"
                               : given["--name"] ?? path.basename(modelPath, ".gguf");

const versionOfPackage =
  "node-llama-cpp " + JSON.parse(readFileSync(
    new URL("node_modules/node-llama-cpp/package.json", import.meta.url))).version;

let questions = 0;
function misbehave(body) {
  if (!body.includes("number ")) return;
  ++questions;
  const isAt = habit => has(habit) && questions === Number(habits[habit]);
  if (isAt("crash_after")) process.kill(process.pid, "SIGSEGV");
  if (isAt("exit_after")) process.exit(3);
  if (isAt("memory_after")) {
    console.error("ggml: CUDA out of memory");
    process.exit(1);
  }
  if (isAt("hang_after")) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

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

// What comes after `ids`: the log-probabilities of the tokens `chosen`, and of the most probable.
async function scoreChosen(sequence, ids, chosen) {
  const last = ids.length - 1;
  const steps = await sequence.controlledEvaluate(
    ids.map((id, i) => i === last ? [id, {generateNext: {probabilities: true}}] : id));
  const probabilities = steps[last].next.probabilities;
  const [best] = [...probabilities].map(([id, p]) => [id, Math.log(p)]);
  const named = chosen.map(id => [`token_id:${id}`, Math.log(probabilities.get(id))]);
  return {tokens: [`token_id:${best[0]}`], token_logprobs: [best[1]],
          top_logprobs: [Object.fromEntries(named)]};
}

// The same numbers for a prompt that came as ids, all of which are the caller's.
async function scoreIds(asked) {
  const ids = asked.prompt[0];
  if (ids.length + 1 > contextSize) throw new TooLong(`the context has ${contextSize} tokens`);
  const sequence = await borrow();
  try {
    await sequence.clearHistory();
    if (asked.logprob_token_ids) return await scoreChosen(sequence, ids, asked.logprob_token_ids);
    const steps = await sequence.controlledEvaluate(
      ids.slice(0, -1).map(id => [id, {generateNext: {probabilities: true}}]));
    const lists = {tokens: [String(ids[0])], token_logprobs: [null], top_logprobs: [null]};
    for (let i = 1; i < ids.length; ++i) {
      const probabilities = steps[i - 1].next.probabilities;
      lists.tokens.push(String(ids[i]));
      lists.token_logprobs.push(Math.log(probabilities.get(ids[i])));
      lists.top_logprobs.push({best: Math.log([...probabilities][0][1])});
    }
    return lists;
  } finally {
    giveBack(sequence);
  }
}

class TooLong extends Error {}

async function complete(asked) {
  const ids = [model.tokens.bos, ...model.tokenize(asked.prompt)];
  const needed = ids.length + (asked.echo ? 0 : asked.limit);
  if (needed > contextSize) {
    throw new TooLong(`the context has ${contextSize} tokens, and ${needed} are asked for`);
  }
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
  if (request.url === "/health") {
    const isWell = !has("slow") || Date.now() - began >= Number(habits.slow);
    return reply(response, isWell ? 200 : 503, {});
  }
  if (request.url === "/version") return reply(response, 200, {version: versionOfPackage});
  if (request.url === "/v1/models") return reply(response, 200, {data: [{id: name}]});
  let body = "";
  for await (const part of request) body += part;
  misbehave(body);
  const asked = JSON.parse(body);
  const limit = asked.max_tokens ?? 16;
  if (request.url === "/v1/chat/completions") {
    const prompt = asked.messages.map(message => message.content).join("\n");
    const {text, finish, count} = await complete({...asked, prompt, limit, echo: false});
    const choice = {index: 0, message: {role: "assistant", content: text}, finish_reason: finish};
    return reply(response, 200, {choices: [choice], usage: {completion_tokens: count}});
  }
  if (request.url === "/tokenize" && has("token_ids")) {
    const begin = asked.add_special_tokens ? [model.tokens.bos] : [];
    return reply(response, 200, {tokens: [...begin, ...model.tokenize(asked.prompt)]});
  }
  if (request.url !== "/v1/completions") {
    return reply(response, 404, {error: {message: "not found"}});
  }
  if (Array.isArray(asked.prompt) && has("token_ids") && (asked.echo || asked.logprob_token_ids)) {
    const choice = {index: 0, text: "", finish_reason: "length", logprobs: await scoreIds(asked)};
    return reply(response, 200, {choices: [choice], usage: {completion_tokens: 0}});
  }
  if (typeof asked.prompt !== "string") {
    return reply(response, 400, {error: {message: "a prompt is text here"}});
  }
  const echo = asked.echo === true && !has("ignore_echo");
  if (echo && limit > 0) {
    return reply(response, 400, {error: {message: "echo goes with max_tokens 0 here"}});
  }
  const {text, finish, count, logprobs} =
    await complete({...asked, limit: Math.max(limit, echo ? 0 : 1), echo});
  const choice = {index: 0, text, logprobs, finish_reason: finish};
  reply(response, 200, {choices: [choice], usage: {completion_tokens: count}});
}

const server = http.createServer((request, response) => serve(request, response).catch(
  error => reply(response, error instanceof TooLong ? 400 : 500, {error: {message: String(error?.message ?? error)}})));
server.listen(Number(given["--port"]), "127.0.0.1", () => console.log(`port ${server.address().port}`));
