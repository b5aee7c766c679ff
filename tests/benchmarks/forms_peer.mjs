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

const told = (error) => {
  // An error of the engine wraps those that caused it.
  const inner = [...(error?.errors ?? []), error?.cause].filter((one) => one !== undefined);
  return [String(error?.message ?? error).split('\n')[0], ...inner.map(told)].filter((text, at, all) => text && all.indexOf(text) === at).join(': ');
};
// A file, not a pipe: what a pipe still holds is lost when the process ends.
const finish = (report) => { writeFileSync(job.report, JSON.stringify(report)); process.exit(0); };

const loads = [];
let root;
try {
  const begun = performance.now();
  // The first round warms the engine up; slow forms get fewer rounds, never fewer than two where time is left.
  for (let round = 0; round < job.rounds && (round === 0 || performance.now() - begun < job.loadSeconds * 1000); round += 1) {
    const start = performance.now();
    root = await open();
    loads.push(performance.now() - start);
  }
} catch (error) {
  finish({ failure: told(error) });
}
globalThis.gc?.();
const rss = process.memoryUsage().rss;

const times = [];
let cpu = 0;
const timed = (action) => {
  const before = process.cpuUsage();
  const start = performance.now();
  action();
  const took = performance.now() - start;
  const spent = process.cpuUsage(before);
  cpu += (spent.user + spent.system) / 1000;
  times.push(took);
};

let nodes = index(root);
const find = (ref) => {
  // Answers add rows too, where a form counts them.
  if (!nodes.has(ref)) nodes = index(root);
  return nodes.get(ref);
};
const skipped = [];
const begun = performance.now();
for (const [kind, ref, value] of job.script) {
  if (performance.now() - begun > job.stepSeconds * 1000) break;
  try {
    if (kind === 'answer' || kind === 'choices') {
      const node = find(ref);
      if (node === undefined) { skipped.push(ref); times.push(null); continue; }
      if (kind === 'answer') timed(() => { set(node, value); look(node); });
      else timed(() => node.currentState.valueOptions.map((item) => item.label.asString));
      continue;
    }
    const range = nodes.get(`series ${kind === 'add' ? ref : ref.replace(/\[\d+\]$/, '')}`);
    if (kind === 'add') timed(() => range.addInstances());
    else timed(() => range.removeInstances(Number(/\[(\d+)\]$/.exec(ref)[1]) - 1));
    nodes = index(root);
  } catch (error) {
    finish({ failure: `${kind} ${ref}: ${told(error)}` });
  }
}

const state = {};
for (const [ref, node] of index(root)) {
  if (ref.startsWith('series ') || node.currentState.children !== null) continue;
  const relevant = node.currentState.relevant;
  state[ref] = [node.currentState.instanceValue ?? '', relevant, relevant ? (node.validationState.violation?.condition ?? null) : null];
}
finish({ loads, times, cpu, rss, skipped, state });
