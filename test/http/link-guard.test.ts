import { describe, expect, it } from 'vitest';
import { createLinkGuard, type LinkRules } from '../../src/http/link-guard.ts';

const rules: LinkRules = {
  listed: undefined,
  isTrusted: (hostname) => hostname === 'good.example' || hostname.endsWith('.good.example'),
  setting: 'HOSTS',
};

function refusal(link: string, listed?: readonly string[]) {
  try {
    createLinkGuard({ ...rules, listed }).check(link);
  } catch (error) {
    return error;
  }
  return undefined;
}

function resolveTo(...addresses: string[]) {
  return async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
}

async function lookUp(
  addresses: readonly string[],
  listed?: readonly string[],
  hostname = 'good.example',
) {
  const guard = createLinkGuard({ ...rules, listed }, resolveTo(...addresses));
  return await new Promise((resolve, reject) => {
    guard.lookup(hostname, { all: true }, (error, found) =>
      error ? reject(error) : resolve(found),
    );
  });
}

describe('link guard without a list', () => {
  it('lets https links to trusted hosts through, in whatever spelling', () => {
    const guard = createLinkGuard(rules);
    const links = [
      'https://good.example/a?b=c',
      'https://bucket.good.example/',
      'HTTPS://GOOD.example:443/',
    ];
    expect(links.map((link) => guard.check(link).host)).toEqual([
      'good.example',
      'bucket.good.example',
      'good.example',
    ]);
  });

  it('names the host and the line that would allow it', () => {
    expect(refusal('https://files.other.example:8443/secret?sig=abc')).toMatchObject({
      code: 'host_refused',
      host: 'files.other.example:8443',
      settingLine: 'HOSTS=files.other.example:8443',
      userMessage: expect.stringContaining('set HOSTS=files.other.example:8443'),
    });
  });

  it('never repeats path, query or user information of a link', () => {
    const error = refusal('https://user:pass@other.example/secret-path?sig=abc#frag');
    expect(String(error) + JSON.stringify(error)).not.toMatch(
      /secret-path|sig|abc|frag|user:|pass/,
    );
  });

  it('offers no setting where none would help', () => {
    const links = [
      'http://good.example/',
      'ftp://good.example/',
      'https://u@good.example/',
      'not a link',
    ];
    expect(links.map((link) => refusal(link))).toEqual(
      links.map(() => expect.objectContaining({ code: 'host_refused', settingLine: undefined })),
    );
  });

  it('does not show a host made of characters that mean something in a message', () => {
    expect(refusal('https://a`*b.example/')).toMatchObject({
      host: undefined,
      settingLine: undefined,
    });
  });

  it('connects to public addresses', async () => {
    await expect(lookUp(['52.219.140.1', '2600:1f18::1'])).resolves.toHaveLength(2);
  });

  it.each([
    ['loopback', '127.0.0.1', undefined],
    ['private', '10.0.0.8', 'HOSTS=good.example'],
    ['carrier-grade NAT', '100.64.0.1', 'HOSTS=good.example'],
    ['metadata', '169.254.169.254', undefined],
    ['mapped', '::ffff:127.0.0.1', undefined],
  ])('refuses a trusted name with a %s address', async (_name, address, settingLine) => {
    await expect(lookUp([address])).rejects.toMatchObject({ code: 'host_refused', settingLine });
  });

  it('refuses a name when only one of its addresses is not public', async () => {
    await expect(lookUp(['52.219.140.1', '127.0.0.1'])).rejects.toMatchObject({
      code: 'host_refused',
    });
  });

  it('tells of a name without addresses as the resolver would', async () => {
    await expect(lookUp([])).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });

  it('answers those who want one address, too', async () => {
    const guard = createLinkGuard(rules, resolveTo('52.219.140.1'));
    const found = await new Promise((resolve) => {
      guard.lookup('good.example', {}, (error, address, family) =>
        resolve([error, address, family]),
      );
    });
    expect(found).toEqual([null, '52.219.140.1', 4]);
  });
});

describe('link guard with a list', () => {
  it.each([
    ['https://files.corp.example/x', ['files.corp.example']],
    ['https://files.corp.example/x', ['files.corp.example:443']],
    ['https://files.corp.example/x', [' Files.Corp.Example ']],
    ['https://files.corp.example:9000/x', ['files.corp.example:9000']],
    ['http://127.0.0.1:9000/x', ['127.0.0.1:9000']],
    ['http://localhost:9000/x', ['a.example', 'localhost:9000']],
    ['http://[::1]:9000/x', ['[::1]:9000']],
    ['http://localhost/x', ['localhost']],
    ['https://10.0.0.8/x', ['10.0.0.8']],
  ])('allows %s when %j is listed', (link, listed) => {
    expect(createLinkGuard({ ...rules, listed }).check(link).href).toBe(link);
  });

  it.each([
    ['a trusted host that is not listed', 'https://good.example/', ['files.corp.example']],
    ['a host below a listed one', 'https://a.files.corp.example/', ['files.corp.example']],
    ['another port', 'https://files.corp.example:444/', ['files.corp.example']],
    [
      'the default port where one is listed',
      'https://files.corp.example/',
      ['files.corp.example:9000'],
    ],
    ['plain http of a listed host', 'http://files.corp.example/', ['files.corp.example:80']],
    ['loopback on another port', 'http://127.0.0.1:9001/', ['127.0.0.1:9000']],
    ['loopback by another name', 'http://localhost:9000/', ['127.0.0.1:9000']],
    ['a listed metadata address', 'https://169.254.169.254/', ['169.254.169.254']],
  ])('refuses %s', (_name, link, listed) => {
    expect(refusal(link, listed)).toMatchObject({ code: 'host_refused' });
  });

  it('adds the host to the hosts listed before', () => {
    expect(refusal('https://new.example/', ['a.example', 'b.example:99'])).toMatchObject({
      settingLine: 'HOSTS=a.example,b.example:99,new.example',
    });
  });

  it('allows listed names on a network of our own, but not on this machine', async () => {
    await expect(lookUp(['10.0.0.8'], ['good.example'])).resolves.toHaveLength(1);
    await expect(lookUp(['127.0.0.1'], ['good.example'])).rejects.toMatchObject({
      code: 'host_refused',
    });
    await expect(lookUp(['127.0.0.1'], ['localhost:1'], 'localhost')).resolves.toHaveLength(1);
    await expect(lookUp(['52.219.140.1'], ['localhost:1'], 'localhost')).rejects.toMatchObject({
      code: 'host_refused',
    });
  });
});
