import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterEach, describe, expect, test } from 'vitest';
import { localhostCert, localhostKey } from '../../../test/support/localhost-tls.ts';
import type { EmailAction } from '../../model/message-action.ts';
import { conversationTools, type Opened, talk } from '../testing/conversation.ts';
import { emailRunner } from './email.ts';

const password = 'correct horse battery';

interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly secure: boolean;
  readonly user: string | undefined;
  readonly raw: string;
}

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const smtpError = (code: number, text: string): Error =>
  Object.assign(new Error(text), { responseCode: code });

/** A mail server; a recipient `550@…` is refused with 550, and so on, and so is a whole message. */
async function mailServer(options: SMTPServerOptions = {}) {
  const mails: Mail[] = [];
  const server = new SMTPServer({
    ...{ cert: localhostCert, key: localhostKey, logger: false, closeTimeout: 10 },
    onAuth: ({ username, password: said }, _, done) =>
      said === password ? done(null, { user: username }) : done(smtpError(535, `no: ${said}`)),
    onRcptTo: ({ address }, _, done) => {
      const code = Number(/^\d{3}(?=@)/.exec(address)?.[0] ?? 0);
      done(code === 0 ? null : smtpError(code, `${address} is refused`));
    },
    onData: (stream, session, done) => {
      let raw = '';
      stream.on('data', (piece: Buffer) => {
        raw += piece.toString();
      });
      stream.on('end', () => {
        const code = Number(/^Subject: (\d{3})\r$/m.exec(raw)?.[1] ?? 0);
        if (code !== 0) return done(smtpError(code, 'the message is refused'));
        const { envelope, secure, user } = session;
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        mails.push({ from, to: envelope.rcptTo.map((it) => it.address), secure, user, raw });
        done(null, 'queued as 42');
      });
    },
    ...options,
  });
  server.on('error', () => {});
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  closing.push(() => new Promise((done) => server.close(() => done())));
  return { mails, port: (server.server.address() as AddressInfo).port };
}

const action: EmailAction = {
  ...{ kind: 'email', connection: 'smtp-main', to: ['ada@example.org'], cc: [], bcc: [] },
  ...{ subject: 'The load is done', text: 'All 42 rows.\n', html: null },
};

const opened = (port: number, fields: Opened['fields'] = {}): Opened => ({
  name: 'smtp-main',
  kind: 'smtp',
  fields: {
    ...{ host: 'localhost', port: String(port), user: 'robot', from: 'Skein <skein@example.org>' },
    ...{ ca: localhostCert, ...fields },
  },
  secrets: { password },
});

const tools = conversationTools();
const runner = emailRunner(tools);
const mail = (port: number, more: Partial<EmailAction> = {}, fields: Opened['fields'] = {}) =>
  talk(runner, tools.files, { action: { ...action, ...more }, opened: opened(port, fields) });

