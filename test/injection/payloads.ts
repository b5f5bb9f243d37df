/**
 * Texts of people who mean harm, by what they are aimed at. The tests put each of them into every
 * field that takes text.
 */
import {
  canaryFile,
  canaryPath,
  expansions,
  redirections,
  shellQuotes,
  shellWords,
} from './shell-payloads.ts';

const touch = `touch ${canaryFile}`;

/** Words that are options, or names with a meaning for programs. */
const options = [
  '-',
  '--',
  '-n',
  '-e',
  '-rf',
  '-rf /',
  '--help',
  '--version',
  `-exec ${touch} ;`,
  `--checkpoint-action=exec=${touch}`,
  `--output=${canaryFile}`,
  `-o${canaryFile}`,
  `--use-askpass=${touch}`,
  '@/etc/passwd',
  '=cmd|calc',
  '+1+cmd',
  '%s%n%x',
  '%d',
  '\\c',
];

const paths = [
  '.',
  '..',
  '...',
  '../',
  `../${canaryFile}`,
  `../../${canaryFile}`,
  `work/../../${canaryFile}`,
  './../x',
  '..\\..\\windows',
  '../../../../../../../../etc/passwd',
  '....//....//etc/passwd',
  '%2e%2e%2fetc%2fpasswd',
  '%252e%252e%252fetc%252fpasswd',
  '..%2f..%2fetc%2fpasswd',
  '..%c0%af..%c0%afetc/passwd',
  '..%00/x',
  '/etc/passwd',
  '/etc/passwd\0.csv',
  '//etc//passwd',
  '/',
  '/dev/stdin',
  '/dev/zero',
  '/proc/self/environ',
  '/proc/self/fd/0',
  '/proc/1/root/etc/passwd',
  '~/.ssh/id_rsa',
  'link-to-root',
  'link-to-root/etc/passwd',
  'CON',
  'C:\\windows\\win.ini',
  '\\\\host\\share',
  'a/b',
  'a//b',
  '/etc/passwd*',
  '/*/passwd',
  canaryPath,
];

const urls = [
  'file:///etc/passwd',
  'FILE:///etc/passwd',
  'gopher://127.0.0.1:6379/_FLUSHALL',
  'dict://127.0.0.1:11211/stats',
  'ftp://127.0.0.1/x',
  'data:text/html,<script>alert(1)</script>',
  'javascript:alert(1)',
  'ldap://127.0.0.1/x',
  '//evil.example/x',
  'http://127.0.0.1@evil.example/',
  'http://evil.example\\@127.0.0.1/',
  'http://[::ffff:127.0.0.1]/',
  'http://0x7f000001/',
  'http://x/\r\nHost: evil.example',
  'http://x/#\u2028',
  'http:///x',
  'https://x:99999999/',
];

const headers = [
  'x\r\nX-Injected: yes',
  'x\nX-Injected: yes',
  'x\rX-Injected: yes',
  'x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n',
  'x%0d%0aX-Injected:%20yes',
  'x\u560d\u560aX-Injected: yes',
  'x\r\n folded',
  'a: b',
  'x\0y',
];

const prototypes = [
  '__proto__',
  '__proto__.polluted',
  '["__proto__"]["polluted"]',
  '__proto__[polluted]=1',
  'constructor',
  'constructor.prototype.polluted',
  'prototype',
  'hasOwnProperty',
  'toString',
  'valueOf',
  '__defineGetter__',
  '{"__proto__": {"polluted": true}}',
  '{"constructor": {"prototype": {"polluted": true}}}',
];

const templates = [
  '{{ 7*7 }}',
  '{{ {{ ds }} }}',
  '{{ "{{ ds }}" }}',
  '{{ params.v | raw }}',
  '{{ params.v | quote | raw }}',
  '{{ vars.secret }}',
  '}} {{ ds',
  '{{',
  '}}',
  '{{ }}',
  '{{ ds | nothing }}',
  '{{ params.constructor.constructor("return process")() }}',
  '{{ params["__proto__"]["polluted"] }}',
  '{{ config.__class__.__init__.__globals__ }}',
  '{% import os %}{{ os.popen("id") }}',
  '{# x #}',
  '<%= 7*7 %>',
  '#{7*7}',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: other engines read it so.
  '${7*7}',
  '*{7*7}',
  '[[7*7]]',
  '{{ run.id ? "a" : "b" }}',
];

const expressions = [
  'process.exit(1)',
  'require("child_process").execSync("id")',
  'import("node:fs")',
  'globalThis',
  'this',
  'Function("return 1")()',
  '() => 1',
  'cel.bind(a, [1], a)',
  'has(params.v)',
  'params.v.all(x, true)',
  'params.v.exists_one(x, x)',
  'params.v.map(x, params.v.map(y, params.v.map(z, z)))',
  'range(100000).map(x, range(100000))',
  '[1].map(constructor, constructor)',
  'type(params)',
  'google.protobuf.Duration',
  '9223372036854775807 + 1',
  '1/0',
  `${'('.repeat(500)}1${')'.repeat(500)}`,
  `${'['.repeat(500)}`,
  '"a".matches("(a+)+$")',
];

