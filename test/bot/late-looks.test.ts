import { expect, test } from 'vitest';
import type { Job } from '../../src/export/job.ts';
import { orderWith } from '../export/orders.ts';
import { gate } from '../helpers/gate.ts';
import { createRig, nothingFound, type Rig } from './rig.ts';

/** A rig with a look at late transcripts that goes on until something stops it; exports end at once. */
async function startLook() {
  const begun = gate();
  const rig = await createRig({
    run: (job: Job) => {
      if (!job.isLateLook) return Promise.resolve(nothingFound(job));
      begun.open();
      return new Promise((_resolve, reject) => {
        job.stopping.signal.addEventListener('abort', () => reject(job.stopping.signal.reason));
      });
    },
  });
  const { admin } = rig.people;
  await rig.signIn(admin);
  const place = { roomId: rig.space.id, roomType: 'group', parentId: 'p', messageId: 'm' } as const;
  const look = await rig.jobs.accept({
    ...orderWith({ place, addendumTo: 'E7K2', lateLook: 1 }),
    requester: {
      ...{ personId: admin.id, personUuid: admin.uuid, orgUuid: admin.organization.uuid },
      ...{ displayName: admin.displayName, email: admin.email },
    },
  });
  rig.jobs.start(look.ref);
  await begun.opened;
  return { rig, look };
}

const outcomesOf = ({ finished }: Rig) =>
  finished.list().map(({ order, outcome }) => [order.lateLook ?? 'export', outcome]);

test('a look is in the way of nothing that its person says', async () => {
  const { rig } = await startLook();
  const said = {
    status: await rig.say('status'),
    cancel: await rig.say('cancel'),
    export: await rig.say('export yesterday'),
    history: await rig.say('history'),
  };
  await rig.jobs.idle();
  expect(rig.answersTo(said.status)).toEqual([
    'Nothing of yours is running. export last 7 days starts an export.',
  ]);
  expect(rig.answersTo(said.cancel)).toEqual(['Nothing of yours is running.']);
  expect(rig.answersTo(said.export)).toEqual([
    expect.stringMatching(/^Exporting /),
    expect.stringMatching(/^No conversations /),
  ]);
  expect(rig.answersTo(said.history).join()).not.toContain('addendum');
  expect(outcomesOf(rig)).toEqual([
    [1, 'cancelled'],
    ['export', 'empty'],
  ]);
});

test('a look does not keep a schedule waiting', async () => {
  const { rig } = await startLook();
  rig.scheduler.start();
  await rig.say('schedule every day 08:00 export yesterday in UTC');
  await rig.becomes(rig.clock.now() + 24 * 3_600_000);
  await rig.jobs.idle();
  expect(outcomesOf(rig)).toEqual([
    [1, 'cancelled'],
    ['export', 'empty'],
  ]);
  const announced = rig.sandbox.messages(rig.space.id).map(({ text }) => text);
  expect(announced.filter((text) => text.includes('was not over'))).toEqual([]);
});

test('a look that is posting is let through', async () => {
  const { rig, look } = await startLook();
  look.beginPosting();
  const said = await rig.say('export yesterday');
  expect(rig.answersTo(said)[0]).toMatch(/^Exporting /);
  expect(rig.jobs.looksOf(rig.applicant(rig.people.admin))).toEqual([look]);
});
