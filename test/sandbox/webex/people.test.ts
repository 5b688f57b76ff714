import { describe, expect, it } from 'vitest';
import { startTestWebex } from './start.ts';

const uuid = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}';

describe('people, spaces and memberships', () => {
  it('says who the bot is, with ids that hold a UUID', async () => {
    const { webex, call } = await startTestWebex();
    const { body, headers } = await call('GET', '/people/me');
    const decoded = [body.id, body.orgId].map((id) => Buffer.from(id, 'base64').toString());
    expect(body).toMatchObject({
      id: webex.bot.id,
      emails: ['exporter@webex.bot'],
      displayName: 'Exporter',
      type: 'bot',
    });
    expect(body.id).not.toContain('=');
    expect(decoded).toEqual([
      expect.stringMatching(`^ciscospark://us/PEOPLE/${uuid}$`),
      expect.stringMatching(`^ciscospark://us/ORGANIZATION/${uuid}$`),
    ]);
    expect(headers['trackingid']).toMatch(new RegExp(uuid));
  });

  it('looks people up singly and in a list, naming those it does not know', async () => {
    const { webex, call } = await startTestWebex();
    const { admin, colleague } = webex.people;
    const unknown = webex.space.id;
    const answers = [
      await call('GET', `/people/${admin.id}`),
      await call('GET', `/people/?id=${admin.id},${colleague.id},${unknown}&showAllTypes=false`),
      await call('GET', `/people?email=${colleague.email}`),
      await call('GET', `/people/${unknown}`),
      await call('GET', '/people'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 400, 400]);
    expect(answers[0]?.body).toMatchObject({
      displayName: 'Ana Petrova',
      timezone: 'Europe/Berlin',
    });
    expect(answers[1]?.body).toMatchObject({
      items: [{ id: admin.id }, { id: colleague.id }],
      notFoundIds: [unknown],
    });
    expect(answers[2]?.body.items).toMatchObject([{ id: colleague.id }]);
  });

  it('shows a space and its members to members only', async () => {
    const { webex, call } = await startTestWebex({ pageCap: 3 });
    const { admin, outsider } = webex.people;
    webex.addMember(webex.space.id, outsider);
    const foreign = webex.addGroupSpace('Without bot', admin, []);
    const room = await call('GET', `/rooms/${webex.space.id}`);
    const first = await call('GET', `/memberships?roomId=${webex.space.id}`);
    const link = /<([^>]+)>; rel="next"/.exec(String(first.headers['link']))?.[1] ?? '';
    const second = await call('GET', link);
    const hidden = [
      await call('GET', `/rooms/${foreign.id}`),
      await call('GET', `/memberships?roomId=${foreign.id}`),
    ];
    expect(room.body).toMatchObject({
      title: 'CC reports',
      type: 'group',
      ownerId: webex.organizations.home.id,
      isPublic: false,
      isReadOnly: false,
    });
    expect(first.body.items).toHaveLength(3);
    expect(second.body.items).toMatchObject([
      { personEmail: 'exporter@webex.bot', personOrgId: webex.organizations.maker.id },
      { personEmail: 'otto@brightwater.example', personOrgId: webex.organizations.outside.id },
    ]);
    expect(second.headers).not.toHaveProperty('link');
    expect(hidden.map(({ status }) => status)).toEqual([404, 404]);
  });

  it('lists the bot’s own memberships, and one by person', async () => {
    const { webex, call } = await startTestWebex();
    const { admin } = webex.people;
    const direct = webex.directSpace(admin);
    const own = await call('GET', '/memberships?max=1000');
    const one = await call('GET', `/memberships?roomId=${direct.id}&personId=${admin.id}`);
    const title = await call('GET', `/rooms/${direct.id}`);
    expect(own.body.items).toMatchObject([
      { roomId: webex.space.id, personId: webex.bot.id },
      { roomId: direct.id, personId: webex.bot.id, roomType: 'direct' },
    ]);
    expect(one.body.items).toMatchObject([{ personId: admin.id }]);
    expect(title.body).toMatchObject({ title: 'Ana Petrova', type: 'direct' });
    expect(title.body).not.toHaveProperty('ownerId');
  });

  it('shows a membership by its id to those who are in the space', async () => {
    const { webex, call } = await startTestWebex();
    const { admin, outsider } = webex.people;
    const foreign = webex.addGroupSpace('Elsewhere', outsider, [webex.bot]);
    const { body } = await call('GET', `/memberships?roomId=${foreign.id}`);
    const path = `/memberships/${body.items[0].id}`;
    const { accessToken } = webex.issueGrant(admin, ['spark:memberships_read']);
    const seen = await call('GET', path);
    const unseen = await call('GET', path, { token: accessToken });
    const unknown = await call('GET', `/memberships/${webex.space.id}`);
    expect(seen.body).toEqual(body.items[0]);
    expect([unseen.status, unknown.status]).toEqual([404, 404]);
  });

  it('accepts live tokens only, and of people within their scopes', async () => {
    const { webex, call } = await startTestWebex();
    const { admin } = webex.people;
    const { accessToken } = webex.issueGrant(admin);
    const status = async (path: string, token: string) =>
      (await call('GET', path, { token })).status;
    const statuses = [
      await status('/people/me', accessToken),
      await status('/webhooks', accessToken),
      await status('/people/me', 'made-up'),
    ];
    webex.expireAccessTokens(admin);
    statuses.push(await status('/people/me', accessToken));
    expect(statuses).toEqual([200, 403, 401, 401]);
    expect(accessToken).toMatch(new RegExp(`^[0-9a-f]+_PF84_${webex.organizations.home.uuid}$`));
  });
});