describe('email', () => {
  test('is sent after STARTTLS, signed in, to all who were named, with an id', async () => {
    const { mails, port } = await mailServer();
    const to = ['Ada Lovelace <ada@example.org>', 'bob@example.org'];
    const more = { to, cc: ['cc@example.org'], bcc: ['bcc@example.org'], html: '<b>42</b>' };
    const sent = mail(port, { ...more, replyTo: 'team@example.org' });
    const { outcome, output } = await sent.result;
    expect(outcome).toBe('success');
    const recipients = ['ada', 'bob', 'cc', 'bcc'].map((name) => `${name}@example.org`);
    const messageId = expect.stringMatching(
      new RegExp(`^<skein\\.[0-9a-f]{32}\\.${sent.token}@example\\.org>$`),
    );
    expect(JSON.parse(output ?? '')).toEqual({
      ...{ messageId, accepted: recipients, rejected: [] },
      response: expect.stringContaining('queued as 42'),
    });
    const [got] = mails;
    expect(got).toMatchObject({ from: 'skein@example.org', secure: true, user: 'robot' });
    expect(got?.to).toEqual(recipients);
    expect(got?.raw).toContain('To: Ada Lovelace <ada@example.org>, bob@example.org\r\n');
    expect(got?.raw).toContain('Cc: cc@example.org\r\n');
    expect(got?.raw).toContain('Reply-To: team@example.org\r\n');
    expect(got?.raw).toContain('Auto-Submitted: auto-generated\r\n');
    expect(got?.raw).toContain('X-Skein-Run: run-1\r\n');
    expect(got?.raw).toContain('All 42 rows.');
    expect(got?.raw).toContain('<b>42</b>');
    expect(got?.raw).not.toContain('bcc@');
    expect(sent.log()).toContain('accepted ada@example.org');
  });

  test('an attempt that is sent again has its id again; the next attempt has another', async () => {
    const { mails, port } = await mailServer();
    const idOf = (raw: string | undefined) => /^Message-ID: (.*)\r$/m.exec(raw ?? '')?.[1];
    for (const token of [901, 901, 902]) {
      await talk(runner, tools.files, { action, opened: opened(port), token }).result;
    }
    const [first, again, next] = mails.map(({ raw }) => idOf(raw));
    expect(first).toBe(again);
    expect(next).not.toBe(first);
    expect(next?.split('.')[1]).toBe(first?.split('.')[1]);
  });

  test('tls from the begin, and none at all where the connection says so', async () => {
    const secure = await mailServer({ secure: true });
    expect((await mail(secure.port, {}, { tls: 'tls' }).result).outcome).toBe('success');
    expect(secure.mails[0]?.secure).toBe(true);
    const open = await mailServer({ disabledCommands: ['STARTTLS'], allowInsecureAuth: true });
    expect((await mail(open.port, {}, { tls: 'none' }).result).outcome).toBe('success');
    expect(open.mails[0]?.secure).toBe(false);
  });

  test('nothing is said to a server without TLS, or with a certificate of nobody', async () => {
    const bare = await mailServer({ disabledCommands: ['STARTTLS'], allowInsecureAuth: true });
    expect(await mail(bare.port).result).toMatchObject({ outcome: 'failed', errorClass: 'tls' });
    const own = await mailServer();
    expect(await mail(own.port, {}, { ca: '' }).result).toMatchObject({
      ...{ outcome: 'failed', retryable: true, error: expect.stringContaining('certificate') },
    });
    expect([...bare.mails, ...own.mails]).toEqual([]);
  });

  test('who is not let in will not be the next time; the password is told nobody', async () => {
    const { port } = await mailServer({
      onAuth: ({ password: said }, _, done) => done(smtpError(535, `wrong: ${said}`)),
    });
    const refused = mail(port);
    const result = await refused.result;
    expect(result).toMatchObject({ outcome: 'failed', retryable: false, errorClass: 'smtp_535' });
    expect(`${result.error}${refused.log()}`).not.toContain(password);
    expect(result.error).toContain('wrong: ***');
  });

  test('4xx may pass, 5xx will not: of a message, and of all recipients', async () => {
    const { port } = await mailServer();
    const ends = async (more: Partial<EmailAction>) => {
      const { outcome, retryable, errorClass } = await mail(port, more).result;
      return [outcome, retryable, errorClass];
    };
    expect(await ends({ subject: '451' })).toEqual(['failed', true, 'smtp_451']);
    expect(await ends({ subject: '552' })).toEqual(['failed', false, 'smtp_552']);
    expect(await ends({ to: ['450@x.org'] })).toEqual(['failed', true, 'smtp_450']);
    expect(await ends({ to: ['550@x.org'] })).toEqual(['failed', false, 'smtp_550']);
    expect(await ends({ to: ['450@x.org', '550@x.org'] })).toEqual(['failed', true, 'smtp_450']);
  });

  test('who was refused stands in the output of an email that others were sent', async () => {
    const { mails, port } = await mailServer();
    const sent = mail(port, { to: ['ada@example.org', '550@x.org'] });
    const { outcome, output } = await sent.result;
    expect(outcome).toBe('success');
    expect(JSON.parse(output ?? '')).toMatchObject({
      accepted: ['ada@example.org'],
      rejected: [{ address: '550@x.org', response: expect.stringContaining('550') }],
    });
    expect(mails[0]?.to).toEqual(['ada@example.org']);
    expect(sent.log()).toContain('refused  550@x.org');
  });

  test('a server that falls silent, or is not there, is tried again', async () => {
    const silent = createServer((socket) => {
      socket.on('error', () => {});
    });
    await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
    closing.push(() => new Promise((done) => silent.close(() => done())));
    const port = (silent.address() as AddressInfo).port;
    const impatient = emailRunner({ ...tools, mailSilenceMs: 50 });
    const stalled = talk(impatient, tools.files, { action, opened: opened(port) });
    expect(await stalled.result).toMatchObject({ retryable: true, errorClass: 'connection' });
    const stopped = mail(port);
    await new Promise((next) => silent.once('connection', next));
    stopped.job.stop('TERM');
    expect(await stopped.result).toMatchObject({ error: expect.stringContaining('stopped') });
    const closed = await mailServer();
    for (const close of closing.splice(1)) await close();
    expect(await mail(closed.port).result).toMatchObject({ errorClass: 'connection' });
  });

  test('goes to no address that the node blocks, by name or by number', async () => {
    const { mails, port } = await mailServer();
    const httpPolicy = { deny: ['loopback'], allow: [] };
    const blocked = emailRunner({ ...tools, httpPolicy });
    for (const host of ['localhost', '127.0.0.1', '::1', '169.254.169.254']) {
      const given = opened(port, { host });
      const { result } = talk(blocked, tools.files, { action, opened: given });
      expect(await result).toMatchObject({ retryable: false, errorClass: 'address_blocked' });
    }
    expect(mails).toEqual([]);
  });

  test('needs a connection of its kind, and an address that sends', async () => {
    const other: Opened = { name: 'smtp-main', kind: 'slack', secrets: { url: 'https://x.org' } };
    const wrong = talk(runner, tools.files, { action, opened: other });
    expect(await wrong.result).toMatchObject({
      ...{ retryable: false, errorClass: 'request_invalid' },
      error: 'email by "smtp-main": it is of kind slack, not smtp',
    });
    expect((await mail(1, {}, { from: 'nobody' }).result).error).toContain('needs `from`');
  });
});

