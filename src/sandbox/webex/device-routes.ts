import express, { Router } from 'express';
import { z } from 'zod';
import type { AsCaller } from './callers.ts';
import type { Device, Devices } from './devices.ts';
import { connectionPath } from './mercury.ts';
import { idIn, parse } from './requests.ts';

interface Deps {
  readonly asCaller: AsCaller;
  readonly devices: Devices;
  /** `http://127.0.0.1:<port>` */
  readonly origin: () => string;
}

export const catalogPath = '/u2c/api/v1';
const wdmPath = '/wdm/api/v1';
/** A bot's token may do it, and a person's with everything that the SDK needs. */
const scope = 'spark:all';

const NewDevice = z.object({
  name: z.string().min(1),
  deviceType: z.string().min(1),
  model: z.string().min(1),
  localizedModel: z.string().min(1),
  systemName: z.string().min(1),
  systemVersion: z.string().min(1),
});

/** The service catalog, and WDM, where devices are registered. Neither is part of the public API. */
export function createDeviceRoutes({ asCaller, devices, origin }: Deps): Router {
  const toJson = ({ id, name, deviceType, owner }: Device) => ({
    url: `${origin()}${wdmPath}/devices/${id}`,
    webSocketUrl: `${origin().replace(/^http/, 'ws')}${connectionPath(id)}`,
    userId: owner.uuid,
    ...{ name, deviceType },
  });
  const router = Router();
  router.get(
    `${catalogPath}/catalog`,
    asCaller(scope, (_caller, _request, response) => {
      response.json({ serviceLinks: { wdm: `${origin()}${wdmPath}` }, hostCatalog: {} });
    }),
  );
  router.get(
    `${wdmPath}/devices`,
    asCaller(scope, (caller, _request, response) => {
      response.json({ devices: devices.list(caller).map(toJson) });
    }),
  );
  router.post(
    `${wdmPath}/devices`,
    express.json(),
    asCaller(scope, (caller, request, response) => {
      response.json(toJson(devices.register(caller, parse(NewDevice, request.body))));
    }),
  );
  router.delete(
    `${wdmPath}/devices/:id`,
    asCaller(scope, (caller, request, response) => {
      devices.delete(caller, idIn(request));
      response.status(204).end();
    }),
  );
  return router;
}
