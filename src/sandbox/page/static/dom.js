/**
 * An element with these properties and children. Texts become text nodes: nothing that somebody typed is
 * ever read as markup. `class`, `aria-…`, `role`, `for` and `data-…` are set as attributes.
 */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === false) continue;
    if (/^(class|role|for|scope|colspan|aria-.*|data-.*)$/.test(name)) {
      element.setAttribute(name, value === true ? 'true' : value);
    } else element[name] = value;
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== ''));
  return element;
}

/** A button that is no part of a form. */
export const button = (label, properties, onClick) => {
  const element = make('button', { type: 'button', ...properties }, label);
  element.addEventListener('click', onClick);
  return element;
};

const svgNamespace = 'http://www.w3.org/2000/svg';

const paths = {
  bot: 'M9 4V2.500M5.500 4h7A2.500 2.500 0 0 1 15 6.500v5a2.500 2.500 0 0 1-2.500 2.500h-7A2.500 2.500 0 0 1 3 11.500v-5A2.500 2.500 0 0 1 5.500 4zM6.700 8v1.500M11.300 8v1.500',
  people:
    'M6.500 8.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5zM2 14.500c0-2.500 2-4 4.500-4s4.500 1.500 4.500 4M12 3.800a2.500 2.500 0 0 1 0 4.500M13 10.800c1.800.4 3 1.700 3 3.700',
  send: 'M3 9h11M9.500 4.500 14 9l-4.500 4.500',
  reply: 'M7 4 3 8l4 4M3.500 8H11a4 4 0 0 1 4 4v1.500',
  download: 'M9 3v8M5.500 8 9 11.500 12.500 8M3.500 14.500h11',
  table: 'M3 4h12v10.500H3zM3 7.500h12M3 11h12M7.500 4v10.500',
  close: 'M4.500 4.500l9 9M13.500 4.500l-9 9',
  pulse: 'M2 9.500h3l2-5.500 3.500 10L12.500 9.500H16',
};

/** A drawing beside words, so that it says nothing by itself. */
export function icon(name) {
  const svg = document.createElementNS(svgNamespace, 'svg');
  svg.setAttribute('viewBox', '0 0 18 18');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(svgNamespace, 'path');
  path.setAttribute('d', paths[name]);
  svg.append(path);
  return svg;
}

const sumOf = (name) => [...name].reduce((sum, letter) => sum + letter.codePointAt(0), 0);

/** The sign of a person: initials, or a drawing for the bot. */
export function avatar({ name, isBot }) {
  const initials = name
    .split(' ')
    .map(([first]) => first)
    .slice(0, 2)
    .join('');
  const hue = isBot ? 'bot' : String(sumOf(name) % 5);
  return make(
    'span',
    { class: 'avatar', 'data-hue': hue, 'aria-hidden': 'true' },
    isBot ? icon('bot') : initials,
  );
}

const announcer = document.getElementById('announcer');

/** Says it to those who do not see it. */
export function announce(text) {
  announcer.append(make('p', {}, text));
  while (announcer.children.length > 5) announcer.firstElementChild.remove();
}
