import { expect, test } from 'vitest';
import { FakeService } from '../../test/http/fake-service.ts';
import { refuseByHost } from './hosts.ts';

const known = { service: new FakeService(), names: ['skein.example.org'] };

test.each([
  null,
  '127.0.0.1:8080',
  '10.0.0.1',
  '[::1]:8080',
  '[fd00::7]',
  'localhost:8080',
  'LOCALHOST',
  'skein.localhost:8080',
  'skein.example.org',
  'Skein.Example.Org.:443',
  // A member of the cluster is known to it by this name.
  'n2:8080',
])('hosts: %s is one of ours', (header) => {
  expect(refuseByHost(header, known)).toBeUndefined();
});

test.each([
  '',
  'evil.example:8080',
  'skein.example.org.evil.example',
  'localhost.evil.example',
  'notlocalhost',
  '127.0.0.1.evil.example',
  '1.2.3.4.5',
  '127.0.0.1:8080:evil.example',
  'n2.evil.example:8080',
])('hosts: "%s" is not', (header) => {
  expect(refuseByHost(header, known)?.code).toBe('HOST_UNKNOWN');
});
