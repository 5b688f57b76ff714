import express, { Router } from 'express';
import { z } from 'zod';
import type { BotKeeper } from '../bot-keeper.ts';
import type { Door } from '../door.ts';
import { Refusal } from '../webex/refusal.ts';
import { parse } from '../webex/requests.ts';
import type { Webex } from '../webex/webex.ts';
import { ExportWatch } from './export-watch.ts';
import { createFaults, type FaultsDeps } from './faults.ts';
import { Traffic } from './traffic.ts';

export interface PanelDeps extends FaultsDeps {
  readonly door: Door;
  readonly webex: Webex;
  readonly bot: BotKeeper;
}

/** The side panel: faults to play, the bot to kill, and the account of the latest export. */
export interface Panel {
  readonly api: Router;
  view(): unknown;
  /** Told of changes, many at once as one. @returns the function that ends it */
  onChange(listener: () => void): () => void;
  close(): void;
}

const Played = z.object({ id: z.string(), on: z.boolean().default(true) });
const Ordered = z.object({ act: z.enum(['kill', 'start']) });

/** Hundreds of requests a second change the counts; nobody reads faster than this. */
const togetherMs = 200;

export function createPanel(deps: PanelDeps): Panel {
  const { bot } = deps;
  const listeners = new Set<() => void>();
  let timer: NodeJS.Timeout | undefined;
  const changed = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      for (const listener of listeners) listener();
    }, togetherMs);
  };
  const faults = createFaults(deps);
  const traffic = new Traffic(deps.door, changed);
  const watch = new ExportWatch(deps.webex, { started: () => traffic.reset(), changed });
  const stops = [bot.onChange(changed), faults.onChange(changed)];

  const view = () => ({
    bot: bot.state,
    faults: faults.list(),
    export: watch.latest,
    traffic: traffic.view(),
  });
  const api = Router();
  api.use(express.json());
  api.get('/panel', (_request, response) => {
    response.json(view());
  });
  api.post('/faults', (request, response) => {
    const { id, on } = parse(Played, request.body);
    if (!faults.play(id, on)) throw new Refusal(404, 'There is no such fault.');
    response.json(view());
  });
  api.post('/bot', async (request, response) => {
    const { act } = parse(Ordered, request.body);
    await bot[act]();
    response.json(view());
  });

  return {
    api,
    view,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      clearTimeout(timer);
      for (const stop of stops) stop();
      traffic.close();
      watch.close();
    },
  };
}
