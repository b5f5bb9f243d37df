import { isIP } from 'node:net';
import { expect, test } from 'vitest';
import { advertisedAddress, thisMachine } from './advertised.ts';

const at = (host: string) => ({ host, port: 8081, url: `http://${host}:8081` });
const machine = {
  addresses: ['10.0.0.1', '10.0.0.2', 'fd00::1'],
  named: ['127.0.1.1', '10.0.0.2'],
};

test('advertised: what is said goes before where the node listens', () => {
  for (const [advertise, address] of [
    ['skein.lan', 'http://skein.lan:8081'],
    ['skein.lan:80', 'http://skein.lan:80'],
    ['[fd00::9]', 'http://[fd00::9]:8081'],
    ['http://skein.lan', 'http://skein.lan'],
    ['https://skein.lan:8443/', 'https://skein.lan:8443'],
  ] as const) {
    expect(advertisedAddress(at('0.0.0.0'), advertise, machine)).toBe(address);
  }
});

test('advertised: a wildcard is nobody, and an address of this machine stands in its place', () => {
  expect(advertisedAddress(at('10.0.0.7'), null, machine)).toBe('http://10.0.0.7:8081');
  expect(advertisedAddress(at('0.0.0.0'), null, machine)).toBe('http://10.0.0.2:8081');
  const unnamed = { ...machine, named: ['127.0.1.1'] };
  expect(advertisedAddress(at('::'), null, unnamed)).toBe('http://10.0.0.1:8081');
  const six = { addresses: ['fd00::1'], named: [] };
  expect(advertisedAddress(at('::'), null, six)).toBe('http://[fd00::1]:8081');
  const alone = { addresses: [], named: [] };
  expect(advertisedAddress(at('0.0.0.0'), null, alone)).toBe('http://127.0.0.1:8081');
});

test('advertised: a real machine names addresses that are no wildcards', async () => {
  const { addresses, named } = await thisMachine();
  for (const address of [...addresses, ...named]) expect(isIP(address)).not.toBe(0);
  expect(addresses).not.toContain('127.0.0.1');
});
