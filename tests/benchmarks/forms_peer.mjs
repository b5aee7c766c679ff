// Drives ODK's JavaScript engine for one job: loads a form some times, runs a script of operations, reports times and state.
// The engine's bundle wants `require` and `__dirname` as globals under plain node, and a DOM.
import { createRequire } from 'node:module';
import { readFileSync, writeFileSync } from 'node:fs';

const folder = process.cwd();
globalThis.require = createRequire(`${folder}/peer.mjs`);
globalThis.__dirname = folder;
const { JSDOM } = globalThis.require('jsdom');
const dom = new JSDOM('<!doctype html><html></html>', { url: 'https://form.invalid/' });
globalThis.window = dom.window;
for (const name of [
  'document', 'DOMParser', 'XMLSerializer', 'Node', 'Element', 'Document', 'Text', 'Attr', 'Comment', 'CDATASection',
  'ProcessingInstruction', 'XMLDocument', 'XPathResult', 'XPathEvaluator', 'NodeFilter', 'HTMLElement',
]) {
  if (dom.window[name] !== undefined) globalThis[name] = dom.window[name];
}
const { pathToFileURL } = await import('node:url');
const engine = await import(pathToFileURL(`${folder}/node_modules/@getodk/xforms-engine/dist/index.js`));

const job = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const xml = readFileSync(job.form, 'utf8');

const fetchFormAttachment = async (url) => {
  const path = job.media[String(url)];
  if (path === undefined) return new Response('', { status: 404 });
  const type = path.endsWith('.csv') ? 'text/csv' : path.endsWith('.xml') ? 'text/xml' : 'application/geo+json';
  return new Response(readFileSync(path), { status: 200, headers: { 'content-type': type } });
};

const open = async () => {
  const result = await engine.loadForm(xml, { fetchFormAttachment, missingResourceBehavior: 'BLANK' });
  if (result.status === 'failure') throw result.error;
  return result.createInstance().root;
};

const index = (root) => {
  const found = new Map();
  const stack = [root];
  while (stack.length > 0) {
    const node = stack.pop();
    found.set(`${node.nodeType.startsWith('repeat-range') ? 'series ' : ''}${node.currentState.reference}`, node);
    for (const child of node.currentState.children ?? []) stack.push(child);
  }
  return found;
};

const set = (node, value) => {
  switch (node.nodeType) {
    case 'select': return node.selectValues(value === '' ? [] : node.selectType === 'select1' ? [value] : value.split(' '));
    case 'rank': return node.setValues(value === '' ? [] : value.split(' '));
    case 'trigger': return node.setValue(value === 'OK');
    case 'range': return node.setValue(value === '' ? null : Number(value));
    default: return node.setValue(value);
  }
};

const look = (node) => {
  const state = node.currentState;
  return [state.value, node.validationState.violation, state.valueOptions?.length, state.label?.asString, state.relevant];
};

const loads = [];
let root;
for (let round = 0; round < job.rounds; round += 1) {
  const start = performance.now();
  root = await open();
  loads.push(performance.now() - start);
}
globalThis.gc?.();
const rss = process.memoryUsage().rss;

const times = [];
let nodes = index(root);
const cpu = process.cpuUsage();
const skipped = [];
for (const [kind, ref, value] of job.script) {
  if (kind === 'answer' || kind === 'choices') {
    const node = nodes.get(ref);
    if (node === undefined) { skipped.push(ref); times.push(null); continue; }
    const start = performance.now();
    if (kind === 'answer') { set(node, value); look(node); } else { node.currentState.valueOptions.map((item) => item.label.asString); }
    times.push(performance.now() - start);
    continue;
  }
  if (kind === 'add') {
    const range = nodes.get(`series ${ref}`);
    const start = performance.now();
    range.addInstances();
    times.push(performance.now() - start);
  } else {
    const range = nodes.get(`series ${ref.replace(/\[\d+\]$/, '')}`);
    const start = performance.now();
    range.removeInstances(Number(/\[(\d+)\]$/.exec(ref)[1]) - 1);
    times.push(performance.now() - start);
  }
  nodes = index(root);
}
const spent = process.cpuUsage(cpu);

const state = {};
for (const [ref, node] of index(root)) {
  if (ref.startsWith('series ') || node.currentState.children !== null) continue;
  const relevant = node.currentState.relevant;
  state[ref] = [node.currentState.instanceValue ?? '', relevant, relevant ? (node.validationState.violation?.condition ?? null) : null];
}
// A file, not a pipe: what a pipe still holds is lost when the process ends.
writeFileSync(job.report, JSON.stringify({ loads, times, cpu: (spent.user + spent.system) / 1000, rss, skipped, state }));
process.exit(0);
