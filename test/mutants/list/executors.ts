/** Executors: custody, secrets, addresses, artifacts. */
import { type Mutant, tests } from '../mutant.ts';

const custody = tests('src/node/adoption-custody.test.ts');
const vault = tests('src/node/vault.test.ts');
const masks = tests('src/executor/log-mask.test.ts');
const addresses = tests('src/executor/runners/http-addresses.test.ts');
const requests = tests(
  'src/executor/runners/http.test.ts',
  'src/executor/runners/http-auth.test.ts',
);
const artifacts = tests('src/executor/artifacts/store.test.ts');

export const executors: readonly Mutant[] = [
  {
    name: 'lets a second peer in beside the first',
    breaks: ['W21'],
    file: 'node/adoption-custody.ts',
    find: "if (this.#hasPeer || this.#ended) return 'busy';",
    replace: "if (this.#ended) return 'busy';",
    killers: [custody],
  },
  {
    name: 'offers work while no peer is there',
    breaks: ['W21'],
    file: 'node/adoption-custody.ts',
    find: 'const awaits = !this.#hasPeer || this.#handsOver;',
    replace: 'const awaits = this.#handsOver;',
    killers: [custody],
  },
  {
    name: 'waits for the next peer of a crashed one as if it had been told of it',
    breaks: ['W21'],
    file: 'node/adoption-custody.ts',
    find: 'const waitsMs = this.#handsOver ? handOverMs : leaseMs;',
    replace: 'const waitsMs = handOverMs;',
    killers: [custody],
  },
  {
    name: 'goes on under a peer of another configuration as if it were its own',
    breaks: ['W21'],
    file: 'node/adoption-custody.ts',
    find: 'if (papers.version !== version || papers.digest !== digest) this.#retires = true;',
    replace: 'if (papers.version !== version) this.#retires = true;',
    killers: [custody],
  },
  {
    name: 'seals a secret without the place that it belongs to',
    breaks: ['W39'],
    file: 'node/vault.ts',
    find: 'const bound = ({ namespace, name, field }: SecretPlace): Buffer =>',
    replace: "const bound = ({ namespace, field }: SecretPlace, name = ''): Buffer =>",
    killers: [vault],
  },
  {
    name: 'shows the first half of a secret that comes in two pieces',
    breaks: ['W39'],
    file: 'executor/log-mask.ts',
    find: "if (found === 'unclear') break;",
    replace: "if (found === 'unclear') { at += 1; continue; }",
    killers: [masks],
  },
  {
    name: 'takes an IPv6 address that leads to an IPv4 address for another one',
    breaks: ['W39'],
    file: 'model/http-policy.ts',
    find: 'return [bytes, ...inner.map(',
    replace: 'return [bytes, ...inner.slice(9).map(',
    killers: [addresses],
  },
  {
    name: 'sends credentials on to another origin',
    breaks: ['W39'],
    file: 'executor/runners/http-redirect.ts',
    find: 'if (!sameOrigin && (isCredential',
    replace: 'if (!sameOrigin && toGet && (isCredential',
    killers: [requests],
  },
  {
    name: 'keeps an object that is not what its digest says',
    breaks: ['P43'],
    file: 'executor/artifacts/store.ts',
    find: 'expected !== undefined && expected.sha256 !== object.sha256',
    replace: 'expected !== undefined && expected.bytes !== object.bytes',
    killers: [artifacts],
  },
];
