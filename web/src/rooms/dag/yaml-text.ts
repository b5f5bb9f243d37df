/** JSON as YAML, to read. */

/** What is as it stands, without quotes around it. */
const plainText = /^[A-Za-z_/][\w ./@+-]*$/;
const words = new Set(['true', 'false', 'null', 'yes', 'no', 'on', 'off', 'y', 'n']);
/** Marks that nobody sees, or that turn around what stands beside them. */
const unseen = /[\p{Cc}\p{Cf}\u2028\u2029]/u;
const unseenButLines = /[^\P{Cc}\n]|[\p{Cf}\u2028\u2029]/u;

export const yamlText = (value: unknown): string => `${lines(value).join('\n')}\n`;

function lines(value: unknown): readonly string[] {
  if (Array.isArray(value)) {
    return value.length === 0 ? ['[]'] : value.flatMap((each) => behind('- ', lines(each)));
  }
  if (typeof value !== 'object' || value === null) return scalar(value);
  const entries = Object.entries(value);
  return entries.length === 0 ? ['{}'] : entries.flatMap(([key, each]) => member(key, each));
}

function member(key: string, value: unknown): readonly string[] {
  const name = scalar(key)[0] ?? '';
  const [first = '', ...rest] = lines(value);
  const isInline = typeof value !== 'object' || value === null || first === '[]' || first === '{}';
  if (isInline) return [`${name}: ${first}`, ...rest.map(inwards)];
  return [`${name}:`, ...[first, ...rest].map(inwards)];
}

/** The first line behind a mark, the others as far inwards. */
const behind = (mark: string, [first = '', ...rest]: readonly string[]): readonly string[] => [
  mark + first,
  ...rest.map(inwards),
];

const inwards = (line: string): string => (line === '' ? '' : `  ${line}`);

function scalar(value: unknown): readonly string[] {
  if (typeof value !== 'string') return [String(value)];
  const isPlain = plainText.test(value) && !value.endsWith(' ') && !words.has(value.toLowerCase());
  if (isPlain) return [value];
  if (value.includes('\n') && !unseenButLines.test(value) && !/^\s/.test(value)) {
    const isEnded = value.endsWith('\n') && !value.endsWith('\n\n');
    const isOpen = !value.endsWith('\n');
    if (isEnded) return ['|', ...value.slice(0, -1).split('\n')];
    if (isOpen) return ['|-', ...value.split('\n')];
  }
  if (unseen.test(value)) return [escaped(value)];
  return [`'${value.replaceAll("'", "''")}'`];
}

/** In double quotes, and everything that cannot be seen as its number. */
const escaped = (text: string): string =>
  JSON.stringify(text).replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (mark) =>
    Array.from(
      { length: mark.length },
      (_, at) => `\\u${mark.charCodeAt(at).toString(16).padStart(4, '0')}`,
    ).join(''),
  );
