/** The side panel: the bot, the faults, and the account of the latest export. */
import { postJson } from './api.js';
import { announce, button, make } from './dom.js';

const byId = (id) => document.getElementById(id);

const states = {
  running: 'under way',
  complete: 'complete',
  partial: 'partial',
  empty: 'nothing found',
  ended: 'ended',
};
const botStates = { running: 'running', starting: 'starting …', stopped: 'stopped' };
let shown;

/** @param attempt runs what may be refused, and shows why */
export function drawPanel(view, attempt) {
  const act = (path, body) =>
    attempt(async () => drawPanel(await (await postJson(path, body)).json(), attempt));
  if (shown?.bot !== view.bot) drawBot(view.bot, act);
  if (JSON.stringify(shown?.faults) !== JSON.stringify(view.faults)) drawFaults(view.faults, act);
  if (!shown || JSON.stringify(shown.export) !== JSON.stringify(view.export)) {
    drawBalance(view.export);
  }
  drawTraffic(view.traffic);
  if (shown && shown.bot !== view.bot) announce(`The bot is ${botStates[view.bot]}.`);
  shown = view;
}

function drawBot(state, act) {
  const label = state === 'running' ? 'Kill the bot' : 'Start it again';
  const order = state === 'running' ? 'kill' : 'start';
  replaceKeepingFocus(byId('bot'), [
    make('p', { class: `state ${state}` }, `Bot ${botStates[state]}`),
    button(label, { class: 'button', 'data-key': 'bot', disabled: state === 'starting' }, () =>
      act('bot', { act: order }),
    ),
  ]);
}

function drawFaults(faults, act) {
  replaceKeepingFocus(
    byId('faults'),
    faults.map((fault) => {
      const text = make('p', { id: `fault-${fault.id}` }, fault.text);
      return make(
        'li',
        { class: fault.isOn || fault.left > 0 ? 'on' : undefined },
        make('div', {}, make('h4', {}, fault.title), text),
        fault.kind === 'switch' ? switchOf(fault, act) : playOf(fault, act),
      );
    }),
  );
}

function switchOf({ id, title, isOn }, act) {
  const properties = {
    class: 'switch',
    role: 'switch',
    'aria-checked': String(isOn),
    'aria-label': title,
    'aria-describedby': `fault-${id}`,
    'data-key': id,
  };
  return button(make('span'), properties, () => act('faults', { id, on: !isOn }));
}

function playOf({ id, title, left }, act) {
  const properties = {
    class: 'button',
    'aria-label': `Play ${title}`,
    'aria-describedby': `fault-${id}`,
    'data-key': id,
  };
  return button(left > 0 ? `${left} left` : 'Play', properties, () => {
    announce(`${title}: played.`);
    act('faults', { id });
  });
}

function drawBalance(exported) {
  const place = byId('balance');
  if (!exported) {
    place.replaceChildren(make('p', { class: 'note' }, 'No export yet.'));
    return;
  }
  const { state, ref, found, parts, problem } = exported;
  const rows = parts.map(({ name, count }) => {
    const bar = make('span', { class: 'bar', 'data-part': name });
    bar.style.width = `${found > 0 ? Math.max(2, (count / found) * 100) : 0}%`;
    return make(
      'tr',
      {},
      make('th', { scope: 'row' }, name),
      make('td', {}, make('span', { class: 'track' }, bar)),
      make('td', { class: 'count' }, count.toLocaleString('en')),
    );
  });
  place.replaceChildren(
    make(
      'p',
      { class: `state ${state}` },
      `Export ${ref ?? ''} is ${states[state]}`.replace('  ', ' '),
    ),
    ...(found === undefined ? [] : [balanceTable(rows, found, parts)]),
    ...(problem ? [make('p', { class: 'note' }, problem)] : []),
  );
}

function balanceTable(rows, found, parts) {
  const sum = parts.reduce((total, { count }) => total + count, 0);
  const words = parts.map(({ count }) => count.toLocaleString('en')).join(' + ');
  return make(
    'table',
    {},
    make('caption', {}, `${found.toLocaleString('en')} found`),
    make('tbody', {}, rows),
    make(
      'tfoot',
      {},
      make(
        'tr',
        { class: sum === found ? 'good' : 'bad' },
        make(
          'td',
          { colSpan: 3 },
          sum === found
            ? `✓ ${words} = ${found.toLocaleString('en')}`
            : `✗ ${words} is not ${found.toLocaleString('en')}`,
        ),
      ),
    ),
  );
}

function drawTraffic(traffic) {
  byId('traffic').replaceChildren(
    ...traffic.map(({ service, requests, limited, failed }) =>
      make(
        'tr',
        {},
        make('th', { scope: 'row' }, service),
        make('td', {}, String(requests)),
        make('td', { class: limited ? 'warn' : undefined }, String(limited)),
        make('td', { class: failed ? 'bad' : undefined }, String(failed)),
      ),
    ),
  );
}

/** The one who pressed a button that is drawn anew is on the new one afterwards. */
function replaceKeepingFocus(place, children) {
  const key = place.contains(document.activeElement) && document.activeElement.dataset.key;
  place.replaceChildren(...children);
  if (key) place.querySelector(`[data-key="${key}"]`)?.focus();
}
