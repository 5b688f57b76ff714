import type { Command } from '../grammar/command.ts';
import * as replies from '../replies.ts';
import {
  applicantOf,
  type CommandContext,
  type CommandDeps,
  placeOf,
  toRef,
  zoneOf,
} from './context.ts';

export async function login(
  _command: Command,
  { message, reply }: CommandContext,
  deps: CommandDeps,
): Promise<void> {
  const applicant = applicantOf(message);
  const waiting = deps.jobs.of(applicant).find(({ state }) => state === 'waiting_for_login');
  const place = placeOf(message);
  if (waiting) return deps.loginDesk.askForJob(waiting.order, 'first', place);
  const grant = await deps.grants.describe(applicant);
  if (grant) return reply(replies.alreadySignedIn());
  const due = deps.schedules.of(applicant).find(({ run }) => run !== undefined);
  const sent = due
    ? await deps.loginDesk.askForSchedule(due, place)
    : await deps.loginDesk.askPlain(applicant, place, zoneOf(message, deps));
  if (sent === 'direct') await reply(replies.signInSentDirectly());
}

export async function logout(
  _command: Command,
  { message, reply }: CommandContext,
  deps: CommandDeps,
): Promise<void> {
  const applicant = applicantOf(message);
  const jobs = deps.jobs.of(applicant);
  const looks = deps.jobs.looksOf(applicant);
  const late = jobs.filter(({ isPosting }) => isPosting);
  const stopped = jobs.filter(({ isPosting }) => !isPosting);
  const forget = async () => {
    await deps.loginDesk.withdraw(applicant);
    const had = await deps.grants.remove(applicant);
    deps.onLoggedOut?.(applicant, had);
    await reply(
      replies.loggedOut({
        had,
        stopped: stopped.map(toRef),
        late: late.map(toRef),
        schedules: deps.schedules.of(applicant).length,
      }),
    );
  };
  // All are told to stop before anything waits: what is said has happened.
  await Promise.all([...jobs, ...looks].map(({ ref }) => deps.jobs.cancel(ref)).concat(forget()));
  // Again, since one of them may have been asking for a sign-in meanwhile.
  await deps.loginDesk.withdraw(applicant);
}

export async function whoami(
  _command: Command,
  { message, reply }: CommandContext,
  deps: CommandDeps,
): Promise<void> {
  const applicant = applicantOf(message);
  const grant = await deps.grants.describe(applicant);
  await reply(
    replies.whoami({
      name: applicant.displayName,
      email: applicant.email,
      orgUuid: applicant.orgUuid,
      contactCenterOrgUuid: deps.contactCenterOrgUuid ?? grant?.contactCenterOrgUuid,
      region: deps.region,
      zone: zoneOf(message, deps),
      grant,
    }),
  );
}
