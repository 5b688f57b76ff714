// Loaded into the measured bot by NODE_OPTIONS: SIGUSR2 begins a profile of the processor. When the
// process ends it prints which share of the samples had a guard on the stack.
import { writeSync } from 'node:fs';
import { Session } from 'node:inspector';

const guards = {
  links: /dist\/http\/(?:link-guard|addresses)\.js/,
  space: /dist\/export\/space-(?:check|watch)\.js/,
  permission: /dist\/bot\/permissions?\.js/,
  audit: /dist\/(?:audit|store\/audit-\w+)\.js/,
  inbound: /dist\/webex\/signature\.js|dist\/server\/limits\.js|\/(?:helmet|express-rate-limit)\//,
  redaction: /dist\/export\/(?:redaction(?:-finders)?|plain-text)\.js|\/libphonenumber-js\//,
};

const session = new Session();
session.connect();
const post = (method, params) => {
  let answer;
  // In the same thread it is answered before this returns.
  session.post(method, params, (error, result) => {
    if (error) throw error;
    answer = result;
  });
  return answer;
};

process.on('SIGUSR2', () => {
  post('Profiler.enable');
  post('Profiler.setSamplingInterval', { interval: 500 });
  post('Profiler.start');
});

process.on('exit', () => {
  const { profile } = post('Profiler.stop');
  writeSync(1, `${JSON.stringify({ msg: 'guards', ...sharesIn(profile) })}\n`);
});

function sharesIn({ nodes, samples, timeDeltas }) {
  const parents = new Map(
    nodes.flatMap(({ id, children = [] }) => children.map((one) => [one, id])),
  );
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const guardOf = new Map();
  const find = (id) => {
    if (id === undefined) return undefined;
    if (guardOf.has(id)) return guardOf.get(id);
    const { url } = byId.get(id).callFrame;
    const own = Object.keys(guards).find((name) => guards[name].test(url));
    const guard = own ?? find(parents.get(id));
    guardOf.set(id, guard);
    return guard;
  };
  let busyUs = 0;
  const guardUs = Object.fromEntries(Object.keys(guards).map((name) => [name, 0]));
  for (const [index, id] of samples.entries()) {
    if (byId.get(id).callFrame.functionName === '(idle)') continue;
    const us = timeDeltas[index] ?? 0;
    busyUs += us;
    const guard = find(id);
    if (guard !== undefined) guardUs[guard] += us;
  }
  return {
    samples: samples.length,
    shares: Object.fromEntries(Object.entries(guardUs).map(([name, us]) => [name, us / busyUs])),
  };
}
