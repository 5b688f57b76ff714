import { z } from 'zod';
import { ConfigError } from '../../errors.ts';
import { ApiError } from '../../http/errors.ts';
import type { RetryPolicy } from '../../http/retry.ts';
import { createWebexApi, type WebexApi, type WebexApiDeps } from '../api.ts';
import { trustedUrl } from './addresses.ts';

/** What a websocket belongs to at Webex: one for each program that listens for an account. */
interface Device {
  readonly url: URL;
  readonly webSocketUrl: URL;
}

export interface Devices {
  /**
   * The device of an earlier start, or a new one.
   *
   * @throws {ConfigError} the token is refused; otherwise what Webex answered
   */
  obtain(): Promise<Device>;
  /** Makes the next `obtain` register a new one. A device that is gone already counts as removed. */
  remove(device: Device): Promise<void>;
}

type DevicesDeps = Omit<WebexApiDeps, 'apiUrl' | 'policy'> & {
  /** The service catalog, which tells where the data center of the bot registers devices. */
  readonly catalogUrl: URL;
};

/**
 * By its name the bot finds its device again, whichever way it ended. Webex refuses an account with too many
 * devices, so one for each start would come to an end some day.
 */
const name = 'wxcc-export-bot';

/** As the SDK and the thin clients of bots register themselves; the service wants every member. */
const description = {
  deviceName: name,
  name,
  deviceType: 'DESKTOP',
  model: 'node',
  localizedModel: 'node',
  systemName: name,
  systemVersion: '1',
};

/** Whoever connects again has a patience of its own. */
const once: RetryPolicy = { attempts: 1, baseMs: 0, capMs: 0, maxRetryAfterMs: 0 };

const Catalog = z.object({ serviceLinks: z.object({ wdm: z.string() }) });
const Listed = z.object({ devices: z.array(z.unknown()) });
const Registered = z.object({
  name: z.string().nullish(),
  url: z.string(),
  webSocketUrl: z.string(),
});
type Registered = z.infer<typeof Registered>;

/** Registration of devices (WDM), a service of Webex without a public reference; see the SDK's device plugin. */
export function createDevices({ catalogUrl: home, ...deps }: DevicesDeps): Devices {
  const apiAt = (apiUrl: URL): WebexApi => createWebexApi({ ...deps, apiUrl, policy: once });

  const find = async (): Promise<WebexApi> => {
    const doing = 'reading the service catalog';
    const call = { doing, method: 'GET', path: 'catalog?format=hostmap' } as const;
    const { serviceLinks } = await apiAt(home).read(call, Catalog);
    return apiAt(trustedUrl(serviceLinks.wdm, { home, scheme: 'http', doing }));
  };

  const toDevice = ({ url, webSocketUrl }: Registered): Device => {
    const doing = 'reading a device';
    return {
      url: trustedUrl(url, { home, scheme: 'http', doing }),
      webSocketUrl: trustedUrl(webSocketUrl, { home, scheme: 'ws', doing }),
    };
  };

  const list = async (wdm: WebexApi): Promise<Device[]> => {
    const call = { doing: 'listing devices', method: 'GET', path: 'devices' } as const;
    const { devices } = await wdm.read(call, Listed).catch(unlessMissing({ devices: [] }));
    const readable = devices.flatMap((device) => Registered.safeParse(device).data ?? []);
    return readable.filter((device) => device.name === name).map(toDevice);
  };

  const remove = async ({ url }: Device): Promise<void> => {
    const call = { doing: 'removing a device', method: 'DELETE', path: lastSegment(url) } as const;
    await apiAt(new URL('.', url)).run(call).catch(unlessMissing(undefined));
  };

  return {
    remove,
    async obtain() {
      try {
        const wdm = await find();
        const [known, ...others] = await list(wdm);
        // Of two starts at the same moment.
        for (const other of others) await remove(other);
        if (known) return known;
        const call = { doing: 'registering a device', method: 'POST', path: 'devices' } as const;
        return toDevice(await wdm.read({ ...call, json: description }, Registered));
      } catch (error) {
        if (error instanceof ApiError && error.status === 401) throw tokenRefused();
        throw error;
      }
    },
  };
}

export function tokenRefused(): ConfigError {
  return new ConfigError([
    'WEBEX_BOT_TOKEN is refused by the websocket service of Webex: create a new one for the bot.',
  ]);
}

function lastSegment({ pathname }: URL): string {
  return pathname.split('/').at(-1) ?? '';
}

/** The service says 404 where others would say that there are none. */
function unlessMissing<T>(value: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof ApiError && error.status === 404) return value;
    throw error;
  };
}
