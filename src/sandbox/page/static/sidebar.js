import { avatar, make } from './dom.js';

const peopleList = document.getElementById('people');
const spaceList = document.getElementById('spaces');

export function drawPeople(people, choose) {
  peopleList.replaceChildren(
    ...people.map((person) => {
      const radio = make('input', { type: 'radio', name: 'person', value: person.id });
      radio.addEventListener('change', () => choose(person));
      return make(
        'label',
        { class: 'person', title: person.organization },
        radio,
        avatar(person),
        make(
          'span',
          { class: 'who' },
          make('strong', {}, person.name),
          make('span', { class: 'note' }, person.note),
        ),
      );
    }),
  );
  peopleList.querySelector('input').checked = true;
}

export function drawSpaces({ spaces, joinable }, current, { open, join }) {
  const items = spaces.map((space) => {
    const unread = space.unread > 0 ? make('span', { class: 'unread' }, String(space.unread)) : '';
    const hidden = space.unread > 0 ? make('span', { class: 'hidden' }, ' new') : '';
    const sign = space.mentions
      ? make('span', { class: 'avatar space', 'aria-hidden': 'true' }, '#')
      : avatar({ name: space.title, isBot: true });
    const entry = make(
      'button',
      { type: 'button', 'aria-current': space.id === current?.id },
      sign,
      make('span', { class: 'name' }, space.title),
      unread,
      hidden,
    );
    entry.addEventListener('click', () => open(space));
    return make('li', {}, entry);
  });
  if (joinable !== undefined) {
    const entry = make('button', { type: 'button', class: 'join' }, `Join ${joinable}`);
    entry.addEventListener('click', join);
    items.push(make('li', {}, entry));
  }
  const focused = [...spaceList.querySelectorAll('button')].indexOf(document.activeElement);
  spaceList.replaceChildren(...items);
  spaceList.querySelectorAll('button')[focused]?.focus();
}
