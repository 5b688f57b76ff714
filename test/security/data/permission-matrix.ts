import type { Command } from '../../../src/bot/grammar/command.ts';
import type { Permission } from '../../../src/bot/permission.ts';

const home = '11111111-2222-4333-8444-555555555555';
const foreign = 'ffffffff-2222-4333-8444-555555555555';
const uuid = '00000000-0000-4000-8000-00000000000a';

export const rules = {
  admins: ['ana@x.example'],
  allowedOrgUuids: [home],
  allowedSpaceIds: ['listed'],
};

const people = {
  'an administrator': { emails: ['Ana@X.example'], type: 'person' },
  'somebody else': { emails: ['bob@x.example'], type: 'person' },
  'a bot of that name': { emails: ['ana@x.example'], type: 'bot' },
  'a guest of that name': { emails: ['ana@x.example'], type: 'appuser' },
};

const organizations = { home, foreign, none: '' } as const;

const spaces = [
  { roomId: 'listed', roomType: 'group' },
  { roomId: 'other', roomType: 'group' },
  { roomId: 'direct', roomType: 'direct' },
  undefined,
] as const;

const no = 'not_an_admin';
const out = 'foreign_organization';

type Line = readonly [
  who: keyof typeof people,
  organization: keyof typeof organizations,
  listed: Permission,
  other: Permission,
  direct: Permission,
  nowhere: Permission,
];

/** Who may command the bot at all: by person, organization, and the four spaces above. */
const lines: readonly Line[] = [
  ['an administrator', 'home', 'allowed', 'other_space', 'allowed', 'allowed'],
  ['an administrator', 'foreign', out, out, out, out],
  ['an administrator', 'none', out, out, out, out],
  ['somebody else', 'home', no, no, no, no],
  ['somebody else', 'foreign', out, out, out, out],
  ['somebody else', 'none', out, out, out, out],
  ['a bot of that name', 'home', no, no, no, no],
  ['a bot of that name', 'foreign', no, no, no, no],
  ['a bot of that name', 'none', no, no, no, no],
  ['a guest of that name', 'home', no, no, no, no],
  ['a guest of that name', 'foreign', no, no, no, no],
  ['a guest of that name', 'none', no, no, no, no],
];

export const asking = lines.flatMap(([who, organization, ...permissions]) =>
  permissions.map((permission, index) => ({
    who: `${who} of ${organization}`,
    person: { id: 'p', uuid, orgUuid: organizations[organization], ...people[who] },
    space: spaces[index],
    permission,
  })),
);

/** Whose the export or schedule of the command is. */
export const owners = [
  { whose: 'nothing', owner: undefined, isOthers: false },
  { whose: 'their own', owner: { personUuid: uuid, orgUuid: home }, isOthers: false },
  {
    whose: 'of the same id elsewhere',
    owner: { personUuid: uuid, orgUuid: foreign },
    isOthers: true,
  },
  {
    whose: "somebody else's",
    owner: { personUuid: 'ffffffff-0000-4000-8000-000000000000', orgUuid: home },
    isOthers: true,
  },
] as const;

const everywhere = { group: 'allowed', direct: 'allowed' } as const;
const ownerOnly = { group: 'not_the_owner', direct: 'not_the_owner' } as const;
const directOnly = { group: 'not_the_owner', direct: 'allowed' } as const;

/** What who may command the bot may do with what is somebody else's; a new command needs an answer here. */
export const withOthers: Readonly<
  Record<Command['kind'], { readonly group: Permission; readonly direct: Permission }>
> = {
  cancel: directOnly,
  recall: directOnly,
  retry: directOnly,
  unschedule: directOnly,
  // It would answer in their name, and run with their sign-in.
  run: ownerOnly,
  // These are about nobody else's.
  export: everywhere,
  schedule: everywhere,
  schedules: everywhere,
  status: everywhere,
  history: everywhere,
  login: everywhere,
  logout: everywhere,
  whoami: everywhere,
  help: everywhere,
};
