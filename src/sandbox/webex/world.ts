import type { Directory, Organization, Person } from './directory.ts';
import type { Room, Spaces } from './spaces.ts';

export interface World {
  readonly organizations: {
    readonly home: Organization;
    readonly outside: Organization;
    /** Made the bot, and owns its account: nobody of it uses the bot. */
    readonly maker: Organization;
  };
  readonly people: {
    readonly admin: Person;
    readonly secondAdmin: Person;
    /** Of the home organization, without any right in the contact center. */
    readonly colleague: Person;
    readonly outsider: Person;
  };
  readonly bot: Person;
  /** The group space where the home organization works with the bot. */
  readonly space: Room;
}

/** Who is there before anything happens. */
export function createWorld(directory: Directory, spaces: Spaces): World {
  const home = directory.addOrganization('Harbour Outfitters');
  const outside = directory.addOrganization('Brightwater Partners');
  const maker = directory.addOrganization('Bot Workshop');
  const admin = directory.addPerson({
    displayName: 'Ana Petrova',
    email: 'ana@harbour.example',
    organization: home,
    timezone: 'Europe/Berlin',
    contactCenterRole: 'administrator',
  });
  const secondAdmin = directory.addPerson({
    displayName: 'Ben Okafor',
    email: 'ben@harbour.example',
    organization: home,
    contactCenterRole: 'supervisor',
  });
  const colleague = directory.addPerson({
    displayName: 'Nora Lind',
    email: 'nora@harbour.example',
    organization: home,
    timezone: 'Europe/Stockholm',
  });
  const outsider = directory.addPerson({
    displayName: 'Otto Weiss',
    email: 'otto@brightwater.example',
    organization: outside,
  });
  // One word: apps show only the first one of a bot's name in a mention.
  const bot = directory.addPerson({
    displayName: 'Exporter',
    email: 'exporter@webex.bot',
    organization: maker,
    type: 'bot',
  });
  const members = [secondAdmin, colleague, bot];
  const space = spaces.createGroup({ title: 'CC reports', creator: admin }, members);
  return {
    organizations: { home, outside, maker },
    people: { admin, secondAdmin, colleague, outsider },
    bot,
    space,
  };
}
