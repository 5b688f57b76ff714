import { randomUUID } from 'node:crypto';
import type { Person } from './directory.ts';
import { Refusal } from './refusal.ts';

export interface Device {
  readonly id: string;
  readonly owner: Person;
  readonly name: string;
  readonly deviceType: string;
}

/** A constant of newer versions of the SDK; what counts is that there is a limit. */
const mostDevices = 100;

/** What listens by websocket, one for each program of a person or bot. */
export class Devices {
  readonly #devices = new Map<string, Device>();

  register(owner: Person, given: Pick<Device, 'name' | 'deviceType'>): Device {
    if (this.of(owner).length >= mostDevices) {
      throw new Refusal(403, 'User has excessive device registrations.');
    }
    const device = { ...given, id: randomUUID(), owner };
    this.#devices.set(device.id, device);
    return device;
  }

  /** @throws {Refusal} as the service does where there are none at all */
  list(owner: Person): Device[] {
    const devices = this.of(owner);
    if (devices.length === 0) throw new Refusal(404, 'No devices found.');
    return devices;
  }

  of(owner: Person): Device[] {
    return [...this.#devices.values()].filter((device) => device.owner.id === owner.id);
  }

  byId(id: string): Device | undefined {
    return this.#devices.get(id);
  }

  delete(owner: Person, id: string): void {
    if (this.#devices.get(id)?.owner.id !== owner.id) throw new Refusal(404, 'Device not found.');
    this.#devices.delete(id);
  }

  /** As when the service cleans up: nobody is told. */
  forgetAll(): void {
    this.#devices.clear();
  }
}
