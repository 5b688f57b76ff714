/** Where there is no room beside the messages, the panel lies over them while it is needed. */
const byId = (id) => document.getElementById(id);
const panel = byId('panel');
const opener = byId('show-panel');
const beneath = [...document.querySelectorAll('.side, main, .skip')];

export function openPanel() {
  setOpen(true);
  byId('panel-title').focus();
}

function setOpen(isOpen) {
  panel.classList.toggle('open', isOpen);
  opener.setAttribute('aria-expanded', String(isOpen));
  for (const element of beneath) element.inert = isOpen;
}

function close() {
  if (!panel.classList.contains('open')) return;
  setOpen(false);
  opener.focus();
}

byId('hide-panel').addEventListener('click', close);
panel.addEventListener('keydown', ({ key }) => {
  if (key === 'Escape') close();
});
// With room again it stands beside them as always.
matchMedia('(min-width: 72rem)').addEventListener('change', ({ matches }) => {
  if (matches && panel.classList.contains('open')) setOpen(false);
});