/** Each would be a second header, a second recipient or a command, if it came through. */
const evil = [
  'a@b.org\r\nBcc: eve@evil.org',
  'a@b.org\nBcc: eve@evil.org',
  'a@b.org\rBcc: eve@evil.org',
  'a@b.org\u0085Bcc: eve@evil.org',
  'a@b.org\u2028Bcc: eve@evil.org',
  'a@b.org>\r\nRCPT TO:<eve@evil.org',
  'a@b.org\0',
  'a@b.org, eve@evil.org',
  'a@b.org; eve@evil.org',
  'team: a@b.org, eve@evil.org;',
  '<eve@evil.org> a@b.org',
  'a@b.org <eve@evil.org> <a@b.org>',
  '"a@b.org" <eve@evil.org>',
  'eve@evil.org(comment)',
  '"eve@evil.org"@b.org',
  'a@b.org@evil.org',
  '@evil.org:a@b.org',
  'a b@b.org',
  'a@[169.254.169.254]',
  'a@b..org',
  'a@-b.org',
  '.a@b.org',
  'a@',
  '',
];

describe('email: what is put into a header', () => {
  test.each(evil)('%j is no recipient, sender or subject line', async (text) => {
    const { mails, port } = await mailServer();
    for (const more of [{ to: [text] }, { cc: [text] }, { bcc: [text] }, { replyTo: text }]) {
      expect(await mail(port, more).result).toMatchObject({
        ...{ outcome: 'failed', retryable: false, errorClass: 'request_invalid' },
      });
    }
    expect((await mail(port, {}, { from: text }).result).errorClass).toBe('request_invalid');
    expect(mails).toEqual([]);
  });

  test('a subject is one line; letters of any language stay what they are', async () => {
    const { mails, port } = await mailServer();
    for (const subject of ['a\r\nBcc: eve@evil.org', 'a\nb', 'a\u2028b', 'x'.repeat(901)]) {
      expect((await mail(port, { subject }).result).errorClass).toBe('request_invalid');
    }
    expect(mails).toEqual([]);
    await mail(port, { subject: 'Übersicht', to: ['Ädä <ada@exämple.org>'] }).result;
    expect(mails[0]?.to).toEqual(['ada@exämple.org']);
    expect(mails[0]?.raw).toContain('Subject: =?UTF-8?Q?=C3=9Cbersicht?=\r\n');
  });

  test('a dot in a line of its own ends no message, and no text is a command', async () => {
    const { mails, port } = await mailServer();
    const text = 'one\r\n.\r\nMAIL FROM:<eve@evil.org>\r\nRCPT TO:<eve@evil.org>\r\nDATA\r\n';
    await mail(port, { text }).result;
    expect(mails).toHaveLength(1);
    expect(mails[0]?.raw).toContain('MAIL FROM:<eve@evil.org>');
  });

  test('there are at most so many recipients, and at least one', async () => {
    const { port } = await mailServer();
    const all = (count: number) => Array.from({ length: count }, (_, at) => `a${at}@b.org`);
    expect((await mail(port, { to: all(60), cc: all(41) }).result).error).toContain('at most 100');
    expect((await mail(port, { to: [] }).result).error).toContain('no recipient');
  });
});

test.each(['tls', 'starttls'])(
  'email: with %s, an authority that is none fails it',
  async (tls) => {
    const { port } = await mailServer({ secure: tls === 'tls' });
    const bad = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    for (const ca of [bad, 'x']) {
      expect(await mail(port, {}, { tls, ca }).result).toMatchObject({ outcome: 'failed' });
    }
  },
);