/** For those who read texts with regular expressions, as patterns and as what is looked through. */
const regexes = [
  '(a+)+$',
  '(a|a)*$',
  '([a-zA-Z]+)*$',
  '(.*a){25}',
  '(?=x)',
  '\\1',
  '(',
  '[',
  'a{99999}',
  '(?<n>a)(?<n>b)',
  `${'a'.repeat(200)}!`,
  `${'0'.repeat(200)}x`,
  `${'1m'.repeat(100)}x`,
  `${'.'.repeat(250)}`,
  `${'*,'.repeat(100)}`,
];

const json = [
  '","x":"y',
  '"}],"x":{"a":"',
  '\\","x":1,"y":"',
  '\\u0022,"x":1',
  '{"$ref":"#"}',
  '{"a":1,"a":2}',
  '[[[[[[',
  'null',
  'true',
  '1e999',
  'NaN',
  '0x10',
  '</script><script>alert(1)</script>',
  '<!--',
  ']]>',
];

const yaml = [
  '!!js/function "function(){}"',
  '!!python/object/apply:os.system ["id"]',
  '!!binary aGk=',
  '!<tag:yaml.org,2002:str> x',
  '&a [*a]',
  '*a',
  '<<: *a',
  '<<: {__proto__: {polluted: true}}',
  '%YAML 1.1',
  '---\nid: other',
  '...\n',
  '? x\n: y',
  'x: y',
  'x\ntasks: {evil: {type: shell, command: id}}',
  '- x',
  '|\n  x',
  '>-\n x',
  'yes',
  '0o777',
  '1:30:00',
  '2026-01-01',
  '@x',
  '`x`',
  ', x',
  '] x',
  'x #y',
];

const sql = ["1' OR '1'='1", '1; DROP TABLE x; --', "') UNION SELECT 1 --"];

const python = [
  `"""+__import__("os").system("${touch}")+"""`,
  `'''+__import__("os").system("${touch}")+'''`,
  `"); __import__("os").system("${touch}") #`,
  `\n__import__("os").system("${touch}")\n`,
  `{__import__("os").system("${touch}")}`,
  `\\N{DIGIT ONE}`,
];

/** Names that a dynamic linker or an interpreter obeys. */
export const environmentNames = [
  'LD_PRELOAD',
  'LD_LIBRARY_PATH',
  'LD_AUDIT',
  'PATH',
  'BASH_ENV',
  'ENV',
  'IFS',
  'PS4',
  'SHELLOPTS',
  'PYTHONPATH',
  'PYTHONSTARTUP',
  'NODE_OPTIONS',
  'PERL5OPT',
  'HOME',
  'BASH_FUNC_echo%%',
  'SKEIN_TOKEN',
  'SKEIN_ATTEMPT_KEY',
  'SKEIN_OUTPUT',
];

const assignments = [
  'LD_PRELOAD=/tmp/x.so',
  'PATH=.:$PATH',
  'IFS=/',
  'BASH_ENV=/tmp/x',
  `X=1 ${touch}`,
  'PATH=/nowhere',
];

const terminal = [
  '\u001b[2J',
  '\u001b[31mred\u001b[0m',
  '\u001b[8mhidden',
  '\u001b]0;title\u0007',
  '\u001b]8;;http://evil.example\u0007x\u001b]8;;\u0007',
  '\u001b]52;c;aGk=\u0007',
  '\u001bP$q"p\u001b\\',
  '\u001b[6n',
  '\u001b[1A\u001b[2K',
  '\u001bc',
  '\u009b2J',
  '\u009d0;x\u009c',
  '\u0007',
  '\b\b\b\bsafe',
  '\u007f',
  '\u0085next',
  'good\rbad',
  '\v\f',
  '\u000e\u000f',
];

const unicode = [
  '\u2028touch',
  '\u2029touch',
  '\u00a0x\u00a0',
  '\ufeffx',
  '\u200bx',
  '\u202egnp.exe',
  '\u2066x\u2069',
  '\uff1b touch canary',
  '\uff04(touch canary)',
  '\u2018; touch canary; \u2019',
  'l\u043ead',
  '\uff0e\uff0e/etc',
  '\u2024\u2024/etc',
  '\u0130\u0131\ufb01',
  'e\u0301',
  '\u{1f600}',
  '\ud800',
  '\udc00x',
  '\uffff',
  'Z\u0351\u036b\u0343',
];

const zeros = ['\0', `x\0y`, `\0; ${touch}`, `x\0${canaryFile}`];

const long = ['x'.repeat(251), 'x'.repeat(5_000), 'é'.repeat(300), 'a/'.repeat(3_000), ' ', ''];

export const payloadGroups = {
  shellWords,
  shellQuotes,
  expansions,
  redirections,
  options,
  paths,
  urls,
  headers,
  prototypes,
  templates,
  expressions,
  regexes,
  json,
  yaml,
  sql,
  python,
  environmentNames,
  assignments,
  terminal,
  unicode,
  zeros,
  long,
} satisfies Readonly<Record<string, readonly string[]>>;

export const payloads: readonly string[] = [...new Set(Object.values(payloadGroups).flat())];

/**
 * So many payloads, beginning with another one at each place: those of one place are not all, and
 * places that are alike have all of them together.
 */
export function payloadsAt(place: number, count: number): readonly string[] {
  const from = (place * 37) % payloads.length;
  return [...payloads.slice(from), ...payloads.slice(0, from)].slice(0, count);
}

/** As a name of a test, and in what a failed test says. */
export const shown = (text: string): string => JSON.stringify(text).slice(0, 60);
