import { avatar, button, make } from './dom.js';

const dialog = document.getElementById('members');

/** @param change called with a person and whether they are to be in the space */
export function showMembers({ title, members, invitable, isGroup }, change) {
  const tag = ({ isExternal, isBot }) =>
    isExternal
      ? make('span', { class: 'badge outside' }, 'Outside')
      : isBot
        ? make('span', { class: 'badge' }, 'Bot')
        : undefined;
  const row = (member, action) =>
    make(
      'li',
      {},
      avatar(member),
      make(
        'p',
        {},
        make('strong', {}, member.name),
        ' ',
        tag(member),
        make('span', { class: 'org' }, member.organization),
      ),
      action,
    );
  const actionFor = (member, isMember, label) =>
    button(`${label}`, { class: 'button', 'aria-label': `${label} ${member.name}` }, () => {
      dialog.close();
      change(member, isMember);
    });
  dialog.replaceChildren(
    make(
      'div',
      { class: 'dialog-head' },
      make('h2', { id: 'members-title', tabIndex: -1 }, `In ${title}`),
      button('Close', { class: 'button' }, () => dialog.close()),
    ),
    make(
      'ul',
      {},
      members.map((member) =>
        row(member, isGroup && member.isExternal ? actionFor(member, false, 'Remove') : undefined),
      ),
    ),
    ...(isGroup && invitable.length > 0
      ? [
          make('h3', {}, 'Not here'),
          make(
            'ul',
            {},
            invitable.map((member) => row(member, actionFor(member, true, 'Invite'))),
          ),
        ]
      : []),
  );
  dialog.showModal();
}
