import { randomUUID } from 'node:crypto';
import { idOf } from './ids.ts';

export interface Organization {
  readonly id: string;
  readonly uuid: string;
  readonly name: string;
}

export interface Person {
  readonly id: string;
  readonly uuid: string;
  readonly email: string;
  readonly displayName: string;
  readonly organization: Organization;
  readonly type: 'person' | 'bot';
  /** Only where the person has set one. */
  readonly timezone: string | undefined;
  /** What the contact center lets this person do; nothing where it is not set. */
  readonly contactCenterRole: 'administrator' | 'supervisor' | undefined;
  readonly createdMs: number;
}

export interface NewPerson {
  readonly displayName: string;
  readonly email: string;
  readonly organization: Organization;
  readonly type?: Person['type'];
  readonly timezone?: string;
  readonly contactCenterRole?: Person['contactCenterRole'];
}

/** Everybody Webex knows: people, bots and the organizations they belong to. */
export class Directory {
  readonly #people = new Map<string, Person>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  addOrganization(name: string): Organization {
    const uuid = randomUUID();
    return { id: idOf('ORGANIZATION', uuid), uuid, name };
  }

  addPerson(given: NewPerson): Person {
    const uuid = randomUUID();
    const person: Person = {
      type: 'person',
      timezone: undefined,
      contactCenterRole: undefined,
      ...given,
      id: idOf('PEOPLE', uuid),
      uuid,
      createdMs: this.#now(),
    };
    this.#people.set(person.id, person);
    return person;
  }

  byId(id: string): Person | undefined {
    return this.#people.get(id);
  }

  byEmail(email: string): Person | undefined {
    return this.all().find((person) => person.email === email.toLowerCase());
  }

  all(): Person[] {
    return [...this.#people.values()];
  }
}

export function personJson(person: Person) {
  const [firstName = '', ...rest] = person.displayName.split(' ');
  return {
    id: person.id,
    emails: [person.email],
    phoneNumbers: [],
    displayName: person.displayName,
    nickName: firstName,
    firstName,
    lastName: rest.join(' '),
    orgId: person.organization.id,
    created: new Date(person.createdMs).toISOString(),
    status: 'active',
    type: person.type,
    ...(person.timezone !== undefined && { timezone: person.timezone }),
  };
}
