import { access } from 'node:fs/promises';
import { dirname } from 'node:path';
import { request } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/sandbox.ts';

async function search(sandbox: Sandbox, token: string): Promise<number> {
  const { statusCode, body } = await request(
    `${sandbox.contactCenter.url}/organization/${sandbox.webex.organizations.home.uuid}/v2/contact-service-queue`,
    { headers: { authorization: `Bearer ${token}` } },
  );
  await body.dump();
  return statusCode;
}

describe('the sandbox', () => {
  it('gives the bot every setting it needs, always the same, and lets some be changed', async () => {
    const sandbox = await startSandbox();
    onTestFinished(() => sandbox.close());
    const environment = sandbox.botEnv({ TIMEZONE: 'Asia/Kolkata' });
    const config = loadConfig({ ...environment, ENV_FILE: '/dev/null' });
    expect(config).toMatchObject({
      PUBLIC_URL: new URL(sandbox.publicUrl),
      WEBEX_API_URL: new URL(sandbox.webex.apiUrl),
      ADMINS: ['ana@harbour.example', 'ben@harbour.example'],
      TIMEZONE: 'Asia/Kolkata',
      TRANSCRIPT_HOSTS: [sandbox.contactCenter.filesHost],
    });
    expect(sandbox.botEnv({ TIMEZONE: 'Asia/Kolkata' })).toEqual(environment);
  });

  it('opens the contact center to those with a role in it', async () => {
    const sandbox = await startSandbox();
    onTestFinished(() => sandbox.close());
    const { webex } = sandbox;
    const statuses: number[] = [];
    for (const person of [webex.people.admin, webex.people.secondAdmin, webex.people.colleague]) {
      statuses.push(await search(sandbox, webex.issueGrant(person).accessToken));
    }
    const old = webex.issueGrant(webex.people.admin).accessToken;
    webex.expireAccessTokens(webex.people.admin);
    statuses.push(await search(sandbox, webex.botToken), await search(sandbox, old));
    expect(statuses).toEqual([200, 200, 403, 403, 401]);
  });

  it('leaves nothing behind', async () => {
    const sandbox = await startSandbox();
    await sandbox.close();
    const { apiUrl } = sandbox.webex;
    await expect(access(dirname(sandbox.dataDir))).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(request(apiUrl)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
